"""The hours of a batch, grouped as they are told."""

from datetime import date, time

import pytest

from kopdiklat.training.rules import DayHours, group_days

MORNING, LONGER = (time(8), time(14, 30)), (time(8), time(14, 45))


def days(*pairs):
    return [DayHours(date(2026, 12, day), date(2026, 12, day), *hours) for day, hours in pairs]


@pytest.mark.parametrize(
    ("timetable", "groups"),
    [
        ((), []),
        (((15, MORNING),), [(15, 15, MORNING)]),
        (((15, MORNING), (16, MORNING)), [(15, 16, MORNING)]),
        (((15, MORNING), (18, MORNING)), [(15, 18, MORNING)]),
        (((15, MORNING), (16, LONGER)), [(15, 15, MORNING), (16, 16, LONGER)]),
        (
            ((14, MORNING), (15, MORNING), (16, LONGER), (17, MORNING)),
            [(14, 15, MORNING), (16, 16, LONGER), (17, 17, MORNING)],
        ),
        (  # a day between belongs to nobody: two days are no range
            ((14, MORNING), (16, MORNING), (17, LONGER)),
            [(14, 14, MORNING), (16, 16, MORNING), (17, 17, LONGER)],
        ),
    ],
)
def test_days_with_the_same_hours_are_told_together(timetable, groups):
    assert group_days(days(*timetable)) == [
        DayHours(date(2026, 12, first), date(2026, 12, last), *hours)
        for first, last, hours in groups
    ]
