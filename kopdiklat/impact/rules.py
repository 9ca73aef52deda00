"""Which assessment is the baseline, which the endline, and who may stand beside whom."""

import calendar
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kopdiklat.health.rules import STATUS_LABELS

# Best to worst, as every table, bar and ribbon is ordered. Not assessed is no status: None.
HEALTH_STATUSES = tuple(STATUS_LABELS)

COMPLETE = "complete"
NO_BASELINE = "no_baseline"
NOT_DUE = "not_due"
AWAITING_ASSESSMENT = "awaiting_assessment"
LOST = "lost"
OTHER_INSTRUMENT = "other_instrument"
EXCLUDED = "excluded"

BASELINE_SIGNED_LATE = "baseline_signed_late"
BASELINE_DATE_ESTIMATED = "baseline_position_date_estimated"
ENDLINE_DATE_ESTIMATED = "endline_position_date_estimated"
STATUS_MISMATCH = "status_mismatch"

# Months before the anchor in which a contact with any programme disqualifies from comparison.
QUIET_MONTHS = 12
# Share of a training's lesson hours that one person attends before the cooperative counts.
MINIMUM_HOURS_RATE = Decimal("0.75")


@dataclass(frozen=True, slots=True)
class Assessment:
    """One valid assessment: final, not voided. Ordered by position_date, never by signature."""

    id: int
    scheme: str
    position_date: date
    health_status: str
    score: Decimal | None = None
    signed_on: date | None = None
    mismatch: bool = False
    date_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Windows:
    """Months: a baseline lies at most `before` back, an endline `lag` to `until` ahead."""

    before: int = 18
    lag: int = 6
    until: int = 24
    main_scheme: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    state: str
    baseline: Assessment | None = None
    endline: Assessment | None = None
    flags: tuple[str, ...] = ()

    @property
    def before(self) -> str | None:
        return self.baseline.health_status if self.baseline else None

    @property
    def after(self) -> str | None:
        return self.endline.health_status if self.endline else None

    @property
    def scores(self) -> tuple[Decimal, Decimal] | None:
        """Before and after, of a complete pair that has both."""
        if self.state != COMPLETE or self.baseline is None or self.endline is None:
            return None
        before, after = self.baseline.score, self.endline.score
        return None if before is None or after is None else (before, after)


@dataclass(frozen=True, slots=True)
class ActivityStatus:
    """What was known about active or not; `as_of` is None when nobody wrote the date down."""

    status: str
    as_of: date | None


