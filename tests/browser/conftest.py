"""The demo office, loaded once and copied for each browser test, and one Chromium for all of them."""

import shutil

import pytest

from kopdiklat import create_app, demo
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.demo import people
from scripts import live
from scripts.pages import all_pages, complete
from tests import databases


@pytest.fixture(scope="session")
def loaded(templates, tmp_path_factory):
    """The files of a loaded office, by name: `full` is the demo, `empty` has only its people."""
    made = {}

    def folder_of(name: str):
        if name not in made:
            folder = made[name] = tmp_path_factory.mktemp(name)
            next(templates("sqlite").database(folder))
            app = create_app(_settings(folder))
            with app.app_context():
                _fill(name)
                db.session.remove()
                db.engine.dispose()
        return made[name]

    return folder_of


def _settings(folder) -> dict:
    return databases.settings(f"sqlite:///{folder / 'test.db'}", folder) | {
        "WTF_CSRF_ENABLED": False
    }


def _fill(name: str) -> None:
    now = utc_now()
    if name == "full":
        demo.load(now=now)
        complete()
    elif name == "empty":
        hashed = people.password_hash()
        with transaction():
            people.make_users(people.make_offices(now), hashed, now)


@pytest.fixture
def office(loaded, tmp_path):
    """`app = office("full")`: an app on a copy of that office, inside an app context."""
    contexts = []

    def app_on(name: str):
        shutil.copytree(loaded(name), tmp_path / name)
        app = create_app(_settings(tmp_path / name))
        context = app.app_context()
        context.push()
        contexts.append(context)
        return app

    yield app_on
    for context in reversed(contexts):
        db.session.remove()
        db.engine.dispose()
        context.pop()


@pytest.fixture
def pages(office):
    """`app, found = pages("full")`: an office and all its pages; the empty one has few."""

    def crawl(name: str):
        app = office(name)
        return app, all_pages(app)

    return crawl


@pytest.fixture(scope="module")
def browser():
    with live.chromium() as chromium:
        yield chromium
