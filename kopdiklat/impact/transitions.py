"""Counting what changed: the transition table, shares with their range, and when to stay silent.

Pure, and in plain Python: this runs in web workers, which never load numpy or scipy.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from kopdiklat.impact.rules import COMPLETE, HEALTH_STATUSES, OTHER_INSTRUMENT, Pair

# 97.5 % quantile of the standard normal distribution
Z95 = 1.959963984540054

# Rows are before, columns after; None is "belum dinilai", apart at the end.
CLASSES = (*HEALTH_STATUSES, None)

UP = "up"
SAME = "same"
DOWN = "down"
UNCOMPARED = "none"

COUNTS_ONLY = "counts_only"
NO_RANGE = "no_range"
RANGES = "ranges"

RANK = {status: rank for rank, status in enumerate(reversed(HEALTH_STATUSES), start=1)}
LOWEST_TWO = HEALTH_STATUSES[-2:]


def movement(before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return UNCOMPARED
    if RANK[after] == RANK[before]:
        return SAME
    return UP if RANK[after] > RANK[before] else DOWN


def movement_of(pair: Pair) -> str:
    """Which way a pair moved; not comparable unless both were assessed by the same instrument."""
    return movement(pair.before, pair.after) if pair.state == COMPLETE else UNCOMPARED


def wilson(count: int, total: int) -> tuple[float, float] | None:
    """95 % range of a share by Wilson's score interval, 0..1; None of nothing."""
    if total == 0:
        return None
    share, z2 = count / total, Z95 * Z95
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == total else min(1.0, middle + half)
    return low, high


def net_change(up: int, down: int, total: int) -> tuple[float, float, float] | None:
    """(up - down) / total with its 95 % range; None when nothing moved."""
    if total == 0 or up + down == 0:
        return None
    net = (up - down) / total
    half = Z95 * math.sqrt(up + down - (up - down) ** 2 / total) / total
    return net, net - half, net + half


def t_quantile(df: int) -> float:
    """97.5 % quantile of Student's t for whole degrees of freedom.

    The finite series of the distribution (Abramowitz and Stegun 26.7.3 and 26.7.4), by bisection.
    """
    if df < 1:
        raise ValueError("degrees of freedom start at 1")

    def central_area(t: float) -> float:
        angle = math.atan2(t, math.sqrt(df))
        cos2 = math.cos(angle) ** 2
        term, total = (math.cos(angle), 0.0) if df % 2 else (1.0, 0.0)
        for step in range(df % 2, df - 1, 2):
            total += term
            term *= cos2 * (step + 1) / (step + 2)
        if df % 2:
            return 2 / math.pi * (angle + math.sin(angle) * total)
        return math.sin(angle) * total

    low, high = 1.0, 13.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if central_area(middle) < 0.95 else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class Movement:
    """How many of `total` moved one way."""

    count: int
    total: int

    @property
    def rate(self) -> float | None:
        return self.count / self.total if self.total else None

    @property
    def range(self) -> tuple[float, float] | None:
        return wilson(self.count, self.total)


@dataclass(frozen=True)
class TransitionTable:
    """Counts by status before and after, best first, "belum dinilai" last.

    `counts` holds every pair with a place in the table; `uncompared` those among them that two
    different instruments assessed. Excluded cooperatives have no place.
    """

    counts: dict[tuple[str | None, str | None], int]
    uncompared: dict[tuple[str | None, str | None], int] = field(default_factory=dict)

    def cell(self, before: str | None, after: str | None) -> int:
        """Pairs of one cell that may be compared; with None on a side, all of the cell."""
        key = (before, after)
        return self.counts.get(key, 0) - self.uncompared.get(key, 0)

    def row_total(self, before: str | None) -> int:
        return sum(n for (row, _), n in self.counts.items() if row == before)

    def column_total(self, after: str | None) -> int:
        return sum(n for (_, column), n in self.counts.items() if column == after)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def _moved(self, way: str, rows: Sequence[str] = HEALTH_STATUSES) -> int:
        return sum(
            self.cell(before, after)
            for before in rows
            for after in HEALTH_STATUSES
            if movement(before, after) == way
        )

    @property
    def compared(self) -> int:
        """Cooperatives assessed twice by one instrument: the n under every share."""
        return sum(self.cell(b, a) for b in HEALTH_STATUSES for a in HEALTH_STATUSES)

    @property
    def up(self) -> Movement:
        return Movement(self._moved(UP), self.compared)

    @property
    def same(self) -> Movement:
        return Movement(self._moved(SAME), self.compared)

    @property
    def down(self) -> Movement:
        return Movement(self._moved(DOWN), self.compared)

    def _compared_from(self, rows: Sequence[str]) -> int:
        return sum(self.cell(before, after) for before in rows for after in HEALTH_STATUSES)

    @property
    def cannot_rise(self) -> int:
        return self._compared_from(HEALTH_STATUSES[:1])

    @property
    def cannot_fall(self) -> int:
        return self._compared_from(HEALTH_STATUSES[-1:])

    @property
    def up_from_lowest_two(self) -> Movement:
        """Like for like: the risen among those who began in the two lowest classes."""
        return Movement(self._moved(UP, LOWEST_TWO), self._compared_from(LOWEST_TWO))

    @property
    def net(self) -> tuple[float, float, float] | None:
        return net_change(self.up.count, self.down.count, self.compared)


def transition_table(pairs: Iterable[Pair]) -> TransitionTable:
    counts: dict[tuple[str | None, str | None], int] = {}
    uncompared: dict[tuple[str | None, str | None], int] = {}
    for pair in pairs:
        if pair.state == "excluded":
            continue
        key = (pair.before, pair.after)
        counts[key] = counts.get(key, 0) + 1
        if pair.state == OTHER_INSTRUMENT:
            uncompared[key] = uncompared.get(key, 0) + 1
    return TransitionTable(counts, uncompared)


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """Change of score in points over the pairs that have both scores."""

    count: int
    mean_before: float
    mean_after: float
    mean: float
    median: float
    spread: float | None
    range: tuple[float, float] | None


def score_change(pairs: Iterable[Pair]) -> ScoreChange | None:
    scored = [scores for pair in pairs if (scores := pair.scores)]
    if not scored:
        return None
    differences = [round(float(after - before), 6) for before, after in scored]
    mean = statistics.fmean(differences)
    spread = statistics.stdev(differences) if len(differences) > 1 else None
    half = t_quantile(len(scored) - 1) * spread / math.sqrt(len(scored)) if spread else None
    return ScoreChange(
        count=len(scored),
        mean_before=statistics.fmean(before for before, _ in scored),
        mean_after=statistics.fmean(after for _, after in scored),
        mean=mean,
        median=statistics.median(differences),
        spread=spread,
        range=(mean - half, mean + half) if half else None,
    )


def display_level(pairs: int) -> str:
    """What so few cooperatives allow to be shown.

    0 to 4: counts only. 5 to 9: "x dari n" and the median change. From 10: shares and ranges.
    """
    if pairs < 5:
        return COUNTS_ONLY
    return NO_RANGE if pairs < 10 else RANGES


def needs_regression_notice(participants: Sequence[Decimal], assessed: Sequence[Decimal]) -> bool:
    """Whether the participants began at least 0.25 SD below the mean of all assessed.

    Such scores tend to rise by themselves at the next assessment.
    """
    if not participants or len(assessed) < 2:
        return False
    spread = statistics.stdev(assessed)
    gap = statistics.mean(assessed) - statistics.mean(participants)
    return spread > 0 and gap >= spread / 4
