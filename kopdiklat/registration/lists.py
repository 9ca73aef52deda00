"""What the pages of a programme and a batch list: a fixed number of queries each."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.accounts.models import Membership, User
from kopdiklat.cooperatives.models import Cooperative, Officer, Person
from kopdiklat.cooperatives.queries import in_office
from kopdiklat.core import clock, formats
from kopdiklat.core.db import UTC, db
from kopdiklat.core.paging import Page, paginate
from kopdiklat.health.models import HealthAssessment
from kopdiklat.health.queries import current_id
from kopdiklat.policy import DOOR_ROLE
from kopdiklat.registration import halls, rules
from kopdiklat.registration.models import Invitation, Registration, RegistrationEvent
from kopdiklat.training.models import Batch, Course, DoorDuty, TrainingSession


@dataclass(frozen=True)
class SeatCount:
    """The seats of one batch in numbers."""

    seats: int
    confirmed: int
    offered: int
    held: int
    waiting: int

    @property
    def used(self) -> int:
        return self.confirmed + self.offered + self.held

    @property
    def free(self) -> int:
        return max(0, self.seats - self.used)

    @property
    def used_percent(self) -> int:
        return min(100, 100 * self.used // self.seats)


@dataclass(frozen=True)
class ListedBatch:
    """One line of a programme: a batch, its days and its seats."""

    batch: Batch
    course_name: str
    first_at: datetime | None
    last_at: datetime | None
    confirmed: int
    waiting: int
    invited: int

    @property
    def days(self) -> str:
        zone = self.batch.time_zone
        if self.first_at is None or self.last_at is None:
            return ""
        first, last = (clock.local_day(at, zone) for at in (self.first_at, self.last_at))
        return formats.day_range(first, last)


def seat_count(batch: Batch, now: datetime, holds: dict[int, int] | None = None) -> SeatCount:
    """:param holds: the open ones of the batch, where they were read"""
    if holds is None:
        holds = halls.open_holds(batch.id, now)
    by_state = halls.count_by_state(batch.id)
    return SeatCount(
        seats=batch.seats,
        confirmed=by_state.get("confirmed", 0),
        offered=by_state.get("offered", 0),
        held=sum(holds.values()),
        waiting=by_state.get("waitlisted", 0),
    )


def batches_of_programme(programme_id: int) -> list[ListedBatch]:
    """The batches of a programme with their days and what is taken, in the order of their days."""

    def count(*conditions):
        return (
            sa.select(sa.func.count(Registration.id))
            .where(Registration.batch_id == Batch.id, *conditions)
            .scalar_subquery()
        )

    first, last = (
        sa.type_coerce(
            sa.select(bound).where(TrainingSession.batch_id == Batch.id).scalar_subquery(), UTC
        )
        for bound in (
            sa.func.min(TrainingSession.starts_at),
            sa.func.max(TrainingSession.ends_at),
        )
    )
    invited = (
        sa.select(sa.func.count(Invitation.id))
        .where(Invitation.batch_id == Batch.id, Invitation.cancelled_at.is_(None))
        .scalar_subquery()
    )
    found = (
        sa.select(
            Batch,
            Course.name,
            first,
            last,
            count(Registration.state == "confirmed"),
            count(Registration.state == "waitlisted"),
            invited,
        )
        .join(Course)
        .where(Batch.programme_id == programme_id)
        .order_by(first.is_(None), first, Batch.id)
    )
    return [ListedBatch(*row) for row in db.session.execute(found)]


def seats_of_programmes(programme_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Per programme: seats of its batches, and how many of them are confirmed."""
    seats = (
        sa.select(Batch.programme_id, sa.func.sum(Batch.seats))
        .where(Batch.programme_id.in_(programme_ids), Batch.state != "cancelled")
        .group_by(Batch.programme_id)
    )
    confirmed = (
        sa.select(Batch.programme_id, sa.func.count(Registration.id))
        .join(Registration, Registration.batch_id == Batch.id)
        .where(Batch.programme_id.in_(programme_ids), Registration.state == "confirmed")
        .group_by(Batch.programme_id)
    )
    taken = dict(db.session.execute(confirmed).all())
    return {ident: (n, taken.get(ident, 0)) for ident, n in db.session.execute(seats)}


