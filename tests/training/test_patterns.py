"""Days of a run, wall clocks, nights and windows."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopdiklat.core import clock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.training.patterns import (
    Calendar,
    moments,
    run_days,
    runs_over_midnight,
    skipped_days,
    usual_decision,
    usual_window,
)

OFFICE = Calendar({1, 2, 3, 4, 5}, {date(2026, 8, 17): "Hari Kemerdekaan"})
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
CALENDARS = st.builds(
    lambda weekdays, holidays: Calendar(weekdays, dict.fromkeys(holidays, "Libur")),
    st.sets(st.integers(1, 7), min_size=1),
    st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=20),
)


def test_a_run_skips_weekends_and_holidays_and_the_following_days_shift():
    friday = date(2026, 8, 14)

    days = run_days(friday, 3, OFFICE)

    assert days == [friday, date(2026, 8, 18), date(2026, 8, 19)]
    assert skipped_days(friday, days, OFFICE) == [
        (date(2026, 8, 15), ""),
        (date(2026, 8, 16), ""),
        (date(2026, 8, 17), "Hari Kemerdekaan"),
    ]


def test_a_first_day_on_a_sunday_begins_on_the_next_open_day():
    sunday = date(2026, 8, 9)

    days = run_days(sunday, 1, OFFICE)

    assert days == [date(2026, 8, 10)]
    assert skipped_days(sunday, days, OFFICE) == [(sunday, "")]


def test_an_office_that_is_never_open_is_told_so():
    closed = Calendar({1}, {date(2026, 1, 5) + timedelta(weeks=n): "Libur" for n in range(60)})

    with pytest.raises(RuleViolation, match="Semua hari tertutup"):
        run_days(date(2026, 1, 5), 1, closed)


@given(first=DAYS, count=st.integers(1, 30), calendar=CALENDARS)
def test_days_of_a_run_rise_are_open_and_leave_out_no_open_day(first, count, calendar):
    days = run_days(first, count, calendar)

    assert len(days) == count
    assert days == sorted(set(days))
    assert all(calendar.is_open(day) for day in days)
    between = {first + timedelta(days=n) for n in range((days[-1] - first).days + 1)}
    assert {day for day, _name in skipped_days(first, days, calendar)} == between - set(days)


@given(
    day=DAYS,
    starts=st.times(time(0), time(22)),
    minutes=st.integers(1, 119),
    zone=st.sampled_from(sorted(clock.ZONES)),
)
def test_a_block_keeps_its_wall_clock_and_its_day_in_every_zone(day, starts, minutes, zone):
    starts = starts.replace(microsecond=0)
    ends = (datetime.combine(day, starts) + timedelta(minutes=minutes)).time()
    if ends <= starts:
        return

    starts_at, ends_at = moments(day, starts, ends, zone)

    assert clock.local(starts_at, zone).replace(tzinfo=None) == datetime.combine(day, starts)
    assert ends_at - starts_at == timedelta(minutes=minutes)
    assert clock.local_day(starts_at, zone) == day


@given(day=DAYS, first=st.sampled_from(("WIB", "WITA", "WIT")))
def test_the_same_wall_clock_further_east_comes_earlier(day, first):
    east = {"WIB": 0, "WITA": 1, "WIT": 2}
    at = {zone: moments(day, time(8), time(9, 30), zone)[0] for zone in clock.ZONES}

    for zone in clock.ZONES:
        assert at[first] - at[zone] == timedelta(hours=east[zone] - east[first])


@pytest.mark.parametrize(
    ("starts", "ends", "is_night"),
    [
        ("22.00", "00.30", True),
        ("17.00", "07.00", True),
        ("16.59", "00.30", False),
        ("22.00", "07.01", False),
        ("08.00", "07.00", False),
        ("09.00", "09.00", False),
        ("08.00", "09.30", False),
    ],
)
def test_only_an_evening_runs_over_midnight(starts, ends, is_night):
    times = [time.fromisoformat(text.replace(".", ":")) for text in (starts, ends)]

    assert runs_over_midnight(*times) is is_night


def test_a_night_in_jayapura_ends_the_next_morning():
    night = moments(date(2026, 7, 13), time(22), time(0, 30), "WIT")

    assert night == (
        datetime(2026, 7, 13, 13, 0, tzinfo=UTC),
        datetime(2026, 7, 13, 15, 30, tzinfo=UTC),
    )


def test_registration_usually_closes_on_the_last_open_day_a_week_ahead():
    tuesday = date(2026, 8, 25)

    assert usual_window(tuesday, date(2026, 7, 13), OFFICE) == (
        date(2026, 8, 4),
        date(2026, 8, 18),
    )
    assert usual_window(date(2026, 8, 24), date(2026, 7, 13), OFFICE)[1] == date(2026, 8, 14)


def test_registration_of_a_run_that_begins_soon_closes_the_day_before_at_the_latest():
    today = date(2026, 7, 13)

    assert usual_window(date(2026, 7, 16), today, OFFICE) == (today, date(2026, 7, 14))
    assert usual_window(date(2026, 7, 14), today, OFFICE) == (today, today)


@given(today=DAYS, ahead=st.integers(2, 200), calendar=CALENDARS)
def test_a_window_opens_before_it_closes_and_closes_before_the_first_day(today, ahead, calendar):
    first = today + timedelta(days=ahead)

    opens, closes = usual_window(first, today, calendar)

    assert today <= opens <= closes < first
    assert closes <= usual_decision(closes, first) < first
