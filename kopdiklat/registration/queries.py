"""Seats and queues, by name. What decides is read under the lock of the batch."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from kopdiklat.cooperatives.models import Cooperative, Officer, Person
from kopdiklat.cooperatives.queries import serving_officers
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import halls, rules
from kopdiklat.registration.models import (
    STANDS,
    ChangeRequest,
    Invitation,
    Registration,
    RegistrationEvent,
    SeatOffer,
)
from kopdiklat.training.clashes import Busy, Clash, Planned, together
from kopdiklat.training.models import Batch, TrainingSession
from kopdiklat.training.queries import as_busy, busy_select

# What every registration asks is built once: building a statement costs more than running it.
_BATCH = Registration.batch_id == sa.bindparam("batch_id")
# For what a better index finds: a planner that has not yet counted a batch which opened a minute ago
# takes the index of the batch, and reads all of it for every form. It has no index of a sum.
_IN_BATCH = Registration.batch_id + 0 == sa.bindparam("batch_id")
_OF_COOPERATIVE = sa.and_(
    _IN_BATCH, Registration.cooperative_id == sa.bindparam("cooperative_id"), STANDS
)
_COUNT_OF_COOPERATIVE = sa.select(sa.func.count(Registration.id)).where(_OF_COOPERATIVE)
_ACTIVE_OF_COOPERATIVE = (
    sa.select(Registration)
    .where(_OF_COOPERATIVE)
    .options(joinedload(Registration.person))
    .order_by(Registration.id)
)
_TEAM = (
    sa.select(Registration)
    .where(_IN_BATCH, Registration.team == sa.bindparam("team"))
    .order_by(Registration.id)
)
_TEAM_WITH_PERSONS = _TEAM.options(joinedload(Registration.person))
_OF_PERSONS = (
    sa.select(Registration)
    .where(
        _IN_BATCH, Registration.person_id.in_(sa.bindparam("person_ids", expanding=True)), STANDS
    )
    .order_by(Registration.id)
)
_INVITATION = (
    sa.select(Invitation)
    .where(Invitation.token_hash == sa.bindparam("token_hash"))
    .options(
        joinedload(Invitation.batch).joinedload(Batch.course),
        joinedload(Invitation.batch).joinedload(Batch.office),
        joinedload(Invitation.cooperative),
    )
)
_REGISTRATION = (
    sa.select(Registration)
    .where(Registration.ticket_hash == sa.bindparam("ticket_hash"))
    .options(
        joinedload(Registration.batch).joinedload(Batch.course),
        joinedload(Registration.batch).joinedload(Batch.office),
        joinedload(Registration.cooperative),
        joinedload(Registration.person),
        joinedload(Registration.invitation),
    )
)
_EVENTS = (
    sa.select(RegistrationEvent)
    .where(RegistrationEvent.registration_id == sa.bindparam("registration_id"))
    .order_by(RegistrationEvent.id)
)


def _before() -> sa.Select:
    """Teams that stand before one of this priority and moment, whose first row has this id."""
    priority: sa.BindParameter[int] = sa.bindparam("priority")
    queued_at: sa.BindParameter[datetime] = sa.bindparam("queued_at")
    own_first = (
        sa.select(sa.func.min(Registration.id))
        .where(
            _IN_BATCH, Registration.team == sa.bindparam("team"), Registration.state == "waitlisted"
        )
        .scalar_subquery()
    )
    as_early = sa.and_(Registration.queued_at == queued_at, Registration.id < own_first)
    earlier = sa.or_(Registration.queued_at < queued_at, as_early)
    return sa.select(sa.func.count(Registration.team.distinct())).where(
        _BATCH,
        Registration.state == "waitlisted",
        sa.or_(
            Registration.priority > priority, sa.and_(Registration.priority == priority, earlier)
        ),
    )


_BEFORE = _before()


def count_registered_people(batch_id: int, cooperative_id: int) -> int:
    """People of a cooperative in this batch, waiting ones too."""
    of = {"batch_id": batch_id, "cooperative_id": cooperative_id}
    return db.session.scalar(_COUNT_OF_COOPERATIVE, of) or 0


def waiting(batch_id: int) -> list[Registration]:
    """Every person in the queue."""
    found = sa.select(Registration).where(
        Registration.batch_id == batch_id, Registration.state == "waitlisted"
    )
    return list(db.session.scalars(found.order_by(Registration.id)))


def count_waiting_people(batch_id: int) -> int:
    """Persons in the queue, every one of each team."""
    return halls.count_by_state(batch_id).get("waitlisted", 0)


def highest_priority(batch_id: int) -> int:
    """How far the foremost of those who were put first stands before the others."""
    found = sa.select(sa.func.max(Registration.priority)).where(Registration.batch_id == batch_id)
    return db.session.scalar(found) or 0


def position_in_queue(registration: Registration) -> int:
    """Where its team stands, from 1; 0 when it does not wait.

    A team was queued in one moment and is put first whole, so whoever stands before one of it
    stands before all of it.
    """
    if registration.state != "waitlisted":
        return 0
    place = {
        "batch_id": registration.batch_id,
        "team": registration.team,
        "priority": registration.priority,
        "queued_at": registration.queued_at,
    }
    return (db.session.scalar(_BEFORE, place) or 0) + 1


def begins_at(batch_id: int) -> datetime | None:
    """When the first training session begins."""
    first = sa.select(TrainingSession.starts_at).where(TrainingSession.batch_id == batch_id)
    return db.session.scalar(first.order_by(TrainingSession.starts_at).limit(1))


def team(batch_id: int, name: str) -> list[Registration]:
    """All registrations that one form made, ended ones too."""
    return list(db.session.scalars(_TEAM, {"batch_id": batch_id, "team": name}))


def substitute_of(registration_id: int) -> Registration | None:
    """Who took the seat of this registration."""
    found = sa.select(Registration).where(Registration.replaces_id == registration_id)
    return db.session.scalar(found.options(joinedload(Registration.person)))


def registrations_of_persons(batch_id: int, person_ids: list[int]) -> list[Registration]:
    """The active registrations of these persons in a batch."""
    of = {"batch_id": batch_id, "person_ids": person_ids}
    return list(db.session.scalars(_OF_PERSONS, of))


def active_registrations(batch_id: int, cooperative_id: int) -> list[Registration]:
    """A cooperative's people in a batch, with their persons."""
    of = {"batch_id": batch_id, "cooperative_id": cooperative_id}
    return list(db.session.scalars(_ACTIVE_OF_COOPERATIVE, of))


