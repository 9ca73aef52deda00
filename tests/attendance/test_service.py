"""Marking: once, with who and when, undone with its trace, corrected with its reason."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.attendance import queries, service
from kopdiklat.attendance.models import Attendance
from kopdiklat.attendance.service import Change
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from tests.factories import (
    make_attendance,
    make_batch,
    make_registration,
    make_training_session,
    make_user,
)


@pytest.fixture
def door(now):
    """What stands at the door: a session that began a moment ago, a participant, an officer."""

    class Door:
        def __init__(self):
            self.batch = make_batch(seats=9, sessions=0)
            self.block = make_training_session(self.batch, starts_at=now - timedelta(minutes=10))
            self.registration = make_registration(self.batch)
            self.user = make_user("door_staff", name="Sari Handayani")

        def tick(self, at=now, user=None, method="qr", registration=None):
            with transaction():
                ident = (registration or self.registration).id
                user = user or self.user
                return service.tick(self.block.id, ident, method=method, user=user, now=at)

        def save(self, *changes, at=now, reason=None):
            with transaction():
                changes = [Change(*change) for change in changes]
                return service.save_list(
                    self.block.id, changes, reason=reason, user=self.user, now=at
                )

        @property
        def mark(self):
            return queries.find_mark(self.block.id, self.registration.id)

    return Door


def audit_of_marks():
    found = sa.select(AuditEntry).where(AuditEntry.object_type == "attendances")
    return db.session.scalars(found.order_by(AuditEntry.id)).all()


def test_tick_marks_present_with_time_and_name(app, now, door):
    door = door()

    assert door.tick().is_new
    assert (door.mark.state, door.mark.method, door.mark.arrived_at) == ("present", "qr", now)
    assert door.mark.recorded_by_name == "Sari Handayani"


def test_tick_a_second_time_reads_the_first(app, now, door):
    door = door()
    door.tick()

    again = door.tick(at=now + timedelta(minutes=3), user=make_user())

    assert (again.is_new, again.mark.arrived_at) == (False, now)
    assert again.mark.recorded_by_name == "Sari Handayani"


def test_tick_of_who_was_marked_absent_makes_present(app, now, door):
    door = door()
    make_attendance(door.registration, door.block, state="absent", arrived_at=None)

    assert door.tick().is_new
    assert door.mark.state == "present"


@pytest.mark.parametrize("state", ["waitlisted", "offered", "cancelled", "expired", "replaced"])
def test_tick_refuses_who_has_no_seat(app, door, state):
    door = door()
    other = make_registration(door.batch, state=state)

    with pytest.raises(RuleViolation):
        door.tick(registration=other)
    assert db.session.scalar(sa.select(sa.func.count(Attendance.id))) == 0


def test_tick_refuses_the_participant_of_another_batch(app, door):
    door = door()

    with pytest.raises(NotFound):
        door.tick(registration=make_registration())


def test_tick_refuses_a_session_of_another_day(app, now, door):
    door = door()

    with pytest.raises(RuleViolation, match="belum berlangsung"):
        door.tick(at=now - timedelta(days=1))


def test_two_doors_at_once_make_one_row_and_the_second_reads_the_first(app, now, door):
    door = door()
    ids = door.block.id, door.registration.id
    users = [(make_user().id, name) for name in ("Sari", "Bagus")]
    db.session.rollback()
    ready, results = threading.Barrier(2), []

    class Officer:
        def __init__(self, ident, name):
            self.id, self.name = ident, name

    def tick(user, at):
        with app.app_context():
            ready.wait()
            with transaction():
                done = service.tick(*ids, method="qr", user=user, now=at)
            results.append((done.is_new, done.mark.recorded_by_name, done.mark.arrived_at))

    doors = [
        threading.Thread(target=tick, args=(Officer(*user), now + timedelta(seconds=n)))
        for n, user in enumerate(users)
    ]
    for one in doors:
        one.start()
    for one in doors:
        one.join()

    assert sorted(is_new for is_new, *_ in results) == [False, True]
    assert results[0][1:] == results[1][1:]
    assert db.session.scalar(sa.select(sa.func.count(Attendance.id))) == 1


def test_undo_takes_the_mark_away_and_leaves_its_trace(app, now, door):
    door = door()
    door.tick()
    with transaction():
        service.undo(door.block.id, door.registration.id, user=door.user, now=now)

    assert door.mark is None
    assert [(e.action, e.reason) for e in audit_of_marks()] == [
        ("insert", None),
        ("delete", "Diurungkan"),
    ]


def test_undo_of_somebody_elses_mark_is_refused(app, now, door):
    door = door()
    door.tick()
    other = make_user("door_staff")

    with pytest.raises(RuleViolation, match="diurungkan"), transaction():
        service.undo(door.block.id, door.registration.id, user=other, now=now)
    assert door.mark is not None


def test_save_list_marks_the_changed_rows_without_making_up_an_arrival(app, door):
    door = door()
    second = make_registration(door.batch)

    saved = door.save((door.registration.id, None, "present"), (second.id, None, "sick"))

    assert (saved.count, saved.conflicts) == (2, [])
    assert (door.mark.state, door.mark.arrived_at, door.mark.method) == ("present", None, "list")


def test_save_list_keeps_what_somebody_else_marked_meanwhile(app, door):
    door = door()
    door.tick()

    saved = door.save((door.registration.id, None, "absent"))

    assert saved.conflicts == [door.registration.person.full_name]
    assert door.mark.state == "present"


def test_save_list_twice_changes_once(app, door):
    door = door()
    row = (door.registration.id, None, "present")

    assert [door.save(row).count, door.save(row).count] == [1, 0]
    assert len(audit_of_marks()) == 1


def test_save_list_after_the_day_needs_a_reason_to_change_a_mark(app, now, door):
    door = door()
    door.tick()
    later = now + timedelta(days=1)
    row = (door.registration.id, "present", "excused")

    with pytest.raises(RuleViolation, match="alasan"):
        door.save(row, at=later)
    door.save(row, at=later, reason="Surat izin menyusul")

    assert (door.mark.state, audit_of_marks()[-1].reason) == ("excused", "Surat izin menyusul")


def test_save_list_after_the_day_enters_a_paper_list_without_a_reason(app, now, door):
    door = door()

    assert door.save((door.registration.id, None, "present"), at=now + timedelta(days=1)).count == 1


def test_save_list_refuses_a_row_of_another_batch(app, door):
    door = door()

    with pytest.raises(NotFound):
        door.save((make_registration().id, None, "present"))


def test_correct_sets_the_arrival_and_says_why(app, now, door):
    door = door()
    door.tick()
    arrived = door.block.starts_at + timedelta(minutes=22)
    with transaction():
        service.correct(
            door.block.id,
            door.registration.id,
            "present",
            arrived,
            reason="Jam pintu salah",
            user=door.user,
            now=now + timedelta(days=2),
        )

    assert door.mark.arrived_at == arrived
    assert audit_of_marks()[-1].reason == "Jam pintu salah"


def test_correct_takes_a_wrong_mark_away(app, now, door):
    door = door()
    door.tick()
    with transaction():
        service.correct(
            door.block.id, door.registration.id, None, None, reason=None, user=door.user, now=now
        )

    assert door.mark is None


def test_the_database_refuses_a_second_row_even_if_the_code_forgot(app, door):
    door = door()
    make_attendance(door.registration, door.block)

    with pytest.raises(sa.exc.IntegrityError):
        make_attendance(door.registration, door.block)


def test_a_tick_on_a_later_day_invents_no_arrival(app, now, door):
    there = door()

    with pytest.raises(RuleViolation, match="sudah lewat"):
        there.tick(at=now + timedelta(days=1))

    assert there.mark is None
