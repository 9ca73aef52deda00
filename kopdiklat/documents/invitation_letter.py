"""What the official invitation says, and its PDF. A document of the office: always Indonesian.

What is the same for every cooperative is fixed with the number (`content_of`); the rest is the
addressee. Both are kept, so that a later print is the same file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import force_locale
from flask_babel import gettext as _

from kopdiklat.core import formats
from kopdiklat.core.numbers import Use
from kopdiklat.core.web import external_url
from kopdiklat.documents import rules, typesetting
from kopdiklat.documents.models import LetterSettings
from kopdiklat.offices.models import Office
from kopdiklat.registration import letters as words
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch
from kopdiklat.training.rules import ACTIVITY_LABELS

LAYOUT = "invitation_letter"
NONE = "–"


@dataclass(frozen=True)
class Addressee:
    """One cooperative's part of the letter.

    :param data: lines (chair, cooperative, address) and people, as they are kept
    :param token_hash: names the link; a new link is another letter
    """

    invitation_id: int
    token_hash: str
    link: str
    data: dict


def letterhead(office: Office) -> dict[str, str]:
    contact = (office.address, office.phone and formats.phone(office.phone), office.email)
    return {
        "government": (office.government_name or "").upper(),
        "office": office.name.upper(),
        "contact": " · ".join(part for part in contact if part),
    }


def activity(batch: Batch) -> str:
    """`Bimtek Akuntabilitas Koperasi angkatan 2`."""
    kind = _(ACTIVITY_LABELS[batch.course.activity_type])
    name = batch.course.name
    full = name if name.casefold().startswith(kind.casefold()) else f"{kind} {name}"
    return f"{full} angkatan {batch.number}"


def _known(batch: Batch) -> dict[str, str]:
    """What the texts of the office may name; how many people differs from letter to letter."""
    return {
        "kegiatan": activity(batch),
        "program": batch.programme.name,
        "kantor": batch.office.name,
        "wilayah": batch.office.region_name,
        "tahun": str(batch.days[0].year),
    }


def use_of(batch: Batch, settings: LetterSettings, invited: int, by: str) -> Use:
    """What the register says of the letter's number."""
    with force_locale("id"):
        purpose = rules.fill(settings.subject, _known(batch))
        return Use(purpose[:160], f"{invited} koperasi, {batch.title}"[:200], by)


def content_of(batch: Batch, settings: LetterSettings, number: str, dated_on: date) -> dict:
    """Everything that the letters of a batch have in common."""
    with force_locale("id"):
        office, known = batch.office, _known(batch)
        return letterhead(office) | {
            "document": f"Surat undangan {activity(batch)}, nomor {number}",
            "place_and_date": f"{settings.place}, {formats.day(dated_on, 'long')}",
            "number": number,
            "character": settings.character,
            "attachment": settings.attachment or NONE,
            "subject": rules.fill(settings.subject, known),
            "opening": rules.fill(settings.opening, known),
            "facts": facts_of(batch),
            "closes": _moment(batch.registration_closes_at, batch.time_zone),
            "contact_person": words.contact_of(batch),
            "closing": rules.fill(settings.closing, known),
            "signatory": {
                "acting_for": settings.acting_for or "",
                "title": settings.signatory_title,
                "name": settings.signatory_name,
                "rank": settings.signatory_rank,
                "number": rules.grouped_employee_number(settings.signatory_number),
            },
            "copies_to": [line for line in (settings.copies_to or "").splitlines() if line],
        }


def facts_of(batch: Batch) -> dict:
    """When, where, who and what to bring; what a letter must not outlive."""
    with force_locale("id"):
        days, hours = _days_and_hours(batch)
        return {
            "days": days,
            "hours": hours,
            "venue": batch.venue,
            "address": batch.venue_address or "",
            "audience": batch.course.audience or "",
            "bring": batch.course.bring or "",
        }


def _days_and_hours(batch: Batch) -> tuple[list[str], str]:
    """The days in lines; the hours by themselves when they are the same on every day."""
    bounds = words.bounds_of_days(batch)
    hours = [formats.hours(start, end, batch.time_zone) for start, end in bounds]
    days = batch.days
    if len(set(hours)) > 1:
        return [f"{formats.day(d, 'full')}, pukul {h}" for d, h in zip(days, hours)], ""
    if len(days) > 1 and days[-1] - days[0] == timedelta(days=len(days) - 1):
        names = f"{formats.day(days[0], 'name')} s.d. {formats.day(days[-1], 'name')}"
        return [f"{names}, {formats.day_range(days[0], days[-1], 'long')}"], hours[0]
    return [formats.day(d, "full") for d in days], hours[0]


def _moment(moment: datetime, zone: str) -> str:
    """`Sabtu, 11 Juli 2026 pukul 16.00 WIB`."""
    day, _comma, hour = formats.moment(moment, zone, "full").rpartition(", ")
    return f"{day} pukul {hour}"


def addressee_of(invitation: Invitation, chair: str | None) -> Addressee:
    """The cooperative's chair at its address, and its own link."""
    cooperative = invitation.cooperative
    place = ", ".join(
        part
        for part in (
            cooperative.village,
            cooperative.district and f"Kecamatan {cooperative.district}",
        )
        if part
    )
    region = cooperative.regency or invitation.batch.office.region_name
    lines = [chair, f"Ketua {cooperative.name}", cooperative.address, place, region]
    return Addressee(
        invitation.id,
        invitation.token_hash,
        external_url("registration.invitation", token=tokens.invitation_token(invitation)),
        {"lines": [line for line in lines if line], "people": invitation.people},
    )


def pdf(content: dict, to: Sequence[Addressee], *, at: datetime, draft: bool = False) -> bytes:
    """One file with the letter to each of these, in this order. The same input, the same bytes."""
    data = content | {
        "letters": [_letter(content, one) for one in to],
        "draft": draft,
        "copies_to": [typesetting.breakable(line) for line in content["copies_to"]],
        "contact_person": typesetting.breakable(content["contact_person"]),
        "subject": typesetting.breakable(content["subject"]),
    }
    return typesetting.pdf(LAYOUT, data, at=at, standards=("ua-1",))


def _letter(content: dict, to: Addressee) -> dict:
    people = {"jumlah": rules.in_words(to.data["people"])}
    return {
        "addressee": [typesetting.breakable(line) for line in to.data["lines"]],
        "opening": typesetting.breakable(rules.fill(content["opening"], people)),
        "facts": _rows(content["facts"], to.data["people"]),
        "link": to.link,
        "shown_link": to.link.removeprefix("https://").removeprefix("http://"),
        "qr": typesetting.qr(to.link),
    }


def _rows(facts: dict, people: int) -> list[list]:
    """Label and value; an address says nothing twice, and what is not set is left out."""
    who = f"{rules.in_words(people)} orang"
    rows = [
        ["Hari, tanggal", facts["days"]],
        ["Waktu", facts["hours"] and f"pukul {facts['hours']}"],
        ["Tempat", facts["venue"]],
        ["Alamat", facts["address"]],
        ["Peserta", f"{who}. {facts['audience']}" if facts["audience"] else who],
        ["Yang dibawa", facts["bring"]],
    ]
    return [
        [label, [typesetting.breakable(v) for v in value]]
        if isinstance(value, list)
        else [label, typesetting.breakable(value)]
        for label, value in rows
        if value
    ]
