"""How the office came to register somebody: kept with the first step, beside who and when."""

from collections.abc import Iterable
from datetime import datetime

from kopdiklat.core.text import N_
from kopdiklat.registration import queries, steps
from kopdiklat.registration.models import Registration

SOURCES = {
    "whatsapp": N_("Dijawab lewat WhatsApp"),
    "phone": N_("Dijawab lewat telepon"),
    "letter": N_("Dijawab lewat surat"),
    "visit": N_("Datang ke kantor"),
    "list": N_("Dari daftar yang ditempel"),
}
BY_HAND = {key: label for key, label in SOURCES.items() if key != "list"}


def note(registrations: Iterable[Registration], source: str, *, by: str, now: datetime) -> None:
    """Write down where their names came from; once, however often the form is sent."""
    for registration in registrations:
        if all(event.action != "source" for event in queries.events_of(registration.id)):
            steps.note(registration, "source", SOURCES[source], by=by, now=now)
