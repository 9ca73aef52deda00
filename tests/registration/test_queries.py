"""Seats by name: what the database counts is what the rule says."""

from datetime import timedelta

import pytest

from kopdiklat.registration import halls, rules
from tests.factories import make_batch, make_invitation, make_registration


@pytest.mark.parametrize("minutes", [-1, 0, 1, None])
@pytest.mark.parametrize("seated", [0, 1, 2, 3])
@pytest.mark.parametrize("held", [0, 1, 2])
def test_open_holds_are_those_of_the_rule(app, now, held, seated, minutes):
    until = None if minutes is None else now + timedelta(minutes=minutes)
    batch = make_batch(seats=9)
    invitation = make_invitation(batch, people=3, held_seats=held, held_until=until)
    for state in ["confirmed", "offered", "confirmed"][:seated]:
        make_registration(batch, state=state, invitation_id=invitation.id)
    make_registration(batch, state="waitlisted", invitation_id=invitation.id)

    expected = rules.open_hold(held, until, seated, now)

    assert halls.open_holds(batch.id, now) == ({invitation.id: expected} if expected else {})
    assert halls.count_used_seats(batch.id, now) == seated + expected


@pytest.mark.parametrize("ended", ["declined_at", "cancelled_at"])
def test_an_invitation_that_ended_holds_nothing(app, now, ended):
    batch = make_batch()
    make_invitation(batch, held_seats=2, held_until=now + timedelta(hours=1), **{ended: now})

    assert halls.open_holds(batch.id, now) == {}


def test_open_holds_of_several_batches_are_told_apart(app, now):
    one, two, none = make_batch(number=1), make_batch(number=2), make_batch(number=3)
    until = now + timedelta(hours=1)
    first, second = (make_invitation(b, held_seats=2, held_until=until) for b in (one, two))
    make_registration(two, invitation_id=second.id)

    holds = halls.open_holds_of([one.id, two.id, none.id], now)

    assert holds == {one.id: {first.id: 2}, two.id: {second.id: 1}, none.id: {}}
