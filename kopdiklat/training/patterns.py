"""A course's pattern put onto the calendar: which days, and when on them. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kopdiklat.core import clock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

LONGEST_GAP = timedelta(days=366)  # further than that no office closes
ONE_DAY = timedelta(days=1)
EVENING, MORNING = time(17), time(7)  # what begins after one and ends before the other is one night
LEAD = timedelta(days=7)  # registration usually ends this long before the first day
WINDOW = timedelta(days=14)  # and is open this long


@dataclass(frozen=True)
class Calendar:
    """When an office trains.

    :param working_days: ISO weekdays, 1 Monday to 7 Sunday
    :param holidays: day -> what is celebrated
    """

    working_days: Collection[int]
    holidays: Mapping[date, str]

    @classmethod
    def every_day(cls) -> "Calendar":
        return cls(range(1, 8), {})

    def is_open(self, day: date) -> bool:
        return day.isoweekday() in self.working_days and day not in self.holidays


def run_days(first: date, count: int, calendar: Calendar) -> list[date]:
    """The days of a run: the first open one from `first` on, and those that follow it.

    :raises RuleViolation: the office is open on none of the days of a year
    """
    days: list[date] = []
    day = first
    while len(days) < count:
        if day - (days[-1] if days else first) > LONGEST_GAP:
            raise RuleViolation(
                N_("Semua hari tertutup. Periksa hari kerja dan hari libur kantor.")
            )
        if calendar.is_open(day):
            days.append(day)
        day += ONE_DAY
    return days


def skipped_days(first: date, days: list[date], calendar: Calendar) -> list[tuple[date, str]]:
    """Days between `first` and the last that were passed over, with the holiday's name or nothing."""
    span = (days[-1] - first).days + 1 if days else 0
    passed = (first + n * ONE_DAY for n in range(span))
    return [(day, calendar.holidays.get(day, "")) for day in passed if not calendar.is_open(day)]


def runs_over_midnight(starts: time, ends: time) -> bool:
    """An evening that ends the next morning; any other end before the start is a mistake."""
    return ends <= starts and starts >= EVENING and ends <= MORNING


def moments(day: date, starts: time, ends: time, zone: str) -> tuple[datetime, datetime]:
    """The wall-clock times of a block on a day, as UTC; an evening may end the next morning."""
    last = day + ONE_DAY if runs_over_midnight(starts, ends) else day
    return clock.moment(day, starts, zone), clock.moment(last, ends, zone)


def usual_window(first: date, today: date, calendar: Calendar) -> tuple[date, date]:
    """When registration opens and closes if nobody says otherwise: the last open day a week ahead.

    A run that begins soon closes the day before it at the latest.
    """
    closes = first - LEAD
    while not calendar.is_open(closes) and closes > today:
        closes -= ONE_DAY
    closes = min(max(closes, today + ONE_DAY), first - ONE_DAY)
    return min(max(today, closes - WINDOW), closes), closes


def usual_decision(closes: date, first: date) -> date:
    """The day to decide whether a run goes ahead: right after registration ends."""
    return min(closes + ONE_DAY, first - ONE_DAY)
