"""Marking presence. Every verb locks the training session first, so that two doors make one row,
and then the registrations, so that no seat is cancelled under a mark."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.attendance import queries, rules
from kopdiklat.attendance.models import Attendance
from kopdiklat.core import clock
from kopdiklat.core.audit import because
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import NotFound
from kopdiklat.core.text import N_
from kopdiklat.registration import open_requests, reasons
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import TrainingSession

NOT_HERE = N_("Peserta ini tidak terdaftar di angkatan ini.")


@dataclass(frozen=True)
class Tick:
    """What a tick met: the mark, and whether it was made now or stood already."""

    mark: Attendance
    is_new: bool


def tick(
    training_session_id: int, registration_id: int, *, method: str, user, now: datetime
) -> Tick:
    """Admit one person now. The second of two at once reads the time of the first.

    :raises RuleViolation: no confirmed seat, or the day is still to come
    """
    block, registration = _lock_both(training_session_id, registration_id)
    mark = queries.find_mark(block.id, registration.id)
    if mark and mark.state == "present":
        return Tick(mark, is_new=False)
    rules.check_can_attend(registration.state)
    today = clock.local_day(now, block.time_zone)
    rules.check_has_begun(block.day, today)
    if mark or not rules.is_todays(block, now, today):
        # Later than its day nobody arrives: who was forgotten is a correction with a reason.
        rules.check_correction(block.day, today, None)
    mark = _write(mark, block, registration, "present", now, method, user, now)
    _came([registration], user, now)
    db.session.flush()
    return Tick(mark, is_new=True)


@dataclass(frozen=True)
class Change:
    """One row of the list: what it showed when it was opened, and what was chosen."""

    registration_id: int
    was: str | None
    state: str


@dataclass
class Saved:
    """`conflicts` are names of those whom somebody else marked differently meanwhile."""

    count: int = 0
    conflicts: list[str] = field(default_factory=list)


def save_list(
    training_session_id: int,
    changes: Sequence[Change],
    *,
    reason: str | None,
    user,
    now: datetime,
) -> Saved:
    """Save the rows that were changed. A list tells who came, not when: no arrival is made up.

    A row that somebody else changed meanwhile keeps what that person marked.
    :raises RuleViolation: the day is over and a mark would change without a reason
    """
    block = lock(TrainingSession, training_session_id)
    _lock_all([change.registration_id for change in changes])
    today = clock.local_day(now, block.time_zone)
    rules.check_has_begun(block.day, today)
    known = queries.marks([block.id])
    people = {row.id: row for row in queries.participants(block.batch_id)}
    saved = Saved()
    came = []
    with because_if(reason):
        for change in changes:
            registration = people.get(change.registration_id)
            if registration is None:
                raise NotFound(NOT_HERE)
            mark = known.get((block.id, registration.id))
            state = mark.state if mark else None
            if change.state in (change.was, state):
                continue
            if state != change.was:
                saved.conflicts.append(registration.person.full_name)
                continue
            if mark:
                rules.check_correction(block.day, today, reason)
            elif change.state == "present":
                rules.check_can_attend(registration.state)
            _write(mark, block, registration, change.state, None, "list", user, now)
            saved.count += 1
            if change.state == "present":
                came.append(registration)
        _came(came, user, now)
        db.session.flush()
    return saved


def correct(
    training_session_id: int,
    registration_id: int,
    state: str | None,
    arrived_at: datetime | None,
    *,
    reason: str | None,
    user,
    now: datetime,
) -> Attendance | None:
    """Set one person's mark and arrival; state None takes the mark away.

    :raises RuleViolation: no seat, not yet the day, or no reason although the day is over
    """
    block, registration = _lock_both(training_session_id, registration_id)
    today = clock.local_day(now, block.time_zone)
    rules.check_has_begun(block.day, today)
    mark = queries.find_mark(block.id, registration.id)
    if mark:
        rules.check_correction(block.day, today, reason)
    elif state == "present":
        rules.check_can_attend(registration.state)
    with because_if(reason):
        if state is None:
            if mark:
                db.session.delete(mark)
        else:
            arrived_at = arrived_at if state == "present" else None
            method = mark.method if mark else "list"
            mark = _write(mark, block, registration, state, arrived_at, method, user, now)
            if state == "present":
                _came([registration], user, now)
        db.session.flush()
    return mark if state else None


def undo(training_session_id: int, registration_id: int, *, user, now: datetime) -> None:
    """Take back the mark that one made a moment ago.

    :raises RuleViolation: somebody else's, or too long ago
    """
    _, registration = _lock_both(training_session_id, registration_id)
    mark = queries.find_mark(training_session_id, registration.id)
    if mark is None:
        return  # pressed twice
    rules.check_undo(mark.recorded_by_id, user.id, mark.recorded_at, now)
    with because(N_("Diurungkan")):
        db.session.delete(mark)
        db.session.flush()


def _came(registrations: Sequence[Registration], user, now: datetime) -> None:
    """Who is there asks for no other seat, and for nobody else on it."""
    if registrations:
        by = user.name
        open_requests.withdraw_all(registrations, reasons.CAME, by=by, now=now)


def because_if(reason: str | None):
    return because(reason.strip()[:300] if reason and reason.strip() else None)


def _lock_both(
    training_session_id: int, registration_id: int
) -> tuple[TrainingSession, Registration]:
    """Always in this order. The registration's state cannot change under a tick."""
    block = lock(TrainingSession, training_session_id)
    registration = db.session.get(Registration, registration_id)
    if registration is None or registration.batch_id != block.batch_id:
        raise NotFound(NOT_HERE)
    return block, lock(Registration, registration_id)


def _lock_all(registration_ids: Sequence[int]) -> None:
    """As `_lock_both`, in the order in which a batch is cancelled."""
    found = (
        sa.select(Registration.id)
        .where(Registration.id.in_(registration_ids))
        .order_by(Registration.id)
        .with_for_update(key_share=True)
    )
    db.session.execute(found)


def _write(mark, block, registration, state, arrived_at, method, user, now) -> Attendance:
    by_id, by_name = user.id, user.name  # read before a half-made row could be flushed
    if mark is None:
        mark = Attendance(
            office_id=registration.office_id,
            training_session_id=block.id,
            registration_id=registration.id,
        )
    mark.state = state
    mark.arrived_at = arrived_at
    mark.method = method
    mark.recorded_by_id = by_id
    mark.recorded_by_name = by_name
    mark.recorded_at = now
    db.session.add(mark)
    return mark
