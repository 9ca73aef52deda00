"""The register as a list: what is filtered, sorted and counted over several rooms."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from kopdiklat import policy
from kopdiklat.cooperatives.models import (
    Cooperative,
)
from kopdiklat.core import clock
from kopdiklat.core.db import db
from kopdiklat.core.paging import PER_PAGE, Page
from kopdiklat.core.text import match_key
from kopdiklat.dashboard.last_contacts import (
    last_done,
    last_past_contact_on,
    last_session_at,
    last_visit_at,
)
from kopdiklat.dashboard.register_filters import NONE, Filters, Sorting, read_meeting
from kopdiklat.health.models import HEALTH_STATUSES, AnnualMeeting, HealthAssessment
from kopdiklat.health.queries import current_id
from kopdiklat.health.rules import is_meeting_due
from kopdiklat.mentoring.models import FollowUp

PUNCTUATION = " ./-,_"


@dataclass(frozen=True)
class Listed:
    """One line of the list."""

    cooperative: Cooperative
    health_status: str | None
    score: Decimal | None
    position_on: date | None
    meeting_held_on: date | None
    meeting_reported_on: date | None
    is_meeting_due: bool
    open_follow_ups: int
    last_training_on: date | None
    last_visit_on: date | None


@dataclass(frozen=True)
class Register:
    """The register as one person may see it on one day.

    :param day: today in the office's civil time
    :param fiscal_year: whose members' meeting stands in the list
    """

    user: object
    day: date
    zone: str
    fiscal_year: int

    @cached_property
    def _held(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            AnnualMeeting.cooperative_id == Cooperative.id,
            AnnualMeeting.fiscal_year == self.fiscal_year,
        )

    # -- selects ---------------------------------------------------------------------------------

    def rows(self, filters: Filters, sort: Sorting) -> sa.Select:
        """One row per cooperative: itself and what the list shows of the other rooms."""
        columns = {
            "health_status": HealthAssessment.health_status,
            "score": HealthAssessment.score,
            "position_on": HealthAssessment.position_on,
            "meeting_held_on": AnnualMeeting.held_on,
            "meeting_reported_on": AnnualMeeting.reported_on,
            "open_follow_ups": _count(FollowUp, FollowUp.closed_on.is_(None)),
            "last_session_at": last_session_at(),
            "last_past_training_on": last_past_contact_on("training"),
            "last_visit_at": last_visit_at(),
            "last_past_visit_on": last_past_contact_on("visit"),
        }
        select = self._joined(
            sa.select(Cooperative, *(c.label(name) for name, c in columns.items()))
        )
        return select.where(*self.conditions(filters).values()).order_by(*_order(sort, columns))

    def page(self, filters: Filters, sort: Sorting, number: int, total: int) -> Page:
        """One page of the list. `total` is known from `counts`, so it is not counted again."""
        number = min(max(1, number), max(1, -(-total // PER_PAGE)))
        select = self.rows(filters, sort).limit(PER_PAGE)
        found = db.session.execute(select.offset((number - 1) * PER_PAGE))
        return Page([self.listed(row) for row in found], number, total)

    def every(self, filters: Filters, sort: Sorting) -> list[Listed]:
        found = db.session.execute(self.rows(filters, sort))
        return [self.listed(row) for row in found]

    def listed(self, row: sa.Row) -> Listed:
        return Listed(
            row.Cooperative,
            row.health_status,
            row.score,
            row.position_on,
            row.meeting_held_on,
            row.meeting_reported_on,
            is_meeting_due(self.fiscal_year, row.Cooperative.legal_date),
            row.open_follow_ups,
            self._latest(row.last_session_at, row.last_past_training_on),
            self._latest(row.last_visit_at, row.last_past_visit_on),
        )

    def _latest(self, moment: datetime | None, day: date | None) -> date | None:
        days = [day] if day else []
        if moment:
            days.append(clock.local_day(moment, self.zone))
        return max(days, default=None)

    def counts(self, filters: Filters) -> dict[str, int]:
        """How many per health status under every other filter; `none` for belum dinilai."""
        status = sa.func.coalesce(HealthAssessment.health_status, NONE)
        select = self._joined(sa.select(status, sa.func.count(Cooperative.id)))
        found = db.session.execute(
            select.where(*self.conditions(filters.without("status")).values()).group_by(status)
        )
        counts = {row[0]: row[1] for row in found}
        return {name: counts.get(name, 0) for name in (*HEALTH_STATUSES, NONE)}

    def strictest(self, filters: Filters) -> tuple[str, int] | None:
        """Of an empty list, the filter without which the most would be left, and how many."""
        conditions = self.conditions(filters)
        left = {
            name: sa.func.count(
                sa.case((sa.and_(*(c for n, c in conditions.items() if n != name)), 1))
            )
            for name in filters.given
        }
        if not left:
            return None
        select = self._joined(sa.select(*left.values()).select_from(Cooperative))
        row = db.session.execute(select).one()
        name, count = max(zip(left, row, strict=True), key=lambda pair: pair[1])
        return (name, count) if count else None

    def position_on(self) -> date | None:
        """The latest day that an assessment in this register describes."""
        seen = policy.visible(Cooperative, "cooperative.list", self.user)
        latest = sa.select(sa.func.max(HealthAssessment.position_on))
        return db.session.scalar(latest.join(HealthAssessment.cooperative).where(seen))

    def total(self) -> int:
        """How many there are without any filter."""
        seen = policy.visible(Cooperative, "cooperative.list", self.user)
        return db.session.scalar(sa.select(sa.func.count(Cooperative.id)).where(seen)) or 0

    def districts(self) -> list[str]:
        seen = policy.visible(Cooperative, "cooperative.list", self.user)
        found = (
            sa.select(Cooperative.district)
            .where(seen, Cooperative.district.is_not(None))
            .distinct()
            .order_by(Cooperative.district)
        )
        return list(db.session.scalars(found))

    # -- parts -----------------------------------------------------------------------------------

    def _joined(self, select: sa.Select) -> sa.Select:
        return (
            select.select_from(Cooperative)
            .outerjoin(HealthAssessment, HealthAssessment.id == current_id(Cooperative.id))
            .outerjoin(AnnualMeeting, self._held)
        )

    def conditions(self, filters: Filters) -> dict[str, sa.ColumnElement[bool]]:
        """By the name of the filter, and what this person may see."""
        makers = {
            "text": has_fragment,
            "status": _has_status,
            "district": lambda value: Cooperative.district == value,
            "type": lambda value: Cooperative.cooperative_type == value,
            "meeting": self._has_meeting,
            "grade": lambda value: (
                Cooperative.grade.is_(None) if value == NONE else Cooperative.grade == value
            ),
            "activity": lambda value: Cooperative.activity_status == value,
            "training": lambda value: last_done("training", value, self.day, self.zone),
            "visit": lambda value: last_done("visit", value, self.day, self.zone),
        }
        seen = policy.visible(Cooperative, "cooperative.list", self.user)
        return {"policy": seen} | {name: makers[name](v) for name, v in filters.given.items()}

    def _has_meeting(self, value: str) -> sa.ColumnElement[bool]:
        year, state = read_meeting(value) or (0, "")
        other = aliased(AnnualMeeting, name="asked_meeting")  # the list joins one of its own
        meeting = sa.select(other.id).where(
            other.cooperative_id == Cooperative.id, other.fiscal_year == year
        )
        if state == "held":
            return meeting.where(other.held_on.is_not(None)).exists()
        reported = meeting.where(other.reported_on.is_not(None)).exists()
        return reported if state == "reported" else ~meeting.exists()


def has_fragment(text: str) -> sa.ColumnElement[bool]:
    """Name, NIK koperasi or BH number holds the fragment, whatever its case and punctuation."""
    words = match_key(text).split()
    squashed = "".join(words).replace("_", "")
    if not squashed:
        return sa.false()
    name = Cooperative.name_key
    ways = [
        sa.and_(*(name.contains(word, autoescape=True) for word in words)),
        sa.func.replace(name, " ", "").contains(squashed, autoescape=True),
    ]
    if any(c.isdigit() for c in squashed):
        legal = sa.func.lower(Cooperative.legal_number)
        for mark in PUNCTUATION:
            legal = sa.func.replace(legal, mark, "")
        ways += [
            Cooperative.cooperative_number.contains(squashed, autoescape=True),
            legal.contains(squashed, autoescape=True),
        ]
    return sa.or_(*ways)


def _has_status(value: str) -> sa.ColumnElement[bool]:
    if value == NONE:
        return HealthAssessment.id.is_(None)
    return HealthAssessment.health_status == value


def _count(model, *where) -> sa.ScalarSelect:
    return (
        sa.select(sa.func.count(model.id))
        .where(model.cooperative_id == Cooperative.id, *where)
        .correlate_except(model)
        .scalar_subquery()
    )


def _order(sort: Sorting, columns: dict) -> list:
    """The column asked for, what is missing last, and the name where it does not decide."""
    rank = sa.case(
        {status: n for n, status in enumerate(HEALTH_STATUSES)},
        value=columns["health_status"],
    )
    by = {
        "village": Cooperative.village,
        "type": Cooperative.cooperative_type,
        "status": rank,
        "score": columns["score"],
        "meeting": columns["meeting_held_on"],
        "grade": Cooperative.grade,
        "open": columns["open_follow_ups"],
    }.get(sort.by)
    names_ = [Cooperative.name_key, Cooperative.id]
    if by is None:
        return [Cooperative.name_key.desc(), Cooperative.id] if sort.descending else names_
    return [by.is_(None), by.desc() if sort.descending else by.asc(), *names_]
