"""On what a choice rests: derived from the list, or said with a reason."""

from datetime import date
from decimal import Decimal

import pytest

from kopdiklat.core.errors import RuleViolation
from kopdiklat.registration.rules import basis_together
from kopdiklat.targeting.picks import pack, unpack
from kopdiklat.targeting.ranking import Standing, basis_of, check_basis, ranks
from tests.targeting.test_facets import candidate

FIRST_DAY = date(2026, 7, 15)
YEAR_END, OLD = date(2025, 12, 31), date(2023, 12, 31)


def scored(ident, status="under_supervision", score="52", position_on=YEAR_END):
    return candidate(
        ident,
        health_status=status,
        score=None if score is None else Decimal(score),
        position_on=position_on,
    )


def test_the_lowest_score_is_first_and_equal_ones_go_by_name():
    found = ranks(
        [
            Standing(1, "healthy", Decimal(81), "B"),
            Standing(2, "healthy", Decimal(81), "A"),
            Standing(3, "healthy", None, "A"),
            Standing(4, "healthy", Decimal(80), "C"),
            Standing(5, "fairly_healthy", Decimal(70), "D"),
        ]
    )

    assert found == {4: (1, 4), 2: (2, 4), 1: (3, 4), 3: (4, 4), 5: (1, 1)}


@pytest.mark.parametrize(
    ("chosen", "first", "after", "basis"),
    [
        ({1, 2}, [scored(1), scored(2)], scored(3), "baseline_score"),
        ({1, 3}, [scored(1), scored(2)], scored(3), "mixed"),
        (set(), [], scored(1), "mixed"),
        ({1}, [scored(1, status=None, score=None)], None, "mixed"),
        # everybody of a status without scores is a choice by status; a cut through them is not
        ({1}, [scored(1, score=None)], None, "baseline_score"),
        ({1}, [scored(1, score=None)], scored(2, score=None), "mixed"),
        ({1}, [scored(1, score=None)], scored(2, "healthy", None), "baseline_score"),
        # 18 months before the first day is still a baseline, a day more is not
        ({1}, [scored(1, position_on=date(2025, 1, 15))], None, "baseline_score"),
        ({1}, [scored(1, position_on=date(2025, 1, 14))], None, "older_score"),
        # four in five of one kind decide
        (set(range(5)), [*map(scored, range(4)), scored(4, position_on=OLD)], None, "baseline_score"),
        (set(range(4)), [*map(scored, range(3)), scored(3, position_on=OLD)], None, "mixed"),
        (set(range(5)), [scored(0), *(scored(n, position_on=OLD) for n in range(1, 5))], None, "older_score"),
    ],
    ids=[
        "first by score", "by hand", "nobody", "not assessed", "a whole status", "a cut by name",
        "the next status", "18 months", "older", "one in five older", "one in four older", "one in five newer",
    ],
)  # fmt: skip
def test_the_basis_is_what_the_list_shows(chosen, first, after, basis):
    assert basis_of(chosen, first, after, FIRST_DAY) == basis


def test_eighteen_months_before_the_last_of_august_is_the_last_of_february():
    at_the_edge = scored(1, position_on=date(2025, 2, 28))

    assert basis_of({1}, [at_the_edge], None, date(2026, 8, 31)) == "baseline_score"


@pytest.mark.parametrize("second", ["baseline_score", "older_score", "mixed", "lottery"])
def test_two_choices_of_different_kinds_are_mixed(second):
    assert basis_together(None, second) == second
    assert basis_together("lottery", second) == ("lottery" if second == "lottery" else "mixed")


@pytest.mark.parametrize(
    ("said", "reason", "recorded"),
    [
        ("", "", ("baseline_score", None)),
        ("baseline_score", "", ("baseline_score", None)),
        ("mixed", "Usulan camat", ("mixed", "Usulan camat")),
    ],
)
def test_another_basis_is_recorded_with_its_reason(said, reason, recorded):
    assert check_basis("baseline_score", said, reason) == recorded


@pytest.mark.parametrize(
    ("said", "reason", "sentence"),
    [
        ("mixed", "", "Tulis alasan mengapa dasar pemilihannya lain."),
        ("lottery", "Kami undi", "Undian dicatat lewat halaman Undian"),
    ],
)
def test_another_basis_needs_a_reason_and_a_lottery_is_drawn_here(said, reason, sentence):
    with pytest.raises(RuleViolation, match=sentence):
        check_basis("baseline_score", said, reason)


@pytest.mark.parametrize("ids", [set(), {1}, {7, 8, 260}, set(range(1, 2000, 7)), {2**40}])
def test_chosen_ids_go_into_an_address_and_come_back(ids):
    assert unpack(pack(ids)) == ids


def test_five_hundred_of_five_thousand_fit_into_an_address():
    assert len(pack(range(100_000, 105_000, 10))) < 1_500


@pytest.mark.parametrize("text", [None, "", "-1", "x!", "..", "zzzzzzzzzzzzz", "１"])
def test_what_nobody_packed_is_nobody(text):
    assert unpack(text) == set()
