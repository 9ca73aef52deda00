"""Assignments, visits and follow-ups, with the figures that a mentor's day needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from kopdiklat.accounts.models import Membership, User
from kopdiklat.cooperatives.models import Cooperative, Officer, PastContact
from kopdiklat.core import clock
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db
from kopdiklat.mentoring.models import (
    FollowUp,
    MentoringAssignment,
    MentoringVisit,
    VisitNote,
    VisitPhoto,
)
from kopdiklat.mentoring.rules import Period
from kopdiklat.offices.models import Office

# A local day is at most this far from the same day in UTC.
ZONE_REACH = timedelta(hours=36)


# -- people -----------------------------------------------------------------------------------------


def at_offices(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """A condition on Membership: held at an office for which this condition is true."""
    return Membership.office_id.in_(sa.select(Office.id).where(condition))


def mentors(offices: sa.ColumnElement[bool], today: date) -> list[User]:
    """Everyone who mentors in these offices today, by name.

    :param offices: a condition on Membership
    """
    found = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.role == "mentor",
            offices,
            sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
            User.disabled_at.is_(None),
        )
        .order_by(User.name)
        .distinct()
    )
    return list(db.session.scalars(found))


def find_mentor(mentor_id: int, offices: sa.ColumnElement[bool]) -> User | None:
    """A mentor of these offices, also one whose time there is over."""
    found = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(User.id == mentor_id, Membership.role == "mentor", offices)
    )
    return db.session.scalars(found).unique().first()


def officers_of(cooperative_id: int, today: date) -> list[Officer]:
    """Who may be met: officers whose term is not over."""
    found = (
        sa.select(Officer)
        .where(
            Officer.cooperative_id == cooperative_id,
            sa.or_(Officer.ends_on.is_(None), Officer.ends_on >= today),
        )
        .options(joinedload(Officer.person))
        .order_by(Officer.id)
    )
    return list(db.session.scalars(found))


def officers_by_cooperative(cooperative_ids: Iterable[int]) -> dict[int, list[Officer]]:
    found = (
        sa.select(Officer)
        .where(Officer.cooperative_id.in_(list(cooperative_ids)))
        .options(joinedload(Officer.person))
    )
    held: dict[int, list[Officer]] = {}
    for officer in db.session.scalars(found):
        held.setdefault(officer.cooperative_id, []).append(officer)
    return held


# -- assignments ------------------------------------------------------------------------------------


def is_running(day: date) -> sa.ColumnElement[bool]:
    """True for an assignment that covers this day."""
    return sa.and_(
        MentoringAssignment.starts_on <= day,
        sa.or_(MentoringAssignment.ends_on.is_(None), MentoringAssignment.ends_on >= day),
    )


def periods(mentor_id: int, cooperative_ids: Iterable[int]) -> dict[int, list[Period]]:
    """This mentor's periods by cooperative, ended ones too."""
    found = sa.select(
        MentoringAssignment.cooperative_id,
        MentoringAssignment.starts_on,
        MentoringAssignment.ends_on,
    ).where(
        MentoringAssignment.mentor_id == mentor_id,
        MentoringAssignment.cooperative_id.in_(list(cooperative_ids)),
    )
    held: dict[int, list[Period]] = {}
    for row in db.session.execute(found):
        held.setdefault(row.cooperative_id, []).append(Period(row.starts_on, row.ends_on))
    return held


def assignments_of_mentor(mentor_id: int, where: sa.ColumnElement[bool]) -> list:
    found = (
        sa.select(MentoringAssignment)
        .where(MentoringAssignment.mentor_id == mentor_id, where)
        .options(joinedload(MentoringAssignment.cooperative))
        .order_by(MentoringAssignment.starts_on.desc(), MentoringAssignment.id)
    )
    return list(db.session.scalars(found))


