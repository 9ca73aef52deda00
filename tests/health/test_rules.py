from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from kopdiklat.core.errors import RuleViolation
from kopdiklat.health import rules

BANDS = [
    SimpleNamespace(health_status=status, minimum=Decimal(minimum))
    for status, minimum in (
        ("fairly_healthy", 66),
        ("healthy", 80),
        ("under_special_supervision", 0),
        ("under_supervision", 51),
    )
]


@pytest.mark.parametrize(
    ("score", "status"),
    [
        ("0", "under_special_supervision"),
        ("50.99", "under_special_supervision"),
        ("51", "under_supervision"),
        ("51.01", "under_supervision"),
        ("65.99", "under_supervision"),
        ("66", "fairly_healthy"),
        ("79.99", "fairly_healthy"),
        ("80", "healthy"),
        ("100", "healthy"),
    ],
)
def test_band_of_a_score_begins_at_its_minimum_and_ends_before_the_next(score, status):
    assert rules.band_of(Decimal(score), BANDS) == status


@pytest.mark.parametrize("score", ["0", "100", "62.35", "80.5"])
def test_check_score_keeps_two_places(score):
    assert rules.check_score(Decimal(score)).as_tuple().exponent == -2


@pytest.mark.parametrize("score", ["-0.01", "100.01", "62.355", "NaN", "Infinity"])
def test_check_score_refuses_what_cannot_have_been_signed(app, score):
    with pytest.raises(RuleViolation, match="Skor"):
        rules.check_score(Decimal(score))


def test_check_assessment_takes_the_status_of_the_score():
    assert rules.check_assessment(Decimal("62.35"), None, BANDS, None) == "under_supervision"


def test_check_assessment_refuses_a_status_that_disagrees_with_the_score(app):
    with pytest.raises(RuleViolation) as refusal:
        rules.check_assessment(Decimal("62.35"), "fairly_healthy", BANDS, None)

    assert str(refusal.value) == (
        "Skor 62,35 berarti Dalam Pengawasan. Pilih status itu, atau tulis alasannya."
    )


def test_check_assessment_keeps_the_signed_status_when_there_is_a_reason():
    status = rules.check_assessment(Decimal(80), "fairly_healthy", BANDS, "Batas 80 ikut bawah")

    assert status == "fairly_healthy"


@pytest.mark.parametrize(
    ("position_on", "signed_on", "refused"),
    [
        (date(2025, 12, 31), date(2026, 4, 1), False),
        (date(2026, 3, 31), None, False),
        (date(2024, 12, 31), None, True),  # another fiscal year
        (date(2026, 7, 14), None, True),  # tomorrow
        (date(2025, 12, 31), date(2026, 7, 14), True),
        (date(2025, 12, 31), date(2025, 12, 30), True),
    ],
)
def test_check_days_refuses_what_cannot_be(app, position_on, signed_on, refused):
    def check():
        rules.check_days(2025, position_on, signed_on, date(2026, 7, 13))

    if not refused:
        check()
        return
    with pytest.raises(RuleViolation):
        check()


@pytest.mark.parametrize(
    ("held_on", "reported_on", "refused"),
    [
        (date(2026, 3, 10), None, False),
        (None, date(2026, 4, 1), False),
        (date(2026, 3, 10), date(2026, 3, 10), False),
        (None, None, True),
        (date(2026, 3, 10), date(2026, 3, 9), True),
        (date(2024, 12, 31), None, True),
        (date(2026, 7, 14), None, True),
    ],
)
def test_check_meeting_knows_two_days(app, held_on, reported_on, refused):
    def check():
        rules.check_meeting(2025, held_on, reported_on, date(2026, 7, 13))

    if not refused:
        check()
        return
    with pytest.raises(RuleViolation):
        check()


@pytest.mark.parametrize(
    ("legal_date", "due"),
    [(None, True), (date(2025, 1, 1), True), (date(2025, 1, 2), False), (date(2010, 5, 1), True)],
)
def test_meeting_is_not_due_for_a_year_that_was_not_completed(legal_date, due):
    assert rules.is_meeting_due(2025, legal_date) is due


@pytest.mark.parametrize(
    ("held_on", "late"), [(date(2026, 6, 30), False), (date(2026, 7, 1), True)]
)
def test_meeting_is_late_after_six_months(held_on, late):
    assert rules.is_meeting_late(2025, held_on) is late
