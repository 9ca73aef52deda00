"""How far a batch is: six facts, and the phase it is in. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kopdiklat.core.text import N_

PHASES = {  # phase: (words, tone, icon)
    "draft": (N_("Rancangan"), "outline", "pencil"),
    "upcoming": (N_("Pendaftaran belum dibuka"), "outline", "clock"),
    "open": (N_("Pendaftaran dibuka"), "accent", "mail"),
    "closed": (N_("Pendaftaran ditutup"), "", "lock"),
    "running": (N_("Sedang berlangsung"), "accent", "clock"),
    "over": (N_("Selesai"), "done", "check"),
    "cancelled": (N_("Dibatalkan"), "error", "close"),
}


@dataclass(frozen=True)
class Fact:
    """One of the six parts; `repair` names the page that mends it."""

    key: str
    is_ready: bool
    repair: str


def phase_of(
    state: str,
    opens_at: datetime,
    closes_at: datetime,
    begins_at: datetime | None,
    ends_at: datetime | None,
    now: datetime,
) -> str:
    """One of PHASES."""
    if state in ("draft", "cancelled"):
        return state
    if ends_at and now >= ends_at:
        return "over"
    if begins_at and now >= begins_at:
        return "running"
    if state == "closed" or now >= closes_at:
        return "closed"
    return "upcoming" if now < opens_at else "open"


def facts(
    *,
    has_venue: bool,
    days: Sequence[date],
    without_trainer: int,
    invited: int,
    answered: int,
    has_contact: bool,
    is_published: bool,
    guarded_days: set[date],
) -> list[Fact]:
    """The six parts of the readiness box, in the order of the work."""
    return [
        Fact("place", has_venue and bool(days), "edit"),
        Fact("trainers", bool(days) and not without_trainer, "edit"),
        Fact("contact", has_contact, "edit"),
        Fact("registration", is_published, "publish"),
        Fact("invitations", invited > 0, "selection"),
        Fact("door", bool(days) and set(days) <= guarded_days, "door"),
    ]