def assigned_cooperatives(mentor_id: int, day: date) -> list[Cooperative]:
    """The cooperatives that a mentor may visit on this day, by name."""
    found = (
        sa.select(Cooperative)
        .join(MentoringAssignment, MentoringAssignment.cooperative_id == Cooperative.id)
        .where(MentoringAssignment.mentor_id == mentor_id, is_running(day))
        .order_by(Cooperative.name)
        .distinct()
    )
    return list(db.session.scalars(found))


# -- visits -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlannedVisit:
    """A visit with what the mentor wants to know before knocking."""

    visit: MentoringVisit
    ordinal: int
    open_follow_ups: int
    late_follow_ups: int
    next_due_on: date | None
    last_visit_on: date | None
    note: VisitNote | None


def with_context(visits: sa.Select, today: date) -> sa.Select:
    """Add to a select of MentoringVisit which visit it is and what is open at the cooperative."""
    earlier = aliased(MentoringVisit, name="earlier")
    here = earlier.cooperative_id == MentoringVisit.cooperative_id
    until = sa.or_(
        earlier.starts_at < MentoringVisit.starts_at,
        sa.and_(earlier.starts_at == MentoringVisit.starts_at, earlier.id <= MentoringVisit.id),
    )
    ordinal = (
        sa.select(sa.func.count(earlier.id))
        .where(here, until, earlier.state != "cancelled")
        .correlate(MentoringVisit)
        .scalar_subquery()
    )
    past = (
        sa.select(sa.func.count(PastContact.id))
        .where(
            PastContact.cooperative_id == MentoringVisit.cooperative_id,
            PastContact.kind == "visit",
        )
        .correlate(MentoringVisit)
        .scalar_subquery()
    )
    last_past = (
        sa.select(sa.func.max(PastContact.held_on))
        .where(
            PastContact.cooperative_id == MentoringVisit.cooperative_id,
            PastContact.kind == "visit",
        )
        .correlate(MentoringVisit)
        .scalar_subquery()
    )
    last_held = (
        sa.select(sa.func.max(earlier.starts_at))
        .where(
            here,
            earlier.state == "held",
            earlier.id != MentoringVisit.id,
            earlier.starts_at <= MentoringVisit.starts_at,
        )
        .correlate(MentoringVisit)
        .scalar_subquery()
    )

    def open_ones(column, *where):
        return (
            sa.select(column)
            .where(
                FollowUp.cooperative_id == MentoringVisit.cooperative_id,
                FollowUp.closed_on.is_(None),
                *where,
            )
            .correlate(MentoringVisit)
            .scalar_subquery()
        )

    count = sa.func.count(FollowUp.id)
    return visits.add_columns(
        (ordinal + past).label("ordinal"),
        open_ones(count).label("open_follow_ups"),
        open_ones(count, FollowUp.due_on < today).label("late_follow_ups"),
        open_ones(sa.func.min(FollowUp.due_on)).label("next_due_on"),
        last_past.label("last_past_on"),
        sa.type_coerce(last_held, MentoringVisit.starts_at.type).label("last_held_at"),
    ).options(joinedload(MentoringVisit.cooperative), selectinload(MentoringVisit.notes))


def read_planned(select: sa.Select) -> list[PlannedVisit]:
    """Run a select made by `with_context`."""
    rows = db.session.execute(select)
    return [_planned(row) for row in rows]


def _planned(row) -> PlannedVisit:
    visit = row.MentoringVisit
    held_on = row.last_held_at and clock.local_day(row.last_held_at, visit.time_zone)
    days = [day for day in (held_on, row.last_past_on) if day]
    return PlannedVisit(
        visit=visit,
        ordinal=row.ordinal,
        open_follow_ups=row.open_follow_ups,
        late_follow_ups=row.late_follow_ups,
        next_due_on=row.next_due_on,
        last_visit_on=max(days, default=None),
        note=visit.notes[-1] if visit.notes else None,
    )


