"""Presence: lateness, totals, which session is on, when to remind."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Generic, Protocol, TypeVar

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

STATE_LABELS = {
    "present": N_("Hadir"),
    "excused": N_("Izin"),
    "sick": N_("Sakit"),
    "absent": N_("Alpa"),
}
TITLES = {"h", "hj", "kh", "k.h", "ir", "drs", "dra", "dr", "prof", "rr", "r", "rd"}
DOOR_OPENS = timedelta(minutes=60)  # before the start of a session people may be admitted to it
UNDO_WITHIN = timedelta(minutes=15)


class Block(Protocol):
    """What the rules need of a training session."""

    @property
    def id(self) -> int: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def lesson_hours(self) -> Decimal: ...
    @property
    def day(self) -> date: ...


B = TypeVar("B", bound=Block)


def minutes_late(arrived_at: datetime | None, starts_at: datetime, grace_minutes: int) -> int:
    """Whole minutes after the start; 0 within the grace, and when the arrival is not known."""
    if arrived_at is None or arrived_at <= starts_at + timedelta(minutes=grace_minutes):
        return 0
    return int((arrived_at - starts_at).total_seconds()) // 60


@dataclass(frozen=True)
class Totals:
    """Lesson hours attended, of how many. `share` is exact, 0 .. 100; None without lesson hours."""

    attended: Decimal
    whole: Decimal

    @property
    def share(self) -> Decimal | None:
        return 100 * self.attended / self.whole if self.whole else None

    @property
    def printed_share(self) -> Decimal | None:
        """Rounded down to one decimal: 79,96 is printed 79,9, so that nothing below 80 shows 80."""
        share = self.share
        return None if share is None else share.quantize(Decimal("0.1"), ROUND_FLOOR)

    def reaches(self, percent: Decimal | int) -> bool:
        """Decided on the exact figures, never on the printed ones."""
        return bool(self.whole) and 100 * self.attended >= percent * self.whole


def totals(states: Mapping[int, str], blocks: Iterable[Block]) -> Totals:
    """Add up one person's lesson hours. Only `present` counts; a session without a mark does not.

    :param states: training session id -> state
    """
    attended = whole = Decimal(0)
    for block in blocks:
        whole += block.lesson_hours
        if states.get(block.id) == "present":
            attended += block.lesson_hours
    return Totals(attended, whole)


@dataclass(frozen=True)
class OnNow(Generic[B]):
    """The session that a person at the door is admitted to, and what else today holds.

    `chosen` is None when several run at once, or none is near.
    """

    chosen: B | None
    choices: tuple[B, ...]


def is_todays(block: Block, now: datetime, today: date) -> bool:
    """Of this civil day, or still running after midnight."""
    return block.day == today or block.starts_at <= now < block.ends_at


def on_now(blocks: Iterable[B], now: datetime, today: date) -> OnNow[B]:
    """Which of today's sessions is on.

    Running goes before soon, soon before over: the one that runs; else the next whose door is
    open; else the last that is over. Two that run side by side are for the person to choose.
    :param today: the civil day of `now` at the venue
    """
    mine = (b for b in blocks if is_todays(b, now, today))
    choices = tuple(sorted(mine, key=lambda b: b.starts_at))
    running = [b for b in choices if b.starts_at <= now < b.ends_at]
    soon = [b for b in choices if b.starts_at - DOOR_OPENS <= now < b.starts_at]
    over = [b for b in choices if b.ends_at <= now]
    if running:
        return OnNow(running[0] if len(running) == 1 else None, choices)
    if soon:
        first = [b for b in soon if b.starts_at == soon[0].starts_at]
        return OnNow(first[0] if len(first) == 1 else None, choices)
    return OnNow(over[-1] if over else None, choices)


def check_can_attend(state: str) -> None:
    """Only a confirmed seat is admitted.

    :raises RuleViolation: says what to do instead
    """
    if state in ("waitlisted", "offered"):
        raise RuleViolation(
            N_("Masih di daftar tunggu, belum mendapat kursi. Hubungi koordinator.")
        )
    if state == "replaced":
        raise RuleViolation(N_("Peserta ini sudah diganti. Cari nama penggantinya di daftar."))
    if state != "confirmed":
        raise RuleViolation(N_("Pendaftaran ini sudah tidak berlaku. Hubungi koordinator."))


def check_has_begun(day: date, today: date) -> None:
    """:raises RuleViolation: the session's day is still to come"""
    if day > today:
        raise RuleViolation(N_("Sesi ini belum berlangsung. Presensi dibuka pada harinya."))


def check_correction(day: date, today: date, reason: str | None) -> None:
    """After the day is over a mark is changed only with a reason.

    :raises RuleViolation: there is none
    """
    if today > day and not (reason and reason.strip()):
        raise RuleViolation(N_("Hari sesi ini sudah lewat. Tulis alasan perbaikannya."))


def check_undo(
    recorded_by_id: int | None, user_id: int, recorded_at: datetime, now: datetime
) -> None:
    """A slip of the finger is taken back by the one who made it, soon after.

    :raises RuleViolation: by somebody else, or too late
    """
    if recorded_by_id != user_id or now - recorded_at > UNDO_WITHIN:
        raise RuleViolation(
            N_("Tanda ini tidak dapat diurungkan lagi. Perbaiki dari daftar hadir sesi.")
        )


def parse_clock(text: str) -> time:
    """A time of day as people type it: `8.41`, `08:41`, `0841`.

    :raises RuleViolation: anything else
    """
    found = re.fullmatch(r"\s*(\d{1,2})\s*[.:]?\s*(\d{2})\s*", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise RuleViolation(N_("Tulis jam datang seperti 08.41."))
    return time(int(found[1]), int(found[2]))


def sorting_name(name: str) -> str:
    """The name without the titles before it, folded: H. Slamet stands under S."""
    words = name.casefold().split()
    while len(words) > 1 and words[0].rstrip(".") in TITLES:
        words.pop(0)
    return " ".join(words)
