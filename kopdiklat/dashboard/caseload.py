"""Who mentors whom, with the health of each: selects that join mentoring, health and the register."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.cooperatives.models import Cooperative, PastContact
from kopdiklat.core import clock
from kopdiklat.core.db import db
from kopdiklat.health.models import HealthAssessment
from kopdiklat.health.queries import is_current
from kopdiklat.mentoring.assignment_queries import is_running
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit

WORST_FIRST = ("under_special_supervision", "under_supervision", "fairly_healthy", "healthy")
NO_MENTORING = ("dissolving", "dissolved")


def health_of(cooperative_ids: Iterable[int]) -> dict[int, str]:
    """The status that counts now; one who was never assessed is not in it."""
    found = sa.select(HealthAssessment.cooperative_id, HealthAssessment.health_status).where(
        HealthAssessment.cooperative_id.in_(list(cooperative_ids)), is_current()
    )
    return {row.cooperative_id: row.health_status for row in db.session.execute(found)}


def month_of(today: date, zone: str) -> tuple[datetime, datetime]:
    """This month in that zone, as moments."""
    first = today.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    midnight = datetime.min.time()
    return clock.moment(first, midnight, zone), clock.moment(after, midnight, zone)


@dataclass(frozen=True)
class Load:
    """What one mentor carries today."""

    cooperatives: int
    visits: int
    planned: int
    open_follow_ups: int
    late_follow_ups: int


def loads(
    mentors: Iterable[User], today: date, month: tuple[datetime, datetime]
) -> dict[int, Load]:
    """By mentor: running assignments, visits held and still planned this month, follow-ups."""
    ids = [mentor.id for mentor in mentors]
    visit, assignment = MentoringVisit, MentoringAssignment
    held: dict[int, dict[str, int]] = {ident: {} for ident in ids}
    in_month = sa.and_(visit.starts_at >= month[0], visit.starts_at < month[1])
    for row in db.session.execute(
        sa.select(
            visit.mentor_id,
            sa.func.count(visit.id).filter(visit.state == "held", in_month).label("visits"),
            sa.func.count(visit.id).filter(visit.state == "planned", in_month).label("planned"),
        )
        .where(visit.mentor_id.in_(ids))
        .group_by(visit.mentor_id)
    ):
        held[row.mentor_id] |= {"visits": row.visits, "planned": row.planned}
    mine = (
        sa.select(assignment.mentor_id, assignment.cooperative_id)
        .where(assignment.mentor_id.in_(ids), is_running(today))
        .distinct()
        .subquery()
    )
    is_late = FollowUp.due_on < today
    for row in db.session.execute(
        sa.select(
            mine.c.mentor_id,
            sa.func.count(mine.c.cooperative_id.distinct()).label("cooperatives"),
            sa.func.count(FollowUp.id).label("open_follow_ups"),
            sa.func.count(FollowUp.id).filter(is_late).label("late_follow_ups"),
        )
        .select_from(mine)
        .outerjoin(
            FollowUp,
            sa.and_(FollowUp.cooperative_id == mine.c.cooperative_id, FollowUp.closed_on.is_(None)),
        )
        .group_by(mine.c.mentor_id)
    ):
        held[row.mentor_id] |= {
            "cooperatives": row.cooperatives,
            "open_follow_ups": row.open_follow_ups,
            "late_follow_ups": row.late_follow_ups,
        }
    names = ("cooperatives", "visits", "planned", "open_follow_ups", "late_follow_ups")
    return {ident: Load(*(found.get(n, 0) for n in names)) for ident, found in held.items()}


def _last_visit_columns():
    """When a cooperative was last visited: in Kopdiklat, and before it."""
    last_held = (
        sa.select(sa.func.max(MentoringVisit.starts_at))
        .where(MentoringVisit.cooperative_id == Cooperative.id, MentoringVisit.state == "held")
        .correlate(Cooperative)
        .scalar_subquery()
    )
    last_past = (
        sa.select(sa.func.max(PastContact.held_on))
        .where(PastContact.cooperative_id == Cooperative.id, PastContact.kind == "visit")
        .correlate(Cooperative)
        .scalar_subquery()
    )
    return (
        sa.type_coerce(last_held, MentoringVisit.starts_at.type).label("last_held_at"),
        last_past.label("last_past_on"),
    )


def last_visit_on(row, zone: str) -> date | None:
    """The later of the two columns of `_last_visit_columns`."""
    days = [row.last_past_on, row.last_held_at and clock.local_day(row.last_held_at, zone)]
    return max((day for day in days if day), default=None)


def _status_rank():
    ranks = {status: n for n, status in enumerate(WORST_FIRST)}
    return sa.case(ranks, value=HealthAssessment.health_status, else_=len(ranks))


def with_health(where: sa.ColumnElement[bool], first: sa.ColumnElement | None = None) -> sa.Select:
    """Cooperatives with status and last visit, the worst status first, never assessed last.

    :param first: orders before the status
    """
    order = (_status_rank(), HealthAssessment.score, Cooperative.name)
    return (
        sa.select(Cooperative, HealthAssessment.health_status, *_last_visit_columns())
        .outerjoin(
            HealthAssessment,
            sa.and_(HealthAssessment.cooperative_id == Cooperative.id, is_current()),
        )
        .where(where, Cooperative.activity_status.not_in(NO_MENTORING))
        .order_by(*(order if first is None else (first, *order)))
    )


def has_mentor(today: date) -> sa.ColumnElement[bool]:
    """True for a cooperative with a running assignment."""
    running = sa.select(MentoringAssignment.id).where(
        MentoringAssignment.cooperative_id == Cooperative.id, is_running(today)
    )
    return running.correlate(Cooperative).exists()


def named_like(search: str) -> sa.ColumnElement[bool]:
    """Each word stands in the name, kelurahan or kecamatan."""
    found: sa.ColumnElement[bool] = sa.true()
    for word in search.split():
        pattern = f"%{word.replace('%', '').replace('_', '')}%"
        found = sa.and_(
            found,
            sa.or_(
                Cooperative.name.ilike(pattern),
                Cooperative.village.ilike(pattern),
                Cooperative.district.ilike(pattern),
            ),
        )
    return found


def mentors_of(cooperative_ids: Iterable[int], today: date) -> dict[int, list[str]]:
    """Names of the mentors whom each cooperative has today."""
    found = (
        sa.select(MentoringAssignment.cooperative_id, User.name)
        .join(User, User.id == MentoringAssignment.mentor_id)
        .where(MentoringAssignment.cooperative_id.in_(list(cooperative_ids)), is_running(today))
        .order_by(User.name)
    )
    names: dict[int, list[str]] = {}
    for row in db.session.execute(found):
        names.setdefault(row.cooperative_id, []).append(row.name)
    return names


def caseload(mentor_id: int, today: date, now: datetime) -> sa.Select:
    """A mentor's cooperatives today, with health, last and next visit, and open follow-ups."""
    mine = sa.select(MentoringAssignment.cooperative_id).where(
        MentoringAssignment.mentor_id == mentor_id, is_running(today)
    )

    def follow_ups(*where):
        return (
            sa.select(sa.func.count(FollowUp.id))
            .where(FollowUp.cooperative_id == Cooperative.id, FollowUp.closed_on.is_(None), *where)
            .correlate(Cooperative)
            .scalar_subquery()
        )

    next_at = (
        sa.select(sa.func.min(MentoringVisit.starts_at))
        .where(
            MentoringVisit.cooperative_id == Cooperative.id,
            MentoringVisit.mentor_id == mentor_id,
            MentoringVisit.state == "planned",
            MentoringVisit.ends_at > now,
        )
        .correlate(Cooperative)
        .scalar_subquery()
    )
    return with_health(Cooperative.id.in_(mine)).add_columns(
        follow_ups().label("open_follow_ups"),
        follow_ups(FollowUp.due_on < today).label("late_follow_ups"),
        sa.type_coerce(next_at, MentoringVisit.starts_at.type).label("next_at"),
    )
