"""Visits and follow-ups: every step from every state, and both sides of each limit."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.mentoring import rules
from kopdiklat.mentoring.rules import Human, Period

START = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)
TODAY = date(2026, 7, 13)
ALLOWED = {
    ("planned", "hold"): "held",
    ("planned", "postpone"): "planned",
    ("planned", "cancel"): "cancelled",
    ("held", "correct"): "held",
}


@pytest.mark.parametrize("state", rules.VISIT_TRANSITIONS)
@pytest.mark.parametrize("action", ["hold", "postpone", "cancel", "correct"])
def test_next_visit_state_allows_only_the_table(state, action):
    if (state, action) in ALLOWED:
        assert rules.next_visit_state(state, action) == ALLOWED[state, action]
    else:
        with pytest.raises(TransitionRefused):
            rules.next_visit_state(state, action)


@pytest.mark.parametrize(
    ("mentor", "officer", "same"),
    [
        (Human("Dedi", "+6281234567890"), Human("Siti", "+6281234567890"), True),
        (Human("Dedi", None, "Dedi@contoh.id"), Human("D. P.", None, "dedi@contoh.id"), True),
        (Human("Hj. Siti Rahmawati, S.E."), Human("SITI  RAHMAWATI"), True),
        (Human("Ir. H. Slamet Riyadi, M.M."), Human("Slamet Riyadi"), True),
        (Human("Dedi Prasetyo"), Human("Dedi Kurniawan"), False),
        (Human("Dedi", None, None), Human("Siti", None, None), False),
        (Human("H."), Human("Ir."), False),
    ],
)
def test_same_human_by_phone_email_or_bare_name(mentor, officer, same):
    assert rules.same_human(mentor, officer) is same


def test_check_not_officer_names_the_cooperatives_and_takes_a_reason():
    officers = {"Koperasi A": [Human("Dedi Prasetyo")], "Koperasi B": [Human("Siti")]}

    with pytest.raises(rules.MentorIsOfficer) as refusal:
        rules.check_not_officer(Human("Dedi Prasetyo"), officers, "")

    assert refusal.value.values["cooperatives"] == "Koperasi A"
    rules.check_not_officer(Human("Dedi Prasetyo"), officers, "Satu-satunya pendamping di sini.")


@pytest.mark.parametrize(
    ("ends_on", "day", "covered"),
    [
        (None, date(2030, 1, 1), True),
        (date(2026, 9, 30), date(2026, 9, 30), True),
        (date(2026, 9, 30), date(2026, 10, 1), False),
        (None, date(2025, 12, 31), False),
        (None, date(2026, 1, 1), True),
    ],
)
def test_period_covers_its_first_and_last_day(ends_on, day, covered):
    assert Period(date(2026, 1, 1), ends_on).covers(day) is covered


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        (Period(date(2026, 3, 31), None), True),
        (Period(date(2026, 4, 1), None), False),
        (Period(date(2025, 1, 1), date(2025, 12, 31)), False),
        (Period(date(2025, 1, 1), date(2026, 1, 1)), True),
    ],
)
def test_period_overlaps_when_one_day_is_shared(other, overlaps):
    period = Period(date(2026, 1, 1), date(2026, 3, 31))

    assert period.overlaps(other) is overlaps
    assert other.overlaps(period) is overlaps


def test_check_assigned_says_when_the_contract_ended():
    with pytest.raises(rules.OutsideAssignment, match="berakhir") as refusal:
        rules.check_assigned(TODAY, [Period(date(2026, 1, 1), date(2026, 6, 30))])

    assert refusal.value.values == {"day": date(2026, 6, 30)}


def test_check_free_refuses_shared_minutes_only():
    other = (START, START + timedelta(hours=1), "KSP Mulia Karya", "09.00–10.00 WIB")

    rules.check_free(START + timedelta(hours=1), START + timedelta(hours=2), [other])
    with pytest.raises(rules.VisitClash):
        rules.check_free(START + timedelta(minutes=59), START + timedelta(hours=2), [other])


@pytest.mark.parametrize(
    ("closed_on", "accepted"),
    [
        (date(2026, 7, 1), True),
        (date(2026, 6, 30), False),
        (TODAY, True),
        (TODAY + timedelta(days=1), False),
    ],
)
def test_check_closure_takes_days_between_agreement_and_today(closed_on, accepted):
    if accepted:
        rules.check_closure(closed_on, date(2026, 7, 1), TODAY)
    else:
        with pytest.raises(RuleViolation):
            rules.check_closure(closed_on, date(2026, 7, 1), TODAY)


def test_due_day_counts_from_the_visit():
    assert rules.due_day("1w", None, TODAY) == date(2026, 7, 20)
    assert rules.due_day("2w", None, TODAY) == date(2026, 7, 27)
    assert rules.due_day("date", date(2026, 8, 1), TODAY) == date(2026, 8, 1)
    assert rules.due_day("date", None, TODAY) is None


def test_urgency_and_days_late_turn_after_the_due_day():
    assert [rules.urgency(TODAY + timedelta(days=n), TODAY) for n in (-1, 0, 1)] == [
        "late",
        "today",
        "",
    ]
    assert [rules.days_late(TODAY + timedelta(days=n), None, TODAY) for n in (-1, 0, 1)] == [
        1,
        0,
        0,
    ]
