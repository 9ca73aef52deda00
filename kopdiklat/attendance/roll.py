"""What the pages of presence show: one person's mark in words, a session's list, a batch's table."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from kopdiklat.attendance import queries, rules
from kopdiklat.attendance.models import ATTENDANCE_STATES, Attendance
from kopdiklat.attendance.rules import Totals
from kopdiklat.core import clock
from kopdiklat.core.text import match_key
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch, TrainingSession


@dataclass(frozen=True)
class Row:
    """One person in one training session."""

    registration: Registration
    mark: Attendance | None
    minutes_late: int
    shown_state: str | None  # what the list offers: the mark, or what "all present" fills in

    @property
    def state(self) -> str | None:
        return self.mark.state if self.mark else None

    @property
    def has_seat(self) -> bool:
        return self.registration.state == "confirmed"


@dataclass(frozen=True)
class Roll:
    """The list of one training session."""

    rows: list[Row]
    counts: Counter[str]
    seats: int
    is_over: bool  # the civil day has passed: a change needs its reason
    has_begun: bool  # the civil day is here or past

    @property
    def present(self) -> int:
        return self.counts["present"]

    @property
    def unmarked(self) -> int:
        return sum(row.mark is None for row in self.rows)


def row_of(registration, block: TrainingSession, mark: Attendance | None, grace: int) -> Row:
    arrived = mark.arrived_at if mark and mark.state == "present" else None
    late = rules.minutes_late(arrived, block.starts_at, grace)
    return Row(registration, mark, late, mark.state if mark else None)


def roll_of(block: TrainingSession, now: datetime, *, find: str = "", fill: str = "") -> Roll:
    """:param find: narrows to names, cooperatives and numbers that hold these letters
    :param fill: a state that rows without a mark propose; nothing is saved by it
    """
    grace = block.batch.office.late_grace_minutes
    marks = queries.marks([block.id])
    people = queries.participants(block.batch_id)
    today = clock.local_day(now, block.time_zone)
    rows = [row_of(one, block, marks.get((block.id, one.id)), grace) for one in people]
    counts = queries.count_states(row.mark for row in rows)
    if find:
        rows = [row for row in rows if _holds(row.registration, match_key(find))]
    if fill in ATTENDANCE_STATES:
        rows = [
            Row(row.registration, None, 0, fill) if row.mark is None and row.has_seat else row
            for row in rows
        ]
    return Roll(
        rows=rows,
        counts=counts,
        seats=sum(one.state == "confirmed" for one in people),
        is_over=today > block.day,
        has_begun=today >= block.day,
    )


def _holds(registration: Registration, fragment: str) -> bool:
    words = (
        registration.person.full_name,
        registration.cooperative.name,
        registration.number,
    )
    return any(fragment in match_key(word) for word in words)


@dataclass(frozen=True)
class PersonRow:
    """One person across a batch: a row for each session, and the totals."""

    registration: Registration
    cells: list[Row]
    totals: Totals


@dataclass(frozen=True)
class Recap:
    """Persons by training sessions."""

    days: list[tuple[date, list[TrainingSession]]]
    sessions: list[TrainingSession]
    people: list[PersonRow]
    present: list[int]  # per session


def recap_of(batch: Batch) -> Recap:
    grace = batch.office.late_grace_minutes
    sessions = list(batch.training_sessions)
    marks = queries.marks([s.id for s in sessions])
    people = []
    for registration in queries.participants(batch.id):
        mine = {s.id: marks.get((s.id, registration.id)) for s in sessions}
        states = {ident: mark.state for ident, mark in mine.items() if mark}
        cells = [row_of(registration, s, mine[s.id], grace) for s in sessions]
        people.append(PersonRow(registration, cells, rules.totals(states, sessions)))
    by_day: dict[date, list[TrainingSession]] = {}
    for session in sessions:
        by_day.setdefault(session.day, []).append(session)
    present = [sum(p.cells[n].state == "present" for p in people) for n in range(len(sessions))]
    return Recap(list(by_day.items()), sessions, people, present)
