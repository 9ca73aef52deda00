"""Who changed what, when: one entry per changed row, written in the transaction of the change.

What happens without changing an audited row (a sign-in, a list that leaves) is noted with `note`.
What an entry tells of a value follows the class of its column (core/data_classes.py). A row that is
itself never changed (`__append_only__`) is its own record: its entry holds no values.
Entries are append-only; triggers on both databases refuse UPDATE and DELETE.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column
from sqlalchemy.orm.attributes import History

from kopdiklat.core.clock import utc_now
from kopdiklat.core.data_classes import may_be_told
from kopdiklat.core.db import JSON, UTC, Model, db, one_of

MASK = "•••"
CHANGES = ("insert", "update", "delete")
EVENTS = (
    "sign_in",
    "sign_in_failed",
    "second_factor",
    "second_factor_failed",
    "sign_out",
    "export",
)


@dataclass(frozen=True)
class Actor:
    """Who acts: a user of a request, a job or a command."""

    user_id: int | None = None
    label: str = "sistem"
    request_id: str | None = None
    reason: str | None = None
    office_id: int | None = None  # of entries about rows that belong to no office by themselves


_actor: ContextVar[Actor] = ContextVar("actor", default=Actor())


class AuditEntry(Model):
    __tablename__ = "audit_entries"
    __audited__ = False
    __table_args__ = (
        one_of("action", CHANGES + EVENTS),
        sa.Index("ix_audit_entries_object", "object_type", "object_id"),
        sa.Index("ix_audit_entries_office_at", "office_id", "at"),
        sa.Index("ix_audit_entries_request", "request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTC)
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(sa.String(120))
    office_id: Mapped[int | None]
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    action: Mapped[str] = mapped_column(sa.String(20))
    object_type: Mapped[str] = mapped_column(sa.String(60))
    object_id: Mapped[int]
    before: Mapped[dict | None] = mapped_column(JSON)
    after: Mapped[dict | None] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(sa.String(300))


def act_as(actor: Actor) -> None:
    """Say who acts from here on in this context (the start of a request or a command)."""
    _actor.set(actor)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


@contextmanager
def acting_with(**changes: Any) -> Iterator[None]:
    """As now, but for these facts of the actor."""
    with acting(replace(_actor.get(), **changes)):
        yield


@contextmanager
def because(reason: str | None) -> Iterator[None]:
    """Write this reason into every entry of the block."""
    with acting_with(reason=reason):
        yield


def note(action: str, row: Any, told: dict | None = None) -> None:
    """Write down one of EVENTS: it happened to this row, which has no entry of its own for it.

    :param told: of its columns, those that say more of what happened
    """
    db.session.add(AuditEntry(**_entry(row, action, None, told)))


def unaudited(**info) -> dict:
    """Column info for bookkeeping: alone it is no change that anybody made."""
    return {"audited": False, **info}


def is_audited(model: type[Model]) -> bool:
    return getattr(model, "__audited__", True)


def is_append_only(model: type[Model]) -> bool:
    return getattr(model, "__append_only__", False)


def audited_columns(model: type[Model]) -> list[sa.Column]:
    return [column for _key, column in _columns(sa.inspect(model))]


def shown(column: sa.Column, value: Any) -> Any:
    """What the trail tells of a value, ready for JSON: itself, MASK, or None where there is none."""
    if value is None:
        return None
    return _plain(value) if may_be_told(column) else MASK


def facts(row: Any) -> dict[str, Any]:
    """What the trail tells of a whole row: column name -> value, without those that are empty."""
    return {
        column.name: shown(column, value)
        for key, column in _columns(row.__mapper__)
        if (value := getattr(row, key)) is not None
    }


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case Enum():
            return value.value
        case bytes():
            return MASK
        case _:
            return value


def _entry(row: Any, action: str, before: dict | None, after: dict | None) -> dict:
    actor = _actor.get()
    return {
        "at": utc_now(),
        "actor_id": actor.user_id,
        "actor": actor.label,
        "office_id": getattr(row, "office_id", None) or actor.office_id,
        "request_id": actor.request_id,
        "action": action,
        "object_type": row.__tablename__,
        "object_id": sa.inspect(row).identity[0] if sa.inspect(row).identity else row.id,
        "before": before,
        "after": after,
        "reason": actor.reason,
    }


@cache
def _columns(mapper: Mapper) -> tuple[tuple[str, sa.Column], ...]:
    columns = [(prop.key, prop.columns[0]) for prop in mapper.column_attrs]
    return tuple(
        (key, column)
        for key, column in columns
        if isinstance(column, sa.Column) and column.info.get("audited", True)
    )


def _changes(session: Session, row: Any) -> tuple[dict, dict]:
    old: dict[sa.Column, Any] = {}
    new: dict[sa.Column, Any] = {}
    state = sa.inspect(row)
    for key, column in _columns(row.__mapper__):
        history: History = state.attrs[key].history
        if not history.has_changes():
            continue
        new[column] = history.added[0] if history.added else None
        if history.deleted:
            old[column] = history.deleted[0]
    unread = [column for column in new if column not in old]  # set without being read first
    if unread:
        table = type(row).__table__
        found = session.connection().execute(sa.select(*unread).where(table.c.id == row.id)).one()
        old |= dict(zip(unread, found))
    changed = [column for column in new if old[column] != new[column]]
    return (
        {column.name: shown(column, old[column]) for column in changed},
        {column.name: shown(column, new[column]) for column in changed},
    )


def _told(row: Any) -> dict | None:
    return None if is_append_only(type(row)) else facts(row)


_NEW_ENTRY = sa.insert(AuditEntry)


@event.listens_for(Session, "before_flush")
def _note_old_values(session, flush_context, instances):
    entries = session.info.setdefault("audit", [])
    for row in session.dirty:
        if is_audited(type(row)) and session.is_modified(row):
            before, after = _changes(session, row)
            if after:
                entries.append(_entry(row, "update", before, after))
    for row in session.deleted:
        if is_audited(type(row)):
            entries.append(_entry(row, "delete", _told(row), None))
    session.info["audit_new"] = [row for row in session.new if is_audited(type(row))]


@event.listens_for(Session, "after_flush")
def _write_entries(session, flush_context):
    entries = session.info.pop("audit", [])
    entries += [
        _entry(row, "insert", None, _told(row)) for row in session.info.pop("audit_new", [])
    ]
    if entries:
        session.connection().execute(_NEW_ENTRY, entries)


@event.listens_for(Session, "after_rollback")
def _forget_entries(session):
    session.info.pop("audit", None)
    session.info.pop("audit_new", None)
