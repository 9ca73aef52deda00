"""Somebody else takes the seat: until the day before, in its team, once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.attendance import service as attendance
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import change_rules, halls, queries, service
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from tests.at_once import at_once, the_refusal
from tests.factories import (
    make_batch,
    make_cooperative,
    make_officer,
    make_registration,
    make_training_session,
    make_user,
)

WIWIK = Participant(full_name="Wiwik Lestari", phone="+6281298765432", position="treasurer")


def closed_batch(now, zone="WIB", begins=timedelta(days=2), **columns):
    """One whose registration closed yesterday."""
    columns = {"registration_closes_at": now - timedelta(days=1), "seats": 5} | columns
    batch = make_batch(sessions=0, time_zone=zone, **columns)
    make_training_session(batch, starts_at=now + begins)
    return batch


def replace(registration, substitute=WIWIK, *, now, by="KSP Maju", **more):
    with transaction():
        return service.replace(registration.id, substitute, "sakit", by=by, now=now, **more)


def test_after_the_deadline_the_link_still_replaces_until_the_day_before_is_over(app, now):
    batch = closed_batch(now)  # begins on Wednesday, 09.00 WIB
    seat = make_registration(batch)
    last_moment = now + timedelta(days=1, hours=14, minutes=59)  # Tuesday, 23.59 WIB

    with pytest.raises(change_rules.RequestNeeded, match="permintaan"):
        replace(seat, now=last_moment + timedelta(minutes=1))
    new = replace(seat, now=last_moment)

    assert (new.state, new.replaces_id, new.team) == ("confirmed", seat.id, seat.team)
    assert queries.substitute_of(seat.id) == new
    assert halls.count_used_seats(batch.id, now) == 1


def test_the_deadline_is_that_of_the_venue(app, now):
    """09.00 WIB on Monday; training in Jayapura on Tuesday at 08.00 WIT."""
    seat = make_registration(closed_batch(now, "WIT", begins=timedelta(hours=21)))
    at_night = now + timedelta(hours=14, minutes=30)  # 23.30 WIB, already Tuesday in Jayapura

    with pytest.raises(change_rules.RequestNeeded):
        replace(seat, now=at_night)


def test_both_are_told_and_the_others_stay_with_the_substitute(app, now):
    batch, cooperative = closed_batch(now), make_cooperative()
    first = make_registration(batch, cooperative, team="berdua")
    make_registration(batch, cooperative, team="berdua")

    new = replace(first, now=now)

    kinds = dict(db.session.execute(sa.select(OutboxMessage.kind, OutboxMessage.recipient)).all())
    assert kinds == {
        "registration.replaced": first.person.phone,
        "registration.confirmed": "+6281298765432",
    }
    together = queries.team(batch.id, "berdua")
    assert [r.state for r in together] == ["replaced", "confirmed", "confirmed"]
    assert together[-1] == new


def test_pressed_twice_it_is_one_substitute(app, now):
    seat = make_registration(closed_batch(now))

    first = replace(seat, now=now)
    again = replace(seat, now=now)

    assert again == first
    with pytest.raises(RuleViolation, match="diganti"):
        replace(seat, Participant(full_name="Orang Ketiga", position="chair"), now=now)
    assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 2


def test_who_was_replaced_may_come_back(app, now):
    cooperative = make_cooperative()
    officer = make_officer(cooperative)
    seat = make_registration(closed_batch(now), cooperative, officer.person)

    substitute = replace(seat, now=now)
    back = replace(substitute, Participant(officer_id=officer.id), now=now)

    assert (back.person_id, back.state, back.replaces_id) == (
        officer.person_id,
        "confirmed",
        substitute.id,
    )


def test_the_code_of_who_was_replaced_admits_nobody(app, now):
    batch = closed_batch(now, begins=timedelta(hours=30))
    seat = make_registration(batch)
    door, block = make_user("door_staff"), batch.training_sessions[0]
    new = replace(seat, now=now)
    later = block.starts_at

    with pytest.raises(RuleViolation, match="sudah diganti"), transaction():
        attendance.tick(block.id, seat.id, method="qr", user=door, now=later)
    with transaction():
        admitted = attendance.tick(block.id, new.id, method="qr", user=door, now=later)

    assert admitted.is_new


def test_a_seat_is_given_on_once_in_the_database(app, now):
    batch = closed_batch(now)
    seat = make_registration(batch)
    make_registration(batch, replaces_id=seat.id)

    with pytest.raises(sa.exc.IntegrityError):
        make_registration(batch, replaces_id=seat.id)


def test_a_substitute_and_a_cancellation_at_once_are_one_of_the_two(app, now):
    seat = make_registration(closed_batch(now)).id

    def substitution():
        service.replace(seat, WIWIK, "sakit", by="KSP Maju", now=now)

    def cancellation():
        service.cancel(seat, "batal", by="Rina", now=now, by_staff=True)

    sentence = the_refusal(at_once(app, substitution, cancellation))

    states = list(db.session.scalars(sa.select(Registration.state).order_by(Registration.id)))
    assert states in (["cancelled"], ["replaced", "confirmed"])
    assert "langkah ini tidak tersedia" in sentence


def test_two_substitutes_at_once_leave_one(app, now):
    seat = make_registration(closed_batch(now)).id
    names = ("Wiwik Lestari", "Yoga Pratama")

    def with_name(name):
        someone = Participant(full_name=name, position="chair")
        return lambda: service.replace(seat, someone, "sakit", by="KSP Maju", now=now)

    the_refusal(at_once(app, *map(with_name, names)))

    states = list(db.session.scalars(sa.select(Registration.state).order_by(Registration.id)))
    assert states == ["replaced", "confirmed"]