def find_invitation(token_hash: str) -> Invitation | None:
    """The invitation of a link, with what its page prints; the timetable is read when it is asked."""
    return db.session.scalar(_INVITATION, {"token_hash": token_hash})


def find_registration(ticket_hash: str) -> Registration | None:
    """The registration of a ticket, with what its page prints; the timetable is read when asked."""
    return db.session.scalar(_REGISTRATION, {"ticket_hash": ticket_hash})


def invitation_of(batch_id: int, cooperative_id: int) -> Invitation | None:
    """The standing invitation of a cooperative to a batch."""
    return db.session.scalar(
        sa.select(Invitation).where(
            Invitation.batch_id == batch_id,
            Invitation.cooperative_id == cooperative_id,
            Invitation.cancelled_at.is_(None),
        )
    )


def invitation_message_keys(batch_id: int) -> list[str]:
    """The names of the messages that took the invitations of a batch out, and of their reminders."""
    found = sa.select(Invitation).where(Invitation.batch_id == batch_id)
    things = [invitation.message_key for invitation in db.session.scalars(found)]
    sent = sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.thing.in_(things))
    return list(db.session.scalars(sent))


def current_officers(cooperative_id: int, today: date) -> list[Officer]:
    """Who holds a position in the cooperative today: each person once, by the first on file."""
    once: dict[int, Officer] = {}
    for officer in serving_officers(cooperative_id, today):
        once.setdefault(officer.person_id, officer)
    return list(once.values())


def free_officers(registration: Registration, today: date) -> list[Officer]:
    """Officers of its cooperative who are not in its batch yet."""
    active = active_registrations(registration.batch_id, registration.cooperative_id)
    there = {r.person_id for r in active}
    officers = current_officers(registration.cooperative_id, today)
    return [officer for officer in officers if officer.person_id not in there]


def batches_to_look_at() -> list[int]:
    """Batches in which somebody waits, has an offer to answer or asks for a change."""
    waiting = sa.select(Registration.batch_id).where(Registration.state == "waitlisted")
    offered = sa.select(SeatOffer.batch_id).where(SeatOffer.ended_at.is_(None))
    asked = sa.select(ChangeRequest.batch_id).where(ChangeRequest.state == "open")
    return sorted(set(db.session.scalars(waiting.union(offered, asked))))


def open_offer(batch_id: int, name: str) -> SeatOffer | None:
    """The offer that a team may answer."""
    return db.session.scalar(
        sa.select(SeatOffer).where(
            SeatOffer.batch_id == batch_id, SeatOffer.team == name, SeatOffer.ended_at.is_(None)
        )
    )


def open_offers(batch_id: int) -> list[SeatOffer]:
    """The offers of a batch that nobody answered yet, the oldest first."""
    found = sa.select(SeatOffer).where(SeatOffer.batch_id == batch_id, SeatOffer.ended_at.is_(None))
    return list(db.session.scalars(found.order_by(SeatOffer.id)))


def cooperative_of(cooperative_id: int, office_id: int) -> Cooperative | None:
    """A cooperative of this office."""
    return db.session.scalar(
        sa.select(Cooperative).where(
            Cooperative.id == cooperative_id, Cooperative.office_id == office_id
        )
    )


