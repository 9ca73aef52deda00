"""How many imports may run at once, also when several people press at the same moment."""

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.core.db import db
from kopdiklat.imports import kept, runs
from kopdiklat.imports.kinds.base import Options
from kopdiklat.imports.models import ImportRun
from kopdiklat.offices.models import Office
from tests.at_once import at_once
from tests.factories import make_office, make_user


@pytest.fixture
def start(app, now):
    user_id = make_user("coordinator").id

    def start(office_id):
        runs.start(
            "cooperatives",
            db.session.get_one(Office, office_id),
            db.session.get_one(User, user_id),
            upload=kept.Upload("koperasi.xlsx", ("0" * 64, 1)),
            options=Options(),
            now=now,
        )

    return start


def count():
    return db.session.scalar(sa.select(sa.func.count(ImportRun.id)))


def test_an_office_has_room_for_two_imports_also_at_once(app, start):
    office_id = make_office().id

    sentences = at_once(app, *[lambda: start(office_id)] * 4)

    assert sorted(sentences, key=str) == [*[runs.TWO_RUNNING] * 2, None, None]
    assert count() == 2


def test_all_offices_have_room_for_four_imports_also_at_once(app, start):
    codes = ("3576", "3516", "6408", "3507", "3573", "3578")
    offices = [make_office(code, f"Dinas Koperasi {code}").id for code in codes]

    sentences = at_once(app, *[lambda ident=ident: start(ident) for ident in offices])

    assert sorted(sentences, key=str) == [*[None] * 4, *[runs.BUSY] * 2]
    assert count() == 4
