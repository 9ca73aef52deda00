"""Verbs of programmes, courses, batches and their timetables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from kopdiklat.core.db import db, flush_unless, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.offices.models import Office
from kopdiklat.training import queries, rules
from kopdiklat.training.models import Batch, Course, DoorDuty, Programme, TrainingSession

A_THOUSAND_YEARS = timedelta(days=365_250)


@dataclass(frozen=True)
class SessionRow:
    """One line of the timetable; `ident` is the session that it changes, None makes one."""

    ident: int | None
    topic: str
    trainer_name: str | None
    starts_at: datetime
    ends_at: datetime
    is_teaching: bool = True


def save_programme(programme: Programme, values: Mapping[str, Any]) -> Programme:
    _fill(programme, values)
    taken = RuleViolation(N_("Program dengan nama dan tahun ini sudah ada. Pakai nama lain."))
    flush_unless({"uq_programmes_office_id_year_name": taken})
    return programme


def save_course(course: Course, values: Mapping[str, Any]) -> Course:
    _fill(course, values)
    taken = RuleViolation(N_("Mata latih dengan nama ini sudah ada. Pakai nama lain."))
    flush_unless({"uq_courses_office_id_name": taken})
    return course


def create_batch(
    programme: Programme, values: Mapping[str, Any], rows: Sequence[SessionRow], *, now: datetime
) -> Batch:
    """A draft: nobody is told, nothing is open yet."""
    batch = Batch(
        office_id=programme.office_id, programme_id=programme.id, state="draft", created_at=now
    )
    _check(values, rows)
    _fill(batch, values)
    _flush_batch()
    save_timetable(batch, rows)
    return batch


def change_batch(batch: Batch, values: Mapping[str, Any], rows: Sequence[SessionRow]) -> None:
    """Everything but the seats, which belong to registration. The caller holds the batch."""
    if batch.state == "cancelled":
        raise RuleViolation(N_("Angkatan ini dibatalkan dan tidak dapat diubah lagi."))
    _check(values, rows)
    _fill(batch, values)
    _flush_batch()
    save_timetable(batch, rows)


def _check(values: Mapping[str, Any], rows: Sequence[SessionRow]) -> None:
    rules.check_timetable([rules.Block(r.starts_at, r.ends_at, r.trainer_name) for r in rows])
    begins_at = min((row.starts_at for row in rows), default=None)
    rules.check_window(values["registration_opens_at"], values["registration_closes_at"], begins_at)


def save_timetable(batch: Batch, rows: Sequence[SessionRow]) -> None:
    """Make the sessions of the batch these. Locks them: a mark at the door waits, or came first.

    :raises RuleViolation: one is gone, or presence was taken in one that would move or go
    """
    office = db.session.get_one(Office, batch.office_id)
    there = _lock_sessions(batch.id)
    wanted = {row.ident: row for row in rows if row.ident is not None}
    if not set(wanted) <= set(there):
        raise RuleViolation(N_("Satu sesi tidak ada lagi di angkatan ini. Buka lagi halamannya."))
    for ident in queries.with_presence(batch.id):
        was = there[ident]
        becomes = _slot(wanted[ident], batch.time_zone) if ident in wanted else None
        rules.check_presence_stands(was.topic, _slot(was, was.time_zone), becomes)
    for ident, session in there.items():
        if ident not in wanted:
            db.session.delete(session)
    db.session.flush()
    _step_aside([s for i, s in there.items() if i in wanted and s.starts_at != wanted[i].starts_at])
    for row in rows:
        session = there.get(row.ident or 0) or TrainingSession(
            batch_id=batch.id, minutes_per_lesson_hour=office.minutes_per_lesson_hour
        )
        session.topic, session.trainer_name = row.topic, row.trainer_name
        session.starts_at, session.ends_at = row.starts_at, row.ends_at
        session.time_zone, session.is_teaching = batch.time_zone, row.is_teaching
        db.session.add(session)
    db.session.flush()
    db.session.expire(batch, ["training_sessions"])


def _lock_sessions(batch_id: int) -> dict[int, TrainingSession]:
    found = (
        sa.select(TrainingSession)
        .where(TrainingSession.batch_id == batch_id)
        .order_by(TrainingSession.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {session.id: session for session in db.session.scalars(found)}


def _slot(session: TrainingSession | SessionRow, time_zone: str) -> rules.Slot:
    return rules.Slot(session.starts_at, session.ends_at, time_zone, session.is_teaching)


def _step_aside(moving: Sequence[TrainingSession]) -> None:
    """Leave the hours that others are about to take: starts are unique row by row, not at the end.

    Each steps into the distant past, still before its end. The rows in memory, and so the trail,
    know only the hour that they had and the one that they get.
    """
    for session in moving:
        db.session.execute(
            sa.update(TrainingSession)
            .where(TrainingSession.id == session.id)
            .values(starts_at=session.starts_at - A_THOUSAND_YEARS)
            .execution_options(synchronize_session=False)
        )


def assign_door(batch_id: int, wanted: set[tuple[int, Any]]) -> None:
    """Who stands at the door on which day: exactly these (user, day) pairs."""
    batch = lock(Batch, batch_id)
    there = {
        (duty.user_id, duty.duty_on): duty
        for duty in db.session.scalars(sa.select(DoorDuty).where(DoorDuty.batch_id == batch.id))
    }
    for pair, duty in there.items():
        if pair not in wanted:
            db.session.delete(duty)
    for user_id, day in wanted - set(there):
        db.session.add(DoorDuty(batch_id=batch.id, user_id=user_id, duty_on=day))
    db.session.flush()


def _fill(row: Programme | Course | Batch, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    db.session.add(row)


def _flush_batch() -> None:
    taken = RuleViolation(N_("Nomor angkatan ini sudah dipakai. Pakai nomor lain."))
    flush_unless({"uq_batches_programme_id_course_id_number": taken})
