from datetime import date
from decimal import Decimal

import pytest

from kopdiklat.impact import rules
from kopdiklat.impact.rules import ActivityStatus, Assessment, Windows, add_months, pair_up

START = date(2024, 8, 31)
TODAY = date(2026, 9, 30)
WINDOWS = Windows(main_scheme="kkpkk")


def assessment(id, position, *, signed=None, scheme="kkpkk", score="60", **more):
    return Assessment(
        id=id,
        scheme=scheme,
        position_date=date.fromisoformat(position),
        signed_on=date.fromisoformat(signed) if signed else None,
        score=Decimal(score),
        health_status="under_supervision",
        **more,
    )


def ids(pair):
    return pair.baseline and pair.baseline.id, pair.endline and pair.endline.id


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2024, 8, 31), -18, date(2023, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 12, 31), 1, date(2025, 1, 31)),
        (date(2024, 1, 15), -1, date(2023, 12, 15)),
        (date(2024, 5, 31), 0, date(2024, 5, 31)),
    ],
)
def test_add_months_keeps_the_day_clipped_to_the_end_of_the_month(day, months, expected):
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("assessments", "state", "picked", "flags"),
    [
        ([("2023-12-31", {}), ("2025-12-31", {})], "complete", (1, 2), ()),
        ([("2024-06-30", {}), ("2025-02-28", {})], "complete", (1, 2), ()),
        ([("2024-06-30", {}), ("2025-02-27", {})], "lost", (1, None), ()),
        (
            [("2023-12-31", {"signed": "2024-11-05"}), ("2025-12-31", {})],
            "complete",
            (1, 2),
            ("baseline_signed_late",),
        ),
        (
            [
                ("2023-12-31", {"signed": "2024-03-01"}),
                ("2023-12-31", {"signed": "2025-06-01"}),
            ],
            "lost",
            (1, None),
            (),
        ),
        (
            [("2023-12-31", {"scheme": "older"}), ("2025-06-30", {})],
            "other_instrument",
            (1, 2),
            (),
        ),
    ],
    ids="abcdef",
)
def test_picker_follows_the_worked_examples(assessments, state, picked, flags):
    rows = [assessment(n, day, **more) for n, (day, more) in enumerate(assessments, start=1)]

    pair = pair_up(rows, START, WINDOWS, TODAY)

    assert (pair.state, ids(pair), pair.flags) == (state, picked, flags)


@pytest.mark.parametrize(
    ("position", "inside"),
    [("2023-02-27", False), ("2023-02-28", True), ("2024-08-31", True), ("2024-09-01", False)],
)
def test_baseline_window_includes_both_ends(position, inside):
    chosen = rules.choose_baseline([assessment(1, position)], START, WINDOWS)

    assert (chosen is not None) == inside


@pytest.mark.parametrize(
    ("position", "inside"),
    [("2025-02-27", False), ("2025-02-28", True), ("2026-08-31", True), ("2026-09-01", False)],
)
def test_endline_window_includes_both_ends(position, inside):
    chosen = rules.choose_endline([assessment(1, position)], START, WINDOWS)

    assert (chosen is not None) == inside


def test_baseline_is_the_latest_position_not_the_latest_signature():
    early = assessment(1, "2023-12-31", signed="2024-08-01")
    late = assessment(2, "2024-06-30", signed="2024-07-01")

    assert rules.choose_baseline([late, early], START, WINDOWS) is late


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        ({"signed": "2024-09-01"}, {"signed": "2024-08-31", "scheme": "older"}),
        ({"signed": "2024-05-01", "scheme": "older"}, {"signed": "2024-03-01"}),
        ({"signed": "2024-03-01"}, {"signed": "2024-05-01"}),
        ({"signed": "2024-03-01"}, {"signed": "2024-03-01"}),
    ],
    ids=["signed in time", "main instrument", "latest signature", "highest id"],
)
def test_baseline_ties_are_broken_in_order(loser, winner):
    first = assessment(1, "2023-12-31", **loser)
    second = assessment(2, "2023-12-31", **winner)

    assert rules.choose_baseline([first, second], START, WINDOWS) is second
    assert rules.choose_baseline([second, first], START, WINDOWS) is second


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        ({"signed": "2026-05-01", "scheme": "older"}, {"signed": "2026-03-01"}),
        ({"signed": "2026-03-01"}, {"signed": "2026-05-01"}),
        ({"signed": "2026-03-01"}, {"signed": "2026-03-01"}),
    ],
    ids=["main instrument", "latest signature", "highest id"],
)
def test_endline_ties_are_broken_in_order(loser, winner):
    first = assessment(1, "2025-12-31", **loser)
    second = assessment(2, "2025-12-31", **winner)

    assert rules.choose_endline([first, second], START, WINDOWS) is second
    assert rules.choose_endline([second, first], START, WINDOWS) is second


def test_endline_is_the_earliest_and_never_the_best():
    early = assessment(1, "2025-06-30", score="40")
    better = assessment(2, "2025-12-31", score="90")

    assert rules.choose_endline([better, early], START, WINDOWS) is early


