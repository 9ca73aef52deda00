"""Who took part, who stands beside them, and who is in neither group, with the reason.

Pure: facts of one office come in (queries.py loads them), counted groups come out. The unit is one
cooperative; two of its people at one bimtek are one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from kopdiklat.impact import rules, transitions
from kopdiklat.impact.rules import ActivityStatus, Assessment, Pair, Windows

PARTICIPANTS = "participants"
COMPARISON = "comparison"
LEFT_OUT = "left_out"
GROUPS = (PARTICIPANTS, COMPARISON, LEFT_OUT)

# As a filter of the status before: either of the two lowest classes.
LOWEST_TWO = "lowest_two"

# Above this share of participants in other programmes too, the page says so in a sentence.
OVERLAP_RATE = 0.2


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact with a programme, computed from presence, a held visit or a past activity.

    `programme` names what it belonged to: ("programme", 3), ("visits", 2026), ("past", ...).
    """

    on: date
    programme: tuple


@dataclass(frozen=True, slots=True)
class CooperativeFacts:
    id: int
    office_id: int
    name: str
    cooperative_number: str | None = None
    district: str | None = None
    statuses: tuple[ActivityStatus, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """One person present at one training session."""

    cooperative_id: int
    registration_id: int
    batch_id: int
    on: date
    hours: Decimal


@dataclass(frozen=True)
class Exposure:
    """Who took part from which day, and who came close to it."""

    programme: tuple
    starts: dict[int, date]
    below_minimum: frozenset[int] = frozenset()
    invited: frozenset[int] = frozenset()


def exposure_by_presence(
    programme: tuple,
    presences: Iterable[Presence],
    hours_of_batches: dict[int, Decimal],
    invited: Iterable[int] = (),
) -> Exposure:
    """Training: one person of the cooperative present for enough of the hours.

    It starts with the first session that any of its people attended.
    """
    hours: dict[tuple[int, int, int], Decimal] = defaultdict(Decimal)
    first: dict[int, date] = {}
    for presence in presences:
        key = (presence.cooperative_id, presence.registration_id, presence.batch_id)
        hours[key] += presence.hours
        known = first.get(presence.cooperative_id, presence.on)
        first[presence.cooperative_id] = min(known, presence.on)
    enough = {
        cooperative_id
        for (cooperative_id, _, batch_id), present in hours.items()
        if rules.attended_enough(present, hours_of_batches[batch_id])
    }
    return Exposure(
        programme,
        starts={ident: day for ident, day in first.items() if ident in enough},
        below_minimum=frozenset(first.keys() - enough),
        invited=frozenset(invited) - first.keys(),
    )


def exposure_by_date(
    programme: tuple, contacts: Iterable[tuple[int, date]], invited: Iterable[int] = ()
) -> Exposure:
    """Mentoring and past activities: every contact counts, the first one is the start."""
    first: dict[int, date] = {}
    for cooperative_id, day in contacts:
        first[cooperative_id] = min(first.get(cooperative_id, day), day)
    return Exposure(programme, starts=first, invited=frozenset(invited) - first.keys())


@dataclass(frozen=True, slots=True)
class Member:
    """One cooperative of a group, with its own window."""

    cooperative: CooperativeFacts
    start: date
    pair: Pair
    overlapping: bool = False
    undated: bool = False
    reason: str | None = None

    @property
    def movement(self) -> str:
        return transitions.movement_of(self.pair)

    @property
    def score_change(self) -> Decimal | None:
        if self.pair.scores is None:
            return None
        before, after = self.pair.scores
        return after - before


LEVELS = (transitions.COUNTS_ONLY, transitions.NO_RANGE, transitions.RANGES)


@dataclass(frozen=True)
class Group:
    """Cooperatives counted the same way. `most` is the level that the other group allows."""

    name: str
    members: Sequence[Member]
    most: str = transitions.RANGES

    @cached_property
    def table(self) -> transitions.TransitionTable:
        return transitions.transition_table(member.pair for member in self.members)

    @cached_property
    def change(self) -> transitions.ScoreChange | None:
        return transitions.score_change(member.pair for member in self.members)

    @cached_property
    def level(self) -> str:
        own = transitions.display_level(self.table.compared)
        return min(own, self.most, key=LEVELS.index)

    @cached_property
    def states(self) -> dict[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for member in self.members:
            counts[member.pair.state] += 1
        return dict(counts)

    @property
    def overlapping(self) -> int:
        return sum(member.overlapping for member in self.members)

    @property
    def undated(self) -> int:
        return sum(member.undated for member in self.members)


@dataclass(frozen=True)
class Cohort:
    participants: Group
    comparison: Group
    left_out: Sequence[Member]
    anchor: date | None
    windows: Windows
    from_elsewhere: int = 0
    needs_notice: bool = False
    reasons: dict[str, int] = field(default_factory=dict)

    def members(self, group: str) -> Sequence[Member]:
        if group == LEFT_OUT:
            return self.left_out
        return (self.participants if group == PARTICIPANTS else self.comparison).members

    @property
    def overlaps_much(self) -> bool:
        members = len(self.participants.members)
        return members > 0 and self.participants.overlapping / members > OVERLAP_RATE

    def positions(self, side: str) -> tuple[date, date] | None:
        """First and last position date of the participants' baselines or endlines."""
        chosen = [getattr(member.pair, side) for member in self.participants.members]
        days = sorted(a.position_date for a in chosen if a is not None)
        return (days[0], days[-1]) if days else None


def build_cohort(
    cooperatives: Sequence[CooperativeFacts], exposure: Exposure, windows: Windows, today: date
) -> Cohort:
    """Sort the cooperatives of one office into participants, comparison and left out."""
    known = {cooperative.id for cooperative in cooperatives}
    starts = {ident: day for ident, day in exposure.starts.items() if ident in known}
    anchor = rules.anchor_of(starts.values())
    participants = Group(
        PARTICIPANTS,
        [
            _participant(cooperative, starts[cooperative.id], exposure, windows, today)
            for cooperative in cooperatives
            if cooperative.id in starts
        ],
    )
    others: list[Member] = []
    if anchor is not None:
        others = [
            _other(cooperative, anchor, exposure, windows, today)
            for cooperative in cooperatives
            if cooperative.id not in starts
        ]
    left_out = []
    reasons: dict[str, int] = defaultdict(int)
    for member in others:
        if member.reason:
            left_out.append(member)
            reasons[member.reason] += 1
    return Cohort(
        participants=participants,
        comparison=Group(
            COMPARISON,
            [member for member in others if not member.reason],
            most=participants.level,
        ),
        left_out=left_out,
        anchor=anchor,
        windows=windows,
        from_elsewhere=len(exposure.starts) - len(starts),
        needs_notice=_needs_notice(participants, others, cooperatives, anchor, windows),
        reasons=dict(reasons),
    )


def _participant(cooperative, start, exposure, windows, today) -> Member:
    pair = rules.pair_up(
        cooperative.assessments,
        start,
        windows,
        today,
        excluded=rules.is_dissolved(cooperative.statuses, start, windows),
    )
    elsewhere = [c.on for c in cooperative.contacts if c.programme != exposure.programme]
    endline = pair.endline.position_date if pair.endline else None
    return Member(
        cooperative,
        start,
        pair,
        overlapping=rules.has_contact_around(elsewhere, start, endline, windows),
    )


def _other(cooperative, anchor, exposure, windows, today) -> Member:
    pair = rules.pair_up(cooperative.assessments, anchor, windows, today)
    activity = rules.activity_at(cooperative.statuses, anchor)
    reason = rules.reason_left_out(
        pair=pair,
        below_minimum=cooperative.id in exposure.below_minimum,
        invited=cooperative.id in exposure.invited,
        dissolved=rules.is_dissolved(cooperative.statuses, anchor, windows),
        activity=activity,
        contacts=[contact.on for contact in cooperative.contacts],
        anchor=anchor,
        windows=windows,
    )
    undated = reason is None and activity is not None and activity.as_of is None
    return Member(cooperative, anchor, pair, undated=undated, reason=reason)


def _needs_notice(participants, others, cooperatives, anchor, windows) -> bool:
    """Against all assessed cooperatives of the office, each with its baseline at the anchor."""
    if anchor is None:
        return False
    taking_part = {member.cooperative.id: member for member in participants.members}
    baselines = [member.pair.baseline for member in others]
    baselines += [
        rules.choose_baseline(cooperative.assessments, anchor, windows)
        for cooperative in cooperatives
        if cooperative.id in taking_part
    ]
    return transitions.needs_regression_notice(
        _scores(member.pair.baseline for member in participants.members), _scores(baselines)
    )


def _scores(assessments: Iterable[Assessment | None]) -> list[Decimal]:
    return [a.score for a in assessments if a is not None and a.score is not None]


def select(
    members: Iterable[Member],
    *,
    before: str | None = None,
    after: str | None = None,
    moved: str | None = None,
    state: str | None = None,
    reason: str | None = None,
    overlapping: bool = False,
    undated: bool = False,
    in_table: bool = False,
) -> list[Member]:
    """The names behind a number. A status of "none" is not assessed; a filter of None is unset."""
    tests: list[Callable[[Member], bool]] = []
    if in_table or before or after or moved:
        tests.append(lambda m: m.pair.state != rules.EXCLUDED)
    if before == LOWEST_TWO:
        tests.append(lambda m: m.pair.before in transitions.LOWEST_TWO)
    elif before:
        tests.append(lambda m: (m.pair.before or "none") == before)
    if after:
        tests.append(lambda m: (m.pair.after or "none") == after)
    if moved:
        tests.append(lambda m: m.movement == moved)
    if state:
        tests.append(lambda m: m.pair.state == state)
    if reason:
        tests.append(lambda m: m.reason == reason)
    if overlapping:
        tests.append(lambda m: m.overlapping)
    if undated:
        tests.append(lambda m: m.undated)
    return [member for member in members if all(test(member) for test in tests)]