def visits_around(mentor_id: int, now: datetime) -> sa.Select:
    """A mentor's visits that may be today in some zone; `visit.day` decides."""
    return (
        sa.select(MentoringVisit)
        .where(
            MentoringVisit.mentor_id == mentor_id,
            MentoringVisit.state != "cancelled",
            MentoringVisit.starts_at.between(now - ZONE_REACH, now + ZONE_REACH),
        )
        .order_by(MentoringVisit.starts_at, MentoringVisit.id)
    )


def unwritten_visits(mentor_id: int, now: datetime) -> list[MentoringVisit]:
    """Planned visits whose time is over and that have no note, the oldest first."""
    found = (
        sa.select(MentoringVisit)
        .where(
            MentoringVisit.mentor_id == mentor_id,
            MentoringVisit.state == "planned",
            MentoringVisit.ends_at < now,
        )
        .options(joinedload(MentoringVisit.cooperative))
        .order_by(MentoringVisit.starts_at)
        .limit(20)
    )
    return list(db.session.scalars(found))


def next_visit(mentor_id: int, now: datetime) -> MentoringVisit | None:
    found = (
        sa.select(MentoringVisit)
        .where(
            MentoringVisit.mentor_id == mentor_id,
            MentoringVisit.state == "planned",
            MentoringVisit.starts_at > now,
        )
        .options(joinedload(MentoringVisit.cooperative))
        .order_by(MentoringVisit.starts_at)
        .limit(1)
    )
    return db.session.scalar(found)


def upcoming_visits(where: sa.ColumnElement[bool]) -> sa.Select:
    return (
        sa.select(MentoringVisit)
        .where(where, MentoringVisit.state == "planned")
        .options(joinedload(MentoringVisit.cooperative), joinedload(MentoringVisit.mentor))
        .order_by(MentoringVisit.starts_at, MentoringVisit.id)
    )


def done_visits(where: sa.ColumnElement[bool]) -> sa.Select:
    """Held and cancelled ones, the last first."""
    return (
        sa.select(MentoringVisit)
        .where(where, MentoringVisit.state != "planned")
        .options(
            joinedload(MentoringVisit.cooperative),
            joinedload(MentoringVisit.mentor),
            selectinload(MentoringVisit.notes),
        )
        .order_by(MentoringVisit.starts_at.desc(), MentoringVisit.id.desc())
    )


def visits_between(
    mentor_id: int, starts_at: datetime, ends_at: datetime, but: int | None = None
) -> list[MentoringVisit]:
    """Other visits of a mentor that touch this time."""
    found = (
        sa.select(MentoringVisit)
        .where(
            MentoringVisit.mentor_id == mentor_id,
            MentoringVisit.state != "cancelled",
            MentoringVisit.starts_at < ends_at,
            MentoringVisit.ends_at > starts_at,
            MentoringVisit.id != (but or 0),
        )
        .options(joinedload(MentoringVisit.cooperative))
    )
    return list(db.session.scalars(found))


# -- notes ------------------------------------------------------------------------------------------


def notes_of(visit_id: int) -> list[VisitNote]:
    """Every version, the first one first."""
    found = (
        sa.select(VisitNote)
        .where(VisitNote.visit_id == visit_id)
        .options(
            joinedload(VisitNote.written_by),
            selectinload(VisitNote.photos).joinedload(VisitPhoto.file),
        )
        .order_by(VisitNote.version)
    )
    return list(db.session.scalars(found))


def find_note(note_uuid: str) -> VisitNote | None:
    return db.session.scalar(sa.select(VisitNote).where(VisitNote.note_uuid == note_uuid))


def find_photo(photo_id: int) -> VisitPhoto | None:
    return db.session.scalar(
        sa.select(VisitPhoto)
        .where(VisitPhoto.id == photo_id)
        .options(joinedload(VisitPhoto.note), joinedload(VisitPhoto.file))
    )


# -- follow-ups -------------------------------------------------------------------------------------


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
