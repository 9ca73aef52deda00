"""What a list of targets can be narrowed by, and what each choice would show. Pure.

A facet sorts every cooperative into one of its values. A filter is a choice of values; none chosen
lets all through, but for the activity, where a cooperative that is not active stays out until it is
asked for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import compress
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from kopdiklat.core import clock
from kopdiklat.targeting.ranking import WORST_FIRST

NONE = "none"  # of the health status: not assessed yet
DATES = ("never", "year", "three_years", "longer")  # how long ago something was, the last time
RANKS = ("10", "25", "50", "more", "unranked")
INVITED = ("never", "long_ago", "recently")
MONTHS = (3, 6, 12, 24)
COURSE_NEVER, COURSE_ELSEWHERE = "never", "elsewhere"
OFFERED = ("active", "unverified")  # activity statuses that are there without being asked for
YEAR = timedelta(days=365)


class Candidate(NamedTuple):
    """One cooperative as it stands today, with what speaks for choosing it.

    A plain tuple, for a list is made of thousands. Days stand for the last time: of earlier records
    (`past_…`) and of what was marked here (`…_on`), both in the office's civil time.
    :param in_other_batch: registered in another batch of this course that is not over
    :param rank: within its health status among those who are offered, 0 without one
    """

    id: int
    name: str
    number: str | None
    village: str | None
    district: str | None
    cooperative_type: str
    activity_status: str
    assessment_id: int | None
    health_status: str | None
    score: Decimal | None
    position_on: date | None
    past_training_on: date | None = None
    past_course_on: date | None = None
    past_visit_on: date | None = None
    attended_on: date | None = None
    attended_course_on: date | None = None
    visited_on: date | None = None
    last_invited_on: date | None = None
    open_follow_ups: int = 0
    is_invited: bool = False
    in_other_batch: bool = False
    has_phone: bool = True
    rank: int = 0
    of: int = 0

    @property
    def status_key(self) -> str:
        return self.health_status or NONE

    @property
    def last_training_on(self) -> date | None:
        return later(self.past_training_on, self.attended_on)

    @property
    def course_on(self) -> date | None:
        """When it last took part in this very course."""
        return later(self.past_course_on, self.attended_course_on)

    @property
    def last_visit_on(self) -> date | None:
        return later(self.past_visit_on, self.visited_on)


def later(one: date | None, other: date | None) -> date | None:
    """The later of two days, either of which may never have been."""
    if one is None or other is None:
        return one or other
    return one if one > other else other


def how_long_ago(day: date | None, today: date) -> str:
    """One of DATES."""
    if day is None:
        return "never"
    ago = today - day
    return "year" if ago < YEAR else "three_years" if ago < 3 * YEAR else "longer"


def invited_when(day: date | None, since: date) -> str:
    """One of INVITED.

    :param since: from when on an invitation is a recent one
    """
    if day is None:
        return "never"
    return "recently" if day > since else "long_ago"


def rank_band(rank: int) -> str:
    """One of RANKS."""
    if not rank:
        return "unranked"
    return "10" if rank <= 10 else "25" if rank <= 25 else "50" if rank <= 50 else "more"


def course_value(candidate: Candidate) -> str:
    """Registered elsewhere for it, or the year in which it last took part, or never."""
    if candidate.in_other_batch:
        return COURSE_ELSEWHERE
    on = candidate.course_on
    return str(on.year) if on else COURSE_NEVER


NAMES = (
    "status", "rank", "course", "trained", "visited", "follow_ups",
    "invited", "district", "type", "activity",
)  # fmt: skip


def columns_of(candidates: Sequence[Candidate], today: date, months: int) -> list[list[str]]:
    """The value of every candidate, facet by facet, in the order of NAMES."""
    since = clock.months_before(today, months)
    return [
        [c.health_status or NONE for c in candidates],
        [rank_band(c.rank) for c in candidates],
        [course_value(c) for c in candidates],
        [how_long_ago(c.last_training_on, today) for c in candidates],
        [how_long_ago(c.last_visit_on, today) for c in candidates],
        ["open" if c.open_follow_ups else "none" for c in candidates],
        [invited_when(c.last_invited_on, since) for c in candidates],
        [c.district or "" for c in candidates],
        [c.cooperative_type for c in candidates],
        [c.activity_status for c in candidates],
    ]


@dataclass(frozen=True)
class Filters:
    """What narrows the list: facet -> the values that are let through."""

    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    months: int = 6

    @classmethod
    def read(cls, args: Any, default_statuses: Iterable[str] = ()) -> "Filters":
        """Of an address or a form; one that says nothing about filters gets the usual statuses."""
        chosen = {
            name: frozenset(
                value[:80] for value in args.getlist(name) if value or name == "district"
            )
            for name in NAMES
        }
        if "all" not in args and not any(chosen.values()):
            chosen["status"] = frozenset(default_statuses)
        months = str(args.get("months", ""))
        return cls(
            {name: values for name, values in chosen.items() if values},
            int(months) if months.isdecimal() and int(months) in MONTHS else 6,
        )

    @classmethod
    def kept(cls, pairs: Iterable[Sequence[str]]) -> "Filters":
        """As `pairs` wrote them down."""
        return cls.read(MultiDict([(name, value) for name, value in pairs]))

    def without(self, name: str) -> "Filters":
        """Lets everything through this facet, also who is not active."""
        others = {facet: values for facet, values in self.chosen.items() if facet != name}
        if name == "activity" and name not in self.chosen:
            others[name] = frozenset((*OFFERED, "inactive"))
        return Filters(others, self.months)

    def pairs(self) -> list[tuple[str, str]]:
        """As they stand in an address."""
        found = [("all", "1")]
        found += [(name, value) for name in NAMES for value in sorted(self.chosen.get(name, ()))]
        return [*found, ("months", str(self.months))] if self.months != 6 else found

    def query(self) -> dict[str, Any]:
        """The pairs as url_for takes them."""
        found: dict[str, Any] = {}
        for name, value in self.pairs():
            found.setdefault(name, []).append(value)
        return found

    def lets_through(self) -> list[frozenset[str] | None]:
        """Per facet what may pass, in the order of NAMES; None is everything."""
        usual = {"activity": frozenset(OFFERED)}
        return [self.chosen.get(name) or usual.get(name) for name in NAMES]


@dataclass
class Found:
    """The list of one choice of filters, and what each filter would let in.

    :param strictest: the facet that keeps out most, by itself or with others; "" when none does
    """

    candidates: list[Candidate]
    by_status: int = 0
    facets: dict[str, Counter[str]] = field(default_factory=dict)
    strictest: str = ""

    @property
    def eligible(self) -> list[Candidate]:
        """Who is not invited yet."""
        return [c for c in self.candidates if not c.is_invited]


def narrow(candidates: Sequence[Candidate], filters: Filters, today: date) -> Found:
    """The list worst status first, then by rank; facets count what each choice would show.

    Facet by facet and not row by row, for it runs over thousands while a person waits: what a facet
    counts is who passes all the others.
    """
    columns = columns_of(candidates, today, filters.months)
    passes = {
        n: [value in let for value in columns[n]]
        for n, let in enumerate(filters.lets_through())
        if let is not None
    }
    everyone = _all(passes.values(), len(candidates))
    counts, lifted = [], {}
    for n, values in enumerate(columns):
        others = everyone
        if n in passes:
            others = _all([p for m, p in passes.items() if m != n], len(candidates))
            lifted[n] = sum(others) - sum(everyone)
        counts.append(Counter(compress(values, others)))
    shown = sorted(compress(candidates, everyone), key=order)
    status = [passes[n] for n in (0, len(NAMES) - 1) if n in passes]
    return Found(
        shown,
        sum(_all(status, len(candidates))),
        dict(zip(NAMES, counts)),
        _strictest(passes, lifted, bool(shown)),
    )


def _all(passes: Iterable[list[bool]], length: int) -> list[bool]:
    """Who passes all of these."""
    columns = list(passes)
    if len(columns) == 1:
        return columns[0]
    return [all(row) for row in zip(*columns)] if columns else [True] * length


def _strictest(
    passes: Mapping[int, list[bool]], lifted: Mapping[int, int], is_anybody_shown: bool
) -> str:
    """The facet whose filter lets most back in when it is lifted; when none does alone and the list
    is empty, the one that keeps out most.
    """
    if not passes:
        return ""
    refuses = {n: let.count(False) for n, let in passes.items()}
    strictest = max(passes, key=lambda n: (lifted[n], refuses[n], -n))
    is_one = lifted[strictest] or (refuses[strictest] and not is_anybody_shown)
    return NAMES[strictest] if is_one else ""


def order(candidate: Candidate) -> tuple:
    """Worst status first, then by rank; who has no rank stands last in its status."""
    rank = candidate.rank
    status = WORST_FIRST[candidate.health_status or NONE]
    return (status, rank == 0, rank, candidate.name, candidate.id)
