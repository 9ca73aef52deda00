from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from kopdiklat.core import clock, formats
from kopdiklat.core.forms import BaseForm, DayField, HourField, Required, choices, choices_of
from kopdiklat.core.parsing import read_phone
from kopdiklat.core.text import collapse_spaces
from kopdiklat.training import rules
from kopdiklat.training.models import Batch, Course
from kopdiklat.training.service import SessionRow

BLANK_ROWS = 3
MOST_ROWS = 60


def _text(label, length: int, *validators):
    return StringField(
        label,
        filters=[collapse_spaces],
        validators=[*(validators or [Optional()]), Length(max=length)],
    )


def _hour(label, *validators):
    """Typed as it is written here, 08.00: a browser's own clock may speak of AM and PM."""
    return HourField(
        label,
        validators=list(validators) or [Optional()],
        format=["%H.%M", "%H:%M", "%H:%M:%S"],
        widget=TextInput(),
    )


def _moment(day, hour, zone: str) -> datetime:
    """Two fields as one moment; after `validate`."""
    return clock.moment(day.data, hour.data, zone)


class ProgrammeForm(BaseForm):
    name = _text(_l("Nama program"), 160, Required(_l("Nama program perlu diisi.")))
    year = IntegerField(
        _l("Tahun"),
        validators=[
            Required(_l("Tahun perlu diisi.")),
            NumberRange(2000, 2100, _l("Tahun antara 2000 dan 2100.")),
        ],
    )
    goal = TextAreaField(
        _l("Tujuan"), filters=[collapse_spaces], validators=[Optional(), Length(max=500)]
    )
    funding_source = SelectField(_l("Sumber dana"), choices=choices_of(rules.FUNDING_LABELS))
    budget_code = _text(_l("Kode anggaran"), 60)
    target_statuses = SelectMultipleField(
        _l("Untuk koperasi berstatus"),
        choices=[],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validators=[Optional()],
    )

    def offer(self, statuses: dict[str, str]) -> "ProgrammeForm":
        self.target_statuses.choices = choices_of(statuses)
        return self

    @property
    def values(self) -> dict:
        return {
            "name": self.name.data,
            "year": self.year.data,
            "goal": self.goal.data or None,
            "funding_source": self.funding_source.data,
            "budget_code": self.budget_code.data or None,
            "target_statuses": self.target_statuses.data or [],
        }


class CourseForm(BaseForm):
    name = _text(_l("Nama mata latih"), 160, Required(_l("Nama mata latih perlu diisi.")))
    activity_type = SelectField(_l("Jenis kegiatan"), choices=choices_of(rules.ACTIVITY_LABELS))
    summary = TextAreaField(
        _l("Isi singkat"), filters=[collapse_spaces], validators=[Optional(), Length(max=500)]
    )
    audience = _text(_l("Untuk siapa"), 240)
    bring = _text(_l("Yang dibawa"), 240)
    needs_citizen_number = BooleanField(_l("Minta NIK peserta"))

    @property
    def values(self) -> dict:
        return {
            "name": self.name.data,
            "activity_type": self.activity_type.data,
            "summary": self.summary.data or None,
            "audience": self.audience.data or None,
            "bring": self.bring.data or None,
            "needs_citizen_number": self.needs_citizen_number.data,
        }


