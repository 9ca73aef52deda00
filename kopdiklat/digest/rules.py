"""Of which days a digest speaks, and when it is due: on working days, on the office's clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kopdiklat.core import clock

STILL_MORNING = timedelta(hours=6)  # a process that was away catches up so long, then it is over
LONGEST_BREAK = 31  # days without a working day that we look beyond
DECIDE_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Edition:
    """One day's digest: what came since the last one, and what comes until the next.

    :param until: the last day that it looks at, the next working day
    """

    day: date
    due_at: datetime
    since: datetime
    until: date


def edition_of(
    day: date, at: time, zone: str, working_days: str, holidays: Collection[date]
) -> Edition:
    """The digest of a day, whether the office works then or not.

    :param working_days: 1 Monday to 7 Sunday
    """
    before = _near(day, -1, working_days, holidays)
    after = _near(day, 1, working_days, holidays)
    return Edition(day, clock.moment(day, at, zone), clock.moment(before, at, zone), after)


def is_due(
    day: date, at: time, zone: str, working_days: str, holidays: Collection[date], now: datetime
) -> bool:
    """Whether it goes out now: on a working day, from its hour on, while it is still morning."""
    due_at = clock.moment(day, at, zone)
    works = is_working(day, working_days, holidays)
    return works and due_at <= now < due_at + STILL_MORNING


def is_working(day: date, working_days: str, holidays: Collection[date]) -> bool:
    return str(day.isoweekday()) in working_days and day not in holidays


def _near(day: date, step: int, working_days: str, holidays: Collection[date]) -> date:
    near = day + timedelta(days=step)
    for _ in range(LONGEST_BREAK):
        if is_working(near, working_days, holidays):
            return near
        near += timedelta(days=step)
    return day + timedelta(days=step)
