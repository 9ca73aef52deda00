"""Who sits: the quota, caps and reserves of a batch, decided together.

A group is one value of a facet of cooperatives, such as ("district", "Magersari"). A cap is the
most seats that a group may have; a reserve is seats that others leave to it while it has fewer.
Everything here is arithmetic on values; the caller holds the lock of the batch.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

FACETS = ("district", "cooperative_type")
Group = tuple[str, str]


@dataclass(frozen=True)
class Share:
    """What one group may have at most (`cap`) and is left at least (`reserve`), in seats."""

    group: Group
    cap: int | None = None
    reserve: int = 0


@dataclass(frozen=True)
class Team:
    """Those who were sent in together: they sit together or wait together.

    :param invitation_id: whose hold they may use; None without an invitation
    """

    name: str
    people: int
    groups: frozenset[Group] = frozenset()
    invitation_id: int | None = None


@dataclass(frozen=True)
class Hold:
    """Seats that an invitation still keeps."""

    people: int
    groups: frozenset[Group] = frozenset()


@dataclass(frozen=True)
class Obstacle:
    """Why a team does not sit now.

    :param kind: `full` no seat is free; `whole` fewer are free than it needs; `cap` its group
        has all it may have; `reserve` what is free is kept for other groups
    :param free: seats that are free for it
    """

    kind: str
    free: int
    group: Group | None = None


@dataclass
class Hall:
    """The seats of one batch as they stand under its lock."""

    seats: int
    shares: Sequence[Share] = ()
    taken: int = 0
    taken_by: Counter[Group] = field(default_factory=Counter)
    holds: dict[int, Hold] = field(default_factory=dict)
    waiting: int = 0  # persons in the queue

    @property
    def held(self) -> int:
        return sum(hold.people for hold in self.holds.values())

    @property
    def used(self) -> int:
        return self.taken + self.held

    @property
    def free(self) -> int:
        """Seats that nobody has and no hold keeps; reserves are still among them."""
        return self.seats - self.used

    def held_by(self, group: Group) -> int:
        return sum(hold.people for hold in self.holds.values() if group in hold.groups)

    def has(self, group: Group) -> int:
        """Seats of a group, those that are held for it too."""
        return self.taken_by[group] + self.held_by(group)

    def kept_for_others(self, groups: Iterable[Group]) -> int:
        """Free seats that belong to the reserves of groups other than these."""
        mine = set(groups)
        return sum(
            max(0, share.reserve - self.has(share.group))
            for share in self.shares
            if share.group not in mine
        )

    def obstacle(self, team: Team) -> Obstacle | None:
        """What keeps this team from sitting now; None when it fits whole."""
        own = self.holds.get(team.invitation_id or 0)
        own_people = min(own.people, team.people) if own else 0
        more = team.people - own_people
        for share in self.shares:
            if share.cap is None or share.group not in team.groups:
                continue
            if (left := share.cap - self.has(share.group)) < more:
                return Obstacle("cap", max(0, left) + own_people, share.group)
        free = max(0, self.free)
        open_to_it = max(0, free - self.kept_for_others(team.groups))
        if more <= open_to_it:
            return None
        if more <= free:
            return Obstacle("reserve", open_to_it + own_people)
        return Obstacle("whole" if free + own_people else "full", open_to_it + own_people)

    def seat(self, team: Team) -> None:
        """Give the team its seats, from its own hold first."""
        own = self.holds.get(team.invitation_id or 0)
        if own:
            self.holds[team.invitation_id or 0] = Hold(max(0, own.people - team.people), own.groups)
        self.taken += team.people
        self.taken_by.update(dict.fromkeys(team.groups, team.people))

    def hold(self, invitation_id: int, people: int, groups: frozenset[Group]) -> int:
        """Keep seats for an invitation: all that it is for, or none.

        :return: how many are kept
        """
        if self.obstacle(Team("", people, groups)):
            return 0
        self.holds[invitation_id] = Hold(people, groups)
        return people


@dataclass(frozen=True)
class Passed:
    """A team that a free seat went by, and why."""

    team: Team
    obstacle: Obstacle


def next_to_sit(hall: Hall, waiting: Sequence[Team]) -> tuple[list[Team], list[Passed]]:
    """Who gets a seat now, in the order of the queue, and who is passed by on the way.

    A team of a reserved group that sits may leave a seat open to others, so the walk begins again
    after each: the answer is one where no waiting team fits any more. Changes `hall`.
    """
    left = list(waiting)
    chosen: list[Team] = []
    passed: dict[str, Passed] = {}
    while True:
        for team in left:
            obstacle = hall.obstacle(team)
            if obstacle is None:
                break
            passed.setdefault(team.name, Passed(team, obstacle))
        else:
            behind = {team.name for team in _before_last(waiting, chosen)}
            return chosen, [p for name, p in passed.items() if name in behind]
        hall.seat(team)
        left.remove(team)
        passed.pop(team.name, None)
        chosen.append(team)


def _before_last(waiting: Sequence[Team], chosen: Sequence[Team]) -> list[Team]:
    """Those who stand before the last one that was chosen and were not."""
    if not chosen:
        return []
    names = {team.name for team in chosen}
    last = max(n for n, team in enumerate(waiting) if team.name in names)
    return [team for team in waiting[:last] if team.name not in names]


def faults(hall: Hall, waiting: Sequence[Team]) -> list[str]:
    """What breaks the promise of the seats, in words; empty when all is well."""
    found = []
    if hall.used > hall.seats:
        found.append(f"{hall.taken} terisi dan {hall.held} ditahan, kursi hanya {hall.seats}")
    found += [
        f"{share.group[1]}: {count} kursi, paling banyak {share.cap}"
        for share in hall.shares
        if share.cap is not None and (count := hall.has(share.group)) > share.cap
    ]
    found += [
        f"rombongan {team.name} ({team.people} orang) menunggu padahal muat"
        for team in waiting
        if hall.obstacle(team) is None
    ]
    return found
