"""Programmes, courses, trainers and venues as they are typed."""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from kopdiklat.core import clock, formats
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, OptionalSelect, Required, choices, choices_of
from kopdiklat.core.parsing import read_phone
from kopdiklat.core.text import collapse_spaces, match_key
from kopdiklat.training import fields, rules
from kopdiklat.training.models import Course
from kopdiklat.training.service import BlockRow
from kopdiklat.training.timetable import USUAL_SLOTS, TimetableForm, blank_row, refill


class ProgrammeForm(BaseForm):
    name = fields.text(_l("Nama program"), 160, Required(_l("Nama program perlu diisi.")))
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
    funding_source = fields.select(_l("Sumber dana"), rules.FUNDING_LABELS)
    budget_code = fields.text(_l("Kode anggaran"), 60)
    open_registration = BooleanField(_l("Terbuka tanpa undangan"))
    open_to = fields.text(_l("Siapa yang boleh mengajukan"), 240)
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
            "open_registration": self.open_registration.data,
            "open_to": self.open_to.data or None,
        }


class CourseForm(TimetableForm):
    """A course, and the pattern that its runs begin with."""

    name = fields.text(_l("Nama mata latih"), 160, Required(_l("Nama mata latih perlu diisi.")))
    activity_type = fields.select(_l("Jenis kegiatan"), rules.ACTIVITY_LABELS)
    summary = TextAreaField(
        _l("Isi singkat"), filters=[collapse_spaces], validators=[Optional(), Length(max=500)]
    )
    audience = fields.text(_l("Untuk siapa"), 240)
    bring = fields.text(_l("Yang dibawa"), 240)
    needs_citizen_number = BooleanField(_l("Minta NIK peserta"))
    citizen_number_reason = fields.text(_l("Mengapa NIK diminta"), 240)
    seats = fields.count(
        _l("Kursi"),
        1,
        5000,
        _l("Jumlah kursi perlu diisi."),
        _l("Jumlah kursi antara 1 dan 5.000."),
        default=30,
    )
    spare_places = fields.count(_l("Cadangan"), 0, 500, default=0)
    waiting_places = fields.count(_l("Daftar tunggu"), 0, 5000)
    people_per_cooperative = fields.count(
        _l("Orang per koperasi"),
        1,
        50,
        _l("Isi berapa orang per koperasi."),
        _l("Orang per koperasi antara 1 dan 50."),
        default=2,
    )
    minimum_people = fields.count(_l("Minimum peserta"), 1, 5000)
    pass_attendance_percent = fields.count(
        _l("Hadir paling sedikit (%)"), 0, 100, _l("Isi berapa persen."), default=80
    )
    pass_test_score = fields.count(_l("Tes akhir paling rendah"), 0, 100)
    room_needs = fields.text(_l("Kebutuhan ruang"), 300)
    documents = TextAreaField(
        _l("Dokumen"), validators=[Optional(), Length(max=2000)], filters=[lambda t: t or ""]
    )

    PLAIN = [
        "name",
        "activity_type",
        "needs_citizen_number",
        "seats",
        "people_per_cooperative",
        "waiting_places",
        "minimum_people",
        "pass_attendance_percent",
        "pass_test_score",
    ]
    MAYBE = ["summary", "audience", "bring", "citizen_number_reason", "room_needs"]

    def validate(self, extra_validators=None):
        fine = super().validate(extra_validators)
        if self.needs_citizen_number.data and not self.citizen_number_reason.data:
            sentence = _("Tulis mengapa NIK diminta; peserta membacanya di sebelah isian.")
            self.refuse_at("citizen_number_reason", RuleViolation(sentence))
            return False
        return fine

    def show(self, course: Course) -> "CourseForm":
        """Fill with the course; its pattern, or an empty day."""
        for name in (*self.PLAIN, *self.MAYBE, "spare_places"):
            if course.id:
                self[name].data = getattr(course, name)
        self.documents.data = "\n".join(course.documents or [])
        data = pattern_data(course)
        self.day_count.data = data["day_count"]
        refill(self.sessions, data["sessions"])
        refill(self.breaks, data["breaks"])
        return self

    @property
    def values(self) -> dict:
        found = {name: self[name].data for name in self.PLAIN}
        found |= {name: self[name].data or None for name in self.MAYBE}
        lines = (collapse_spaces(line) for line in self.documents.data.splitlines())
        found["spare_places"] = self.spare_places.data or 0
        found["documents"] = [line[:160] for line in lines if line]
        return found

    @property
    def blocks(self) -> list[BlockRow]:
        rows = [
            BlockRow(
                day_number=form.day_number.data or 1,
                starts=form.starts.data,
                ends=form.ends.data,
                topic=form.topic.data,
                kind="teaching" if form.is_teaching.data else "opening",
                trainer_name=form.trainer_name.data,
            )
            for _n, form in self.filled
        ]
        days = {row.day_number for row in rows}
        return rows + [
            BlockRow(day, pause.starts.data, pause.ends.data, pause.name.data, "break")
            for day in sorted(days)
            for pause in (entry.form for entry in self.breaks)
            if pause.is_whole
        ]


