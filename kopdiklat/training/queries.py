"""Programmes, courses and batches, by name."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kopdiklat.core.db import db
from kopdiklat.training.models import Batch, Course, Programme, TrainingSession


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


def next_number(programme_id: int, course_id: int) -> int:
    """The number of the next batch of this course in this programme."""
    last = sa.select(sa.func.max(Batch.number)).where(
        Batch.programme_id == programme_id, Batch.course_id == course_id
    )
    return (db.session.scalar(last) or 0) + 1


def batches_to_copy(office_id: int) -> list[Batch]:
    """Batches that a new one may begin from, the latest first."""
    found = (
        sa.select(Batch)
        .where(Batch.office_id == office_id)
        .options(joinedload(Batch.course), selectinload(Batch.training_sessions))
        .order_by(Batch.id.desc())
        .limit(20)
    )
    return list(db.session.scalars(found))


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


def clashes(
    office_id: int, trainers: set[str], starts_at: datetime, ends_at: datetime, batch_id: int | None
) -> list[TrainingSession]:
    """Sessions of other batches in that time, taught by one of these trainers."""
    if not trainers:
        return []
    found = (
        sa.select(TrainingSession)
        .join(Batch)
        .where(
            Batch.office_id == office_id,
            Batch.state != "cancelled",
            Batch.id != (batch_id or 0),
            TrainingSession.trainer_name.in_(trainers),
            TrainingSession.starts_at < ends_at,
            TrainingSession.ends_at > starts_at,
        )
        .options(joinedload(TrainingSession.batch).joinedload(Batch.course))
        .order_by(TrainingSession.starts_at)
    )
    return list(db.session.scalars(found))
