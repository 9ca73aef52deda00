"""When each reminder is due, what holds of several, and what comes too late."""

from datetime import date, datetime, time, timedelta

import pytest

from kopdiklat.core import clock
from kopdiklat.registration.offer_times import Patience
from kopdiklat.registration.reminder_rules import Habits, current, reminders, upcoming

DAY = date(2026, 7, 15)
ALL = Habits((7, 3, 1, 0), time(9), Patience())


def at(text, zone="WIB"):
    """`14 08:59` of July 2026 on the clock of the zone."""
    day, hour = text.split()
    return clock.moment(date(2026, 7, int(day)), time.fromisoformat(hour), zone)


def due(begins, habits=ALL, zone="WIB"):
    return {
        one.days: f"{clock.local(one.due_at, zone):%d %H:%M}"
        for one in reminders(begins, zone, habits)
    }


def test_four_reminders_of_which_each_holds_until_the_next():
    found = reminders(at("15 09:00"), "WIB", ALL)

    assert due(at("15 09:00")) == {7: "08 09:00", 3: "12 09:00", 1: "14 09:00", 0: "15 07:00"}
    assert [one.holds_until for one in found] == [
        at("12 09:00"), at("14 09:00"), at("15 07:00"), at("15 09:00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("begins", "morning"),
    [
        ("15 09:00", "15 07:00"),
        ("15 08:00", "15 07:00"),
        ("15 07:59", None),
        ("15 07:30", None),
        ("15 06:00", None),
        ("15 19:00", "15 07:00"),
    ],
)
def test_the_morning_is_left_out_where_nobody_could_get_ready(begins, morning):
    assert due(at(begins)).get(0) == morning


def test_the_morning_waits_for_the_end_of_long_quiet_hours():
    late = Habits((0,), time(9), Patience(quiet_to=time(8)))

    assert due(at("15 09:00"), late) == {0: "15 08:00"}
    assert due(at("15 08:30"), late) == {}


def test_an_hour_in_the_quiet_hours_becomes_their_end():
    assert due(at("15 09:00"), Habits((1,), time(21), Patience())) == {1: "15 07:00"}


@pytest.mark.parametrize("zone", ["WIB", "WITA", "WIT"])
def test_the_clock_is_that_of_the_venue(zone):
    assert due(at("15 08:00", zone), zone=zone) == {
        7: "08 09:00", 3: "12 09:00", 1: "14 09:00", 0: "15 07:00",
    }  # fmt: skip


def test_a_first_session_just_after_midnight_is_of_its_own_day_there():
    begins = datetime(
        2026, 7, 14, 15, 0, tzinfo=clock.UTC
    )  # midnight in Jayapura, 22.00 in Jakarta

    assert due(begins, Habits((1,), time(9), Patience()), "WIT") == {1: "14 09:00"}


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("08 08:59", None),
        ("08 09:00", 7),
        ("10 12:00", 7),  # two days late, and the next is far
        ("11 21:01", None),  # sent at 07.00 of the 12th, the next two hours later
        ("11 19:59", 7),  # the next is thirteen hours away
        ("12 08:59", None),
        ("12 09:00", 3),
        ("13 19:00", 3),
        ("13 21:30", None),
        ("14 09:00", 1),
        ("14 18:59", 1),
        ("14 19:30", None),  # the morning says it in less than twelve hours
        ("15 06:59", None),
        ("15 07:00", 0),
        ("15 08:00", 0),
        ("15 08:01", None),  # on the way already
        ("15 09:00", None),
        ("16 09:00", None),
    ],
)
def test_only_the_nearest_is_told_and_not_shortly_before_the_next(now, days):
    found = current(at("15 09:00"), "WIB", ALL, at(now))

    assert (found.days if found else None) == days


def test_without_the_morning_a_late_eve_comes_when_the_night_is_over():
    eve = Habits((1,), time(9), Patience())

    assert current(at("15 08:00"), "WIB", eve, at("14 23:30")).days == 1
    assert current(at("15 07:00"), "WIB", eve, at("14 23:30")) is None
    assert current(at("15 06:30"), "WIB", eve, at("14 23:30")) is None


def test_an_office_that_switched_all_off_reminds_nobody():
    none = Habits((), time(9), Patience())

    assert reminders(at("15 09:00"), "WIB", none) == []
    assert current(at("15 09:00"), "WIB", none, at("14 10:00")) is None


def test_upcoming_is_what_still_comes():
    begins = at("15 09:00")

    assert upcoming(begins, "WIB", ALL, at("12 09:00")).days == 1
    assert upcoming(begins, "WIB", ALL, at("15 07:00")) is None
    assert upcoming(begins, "WIB", ALL, at("01 09:00") - timedelta(days=9)).days == 7
