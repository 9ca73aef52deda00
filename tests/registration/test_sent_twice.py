"""The same people sent at the same moment: a double press and a second tab are one registration."""

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.registration import service
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from tests.at_once import at_once
from tests.factories import make_batch, make_cooperative, make_officer


def test_a_double_press_and_two_tabs_are_one_registration(app, now):
    batch, cooperative = make_batch(seats=9), make_cooperative()
    officers = [make_officer(cooperative).id for _ in range(2)]
    batch_id, cooperative_id, team = batch.id, cooperative.id, service.new_team()

    def press(name):
        people = [Participant(officer_id=ident) for ident in officers]
        return lambda: service.register_team(
            batch_id, cooperative_id, people, team=name, by="uji", now=now
        )

    found = at_once(app, press(team), press(team), press(service.new_team()))

    assert found == [None, None, None]
    assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 2
