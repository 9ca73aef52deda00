from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.health import queries, service
from kopdiklat.health.models import AnnualMeeting, AssessmentScheme, HealthAssessment
from tests.at_once import at_once, the_refusal
from tests.factories import default_scheme, make_assessment, make_cooperative

TODAY = date(2026, 7, 13)


def record(cooperative, now, score="62.35", **changes):
    with transaction():
        return record_in_transaction(cooperative, now, score, **changes)


def record_in_transaction(cooperative, now, score, scheme=None, **changes):
    columns = {"fiscal_year": 2025, "position_on": date(2025, 12, 31)} | changes
    return service.record_assessment(
        cooperative,
        scheme or default_scheme(),
        score=Decimal(score),
        now=now,
        today=TODAY,
        **columns,
    )


def other_scheme():
    return db.session.scalars(sa.select(AssessmentScheme).where(~AssessmentScheme.is_default)).one()


def count():
    return db.session.scalar(sa.select(sa.func.count(HealthAssessment.id)))


def test_record_assessment_takes_the_status_of_the_score(app, now):
    cooperative = make_cooperative()

    assessment = record(cooperative, now)

    assert (assessment.score, assessment.health_status) == (Decimal("62.35"), "under_supervision")
    assert assessment.source == "form"


def test_record_assessment_refuses_a_second_result_of_one_fiscal_year(app, now):
    cooperative = make_cooperative()
    record(cooperative, now)

    with pytest.raises(RuleViolation, match="Buat koreksi"):
        record(cooperative, now, "70")

    assert count() == 1


def test_record_assessment_keeps_the_reason_only_where_status_and_score_differ(app, now):
    agreeing = record(make_cooperative(), now, mismatch_reason="tidak perlu")
    differing = record(
        make_cooperative(), now, health_status="fairly_healthy", mismatch_reason="Keputusan tim"
    )

    assert (agreeing.mismatch_reason, differing.mismatch_reason) == (None, "Keputusan tim")


def test_correction_is_a_new_row_and_the_old_one_stays(app, now):
    cooperative = make_cooperative()
    wrong = record(cooperative, now, "26.35")

    right = record(cooperative, now, replaces=wrong, replacement_reason="Angka tertukar")

    assert count() == 2
    assert queries.current_assessment(cooperative.id).id == right.id
    assert db.session.get_one(HealthAssessment, wrong.id).score == Decimal("26.35")


def test_correction_needs_a_reason(app, now):
    cooperative = make_cooperative()
    wrong = record(cooperative, now)

    with pytest.raises(RuleViolation, match="alasan koreksi"):
        record(cooperative, now, "70", replaces=wrong, replacement_reason="")


def test_correction_of_a_corrected_result_is_refused(app, now):
    cooperative = make_cooperative()
    wrong = record(cooperative, now)
    record(cooperative, now, "70", replaces=wrong, replacement_reason="Salah ketik")

    with pytest.raises(RuleViolation, match="sudah diganti"):
        record(cooperative, now, "75", replaces=wrong, replacement_reason="Salah lagi")


@pytest.mark.parametrize(
    "change",
    [
        lambda wrong: {"cooperative": make_cooperative()},
        lambda wrong: {"fiscal_year": 2024, "position_on": date(2024, 12, 31)},
        lambda wrong: {"scheme": other_scheme()},
    ],
)
def test_correction_is_of_the_same_cooperative_scheme_and_year(app, now, change):
    wrong = record(make_cooperative(), now)
    columns = {"cooperative": wrong.cooperative, "score": "70"} | change(wrong)

    with pytest.raises(RuleViolation) as refusal:
        record(now=now, replaces=wrong, replacement_reason="Salah ketik", **columns)

    assert str(refusal.value) == (
        "Koreksi hanya untuk koperasi, instrumen, dan tahun buku yang sama dengan hasil itu."
    )
    assert count() == 1


def test_each_scheme_has_its_own_result_of_a_year(app, now):
    cooperative = make_cooperative()

    record(cooperative, now)
    record(cooperative, now, scheme=other_scheme())

    assert count() == 2


def test_the_database_refuses_a_second_first_result_of_a_year(app):
    cooperative = make_cooperative()
    first = make_assessment(cooperative, "60", 2025)
    make_assessment(cooperative, "60", 2024)
    make_assessment(cooperative, "70", 2025, replaces_id=first.id)

    with pytest.raises(sa.exc.IntegrityError):
        make_assessment(cooperative, "80", 2025, position_on=date(2025, 6, 30))


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"cooperative_id": make_cooperative().id},
        lambda: {"fiscal_year": 2024},
        lambda: {"scheme_id": other_scheme().id},
    ],
    ids=["cooperative", "year", "scheme"],
)
def test_the_database_refuses_a_correction_of_something_else(app, change):
    first = make_assessment(make_cooperative(), "60", 2025)
    columns = {"cooperative_id": first.cooperative_id, "fiscal_year": 2025} | change()
    columns["scheme_id"] = columns.get("scheme_id", first.scheme_id)

    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(
            sa.insert(HealthAssessment).values(
                office_id=first.office_id,
                position_on=date(2025, 12, 31),
                health_status="healthy",
                replaces_id=first.id,
                recorded_at=first.recorded_at,
                **columns,
            )
        )


def test_two_assessors_of_one_year_leave_one_result(app, now):
    ident = make_cooperative().id

    def note(score):
        cooperative = db.session.get_one(Cooperative, ident)
        record_in_transaction(cooperative, now, score)

    sentence = the_refusal(at_once(app, lambda: note("60"), lambda: note("70")))

    assert sentence == "Tahun buku 2025 sudah punya hasil. Buat koreksi dari hasil itu."
    assert count() == 1


def test_two_corrections_of_one_result_leave_one(app, now):
    wrong = record(make_cooperative(), now)
    cooperative_id, wrong_id = wrong.cooperative_id, wrong.id

    def correct(score):
        record_in_transaction(
            db.session.get_one(Cooperative, cooperative_id),
            now,
            score,
            replaces=db.session.get_one(HealthAssessment, wrong_id),
            replacement_reason="Salah ketik",
        )

    sentence = the_refusal(at_once(app, lambda: correct("60"), lambda: correct("70")))

    assert sentence == "Hasil ini sudah diganti koreksi lain. Buka riwayat koperasi."
    assert count() == 2


def test_health_assessments_refuse_change_by_hand(app):
    make_assessment(make_cooperative())

    for statement in (
        "UPDATE health_assessments SET score = 99",
        "DELETE FROM health_assessments",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
            session.execute(sa.text(statement))

    assert count() == 1


def test_record_meeting_completes_the_one_of_that_fiscal_year(app):
    cooperative = make_cooperative()
    held = {"held_on": date(2026, 3, 10), "reported_on": None, "members_present": 67}
    reported = held | {"reported_on": date(2026, 4, 2)}

    for values in (held, reported):
        with transaction():
            service.record_meeting(cooperative, 2025, values, today=TODAY)

    meeting = db.session.scalars(sa.select(AnnualMeeting)).one()
    assert (meeting.held_on, meeting.reported_on) == (date(2026, 3, 10), date(2026, 4, 2))
