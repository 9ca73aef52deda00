"""What people are told about their seat: every word that the text prints, and where it goes."""

from datetime import datetime

from kopdiklat.core import formats, keys
from kopdiklat.core.outbox import announce
from kopdiklat.core.web import external_url
from kopdiklat.registration import queries
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.rules import Window
from kopdiklat.training.models import Batch


def ticket_of(registration: Registration) -> str:
    return keys.token_for("ticket", registration.nonce)


def token_of(invitation: Invitation) -> str:
    return keys.token_for("invitation", invitation.nonce)


def contact_of(batch: Batch) -> str:
    """`Ibu Rina, 0812-3456-7890`: the batch's contact, else the office's, else the office."""
    office = batch.office
    for name, phone in (
        (batch.contact_name, batch.contact_phone),
        (office.contact_name, office.contact_phone),
    ):
        if name or phone:
            return ", ".join(part for part in (name, phone and formats.phone(phone)) if part)
    return ", ".join(
        part for part in (office.name, office.phone and formats.phone(office.phone)) if part
    )


def window(batch: Batch) -> Window:
    return Window(
        state=batch.state,
        opens_at=batch.registration_opens_at,
        closes_at=batch.registration_closes_at,
        opens_on=formats.moment(batch.registration_opens_at, batch.time_zone, "long"),
        closes_on=formats.moment(batch.registration_closes_at, batch.time_zone, "long"),
        contact=contact_of(batch),
    )


def days_of(batch: Batch) -> str:
    days = batch.days
    return formats.day_range(days[0], days[-1], "long") if days else ""


def hours_of(batch: Batch) -> str:
    """The hours of the first day, with the zone."""
    sessions = [s for s in batch.training_sessions if s.day == batch.days[0]] if batch.days else []
    if not sessions:
        return ""
    return formats.hours(sessions[0].starts_at, sessions[-1].ends_at, batch.time_zone)


def place_of(batch: Batch) -> str:
    return ", ".join(part for part in (batch.venue, batch.venue_address) if part)


def facts_of(batch: Batch) -> dict:
    return {
        "title": batch.title,
        "office": batch.office.name,
        "days": days_of(batch),
        "hours": hours_of(batch),
        "place": place_of(batch),
        "contact": contact_of(batch),
    }


def tell(kind: str, registration: Registration, now: datetime, **more) -> None:
    """One message about one registration, once per kind."""
    person = registration.person
    announce(
        kind,
        office_id=registration.office_id,
        name=person.full_name,
        email=person.email,
        phone=person.phone,
        dedupe_key=f"{kind}:{registration.id}",
        now=now,
        person=person.full_name,
        cooperative=registration.cooperative.name,
        number=registration.number,
        link=external_url("registration.ticket", ticket=ticket_of(registration)),
        position=queries.position_in_queue(registration),
        **facts_of(registration.batch),
        **more,
    )
