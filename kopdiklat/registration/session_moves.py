"""One training session moves on the board: who clashes, who hears of it, and all before it goes.

Like a moved batch it is tried, measured and undone until somebody has seen what it does. A draft of
which nobody knows moves at once; it can be put back as easily.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kopdiklat.core import clock
from kopdiklat.core.db import db, lock
from kopdiklat.offices.models import Office
from kopdiklat.registration import moves
from kopdiklat.registration.queries import participants_elsewhere
from kopdiklat.training.batch_screen import calendar_of
from kopdiklat.training.clashes import Clash
from kopdiklat.training.models import Batch, TrainingSession
from kopdiklat.training.patterns import Calendar
from kopdiklat.training.session_moves import Move, guards_left, move_session


@dataclass(frozen=True)
class Effect:
    """What a move does, or would.

    :param closed: that the office trains nobody that day: the holiday's name, or True on a free weekday
    :param told: who hears of it; None when nobody is to
    :param guards: who keeps door duty on a day without sessions
    """

    starts_at: datetime
    ends_at: datetime
    clashes: Sequence[Clash]
    closed: str | bool
    told: moves.Telling | None
    guards: Sequence[str]
    is_draft: bool

    @property
    def can_be_undone(self) -> bool:
        """Nobody was told, so nobody need be told again."""
        return self.told is None


class MovePaused(Exception):
    """Somebody has to see this first: undoes the move that was tried."""

    def __init__(self, effect: Effect):
        super().__init__()
        self.effect = effect


def move(move: Move, *, now: datetime, confirmed: bool) -> Effect:
    """Move one session and tell those whose diary it changes.

    Locks the office, for its trainers and rooms, then the batch and its sessions.
    :raises MovePaused: a clash without a reason; or not confirmed, and people would be told or the
        office is closed that day
    """
    batch_id = db.session.get_one(TrainingSession, move.session_id).batch_id
    office = lock(Office, db.session.get_one(Batch, batch_id).office_id)
    batch = lock(Batch, batch_id)
    was = moves.standing_of(batch)
    session, clashes = move_session(
        batch, move, lambda planned: participants_elsewhere(batch_id, planned), now=now
    )
    told = moves.tell_if_moved(batch, was, now)
    left_day = clock.local_day(move.seen, session.time_zone)
    effect = Effect(
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        clashes=clashes,
        closed=closed_on(session.day, calendar_of(office)),
        told=moves.telling_of(told) if told else None,
        guards=guards_left(batch, left_day),
        is_draft=batch.state == "draft",
    )
    unseen = effect.told or (effect.closed and not effect.is_draft)
    if (clashes and not move.reason) or (unseen and not confirmed):
        raise MovePaused(effect)
    return effect


def closed_on(day: date, calendar: Calendar) -> str | bool:
    """The holiday's name, True on a weekday without training, False on a working day."""
    return calendar.holidays.get(day) or not calendar.is_open(day)
