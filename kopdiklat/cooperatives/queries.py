"""Cooperatives and their people."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.cooperatives import rules
from kopdiklat.cooperatives.models import POSITIONS, Cooperative, Officer, PastContact
from kopdiklat.core.db import db
from kopdiklat.core.text import match_key


def find_by_number(cooperative_number: str) -> Cooperative | None:
    return db.session.scalar(
        sa.select(Cooperative).where(Cooperative.cooperative_number == cooperative_number)
    )


def alike(office_id: int, name: str, *, besides: int | None = None) -> list[Cooperative]:
    """Cooperatives of the office whose name is nearly this one, the nearest first, at most five."""
    keys = sa.select(Cooperative.id, Cooperative.name_key).where(Cooperative.office_id == office_id)
    if besides:
        keys = keys.where(Cooperative.id != besides)
    ids = rules.alike(match_key(name), db.session.execute(keys).all())[:5]
    if not ids:
        return []
    found = db.session.scalars(sa.select(Cooperative).where(Cooperative.id.in_(ids)))
    return sorted(found, key=lambda cooperative: ids.index(cooperative.id))


def in_office(day: date | sa.BindParameter[date]) -> sa.ColumnElement[bool]:
    """rules.is_in_office, as a condition on Officer."""
    begun = Officer.starts_on.is_(None) | (Officer.starts_on <= day)
    return begun & (Officer.ends_on.is_(None) | (Officer.ends_on >= day))


_SERVING = (  # built once, for every page of an invitation asks it
    sa.select(Officer)
    .where(
        Officer.cooperative_id == sa.bindparam("cooperative_id"),
        in_office(sa.bindparam("day", type_=sa.Date())),
    )
    .options(joinedload(Officer.person))
    .order_by(Officer.id)
)


def officers_of(cooperative_id: int, today: date) -> list[Officer]:
    """By rank of the position; those who are not in office today come last."""
    found = db.session.scalars(
        sa.select(Officer)
        .where(Officer.cooperative_id == cooperative_id)
        .options(joinedload(Officer.person))
    )
    return sorted(
        found,
        key=lambda o: (
            not rules.is_in_office(o.starts_on, o.ends_on, today),
            POSITIONS.index(o.position),
            o.person.full_name,
        ),
    )


def serving_officers(cooperative_id: int, today: date) -> list[Officer]:
    """Who is in office today, with their persons; who holds two positions stands twice."""
    of = {"cooperative_id": cooperative_id, "day": today}
    return list(db.session.scalars(_SERVING, of))


def places_of_people(office_ids: Collection[int], cooperative_id: int | None = None) -> sa.Select:
    """(cooperative_id, person_id, position): who is an officer where, and whom it sent before.

    Registrations stand a floor above, so that table is only named.
    """
    columns = ("cooperative_id", "person_id", "position")
    sent = sa.table("registrations", *map(sa.column, columns))
    places = sa.union(
        sa.select(Officer.cooperative_id, Officer.person_id, Officer.position),
        sa.select(*(sent.c[name] for name in columns)),
    ).subquery()
    found = (
        sa.select(places)
        .join(Cooperative, Cooperative.id == places.c.cooperative_id)
        .where(Cooperative.office_id.in_(office_ids))
        .order_by(places.c.person_id)
    )
    return found if cooperative_id is None else found.where(Cooperative.id == cooperative_id)


def past_contacts_of(cooperative_id: int) -> list[PastContact]:
    found = (
        sa.select(PastContact)
        .where(PastContact.cooperative_id == cooperative_id)
        .order_by(PastContact.held_on.desc(), PastContact.id.desc())
    )
    return list(db.session.scalars(found))
