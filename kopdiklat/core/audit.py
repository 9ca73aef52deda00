"""Who changed what, when: one entry per changed row, written in the transaction of the change.

What happens without changing an audited row (a sign-in, one that failed) is noted with `note`.
Entries are append-only; triggers on both databases refuse UPDATE and DELETE.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column
from sqlalchemy.orm.attributes import History

from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import JSON, UTC, Model, db, one_of

MASK = "•••"
CHANGES = ("insert", "update", "delete")
EVENTS = ("sign_in", "sign_in_failed", "second_factor", "second_factor_failed", "sign_out")


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


def note(action: str, row: Any) -> None:
    """Write down one of EVENTS: it happened to this row, whose columns tell nothing of it."""
    db.session.add(AuditEntry(**_entry(row, action, None, None)))


def personal(level: str, **info) -> dict:
    """Column info for personal data, K1 (public) to K4 (specific); K3 and K4 never enter the trail."""
    return {"personal": level, **info}


def unaudited(**info) -> dict:
    """Column info for bookkeeping: alone it is no change that anybody made."""
    return {"audited": False, **info}


def _is_audited(row: Any) -> bool:
    return getattr(type(row), "__audited__", True)


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Enum():
            return value.value
        case bytes():
            return MASK
        case _:
            return value


def _shown(column: sa.Column, value: Any) -> Any:
    if value is None:
        return None
    return MASK if column.info.get("personal") in ("K3", "K4") else _plain(value)


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
    before, after = {}, {}
    unread = []
    state = sa.inspect(row)
    for key, column in _columns(row.__mapper__):
        history: History = state.attrs[key].history
        if not history.has_changes():
            continue
        after[column.name] = _shown(column, history.added[0] if history.added else None)
        if history.deleted:
            before[column.name] = _shown(column, history.deleted[0])
        else:
            unread.append(column)  # was set without being read first
    if unread:
        table = type(row).__table__
        old = session.connection().execute(sa.select(*unread).where(table.c.id == row.id)).one()
        before |= {column.name: _shown(column, value) for column, value in zip(unread, old)}
    same = [name for name in after if before[name] == after[name] and after[name] != MASK]
    return (
        {name: value for name, value in before.items() if name not in same},
        {name: value for name, value in after.items() if name not in same},
    )


def _whole(row: Any) -> dict:
    return {
        column.name: _shown(column, value)
        for key, column in _columns(row.__mapper__)
        if (value := getattr(row, key)) is not None
    }


@event.listens_for(Session, "before_flush")
def _note_old_values(session, flush_context, instances):
    entries = session.info.setdefault("audit", [])
    for row in session.dirty:
        if _is_audited(row) and session.is_modified(row):
            before, after = _changes(session, row)
            if after:
                entries.append(_entry(row, "update", before, after))
    for row in session.deleted:
        if _is_audited(row):
            entries.append(_entry(row, "delete", _whole(row), None))
    session.info["audit_new"] = [row for row in session.new if _is_audited(row)]


@event.listens_for(Session, "after_flush")
def _write_entries(session, flush_context):
    entries = session.info.pop("audit", [])
    entries += [
        _entry(row, "insert", None, _whole(row)) for row in session.info.pop("audit_new", [])
    ]
    if entries:
        session.connection().execute(sa.insert(AuditEntry), entries)


@event.listens_for(Session, "after_rollback")
def _forget_entries(session):
    session.info.pop("audit", None)
    session.info.pop("audit_new", None)
