"""Two presses at the same moment, on two connections: one application, one decision."""

from datetime import UTC, datetime

import sqlalchemy as sa

from kopdiklat.applications import service
from kopdiklat.applications.models import Application
from kopdiklat.core.db import db
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import new_team
from tests.applications.pages import opening
from tests.applications.test_service import asked
from tests.at_once import at_once, meanwhile, refusal_of, the_refusal
from tests.factories import make_application, make_cooperative

NOW = datetime.now(UTC)


def count(model):
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(model.id)))


def sending(batch, team):
    ident = batch.id
    return lambda: service.send(ident, asked(), team=team, now=NOW)


def test_a_double_press_and_two_tabs_are_one_application(app):
    batch, team = opening(), new_team()
    one, twice, tab = sending(batch, team), sending(batch, team), sending(batch, new_team())

    assert at_once(app, one, twice, tab) == [None, None, None]

    assert count(Application) == 1


def test_a_tab_that_meets_an_unfinished_one_waits_and_gets_the_same(app):
    batch = opening()
    other = sending(batch, new_team())

    with meanwhile(app, sending(batch, new_team())):
        assert refusal_of(other) is None

    assert count(Application) == 1


def test_approved_twice_at_once_is_registered_once(app):
    ident, cooperative_id = make_application(opening()).id, make_cooperative().id

    def approve():
        service.approve(ident, cooperative_id, by="Rina", now=NOW)

    assert at_once(app, approve, approve) == [None, None]

    assert count(Registration) == 1


def test_of_an_approval_and_a_withdrawal_at_once_one_wins(app):
    ident, cooperative_id = make_application(opening()).id, make_cooperative().id

    sentences = at_once(
        app,
        lambda: service.approve(ident, cooperative_id, by="Rina", now=NOW),
        lambda: service.withdraw(ident, now=NOW),
    )

    assert "tidak dapat diubah lagi" in the_refusal(sentences)
    db.session.rollback()
    state = db.session.get_one(Application, ident).state
    assert count(Registration) == (1 if state == "approved" else 0)
