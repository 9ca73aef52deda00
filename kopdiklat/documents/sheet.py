"""The attendance sheet of one day: what stands on it, page by page."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from kopdiklat.accounts.models import User
from kopdiklat.attendance import queries
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import formats
from kopdiklat.core.db import db
from kopdiklat.core.errors import NotFound
from kopdiklat.core.text import N_
from kopdiklat.core.web import external_url
from kopdiklat.documents import typesetting
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch, DoorDuty
from kopdiklat.training.rules import ACTIVITY_LABELS

ROWS = 20
SPARE = 2  # blank rows at least, for substitutes and walk-ins
SEX = {"male": "L", "female": "P"}


@dataclass(frozen=True)
class Line:
    """One row; a blank one has a number only."""

    number: int
    registration: Registration | None


def lines(participants: list[Registration]) -> list[list[Line]]:
    """Rows in pages of twenty, the last filled up with blanks; at least `SPARE` of them."""
    count = len(participants)
    whole = -(-(count + SPARE) // ROWS) * ROWS
    rows = [Line(n + 1, participants[n] if n < count else None) for n in range(whole)]
    return [rows[start : start + ROWS] for start in range(0, whole, ROWS)]


def confirmed(batch_id: int) -> list[Registration]:
    """Those whose names are printed."""
    return [p for p in queries.participants(batch_id) if p.state == "confirmed"]


def attendance_sheet(batch: Batch, day: date, *, printed_by: str, now: datetime) -> bytes:
    """The PDF of one day of a batch. A document of the office: always Indonesian.

    :raises NotFound: the batch has no session on that day
    """
    with force_locale("id"):
        data = _data(batch, day, printed_by, now)
    return typesetting.pdf("attendance_sheet", data, at=now)


def _data(batch: Batch, day: date, printed_by: str, now: datetime) -> dict:
    sessions = [s for s in batch.training_sessions if s.day == day]
    if not sessions:
        raise NotFound(N_("Angkatan ini tidak punya sesi pada hari itu."))
    zone = sessions[0].time_zone
    nth = batch.days.index(day) + 1
    participants = confirmed(batch.id)
    pages = lines(participants)
    hours = formats.hours(sessions[0].starts_at, max(s.ends_at for s in sessions), zone)
    office = batch.office
    contact = (office.address, office.phone and formats.phone(office.phone), office.email)
    return {
        "title": f"DAFTAR HADIR PESERTA, HARI KE-{nth}",
        "document": f"Daftar hadir {batch.title}, hari ke-{nth}",
        "government": (office.government_name or "").upper(),
        "office": office.name.upper(),
        "contact": " · ".join(part for part in contact if part),
        "facts": [
            ["Kegiatan", f"{_activity(batch)}, angkatan {batch.number} tahun {day.year}"],
            ["Hari, tanggal", f"{formats.day(day, 'full')}, pukul {hours}"],
            ["Tempat", ", ".join(p for p in (batch.venue, batch.venue_address) if p)],
        ],
        "officer": _officer(batch.id, day),
        "reference": f"{batch.course.name} A{batch.number}/{day.year} · hari ke-{nth}",
        "printed": f"Dicetak {formats.moment(now, zone)} oleh {printed_by}",
        "pages": [_page(batch, day, n, rows, participants) for n, rows in enumerate(pages, 1)],
    }


def _activity(batch: Batch) -> str:
    kind = _(ACTIVITY_LABELS[batch.course.activity_type])
    name = batch.course.name
    return name if name.casefold().startswith(kind.casefold()) else f"{kind} {name}"


def _page(batch, day, number, rows, participants) -> dict:
    named = [row.number for row in rows if row.registration]
    numbers = f"{named[0]}–{named[-1]}" if len(named) > 1 else "".join(map(str, named))
    url = external_url(
        "attendance.show_batch", batch_id=batch.id, hari=day.isoformat(), halaman=number
    )
    return {
        "qr": typesetting.qr(url),
        "range": f"no {numbers} dari {len(participants)}" if named else "baris tambahan",
        "rows": [_row(row) for row in rows],
    }


def _row(line: Line) -> list:
    if line.registration is None:
        return [line.number, "", "", "", ""]
    person = line.registration.person
    return [
        line.number,
        typesetting.breakable(person.full_name),
        SEX.get(person.sex or "", ""),
        typesetting.breakable(line.registration.cooperative.name),
        _(POSITION_LABELS[line.registration.position]),
    ]


def _officer(batch_id: int, day: date) -> str:
    """Who keeps the door that day; empty when nobody was named."""
    names = db.session.scalars(
        sa.select(User.name)
        .join(DoorDuty, DoorDuty.user_id == User.id)
        .where(DoorDuty.batch_id == batch_id, DoorDuty.duty_on == day)
        .order_by(User.name)
    ).all()
    return ", ".join(names[:2])
