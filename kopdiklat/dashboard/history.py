"""What happened with one cooperative, from every room: each fact read once, for page and paper."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from kopdiklat.attendance.models import Attendance
from kopdiklat.cooperatives import queries as cooperatives
from kopdiklat.cooperatives.models import Cooperative, Officer, PastContact
from kopdiklat.core.db import db
from kopdiklat.health import queries as health
from kopdiklat.health.models import AnnualMeeting, HealthAssessment, YearlyFigures
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit
from kopdiklat.mentoring.rules import Period
from kopdiklat.registration.models import Registration
from kopdiklat.registration.rules import ACTIVE
from kopdiklat.training.models import Batch, TrainingSession


@dataclass
class Attended:
    """One batch in which the cooperative has, or had, people."""

    batch: Batch
    people: set[int] = field(default_factory=set)
    present: set[int] = field(default_factory=set)
    sessions: dict[int, TrainingSession] = field(default_factory=dict)

    @property
    def first_day(self) -> date | None:
        return min((s.day for s in self.sessions.values()), default=None)

    @property
    def last_day(self) -> date | None:
        return max((s.day for s in self.sessions.values()), default=None)

    @property
    def days(self) -> tuple[date, date] | None:
        first, last = self.first_day, self.last_day
        return (first, last) if first and last else None

    @property
    def lesson_hours(self) -> Decimal:
        return sum((s.lesson_hours for s in self.sessions.values()), Decimal(0))


@dataclass(frozen=True)
class History:
    """Newest first in every list."""

    cooperative: Cooperative
    results: Sequence[HealthAssessment]  # replaced ones too
    meetings: Sequence[AnnualMeeting]
    figures: Sequence[YearlyFigures]
    past: Sequence[PastContact]
    training: Sequence[Attended]
    visits: Sequence[MentoringVisit]
    follow_ups: Sequence[FollowUp]
    officers: Sequence[Officer]
    assignments: Sequence[MentoringAssignment]

    @property
    def assessments(self) -> list[HealthAssessment]:
        return health.standing(list(self.results))

    @property
    def current(self) -> HealthAssessment | None:
        return next(iter(self.assessments), None)

    @property
    def past_training(self) -> list[PastContact]:
        return [contact for contact in self.past if contact.kind == "training"]

    @property
    def past_visits(self) -> list[PastContact]:
        return [contact for contact in self.past if contact.kind == "visit"]

    @property
    def held_visits(self) -> list[MentoringVisit]:
        return [visit for visit in self.visits if visit.state == "held"]

    @property
    def planned_visits(self) -> list[MentoringVisit]:
        return [visit for visit in self.visits if visit.state == "planned"]

    @property
    def open_follow_ups(self) -> list[FollowUp]:
        """The earliest due first."""
        unfinished = [f for f in self.follow_ups if f.closed_on is None]
        return sorted(unfinished, key=lambda f: (f.due_on, f.id))

    @property
    def attended(self) -> list[Attended]:
        return [batch for batch in self.training if batch.present]

    @property
    def activities(self) -> int:
        return len(self.past) + len(self.training) + len(self.visits)

    def mentor_on(self, day: date) -> MentoringAssignment | None:
        return next(
            (a for a in self.assignments if Period(a.starts_on, a.ends_on).covers(day)), None
        )


def history_of(cooperative: Cooperative, today: date) -> History:
    """Ten selects, whatever there is to tell."""
    ident = cooperative.id
    return History(
        cooperative,
        health.assessments_of(ident),
        health.meetings_of(ident),
        health.figures_of(ident),
        cooperatives.past_contacts_of(ident),
        _training_of(ident),
        _visits_of(ident),
        _follow_ups_of(ident),
        cooperatives.officers_of(ident, today),
        _assignments_of(ident),
    )


def _training_of(cooperative_id: int) -> list[Attended]:
    select = (
        sa.select(Registration, Attendance.registration_id, TrainingSession)
        .join(Registration.batch)
        .join(Batch.course)
        .outerjoin(
            Attendance,
            sa.and_(Attendance.registration_id == Registration.id, Attendance.state == "present"),
        )
        .outerjoin(TrainingSession, TrainingSession.id == Attendance.training_session_id)
        .where(Registration.cooperative_id == cooperative_id, Registration.state.in_(ACTIVE))
        .options(contains_eager(Registration.batch).contains_eager(Batch.course))
        .order_by(Batch.registration_closes_at.desc(), Batch.id.desc())
    )
    batches: dict[int, Attended] = {}
    for registration, was_present, session in db.session.execute(select):
        attended = batches.setdefault(registration.batch_id, Attended(registration.batch))
        attended.people.add(registration.person_id)
        if was_present:
            attended.present.add(registration.person_id)
            attended.sessions[session.id] = session
    return list(batches.values())


def _visits_of(cooperative_id: int) -> list[MentoringVisit]:
    found = (
        sa.select(MentoringVisit)
        .where(
            MentoringVisit.cooperative_id == cooperative_id,
            MentoringVisit.state != "cancelled",
        )
        .options(joinedload(MentoringVisit.mentor))
        .order_by(MentoringVisit.starts_at.desc())
    )
    return list(db.session.scalars(found))


def _follow_ups_of(cooperative_id: int) -> list[FollowUp]:
    found = (
        sa.select(FollowUp)
        .where(FollowUp.cooperative_id == cooperative_id)
        .order_by(FollowUp.agreed_on.desc(), FollowUp.id.desc())
    )
    return list(db.session.scalars(found))


def _assignments_of(cooperative_id: int) -> list[MentoringAssignment]:
    found = (
        sa.select(MentoringAssignment)
        .where(MentoringAssignment.cooperative_id == cooperative_id)
        .options(joinedload(MentoringAssignment.mentor))
        .order_by(MentoringAssignment.starts_on.desc(), MentoringAssignment.id.desc())
    )
    return list(db.session.scalars(found))
