from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import UUID, Length, Optional

from kopdiklat.core import clock
from kopdiklat.core.forms import (
    BaseForm,
    DayField,
    HourField,
    OptionalSelect,
    Required,
    RowForm,
    choices,
    choices_of,
)
from kopdiklat.core.text import collapse_spaces
from kopdiklat.mentoring import note_rules, rules
from kopdiklat.mentoring.note_rules import Agreement, MetPerson, NoteContent, NotePhoto, Outcome

OTHER = "other"
WHEN = (("1w", _l("1 minggu")), ("2w", _l("2 minggu")), ("date", _l("Tanggal")))


def strip(text: str | None) -> str | None:
    return text.strip() if text else text


def number_or_none(value) -> int | None:
    return int(value) if value else None


class Checkboxes(SelectMultipleField):
    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class Segment(RadioField):
    """Short answers side by side, of which none need be chosen."""

    def __init__(self, *args, **options):
        super().__init__(*args, validate_choice=False, validators=[Optional()], **options)


class Row(RowForm):
    """One of several like rows in a note; a row that was left empty says nothing."""

    needed: dict[str, str] = {}

    @property
    def is_blank(self) -> bool:
        return not any(self[name].data for name in self.needed)

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        if self.is_blank:
            return valid
        for name, sentence in self.needed.items():
            if not self[name].data and not self[name].errors:
                self[name].errors = (sentence,)
                valid = False
        return valid


class PersonRow(Row):
    needed = {"name": ""}

    name = StringField(_l("Nama"), filters=[collapse_spaces], validators=[Length(max=120)])
    position = StringField(_l("Jabatan"), filters=[collapse_spaces], validators=[Length(max=80)])


class DueRow(Row):
    """Rows with a due day: in a week, in two, or on a day."""

    when = Segment(_l("Kapan selesai"), choices=choices(WHEN))
    due_on = DayField(_l("Tanggal"), validators=[Optional()])

    def due_day(self, day):
        return rules.due_day(self.when.data, self.due_on.data, day)


class OutcomeRow(DueRow):
    """What became of an earlier follow-up."""

    follow_up_id = HiddenField()
    outcome = Segment(
        _l("Keadaannya"),
        choices=choices((("closed", _l("Selesai")), ("continues", _l("Berlanjut")))),
    )
    result = StringField(
        _l("Apa hasilnya"), filters=[collapse_spaces], validators=[Length(max=500)]
    )

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        if self.outcome.data == "closed" and not self.result.data:
            self.result.errors = (_("Tulis hasilnya, satu kalimat sudah cukup."),)
            return False
        if self.outcome.data == "continues" and not self._has_day:
            self.due_on.errors = (*self.due_on.errors, _("Pilih tenggat yang baru."))
            return False
        return valid

    @property
    def _has_day(self) -> bool:
        return self.when.data in rules.QUICK_DATES or self.due_on.data is not None


class AgreementRow(DueRow):
    """A new follow-up."""

    what = TextAreaField(_l("Apa yang dikerjakan"), filters=[collapse_spaces], validators=[
        Length(max=300, message=_l("Paling banyak 300 huruf."))
    ])  # fmt: skip
    owner = SelectField(_l("Siapa"), validate_choice=False)
    other_owner = StringField(_l("Nama"), filters=[collapse_spaces], validators=[Length(max=160)])

    @property
    def is_blank(self) -> bool:
        return not self.what.data

    @property
    def owner_name(self) -> str:
        chosen = self.owner.data if self.owner.data and self.owner.data != OTHER else ""
        return chosen or self.other_owner.data or ""

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        if self.is_blank:
            return valid
        if not self.owner_name:
            at = self.other_owner if self.owner.data == OTHER else self.owner
            at.errors = (_("Pilih siapa yang mengerjakan."),)
            valid = False
        if self.when.data not in rules.QUICK_DATES and self.due_on.data is None:
            self.due_on.errors = (*self.due_on.errors, _("Pilih kapan selesai."))
            valid = False
        return valid


