"""Until when a link changes something, and what a coordinator decides."""

from datetime import UTC, datetime, timedelta

import pytest

from kopdiklat.core.clock import ZONES
from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.registration import change_rules
from kopdiklat.registration.change_rules import ASK, NOW, Moments, Ways

BEGINS = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # Wednesday: 08.00 WIB, 10.00 WIT
CLOSES = datetime(2026, 7, 10, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ACTIONS = ("grant", "decline", "withdraw")


def batch(state="published", zone="WIB", begins=BEGINS, closes=CLOSES):
    return Moments(state, closes, begins, ZONES[zone])


@pytest.mark.parametrize(
    ("zone", "until"),
    [
        ("WIB", datetime(2026, 7, 14, 17, 0, tzinfo=UTC)),
        ("WITA", datetime(2026, 7, 14, 16, 0, tzinfo=UTC)),
        ("WIT", datetime(2026, 7, 14, 15, 0, tzinfo=UTC)),
    ],
)
def test_a_seat_changes_hands_until_the_day_before_is_over_where_it_takes_place(zone, until):
    assert batch(zone=zone).substitutes_until == until
    assert change_rules.ways("confirmed", batch(zone=zone), until - MINUTE).substitute == NOW
    assert change_rules.ways("confirmed", batch(zone=zone), until).substitute == ASK


def test_half_past_eleven_at_night_in_jakarta_is_the_training_day_in_jayapura():
    at_night = datetime(2026, 7, 14, 16, 30, tzinfo=UTC)  # 23.30 WIB, 01.30 WIT of the 15th

    assert change_rules.ways("confirmed", batch(zone="WIB"), at_night).substitute == NOW
    assert change_rules.ways("confirmed", batch(zone="WIT"), at_night).substitute == ASK


def test_a_session_before_dawn_ends_substitution_the_evening_before_in_its_own_zone():
    dawn = datetime(2026, 7, 14, 17, 30, tzinfo=UTC)  # 00.30 WIB of the 15th

    assert batch(begins=dawn).substitutes_until == dawn - 30 * MINUTE


@pytest.mark.parametrize(
    ("at", "ways"),
    [
        (CLOSES - MINUTE, Ways(substitute=NOW, data=NOW, cancel=NOW)),
        (CLOSES, Ways(substitute=NOW, data=ASK, cancel=ASK)),
        (BEGINS - MINUTE, Ways(substitute=ASK, data=ASK, cancel=ASK)),
        (BEGINS, Ways()),
        (BEGINS + timedelta(days=1), Ways()),
    ],
)
def test_the_link_does_less_and_less_as_the_day_nears(at, ways):
    assert change_rules.ways("confirmed", batch(), at) == ways


@pytest.mark.parametrize("state", ["waitlisted", "offered"])
def test_who_only_waits_may_leave_until_the_first_session_begins(state):
    late = change_rules.ways(state, batch(), BEGINS - MINUTE)

    assert late == Ways(data=ASK, cancel=NOW)
    assert not change_rules.ways(state, batch(), BEGINS)


@pytest.mark.parametrize("state", ["cancelled", "expired", "replaced"])
def test_what_is_over_is_not_changed(state):
    assert not change_rules.ways(state, batch(), CLOSES - MINUTE)


@pytest.mark.parametrize(
    ("state", "ways"),
    [
        ("draft", Ways()),
        ("cancelled", Ways()),
        ("closed", Ways(substitute=NOW, data=ASK, cancel=ASK)),  # closed early, by hand
    ],
)
def test_the_link_asks_when_the_office_has_closed_and_is_silent_without_a_batch(state, ways):
    assert change_rules.ways("confirmed", batch(state), CLOSES - MINUTE) == ways


def test_a_batch_without_a_timetable_is_changed_until_the_deadline():
    bare = batch(begins=None)

    assert bare.substitutes_until is None
    assert change_rules.ways("confirmed", bare, CLOSES).substitute == NOW


@pytest.mark.parametrize("state", change_rules.TRANSITIONS)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_request_is_decided_once(state, action):
    allowed = change_rules.TRANSITIONS[state].get(action)
    if allowed:
        assert change_rules.next_state(state, action) == allowed
    else:
        with pytest.raises(TransitionRefused, match="sudah"):
            change_rules.next_state(state, action)


@pytest.mark.parametrize(("likeness", "fits"), [(69.9, False), (70, True), (100, True)])
def test_a_corrected_name_is_still_that_person(likeness, fits):
    if fits:
        change_rules.check_spelling(likeness)
    else:
        with pytest.raises(RuleViolation, match="Ganti orang"):
            change_rules.check_spelling(likeness)
