"""Two forms of one cooperative at the same moment, for two batches: a person stays one person."""

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Person
from kopdiklat.core.db import db, transaction
from kopdiklat.registration import audit, service
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from tests.at_once import at_once, meanwhile, refusal_of
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


def test_forms_that_find_no_seat_take_no_number(app, now):
    batch_id = make_batch(seats=2).id
    sends = [form_for(batch_id, make_cooperative(), now) for _ in range(5)]

    refused = at_once(app, *sends)

    assert refused.count(None) == 2
    numbers = db.session.scalars(sa.select(Registration.number).order_by(Registration.number))
    assert numbers.all() == ["D-0001", "D-0002"]
    assert audit.faults(now) == []


def form_for(batch_id, cooperative, now, **options):
    cooperative_id, someone = cooperative.id, Participant(officer_id=make_officer(cooperative).id)
    return lambda: service.register_team(
        batch_id, cooperative_id, [someone], team=service.new_team(), by="uji", now=now, **options
    )


def questions(send):
    """How many statements it takes."""
    asked = []

    def note(*arguments):
        asked.append(arguments[2])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        with transaction():
            send()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


@pytest.mark.parametrize("seats", [1, 3], ids=["full", "a team too large"])
def test_a_registration_asks_as_much_when_three_wait_as_when_twelve_do(app, now, seats):
    """The lock of the batch is held for all of it."""
    batch = make_batch(seats=seats, taken=1, waiting_places=99)
    counts = []
    for waiting in (3, 9):
        for n in range(waiting):
            team = f"{waiting}-{n}" if seats == 1 else "besar"
            make_registration(batch, state="waitlisted", team=team)
        send = form_for(batch.id, make_cooperative(), now, accept_waiting=True)
        counts.append(questions(send))

    assert counts[0] == counts[1]
