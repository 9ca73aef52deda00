"""The rank of a cooperative within its health status, and on what a choice rests. Pure."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from kopdiklat.core import clock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

WORST_FIRST = {  # the order of the list; `none` is not assessed yet
    "under_special_supervision": 0,
    "under_supervision": 1,
    "fairly_healthy": 2,
    "healthy": 3,
    "none": 4,
}
BASES = ("lottery", "baseline_score", "older_score", "mixed")
BASIS_LABELS = {
    "lottery": N_("Undian"),
    "baseline_score": N_("Skor kesehatan terakhir"),
    "older_score": N_("Skor kesehatan lama"),
    "mixed": N_("Campuran"),
}
SAID = ("baseline_score", "older_score", "mixed")  # a lottery is drawn here or it is none
BASELINE_MONTHS = 18  # reference/impact-method.md 1.3: how old a baseline may be on the first day


class Standing(NamedTuple):
    """What the rank is made of; score None stands last."""

    id: int
    health_status: str | None
    score: Decimal | None
    name: str


def ranks(standings: Iterable[Standing]) -> dict[int, tuple[int, int]]:
    """Per cooperative its rank within its status, from 1, and of how many.

    Equal scores keep the order of their names, so that the list is the same every time.
    """
    groups: dict[str | None, list[tuple]] = {}
    for ident, status, score, name in standings:
        groups.setdefault(status, []).append((score is None, score or 0, name, ident))
    places = {}
    for group in groups.values():
        group.sort()
        for n, (*_, ident) in enumerate(group, 1):
            places[ident] = (n, len(group))
    return places


class Ranked(Protocol):
    """What the basis of a choice is read from."""

    @property
    def id(self) -> int: ...
    @property
    def health_status(self) -> str | None: ...
    @property
    def score(self) -> Decimal | None: ...
    @property
    def position_on(self) -> date | None: ...


def basis_of(
    chosen: Collection[int], first: Sequence[Ranked], after: Ranked | None, first_day: date
) -> str:
    """How the choice was made, one of BASES but never `lottery`.

    Only who took exactly the first of the list chose by score; anything else is a person's
    judgement. Among those who have a status and no score the list goes by name, so a cut through
    them, or somebody who is not assessed, is no choice by score either. A score that is too old to
    be the baseline on the first day of training is an older one. Four in five decide which kind it is,
    as in 5.1 of the method, whose analysis leaves out who has no baseline.

    :param first: the first of the list, as many as were chosen, as far as caps let them
    :param after: who would have been next
    :param first_day: when training begins
    """
    if not chosen or {c.id for c in first} != set(chosen):
        return "mixed"
    if any(c.health_status is None for c in first):
        return "mixed"
    last = first[-1]
    if (
        last.score is None
        and after is not None
        and after.score is None
        and after.health_status == last.health_status
    ):
        return "mixed"
    oldest = clock.months_before(first_day, BASELINE_MONTHS)
    old = sum(c.position_on is None or c.position_on < oldest for c in first)
    if old * 5 >= len(first) * 4:
        return "older_score"
    return "baseline_score" if old * 5 <= len(first) else "mixed"


def check_basis(derived: str, said: str, reason: str) -> tuple[str, str | None]:
    """What is recorded, and the reason when a person knows better than the list.

    :raises RuleViolation: another basis without a reason, or a lottery that was not drawn here
    """
    if not said or said == derived:
        return derived, None
    if said not in SAID:
        raise RuleViolation(N_("Undian dicatat lewat halaman Undian, agar dapat dihitung ulang."))
    if not reason:
        raise RuleViolation(N_("Tulis alasan mengapa dasar pemilihannya lain."))
    return said, reason
