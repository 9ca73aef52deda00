"""One training session to another day or hour; its length, its place and its zone stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext

from kopdiklat.core import clock, formats
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, flush_unless
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.training import queries, rules
from kopdiklat.training.clashes import Clash, Planned, find_clashes
from kopdiklat.training.models import Batch, DoorDuty, TrainingSession
from kopdiklat.training.service import lock_sessions


class MovedMeanwhile(RuleViolation):
    """Somebody else moved it after this person had looked."""

    status = 409


@dataclass(frozen=True)
class Move:
    """What one move would do.

    :param seen: when the session began as the person who moves it saw it
    :param reason: why it stays although somebody or something is elsewhere then
    """

    session_id: int
    starts_at: datetime
    seen: datetime
    reason: str | None = None


def move_session(
    batch: Batch,
    move: Move,
    participants: Callable[[Sequence[Planned]], list[Clash]],
    *,
    now: datetime,
) -> tuple[TrainingSession, list[Clash]]:
    """Put the session there. The caller holds the office and the batch, and decides about clashes.

    Locks the sessions of the batch: a mark at the door waits for this, or came first.
    :param participants: finds those of its participants; registration knows them
    :raises MovedMeanwhile: it no longer begins when it was seen to
    """
    there = lock_sessions(batch.id)
    session = there.get(move.session_id)
    if session is None:
        raise RuleViolation(N_("Sesi ini tidak ada lagi di angkatannya."))
    if session.starts_at == move.starts_at:
        return session, []  # pressed twice, or both meant the same
    if session.starts_at != move.seen:
        raise _moved_meanwhile(session)
    has_presence = session.id in queries.with_presence(batch.id)
    rules.check_may_move(session.topic, batch.state, session.starts_at, has_presence, now)
    rules.check_moves_ahead(move.starts_at, now)
    ends_at = move.starts_at + (session.ends_at - session.starts_at)
    _check_free_in_batch(session, move.starts_at, ends_at, list(there.values()))
    _check_window(batch, session, move.starts_at, list(there.values()))
    key = session.trainer.name_key if session.trainer else ""
    planned = [Planned(0, 0, move.starts_at, ends_at, key)]
    busy = queries.busy_sessions(batch.office_id, planned, batch.id)
    clashes = [*find_clashes(planned, batch.venue_id, busy), *participants(planned)]
    session.starts_at, session.ends_at = move.starts_at, ends_at
    session.clash_reason = move.reason if clashes else None
    taken = RuleViolation(N_("Jadwal angkatan ini berubah bersamaan. Buka lagi halamannya."))
    flush_unless({"uq_training_sessions_batch_id_starts_at": taken})
    db.session.expire(batch, ["training_sessions"])
    return session, clashes


def _moved_meanwhile(session: TrainingSession) -> MovedMeanwhile:
    """Says where it is now, and who put it there."""
    trail = (
        sa.select(AuditEntry.actor)
        .where(AuditEntry.object_type == "training_sessions", AuditEntry.object_id == session.id)
        .order_by(AuditEntry.id.desc())
    )
    hours = formats.hours(session.starts_at, session.ends_at, session.time_zone)
    return MovedMeanwhile(
        N_(
            "Sesi ini baru saja dipindahkan ke {day}, {hours} oleh {name}. Periksa dulu, lalu pilih lagi."
        ),
        day=formats.day(session.day, "full"),
        hours=hours,
        name=db.session.scalar(trail.limit(1)) or gettext("orang lain"),
    )


def _check_free_in_batch(
    session: TrainingSession, starts_at: datetime, ends_at: datetime, all_: list[TrainingSession]
) -> None:
    """A batch sits in one room: no two of its sessions at once."""
    for other in all_:
        if other is session or other.starts_at >= ends_at or starts_at >= other.ends_at:
            continue
        raise RuleViolation(
            N_("Waktu itu dipakai sesi “{topic}” angkatan ini, {hours}. Pilih jam lain."),
            topic=other.topic,
            hours=formats.hours(other.starts_at, other.ends_at, other.time_zone),
        )


def _check_window(
    batch: Batch, session: TrainingSession, starts_at: datetime, all_: list[TrainingSession]
) -> None:
    """Registration still ends, and go or no go is still decided, before the first session."""
    begins_at = min([starts_at, *(s.starts_at for s in all_ if s is not session)])
    rules.check_window(batch.registration_opens_at, batch.registration_closes_at, begins_at)
    begins_on = clock.local_day(begins_at, batch.time_zone)
    rules.check_decision(batch.decide_on, begins_on)


def guards_left(batch: Batch, on: date) -> list[str]:
    """Who still has door duty on a day of which no session is left."""
    if on in batch.days:
        return []
    duties = sa.select(DoorDuty).where(DoorDuty.batch_id == batch.id, DoorDuty.duty_on == on)
    return sorted(duty.user.name for duty in db.session.scalars(duties))