def pattern_data(course: Course) -> dict:
    """The pattern of a course as the timetable's form takes it; a day of empty slots without one."""
    sessions = [
        {
            "ident": "",
            "day_number": block.day_number,
            "starts": block.starts,
            "ends": block.ends,
            "topic": block.topic,
            "trainer_name": block.trainer.name if block.trainer else None,
            "is_teaching": block.kind == "teaching",
        }
        for block in course.blocks
        if block.kind != "break"
    ]
    if not sessions:
        return blank_data()
    pauses = {(b.starts, b.ends): b.topic for b in course.blocks if b.kind == "break"}
    return {
        "day_count": max(block.day_number for block in course.blocks),
        "sessions": sessions,
        "breaks": [{"starts": s, "ends": e, "name": n} for (s, e), n in sorted(pauses.items())],
    }


def blank_data() -> dict:
    """One day of the usual hours, with nothing in them yet."""
    names = (_("Rehat kopi"), _("Istirahat, salat, makan"), _("Rehat kopi"))
    ends = [slot[1] for slot in USUAL_SLOTS]
    starts = [slot[0] for slot in USUAL_SLOTS[1:]]
    return {
        "day_count": 1,
        "sessions": [blank_row(1, *slot) for slot in USUAL_SLOTS],
        "breaks": [
            {"starts": e, "ends": s, "name": name} for e, s, name in zip(ends, starts, names)
        ],
    }


def _check_phone(form, field) -> None:
    if not field.data:
        return
    number, is_possible = read_phone(field.data) or (None, False)
    if not is_possible:
        raise ValidationError(_("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890."))
    field.data = number


def _check_name(form, field) -> None:
    if field.data and not match_key(field.data):
        raise ValidationError(_("Tulis namanya dengan huruf."))


class TrainerForm(BaseForm):
    name = fields.text(
        _l("Nama dengan gelar"), 120, Required(_l("Nama pemateri perlu diisi.")), _check_name
    )
    organisation = fields.text(_l("Instansi"), 160)
    phone = fields.text(_l("Nomor HP"), 40, Optional(), _check_phone)
    user_id = OptionalSelect(_l("Akun di Kopdiklat"), coerce=fields.id_or_none)

    def offer(self, accounts: Iterable[tuple[int, str]]) -> "TrainerForm":
        self.user_id.choices = choices(accounts, empty=_l("Tidak punya akun"))
        return self

    def show_phone(self) -> "TrainerForm":
        if self.phone.data:
            self.phone.data = formats.phone(self.phone.data)
        return self

    @property
    def values(self) -> dict:
        return {
            "name": self.name.data,
            "organisation": self.organisation.data or None,
            "phone": self.phone.data or None,
            "user_id": self.user_id.data,
        }


class VenueForm(BaseForm):
    name = fields.text(
        _l("Nama tempat"), 160, Required(_l("Nama tempat perlu diisi.")), _check_name
    )
    address = fields.text(_l("Alamat"), 240)
    capacity = fields.count(_l("Muat (orang)"), 1, 10_000)
    time_zone = SelectField(_l("Zona waktu"), choices=choices((z, z) for z in clock.ZONES))

    @property
    def values(self) -> dict:
        return {
            "name": self.name.data,
            "address": self.address.data or None,
            "capacity": self.capacity.data,
            "time_zone": self.time_zone.data,
        }
