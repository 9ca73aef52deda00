"""Until when an offered seat may be answered: a clock that rests at night and runs out sooner
when the training is near."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from kopdiklat.core import clock

NEAR = timedelta(days=2)


@dataclass(frozen=True)
class Patience:
    """How long an office waits for an answer.

    :param hours: usually; `near_hours` in the last two days before the training
    :param quiet_from: nobody is disturbed from here until `quiet_to`, in the civil time of the zone
    """

    hours: int = 24
    near_hours: int = 3
    quiet_from: time = time(20)
    quiet_to: time = time(7)


def is_quiet(at: time, patience: Patience) -> bool:
    """Whether this wall-clock time lies in the quiet hours, which may run over midnight."""
    begins, ends = patience.quiet_from, patience.quiet_to
    if begins == ends:
        return False
    if begins < ends:
        return begins <= at < ends
    return at >= begins or at < ends


def when_awake(moment: datetime, zone: str, patience: Patience) -> datetime:
    """This moment, or the end of the quiet hours that it falls into."""
    there = clock.local(moment, zone)
    if not is_quiet(there.time(), patience):
        return moment
    day = there.date()
    if there.time() >= patience.quiet_to:
        day += timedelta(days=1)
    return clock.moment(day, patience.quiet_to, zone)


def next_quiet(moment: datetime, zone: str, patience: Patience) -> datetime:
    """When the quiet hours begin after a moment outside them."""
    there = clock.local(moment, zone)
    day = there.date()
    if there.time() >= patience.quiet_from:
        day += timedelta(days=1)
    return clock.moment(day, patience.quiet_from, zone)


def answer_by(
    told_at: datetime, begins_at: datetime | None, zone: str, patience: Patience
) -> datetime:
    """The deadline of an offer whose recipient was told at `told_at`; never after the beginning.

    Quiet hours do not count: three hours told at 19.00 end at 09.00.
    """
    if patience.quiet_from == patience.quiet_to:
        ends = told_at + _allowed(told_at, begins_at, patience)
        return min(ends, begins_at) if begins_at else ends
    left = _allowed(told_at, begins_at, patience)
    at = when_awake(told_at, zone, patience)
    while at + left > (dusk := next_quiet(at, zone, patience)):
        left -= dusk - at
        at = when_awake(dusk, zone, patience)
    ends = at + left
    return min(ends, begins_at) if begins_at else ends


def _allowed(told_at: datetime, begins_at: datetime | None, patience: Patience) -> timedelta:
    near = begins_at is not None and begins_at - told_at <= NEAR
    return timedelta(hours=patience.near_hours if near else patience.hours)
