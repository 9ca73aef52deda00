"""Until when an offered seat may be answered: a clock that rests at night and runs out sooner
when the training is near."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from kopdiklat.offices.quiet import next_quiet, when_awake

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