class SessionRowForm(Form):
    """One line of the timetable; a line with nothing in it is left out."""

    ident = HiddenField()
    day = DayField(_l("Tanggal"), validators=[Optional()])
    starts = _hour(_l("Mulai"))
    ends = _hour(_l("Selesai"))
    topic = _text(_l("Materi"), 160)
    trainer_name = _text(_l("Pemateri"), 120)
    is_teaching = BooleanField(_l("Hitung JP"), default=True)

    @property
    def is_blank(self) -> bool:
        typed = (
            self.starts.data,
            self.ends.data,
            *self.starts.process_errors,
            *self.ends.process_errors,
        )
        return not (self.topic.data or self.trainer_name.data or any(typed))

    def validate(self, extra_validators=None):
        fine = super().validate(extra_validators)
        if self.is_blank:
            for field in self:
                field.errors = []
            return True
        for field, sentence in (
            (self.topic, _l("Materi sesi perlu diisi.")),
            (self.day, _l("Tanggal sesi perlu diisi.")),
            (self.starts, _l("Jam mulai perlu diisi.")),
            (self.ends, _l("Jam selesai perlu diisi.")),
        ):
            if field.data in (None, "") and not field.errors:
                field.errors = [str(sentence)]
                fine = False
        return fine

    def lesson_hours(self, minutes: int) -> Decimal | None:
        """JP of this line as typed; None while it is not complete."""
        if not (self.day.data and self.starts.data and self.ends.data):
            return None
        if not self.is_teaching.data:
            return None
        starts = datetime.combine(self.day.data, self.starts.data, clock.ZONES["WIB"])
        ends = datetime.combine(self.day.data, self.ends.data, clock.ZONES["WIB"])
        return rules.lesson_hours(starts, ends, minutes) if ends > starts else None


class BatchForm(BaseForm):
    course_id = SelectField(_l("Mata latih"), coerce=int)
    number = IntegerField(
        _l("Angkatan ke"),
        validators=[
            Required(_l("Nomor angkatan perlu diisi.")),
            NumberRange(1, 999, _l("Nomor angkatan antara 1 dan 999.")),
        ],
    )
    venue = _text(_l("Tempat"), 160, Required(_l("Tempat perlu diisi.")))
    venue_address = _text(_l("Alamat tempat"), 240)
    time_zone = SelectField(_l("Zona waktu"), choices=choices((z, z) for z in clock.ZONES))
    seats = IntegerField(
        _l("Kursi"),
        validators=[
            Required(_l("Jumlah kursi perlu diisi.")),
            NumberRange(1, 5000, _l("Jumlah kursi antara 1 dan 5.000.")),
        ],
    )
    people_per_cooperative = IntegerField(
        _l("Orang per koperasi"),
        validators=[
            Required(_l("Isi berapa orang per koperasi.")),
            NumberRange(1, 50, _l("Orang per koperasi antara 1 dan 50.")),
        ],
    )
    opens_on = DayField(_l("Daftar dibuka"), validators=[Required(_l("Tanggal buka perlu diisi."))])
    opens_at = _hour(_l("Jam buka"), Required(_l("Jam buka perlu diisi.")))
    closes_on = DayField(
        _l("Daftar ditutup"), validators=[Required(_l("Tanggal tutup perlu diisi."))]
    )
    closes_at = _hour(_l("Jam tutup"), Required(_l("Jam tutup perlu diisi.")))
    contact_name = _text(_l("Narahubung"), 120)
    contact_phone = _text(_l("Nomor HP narahubung"), 40)
    sessions = FieldList(FormField(SessionRowForm), max_entries=MOST_ROWS)
    accept_clash = BooleanField(_l("Tetap pakai jadwal ini"))

    def offer(self, courses: Iterable[Course]) -> "BatchForm":
        self.course_id.choices = choices((course.id, course.name) for course in courses)
        return self

    def validate_contact_phone(self, field):
        if not field.data:
            return
        number, is_possible = read_phone(field.data) or (None, False)
        if not is_possible:
            raise ValidationError(_("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890."))
        field.data = number

    def add_rows(self, count: int = 1) -> None:
        """Empty lines at the end, on the day of the last one."""
        last = self.sessions[-1].form.day.data if len(self.sessions) else None
        for _n in range(min(count, MOST_ROWS - len(self.sessions))):
            self.sessions.append_entry({"day": last, "is_teaching": True})

    def remove_row(self, index: int) -> None:
        rows = [entry.form.data for n, entry in enumerate(self.sessions) if n != index]
        while len(self.sessions):
            self.sessions.pop_entry()
        self.sessions.last_index = -1
        for row in rows:
            self.sessions.append_entry(row)

    @property
    def values(self) -> dict:
        zone = self.time_zone.data
        return {
            "course_id": self.course_id.data,
            "number": self.number.data,
            "venue": self.venue.data,
            "venue_address": self.venue_address.data or None,
            "time_zone": zone,
            "people_per_cooperative": self.people_per_cooperative.data,
            "registration_opens_at": _moment(self.opens_on, self.opens_at, zone),
            "registration_closes_at": _moment(self.closes_on, self.closes_at, zone),
            "contact_name": self.contact_name.data or None,
            "contact_phone": self.contact_phone.data or None,
        }

    @property
    def rows(self) -> list[SessionRow]:
        zone = self.time_zone.data
        return [
            SessionRow(
                ident=int(form.ident.data) if (form.ident.data or "").isdecimal() else None,
                topic=form.topic.data,
                trainer_name=form.trainer_name.data or None,
                starts_at=_moment(form.day, form.starts, zone),
                ends_at=_moment(form.day, form.ends, zone),
                is_teaching=form.is_teaching.data,
            )
            for form in (entry.form for entry in self.sessions)
            if not form.is_blank
        ]

    @property
    def trainer_names(self) -> list[str]:
        """Those typed already, offered in the other lines."""
        return sorted({e.form.trainer_name.data for e in self.sessions if e.form.trainer_name.data})

    def totals(self, minutes: int) -> dict:
        """What the closing bar adds up, of the lines as typed."""
        forms = [entry.form for entry in self.sessions if not entry.form.is_blank]
        hours = [form.lesson_hours(minutes) for form in forms]
        return {
            "sessions": len(forms),
            "lesson_hours": sum((h for h in hours if h), Decimal(0)),
            "trainers": len({form.trainer_name.data for form in forms if form.trainer_name.data}),
        }


