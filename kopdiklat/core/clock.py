"""Time. UTC inside; a civil time (WIB, WITA, WIT) for every question of "which day".

Only views, jobs and commands call `utc_now()`; everything below takes `now` as an argument.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

ZONES = {
    "WIB": ZoneInfo("Asia/Jakarta"),
    "WITA": ZoneInfo("Asia/Makassar"),
    "WIT": ZoneInfo("Asia/Jayapura"),
}


def utc_now() -> datetime:
    return datetime.now(UTC)


def local(moment: datetime, zone: str) -> datetime:
    """The same moment on the wall clock of WIB, WITA or WIT."""
    return moment.astimezone(ZONES[zone])


def local_day(moment: datetime, zone: str) -> date:
    return local(moment, zone).date()


def moment(day: date, at: time, zone: str) -> datetime:
    """A wall-clock time of a day in that zone, as UTC."""
    return datetime.combine(day, at, ZONES[zone]).astimezone(UTC)
