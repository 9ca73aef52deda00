"""What the door shows: today's sessions, and one participant whose code was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from kopdiklat import policy
from kopdiklat.attendance import queries, roll, rules
from kopdiklat.core import clock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import TrainingSession


@dataclass(frozen=True)
class Card:
    """One session of today with its progress."""

    block: TrainingSession
    present: int
    seats: int
    percent: int
    phase: str  # running, open, later, over


@dataclass(frozen=True)
class DoorPage:
    day: date
    cards: list[Card]
    current: Card | None


def door_page(blocks: Iterable[TrainingSession], now: datetime) -> DoorPage:
    """Today's sessions, each by its own civil day.

    :param blocks: sessions around now that this person may record
    """
    today = [b for b in blocks if rules.is_todays(b, now, clock.local_day(now, b.time_zone))]
    present = queries.count_present([b.id for b in today])
    seats = queries.count_seats({b.batch_id for b in today})
    cards = [_card(b, present.get(b.id, 0), seats.get(b.batch_id, 0), now) for b in today]
    cards.sort(key=lambda card: (card.phase == "over", card.block.starts_at))
    zone = today[0].time_zone if today else "WIB"
    first = cards[0] if cards and cards[0].phase in ("running", "open") else None
    return DoorPage(clock.local_day(now, zone), cards, first)


def _card(block: TrainingSession, present: int, seats: int, now: datetime) -> Card:
    if block.ends_at <= now:
        phase = "over"
    elif block.starts_at <= now:
        phase = "running"
    else:
        phase = "open" if block.starts_at - rules.DOOR_OPENS <= now else "later"
    return Card(block, present, seats, 100 * present // seats if seats else 0, phase)


@dataclass(frozen=True)
class Upcoming:
    """The next day with work at a door, when today has none."""

    title: str
    day: date
    venue: str


def upcoming(user, now: datetime, batches) -> Upcoming | None:
    duty = queries.next_duty(user.id, user.today)
    if duty:
        return Upcoming(duty.batch.title, duty.duty_on, duty.batch.venue)
    if any(policy.mans_doors(held) for held in user.current_memberships):
        return None
    block = queries.next_session(now, batches)
    return Upcoming(block.batch.title, block.day, block.batch.venue) if block else None


@dataclass(frozen=True)
class TicketPage:
    """One participant at the door.

    `refusal` is a sentence when this person cannot be admitted to `block`.
    """

    registration: Registration
    block: TrainingSession | None
    choices: list[TrainingSession]
    next_block: TrainingSession | None
    row: roll.Row | None
    refusal: str | None


def ticket_page(
    registration: Registration,
    blocks: list[TrainingSession],
    now: datetime,
    asked: int | None = None,
) -> TicketPage:
    """:param blocks: sessions of the batch that this person may record
    :param asked: a session chosen by hand
    """
    zone = registration.batch.time_zone
    on_now = rules.on_now(blocks, now, clock.local_day(now, zone))
    choices = [b for b in blocks if b in on_now.choices]
    block = next((b for b in choices if b.id == asked), on_now.chosen)
    coming = sorted((b for b in blocks if b.starts_at > now), key=lambda b: b.starts_at)
    row = refusal = None
    if block:
        grace = registration.batch.office.late_grace_minutes
        mark = queries.find_mark(block.id, registration.id)
        row = roll.row_of(registration, block, mark, grace)
    try:
        rules.check_can_attend(registration.state)
    except RuleViolation as broken:
        refusal = str(broken)
    return TicketPage(registration, block, choices, coming[0] if coming else None, row, refusal)
