"""Verbs of programmes, courses, batches and their timetables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from kopdiklat.core import clock
from kopdiklat.core.db import db, flush_unless, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_, match_key
from kopdiklat.offices.models import Office
from kopdiklat.training import queries, rules
from kopdiklat.training.clashes import Clash, Planned, check_decided, find_clashes, rows_that_stand
from kopdiklat.training.models import (
    Batch,
    Course,
    DoorDuty,
    PatternBlock,
    Programme,
    Trainer,
    TrainingSession,
    Venue,
)

A_THOUSAND_YEARS = timedelta(days=365_250)


@dataclass(frozen=True)
class SessionRow:
    """One session of the timetable; `ident` is the one that it changes, None makes one.

    `place`: where it stands on the form, so that a clash can be told there.
    """

    ident: int | None
    topic: str
    trainer_name: str | None
    starts_at: datetime
    ends_at: datetime
    is_teaching: bool = True
    clash_reason: str | None = None
    place: int = 0


@dataclass(frozen=True)
class BlockRow:
    """One block of a course's pattern, as it is typed."""

    day_number: int
    starts: time
    ends: time
    topic: str
    kind: str = "teaching"
    trainer_name: str | None = None


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


def save_pattern(course: Course, rows: Sequence[BlockRow]) -> None:
    """Make the pattern of the course these blocks, in the order of their clock.

    Locks the office: of two who name the same new trainer, the second finds whom the first added.
    """
    lock(Office, course.office_id)
    rules.check_pattern(
        [(row.day_number, row.starts, row.ends) for row in rows if row.kind != "break"]
    )
    in_order = sorted(rows, key=lambda row: (row.day_number, row.starts))
    trainers = [trainer_named(course.office_id, row.trainer_name) for row in in_order]
    course.blocks.clear()
    db.session.flush()
    positions: dict[int, int] = {}
    for row, trainer in zip(in_order, trainers):
        position = positions[row.day_number] = positions.get(row.day_number, 0) + 1
        course.blocks.append(
            PatternBlock(
                day_number=row.day_number,
                position=position,
                starts=row.starts,
                ends=row.ends,
                topic=row.topic,
                kind=row.kind,
                trainer=trainer,
            )
        )
    taken = RuleViolation(N_("Pola jadwal ini berubah bersamaan. Coba simpan lagi."))
    flush_unless({"uq_pattern_blocks_course_id_day_number_position": taken})


def save_trainer(trainer: Trainer, values: Mapping[str, Any], *, now: datetime) -> Trainer:
    """Sessions that are not over print the new name; those that are keep what they printed.

    Locks the office, as all do who may add a trainer.
    """
    lock(Office, trainer.office_id)
    _fill(trainer, {**values, "name_key": match_key(values["name"])})
    taken = RuleViolation(N_("Pemateri dengan nama ini sudah ada. Pakai nama lain."))
    other = RuleViolation(N_("Akun ini sudah dipakai pemateri lain. Pilih akun lain."))
    flush_unless({"uq_trainers_office_id_name_key": taken, "uq_trainers_office_id_user_id": other})
    coming = sa.select(TrainingSession).where(
        TrainingSession.trainer_id == trainer.id, TrainingSession.ends_at > now
    )
    for session in db.session.scalars(coming):
        session.trainer_name = trainer.name
    return trainer


def save_venue(venue: Venue, values: Mapping[str, Any]) -> Venue:
    """Batches that are made already keep the name and the address that people were told.

    Locks the office, as all do who may add a venue.
    """
    lock(Office, venue.office_id)
    _fill(venue, {**values, "name_key": match_key(values["name"])})
    taken = RuleViolation(N_("Tempat dengan nama ini sudah ada. Pakai nama lain."))
    flush_unless({"uq_venues_office_id_name_key": taken})
    return venue


def trainer_named(office_id: int, name: str | None) -> Trainer | None:
    """The trainer of the office who is called so; somebody new is added. The caller holds the office."""
    key = match_key(name or "")
    if not name or not key:
        return None
    known = sa.select(Trainer).where(Trainer.office_id == office_id, Trainer.name_key == key)
    trainer = db.session.scalar(known)
    if trainer is None:
        trainer = Trainer(office_id=office_id, name=name, name_key=key)
        db.session.add(trainer)
        db.session.flush()
    return trainer


def venue_named(office_id: int, name: str, address: str | None, zone: str) -> Venue:
    """The venue of the office that is called so; a new one is added. The caller holds the office."""
    known = sa.select(Venue).where(Venue.office_id == office_id, Venue.name_key == match_key(name))
    venue = db.session.scalar(known)
    if venue is None:
        venue = Venue(
            office_id=office_id,
            name=name,
            name_key=match_key(name),
            address=address,
            time_zone=zone,
        )
        db.session.add(venue)
        db.session.flush()
    return venue


