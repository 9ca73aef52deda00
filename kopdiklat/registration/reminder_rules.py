"""When participants are reminded: some days before the first training day, and on its morning.

An office says how far ahead and at what hour; the clock is that of the venue. A reminder that comes
late gives way to the next, so that nobody gets two in half a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from kopdiklat.core import clock
from kopdiklat.offices.quiet import when_awake
from kopdiklat.registration.offer_times import Patience

MORNING = time(7)
TO_GET_READY = timedelta(
    hours=1
)  # between the morning's reminder and the start; else it is left out
APART = timedelta(hours=12)
KINDS = {  # how many days before: the kind of its message
    7: "batch.reminder_7",
    3: "batch.reminder_3",
    1: "batch.reminder",
    0: "batch.reminder_0",
}
FURTHEST = timedelta(days=8)  # before the start the first of them is due at the earliest


@dataclass(frozen=True)
class Habits:
    """What an office has set.

    :param distances: how many days before
    :param at: the hour of those before the day
    :param quiet: nobody is disturbed in these hours
    """

    distances: Sequence[int]
    at: time
    quiet: Patience


@dataclass(frozen=True)
class Reminder:
    """One logical reminder: that so many days before this first day.

    :param due_at: when it goes out, if nothing is late
    :param holds_until: from then on the next one, or the training itself, says it better
    """

    days: int
    due_at: datetime
    holds_until: datetime

    @property
    def kind(self) -> str:
        return KINDS[self.days]


def reminders(begins: datetime, zone: str, habits: Habits) -> list[Reminder]:
    """All that this training day gets, the earliest first.

    :param begins: the first session
    """
    first_day = clock.local_day(begins, zone)
    found = []
    for days in sorted(set(habits.distances) & set(KINDS), reverse=True):
        at = habits.at if days else MORNING
        due = when_awake(
            clock.moment(first_day - timedelta(days=days), at, zone), zone, habits.quiet
        )
        if due <= begins - (timedelta(0) if days else TO_GET_READY):
            found.append((days, due))
    ends = [due for _, due in found[1:]] + [begins]
    return [Reminder(days, due, until) for (days, due), until in zip(found, ends)]


def current(begins: datetime, zone: str, habits: Habits, now: datetime) -> Reminder | None:
    """The one to be told now: the nearest that is due; None when it is too late for it."""
    due = [one for one in reminders(begins, zone, habits) if one.due_at <= now]
    if not due or now >= begins:
        return None
    nearest = due[-1]
    sent_at = when_awake(now, zone, habits.quiet)
    if sent_at >= begins or (nearest.days == 0 and sent_at > begins - TO_GET_READY):
        return None
    gives_way = nearest.holds_until < begins and nearest.holds_until - sent_at < APART
    return None if gives_way else nearest


def upcoming(begins: datetime, zone: str, habits: Habits, now: datetime) -> Reminder | None:
    """The next one that will come; None when there is none left."""
    return next((one for one in reminders(begins, zone, habits) if one.due_at > now), None)