def test_endline_prefers_the_instrument_of_the_baseline_even_when_later():
    baseline = assessment(1, "2023-12-31", scheme="older")
    other = assessment(2, "2025-06-30")
    same = assessment(3, "2025-12-31", scheme="older")

    pair = pair_up([baseline, other, same], START, WINDOWS, TODAY)

    assert (pair.state, ids(pair)) == ("complete", (1, 3))


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2025, 2, 27), "not_due"),
        (date(2025, 2, 28), "awaiting_assessment"),
        (date(2026, 8, 31), "awaiting_assessment"),
        (date(2026, 9, 1), "lost"),
    ],
)
def test_state_without_endline_depends_on_the_day(today, state):
    assert pair_up([assessment(1, "2023-12-31")], START, WINDOWS, today).state == state


def test_state_without_baseline_comes_before_the_missing_endline():
    pair = pair_up([assessment(2, "2025-12-31")], START, WINDOWS, TODAY)

    assert (pair.state, ids(pair)) == ("no_baseline", (None, 2))
    assert pair_up([], START, WINDOWS, TODAY).state == "no_baseline"


def test_state_excluded_is_checked_first():
    assert pair_up([], START, WINDOWS, TODAY, excluded=True).state == "excluded"


def test_pair_flags_an_estimated_date_and_a_status_that_contradicts_its_score():
    baseline = assessment(1, "2023-12-31", date_estimated=True)
    endline = assessment(2, "2025-12-31", date_estimated=True, mismatch=True)

    pair = pair_up([baseline, endline], START, WINDOWS, TODAY)

    assert pair.flags == (
        "baseline_position_date_estimated",
        "endline_position_date_estimated",
        "status_mismatch",
    )


@pytest.mark.parametrize(
    ("starts", "anchor"),
    [
        ([], None),
        (["2024-03-01"], "2024-03-01"),
        (["2024-05-01", "2024-03-01"], "2024-03-01"),
        (["2024-05-01", "2024-03-01", "2024-09-01"], "2024-05-01"),
        (["2024-05-01", "2024-03-01", "2024-09-01", "2024-04-01"], "2024-04-01"),
    ],
)
def test_anchor_is_the_lower_median_of_the_starts(starts, anchor):
    found = rules.anchor_of(date.fromisoformat(day) for day in starts)

    assert found == (date.fromisoformat(anchor) if anchor else None)


def test_activity_is_the_latest_dated_on_or_before_the_day():
    old = ActivityStatus("active", date(2023, 1, 1))
    on_the_day = ActivityStatus("inactive", date(2024, 8, 31))
    later = ActivityStatus("active", date(2024, 9, 1))
    undated = ActivityStatus("active", None)

    assert rules.activity_at([later, old, on_the_day], START) is on_the_day
    assert rules.activity_at([undated, old], START) is old
    assert rules.activity_at([later, undated], START) is undated
    assert rules.activity_at([later], START) is None


@pytest.mark.parametrize(
    ("contact", "untouched"),
    [
        ("2023-08-30", True),
        ("2023-08-31", False),
        ("2025-12-30", False),
        ("2025-12-31", True),
    ],
)
def test_comparison_has_no_contact_from_a_year_before_until_its_endline(contact, untouched):
    contacts = [date.fromisoformat(contact)]

    assert rules.is_untouched(contacts, START, date(2025, 12, 31), WINDOWS) == untouched


@pytest.mark.parametrize(("contact", "untouched"), [("2026-08-31", False), ("2026-09-01", True)])
def test_comparison_without_endline_must_stay_untouched_for_the_whole_window(contact, untouched):
    assert rules.is_untouched([date.fromisoformat(contact)], START, None, WINDOWS) == untouched


BELONGS = {
    "pair": pair_up([assessment(1, "2023-12-31")], START, WINDOWS, TODAY),
    "below_minimum": False,
    "invited": False,
    "dissolved": False,
    "activity": ActivityStatus("active", None),
    "contacts": [],
    "anchor": START,
    "windows": WINDOWS,
}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"below_minimum": True, "invited": True}, "below_minimum"),
        ({"invited": True, "dissolved": True}, "invited"),
        ({"dissolved": True, "contacts": [START]}, "dissolved"),
        ({"contacts": [START], "activity": None}, "other_programme"),
        ({"activity": None, "pair": rules.Pair("no_baseline")}, "activity_unknown"),
        ({"activity": ActivityStatus("inactive", None)}, "inactive"),
        ({"pair": rules.Pair("no_baseline")}, "not_assessed"),
    ],
)
def test_reason_left_out_names_the_first_that_holds(change, reason):
    assert rules.reason_left_out(**{**BELONGS, **change}) == reason


@pytest.mark.parametrize(
    ("present", "enough"), [("11.99", False), ("12", True), ("16", True), ("0", False)]
)
def test_attended_enough_from_three_quarters_of_the_hours(present, enough):
    assert rules.attended_enough(Decimal(present), Decimal(16)) == enough


def test_attended_enough_of_a_batch_without_lesson_hours_is_any_presence():
    assert rules.attended_enough(Decimal(0), Decimal(0))


@pytest.mark.parametrize(("as_of", "dissolved"), [("2026-08-31", True), ("2026-09-01", False)])
def test_dissolved_counts_until_the_end_of_the_window(as_of, dissolved):
    statuses = [
        ActivityStatus("active", date(2020, 1, 1)),
        ActivityStatus("dissolved", date.fromisoformat(as_of)),
    ]

    assert rules.is_dissolved(statuses, START, WINDOWS) == dissolved


def test_dissolved_needs_a_status():
    assert not rules.is_dissolved([], START, WINDOWS)
