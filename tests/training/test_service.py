"""The timetable of a batch: moved, swapped, shortened, and fixed where presence was taken."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.training import service
from kopdiklat.training.models import Batch, TrainingSession
from kopdiklat.training.service import SessionRow
from tests.factories import NOW, make_attendance, make_batch, make_registration

SLOT = timedelta(hours=2)  # between the sessions that make_batch makes
VALUES = (
    "time_zone",
    "venue_id",
    "registration_opens_at",
    "registration_closes_at",
    "decide_on",
)


def rows_of(batch):
    return [
        SessionRow(s.id, s.topic, s.trainer_name, s.starts_at, s.ends_at, s.is_teaching)
        for s in batch.training_sessions
    ]


def moved(row, by):
    return replace(row, starts_at=row.starts_at + by, ends_at=row.ends_at + by)


def save(batch, rows, **values):
    values = {name: getattr(batch, name) for name in VALUES} | values
    with transaction():
        service.change_batch(lock(Batch, batch.id), values, rows, now=NOW)


def starts(batch):
    found = sa.select(TrainingSession.id, TrainingSession.starts_at)
    return dict(db.session.execute(found.where(TrainingSession.batch_id == batch.id)).all())


def batch_with_presence(sessions=2):
    batch = make_batch(sessions=sessions)
    make_attendance(make_registration(batch), batch.training_sessions[0])
    return db.session.get_one(Batch, batch.id)


@pytest.mark.parametrize("by", [SLOT, -SLOT])
def test_all_sessions_move_into_the_slots_of_their_neighbours(app, by):
    batch = make_batch(sessions=3)
    rows = [moved(row, by) for row in rows_of(batch)]

    save(batch, rows)

    assert starts(batch) == {row.ident: row.starts_at for row in rows}


def test_two_sessions_swap(app):
    batch = make_batch(sessions=2)
    first, second = rows_of(batch)

    save(batch, [moved(first, SLOT), moved(second, -SLOT)])

    assert starts(batch) == {first.ident: second.starts_at, second.ident: first.starts_at}


def test_a_new_session_takes_the_slot_of_one_that_moves_and_of_one_that_goes(app):
    batch = make_batch(sessions=2)
    first, gone = rows_of(batch)

    save(batch, [moved(first, 2 * SLOT), replace(first, ident=None), replace(gone, ident=None)])

    assert sorted(starts(batch).values()) == [
        first.starts_at,
        gone.starts_at,
        first.starts_at + 2 * SLOT,
    ]


def test_a_move_is_written_to_the_trail_once_from_the_old_hour_to_the_new(app):
    batch = make_batch(sessions=2)
    first, second = rows_of(batch)

    save(batch, [moved(first, SLOT), moved(second, SLOT)])

    trail = db.session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.object_type == "training_sessions", AuditEntry.action == "update")
        .order_by(AuditEntry.object_id)
    ).all()
    assert [(e.object_id, e.before["starts_at"], e.after["starts_at"]) for e in trail] == [
        (row.ident, row.starts_at.isoformat(), (row.starts_at + SLOT).isoformat())
        for row in (first, second)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": timedelta(minutes=-30), "ends_at": timedelta(minutes=-30)},
        {"starts_at": timedelta(minutes=30)},
        {"ends_at": timedelta(minutes=-30)},
        {"ends_at": timedelta(minutes=15)},
    ],
)
def test_a_session_with_presence_keeps_its_hours(app, change):
    batch = batch_with_presence()
    first, second = rows_of(batch)
    changed = replace(first, **{name: getattr(first, name) + by for name, by in change.items()})

    with pytest.raises(RuleViolation) as refusal:
        save(batch, [changed, second])

    assert str(refusal.value) == (
        "Sesi “Pembukuan harian” sudah punya presensi: hari, jam dan JP-nya tetap."
        " Materi dan pemateri boleh diperbaiki."
    )
    assert starts(batch) == {row.ident: row.starts_at for row in (first, second)}


def test_a_session_with_presence_keeps_its_lesson_hours_and_its_zone(app):
    batch = batch_with_presence()
    first, second = rows_of(batch)

    for rows, values in (
        ([replace(first, is_teaching=False), second], {}),
        ([first, second], {"time_zone": "WITA"}),
    ):
        with pytest.raises(RuleViolation, match="sudah punya presensi"):
            save(batch, rows, **values)


def test_a_session_with_presence_is_not_deleted(app):
    batch = batch_with_presence()
    first, second = rows_of(batch)

    with pytest.raises(RuleViolation) as refusal:
        save(batch, [second])

    assert str(refusal.value) == (
        "Sesi “Pembukuan harian” sudah punya presensi dan tidak dapat dihapus."
    )
    assert set(starts(batch)) == {first.ident, second.ident}


def test_words_of_a_session_with_presence_are_corrected_and_the_others_move(app):
    batch = batch_with_presence()
    first, second = rows_of(batch)
    corrected = replace(first, topic="Neraca", trainer_name="Hendra Wijaya")

    save(batch, [corrected, moved(second, SLOT)])

    there = db.session.get_one(TrainingSession, first.ident)
    assert (there.topic, there.trainer_name) == ("Neraca", "Hendra Wijaya")
    assert starts(batch)[second.ident] == second.starts_at + SLOT
