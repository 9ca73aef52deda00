"""Assessments and meetings, by cooperative."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from kopdiklat.core.db import db
from kopdiklat.health.models import (
    AnnualMeeting,
    AssessmentScheme,
    HealthAssessment,
    YearlyFigures,
)

_correction = aliased(HealthAssessment, name="correction")
_latest = aliased(HealthAssessment, name="latest")


def is_not_replaced(assessment=HealthAssessment) -> sa.ColumnElement[bool]:
    """True for a result that no correction replaces."""
    replaced = sa.select(_correction.id).where(_correction.replaces_id == assessment.id)
    return ~replaced.correlate_except(_correction).exists()


def current_id(cooperative_id) -> sa.ScalarSelect[int]:
    """The id of the one result that counts: the latest position, not replaced.

    :param cooperative_id: a column of the surrounding select, as in
        `.outerjoin(HealthAssessment, HealthAssessment.id == current_id(Cooperative.id))`
    """
    return (
        sa.select(_latest.id)
        .where(_latest.cooperative_id == cooperative_id, is_not_replaced(_latest))
        .order_by(_latest.position_on.desc(), _latest.id.desc())
        .limit(1)
        .correlate_except(_latest)
        .scalar_subquery()
    )


def is_current(assessment=HealthAssessment) -> sa.ColumnElement[bool]:
    """True for the one result that counts for its cooperative; to join, `current_id` is quicker."""
    return assessment.id == current_id(assessment.cooperative_id)


def current_assessment(cooperative_id: int) -> HealthAssessment | None:
    return db.session.scalar(
        sa.select(HealthAssessment).where(
            HealthAssessment.id == current_id(sa.literal(cooperative_id))
        )
    )


def assessments_of(cooperative_id: int) -> list[HealthAssessment]:
    """Every result, replaced ones too, the latest position first."""
    found = (
        sa.select(HealthAssessment)
        .where(HealthAssessment.cooperative_id == cooperative_id)
        .order_by(HealthAssessment.position_on.desc(), HealthAssessment.id.desc())
        .options(joinedload(HealthAssessment.scheme).joinedload(AssessmentScheme.bands))
    )
    return list(db.session.scalars(found).unique())


def standing(assessments: list[HealthAssessment]) -> list[HealthAssessment]:
    """Of all results of one cooperative those that no other replaces, in the same order."""
    replaced = {a.replaces_id for a in assessments}
    return [a for a in assessments if a.id not in replaced]


def of_fiscal_year(
    cooperative_id: int, fiscal_year: int, scheme_id: int
) -> HealthAssessment | None:
    return db.session.scalar(
        sa.select(HealthAssessment).where(
            HealthAssessment.cooperative_id == cooperative_id,
            HealthAssessment.fiscal_year == fiscal_year,
            HealthAssessment.scheme_id == scheme_id,
            is_not_replaced(),
        )
    )


def is_replaced(assessment_id: int) -> bool:
    found = sa.select(HealthAssessment.id).where(HealthAssessment.replaces_id == assessment_id)
    return db.session.scalar(found) is not None


def schemes() -> list[AssessmentScheme]:
    """The instruments, the default first."""
    found = sa.select(AssessmentScheme).order_by(
        AssessmentScheme.is_default.desc(), AssessmentScheme.valid_from.desc()
    )
    return list(db.session.scalars(found))


def meetings_of(cooperative_id: int) -> list[AnnualMeeting]:
    found = (
        sa.select(AnnualMeeting)
        .where(AnnualMeeting.cooperative_id == cooperative_id)
        .order_by(AnnualMeeting.fiscal_year.desc())
    )
    return list(db.session.scalars(found))


def find_meeting(cooperative_id: int, fiscal_year: int) -> AnnualMeeting | None:
    return db.session.scalar(
        sa.select(AnnualMeeting).where(
            AnnualMeeting.cooperative_id == cooperative_id,
            AnnualMeeting.fiscal_year == fiscal_year,
        )
    )


def figures_of(cooperative_id: int) -> list[YearlyFigures]:
    """The yearly figures, the last fiscal year first."""
    found = (
        sa.select(YearlyFigures)
        .where(YearlyFigures.cooperative_id == cooperative_id)
        .order_by(YearlyFigures.fiscal_year.desc())
    )
    return list(db.session.scalars(found))
