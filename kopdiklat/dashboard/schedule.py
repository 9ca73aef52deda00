"""The published batches to come, as the public pages show them: dates, place, seats in words."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kopdiklat.core.db import db
from kopdiklat.core.paging import Page, paginate
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
    def has_page(self) -> bool:
        """Whether who was not invited may ask for seats, and so finds a page of it."""
        return self.batch.programme.open_registration

    @property
    def month(self) -> date:
        """The first of the month in which it begins."""
        return self.batch.days[0].replace(day=1)

    @property
    def hours(self) -> list[tuple[str, str]]:
        """(days, hours) as lines; days are empty when all have the same hours."""
        return letters.hours_of(self.batch)


def upcoming(now: datetime, limit: int) -> list[Upcoming]:
    """Batches whose last session is not over, the nearest first. Five queries, however many."""
    return _read(list(db.session.scalars(_coming_ids(now).limit(limit))), now)


def page(now: datetime, number: int) -> Page:
    """25 of them. Six queries, however many."""
    found = paginate(_coming_ids(now), number)
    return Page(_read(found.rows, now), found.number, found.total, found.per_page)


def by_month(rows: list[Upcoming]) -> list[tuple[date, list[Upcoming]]]:
    """As they come, under the month in which they begin."""
    return [(month, list(found)) for month, found in groupby(rows, key=lambda one: one.month)]


def _coming_ids(now: datetime) -> sa.Select:
    return (
        sa.select(Batch.id)
        .join(TrainingSession)
        .where(Batch.state.in_(("published", "closed")))
        .group_by(Batch.id)
        .having(sa.func.max(TrainingSession.ends_at) > now)
        .order_by(sa.func.min(TrainingSession.starts_at), Batch.id)
    )


def _read(ids: list[int], now: datetime) -> list[Upcoming]:
    batches = db.session.scalars(
        sa.select(Batch)
        .where(Batch.id.in_(ids))
        .options(
            joinedload(Batch.course),
            joinedload(Batch.programme),
            selectinload(Batch.training_sessions),
        )
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