def create_batch(
    office_id: int, values: Mapping[str, Any], rows: Sequence[SessionRow], *, now: datetime
) -> Batch:
    """A draft: nobody is told, nothing is open yet.

    Locks the office, so that two who plan at once meet each other's sessions.
    :raises ClashUndecided: a trainer or the room is elsewhere then, and no reason was given
    """
    lock(Office, office_id)
    batch = Batch(office_id=office_id, state="draft", created_at=now)
    return _save_batch(batch, values, rows, kept=(), others=(), now=now)


def change_batch(
    batch: Batch,
    values: Mapping[str, Any],
    rows: Sequence[SessionRow],
    *,
    others: Sequence[Clash] = (),
    now: datetime,
) -> Batch:
    """Everything but the seats, which belong to registration. The caller holds the office and the
    batch.

    :param others: clashes of its participants, which registration knows
    """
    if batch.state == "cancelled":
        raise RuleViolation(N_("Angkatan ini dibatalkan dan tidak dapat diubah lagi."))
    kept = [session.starts_at for session in batch.training_sessions]
    return _save_batch(batch, values, rows, kept=kept, others=others, now=now)


def _save_batch(
    batch: Batch,
    values: Mapping[str, Any],
    rows: Sequence[SessionRow],
    *,
    kept: Collection[datetime],
    others: Sequence[Clash],
    now: datetime,
) -> Batch:
    _check(values, rows, kept, now)
    if values["venue_id"] is None:
        room = venue_named(
            batch.office_id, values["venue"], values["venue_address"], values["time_zone"]
        )
        values = {**values, "venue_id": room.id}
    rows = _decided(batch, values["venue_id"], rows, others)
    _fill(batch, values)
    _flush_batch()
    save_timetable(batch, rows)
    return batch


def _check(
    values: Mapping[str, Any], rows: Sequence[SessionRow], kept: Collection[datetime], now: datetime
) -> None:
    blocks = sorted(rows, key=lambda row: row.starts_at)
    rules.check_timetable([rules.Block(r.starts_at, r.ends_at, r.trainer_name) for r in blocks])
    rules.check_not_over([row.starts_at for row in rows], kept, now)
    begins_at = blocks[0].starts_at if blocks else None
    rules.check_window(values["registration_opens_at"], values["registration_closes_at"], begins_at)
    begins_on = clock.local_day(begins_at, values["time_zone"]) if begins_at else None
    rules.check_decision(values["decide_on"], begins_on)
    if "seats" in values:
        rules.check_numbers(values["seats"], values["minimum_people"])


def planned_of(rows: Sequence[SessionRow]) -> list[Planned]:
    """The rows as the search of clashes takes them."""
    return [
        Planned(row.place, 0, row.starts_at, row.ends_at, match_key(row.trainer_name or ""))
        for row in rows
    ]


def _decided(
    batch: Batch, venue_id: int, rows: Sequence[SessionRow], others: Sequence[Clash]
) -> list[SessionRow]:
    """The rows, each with the reason of a clash that it keeps and with no other reason."""
    planned = planned_of(rows)
    busy = queries.busy_sessions(batch.office_id, planned, batch.id)
    found = [*find_clashes(planned, venue_id, busy), *others]
    standing = rows_that_stand(planned, batch.slots if batch.venue_id == venue_id else ())
    typed = {r.place: r.clash_reason for r in rows if r.clash_reason}
    reasons = check_decided(found, typed, standing)
    return [replace(row, clash_reason=reasons.get(row.place)) for row in rows]


def save_timetable(batch: Batch, rows: Sequence[SessionRow]) -> None:
    """Make the sessions of the batch these. Locks them: a mark at the door waits, or came first.

    :raises RuleViolation: one is gone, or presence was taken in one that would move or go
    """
    office = db.session.get_one(Office, batch.office_id)
    there = lock_sessions(batch.id)
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
        session.trainer = trainer_named(batch.office_id, row.trainer_name)
        session.clash_reason = row.clash_reason
        session.starts_at, session.ends_at = row.starts_at, row.ends_at
        session.time_zone, session.is_teaching = batch.time_zone, row.is_teaching
        db.session.add(session)
    db.session.flush()
    db.session.expire(batch, ["training_sessions"])


def lock_sessions(batch_id: int) -> dict[int, TrainingSession]:
    """The sessions of a batch by id, held until the commit. The caller holds the batch."""
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


def _fill(row: Programme | Course | Batch | Trainer | Venue, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    db.session.add(row)


def _flush_batch() -> None:
    taken = RuleViolation(N_("Nomor angkatan ini sudah dipakai. Pakai nomor lain."))
    flush_unless({"uq_batches_programme_id_course_id_number": taken})