def last_seated_at(batch_id: int) -> datetime | None:
    """When the last seat went."""
    steps = (
        sa.select(RegistrationEvent.at)
        .join(Registration, Registration.id == RegistrationEvent.registration_id)
        .where(Registration.batch_id == batch_id, RegistrationEvent.state == "confirmed")
        .order_by(RegistrationEvent.at.desc())
        .limit(1)
    )
    return db.session.scalar(steps)


def other_invitations(invitation: Invitation, now: datetime) -> list[tuple[Invitation, int]]:
    """Other batches to which this cooperative is invited and that have seats: with how many."""
    found = (
        sa.select(Invitation)
        .join(Batch, Invitation.batch_id == Batch.id)
        .where(
            Invitation.cooperative_id == invitation.cooperative_id,
            Invitation.id != invitation.id,
            Invitation.cancelled_at.is_(None),
            Batch.state == "published",
            Batch.registration_opens_at <= now,
            Batch.registration_closes_at > now,
        )
        .options(
            joinedload(Invitation.batch).joinedload(Batch.course),
            joinedload(Invitation.batch).selectinload(Batch.training_sessions),
        )
        .order_by(Batch.registration_closes_at)
        .limit(3)
    )
    open_ones = [
        (i, i.batch.seats - halls.count_used_seats(i.batch_id, now))
        for i in db.session.scalars(found)
    ]
    return [(i, free) for i, free in open_ones if free > 0]


def team_with_persons(batch_id: int, name: str) -> list[Registration]:
    """All registrations of one form, with their persons."""
    return list(db.session.scalars(_TEAM_WITH_PERSONS, {"batch_id": batch_id, "team": name}))


def last_event(registration_id: int) -> RegistrationEvent | None:
    return db.session.scalar(
        sa.select(RegistrationEvent)
        .where(RegistrationEvent.registration_id == registration_id)
        .order_by(RegistrationEvent.id.desc())
        .limit(1)
    )


def events_of(registration_id: int) -> list[RegistrationEvent]:
    """Every step of one registration, the first first."""
    return list(db.session.scalars(_EVENTS, {"registration_id": registration_id}))


_MARKS = sa.table("attendances", sa.column("registration_id"))


def present_in(registration_ids: Collection[int]) -> set[int]:
    """Those of these registrations for which presence was noted; that table stands a floor above,
    so it is only named."""
    found = sa.select(_MARKS.c.registration_id)
    return set(db.session.scalars(found.where(_MARKS.c.registration_id.in_(registration_ids))))


def present_in_batch(batch_id: int) -> set[int]:
    """The registrations of a batch for which presence was noted."""
    found = sa.select(_MARKS.c.registration_id).join(
        Registration, Registration.id == _MARKS.c.registration_id
    )
    return set(db.session.scalars(found.where(Registration.batch_id == batch_id)))


def has_presence(registration_id: int) -> bool:
    """Whether presence was noted for it."""
    return bool(present_in([registration_id]))


def find_cooperatives(office_id: int, text: str, most: int = 20) -> list[Cooperative]:
    """Cooperatives of an office by a fragment of their name or number."""
    like = f"%{text.replace('%', '')}%"
    found = (
        sa.select(Cooperative)
        .where(
            Cooperative.office_id == office_id,
            sa.or_(Cooperative.name.ilike(like), Cooperative.cooperative_number.like(like)),
        )
        .order_by(Cooperative.name)
        .limit(most)
    )
    return list(db.session.scalars(found))


def participants_elsewhere(batch_id: int, planned: Sequence[Planned]) -> list[Clash]:
    """Who of this batch is registered in another one at the same time, told once per day."""
    if not planned:
        return []
    mine, theirs = aliased(Registration), aliased(Registration)
    found = (
        sa.select(theirs.batch_id, Person.full_name)
        .join(mine, sa.and_(mine.person_id == theirs.person_id, mine.batch_id == batch_id))
        .join(Person, Person.id == theirs.person_id)
        .where(
            theirs.batch_id != batch_id,
            theirs.state.in_(rules.ACTIVE),
            mine.state.in_(rules.ACTIVE),
        )
        .order_by(Person.full_name, theirs.id)
    )
    names: dict[int, list[str]] = {}
    for other_id, name in db.session.execute(found):
        names.setdefault(other_id, []).append(name)
    if not names:
        return []
    sessions = db.session.scalars(
        busy_select(planned)
        .where(TrainingSession.batch_id.in_(names))
        .options(joinedload(TrainingSession.trainer))
    )
    busy: dict[int, list[Busy]] = {}
    for session in sessions:
        busy.setdefault(session.batch_id, []).append(as_busy(session))
    return [
        clash
        for other_id, there in busy.items()
        for clash in together("participants", planned, there, tuple(names[other_id]))
    ]
