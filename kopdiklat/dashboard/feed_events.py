"""What a calendar feed holds: sessions and visits as events, each with how often it was changed.

Nothing of participants, no telephone, no free text about people: whoever has the address reads it.
How often and when is asked of the trail, which knows every change of a row, its batch and its course.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from kopdiklat import policy
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.calendar_files import Event
from kopdiklat.core.db import db
from kopdiklat.core.web import external_url
from kopdiklat.dashboard.calendar_scope import Narrowing, sessions_between, visits_between
from kopdiklat.mentoring.models import MentoringVisit
from kopdiklat.offices.models import Office
from kopdiklat.training.feeds import CalendarFeed
from kopdiklat.training.models import Batch, TrainingSession

KEPT = timedelta(days=90)  # what is over longer than that leaves the feed
OF_BATCHES = {"draft": "TENTATIVE", "cancelled": "CANCELLED"}
OF_VISITS = {"cancelled": "CANCELLED"}


def may_still_read(user, feed: CalendarFeed) -> bool:
    """Whether its owner may see today what it is about; not the one who may no longer sign in."""
    if not user.is_active or not policy.can(user, "calendar.see"):
        return False
    match feed.kind:
        case "batch":
            return policy.can(user, "batch.see", feed.batch)
        case "venue":
            return policy.can(user, "venue.see", feed.venue)
        case "office":
            return policy.can(user, "batch.see", db.session.get_one(Office, feed.office_id))
    return True


def events_of(user, feed: CalendarFeed, now: datetime) -> list[Event]:
    """Six selects at most, however many events."""
    begin = now - KEPT
    whole = {
        "person": Narrowing(mine=True),
        "venue": Narrowing(venue=feed.venue_id),
    }.get(feed.kind, Narrowing())
    only = []
    if feed.kind == "batch":
        only.append(Batch.id == feed.batch_id)
    elif feed.kind == "office":
        only.append(Batch.office_id == feed.office_id)
    sessions = sessions_between(user, begin, None, whole, *only)
    visits = visits_between(user, begin, None, whole) if feed.kind == "person" else []
    return [*_training(sessions), *_visits(visits)]


def _training(sessions: list[TrainingSession]) -> list[Event]:
    of_sessions = changes("training_sessions", (s.id for s in sessions))
    of_batches = changes("batches", (s.batch_id for s in sessions))
    of_courses = changes("courses", (s.batch.course_id for s in sessions))
    found = []
    for session in sessions:
        batch = session.batch
        trail = [
            of_sessions.get(session.id),
            of_batches.get(batch.id),
            of_courses.get(batch.course_id),
        ]
        sequence, changed_at = _sum(trail, batch.created_at)
        title = f"{session.topic} ({batch.title})"
        found.append(
            Event(
                uid=f"sesi-{session.id}.kantor-{batch.office_id}@kopdiklat",
                title=_("Rancangan: %(title)s", title=title) if batch.state == "draft" else title,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                time_zone=session.time_zone,
                changed_at=changed_at,
                place=", ".join(filter(None, (batch.venue, batch.venue_address))),
                description=_("Pemateri: %(name)s", name=session.trainer_name)
                if session.trainer_name
                else "",
                url=external_url("training.show_batch", batch_id=batch.id),
                status=OF_BATCHES.get(batch.state, "CONFIRMED"),
                sequence=sequence,
            )
        )
    return found


def _visits(visits: list[MentoringVisit]) -> list[Event]:
    of_visits = changes("mentoring_visits", (v.id for v in visits))
    of_cooperatives = changes("cooperatives", (v.cooperative_id for v in visits))
    found = []
    for visit in visits:
        trail = [of_visits.get(visit.id), of_cooperatives.get(visit.cooperative_id)]
        sequence, changed_at = _sum(trail, visit.created_at)
        cooperative = visit.cooperative
        found.append(
            Event(
                uid=f"kunjungan-{visit.id}.kantor-{visit.office_id}@kopdiklat",
                title=_("Kunjungan: %(name)s", name=cooperative.name),
                starts_at=visit.starts_at,
                ends_at=visit.ends_at,
                time_zone=visit.time_zone,
                changed_at=changed_at,
                place=", ".join(filter(None, (cooperative.village, cooperative.district))),
                url=external_url("mentoring.show_visit", visit_id=visit.id),
                status=OF_VISITS.get(visit.state, "CONFIRMED"),
                sequence=sequence,
            )
        )
    return found


def changes(table: str, ids: Iterable[int]) -> dict[int, tuple[int, datetime]]:
    """Row -> how often it was changed since it was made, and when it was made or last changed."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = (
        sa.select(
            AuditEntry.object_id,
            sa.func.count(AuditEntry.id).filter(AuditEntry.action == "update"),
            sa.type_coerce(sa.func.max(AuditEntry.at), AuditEntry.at.type),
        )
        .where(AuditEntry.object_type == table, AuditEntry.object_id.in_(wanted))
        .group_by(AuditEntry.object_id)
    )
    return {ident: (count, at) for ident, count, at in db.session.execute(found)}


def _sum(trail: list[tuple[int, datetime] | None], made_at: datetime) -> tuple[int, datetime]:
    known = [entry for entry in trail if entry]
    return sum(count for count, _at in known), max([made_at, *(at for _count, at in known)])
