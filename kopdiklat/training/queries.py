"""Programmes, courses and batches, by name."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kopdiklat.accounts.queries import people
from kopdiklat.core import clock
from kopdiklat.core.db import UTC, M, db
from kopdiklat.training.clashes import Busy, Planned
from kopdiklat.training.models import (
    Batch,
    Course,
    PatternBlock,
    Programme,
    Trainer,
    TrainingSession,
    Venue,
)


def programmes(condition: sa.ColumnElement[bool]) -> sa.Select:
    """Programmes with the number of their batches, the latest year first."""
    batches = (
        sa.select(sa.func.count(Batch.id))
        .where(Batch.programme_id == Programme.id, Batch.state != "cancelled")
        .scalar_subquery()
    )
    return (
        sa.select(Programme, batches.label("batches"))
        .where(condition)
        .order_by(Programme.year.desc(), Programme.name, Programme.id)
    )


def courses(condition: sa.ColumnElement[bool]) -> list[Course]:
    return list(db.session.scalars(sa.select(Course).where(condition).order_by(Course.name)))


def course_with_pattern(course_id: int) -> Course:
    """A course with the blocks of its pattern and who teaches them."""
    found = sa.select(Course).where(Course.id == course_id)
    blocks = selectinload(Course.blocks).joinedload(PatternBlock.trainer)
    return db.session.scalars(found.options(blocks)).one()


def programmes_of(office_id: int) -> list[Programme]:
    found = sa.select(Programme).where(Programme.office_id == office_id)
    return list(db.session.scalars(found.order_by(Programme.year.desc(), Programme.name)))


def next_number(programme_id: int, course_id: int) -> int:
    """The number of the next batch of this course in this programme."""
    last = sa.select(sa.func.max(Batch.number)).where(
        Batch.programme_id == programme_id, Batch.course_id == course_id
    )
    return (db.session.scalar(last) or 0) + 1


def batches_to_copy(office_id: int) -> list[tuple[Batch, date | None]]:
    """Batches that a new one may begin from, with their first day; the latest first."""
    first = sa.type_coerce(
        sa.select(sa.func.min(TrainingSession.starts_at))
        .where(TrainingSession.batch_id == Batch.id)
        .scalar_subquery(),
        UTC,
    )
    found = (
        sa.select(Batch, first)
        .where(Batch.office_id == office_id)
        .options(joinedload(Batch.course))
        .order_by(Batch.id.desc())
        .limit(20)
    )
    return [
        (batch, clock.local_day(at, batch.time_zone) if at else None)
        for batch, at in db.session.execute(found)
    ]


def last_batch_of(programme_id: int) -> Batch | None:
    """The one that a next batch of the programme most likely repeats."""
    found = sa.select(Batch).where(Batch.programme_id == programme_id, Batch.state != "cancelled")
    return db.session.scalar(found.order_by(Batch.id.desc()).limit(1))


def batch_with_timetable(batch_id: int) -> Batch | None:
    """One batch with everything that its page prints of the training room."""
    return db.session.scalar(
        sa.select(Batch)
        .where(Batch.id == batch_id)
        .options(
            joinedload(Batch.course),
            joinedload(Batch.programme),
            joinedload(Batch.office),
            selectinload(Batch.training_sessions),
        )
    )


def with_presence(batch_id: int) -> set[int]:
    """Ids of the batch's sessions in which presence was noted; that table stands floors above, so
    it is only named."""
    marks = sa.table("attendances", sa.column("training_session_id"))
    found = (
        sa.select(TrainingSession.id)
        .join(marks, marks.c.training_session_id == TrainingSession.id)
        .where(TrainingSession.batch_id == batch_id)
    )
    return set(db.session.scalars(found))


def busy_sessions(office_id: int, planned: Sequence[Planned], batch_id: int | None) -> list[Busy]:
    """Sessions of the office's other batches that meet the time between the first and the last."""
    if not planned:
        return []
    found = (
        busy_select(planned)
        .where(Batch.office_id == office_id, Batch.id != (batch_id or 0))
        .options(joinedload(TrainingSession.trainer))
    )
    return [as_busy(session) for session in db.session.scalars(found)]


def busy_select(planned: Sequence[Planned]) -> sa.Select:
    """Sessions of batches that are not cancelled, in the time of these."""
    return (
        sa.select(TrainingSession)
        .join(Batch, Batch.id == TrainingSession.batch_id)
        .where(
            Batch.state != "cancelled",
            TrainingSession.starts_at < max(p.ends_at for p in planned),
            TrainingSession.ends_at > min(p.starts_at for p in planned),
        )
        .options(joinedload(TrainingSession.batch).joinedload(Batch.course))
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )


def as_busy(session: TrainingSession) -> Busy:
    batch = session.batch
    return Busy(
        batch_id=batch.id,
        title=batch.title,
        venue=batch.venue,
        venue_id=batch.venue_id,
        trainer_name=session.trainer_name or "",
        trainer_key=session.trainer.name_key if session.trainer else "",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        time_zone=session.time_zone,
    )


def trainers(condition: sa.ColumnElement[bool]) -> sa.Select:
    """Trainers with the number of their sessions, by name."""
    taught = (
        sa.select(sa.func.count(TrainingSession.id))
        .join(Batch, Batch.id == TrainingSession.batch_id)
        .where(TrainingSession.trainer_id == Trainer.id, Batch.state != "cancelled")
        .scalar_subquery()
    )
    found = sa.select(Trainer, taught.label("sessions")).where(condition)
    return found.order_by(Trainer.name_key, Trainer.id)


def accounts_of(office_id: int, kept: int | None) -> list[tuple[int, str]]:
    """(id, name) of those who may sign in and have a role at the office; `kept` stays among them."""
    found = people({office_id})
    return [(u.id, u.name) for u in db.session.scalars(found) if u.is_active or u.id == kept]


def venues(condition: sa.ColumnElement[bool]) -> sa.Select:
    """Venues with the number of batches held there, by name."""
    held = (
        sa.select(sa.func.count(Batch.id))
        .where(Batch.venue_id == Venue.id, Batch.state != "cancelled")
        .scalar_subquery()
    )
    found = sa.select(Venue, held.label("batches")).where(condition)
    return found.order_by(Venue.name_key, Venue.id)


def trainer_choices(office_id: int) -> list[tuple[str, str]]:
    """(key, name) of the office's trainers, those who taught last first."""
    last = (
        sa.select(sa.func.max(TrainingSession.starts_at))
        .where(TrainingSession.trainer_id == Trainer.id)
        .scalar_subquery()
    )
    found = (
        sa.select(Trainer.name_key, Trainer.name)
        .where(Trainer.office_id == office_id)
        .order_by(last.is_(None), last.desc(), Trainer.name_key)
    )
    return [(row.name_key, row.name) for row in db.session.execute(found)]


def office_rows(model: type[M], office_id: int, *order: Any) -> list[M]:
    """All rows of an office, for the selects of a form."""
    found = sa.select(model).where(model.office_id == office_id).order_by(*order)  # type: ignore[attr-defined]
    return list(db.session.scalars(found))
