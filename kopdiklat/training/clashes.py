"""Who or what would be in two places at once, and the ways out. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from kopdiklat.core import clock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_


@dataclass(frozen=True)
class Planned:
    """One session of the batch that is planned; `row` is its place on the form, from 0."""

    row: int
    day_number: int
    starts_at: datetime
    ends_at: datetime
    trainer_key: str = ""


@dataclass(frozen=True)
class Busy:
    """One session of another batch: where it keeps its trainer, its room and its participants."""

    batch_id: int
    title: str
    venue: str
    venue_id: int | None
    trainer_name: str
    trainer_key: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str

    @property
    def day(self) -> date:
        return clock.local_day(self.starts_at, self.time_zone)


@dataclass(frozen=True)
class Clash:
    """Rows of the form that meet one other session. `kind` is trainer, venue or participants.

    :param people: names of those who are registered in both
    """

    kind: str
    rows: tuple[int, ...]
    busy: Busy
    people: tuple[str, ...] = ()

    @property
    def row(self) -> int:
        """Where it is told and decided."""
        return self.rows[0]


class ClashUndecided(RuleViolation):
    """Somebody or something would be in two places at once, and nobody has said why that is fine."""

    def __init__(self, clashes: Sequence[Clash]):
        super().__init__(N_("Putuskan dulu bentrok di jadwal, atau tulis alasan memakainya."))
        self.clashes = clashes


def overlaps(one: Planned | Busy, other: Planned | Busy) -> bool:
    """Truly at the same time: what ends as the other begins does not overlap."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def find_clashes(
    planned: Sequence[Planned], venue_id: int | None, busy: Sequence[Busy]
) -> list[Clash]:
    """Trainers row by row; the room once for each day of each other batch."""
    found = []
    for block in planned:
        there = [b for b in busy if block.trainer_key == b.trainer_key != "" and overlaps(block, b)]
        found += [Clash("trainer", (block.row,), b) for b in _one_per_batch(there)]
    if venue_id is not None:
        found += together("venue", planned, [b for b in busy if b.venue_id == venue_id])
    return found


def together(
    kind: str, planned: Sequence[Planned], busy: Iterable[Busy], people: tuple[str, ...] = ()
) -> list[Clash]:
    """One clash for each day of each other batch, with all rows that it touches."""

    def place(b: Busy):
        return b.batch_id, b.day

    found = []
    for _place, same in groupby(sorted(busy, key=lambda b: (*place(b), b.starts_at)), place):
        there = list(same)
        rows = tuple(p.row for p in planned if any(overlaps(p, b) for b in there))
        if rows:
            first = next(b for b in there if any(overlaps(p, b) for p in planned))
            found.append(Clash(kind, rows, first, people))
    return found


def _one_per_batch(busy: list[Busy]) -> list[Busy]:
    return list({b.batch_id: b for b in reversed(busy)}.values())[::-1]


def free_trainer(
    block: Planned, candidates: Iterable[tuple[str, str]], busy: Sequence[Busy]
) -> str | None:
    """The first of (key, name) who teaches nowhere at that time."""
    taken = {b.trainer_key for b in busy if overlaps(block, b)} | {block.trainer_key}
    return next((name for key, name in candidates if key not in taken), None)


def free_venue(
    planned: Sequence[Planned], candidates: Iterable[tuple[int, str]], busy: Sequence[Busy]
) -> tuple[int, str] | None:
    """The first of (id, name) in which no other batch sits during any of these sessions."""
    taken = {b.venue_id for b in busy if any(overlaps(p, b) for p in planned)}
    return next((venue for venue in candidates if venue[0] not in taken), None)


def swap_partner(
    block: Planned, planned: Sequence[Planned], busy: Sequence[Busy]
) -> Planned | None:
    """A session of another day with which this one can change places so that both trainers are free.

    The same place of the nearest day comes first.
    """

    def is_free(key: str, at: Planned) -> bool:
        return not any(key == b.trainer_key != "" and overlaps(at, b) for b in busy)

    def place(of: Planned) -> int:
        return sum(p.day_number == of.day_number and p.starts_at < of.starts_at for p in planned)

    others = sorted(
        (p for p in planned if p.day_number != block.day_number),
        key=lambda p: (place(p) != place(block), abs(p.day_number - block.day_number), p.row),
    )
    return next(
        (
            other
            for other in others
            if other.trainer_key != block.trainer_key
            and is_free(block.trainer_key, other)
            and is_free(other.trainer_key, block)
        ),
        None,
    )


def rows_that_stand(
    planned: Sequence[Planned], stored: Collection[tuple[datetime, datetime, str]]
) -> set[int]:
    """Rows that are stored as they are: whoever clashes with them came later, and decided it there.

    :param stored: (begin, end, trainer key) of each session of the batch; none if it changes rooms
    """
    return {p.row for p in planned if (p.starts_at, p.ends_at, p.trainer_key) in stored}


def check_decided(
    clashes: Sequence[Clash],
    reasons: dict[int, str],
    standing: set[int] | frozenset[int] = frozenset(),
) -> dict[int, str]:
    """The reason of every row that stays where it is.

    :param reasons: what was typed, by row; one reason carries all rows of its clash
    :param standing: rows that need none
    :raises ClashUndecided: somewhere no reason was given
    """
    if any(not reasons.get(c.row) and not standing.issuperset(c.rows) for c in clashes):
        raise ClashUndecided(clashes)
    kept: dict[int, str] = {}
    for clash in clashes:
        for row in clash.rows:
            if reason := reasons.get(row) or reasons.get(clash.row):
                kept.setdefault(row, reason)
    return kept
