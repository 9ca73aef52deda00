"""The coordinator's day: what needs a hand, what comes this week, who is waited for.

Facts are read once (`facts_of`), then put into words; nothing here is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kopdiklat import policy
from kopdiklat.applications.queries import waiting_columns
from kopdiklat.cooperatives.models import Person
from kopdiklat.core import clock
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage, is_waiting
from kopdiklat.mentoring.models import FollowUp, MentoringVisit
from kopdiklat.messages import letters as texts
from kopdiklat.notifications import queries as messages
from kopdiklat.registration import halls
from kopdiklat.registration import rules as seats
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.open_requests import open_request_columns
from kopdiklat.training.models import Batch, TrainingSession

WEEK = timedelta(days=7)
# A planned visit that nobody wrote down is asked for this long.
UNWRITTEN_FOR = timedelta(days=60)


@dataclass
class BatchFacts:
    """One batch that is not over, and what is known of its seats."""

    batch: Batch
    confirmed: int = 0
    offered: int = 0
    held: int = 0
    waiting: int = 0
    invited: int = 0
    silent: int = 0
    silent_since: datetime | None = None
    without_phone: list[str] = field(default_factory=list)
    requests: int = 0
    asked_since: datetime | None = None
    applications: int = 0
    applications_since: datetime | None = None

    @property
    def used(self) -> int:
        return self.confirmed + self.offered + self.held

    @property
    def free(self) -> int:
        return max(0, self.batch.seats - self.used)

    @property
    def starts_at(self) -> datetime | None:
        return min((s.starts_at for s in self.batch.training_sessions), default=None)

    def sessions_on(self, day: date) -> list[TrainingSession]:
        return [s for s in self.batch.training_sessions if s.day == day]

    def is_open(self, now: datetime) -> bool:
        batch = self.batch
        return (
            batch.state == "published"
            and batch.registration_opens_at <= now < batch.registration_closes_at
        )


@dataclass(frozen=True)
class Facts:
    """Everything the page says, as of `now`, in the office's civil time `zone`."""

    now: datetime
    today: date
    zone: str
    batches: Sequence[BatchFacts]
    visits: Sequence[MentoringVisit]  # planned ones: of the coming days, and past without a note
    whatsapp: int
    whatsapp_since: datetime | None
    overdue: int
    overdue_since: date | None
    broken_templates: int = 0

    @property
    def coming_visits(self) -> list[MentoringVisit]:
        return [visit for visit in self.visits if visit.ends_at >= self.now]

    @property
    def unwritten_visits(self) -> list[MentoringVisit]:
        return [visit for visit in self.visits if visit.ends_at < self.now]


def facts_of(user, now: datetime, zone: str) -> Facts:
    """As many selects, whatever there is to do."""
    batches = _batches(user, now)
    _count_registrations(batches)
    _count_invitations(batches, now)
    _find_without_phone(batches)
    whatsapp, whatsapp_since = _whatsapp(user, now)
    overdue, overdue_since = _overdue(user)
    return Facts(
        now,
        clock.local_day(now, zone),
        zone,
        list(batches.values()),
        _visits(user, now),
        whatsapp,
        whatsapp_since,
        overdue,
        overdue_since,
        _broken_templates(user),
    )


def _broken_templates(user) -> int:
    office_id = policy.office_of(user)
    if office_id is None or not policy.can(user, "message_template.edit"):
        return 0
    return sum(found.fault is not None for found in texts.standings(office_id))


