"""Of which days a digest speaks, on the office's clock, over weekends and holidays."""

from datetime import date, time

import pytest

from kopdiklat.core import clock
from kopdiklat.digest.rules import edition_of, is_due

WEEK = "12345"
SEVEN = time(7)


def at(day, hour, zone="WIB"):
    return clock.moment(date(2026, 7, day), time.fromisoformat(hour), zone)


@pytest.mark.parametrize(
    ("day", "before", "until"),
    [
        (14, 13, 15),  # Tuesday: since Monday, until Wednesday
        (13, 10, 14),  # Monday: since Friday
        (17, 16, 20),  # Friday: until Monday, so the weekend's sessions are in it
    ],
)
def test_a_digest_speaks_from_the_last_working_day_to_the_next(day, before, until):
    edition = edition_of(date(2026, 7, day), SEVEN, "WIB", WEEK, set())

    assert (edition.since, edition.until) == (at(before, "07:00"), date(2026, 7, until))


def test_holidays_are_no_working_days():
    holidays = {date(2026, 7, day) for day in (13, 15, 16)}
    edition = edition_of(date(2026, 7, 14), SEVEN, "WIB", WEEK, holidays)

    assert (edition.since, edition.until) == (at(10, "07:00"), date(2026, 7, 17))


def test_a_long_break_does_not_search_for_ever():
    holidays = {date(2026, month, day) for month in (6, 7, 8) for day in range(1, 31)}
    edition = edition_of(date(2026, 7, 14), SEVEN, "WIB", WEEK, holidays)

    assert edition.until == date(2026, 7, 31)
    assert edition.since == clock.moment(date(2026, 7, 13), SEVEN, "WIB")


@pytest.mark.parametrize(
    ("day", "hour", "due"),
    [
        (14, "06:59", False),
        (14, "07:00", True),
        (14, "12:59", True),
        (14, "13:00", False),
        (18, "07:00", False),  # Saturday
        (15, "07:00", False),  # a holiday
    ],
)
@pytest.mark.parametrize("zone", ["WIB", "WITA", "WIT"])
def test_a_digest_is_due_on_the_morning_of_a_working_day(day, hour, due, zone):
    holidays = {date(2026, 7, 15)}

    assert is_due(date(2026, 7, day), SEVEN, zone, WEEK, holidays, at(day, hour, zone)) is due
