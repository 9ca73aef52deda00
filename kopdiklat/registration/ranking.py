"""The rank of a cooperative within its health status: the lowest score first. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Standing:
    """What the rank is made of; score None stands last."""

    cooperative_id: int
    health_status: str | None
    score: Decimal | None
    name: str


def ranks(standings: Iterable[Standing]) -> dict[int, tuple[int, int]]:
    """Per cooperative its rank within its status, from 1, and of how many.

    Equal scores keep the order of their names, so that the list is the same every time.
    """
    groups: dict[str | None, list[Standing]] = {}
    for standing in standings:
        groups.setdefault(standing.health_status, []).append(standing)
    places = {}
    for group in groups.values():
        group.sort(key=lambda s: (s.score is None, s.score or 0, s.name, s.cooperative_id))
        for n, standing in enumerate(group, 1):
            places[standing.cooperative_id] = (n, len(group))
    return places


def basis_of(chosen: set[int], first: set[int]) -> str:
    """How the choice was made, for the method of before and after.

    `baseline_score` when exactly the first by score were taken, `mixed` when a person decided.
    """
    return "baseline_score" if chosen == first else "mixed"