def _batches(user, now: datetime) -> dict[int, BatchFacts]:
    """Those whose last session is not over, the first to begin first; drafts without one last."""
    sessions = sa.select(TrainingSession.id).where(TrainingSession.batch_id == Batch.id)
    unfinished = sessions.where(TrainingSession.ends_at > now).exists()
    begins = sa.select(sa.func.min(TrainingSession.starts_at)).where(
        TrainingSession.batch_id == Batch.id
    )
    first = begins.scalar_subquery()
    found = (
        sa.select(Batch, *waiting_columns(), *open_request_columns())
        .where(
            policy.visible(Batch, "batch.edit", user),
            Batch.state != "cancelled",
            sa.or_(unfinished, sa.and_(Batch.state == "draft", ~sessions.exists())),
        )
        .options(joinedload(Batch.course), selectinload(Batch.training_sessions))
        .order_by(first.is_(None), first, Batch.id)
    )
    return {
        batch.id: BatchFacts(
            batch,
            applications=waiting,
            applications_since=since,
            requests=asked,
            asked_since=asked_since,
        )
        for batch, waiting, since, asked, asked_since in db.session.execute(found)
    }


def _count_registrations(batches: dict[int, BatchFacts]) -> None:
    found = (
        sa.select(Registration.batch_id, Registration.state, sa.func.count(Registration.id))
        .where(Registration.batch_id.in_(batches), Registration.state.in_(seats.ACTIVE))
        .group_by(Registration.batch_id, Registration.state)
    )
    names = {"confirmed": "confirmed", "offered": "offered", "waitlisted": "waiting"}
    for batch_id, state, count in db.session.execute(found):
        setattr(batches[batch_id], names[state], count)


def _count_invitations(batches: dict[int, BatchFacts], now: datetime) -> None:
    """Who was invited, who has said nothing, and the seats that are kept for them."""
    answers = (
        sa.select(sa.func.count(Registration.id))
        .where(Registration.invitation_id == Invitation.id, Registration.state.in_(seats.ACTIVE))
        .scalar_subquery()
    )
    found = sa.select(
        Invitation.batch_id,
        Invitation.created_at,
        answers.label("answered"),
    ).where(
        Invitation.batch_id.in_(batches),
        Invitation.cancelled_at.is_(None),
        Invitation.declined_at.is_(None),
    )
    for row in db.session.execute(found):
        facts = batches[row.batch_id]
        facts.invited += 1
        if not row.answered:
            facts.silent += 1
            facts.silent_since = min(facts.silent_since or row.created_at, row.created_at)
    for batch_id, holds in halls.open_holds_of(batches, now).items():
        batches[batch_id].held = sum(holds.values())


def _find_without_phone(batches: dict[int, BatchFacts]) -> None:
    found = (
        sa.select(Registration.batch_id, Person.full_name)
        .join(Person, Person.id == Registration.person_id)
        .where(
            Registration.batch_id.in_(batches),
            Registration.state == "confirmed",
            sa.or_(Person.phone.is_(None), Person.phone == ""),
        )
        .order_by(Registration.id)
    )
    for batch_id, name in db.session.execute(found):
        batches[batch_id].without_phone.append(name)


def _whatsapp(user, now: datetime) -> tuple[int, datetime | None]:
    waiting = sa.select(sa.func.count(OutboxMessage.id), sa.func.min(OutboxMessage.due_at)).where(
        messages.shown_to(user, "message.send"), is_waiting("whatsapp", now)
    )
    return db.session.execute(waiting).one()


def _overdue(user) -> tuple[int, date | None]:
    late = sa.select(sa.func.count(FollowUp.id), sa.func.min(FollowUp.due_on)).where(
        policy.visible(FollowUp, "follow_up.close", user),
        FollowUp.closed_on.is_(None),
        FollowUp.due_on < user.today,
    )
    return db.session.execute(late).one()


def _visits(user, now: datetime) -> list[MentoringVisit]:
    found = (
        sa.select(MentoringVisit)
        .where(
            policy.visible(MentoringVisit, "visit.plan", user),
            MentoringVisit.state == "planned",
            MentoringVisit.starts_at > now - UNWRITTEN_FOR,
            MentoringVisit.starts_at < now + WEEK,
        )
        .options(joinedload(MentoringVisit.cooperative), joinedload(MentoringVisit.mentor))
        .order_by(MentoringVisit.starts_at, MentoringVisit.id)
    )
    return list(db.session.scalars(found))