class PhotoRow(RowForm):
    """A photo that is stored already; the token says which."""

    token = HiddenField()
    caption = StringField(_l("Keterangan"), filters=[collapse_spaces], validators=[Length(max=120)])
    remove = BooleanField(_l("Hapus"))


class NoteForm(BaseForm):
    """The note of a visit, in four parts on one page."""

    note_uuid = HiddenField(validators=[UUID(_l("Muat ulang halaman ini."))])
    base_version = IntegerField(widget=widgets.HiddenInput(), default=0)
    correction_reason = StringField(
        _l("Alasan perbaikan"), filters=[collapse_spaces], validators=[Length(max=300)]
    )

    met_officers = Checkboxes(_l("Pengurus yang ditemui"), coerce=int)
    people = FieldList(FormField(PersonRow), min_entries=1, max_entries=20)
    held_on = DayField(
        _l("Hari kunjungan"), validators=[Required(_l("Hari kunjungan perlu diisi."))]
    )
    starts = HourField(_l("Mulai"), validators=[Required(_l("Jam mulai perlu diisi."))])
    ends = HourField(_l("Selesai"), validators=[Required(_l("Jam selesai perlu diisi."))])

    issue_areas = Checkboxes(
        _l("Bidang masalah"),
        choices=choices_of(note_rules.ISSUE_AREAS),
    )
    condition = TextAreaField(
        _l("Keadaan yang Anda lihat"),
        filters=[strip],
        validators=[Required(_l("Tulis keadaan yang Anda lihat.")), Length(max=5000)],
    )
    problem = TextAreaField(
        _l("Masalah"), filters=[strip], validators=[Optional(), Length(max=5000)]
    )
    advice = TextAreaField(
        _l("Saran Anda"), filters=[strip], validators=[Optional(), Length(max=5000)]
    )

    outcomes = FieldList(FormField(OutcomeRow), max_entries=60)
    agreements = FieldList(FormField(AgreementRow), min_entries=1, max_entries=20)

    photos = FieldList(FormField(PhotoRow), max_entries=20)
    files = MultipleFileField(_l("Foto"))
    photo_consent = BooleanField(_l("Koperasi setuju foto dipakai untuk laporan."))

    def offer(self, officers, owners: list[str]) -> "NoteForm":
        """
        :param officers: (id, name) of whom the office knows
        :param owners: who may be asked to do something, in words
        """
        self.met_officers.choices = choices(officers)
        known = [*((owner, owner) for owner in owners), (OTHER, _("Orang lain"))]
        for row in self.agreements:
            row.form.owner.choices = choices(known, _("Pilih"))
        return self

    def content(self, visit, officers: dict[int, MetPerson], photos: list[NotePhoto]):
        """The valid form as what the service keeps."""
        day = self.held_on.day
        met = [officers[ident] for ident in self.met_officers.data if ident in officers]
        met += [
            MetPerson(row.form.name.data, row.form.position.data or "")
            for row in self.people
            if not row.form.is_blank
        ]
        return NoteContent(
            starts_at=clock.moment(day, self.starts.data, visit.time_zone),
            ends_at=clock.moment(day, self.ends.data, visit.time_zone),
            met_people=tuple(met),
            condition=self.condition.data,
            problem=self.problem.data or "",
            advice=self.advice.data or "",
            issue_areas=tuple(self.issue_areas.data or ()),
            photos=tuple(photos),
            photo_consent=self.photo_consent.data,
            outcomes=tuple(self._outcomes(day)),
            agreements=tuple(self._agreements(day)),
        )

    def _outcomes(self, day):
        for row in (entry.form for entry in self.outcomes):
            if not (row.follow_up_id.data or "").isdecimal():
                continue
            ident = int(row.follow_up_id.data)
            if row.outcome.data == "closed":
                yield Outcome(ident, result=row.result.data)
            elif row.outcome.data == "continues":
                yield Outcome(ident, due_on=row.due_day(day))

    def _agreements(self, day):
        for row in (entry.form for entry in self.agreements):
            if not row.is_blank:
                yield Agreement(row.what.data, row.owner_name, row.due_day(day))


