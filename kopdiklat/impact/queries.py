"""Facts of offices for before and after: read once, counted in Python.

A contact with a programme is never typed. It is somebody's presence at a training session, a visit
that was held, or an activity before Kopdiklat as the office's file tells it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.attendance.models import Attendance
from kopdiklat.cooperatives.models import ActivityStatus, Cooperative, PastContact
from kopdiklat.core import clock
from kopdiklat.core.db import db
from kopdiklat.health.models import AssessmentScheme, HealthAssessment
from kopdiklat.impact import rules
from kopdiklat.impact.cohorts import Contact, CooperativeFacts, Presence
from kopdiklat.mentoring.models import MentoringAssignment, MentoringVisit
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch, Programme, TrainingSession
from kopdiklat.training.rules import lesson_hours


@dataclass(frozen=True, slots=True)
class Visit:
    cooperative_id: int
    office_id: int
    programme_id: int | None
    on: date


@dataclass(frozen=True, slots=True)
class Past:
    id: int
    office_id: int
    cooperative_id: int
    kind: str
    activity: str
    on: date


@dataclass
class OfficeFacts:
    """Everything that the tables of these offices are counted from."""

    cooperatives: list[CooperativeFacts] = field(default_factory=list)
    presences: list[Presence] = field(default_factory=list)
    programme_of_batch: dict[int, int] = field(default_factory=dict)
    hours_of_batches: dict[int, Decimal] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    main_scheme: str | None = None

    def of_office(self, office_id: int) -> list[CooperativeFacts]:
        return [c for c in self.cooperatives if c.office_id == office_id]


def office_facts(office_ids: Sequence[int]) -> OfficeFacts:
    """Five queries, however many offices and cooperatives."""
    facts = OfficeFacts()
    _read_presences(facts, office_ids)
    facts.visits = _visits(office_ids)
    facts.past = _past(office_ids)
    contacts = _contacts(facts)
    assessments, facts.main_scheme = _assessments(office_ids)
    for row, statuses in _cooperatives(office_ids):
        facts.cooperatives.append(
            CooperativeFacts(
                id=row.id,
                office_id=row.office_id,
                name=row.name,
                cooperative_number=row.cooperative_number,
                district=row.district,
                statuses=tuple(statuses),
                assessments=tuple(assessments.get(row.id, ())),
                contacts=tuple(contacts.get(row.id, ())),
            )
        )
    return facts


def _cooperatives(office_ids):
    """Cooperatives by name, each with what was known about active or not (never "unverified")."""
    found = (
        sa.select(
            Cooperative.id,
            Cooperative.office_id,
            Cooperative.name,
            Cooperative.cooperative_number,
            Cooperative.district,
            Cooperative.activity_status,
            Cooperative.activity_status_on,
            ActivityStatus.status,
            ActivityStatus.as_of,
        )
        .outerjoin(
            ActivityStatus,
            sa.and_(
                ActivityStatus.cooperative_id == Cooperative.id,
                ActivityStatus.status != "unverified",
            ),
        )
        .where(Cooperative.office_id.in_(office_ids))
        .order_by(Cooperative.name, Cooperative.id, ActivityStatus.id)
    )
    rows: dict[int, tuple] = {}
    for row in db.session.execute(found):
        _, statuses = rows.setdefault(row.id, (row, []))
        if row.status is not None:
            statuses.append(rules.ActivityStatus(row.status, row.as_of))
        elif row.activity_status != "unverified":
            statuses.append(rules.ActivityStatus(row.activity_status, row.activity_status_on))
    return rows.values()


def _assessments(office_ids):
    """Valid assessments by cooperative: those that no correction replaced."""
    newer = sa.orm.aliased(HealthAssessment)
    found = (
        sa.select(
            HealthAssessment.id,
            HealthAssessment.cooperative_id,
            HealthAssessment.position_on,
            HealthAssessment.signed_on,
            HealthAssessment.score,
            HealthAssessment.health_status,
            HealthAssessment.mismatch_reason,
            AssessmentScheme.code,
            AssessmentScheme.is_default,
        )
        .join(AssessmentScheme, AssessmentScheme.id == HealthAssessment.scheme_id)
        .join(Cooperative, Cooperative.id == HealthAssessment.cooperative_id)
        .outerjoin(newer, newer.replaces_id == HealthAssessment.id)
        .where(Cooperative.office_id.in_(office_ids), newer.id.is_(None))
    )
    by_cooperative: dict[int, list] = defaultdict(list)
    main_scheme = None
    for row in db.session.execute(found):
        main_scheme = row.code if row.is_default else main_scheme
        by_cooperative[row.cooperative_id].append(
            rules.Assessment(
                id=row.id,
                scheme=row.code,
                position_date=row.position_on,
                health_status=row.health_status,
                score=row.score,
                signed_on=row.signed_on,
                mismatch=row.mismatch_reason is not None,
            )
        )
    return by_cooperative, main_scheme


def _read_presences(facts: OfficeFacts, office_ids) -> None:
    """Sessions of every batch that these cooperatives were registered for, and who was present."""
    batches = (
        sa.select(Registration.batch_id)
        .join(Cooperative, Cooperative.id == Registration.cooperative_id)
        .where(Cooperative.office_id.in_(office_ids))
    )
    present = sa.and_(
        Attendance.training_session_id == TrainingSession.id, Attendance.state == "present"
    )
    found = (
        sa.select(
            TrainingSession.id,
            TrainingSession.batch_id,
            TrainingSession.starts_at,
            TrainingSession.ends_at,
            TrainingSession.time_zone,
            TrainingSession.is_teaching,
            TrainingSession.minutes_per_lesson_hour,
            Batch.programme_id,
            Registration.cooperative_id,
            Attendance.registration_id,
        )
        .join(Batch, Batch.id == TrainingSession.batch_id)
        .outerjoin(Attendance, present)
        .outerjoin(Registration, Registration.id == Attendance.registration_id)
        .where(TrainingSession.batch_id.in_(batches), Batch.state != "cancelled")
    )
    sessions: dict[int, tuple[date, Decimal]] = {}
    for row in db.session.execute(found):
        if row.id not in sessions:
            hours = Decimal(0)
            if row.is_teaching:
                hours = lesson_hours(row.starts_at, row.ends_at, row.minutes_per_lesson_hour)
            sessions[row.id] = (clock.local_day(row.starts_at, row.time_zone), hours)
            facts.programme_of_batch[row.batch_id] = row.programme_id
            known = facts.hours_of_batches.get(row.batch_id, Decimal(0))
            facts.hours_of_batches[row.batch_id] = known + hours
        if row.registration_id is not None:
            day, hours = sessions[row.id]
            facts.presences.append(
                Presence(row.cooperative_id, row.registration_id, row.batch_id, day, hours)
            )


def _visits(office_ids) -> list[Visit]:
    found = (
        sa.select(
            MentoringVisit.cooperative_id,
            MentoringVisit.office_id,
            MentoringVisit.programme_id,
            MentoringVisit.starts_at,
            MentoringVisit.time_zone,
        )
        .join(Cooperative, Cooperative.id == MentoringVisit.cooperative_id)
        .where(Cooperative.office_id.in_(office_ids), MentoringVisit.state == "held")
    )
    return [
        Visit(
            row.cooperative_id,
            row.office_id,
            row.programme_id,
            clock.local_day(row.starts_at, row.time_zone),
        )
        for row in db.session.execute(found)
    ]


def _past(office_ids) -> list[Past]:
    found = (
        sa.select(
            PastContact.id,
            PastContact.office_id,
            PastContact.cooperative_id,
            PastContact.kind,
            PastContact.activity,
            PastContact.held_on,
        )
        .join(Cooperative, Cooperative.id == PastContact.cooperative_id)
        .where(Cooperative.office_id.in_(office_ids))
        .order_by(PastContact.id)
    )
    return [Past(*row) for row in db.session.execute(found)]


def _contacts(facts: OfficeFacts) -> dict[int, list[Contact]]:
    """Every contact of every cooperative, named by what it belonged to."""
    contacts: dict[int, list[Contact]] = defaultdict(list)
    for presence in facts.presences:
        programme = ("programme", facts.programme_of_batch[presence.batch_id])
        contacts[presence.cooperative_id].append(Contact(presence.on, programme))
    for visit in facts.visits:
        contacts[visit.cooperative_id].append(Contact(visit.on, programme_of_visit(visit)))
    first = first_past_days(facts.past)
    for past in facts.past:
        programme = programme_of_past(past, first)
        contacts[past.cooperative_id].append(Contact(past.on, programme))
    return contacts


def programme_of_visit(visit: Visit) -> tuple:
    """The programme of a visit; all visits of an office without one are one mentoring."""
    return ("programme", visit.programme_id) if visit.programme_id else ("visits", visit.office_id)


def first_past_days(past: Iterable[Past]) -> dict[tuple, date]:
    """First day of each cooperative in each past mentoring."""
    first: dict[tuple, date] = {}
    for row in past:
        if row.kind == "visit":
            key = (row.cooperative_id, row.activity)
            first[key] = min(first.get(key, row.on), row.on)
    return first


def programme_of_past(past: Past, first: dict[tuple, date]) -> tuple:
    """A training by its year; a mentoring goes on, so it is the year in which it began there."""
    day = first[(past.cooperative_id, past.activity)] if past.kind == "visit" else past.on
    return ("past", past.kind, past.activity, day.year)


def invited_cooperatives(batches: sa.Select | Sequence[int]) -> set[int]:
    """Cooperatives that were invited to these batches or had a seat or a place in the queue."""
    invited = sa.select(Invitation.cooperative_id).where(Invitation.batch_id.in_(batches))
    registered = sa.select(Registration.cooperative_id).where(Registration.batch_id.in_(batches))
    return set(db.session.scalars(invited.union(registered)))


def assigned_cooperatives(programme_id: int) -> set[int]:
    found = sa.select(MentoringAssignment.cooperative_id).where(
        MentoringAssignment.programme_id == programme_id
    )
    return set(db.session.scalars(found))


def batches_of(programme_id: int) -> sa.Select:
    return sa.select(Batch.id).where(Batch.programme_id == programme_id)


def read_batch(batch_id: int) -> Batch | None:
    """A batch with its programme, course and office in one query."""
    return db.session.get(
        Batch,
        batch_id,
        options=[joinedload(Batch.programme), joinedload(Batch.course), joinedload(Batch.office)],
    )


def programmes_with_batches(office_ids: Sequence[int]) -> list[tuple[Programme, Batch | None]]:
    """Every programme of these offices with each of its batches, newest first."""
    found = (
        sa.select(Programme, Batch)
        .outerjoin(Batch, Batch.programme_id == Programme.id)
        .options(joinedload(Batch.course))
        .where(Programme.office_id.in_(office_ids))
        .order_by(Programme.year.desc(), Programme.name, Programme.id, Batch.number, Batch.id)
    )
    return [(programme, batch) for programme, batch in db.session.execute(found)]
