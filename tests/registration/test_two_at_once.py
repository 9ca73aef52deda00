"""Two forms of one cooperative at the same moment, for two batches: a person stays one person."""

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Person
from kopdiklat.core.db import db
from kopdiklat.registration import service
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from tests.at_once import meanwhile, refusal_of
from tests.factories import make_batch, make_cooperative, make_officer, make_registration

SITI = Participant(full_name="Siti Aminah", phone="+6281234567890", position="chair")


@pytest.fixture
def cooperative(app):
    return make_cooperative()


def form(cooperative, now, *people):
    """What sends these people to a batch of its own."""
    batch_id, cooperative_id = make_batch(seats=9).id, cooperative.id

    def send(*others):
        service.register_team(
            batch_id, cooperative_id, others or people, team=service.new_team(), by="uji", now=now
        )

    return send


def substitution(cooperative, now, substitute):
    """What puts this person on a seat of another batch."""
    seat = make_registration(make_batch(seats=9), cooperative).id
    return lambda: service.replace(seat, substitute, "Berhalangan", by="uji", now=now)


def named(name):
    found = sa.select(sa.func.count(Person.id)).where(Person.full_name == name)
    return db.session.scalar(found)


@pytest.mark.parametrize("second", [form, substitution])
def test_a_new_name_on_two_forms_is_one_person(app, now, cooperative, second):
    send, other = form(cooperative, now, SITI), second(cooperative, now, SITI)

    with meanwhile(app, send):
        assert refusal_of(other) is None

    assert named("Siti Aminah") == 1
    seats = sa.select(sa.func.count()).join(Registration.person)
    assert db.session.scalar(seats.where(Person.full_name == "Siti Aminah")) == 2


def test_forms_that_complete_the_same_persons_do_not_wait_in_a_circle(app, now, cooperative):
    siti, budi = (
        Participant(officer_id=make_officer(cooperative, position=held).id, citizen_number=number)
        for held, number in (("chair", "3576014508900001"), ("treasurer", "3576010508900002"))
    )
    one, other = form(cooperative, now), form(cooperative, now, budi, siti)

    with meanwhile(app, lambda: one(siti), then=lambda: one(budi)):
        assert refusal_of(other) is None

    assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 4
