"""What people are told about their seat: every word that the text prints, and where it goes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext
from sqlalchemy.orm import joinedload

from kopdiklat.core import clock, formats
from kopdiklat.core.letters import in_letters
from kopdiklat.core.outbox import OutboxMessage, announce, withdraw
from kopdiklat.offices.models import Office
from kopdiklat.registration import queries
from kopdiklat.registration.models import Invitation, Registration, SeatOffer
from kopdiklat.registration.offer_times import Patience
from kopdiklat.registration.reminder_rules import Habits, upcoming
from kopdiklat.registration.rules import Window
from kopdiklat.training.models import Batch
from kopdiklat.training.rules import ACTIVITY_LABELS, DayHours, group_days

# What says that somebody has a seat or a place in the queue; nobody is promoted unasked any more,
# but what was written before may still wait.
STANDING_KINDS = ("registration.confirmed", "registration.waitlisted", "registration.promoted")
REMINDED = "batch.reminder"  # how the key of every reminder of a registration begins


FACTS = (  # what facts_of reads of a batch, for whoever loads one
    joinedload(Batch.office),
    joinedload(Batch.course),
)


def topic_of(batch_id: int) -> str:
    """What all messages about a batch have in common, in the outbox."""
    return f"batch:{batch_id}"


def message_key(invitation: Invitation) -> str:
    return invitation.message_key


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


def hours_of(batch: Batch) -> list[tuple[str, str]]:
    """(days, hours) as lines: one without days when all days have the same hours."""
    zone = batch.time_zone
    groups = group_days(
        [
            DayHours(day, day, clock.local(begins, zone).time(), clock.local(ends, zone).time())
            for day, (begins, ends) in _bounds_by_day(batch).items()
        ]
    )
    lines = [
        (
            formats.day_range(group.first, group.last, "dated"),
            f"{group.starts:%H.%M}–{group.ends:%H.%M} {zone}",
        )
        for group in groups
    ]
    return lines if len(lines) > 1 else [("", hours) for _days, hours in lines]


def place_of(batch: Batch) -> str:
    return ", ".join(part for part in (batch.venue, batch.venue_address) if part)


def facts_of(batch: Batch) -> dict:
    """What every page and letter about a batch prints. `hours` are those of each day; where days
    differ it is empty and `hours_by_day` holds (days, hours)."""
    lines = hours_of(batch)
    agree = len(lines) == 1
    first = batch.training_sessions[0] if batch.training_sessions else None
    return {
        "title": batch.title,
        "office": batch.office.name,
        "days": days_of(batch),
        "hours": lines[0][1] if agree else "",
        "hours_by_day": [] if agree else lines,
        "first_day": formats.day(first.day, "full") if first else "",
        "begins": formats.hour(first.starts_at, first.time_zone) if first else "",
        "place": place_of(batch),
        "bring": batch.course.bring or "",
        "contact": contact_of(batch),
    }


@dataclass(frozen=True)
class Told:
    """Somebody whom a change concerns.

    :param message: None when they have neither e-mail nor phone
    """

    name: str
    cooperative: str
    message: OutboxMessage | None


def told(kind: str, registration: Registration, now: datetime, **more) -> Told:
    """`tell`, with whom it concerns."""
    message = tell(kind, registration, now, **more)
    return Told(registration.person.full_name, registration.cooperative.name, message)


def tell(
    kind: str,
    registration: Registration,
    now: datetime,
    *,
    edition: str = "",
    key: str | None = None,
    former_phone: str | None = None,
    **more,
) -> OutboxMessage | None:
    """One message about one registration, once per kind or per `key`.

    :param edition: tells several of a kind apart
    :param former_phone: where the person was reached before; its message brings no link
    """
    person = registration.person
    return announce(
        kind,
        office_id=registration.office_id,
        name=person.full_name,
        email=None if former_phone else person.email,
        phone=former_phone or person.phone,
        dedupe_key=key or ":".join(filter(None, (kind, str(registration.id), edition))),
        now=now,
        topic=topic_of(registration.batch_id),
        **(payload_of(registration) | ({"nonce": None} if former_phone else {})),
        **more,
    )


def payload_of(registration: Registration) -> dict:
    """Every word that a message about one registration prints, whatever its kind."""
    with in_letters():
        facts = facts_of(registration.batch)
    return {
        "person": registration.person.full_name,
        "cooperative": registration.cooperative.name,
        "number": registration.number,
        "nonce": registration.nonce,
        "position": queries.position_in_queue(registration),
        **facts,
    }


def withdraw_about(registration: Registration, now: datetime) -> None:
    """The seat or the place in the queue is gone: nothing unsent speaks of it any longer."""
    keys_ = [f"{kind}:{registration.id}" for kind in STANDING_KINDS]
    repeated = (f"{REMINDED}:{registration.id}:", f"batch.moved:{registration.id}:")
    withdraw([*keys_, *repeated], now=now)


def offer_key(offer: SeatOffer) -> str:
    """Names the one message of this offer."""
    return f"seat.offered:{offer.id}"


def deadline_of(offer: SeatOffer) -> str:
    """`Rabu, 15 Juli 2026, 10.00 WIB`; empty while the clock has not begun."""
    return formats.moment(offer.answer_by, offer.batch.time_zone, "long") if offer.answer_by else ""


def tell_offer(offer: SeatOffer, members: list[Registration], now: datetime) -> None:
    """One message for the team, to the first of it that can be reached."""
    reachable = [r for r in members if r.person.email or r.person.phone]
    first = (reachable or members)[0]
    tell("seat.offered", first, now, key=offer_key(offer), people=len(members))


def public_title(batch: Batch) -> str:
    """`Bimtek Akuntabilitas Koperasi angkatan 2`, as an outsider calls it."""
    kind = gettext(ACTIVITY_LABELS[batch.course.activity_type])
    name = batch.course.name
    full = name if name.casefold().startswith(kind.casefold()) else f"{kind} {name}"
    return gettext("%(course)s angkatan\u00a0%(number)s", course=full, number=batch.number)


def contact_parts(batch: Batch) -> dict:
    """The contact as name, phone, and the address that opens WhatsApp or the dialler."""
    office = batch.office
    name = batch.contact_name or office.contact_name or office.name
    phone = batch.contact_phone or office.contact_phone or office.phone
    return {"name": name, "phone": phone, "url": phone_url(phone)}


def phone_url(phone: str | None) -> str:
    if not phone:
        return ""
    if phone.startswith("+628"):
        return f"https://wa.me/{phone[1:]}"
    return "tel:" + "".join(c for c in phone if c.isdigit() or c == "+")


def bounds_of_days(batch: Batch) -> list[tuple[datetime, datetime]]:
    """When each training day begins and ends."""
    return list(_bounds_by_day(batch).values())


def _bounds_by_day(batch: Batch) -> dict[date, tuple[datetime, datetime]]:
    per_day: dict[date, tuple[datetime, datetime]] = {}
    for session in batch.training_sessions:
        begins, ends = per_day.get(session.day, (session.starts_at, session.ends_at))
        per_day[session.day] = (min(begins, session.starts_at), max(ends, session.ends_at))
    return {day: per_day[day] for day in sorted(per_day)}


def _begin_alike(batch: Batch) -> bool:
    begins = {clock.local(at, batch.time_zone).time() for at, _ends in bounds_of_days(batch)}
    return len(begins) == 1


def step_names(batch: Batch, now: datetime) -> dict:
    """When the next reminder goes out, unless all have passed, and when to be there."""
    if not batch.days:
        return {}
    first, zone = batch.training_sessions[0].starts_at, batch.time_zone
    reminder = upcoming(first, zone, habits_of(batch.office), now)
    return {
        "reminder": formats.moment(reminder.due_at, zone, "full") if reminder else "",
        "arrive": formats.hours(first - timedelta(minutes=30), first, zone),
        "arrive_on": "" if _begin_alike(batch) else formats.day(batch.days[0], "dated"),
    }


def habits_of(office: Office) -> Habits:
    """When an office reminds, and when it disturbs nobody."""
    return Habits(
        distances=[int(days) for days in office.reminders],
        at=office.remind_at,
        quiet=Patience(quiet_from=office.quiet_from, quiet_to=office.quiet_to),
    )
