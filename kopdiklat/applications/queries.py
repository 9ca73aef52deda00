"""Applications, by name, and what the coordinator compares them with."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kopdiklat.applications import rules
from kopdiklat.applications.models import Application, ApplicationPerson
from kopdiklat.cooperatives import queries as cooperatives
from kopdiklat.cooperatives.models import Cooperative, Person
from kopdiklat.core.db import UTC, db
from kopdiklat.core.text import match_key
from kopdiklat.registration import rules as seats
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch, Programme


def open_batch(batch_id: int) -> Batch | None:
    """A published batch of a programme that takes those who were not invited, with what it prints."""
    return db.session.scalar(
        sa.select(Batch)
        .join(Programme)
        .where(
            Batch.id == batch_id,
            Batch.state.in_(("published", "closed")),
            Programme.open_registration,
        )
        .options(
            joinedload(Batch.course),
            joinedload(Batch.office),
            joinedload(Batch.programme),
            selectinload(Batch.training_sessions),
        )
    )


def by_token(token_hash: str) -> Application | None:
    """An application with everything that its page prints."""
    return db.session.scalar(
        sa.select(Application)
        .where(Application.token_hash == token_hash)
        .options(
            joinedload(Application.batch).joinedload(Batch.course),
            joinedload(Application.batch).joinedload(Batch.office),
            joinedload(Application.batch).selectinload(Batch.training_sessions),
            selectinload(Application.people).joinedload(ApplicationPerson.registration),
        )
    )


def with_batch(application_id: int) -> Application | None:
    """An application with everything that the coordinator's page prints of it."""
    return db.session.scalar(
        sa.select(Application)
        .where(Application.id == application_id)
        .options(
            joinedload(Application.cooperative),
            joinedload(Application.batch).joinedload(Batch.course),
            joinedload(Application.batch).joinedload(Batch.office),
            selectinload(Application.people).joinedload(ApplicationPerson.registration),
        )
    )


def by_team(team: str) -> Application | None:
    return db.session.scalar(sa.select(Application).where(Application.team == team))


def standing_of(batch_id: int, phone: str) -> list[Application]:
    """What this contact has asked for in this batch and was not turned down."""
    found = (
        sa.select(Application)
        .where(
            Application.batch_id == batch_id,
            Application.contact_phone == phone,
            Application.state.in_(rules.STANDING),
        )
        .options(selectinload(Application.people))
        .order_by(Application.id)
    )
    return list(db.session.scalars(found))


def applications_select(batch_id: int, state: str = "") -> sa.Select:
    """Those that wait first, the oldest of them on top; then what was decided last."""
    found = (
        sa.select(Application)
        .where(Application.batch_id == batch_id)
        .options(selectinload(Application.people))
        .order_by(
            Application.state != "open",
            sa.case((Application.state == "open", Application.id), else_=-Application.id),
        )
    )
    return found.where(Application.state == state) if state in rules.TRANSITIONS else found


def count_by_state(batch_id: int) -> dict[str, int]:
    found = (
        sa.select(Application.state, sa.func.count(Application.id))
        .where(Application.batch_id == batch_id)
        .group_by(Application.state)
    )
    return dict(db.session.execute(found).all())


def waiting_columns() -> tuple[sa.ColumnElement[int], sa.ColumnElement[datetime]]:
    """How many wait for a decision, and since when: columns to add to a select of Batch."""
    open_ones = (Application.batch_id == Batch.id, Application.state == "open")
    count = sa.select(sa.func.count(Application.id)).where(*open_ones).scalar_subquery()
    since = sa.select(sa.func.min(Application.created_at)).where(*open_ones).scalar_subquery()
    return count, sa.type_coerce(since, UTC)


# -- whom it may be --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A cooperative of the register that an application may mean, and why.

    :param reason: number, name (the same one), alike (a near name)
    """

    cooperative: Cooperative
    reason: str
    same_district: bool
    invited: bool
    registered: int


def candidates(application: Application) -> list[Candidate]:
    """The likeliest first, at most six. Four queries, however many."""
    found: dict[int, tuple[Cooperative, str]] = {}
    if application.cooperative_number:
        known = cooperatives.find_by_number(application.cooperative_number)
        if known and known.office_id == application.office_id:
            found[known.id] = known, "number"
    key = match_key(application.cooperative_name)
    for one in cooperatives.alike(application.office_id, application.cooperative_name):
        found.setdefault(one.id, (one, "name" if one.name_key == key else "alike"))
    invited, registered = _in_batch(application.batch_id, list(found))
    near = [
        Candidate(
            one,
            reason,
            match_key(one.district or "") == match_key(application.district),
            one.id in invited,
            registered.get(one.id, 0),
        )
        for one, reason in found.values()
    ]
    order = ("number", "name", "alike")
    return sorted(near, key=lambda c: (order.index(c.reason), not c.same_district))[:6]


def _in_batch(batch_id: int, ids: list[int]) -> tuple[set[int], dict[int, int]]:
    """Which of these cooperatives are invited, and how many people each has in the batch."""
    invited = sa.select(Invitation.cooperative_id).where(
        Invitation.batch_id == batch_id,
        Invitation.cooperative_id.in_(ids),
        Invitation.cancelled_at.is_(None),
    )
    seated = (
        sa.select(Registration.cooperative_id, sa.func.count(Registration.id))
        .where(
            Registration.batch_id == batch_id,
            Registration.cooperative_id.in_(ids),
            Registration.state.in_(seats.ACTIVE),
        )
        .group_by(Registration.cooperative_id)
    )
    return set(db.session.scalars(invited)), dict(db.session.execute(seated).all())


@dataclass(frozen=True)
class Doubles:
    """What an application may repeat: people who are in the batch, applications that say the same."""

    people: list[Registration]
    applications: list[Application]


def doubles(application: Application) -> Doubles:
    """By phone or by name, in the same batch.

    No database folds a name as `match_key` does: of each only what is compared is read, and whole
    only what is the same.
    """
    phones = {person.phone for person in application.people if person.phone}
    names = {match_key(person.full_name) for person in application.people}
    there = db.session.execute(
        sa.select(Registration.id, Person.full_name, Person.phone)
        .join(Person, Registration.person_id == Person.id)
        .where(
            Registration.batch_id == application.batch_id,
            Registration.state.in_(seats.ACTIVE),
            Registration.team != application.team,
        )
    )
    ids = [row.id for row in there if row.phone in phones or match_key(row.full_name) in names]
    known = (
        sa.select(Registration)
        .where(Registration.id.in_(ids))
        .options(joinedload(Registration.person), joinedload(Registration.cooperative))
        .order_by(Registration.id)
    )
    others = db.session.execute(
        sa.select(Application.id, Application.cooperative_name, Application.contact_phone).where(
            Application.batch_id == application.batch_id,
            Application.id != application.id,
            Application.state.in_(rules.STANDING),
        )
    )
    key, phone = match_key(application.cooperative_name), application.contact_phone
    same = [
        row.id
        for row in others
        if row.contact_phone == phone or match_key(row.cooperative_name) == key
    ]
    repeated = sa.select(Application).where(Application.id.in_(same)).order_by(Application.id)
    return Doubles(
        list(db.session.scalars(known)) if ids else [],
        list(db.session.scalars(repeated)) if same else [],
    )