def add_months(day: date, months: int) -> date:
    """The same day months later or earlier, clipped to the end of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _signed(assessment: Assessment) -> date:
    return assessment.signed_on or date.min


def choose_baseline(
    assessments: Iterable[Assessment], start: date, windows: Windows
) -> Assessment | None:
    """The latest position within the window before the start, both ends included."""
    earliest = add_months(start, -windows.before)
    candidates = [a for a in assessments if earliest <= a.position_date <= start]
    return max(
        candidates,
        key=lambda a: (
            a.position_date,
            a.signed_on is not None and a.signed_on <= start,
            a.scheme == windows.main_scheme,
            _signed(a),
            a.id,
        ),
        default=None,
    )


def choose_endline(
    assessments: Iterable[Assessment], start: date, windows: Windows, scheme: str | None = None
) -> Assessment | None:
    """The earliest position within the window after the start, never the best of several.

    :param scheme: instrument of the baseline; preferred whenever it has an endline at all
    """
    first, last = add_months(start, windows.lag), add_months(start, windows.until)
    candidates = [a for a in assessments if first <= a.position_date <= last]
    comparable = [a for a in candidates if a.scheme == scheme]
    return min(
        comparable or candidates,
        key=lambda a: (
            a.position_date,
            a.scheme != windows.main_scheme,
            -_signed(a).toordinal(),
            -a.id,
        ),
        default=None,
    )


def pair_up(
    assessments: Sequence[Assessment],
    start: date,
    windows: Windows,
    today: date,
    *,
    excluded: bool = False,
) -> Pair:
    """Baseline, endline and what keeps the two from being compared.

    A cooperative without baseline keeps its endline, for the row "belum dinilai".
    """
    baseline = choose_baseline(assessments, start, windows)
    endline = choose_endline(
        assessments, start, windows, scheme=baseline.scheme if baseline else None
    )
    return Pair(
        state=_state_of(baseline, endline, start, windows, today, excluded),
        baseline=baseline,
        endline=endline,
        flags=_flags_of(baseline, endline, start),
    )


def is_complete(assessments: Sequence[Assessment], start: date, windows: Windows) -> bool:
    """Whether a baseline and an endline by one instrument exist; the same on every day."""
    return pair_up(assessments, start, windows, date.max).state == COMPLETE


def _state_of(baseline, endline, start, windows, today, excluded) -> str:
    if excluded:
        return EXCLUDED
    if baseline is None:
        return NO_BASELINE
    if endline is None:
        if today < add_months(start, windows.lag):
            return NOT_DUE
        if today <= add_months(start, windows.until):
            return AWAITING_ASSESSMENT
        return LOST
    if endline.scheme != baseline.scheme:
        return OTHER_INSTRUMENT
    return COMPLETE


def _flags_of(baseline, endline, start) -> tuple[str, ...]:
    flags = []
    if baseline and baseline.signed_on and baseline.signed_on > start:
        flags.append(BASELINE_SIGNED_LATE)
    if baseline and baseline.date_estimated:
        flags.append(BASELINE_DATE_ESTIMATED)
    if endline and endline.date_estimated:
        flags.append(ENDLINE_DATE_ESTIMATED)
    if any(a is not None and a.mismatch for a in (baseline, endline)):
        flags.append(STATUS_MISMATCH)
    return tuple(flags)


def anchor_of(starts: Iterable[date]) -> date | None:
    """Median start of the participants, the date of the lower middle one when even."""
    ordered = sorted(starts)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def activity_at(statuses: Iterable[ActivityStatus], day: date) -> ActivityStatus | None:
    """Latest status dated on or before the day, else an undated one.

    A status of a later date says nothing about the day: choosing by it would choose by the outcome.
    """
    usable = [s for s in statuses if s.as_of is None or s.as_of <= day]
    return max(usable, key=lambda status: status.as_of or date.min, default=None)


def is_dissolved(statuses: Iterable[ActivityStatus], start: date, windows: Windows) -> bool:
    """Dissolved within the window: it could not be assessed as it would have been."""
    known = activity_at(statuses, add_months(start, windows.until))
    return known is not None and known.status == "dissolved"


def has_contact_around(
    contacts: Iterable[date], start: date, endline: date | None, windows: Windows
) -> bool:
    """Any of these contacts from a year before the start until the endline."""
    return not is_untouched(tuple(contacts), start, endline, windows)


def attended_enough(present_hours: Decimal, all_hours: Decimal) -> bool:
    """Whether one person's presence counts as taking part.

    A batch without lesson hours counts any presence.
    """
    return present_hours >= MINIMUM_HOURS_RATE * all_hours


def is_untouched(
    contacts: Collection[date], anchor: date, endline: date | None, windows: Windows
) -> bool:
    """No contact with any programme from a year before the anchor until its own endline.

    A contact on the day that the endline describes came too late to change it.
    """
    first = add_months(anchor, -QUIET_MONTHS)
    if endline is None:
        last = add_months(anchor, windows.until)
        return not any(first <= day <= last for day in contacts)
    return not any(first <= day < endline for day in contacts)


# Why a cooperative of the office is in neither group, in the order of the question.
INVITED = "invited"
BELOW_MINIMUM = "below_minimum"
DISSOLVED = "dissolved"
OTHER_PROGRAMME = "other_programme"
ACTIVITY_UNKNOWN = "activity_unknown"
INACTIVE = "inactive"
NOT_ASSESSED = "not_assessed"


def reason_left_out(
    *,
    pair: Pair,
    below_minimum: bool,
    invited: bool,
    dissolved: bool,
    activity: ActivityStatus | None,
    contacts: Collection[date],
    anchor: date,
    windows: Windows,
) -> str | None:
    """None for a cooperative that belongs to the comparison, else the first reason against it."""
    endline = pair.endline.position_date if pair.endline else None
    reasons: tuple[tuple[str, Callable[[], bool]], ...] = (
        (BELOW_MINIMUM, lambda: below_minimum),
        (INVITED, lambda: invited),
        (DISSOLVED, lambda: dissolved),
        (OTHER_PROGRAMME, lambda: not is_untouched(contacts, anchor, endline, windows)),
        (ACTIVITY_UNKNOWN, lambda: activity is None),
        (INACTIVE, lambda: activity is not None and activity.status != "active"),
        (NOT_ASSESSED, lambda: pair.baseline is None),
    )
    return next((reason for reason, holds in reasons if holds()), None)
