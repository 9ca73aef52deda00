"""The published batches to come, as the public pages show them: dates, place, seats in words."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kopdiklat.core.db import db
from kopdiklat.registration import halls, letters, rules
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch, TrainingSession


@dataclass(frozen=True)
class Upcoming:
    """One batch to come. `phase` is before, open, full or closed, as of the moment it was asked."""

    batch: Batch
    phase: str
    seats_left: int
    waiting: int

    @property
    def hours(self) -> list[tuple[str, str]]:
        """(days, hours) as lines; days are empty when all have the same hours."""
        return letters.hours_of(self.batch)


def upcoming(now: datetime, limit: int = 50) -> list[Upcoming]:
    """Batches whose last session is not over, the nearest first. Four queries, however many."""
    begins = sa.func.min(TrainingSession.starts_at)
    found = (
        sa.select(Batch)
        .join(TrainingSession)
        .where(Batch.state.in_(("published", "closed")))
        .group_by(Batch.id)
        .having(sa.func.max(TrainingSession.ends_at) > now)
        .order_by(begins, Batch.id)
        .limit(limit)
    )
    ids = list(db.session.scalars(found.with_only_columns(Batch.id)))
    batches = db.session.scalars(
        sa.select(Batch)
        .where(Batch.id.in_(ids))
        .options(joinedload(Batch.course), selectinload(Batch.training_sessions))
    )
    by_id = {batch.id: batch for batch in batches}
    seated, waiting, held = _counts(ids, now)
    return [
        _as_of(by_id[i], seated.get(i, 0) + held.get(i, 0), waiting.get(i, 0), now) for i in ids
    ]


def _as_of(batch: Batch, used: int, waiting: int, now: datetime) -> Upcoming:
    left = max(0, batch.seats - used)
    if batch.state == "closed" or now >= batch.registration_closes_at:
        phase = "closed"
    elif now < batch.registration_opens_at:
        phase = "before"
    else:
        phase = "open" if left else "full"
    return Upcoming(batch, phase, left, waiting)


def _counts(ids: list[int], now: datetime) -> tuple[dict, dict, dict]:
    """Seated, waiting and held seats per batch."""
    by_state = sa.select(
        Registration.batch_id, Registration.state, sa.func.count(Registration.id)
    ).where(Registration.batch_id.in_(ids), Registration.state.in_(rules.ACTIVE))
    seated: dict[int, int] = {}
    waiting: dict[int, int] = {}
    for batch_id, state, count in db.session.execute(
        by_state.group_by(Registration.batch_id, Registration.state)
    ):
        target = seated if state in rules.SEATED else waiting
        target[batch_id] = target.get(batch_id, 0) + count
    held = {of: sum(holds.values()) for of, holds in halls.open_holds_of(ids, now).items()}
    return seated, waiting, held
