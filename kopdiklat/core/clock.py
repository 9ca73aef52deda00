"""Time. UTC inside; a civil time (WIB, WITA, WIT) for every question of "which day".

Only views, jobs and commands call `utc_now()`; everything below takes `now` as an argument. Two of
core call it for them: the trail dates its entries, and a file that leaves its place and its end.
"""

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

ZONES = {
    "WIB": ZoneInfo("Asia/Jakarta"),
    "WITA": ZoneInfo("Asia/Makassar"),
    "WIT": ZoneInfo("Asia/Jayapura"),
}
_stands_at: ContextVar[datetime | None] = ContextVar("stands_at", default=None)


def utc_now() -> datetime:
    return _stands_at.get() or datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """The clock of this context stands still: pages are opened as on another day."""
    token = _stands_at.set(moment)
    try:
        yield
    finally:
        _stands_at.reset(token)


def local(moment: datetime, zone: str) -> datetime:
    """The same moment on the wall clock of WIB, WITA or WIT."""
    return moment.astimezone(ZONES[zone])


def local_day(moment: datetime, zone: str) -> date:
    return local(moment, zone).date()


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or the last one that month has."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def moment(day: date, at: time, zone: str) -> datetime:
    """A wall-clock time of a day in that zone, as UTC."""
    return datetime.combine(day, at, ZONES[zone]).astimezone(UTC)