def participants(batch_id: int, text: str, state: str, page: int) -> Page:
    """Rows (registration, person, cooperative, health status), newest state changes included."""
    found = (
        sa.select(Registration, Person, Cooperative, HealthAssessment.health_status)
        .join(Person, Registration.person_id == Person.id)
        .join(Cooperative, Registration.cooperative_id == Cooperative.id)
        .outerjoin(HealthAssessment, HealthAssessment.id == current_id(Cooperative.id))
        .where(Registration.batch_id == batch_id)
        .order_by(
            sa.case(
                {"confirmed": 0, "offered": 0, "waitlisted": 1}, value=Registration.state, else_=2
            ),
            Registration.queued_at,
            Registration.id,
        )
    )
    if text:
        like = f"%{text.replace('%', '')}%"
        found = found.where(
            sa.or_(
                Person.full_name.ilike(like),
                Cooperative.name.ilike(like),
                Registration.number.ilike(like),
            )
        )
    if state in rules.TRANSITIONS:
        found = found.where(Registration.state == state)
    return paginate(found, page, scalars=False)


def last_events(registration_ids: list[int]) -> dict[int, RegistrationEvent]:
    """The step that made each registration what it is."""
    found = (
        sa.select(RegistrationEvent)
        .where(RegistrationEvent.registration_id.in_(registration_ids))
        .order_by(RegistrationEvent.id)
    )
    return {event.registration_id: event for event in db.session.scalars(found)}


def waiting_list(batch_id: int, most: int = 6) -> list[tuple[int, Registration]]:
    """Who waits with the place of their team, in the order of the queue; with every step and why."""
    found = (
        sa.select(Registration)
        .where(Registration.batch_id == batch_id, Registration.state == "waitlisted")
        .options(
            joinedload(Registration.person),
            joinedload(Registration.cooperative),
            joinedload(Registration.events),
        )
        .order_by(Registration.priority.desc(), Registration.queued_at, Registration.id)
        .limit(most)
    )
    waiting = db.session.scalars(found).unique().all()
    teams = list(dict.fromkeys(registration.team for registration in waiting))
    return [(teams.index(registration.team) + 1, registration) for registration in waiting]


def history(batch_id: int, page: int) -> Page:
    """Every step of every registration, the last first."""
    found = (
        sa.select(RegistrationEvent)
        .join(Registration, Registration.id == RegistrationEvent.registration_id)
        .where(Registration.batch_id == batch_id)
        .options(
            joinedload(RegistrationEvent.registration).joinedload(Registration.person),
            joinedload(RegistrationEvent.registration).joinedload(Registration.cooperative),
        )
        .order_by(RegistrationEvent.id.desc())
    )
    return paginate(found, page)


def contacts(cooperative_ids: list[int], today: date) -> dict[int, Person]:
    """Per cooperative the officer to write to: with an e-mail, else with a phone, the first named."""
    found = (
        sa.select(Officer.cooperative_id, Person)
        .join(Person, Officer.person_id == Person.id)
        .where(
            Officer.cooperative_id.in_(cooperative_ids),
            in_office(today),
        )
        .order_by(Officer.id)
    )
    best: dict[int, Person] = {}
    for cooperative_id, person in db.session.execute(found):
        known = best.get(cooperative_id)
        worth = (bool(person.email), bool(person.phone))
        if any(worth) and (known is None or worth > (bool(known.email), bool(known.phone))):
            best[cooperative_id] = person
    return best


def door_duties(batch_id: int) -> list[DoorDuty]:
    found = sa.select(DoorDuty).where(DoorDuty.batch_id == batch_id)
    return list(db.session.scalars(found.options(joinedload(DoorDuty.user)).order_by(DoorDuty.id)))


def door_staff(office_id: int, today: date) -> list[User]:
    """Door officers of the office who may be given a day."""
    found = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.office_id == office_id,
            Membership.role == DOOR_ROLE,
            sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
            User.disabled_at.is_(None),
        )
        .order_by(User.name)
    )
    return list(db.session.scalars(found.distinct()))
