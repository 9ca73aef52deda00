"""Follow-ups and what became of them."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db
from kopdiklat.mentoring.assignment_queries import is_running
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit


def open_follow_ups(cooperative_id: int, but_of_visit: int | None = None) -> list[FollowUp]:
    """What is still to be done at a cooperative, the earliest due first."""
    found = (
        sa.select(FollowUp)
        .where(FollowUp.cooperative_id == cooperative_id, FollowUp.closed_on.is_(None))
        .order_by(FollowUp.due_on, FollowUp.id)
    )
    if but_of_visit is not None:
        found = found.where(sa.or_(FollowUp.visit_id.is_(None), FollowUp.visit_id != but_of_visit))
    return list(db.session.scalars(found))


def follow_ups_of_visit(visit_id: int) -> list[FollowUp]:
    found = sa.select(FollowUp).where(FollowUp.visit_id == visit_id).order_by(FollowUp.id)
    return list(db.session.scalars(found))


def follow_ups_by_id(ids: Iterable[int], cooperative_id: int) -> dict[int, FollowUp]:
    found = sa.select(FollowUp).where(
        FollowUp.id.in_(list(ids)), FollowUp.cooperative_id == cooperative_id
    )
    return {row.id: row for row in db.session.scalars(found)}


def due_until(mentor_id: int, today: date, last: date) -> list[FollowUp]:
    """Open follow-ups of a mentor's cooperatives that are late or due by a day."""
    mine = sa.select(MentoringAssignment.cooperative_id).where(
        MentoringAssignment.mentor_id == mentor_id, is_running(today)
    )
    found = (
        sa.select(FollowUp)
        .where(
            FollowUp.cooperative_id.in_(mine),
            FollowUp.closed_on.is_(None),
            FollowUp.due_on <= last,
        )
        .options(joinedload(FollowUp.cooperative))
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(30)
    )
    return list(db.session.scalars(found))


def follow_ups(
    where: sa.ColumnElement[bool],
    *,
    state: str = "open",
    today: date,
    search: str = "",
    mentor_id: int | None = None,
) -> sa.Select:
    """
    :param state: open, late, done or all
    :param mentor_id: only cooperatives that this mentor has today
    """
    found = (
        sa.select(FollowUp)
        .join(FollowUp.cooperative)
        .where(where)
        .options(
            joinedload(FollowUp.cooperative),
            joinedload(FollowUp.visit).joinedload(MentoringVisit.mentor),
        )
    )
    if state == "done":
        found = found.where(FollowUp.closed_on.is_not(None))
        found = found.order_by(FollowUp.closed_on.desc(), FollowUp.id.desc())
    else:
        if state in ("open", "late"):
            found = found.where(FollowUp.closed_on.is_(None))
        if state == "late":
            found = found.where(FollowUp.due_on < today)
        found = found.order_by(FollowUp.due_on, FollowUp.id)
    for word in search.split():
        pattern = f"%{word.replace('%', '').replace('_', '')}%"
        found = found.where(
            sa.or_(
                Cooperative.name.ilike(pattern),
                FollowUp.what.ilike(pattern),
                FollowUp.owner_name.ilike(pattern),
            )
        )
    if mentor_id is not None:
        mine = sa.select(MentoringAssignment.cooperative_id).where(
            MentoringAssignment.mentor_id == mentor_id, is_running(today)
        )
        found = found.where(FollowUp.cooperative_id.in_(mine))
    return found


def count_follow_ups(where: sa.ColumnElement[bool], today: date) -> dict[str, int]:
    """How many are open, late and done; one query."""
    is_open = FollowUp.closed_on.is_(None)
    row = db.session.execute(
        sa.select(
            sa.func.count(FollowUp.id).filter(is_open).label("open"),
            sa.func.count(FollowUp.id).filter(is_open, FollowUp.due_on < today).label("late"),
            sa.func.count(FollowUp.id).filter(~is_open).label("done"),
        ).where(where)
    ).one()
    return {"open": row.open, "late": row.late, "done": row.done}


def history_of(row) -> list[AuditEntry]:
    """What happened to one row, as the trail tells it, the first entry first."""
    found = (
        sa.select(AuditEntry)
        .where(AuditEntry.object_type == row.__tablename__, AuditEntry.object_id == row.id)
        .order_by(AuditEntry.id)
    )
    return list(db.session.scalars(found))
