"""How far the assessments of one fiscal year are: the assessor's list."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from kopdiklat import policy
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from kopdiklat.core.paging import PER_PAGE, Page
from kopdiklat.core.text import match_key
from kopdiklat.health.models import HealthAssessment
from kopdiklat.health.queries import current_id, is_not_replaced

STATES = ("waiting", "done")
# Those that are over are not assessed again.
STANDING = ("active", "inactive", "unverified")


@dataclass(frozen=True)
class Line:
    """A cooperative, its result of the year if there is one, and the one that counts today."""

    cooperative: Cooperative
    assessment_id: int | None
    score: Decimal | None
    health_status: str | None
    signed_on: date | None
    last_status: str | None
    last_score: Decimal | None
    last_position_on: date | None


class Progress:
    """The cooperatives that one person may assess, for one fiscal year."""

    def __init__(self, user, fiscal_year: int):
        self.fiscal_year = fiscal_year
        self.this_year = aliased(HealthAssessment, name="this_year")
        self.seen = sa.and_(
            policy.visible(Cooperative, "assessment.record", user),
            Cooperative.activity_status.in_(STANDING),
        )

    def _joined(self, select: sa.Select) -> sa.Select:
        year = self.this_year
        return select.select_from(Cooperative).outerjoin(
            year,
            sa.and_(
                year.cooperative_id == Cooperative.id,
                year.fiscal_year == self.fiscal_year,
                is_not_replaced(year),
            ),
        )

    def counts(self) -> tuple[int, int]:
        """How many are assessed, and how many there are."""
        select = self._joined(
            sa.select(
                sa.func.count(sa.distinct(self.this_year.cooperative_id)),
                sa.func.count(sa.distinct(Cooperative.id)),
            )
        )
        return db.session.execute(select.where(self.seen)).one()

    def page(self, state: str, text: str, number: int) -> Page:
        """Waiting: those never assessed first, then the weakest; done: the latest signed first."""
        year = self.this_year
        where = [self.seen, year.id.is_(None) if state == "waiting" else year.id.is_not(None)]
        where += [
            Cooperative.name_key.contains(word, autoescape=True) for word in match_key(text).split()
        ]
        total = db.session.scalar(
            self._joined(sa.select(sa.func.count(Cooperative.id))).where(*where)
        )
        number = min(max(1, number), max(1, -(-total // PER_PAGE)))
        last = HealthAssessment
        select = (
            self._joined(sa.select(Cooperative, year, last))
            .outerjoin(last, last.id == current_id(Cooperative.id))
            .where(*where)
            .limit(PER_PAGE)
            .offset((number - 1) * PER_PAGE)
        )
        if state == "waiting":
            select = select.order_by(
                last.id.is_not(None), last.score.is_(None), last.score, Cooperative.name_key
            )
        else:
            select = select.order_by(year.recorded_at.desc(), Cooperative.name_key)
        return Page([_line(*row) for row in db.session.execute(select)], number, total)


def _line(cooperative, year, last) -> Line:
    return Line(
        cooperative,
        year.id if year else None,
        year.score if year else None,
        year.health_status if year else None,
        year.signed_on if year else None,
        last.health_status if last else None,
        last.score if last else None,
        last.position_on if last else None,
    )
