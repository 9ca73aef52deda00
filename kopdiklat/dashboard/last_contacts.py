"""When a cooperative was last trained or visited, as conditions and columns of its select."""

from datetime import date, datetime, time

import sqlalchemy as sa

from kopdiklat.attendance.models import Attendance
from kopdiklat.cooperatives.models import Cooperative, PastContact
from kopdiklat.core import clock
from kopdiklat.mentoring.models import MentoringVisit
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import TrainingSession


def last_done(kind: str, since: str, today: date, zone: str) -> sa.ColumnElement[bool]:
    """Last trained or visited within, or longer ago than, a number of months; or never.

    :param kind: training or visit
    :param since: one of register_filters.SINCES
    """
    done = {"training": _present_since, "visit": _visited_since}[kind]

    def done_since(day: date | None):
        moment = clock.moment(day, time(), zone) if day else None
        return sa.or_(done(moment), _past_contact_since(kind, day))

    ever = done_since(None)
    match since:
        case "never":
            return ~ever
        case "3m":
            return done_since(clock.months_before(today, 3))
        case "12m":
            return done_since(clock.months_before(today, 12))
        case "over12m":
            return sa.and_(ever, ~done_since(clock.months_before(today, 12)))
        case _:
            return sa.and_(ever, ~done_since(clock.months_before(today, 24)))


def _present_since(moment: datetime | None) -> sa.ColumnElement[bool]:
    """Somebody of it was present in a training session since then; None asks "ever?"."""
    present = (
        sa.select(Attendance.id)
        .join(Registration, Attendance.registration_id == Registration.id)
        .join(TrainingSession, Attendance.training_session_id == TrainingSession.id)
        .where(Registration.cooperative_id == Cooperative.id, Attendance.state == "present")
    )
    if moment:
        present = present.where(TrainingSession.starts_at >= moment)
    return present.exists()


def _visited_since(moment: datetime | None) -> sa.ColumnElement[bool]:
    visited = sa.select(MentoringVisit.id).where(
        MentoringVisit.cooperative_id == Cooperative.id, MentoringVisit.state == "held"
    )
    if moment:
        visited = visited.where(MentoringVisit.starts_at >= moment)
    return visited.exists()


def _past_contact_since(kind: str, day: date | None) -> sa.ColumnElement[bool]:
    contact = sa.select(PastContact.id).where(
        PastContact.cooperative_id == Cooperative.id, PastContact.kind == kind
    )
    return (contact.where(PastContact.held_on >= day) if day else contact).exists()


def last_session_at() -> sa.ScalarSelect:
    """The last training session in which somebody of the cooperative was present."""
    return (
        sa.select(sa.func.max(TrainingSession.starts_at))
        .join(Attendance, Attendance.training_session_id == TrainingSession.id)
        .join(Registration, Attendance.registration_id == Registration.id)
        .where(Registration.cooperative_id == Cooperative.id, Attendance.state == "present")
        .correlate(Cooperative)
        .scalar_subquery()
    )


def last_visit_at() -> sa.ScalarSelect:
    return (
        sa.select(sa.func.max(MentoringVisit.starts_at))
        .where(MentoringVisit.cooperative_id == Cooperative.id, MentoringVisit.state == "held")
        .correlate(Cooperative)
        .scalar_subquery()
    )


def last_past_contact_on(kind: str) -> sa.ScalarSelect:
    return (
        sa.select(sa.func.max(PastContact.held_on))
        .where(PastContact.cooperative_id == Cooperative.id, PastContact.kind == kind)
        .correlate(Cooperative)
        .scalar_subquery()
    )
