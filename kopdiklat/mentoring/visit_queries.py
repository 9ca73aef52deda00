"""Visits with their notes and photos, and the figures that a mentor's day needs."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from kopdiklat.cooperatives.models import PastContact
from kopdiklat.core import clock
from kopdiklat.core.db import db
from kopdiklat.mentoring.models import FollowUp, MentoringVisit, VisitNote, VisitPhoto

# A local day is at most this far from the same day in UTC.
ZONE_REACH = timedelta(hours=36)


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


def planned_days(mentor_id: int, cooperative_id: int) -> list[date]:
    """Days of the visits of a mentor to a cooperative that are planned and not held."""
    found = sa.select(MentoringVisit).where(
        MentoringVisit.mentor_id == mentor_id,
        MentoringVisit.cooperative_id == cooperative_id,
        MentoringVisit.state == "planned",
    )
    return [visit.day for visit in db.session.scalars(found)]


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
