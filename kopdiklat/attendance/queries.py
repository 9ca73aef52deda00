from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.attendance import rules
from kopdiklat.attendance.models import Attendance
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db
from kopdiklat.core.keys import token_hash
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch, Course, DoorDuty, TrainingSession

ONE_DAY = timedelta(hours=36)  # a civil day of any zone around now lies within


def participants(batch_id: int) -> list[Registration]:
    """Who has a seat, and who was marked before losing it, by name."""
    marked = sa.select(Attendance.registration_id).where(
        Attendance.registration_id == Registration.id
    )
    found = (
        sa.select(Registration)
        .where(
            Registration.batch_id == batch_id,
            sa.or_(Registration.state == "confirmed", marked.exists()),
        )
        .options(joinedload(Registration.person), joinedload(Registration.cooperative))
    )
    rows = db.session.scalars(found).all()
    return sorted(rows, key=lambda row: (rules.sorting_name(row.person.full_name), row.id))


def find_participant(registration_id: int, batch_id: int) -> Registration | None:
    """One of this batch's registrations."""
    return db.session.scalar(
        sa.select(Registration)
        .where(Registration.id == registration_id, Registration.batch_id == batch_id)
        .options(joinedload(Registration.person), joinedload(Registration.cooperative))
    )


def find_by_door_token(token: str) -> Registration | None:
    return db.session.scalar(
        sa.select(Registration)
        .where(Registration.door_hash == token_hash(tokens.DOOR, token))
        .options(joinedload(Registration.person), joinedload(Registration.cooperative))
    )


def marks(training_session_ids: Iterable[int]) -> dict[tuple[int, int], Attendance]:
    """(training session id, registration id) -> its mark."""
    found = sa.select(Attendance).where(Attendance.training_session_id.in_(training_session_ids))
    return {(m.training_session_id, m.registration_id): m for m in db.session.scalars(found)}


def find_mark(training_session_id: int, registration_id: int) -> Attendance | None:
    return db.session.scalar(
        sa.select(Attendance)
        .where(
            Attendance.training_session_id == training_session_id,
            Attendance.registration_id == registration_id,
        )
        .execution_options(populate_existing=True)
    )


def history(mark: Attendance | None) -> list[AuditEntry]:
    """Every change of one mark, oldest first."""
    if mark is None:
        return []
    return list(
        db.session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.object_type == "attendances", AuditEntry.object_id == mark.id)
            .order_by(AuditEntry.id)
        )
    )


def sessions_around(now: datetime, batches: sa.ColumnElement[bool]) -> list[TrainingSession]:
    """Training sessions within a day and a half of now, of batches that take place.

    :param batches: condition on Batch: those that this person may record
    """
    return list(
        db.session.scalars(
            sa.select(TrainingSession)
            .join(TrainingSession.batch)
            .where(
                TrainingSession.starts_at.between(now - ONE_DAY, now + ONE_DAY),
                Batch.state.in_(("published", "closed")),
                batches,
            )
            .options(joinedload(TrainingSession.batch).joinedload(Batch.course))
            .order_by(TrainingSession.starts_at, TrainingSession.id)
        )
    )


def count_seats(batch_ids: Iterable[int]) -> dict[int, int]:
    """Batch id -> confirmed registrations."""
    found = (
        sa.select(Registration.batch_id, sa.func.count())
        .where(Registration.batch_id.in_(batch_ids), Registration.state == "confirmed")
        .group_by(Registration.batch_id)
    )
    return {row[0]: row[1] for row in db.session.execute(found)}


def count_present(training_session_ids: Iterable[int]) -> dict[int, int]:
    """Training session id -> present."""
    found = (
        sa.select(Attendance.training_session_id, sa.func.count())
        .where(
            Attendance.training_session_id.in_(training_session_ids),
            Attendance.state == "present",
        )
        .group_by(Attendance.training_session_id)
    )
    return {row[0]: row[1] for row in db.session.execute(found)}


def count_states(rows: Iterable[Attendance | None]) -> Counter[str]:
    """How many of each state; `none` is not marked yet."""
    return Counter(row.state if row else "none" for row in rows)


def next_duty(user_id: int, today) -> DoorDuty | None:
    """The next day on which this person stands at a door."""
    return db.session.scalar(
        sa.select(DoorDuty)
        .join(DoorDuty.batch)
        .join(Course, Course.id == Batch.course_id)
        .where(DoorDuty.user_id == user_id, DoorDuty.duty_on > today)
        .options(joinedload(DoorDuty.batch).joinedload(Batch.course))
        .order_by(DoorDuty.duty_on)
        .limit(1)
    )


def next_session(now: datetime, batches: sa.ColumnElement[bool]) -> TrainingSession | None:
    """The next training session of batches that this person may record."""
    return db.session.scalar(
        sa.select(TrainingSession)
        .join(TrainingSession.batch)
        .where(TrainingSession.starts_at > now, Batch.state.in_(("published", "closed")), batches)
        .options(joinedload(TrainingSession.batch).joinedload(Batch.course))
        .order_by(TrainingSession.starts_at)
        .limit(1)
    )
