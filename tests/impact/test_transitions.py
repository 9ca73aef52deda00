import subprocess
import sys
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from kopdiklat.impact import transitions
from kopdiklat.impact.rules import HEALTH_STATUSES, Assessment, Pair
from kopdiklat.impact.transitions import (
    CLASSES,
    Movement,
    TransitionTable,
    display_level,
    movement,
    needs_regression_notice,
    net_change,
    score_change,
    transition_table,
    wilson,
)

# Rows before, columns after, best first.
SPARSE = ((2, 1, 0, 0), (3, 4, 1, 0), (1, 5, 3, 1), (0, 1, 4, 2))

PARTICIPANTS_BEFORE = [44.5, 47, 49.5, 51, 52.5, 53, 54, 55.5, 57, 58.5, 60, 61.5, 63, 64.5, 66]
PARTICIPANTS_AFTER = [55, 49.5, 58, 57.5, 51, 63, 60.5, 66.5, 57, 69, 64, 72.5, 61, 73.5, 74]
COMPARISON_BEFORE = [46, 50, 54.5, 57.5, 60.5, 62, 64, 66.5, 68, 70.5, 72, 75, 78.5, 81, 84.5]


def make_pair(before, after, state="complete", scores=(None, None)):
    def side(id, status, day, score):
        if status is None:
            return None
        score = None if score is None else Decimal(str(score))
        return Assessment(id, "kkpkk", day, status, score=score)

    return Pair(
        state,
        side(1, before, date(2023, 12, 31), scores[0]),
        side(2, after, date(2025, 12, 31), scores[1]),
    )


def pairs_of(matrix):
    return [
        make_pair(HEALTH_STATUSES[row], HEALTH_STATUSES[column])
        for row, column in product(range(4), repeat=2)
        for _ in range(matrix[row][column])
    ]


def scored(before, after):
    return [
        make_pair("healthy", "healthy", scores=pair) for pair in zip(before, after, strict=True)
    ]


@pytest.mark.parametrize(("before", "after"), list(product(CLASSES, repeat=2)))
def test_movement_of_every_pair_of_classes(before, after):
    way = movement(before, after)

    if before is None or after is None:
        assert way == "none"
    else:
        below_the_diagonal = HEALTH_STATUSES.index(before) - HEALTH_STATUSES.index(after)
        expected = "up" if below_the_diagonal > 0 else "down" if below_the_diagonal < 0 else "same"
        assert way == expected


def test_table_counts_the_sparse_example():
    table = transition_table(pairs_of(SPARSE))

    assert (table.up.count, table.same.count, table.down.count) == (14, 11, 3)
    assert (table.compared, table.total) == (28, 28)
    assert table.up.rate == 0.5
    assert table.up.range == pytest.approx((0.32633, 0.67367), abs=1e-4)
    assert table.down.rate == pytest.approx(0.10714, abs=1e-4)
    assert table.down.range == pytest.approx((0.03712, 0.27196), abs=1e-4)
    assert table.net == pytest.approx((0.39286, 0.14361, 0.64210), abs=1e-4)


def test_table_transposed_swaps_up_and_down():
    transposed = tuple(zip(*SPARSE, strict=True))

    table = transition_table(pairs_of(transposed))

    assert (table.up.count, table.same.count, table.down.count) == (3, 11, 14)


def test_table_keeps_not_assessed_apart_from_every_share():
    table = transition_table(
        [
            *pairs_of(SPARSE),
            make_pair("healthy", None, "lost"),
            make_pair(None, "healthy", "no_baseline"),
            make_pair(None, None, "no_baseline"),
        ]
    )

    assert (table.compared, table.total) == (28, 31)
    assert table.cell("healthy", None) == table.cell(None, "healthy") == table.cell(None, None) == 1
    assert [table.row_total(row) for row in CLASSES] == [4, 8, 10, 7, 2]
    assert [table.column_total(column) for column in CLASSES] == [7, 11, 8, 3, 2]


def test_table_shows_another_instrument_without_counting_it():
    table = transition_table(
        [
            make_pair("healthy", "fairly_healthy"),
            make_pair("healthy", "fairly_healthy", "other_instrument"),
        ]
    )

    assert table.cell("healthy", "fairly_healthy") == 1
    assert table.uncompared == {("healthy", "fairly_healthy"): 1}
    assert (table.down.count, table.compared, table.total) == (1, 1, 2)


