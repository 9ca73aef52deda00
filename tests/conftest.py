"""Three fixtures: `app` (on each database in turn), `now`, `login_as`."""

import os
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from flask import g
from werkzeug.routing import Rule

from kopdiklat import create_app
from kopdiklat.accounts import sessions
from kopdiklat.core.db import db, transaction
from tests import databases


def _compile_each_address_once() -> None:
    """Werkzeug writes two functions per address for each app, 0.1 s that every test would pay."""
    compile_builder, made = Rule._compile_builder, {}

    def remembered(rule, append_unknown=True):
        key = (rule.rule, rule.subdomain, repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    Rule._compile_builder = remembered


_compile_each_address_once()
_first_engines = {}


def _share_statements(engine) -> None:
    """Let the engines of one kind of database share what they compiled: a test would begin with none."""
    first = _first_engines.setdefault(engine.name, engine)
    engine.dialect = engine.pool._dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    engine._compiled_cache.capacity = 4000


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    """One migrated template per database and test worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main") + f"_{os.getpid()}"
    made = {}

    def template(name: str):
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            made[name] = (
                databases.Sqlite(folder) if name == "sqlite" else databases.Postgres(folder, worker)
            )
        return made[name]

    yield template
    if "postgresql" in made:
        made["postgresql"].close()


@pytest.fixture(params=databases.engines())
def app(request, templates, tmp_path):
    """The app on a fresh, migrated database of its own, inside an app context."""
    with contextmanager(templates(request.param).database)(tmp_path) as url:
        app = create_app(databases.settings(url, tmp_path))

        @app.teardown_request
        def forget_the_person(error):
            """Requests of one test share its app context: none may act as the one before."""
            for name in list(g):
                g.pop(name)

        with app.app_context():
            _share_statements(db.engine)
            yield app
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def now():
    """A Monday, 09.00 WIB."""
    return datetime(2026, 7, 13, 2, 0, tzinfo=UTC)


@pytest.fixture
def login_as(app):
    """`client = login_as(user)`: a test client whose cookie belongs to that user."""

    def sign_in(user):
        client = app.test_client()
        moment = datetime.now(UTC)
        with app.test_request_context(), transaction():
            login = sessions.start(user, remember=True, user_agent="test", now=moment)
            login.second_factor_at = moment
            from flask import session

            token = session["login"]
        with client.session_transaction() as cookie:
            cookie["login"] = token
        return client

    return sign_in