def new_batch_data(office, number: int, now: datetime) -> dict:
    """What an empty form begins with."""
    today = clock.local_day(now, office.time_zone)
    return {
        "number": number,
        "time_zone": office.time_zone,
        "seats": 30,
        "people_per_cooperative": 2,
        "opens_on": today,
        "opens_at": time(8),
        "closes_on": today + timedelta(days=14),
        "closes_at": time(16),
        "contact_name": office.contact_name,
        "contact_phone": formats.phone(office.contact_phone) if office.contact_phone else None,
        "sessions": [{"is_teaching": True} for _n in range(BLANK_ROWS)],
    }


def copied_batch_data(batch: Batch, first_day, number: int, now: datetime) -> dict:
    """What a form begins with that copies a batch: everything, its days moved to a new first day."""
    days = batch.days
    shift = first_day - days[0] if first_day and days else None
    today = clock.local_day(now, batch.time_zone)
    data = batch_data(batch) | {
        "number": number,
        "opens_on": today,
        "opens_at": time(8),
        "closes_on": max(today + timedelta(days=1), first_day - timedelta(days=3))
        if first_day
        else today + timedelta(days=14),
        "closes_at": time(16),
    }
    for row in data["sessions"]:
        row["ident"] = ""
        row["day"] = row["day"] + shift if shift is not None else None
    return data


def batch_data(batch: Batch) -> dict:
    """A batch as its form shows it."""
    zone = batch.time_zone
    opens, closes = (
        clock.local(moment, zone)
        for moment in (batch.registration_opens_at, batch.registration_closes_at)
    )
    names = (
        "course_id number venue venue_address time_zone seats people_per_cooperative contact_name"
    )
    return {name: getattr(batch, name) for name in names.split()} | {
        "contact_phone": formats.phone(batch.contact_phone) if batch.contact_phone else None,
        "opens_on": opens.date(),
        "opens_at": opens.time(),
        "closes_on": closes.date(),
        "closes_at": closes.time(),
        "sessions": [
            {
                "ident": str(session.id),
                "day": session.day,
                "starts": clock.local(session.starts_at, session.time_zone).time(),
                "ends": clock.local(session.ends_at, session.time_zone).time(),
                "topic": session.topic,
                "trainer_name": session.trainer_name,
                "is_teaching": session.is_teaching,
            }
            for session in batch.training_sessions
        ],
    }