def test_table_leaves_excluded_cooperatives_out():
    assert transition_table([make_pair("healthy", "healthy", "excluded")]).total == 0


def test_table_counts_those_at_the_edge_and_the_two_lowest_classes():
    table = transition_table([*pairs_of(SPARSE), make_pair(HEALTH_STATUSES[-1], None, "lost")])

    assert (table.cannot_rise, table.cannot_fall) == (3, 7)
    assert table.up_from_lowest_two == Movement(11, 17)


def test_table_of_nobody_has_no_shares():
    table = TransitionTable({})

    assert (table.total, table.up.rate, table.up.range, table.net) == (0, None, None, None)


@pytest.mark.parametrize(
    ("count", "total", "expected"),
    [
        (45, 164, (0.2119, 0.3473)),
        (19, 164, (0.0754, 0.1739)),
        (0, 10, (0.0, 0.2775)),
        (10, 10, (0.7225, 1.0)),
    ],
)
def test_wilson_gives_the_known_ranges(count, total, expected):
    assert wilson(count, total) == pytest.approx(expected, abs=1e-4)


def test_net_change_says_nothing_when_nothing_moved():
    assert net_change(0, 0, 12) is None
    assert net_change(0, 0, 0) is None


@pytest.mark.parametrize(
    ("df", "expected"),
    [
        (1, 12.706205),
        (2, 4.302653),
        (3, 3.182446),
        (4, 2.776445),
        (14, 2.144787),
        (29, 2.045230),
        (120, 1.979930),
        (1000, 1.962339),
    ],
)
def test_t_quantile_gives_the_printed_table(df, expected):
    assert transitions.t_quantile(df) == pytest.approx(expected, abs=1e-6)


def test_t_quantile_refuses_less_than_one_degree_of_freedom():
    with pytest.raises(ValueError, match="start at 1"):
        transitions.t_quantile(0)


def test_score_change_of_the_worked_panel():
    change = score_change(scored(PARTICIPANTS_BEFORE, PARTICIPANTS_AFTER))

    assert change.count == 15
    assert (change.mean, change.median) == pytest.approx((6.3, 8.0))
    assert change.spread == pytest.approx(4.60900, abs=1e-4)
    assert change.range == pytest.approx((3.74762, 8.85238), abs=1e-4)


def test_score_change_needs_both_scores_and_one_instrument():
    assert score_change([]) is None
    assert score_change([make_pair("healthy", "healthy", scores=(81, None))]) is None
    assert (
        score_change([make_pair("healthy", "healthy", "other_instrument", scores=(81, 90))]) is None
    )


def test_score_change_of_one_or_of_equal_changes_has_no_range():
    one = score_change(scored([50], [52.5]))
    equal = score_change(scored([50, 60], [52.5, 62.5]))

    assert (one.mean, one.spread, one.range) == (2.5, None, None)
    assert (equal.mean, equal.spread, equal.range) == (2.5, 0.0, None)


@pytest.mark.parametrize(
    ("pairs", "level"),
    [
        (0, "counts_only"),
        (4, "counts_only"),
        (5, "no_range"),
        (9, "no_range"),
        (10, "ranges"),
        (57, "ranges"),
    ],
)
def test_display_level_grows_with_the_pairs(pairs, level):
    assert display_level(pairs) == level


def test_regression_notice_is_asked_for_from_a_quarter_of_the_spread_below():
    assessed = [Decimal(50), Decimal(60), Decimal(70)]

    assert needs_regression_notice([Decimal("57.5")], assessed)
    assert not needs_regression_notice([Decimal("57.51")], assessed)
    assert not needs_regression_notice([Decimal(70)], assessed)


def test_regression_notice_needs_a_spread():
    assert not needs_regression_notice([], [Decimal(50), Decimal(60)])
    assert not needs_regression_notice([Decimal(50)], [Decimal(50)])
    assert not needs_regression_notice([Decimal(50)], [Decimal(50), Decimal(50)])


def test_regression_notice_is_asked_for_in_the_worked_panel():
    participants = [Decimal(str(score)) for score in PARTICIPANTS_BEFORE]
    everyone = participants + [Decimal(str(score)) for score in COMPARISON_BEFORE]

    assert needs_regression_notice(participants, everyone)


def test_web_process_never_loads_numpy_or_scipy():
    code = (
        "import sys, kopdiklat, kopdiklat.impact.views;"
        "print([m for m in ('numpy', 'scipy') if m in sys.modules])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"
