"""A month as six weeks of days, and what its address says. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 6
SHOWN = 3  # entries of one day; of more, all but the last place fold behind a link
MONTH = re.compile(r"(\d{4})-(\d{1,2})")
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class Day:
    """One day of the table.

    :param is_out: of the month before or after
    :param closed: why the office trains nobody: the holiday's name, or nothing on a free weekday
    """

    on: date
    is_out: bool
    is_today: bool
    is_closed: bool
    holiday: str
    entries: list

    @property
    def shown(self) -> list:
        return self.entries if len(self.entries) <= SHOWN else self.entries[: SHOWN - 1]

    @property
    def folded(self) -> int:
        return len(self.entries) - len(self.shown)


def month_of(text: str, today: date) -> date:
    """The first day of `2026-07`; of today's month where the text is no month."""
    found = MONTH.fullmatch(text.strip())
    if found and int(found[1]) in YEARS and 1 <= int(found[2]) <= 12:
        return date(int(found[1]), int(found[2]), 1)
    return today.replace(day=1)


def month_key(day: date) -> str:
    return f"{day:%Y-%m}"


def months_around(first: date) -> tuple[date, date]:
    """The month before and the month after."""
    before = first - timedelta(days=1)
    return before.replace(day=1), (first + timedelta(days=31)).replace(day=1)


def last_of(first: date) -> date:
    return months_around(first)[1] - timedelta(days=1)


def grid_of(first: date) -> tuple[date, date]:
    """The Monday that six weeks with this month begin on, and their Sunday."""
    monday = first - timedelta(days=first.weekday())
    return monday, monday + timedelta(days=7 * WEEKS - 1)


def weeks_of(
    first: date,
    today: date,
    entries: Mapping[date, list],
    working_days: Collection[int],
    holidays: Mapping[date, str],
) -> list[list[Day]]:
    monday, _sunday = grid_of(first)
    days = [monday + timedelta(days=n) for n in range(7 * WEEKS)]
    made = [
        Day(
            on=day,
            is_out=day.month != first.month,
            is_today=day == today,
            is_closed=day.isoweekday() not in working_days or day in holidays,
            holiday=holidays.get(day, ""),
            entries=entries.get(day, []),
        )
        for day in days
    ]
    return [made[n : n + 7] for n in range(0, len(made), 7)]
