"""Until when an offered seat may be answered."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopdiklat.core import clock
from kopdiklat.offices.quiet import is_quiet, when_awake
from kopdiklat.registration.offer_times import Patience, answer_by

USUAL = Patience()


def wib(day, hour, minute=0):
    return datetime(2026, 7, day, hour, minute, tzinfo=clock.ZONES["WIB"])


@pytest.mark.parametrize(
    ("told", "begins", "ends"),
    [
        (wib(1, 9), wib(20, 8), wib(2, 20)),  # 11 h on the first day, 13 h on the second
        (wib(1, 7), wib(20, 8), wib(2, 18)),
        (wib(1, 21), wib(20, 8), wib(3, 18)),  # told at night: counts from the morning
        (wib(1, 19, 59), wib(20, 8), wib(3, 17, 59)),
        (wib(18, 9), wib(20, 8), wib(18, 12)),  # the last two days: three hours
        (wib(18, 19), wib(20, 8), wib(19, 9)),
        (wib(20, 6), wib(20, 8), wib(20, 8)),  # never after the beginning
        (wib(1, 9), None, wib(2, 20)),
    ],
)
def test_the_deadline_rests_at_night_and_shrinks_when_the_day_is_near(told, begins, ends):
    assert answer_by(told, begins, "WIB", USUAL) == ends


def test_the_last_two_days_begin_to_the_minute():
    begins = wib(20, 8)

    assert answer_by(wib(18, 7, 59), begins, "WIB", USUAL) == wib(19, 18, 59)
    assert answer_by(wib(18, 8, 0), begins, "WIB", USUAL) == wib(18, 11)


def test_the_quiet_hours_are_those_of_the_recipient():
    told = wib(1, 18, 30)  # 20.30 in WIT, where the quiet hours have begun

    assert answer_by(told, None, "WIB", USUAL) == wib(3, 16, 30)
    assert answer_by(told, None, "WIT", USUAL) == wib(3, 16)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        (time(19, 59), False),
        (time(20), True),
        (time(0), True),
        (time(6, 59), True),
        (time(7), False),
    ],
)
def test_quiet_hours_run_over_midnight(at, quiet):
    assert is_quiet(at, USUAL) == quiet


def test_quiet_hours_may_lie_within_a_day_or_not_exist():
    assert is_quiet(time(13), Patience(quiet_from=time(12), quiet_to=time(14)))
    assert not is_quiet(time(14), Patience(quiet_from=time(12), quiet_to=time(14)))
    never = Patience(quiet_from=time(0), quiet_to=time(0))
    assert not is_quiet(time(0), never)
    assert answer_by(wib(1, 23), None, "WIB", never) == wib(2, 23)


MOMENTS = st.integers(0, 700 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
PATIENCE = st.builds(
    Patience,
    hours=st.integers(1, 72),
    near_hours=st.integers(1, 12),
    quiet_from=st.sampled_from([time(20), time(22), time(0), time(12)]),
    quiet_to=st.sampled_from([time(7), time(6), time(0), time(13, 30)]),
)


@given(told=MOMENTS, zone=st.sampled_from(["WIB", "WITA", "WIT"]), patience=PATIENCE)
def test_exactly_the_allowed_time_outside_the_quiet_hours_passes(told, zone, patience):
    ends = answer_by(told, None, zone, patience)

    awake, step = timedelta(), timedelta(minutes=30)
    at = told.replace(minute=told.minute // 30 * 30, second=0, microsecond=0)
    first = at
    while at < ends:
        if not is_quiet(clock.local(at, zone).time(), patience):
            awake += step
        at += step
    assert abs(awake - timedelta(hours=patience.hours)) <= step
    assert ends > first
    assert not is_quiet((clock.local(ends, zone) - timedelta(seconds=1)).time(), patience)
    assert when_awake(ends, zone, patience) >= ends
