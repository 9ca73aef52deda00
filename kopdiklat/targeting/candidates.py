"""The cooperatives of an office as candidates of one batch: everything about each, in one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from operator import itemgetter

import sqlalchemy as sa

from kopdiklat.attendance.models import Attendance
from kopdiklat.cooperatives.models import Cooperative, Officer, PastContact, Person
from kopdiklat.cooperatives.queries import in_office
from kopdiklat.core import clock
from kopdiklat.core.db import db
from kopdiklat.core.text import match_key
from kopdiklat.health.models import HealthAssessment
from kopdiklat.health.queries import current_id
from kopdiklat.mentoring.models import FollowUp, MentoringVisit
from kopdiklat.registration import rules
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.targeting.facets import OFFERED, Candidate
from kopdiklat.targeting.ranking import Standing, ranks
from kopdiklat.training.models import Batch, TrainingSession

ID, SCORE, ACTIVITY = (Candidate._fields.index(n) for n in ("id", "score", "activity_status"))
MOMENTS = slice(
    Candidate._fields.index("attended_on"), Candidate._fields.index("last_invited_on") + 1
)
standing_of = itemgetter(*(Candidate._fields.index(name) for name in Standing._fields))
CLOSED_DOWN = ("dissolving", "dissolved")


@dataclass(frozen=True)
class Register:
    """The office's cooperatives as candidates of one batch.

    :param left_out: how many are not offered because they are closed or closing
    :param records_since: the year in which the records of training begin: before it nobody knows
    """

    candidates: list[Candidate]
    left_out: int
    records_since: int | None


def register_of(batch: Batch, now: datetime, today: date) -> Register:
    """Every cooperative of the office that is not being closed, ranked within its status.

    Took part: somebody was present, or an earlier training is on record. The ranks are those among
    the cooperatives that are offered, so one that is not active has none.
    """
    activities = _activities(batch.office_id)
    same_course = same_course_activities(batch.course.name, activities)
    found = _select(batch, same_course, now, today)
    rows = db.session.connection().execute(found).all()  # plain tuples: they are thousands
    places = ranks(standing_of(row) for row in rows if row[ACTIVITY] in OFFERED)
    day_of = _LocalDays(clock.ZONES[batch.time_zone])
    candidates = [
        _candidate(tuple(row), places.get(row[ID], (0, 0)), day_of)
        for row in rows
        if row[ACTIVITY] not in CLOSED_DOWN
    ]
    since = min(activities.values(), default=None)
    return Register(candidates, len(rows) - len(candidates), since.year if since else None)


def _activities(office_id: int) -> dict[str, date]:
    """How the office's earlier trainings are called, and when each was first held."""
    found = (
        sa.select(PastContact.activity, sa.func.min(PastContact.held_on))
        .where(PastContact.office_id == office_id, PastContact.kind == "training")
        .group_by(PastContact.activity)
    )
    return dict(db.session.execute(found).all())


def same_course_activities(course: str, activities: Iterable[str]) -> list[str]:
    """Those that carry the whole name of the course, as in `Bimtek <course> 2023`."""
    key = f" {match_key(course)} "
    return [activity for activity in activities if key in f" {match_key(activity)} "]


