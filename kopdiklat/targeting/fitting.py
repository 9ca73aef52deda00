"""Whether those who were chosen can all sit, under the quota, caps and reserves of the batch. Pure.

The seats are given out as the hall itself would (registration/seating.py), one cooperative after the
other in the order of the list, each with as many people as a cooperative may send.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from kopdiklat.registration.seating import Group, Hall, Obstacle, Team


@dataclass(frozen=True)
class GroupFit:
    """One cap or reserve beside what was chosen.

    :param has: seats that the group has now, held ones too
    :param chosen: cooperatives of it among those chosen, of `people` seats together
    """

    group: Group
    cap: int | None
    reserve: int
    has: int
    chosen: int
    people: int

    @property
    def used(self) -> int:
        return self.has + self.people

    @property
    def over(self) -> int:
        """Seats beyond the cap."""
        return max(0, self.used - self.cap) if self.cap is not None else 0

    @property
    def short(self) -> int:
        """Reserved seats that stay without a taker."""
        return max(0, self.reserve - self.used)

    @property
    def percent(self) -> int:
        """Of the cap, or of the reserve where there is none; 100 at most."""
        whole = self.cap if self.cap is not None else max(self.reserve, self.used)
        return min(100, 100 * self.used // whole) if whole else 100

    @property
    def mark(self) -> int | None:
        """Where the reserve stands on the same scale."""
        whole = self.cap if self.cap is not None else max(self.reserve, self.used)
        return min(100, 100 * self.reserve // whole) if self.reserve and whole else None


@dataclass(frozen=True)
class Fit:
    """How many cooperatives sit if all come, and what stands in the way of the others.

    :param obstacles: (kind, group of a cap) -> cooperatives; kinds as in seating.Obstacle
    """

    groups: Sequence[GroupFit]
    people: int
    sit: int
    left: int
    obstacles: Counter[tuple[str, Group | None]]


Pick = tuple[int, frozenset[Group]]  # a cooperative and its groups


@dataclass(frozen=True)
class Picked:
    """The first of a list under caps and reserves.

    :param skipped: who was passed over on the way, and by which obstacle
    :param after: who would have been next
    """

    ids: list[int]
    skipped: dict[int, Obstacle]
    after: int | None


def pick_first(hall: Hall, candidates: Iterable[Pick], count: int, people: int) -> Picked:
    """So many from the top; one whose group has all it may have, or for whom only seats of other
    groups are left, is passed over. Beyond the quota they are picked as reserves, in order.
    """
    trial = deepcopy(hall)
    picked = Picked([], {}, None)
    for ident, groups in candidates:
        if len(picked.ids) >= count:
            return replace(picked, after=ident)
        team = Team("", people, groups)
        obstacle = trial.obstacle(team)
        if obstacle is not None and obstacle.kind in ("cap", "reserve"):
            picked.skipped[ident] = obstacle
            continue
        if obstacle is None:
            trial.seat(team)
        picked.ids.append(ident)
    return picked


def fit(hall: Hall, chosen: Sequence[frozenset[Group]], people: int) -> Fit:
    """Seat everybody in turn in a copy of the hall.

    :param chosen: the groups of each cooperative, in the order of the list
    :param people: how many each may send
    """
    counts: Counter[Group] = Counter(group for groups in chosen for group in groups)
    lines = [
        GroupFit(
            share.group,
            share.cap,
            share.reserve,
            hall.has(share.group),
            counts[share.group],
            counts[share.group] * people,
        )
        for share in hall.shares
    ]
    trial = deepcopy(hall)
    obstacles: Counter[tuple[str, Group | None]] = Counter()
    sit = 0
    for groups in chosen:
        team = Team("", people, groups)
        obstacle = trial.obstacle(team)
        if obstacle is None:
            trial.seat(team)
            sit += 1
        else:
            obstacles[obstacle.kind, obstacle.group] += 1
    return Fit(lines, people, sit, len(chosen) - sit, obstacles)
