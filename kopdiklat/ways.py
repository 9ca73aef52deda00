"""The ways in: how a person comes to be allowed. Read beside kopdiklat/policy.py, whose table uses them.

Each is a question about one row and the same question as an SQL condition, so that a list holds
the rows that a single check would pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

import sqlalchemy as sa

from kopdiklat.core import clock
from kopdiklat.core.db import db


@dataclass(frozen=True)
class Way:
    """One way to be allowed.

    :param holds: (user, thing) -> bool; thing None asks "anything at all?"
    :param where: (user, model) -> SQL condition that is true for the same rows
    """

    name: str
    holds: Callable[[Any, Any], bool]
    where: Callable[[Any, Any], sa.ColumnElement[bool]]


def offices_as(user, role: str) -> set[int]:
    """Offices where the person holds this role today."""
    return {m.office_id for m in user.current_memberships if m.role == role}


def _holds(user, role: str) -> bool:
    return any(m.role == role for m in user.current_memberships)


def _one_of(column: Any, ids: set) -> sa.ColumnElement[bool]:
    """`column IN (ids)`; plainly false without a column or without ids."""
    return column.in_(ids) if column is not None and ids else sa.false()


def _cooperative_id(thing: Any) -> int | None:
    return (
        thing.id
        if thing.__tablename__ == "cooperatives"
        else getattr(thing, "cooperative_id", None)
    )


def _cooperative_column(model: Any):
    return (
        model.id
        if model.__tablename__ == "cooperatives"
        else getattr(model, "cooperative_id", None)
    )


def at_its_office(role: str) -> Way:
    """The role, held at the office that the thing belongs to."""

    def holds(user, thing):
        offices = offices_as(user, role)
        if thing is None or not offices:
            return bool(offices)
        if thing.__tablename__ == "users":  # a person belongs to each office that gave a role
            return not offices.isdisjoint(thing.office_ids)
        return thing.office_id in offices

    def where(user, model):
        column = getattr(model, "office_id", None)
        if model.__tablename__ == "offices":
            column = model.id
        if model.__tablename__ == "users":
            held = sa.table("memberships", sa.column("user_id"), sa.column("office_id"))
            at = sa.select(held.c.user_id).where(held.c.office_id.in_(offices_as(user, role)))
            return model.id.in_(at)
        return _one_of(column, offices_as(user, role))

    return Way(f"{role} of its office", holds, where)


def _offices_below(user) -> set[int]:
    """Offices under those where the user is head; read once per request."""
    if not hasattr(user, "_offices_below"):
        heads = offices_as(user, "head")
        user._offices_below = set()
        if heads:
            offices = sa.table("offices", sa.column("id"), sa.column("parent_id"))
            found = sa.select(offices.c.id).where(offices.c.parent_id.in_(heads))
            user._offices_below = set(db.session.scalars(found))
    return user._offices_below


def _head_above_holds(user, thing):
    below = _offices_below(user)
    return bool(below) if thing is None else thing.office_id in below


def _head_above_where(user, model):
    column = model.id if model.__tablename__ == "offices" else getattr(model, "office_id", None)
    return _one_of(column, _offices_below(user))


HEAD_ABOVE = Way("head of the office above", _head_above_holds, _head_above_where)


def _mentored(user) -> set[int]:
    """Cooperatives assigned to this mentor today; read once per request."""
    if not hasattr(user, "_mentored"):
        user._mentored = set()
        if _holds(user, "mentor"):
            a = sa.table(
                "mentoring_assignments",
                *map(sa.column, ("mentor_id", "cooperative_id", "starts_on", "ends_on")),
            )
            found = sa.select(a.c.cooperative_id).where(
                a.c.mentor_id == user.id,
                a.c.starts_on <= user.today,
                sa.or_(a.c.ends_on.is_(None), a.c.ends_on >= user.today),
            )
            user._mentored = set(db.session.scalars(found))
    return user._mentored


def _its_mentor_holds(user, thing):
    if thing is None or not _holds(user, "mentor"):
        return _holds(user, "mentor")
    if hasattr(thing, "mentor_id"):
        return thing.mentor_id == user.id
    return _cooperative_id(thing) in _mentored(user)


def _its_mentor_where(user, model):
    if not _holds(user, "mentor"):
        return sa.false()
    if hasattr(model, "mentor_id"):
        return model.mentor_id == user.id
    column = _cooperative_column(model)
    return _one_of(column, _mentored(user))


ITS_MENTOR = Way("its mentor", _its_mentor_holds, _its_mentor_where)


def _managed(user) -> set[int]:
    return {m.cooperative_id for m in user.current_memberships if m.role == "manager"}


def _its_manager_holds(user, thing):
    managed = _managed(user)
    return bool(managed) if thing is None else _cooperative_id(thing) in managed


def _its_manager_where(user, model):
    column = _cooperative_column(model)
    return _one_of(column, _managed(user))


ITS_MANAGER = Way("manager of its cooperative", _its_manager_holds, _its_manager_where)


def _duties(user) -> set[tuple[int, Any]]:
    """(batch, day) pairs given to this door officer; read once per request."""
    if not hasattr(user, "_duties"):
        user._duties = set()
        if _holds(user, "door_staff"):
            duties = sa.table(
                "door_duties",
                sa.column("batch_id"),
                sa.column("user_id"),
                sa.column("duty_on", sa.Date),
            )
            found = sa.select(duties.c.batch_id, duties.c.duty_on)
            # Until the day after: what is left to tidy up is tidied up then.
            current = duties.c.duty_on >= user.today - timedelta(days=1)
            rows = db.session.execute(found.where(duties.c.user_id == user.id, current))
            user._duties = {(row.batch_id, row.duty_on) for row in rows}
    return user._duties


def _door_duty_holds(user, thing):
    if thing is None:
        return _holds(user, "door_staff")
    batch_id = thing.id if thing.__tablename__ == "batches" else getattr(thing, "batch_id", None)
    day = getattr(thing, "day", None)  # a training session has its day; a batch or seat has none
    return any(b == batch_id and day in (None, on) for b, on in _duties(user))


def _door_duty_where(user, model):
    if hasattr(model, "day"):  # a training session; its day is that of its own clock
        days = (
            sa.and_(
                model.batch_id == batch_id,
                model.time_zone == zone,
                model.starts_at >= clock.moment(on, time(), zone),
                model.starts_at < clock.moment(on + timedelta(days=1), time(), zone),
            )
            for batch_id, on in _duties(user)
            for zone in clock.ZONES
        )
        return sa.or_(sa.false(), *days)
    batches = {batch_id for batch_id, _ in _duties(user)}
    column = model.id if model.__tablename__ == "batches" else getattr(model, "batch_id", None)
    return _one_of(column, batches)


ON_DOOR_DUTY = Way("on door duty there", _door_duty_holds, _door_duty_where)


def _is_self_holds(user, thing):
    return user.is_authenticated and (
        thing is None or getattr(thing, "user_id", thing.id) == user.id
    )


SIGNED_IN = Way("signed in", lambda user, thing: user.is_authenticated, lambda u, m: sa.true())
ANYONE = Way("anyone", lambda user, thing: True, lambda u, m: sa.true())
ITSELF = Way("the person itself", _is_self_holds, lambda u, m: m.user_id == u.id)
PLATFORM_ADMIN = Way(
    "platform admin",
    lambda user, thing: _holds(user, "platform_admin"),
    lambda user, model: sa.true() if _holds(user, "platform_admin") else sa.false(),
)
OFFICE_ADMIN = at_its_office("office_admin")
COORDINATOR = at_its_office("coordinator")
ASSESSOR = at_its_office("assessor")
HEAD = at_its_office("head")
AUDITOR = at_its_office("auditor")
