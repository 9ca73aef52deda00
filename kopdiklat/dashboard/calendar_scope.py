"""What of training and mentoring stands in a person's calendar: the conditions, and what narrows them.

Office staff see what they may read; a mentor the own visits, and sessions that he or she teaches;
at the door, the days of the own duty. A draft is nothing yet to whoever only teaches or stands there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat import policy
from kopdiklat.core.db import db
from kopdiklat.mentoring.models import MentoringVisit
from kopdiklat.training.models import Batch, Trainer, TrainingSession


@dataclass(frozen=True)
class Narrowing:
    """The filters of the address. None is all."""

    venue: int | None = None
    trainer: int | None = None
    course: int | None = None
    programme: int | None = None
    mine: bool = False

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> "Narrowing":
        chosen = {f.name: _number(args.get(f.name, "")) for f in fields(cls) if f.name != "mine"}
        return cls(**chosen, mine=args.get("mine") == "y")

    @property
    def values(self) -> dict[str, str]:
        """As they stand in an address."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: "y" if v is True else str(v) for name, v in found.items() if v}

    @property
    def is_about_training(self) -> bool:
        """Whether it asks for something that no visit has."""
        return replace(self, programme=None, mine=False) != Narrowing()


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def taught_by(user) -> sa.ColumnElement[bool]:
    """Sessions of a trainer with this account."""
    own = sa.select(Trainer.id).where(Trainer.user_id == user.id)
    return sa.and_(TrainingSession.trainer_id.in_(own), Batch.state != "draft")


def sessions_seen(user) -> sa.ColumnElement[bool]:
    """For a select of TrainingSession joined to Batch."""
    at_the_door = sa.and_(policy.ON_DOOR_DUTY.where(user, TrainingSession), Batch.state != "draft")
    return sa.or_(policy.visible(Batch, "batch.see", user), at_the_door, taught_by(user))


def sessions_of(user) -> sa.ColumnElement[bool]:
    """Of those, the person's own: what he or she teaches, runs, or stands at the door of."""
    at_the_door = sa.and_(policy.ON_DOOR_DUTY.where(user, TrainingSession), Batch.state != "draft")
    return sa.or_(policy.visible(Batch, "batch.edit", user), at_the_door, taught_by(user))


def sessions_between(
    user,
    begin: datetime,
    end: datetime | None,
    narrowed: Narrowing,
    *only: sa.ColumnElement[bool],
) -> list[TrainingSession]:
    """Sessions that end after `begin` and begin before `end`, with their batches, in order."""
    found = (
        sa.select(TrainingSession)
        .join(Batch, Batch.id == TrainingSession.batch_id)
        .where(TrainingSession.ends_at > begin, sessions_seen(user), *only)
        .options(joinedload(TrainingSession.batch).joinedload(Batch.course))
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )
    if end is not None:
        found = found.where(TrainingSession.starts_at < end)
    if narrowed.mine:
        found = found.where(sessions_of(user))
    if narrowed.trainer:
        found = found.where(TrainingSession.trainer_id == narrowed.trainer)
    return list(db.session.scalars(_of_batches(found, narrowed)))


def _of_batches(found: sa.Select, narrowed: Narrowing) -> sa.Select:
    for column, wanted in (
        (Batch.venue_id, narrowed.venue),
        (Batch.course_id, narrowed.course),
        (Batch.programme_id, narrowed.programme),
    ):
        if wanted:
            found = found.where(column == wanted)
    return found


def deadlines_between(user, begin: datetime, end: datetime, narrowed: Narrowing) -> list[Batch]:
    """Batches whose registration ends then: those that people may still come into, or could."""
    found = (
        sa.select(Batch)
        .where(
            policy.visible(Batch, "batch.edit" if narrowed.mine else "batch.see", user),
            Batch.state.in_(("published", "closed")),
            Batch.registration_closes_at >= begin,
            Batch.registration_closes_at < end,
        )
        .options(joinedload(Batch.course))
        .order_by(Batch.registration_closes_at, Batch.id)
    )
    if narrowed.trainer:
        taught = sa.select(TrainingSession.batch_id).where(
            TrainingSession.trainer_id == narrowed.trainer
        )
        found = found.where(Batch.id.in_(taught))
    return list(db.session.scalars(_of_batches(found, narrowed)))


def visits_between(
    user, begin: datetime, end: datetime | None, narrowed: Narrowing
) -> list[MentoringVisit]:
    """Visits with cooperative and mentor, in order; none where training is asked for."""
    if narrowed.is_about_training:
        return []
    found = (
        sa.select(MentoringVisit)
        .where(
            policy.visible(MentoringVisit, "visit.see", user),
            MentoringVisit.ends_at > begin,
        )
        .options(joinedload(MentoringVisit.cooperative), joinedload(MentoringVisit.mentor))
        .order_by(MentoringVisit.starts_at, MentoringVisit.id)
    )
    if end is not None:
        found = found.where(MentoringVisit.starts_at < end)
    if narrowed.mine:
        found = found.where(MentoringVisit.mentor_id == user.id)
    if narrowed.programme:
        found = found.where(MentoringVisit.programme_id == narrowed.programme)
    return list(db.session.scalars(found))
