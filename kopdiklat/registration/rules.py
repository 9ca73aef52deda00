"""Seats: who gets one, who waits, who is next."""

from kopdiklat.core.errors import TransitionRefused
from kopdiklat.core.text import N_

TRANSITIONS = {  # state -> {action: next state}; a missing action is refused
    "waitlisted": {
        "promote": "confirmed",
        "offer": "offered",
        "cancel": "cancelled",
        "expire": "expired",
    },
    "offered": {"accept": "confirmed", "decline": "cancelled", "expire": "expired"},
    "confirmed": {"cancel": "cancelled", "replace": "replaced"},
    "cancelled": {},
    "expired": {},
    "replaced": {},
}
FIRST_STATES = {"confirm": "confirmed", "queue": "waitlisted"}
STATE_LABELS = {
    "confirmed": N_("Dikonfirmasi"),
    "waitlisted": N_("Daftar tunggu"),
    "offered": N_("Ditawari kursi"),
    "cancelled": N_("Dibatalkan"),
    "expired": N_("Kedaluwarsa"),
    "replaced": N_("Diganti"),
}


def next_state(state: str, action: str) -> str:
    try:
        return TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(
            N_("Pendaftaran berstatus {state}; langkah ini tidak tersedia."),
            state=STATE_LABELS[state].lower(),
        ) from None
