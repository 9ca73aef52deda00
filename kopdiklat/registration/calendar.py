"""A participant's batch as a calendar file: one event per training day, with a bell before it."""

from datetime import timedelta

from kopdiklat.core.calendar_files import Event, calendar_file
from kopdiklat.registration import letters, rules
from kopdiklat.registration.models import Registration

BELL = timedelta(hours=2)


def ticket_calendar(registration: Registration, description: str, url: str) -> bytes:
    """Opened again after a move or a cancellation, the same days stand as they are now: what happened
    to the batch and to the seat is counted, and dated.
    """
    batch = registration.batch
    events = registration.events
    is_off = batch.state == "cancelled" or registration.state not in rules.ACTIVE
    return calendar_file(
        [
            Event(
                uid=f"{registration.ticket_hash[:24]}-{n}@kopdiklat",
                title=letters.public_title(batch),
                starts_at=begins,
                ends_at=ends,
                time_zone=batch.time_zone,
                changed_at=max((e.at for e in events), default=registration.registered_at),
                place=letters.place_of(batch),
                description=description,
                url=url,
                status="CANCELLED" if is_off else "CONFIRMED",
                sequence=batch.moves + len(events),
                alarm=BELL,
            )
            for n, (begins, ends) in enumerate(letters.bounds_of_days(batch), 1)
        ]
    )