class PlanForm(BaseForm):
    """A visit to come, or one that was made without a plan."""

    cooperative_id = OptionalSelect(
        _l("Koperasi"), coerce=number_or_none, validators=[Required(_l("Pilih koperasi."))]
    )
    day = DayField(_l("Hari"), validators=[Required(_l("Hari perlu diisi."))])
    starts = HourField(_l("Mulai"), validators=[Required(_l("Jam mulai perlu diisi."))])
    ends = HourField(_l("Selesai"), validators=[Required(_l("Jam selesai perlu diisi."))])
    time_zone = SelectField(_l("Waktu"), choices=choices((zone, zone) for zone in clock.ZONES))
    mode = RadioField(
        _l("Cara"), choices=choices_of(rules.MODE_LABELS),
        default="visit",
    )  # fmt: skip
    purpose = StringField(
        _l("Tujuan"), filters=[collapse_spaces], validators=[Optional(), Length(max=240)]
    )

    def moments(self, zone: str | None = None) -> tuple[datetime, datetime]:
        zone = zone or self.time_zone.data
        return (
            clock.moment(self.day.day, self.starts.data, zone),
            clock.moment(self.day.day, self.ends.data, zone),
        )


class PostponeForm(BaseForm):
    day = DayField(_l("Hari baru"), validators=[Required(_l("Hari perlu diisi."))])
    starts = HourField(_l("Mulai"), validators=[Required(_l("Jam mulai perlu diisi."))])
    ends = HourField(_l("Selesai"), validators=[Required(_l("Jam selesai perlu diisi."))])
    reason = StringField(
        _l("Alasan"),
        filters=[collapse_spaces],
        validators=[Required(_l("Alasan perlu diisi.")), Length(max=300)],
    )

    moments = PlanForm.moments


class ReasonForm(BaseForm):
    reason = TextAreaField(
        _l("Alasan"),
        filters=[collapse_spaces],
        validators=[Required(_l("Alasan perlu diisi.")), Length(max=300)],
    )


class ClosureForm(BaseForm):
    result = TextAreaField(
        _l("Apa hasilnya"),
        filters=[collapse_spaces],
        validators=[
            Required(_l("Tulis hasilnya, satu kalimat sudah cukup.")),
            Length(max=500, message=_l("Paling banyak 500 huruf.")),
        ],
    )
    closed_on = DayField(
        _l("Tanggal selesai"), validators=[Required(_l("Tanggal selesai perlu diisi."))]
    )


class DueForm(BaseForm):
    due_on = DayField(_l("Tenggat baru"), validators=[Required(_l("Tenggat baru perlu diisi."))])
    reason = StringField(
        _l("Alasan"),
        filters=[collapse_spaces],
        validators=[Required(_l("Alasan perlu diisi.")), Length(max=300)],
    )


class AssignForm(BaseForm):
    """A mentor, several cooperatives, a period."""

    mentor_id = OptionalSelect(
        _l("Pendamping"),
        coerce=number_or_none,
        validators=[Required(_l("Pilih pendamping."))],
    )
    cooperative_ids = Checkboxes(
        _l("Koperasi"), coerce=int, validate_choice=False,
        validators=[Required(_l("Pilih paling sedikit satu koperasi."))],
    )  # fmt: skip
    programme_id = OptionalSelect(_l("Program"), coerce=number_or_none, validators=[Optional()])
    letter_number = StringField(
        _l("Nomor surat tugas"),
        filters=[collapse_spaces],
        validators=[Optional(), Length(max=80)],
    )
    starts_on = DayField(_l("Mulai"), validators=[Required(_l("Hari mulai perlu diisi."))])
    ends_on = DayField(_l("Sampai"), validators=[Optional()])
    conflict_reason = StringField(
        _l("Alasan memilih pendamping yang juga pengurus"),
        filters=[collapse_spaces],
        validators=[Optional(), Length(max=300)],
    )


class EndForm(BaseForm):
    ends_on = DayField(_l("Hari terakhir"), validators=[Required(_l("Hari terakhir perlu diisi."))])
    reason = StringField(
        _l("Alasan"),
        filters=[collapse_spaces],
        validators=[Required(_l("Alasan perlu diisi.")), Length(max=300)],
    )
