"""Visits, notes and follow-ups."""

from kopdiklat.core.errors import TransitionRefused
from kopdiklat.core.text import N_

VISIT_TRANSITIONS = {  # state -> {action: next state}; a missing action is refused
    "planned": {"hold": "held", "postpone": "planned", "cancel": "cancelled"},
    "held": {"report": "held"},
    "cancelled": {},
}
VISIT_LABELS = {
    "planned": N_("direncanakan"),
    "held": N_("sudah dilakukan"),
    "cancelled": N_("dibatalkan"),
}


def next_visit_state(state: str, action: str) -> str:
    try:
        return VISIT_TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(
            N_("Kunjungan {state}; langkah ini tidak tersedia."), state=VISIT_LABELS[state]
        ) from None
