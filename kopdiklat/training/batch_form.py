"""A batch on one screen: where it begins from, its days, its room, its seats, its timetable."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, HiddenField, IntegerField, SelectField
from wtforms.validators import NumberRange, Optional, ValidationError

from kopdiklat.core import clock, formats
from kopdiklat.core.forms import DayField, OptionalSelect, Required, choices
from kopdiklat.core.parsing import read_phone
from kopdiklat.core.text import match_key
from kopdiklat.offices.models import Office
from kopdiklat.training import fields, patterns, rules
from kopdiklat.training.clashes import Planned
from kopdiklat.training.forms import blank_data, pattern_data
from kopdiklat.training.models import Batch, Course, Programme, Venue
from kopdiklat.training.patterns import Calendar
from kopdiklat.training.service import SessionRow
from kopdiklat.training.timetable import MOST_DAYS, TimetableForm, moment, refill

BLANK, COURSE = "blank", "course"  # other sources are ids of batches
OPENS_AT, CLOSES_AT = time(8), time(16)
PLACES = [
    "seats",
    "spare_places",
    "waiting_places",
    "people_per_cooperative",
    "minimum_people",
    "pass_attendance_percent",
    "pass_test_score",
]


class BatchForm(TimetableForm):
    """What is remembered so that only a change of it fills anything anew: `loaded`, the source of
    the grid; `placed`, the first day of its columns; `proposed`, the registration window."""

    source = SelectField(_l("Mulai dari"), validate_choice=False)
    course_id = SelectField(_l("Mata latih"), coerce=int)
    programme_id = SelectField(_l("Sumber dana"), coerce=int)
    number = IntegerField(
        _l("Angkatan ke"),
        validators=[
            Required(_l("Nomor angkatan perlu diisi.")),
            NumberRange(1, 999, _l("Nomor angkatan antara 1 dan 999.")),
        ],
    )
    first_day = DayField(_l("Hari pertama"), validators=[Required(_l("Hari pertama perlu diisi."))])
    every_day = BooleanField(_l("Pakai juga akhir pekan dan hari libur"))
    days = FieldList(DayField(validators=[Optional()]), max_entries=MOST_DAYS)
    loaded = HiddenField()
    placed = HiddenField()
    proposed = HiddenField()
    venue_id = OptionalSelect(_l("Tempat"), coerce=fields.id_or_none)
    venue = fields.text(_l("Nama tempat"), 160)
    venue_address = fields.text(_l("Alamat tempat"), 240)
    time_zone = SelectField(_l("Zona waktu"), choices=choices((z, z) for z in clock.ZONES))
    seats = fields.count(
        _l("Kursi"),
        1,
        5000,
        _l("Jumlah kursi perlu diisi."),
        _l("Jumlah kursi antara 1 dan 5.000."),
    )
    spare_places = fields.count(_l("Cadangan"), 0, 500)
    waiting_places = fields.count(_l("Daftar tunggu"), 0, 5000)
    people_per_cooperative = fields.count(
        _l("Orang per koperasi"),
        1,
        50,
        _l("Isi berapa orang per koperasi."),
        _l("Orang per koperasi antara 1 dan 50."),
    )
    minimum_people = fields.count(_l("Minimum peserta"), 1, 5000)
    decide_on = DayField(_l("Hari putusan jalan"), validators=[Optional()])
    pass_attendance_percent = fields.count(
        _l("Hadir paling sedikit (%)"), 0, 100, _l("Isi berapa persen.")
    )
    pass_test_score = fields.count(_l("Tes akhir paling rendah"), 0, 100)
    opens_on = DayField(_l("Daftar dibuka"), validators=[Required(_l("Tanggal buka perlu diisi."))])
    opens_at = fields.hour(_l("Jam buka"), Required(_l("Jam buka perlu diisi.")))
    closes_on = DayField(
        _l("Daftar ditutup"), validators=[Required(_l("Tanggal tutup perlu diisi."))]
    )
    closes_at = fields.hour(_l("Jam tutup"), Required(_l("Jam tutup perlu diisi.")))
    contact_name = fields.text(_l("Narahubung"), 120)
    contact_phone = fields.text(_l("Nomor HP narahubung"), 40)

    LESS_ASKED = [
        "number",
        "people_per_cooperative",
        "minimum_people",
        "decide_on",
        "pass_attendance_percent",
        "pass_test_score",
        "opens_at",
        "closes_at",
        "contact_name",
        "contact_phone",
        "every_day",
    ]

    def offer(self, offers: "Offers") -> "BatchForm":
        self.source.choices = choices(offers.sources)
        self.course_id.choices = choices((course.id, course.name) for course in offers.courses)
        self.programme_id.choices = choices((p.id, funding_words(p)) for p in offers.programmes)
        rooms = [(venue.id, venue.name) for venue in offers.venues]
        self.venue_id.choices = choices([*rooms, ("", _("Tempat lain…"))])
        return self

    def validate_contact_phone(self, field):
        if not field.data:
            return
        number, is_possible = read_phone(field.data) or (None, False)
        if not is_possible:
            raise ValidationError(_("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890."))
        field.data = number

    def validate(self, extra_validators=None):
        fine = super().validate(extra_validators)
        if self.venue_id.data is None and not match_key(self.venue.data or ""):
            self.venue.errors = [_("Tempat perlu diisi.")]
            return False
        return fine

    # -- days --------------------------------------------------------------------------------------

    def place_days(self, calendar: Calendar) -> None:
        """Put the columns on the calendar when the first day is new; a day more follows the last.

        A day that was moved by hand stays, until then.
        """
        if self.every_day.data:
            calendar = Calendar.every_day()
        first = self.first_day.data
        asked = f"{first or ''} {'every day' if self.every_day.data else ''}".strip()
        days = [entry.data for entry in self.days][: self.days_shown]
        if first is None:
            days = [None] * self.days_shown
        elif asked != self.placed.data or None in days or not days:
            days = list(patterns.run_days(first, self.days_shown, calendar))
        elif missing := self.days_shown - len(days):
            days += patterns.run_days(days[-1] + patterns.ONE_DAY, missing, calendar)
        refill(self.days, days)
        fields.put(self.placed, asked)

    def skipped(self, calendar: Calendar) -> list[tuple[date, str]]:
        """Closed days between the first day and the last column."""
        days = [day for day in self.day_dates if day]
        if self.first_day.data is None or not days or self.every_day.data:
            return []
        return patterns.skipped_days(self.first_day.data, days, calendar)

    def _drop_day(self, day: int) -> None:
        if self.days_shown > 1:
            dates = self.day_dates
            refill(self.days, dates[: day - 1] + dates[day:])
            if day == 1 and len(dates) > 1:
                fields.put(self.first_day, dates[1])
                fields.put(
                    self.placed, f"{dates[1] or ''} {self.placed.data.partition(' ')[2]}".strip()
                )
        super()._drop_day(day)

    @property
    def day_dates(self) -> list[date | None]:
        """The date of each column."""
        return [entry.data for entry in self.days]

    def propose_window(self, today: date, calendar: Calendar) -> None:
        """Fill the registration window, unless somebody typed another one."""
        first = min((day for day in self.day_dates if day), default=None)
        window, _slash, decision = (self.proposed.data or "").partition(" / ")
        typed = f"{self.opens_on.data} {self.closes_on.data}"
        is_ours = not (self.opens_on.data or self.closes_on.data) or typed == window
        if first is None or first <= today or not is_ours:
            return
        opens, closes = patterns.usual_window(first, today, calendar)
        fields.put(self.opens_on, opens)
        fields.put(self.closes_on, closes)
        if self.decide_on.data is None or str(self.decide_on.data) == decision:
            decision = str(patterns.usual_decision(closes, first))
            fields.put(self.decide_on, date.fromisoformat(decision))
        fields.put(self.opens_at, self.opens_at.data or OPENS_AT)
        fields.put(self.closes_at, self.closes_at.data or CLOSES_AT)
        fields.put(self.proposed, f"{opens} {closes} / {decision}")

    # -- what is saved -----------------------------------------------------------------------------

    def room_among(self, venues: Iterable[Venue]) -> Venue | None:
        """The chosen room, or the known one whose name was typed; None is a new one."""
        if self.venue_id.data is not None:
            return next((venue for venue in venues if venue.id == self.venue_id.data), None)
        key = match_key(self.venue.data or "")
        return next((venue for venue in venues if venue.name_key == key), None)

    def values(self, venue: Venue | None, zone: str) -> dict:
        """Everything but the timetable and the seats."""
        found = {name: self[name].data for name in PLACES if name != "seats"}
        return found | {
            "course_id": self.course_id.data,
            "programme_id": self.programme_id.data,
            "number": self.number.data,
            "venue_id": venue.id if venue else None,
            "venue": venue.name if venue else self.venue.data,
            "venue_address": (venue.address if venue else self.venue_address.data) or None,
            "time_zone": zone,
            "spare_places": self.spare_places.data or 0,
            "decide_on": self.decide_on.data if self.minimum_people.data else None,
            "breaks": self.breaks_typed,
            "registration_opens_at": moment(self.opens_on, self.opens_at, zone),
            "registration_closes_at": moment(self.closes_on, self.closes_at, zone),
            "contact_name": self.contact_name.data or None,
            "contact_phone": self.contact_phone.data or None,
        }

    def rows(self, zone: str) -> list[SessionRow]:
        """In the order of the form."""
        found = []
        for n, form in self.filled:
            starts_at, ends_at = self._moments(form, zone)
            found.append(
                SessionRow(
                    ident=int(form.ident.data) if (form.ident.data or "").isdecimal() else None,
                    topic=form.topic.data,
                    trainer_name=form.trainer_name.data or None,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    is_teaching=form.is_teaching.data,
                    clash_reason=form.clash_reason.data or None,
                    place=n,
                )
            )
        return found

    def planned(self, zone: str) -> list[Planned]:
        """Rows that have a day and hours, for the search of clashes."""
        return [
            Planned(n, form.day_number.data, *self._moments(form, zone), form.trainer_key)
            for n, form in self.filled
            if form.times and self._day(form)
        ]

    def _day(self, form) -> date | None:
        number = form.day_number.data or 1
        return self.day_dates[number - 1] if number <= len(self.day_dates) else None

    def _moments(self, form, zone: str) -> tuple[datetime, datetime]:
        """When a row begins and ends; it has a day and hours."""
        day = self._day(form)
        if day is None:
            raise ValueError("a row without a day")
        starts, ends = form.times
        return patterns.moments(day, starts, ends, zone)

    @property
    def has_hidden_errors(self) -> bool:
        """Whether one of the fields that are folded away needs a look."""
        return any(self[name].errors for name in self.LESS_ASKED)


@dataclass(frozen=True)
class Offers:
    """What the selects of the form offer."""

    programmes: Sequence[Programme]
    courses: Sequence[Course]
    venues: Sequence[Venue]
    batches: Sequence[tuple[Batch, date | None]]  # those to copy, with their first day

    @property
    def sources(self) -> list[tuple[str, str]]:
        copies = [
            (
                str(batch.id),
                _(
                    "Salinan %(title)s, %(month)s",
                    title=batch.title,
                    month=formats.day(day, "month"),
                )
                if day
                else _("Salinan %(title)s", title=batch.title),
            )
            for batch, day in self.batches
        ]
        return [(COURSE, _("Pola mata latih")), *copies, (BLANK, _("Kosong"))]


def funding_words(programme: Programme) -> str:
    """`APBD 2026, 2.17.06.2.01 (Bimtek Akuntabilitas)`: several programmes share a code."""
    source = _(rules.FUNDING_LABELS[programme.funding_source])
    if not programme.budget_code:
        return f"{source} {programme.year}, {programme.name}"
    return f"{source} {programme.year}, {programme.budget_code} ({programme.name})"


# -- what a form begins with -----------------------------------------------------------------------


def data_from_course(course: Course, programme: Programme, office: Office, number: int) -> dict:
    """A run as the course proposes it."""
    return (
        {name: getattr(course, name) for name in PLACES}
        | _contact(office.contact_name, office.contact_phone)
        | pattern_data(course)
        | {"source": COURSE, "course_id": course.id, "programme_id": programme.id}
        | {"number": number, "time_zone": office.time_zone}
        | {"opens_at": OPENS_AT, "closes_at": CLOSES_AT}
    )


def blank_batch_data(course: Course, programme: Programme, office: Office, number: int) -> dict:
    """The seats of the course, and an empty day."""
    return data_from_course(course, programme, office, number) | blank_data() | {"source": BLANK}


def data_from_batch(batch: Batch, programme: Programme, number: int) -> dict:
    """A copy: its timetable, trainers, room and limits; its dates are still to be said."""
    found = batch_data(batch)
    for row in found["sessions"]:
        row["ident"], row["clash_reason"] = "", None
    for name in ("first_day", "days", "placed", "opens_on", "closes_on", "decide_on"):
        del found[name]
    return found | {"source": str(batch.id), "programme_id": programme.id, "number": number}


def batch_data(batch: Batch) -> dict:
    """A batch as its form shows it."""
    zone = batch.time_zone
    days: list[Any] = batch.days
    opens, closes = (
        clock.local(moment, zone)
        for moment in (batch.registration_opens_at, batch.registration_closes_at)
    )
    names = [
        "course_id",
        "programme_id",
        "number",
        "venue",
        "venue_id",
        "venue_address",
        "time_zone",
        "decide_on",
    ]
    first = days[0] if days else None
    count = max(1, len(days))
    return (
        {name: getattr(batch, name) for name in (*names, *PLACES)}
        | _contact(batch.contact_name, batch.contact_phone)
        | {
            "source": "",
            "first_day": first,
            "day_count": count,
            "days": days or [None],
            "placed": str(first or ""),
            "opens_on": opens.date(),
            "opens_at": opens.time(),
            "closes_on": closes.date(),
            "closes_at": closes.time(),
            "breaks": [
                {
                    "starts": time.fromisoformat(pause["starts"]),
                    "ends": time.fromisoformat(pause["ends"]),
                    "name": pause["name"],
                }
                for pause in batch.breaks
            ],
            "sessions": [
                {
                    "ident": str(session.id),
                    "day_number": days.index(session.day) + 1,
                    "starts": clock.local(session.starts_at, session.time_zone).time(),
                    "ends": clock.local(session.ends_at, session.time_zone).time(),
                    "topic": session.topic,
                    "trainer_name": session.trainer_name,
                    "is_teaching": session.is_teaching,
                    "clash_reason": session.clash_reason,
                }
                for session in batch.training_sessions
            ]
            or blank_data()["sessions"],
        }
    )


def _contact(name: str | None, phone: str | None) -> dict:
    return {"contact_name": name, "contact_phone": formats.phone(phone) if phone else None}
