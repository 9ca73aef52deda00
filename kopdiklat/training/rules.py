"""Batches and lesson hours."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from kopdiklat.core.errors import TransitionRefused
from kopdiklat.core.text import N_

BATCH_TRANSITIONS = {  # state -> {action: next state}; a missing action is refused
    "draft": {"publish": "published", "cancel": "cancelled"},
    "published": {"close": "closed", "cancel": "cancelled"},
    "closed": {"reopen": "published"},
    "cancelled": {},
}
BATCH_LABELS = {
    "draft": N_("Rancangan"),
    "published": N_("Pendaftaran dibuka"),
    "closed": N_("Ditutup"),
    "cancelled": N_("Dibatalkan"),
}


def next_batch_state(state: str, action: str) -> str:
    try:
        return BATCH_TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(
            N_("Angkatan berstatus {state}; langkah ini tidak tersedia."),
            state=BATCH_LABELS[state].lower(),
        ) from None


def lesson_hours(starts_at: datetime, ends_at: datetime, minutes_per_lesson_hour: int) -> Decimal:
    """Lesson hours (JP) of one training session, two places, half up.

    :param minutes_per_lesson_hour: 45 by the state cost standard; an office may set another
    """
    minutes = Decimal(int((ends_at - starts_at).total_seconds())) / 60
    return (minutes / minutes_per_lesson_hour).quantize(Decimal("0.01"), ROUND_HALF_UP)