def _select(batch: Batch, same_course: list[str], now: datetime, today: date) -> sa.Select:
    of_office = sa.select(Cooperative.id).where(Cooperative.office_id == batch.office_id)

    def grouped(owner, *columns: sa.Label):
        """One row per cooperative of the office; conditions and joins follow."""
        found = sa.select(owner.label("owner"), *columns).select_from(owner.class_)
        return found.where(owner.in_(of_office)).group_by(owner)

    past = grouped(
        PastContact.cooperative_id,
        sa.func.max(_if(PastContact.kind == "training", PastContact.held_on)).label("training_on"),
        sa.func.max(
            _if(
                sa.and_(
                    PastContact.kind == "training",
                    PastContact.activity.in_(same_course),
                ),
                PastContact.held_on,
            )
        ).label("course_on"),
        sa.func.max(_if(PastContact.kind == "visit", PastContact.held_on)).label("visit_on"),
    ).subquery("past")
    present = (
        grouped(
            Registration.cooperative_id,
            sa.func.max(TrainingSession.starts_at).label("training_at"),
            sa.func.max(_if(Batch.course_id == batch.course_id, TrainingSession.starts_at)).label(
                "course_at"
            ),
        )
        .join(Attendance, Attendance.registration_id == Registration.id)
        .join(TrainingSession, TrainingSession.id == Attendance.training_session_id)
        .join(Batch, Batch.id == TrainingSession.batch_id)
        .where(Attendance.state == "present")
        .subquery("present")
    )
    visits = (
        grouped(
            MentoringVisit.cooperative_id,
            sa.func.max(MentoringVisit.starts_at).label("visit_at"),
        )
        .where(MentoringVisit.state == "held")
        .subquery("visits")
    )
    invited = (
        grouped(
            Invitation.cooperative_id,
            sa.func.max(_if(Invitation.batch_id != batch.id, Invitation.created_at)).label(
                "invited_at"
            ),
            sa.func.max(_if(Invitation.batch_id == batch.id, 1)).label("here"),
        )
        .where(Invitation.cancelled_at.is_(None))
        .subquery("invited")
    )
    follow_ups = (
        grouped(FollowUp.cooperative_id, sa.func.count().label("open"))
        .where(FollowUp.closed_on.is_(None))
        .subquery("follow_ups")
    )
    reachable = (
        grouped(Officer.cooperative_id)
        .join(Person, Officer.person_id == Person.id)
        .where(in_office(today), Person.phone.is_not(None))
        .subquery("reachable")
    )
    coming = _coming(batch, now)
    found = sa.select(  # in the order of Candidate
        Cooperative.id,
        Cooperative.name,
        Cooperative.cooperative_number,
        Cooperative.village,
        Cooperative.district,
        Cooperative.cooperative_type,
        Cooperative.activity_status,
        HealthAssessment.id,
        HealthAssessment.health_status,
        HealthAssessment.score,
        HealthAssessment.position_on,
        past.c.training_on,
        past.c.course_on,
        past.c.visit_on,
        _moment(present.c.training_at),
        _moment(present.c.course_at),
        _moment(visits.c.visit_at),
        _moment(invited.c.invited_at),
        sa.func.coalesce(follow_ups.c.open, 0),
        invited.c.here.is_not(None),
        coming.c.owner.is_not(None),
        sa.or_(reachable.c.owner.is_not(None), Cooperative.phone.is_not(None)),
    )
    found = found.select_from(Cooperative).outerjoin(
        HealthAssessment, HealthAssessment.id == current_id(Cooperative.id)
    )
    for part in (past, present, visits, invited, follow_ups, reachable, coming):
        found = found.outerjoin(part, part.c.owner == Cooperative.id)
    return found.where(Cooperative.office_id == batch.office_id)


def _moment(column):
    """As the driver gives it, without our own type: `_day` reads it."""
    return sa.type_coerce(column, sa.DateTime(timezone=True))


def _if(condition, value):
    return sa.case((condition, value))


def _coming(batch: Batch, now: datetime):
    """Who is registered in another batch of this course that is not over."""
    others = (
        sa.select(TrainingSession.batch_id)
        .join(Batch, Batch.id == TrainingSession.batch_id)
        .where(
            Batch.office_id == batch.office_id,
            Batch.course_id == batch.course_id,
            Batch.id != batch.id,
            Batch.state != "cancelled",
            TrainingSession.ends_at > now,
        )
    )
    return (
        sa.select(Registration.cooperative_id.label("owner"))
        .where(Registration.batch_id.in_(others), Registration.state.in_(rules.ACTIVE))
        .distinct()
        .subquery("coming")
    )


class _LocalDays(dict[datetime | None, date | None]):
    """Moment -> the day on the clock of the batch that is filled, each worked out once."""

    def __init__(self, zone: tzinfo):
        super().__init__({None: None})
        self.zone = zone

    def __missing__(self, moment: datetime) -> date:
        """What comes without a zone is UTC, as SQLite keeps it."""
        at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        self[moment] = day = at.astimezone(self.zone).date()
        return day


def _candidate(row: tuple, place: tuple[int, int], day_of: _LocalDays) -> Candidate:
    rank, of = place
    days = tuple([day_of[at] for at in row[MOMENTS]])
    more = (rank if row[SCORE] is not None else 0, of)
    return Candidate._make(row[: MOMENTS.start] + days + row[MOMENTS.stop :] + more)
