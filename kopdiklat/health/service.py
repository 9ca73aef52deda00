"""Recording official results and members' meetings. Called inside `transaction()`."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.health import queries, rules
from kopdiklat.health.models import AnnualMeeting, AssessmentScheme, HealthAssessment
from kopdiklat.offices.models import Office

YEAR_HAS_ITS_RESULT = N_("Tahun buku {year} sudah punya hasil. Buat koreksi dari hasil itu.")


def record_assessment(
    cooperative: Cooperative,
    scheme: AssessmentScheme,
    *,
    fiscal_year: int,
    position_on: date,
    score: Decimal,
    now: datetime,
    today: date,
    health_status: str | None = None,
    mismatch_reason: str | None = None,
    signed_on: date | None = None,
    assessor_name: str | None = None,
    recorded_by_id: int | None = None,
    replaces: HealthAssessment | None = None,
    replacement_reason: str | None = None,
) -> HealthAssessment:
    """Record one official result; with `replaces`, as the correction of an earlier one.

    Locks the office, as an import does, so that one fiscal year cannot get two results at once.
    """
    lock(Office, cooperative.office_id)
    score = rules.check_score(score)
    rules.check_days(fiscal_year, position_on, signed_on, today)
    status = rules.check_assessment(score, health_status, scheme.bands, mismatch_reason)
    if replaces is not None:
        rules.check_correction(
            rules.ResultOf(replaces.cooperative_id, replaces.scheme_id, replaces.fiscal_year),
            rules.ResultOf(cooperative.id, scheme.id, fiscal_year),
            is_replaced=queries.is_replaced(replaces.id),
            reason=replacement_reason,
        )
    elif queries.of_fiscal_year(cooperative.id, fiscal_year, scheme.id):
        raise RuleViolation(YEAR_HAS_ITS_RESULT, year=fiscal_year)
    is_mismatch = status != rules.band_of(score, scheme.bands)
    assessment = HealthAssessment(
        office_id=cooperative.office_id,
        cooperative_id=cooperative.id,
        scheme_id=scheme.id,
        fiscal_year=fiscal_year,
        position_on=position_on,
        signed_on=signed_on,
        score=score,
        health_status=status,
        mismatch_reason=mismatch_reason if is_mismatch else None,
        assessor_name=assessor_name,
        replaces_id=replaces.id if replaces else None,
        replacement_reason=replacement_reason if replaces else None,
        recorded_by_id=recorded_by_id,
        recorded_at=now,
    )
    db.session.add(assessment)
    return assessment


def record_meeting(
    cooperative: Cooperative, fiscal_year: int, values: Mapping[str, Any], *, today: date
) -> AnnualMeeting:
    """Record, or complete, the members' meeting of one fiscal year. Locks the cooperative.

    :param values: held_on, reported_on, members_present
    """
    cooperative = lock(Cooperative, cooperative.id)
    rules.check_meeting(fiscal_year, values["held_on"], values["reported_on"], today)
    meeting = queries.find_meeting(cooperative.id, fiscal_year)
    if meeting is None:
        meeting = AnnualMeeting(
            office_id=cooperative.office_id,
            cooperative_id=cooperative.id,
            fiscal_year=fiscal_year,
        )
        db.session.add(meeting)
    for name, value in values.items():
        setattr(meeting, name, value)
    return meeting
