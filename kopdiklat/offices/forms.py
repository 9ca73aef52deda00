from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Email, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from kopdiklat.core import formats
from kopdiklat.core.clock import ZONES
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, HourField, Required, choices, choices_of
from kopdiklat.core.text import collapse_spaces
from kopdiklat.offices import rules


def _text(label, length: int, required=None):
    validators = [Required(required)] if required else [Optional()]
    message = _l("Paling panjang %(length)s huruf.", length=length)
    return StringField(
        label,
        filters=[collapse_spaces, lambda text: text or None],
        validators=[*validators, Length(max=length, message=message)],
    )


class DaysField(StringField):
    """Numbers of days: shown as `3, 7`, kept as `3,7`; empty for never."""

    def _value(self):
        return self.raw_data[0] if self.raw_data else (self.data or "").replace(",", ", ")

    def process_formdata(self, valuelist):
        if not valuelist:
            return
        try:
            self.data = rules.read_days(valuelist[0])
        except RuleViolation as refusal:
            raise ValueError(str(refusal)) from refusal


class OfficeForm(BaseForm):
    """The settings of an office."""

    name = _text(_l("Nama kantor"), 160, _l("Nama kantor perlu diisi."))
    region_name = _text(_l("Wilayah"), 80, _l("Nama wilayah perlu diisi."))
    government_name = _text(_l("Baris pertama kop surat"), 120)
    address = _text(_l("Alamat"), 240)
    phone = _text(_l("Telepon kantor"), 20)
    email = StringField(
        _l("Email kantor"),
        filters=[collapse_spaces, lambda text: text or None],
        validators=[
            Optional(),
            Email(_l("Tulis alamat email yang lengkap, contoh nama@contoh.id.")),
        ],
    )
    contact_name = _text(_l("Nama kontak"), 120)
    contact_phone = _text(_l("Nomor HP kontak"), 20)
    time_zone = SelectField(_l("Waktu setempat"), choices=choices((zone, zone) for zone in ZONES))
    minutes_per_lesson_hour = IntegerField(
        _l("Menit per jam pelajaran (JP)"),
        validators=[
            Required(_l("Tulis lamanya dalam menit.")),
            NumberRange(30, 90, _l("Antara 30 dan 90 menit.")),
        ],
    )
    late_grace_minutes = IntegerField(
        _l("Toleransi terlambat (menit)"),
        validators=[
            Required(_l("Tulis lamanya dalam menit.")),
            NumberRange(0, 120, _l("Antara 0 dan 120 menit.")),
        ],
    )

    working_days = SelectMultipleField(
        _l("Hari kerja"),
        choices=choices_of(rules.WEEKDAY_LABELS),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validators=[Required(_l("Pilih paling sedikit satu hari kerja."))],
    )

    offer_hours = IntegerField(
        _l("Waktu menjawab tawaran kursi (jam)"),
        validators=[
            Required(_l("Tulis lamanya dalam jam.")),
            NumberRange(1, 168, _l("Antara 1 dan 168 jam.")),
        ],
    )
    near_offer_hours = IntegerField(
        _l("Dalam dua hari terakhir (jam)"),
        validators=[
            Required(_l("Tulis lamanya dalam jam.")),
            NumberRange(1, 168, _l("Antara 1 dan 168 jam.")),
        ],
    )
    quiet_from = HourField(_l("Jam tenang mulai"), validators=[Required(_l("Tulis jamnya."))])
    quiet_to = HourField(_l("Jam tenang selesai"), validators=[Required(_l("Tulis jamnya."))])

    remind_after_days = DaysField(_l("Hari sesudah undangan dikirim"), validators=[Optional()])
    remind_before_days = DaysField(_l("Hari sebelum pendaftaran ditutup"), validators=[Optional()])
    reminders = SelectMultipleField(
        _l("Ingatkan peserta"),
        choices=choices_of(rules.REMINDER_LABELS),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    remind_at = HourField(_l("Jam pengingat"), validators=[Required(_l("Tulis jamnya."))])
    digest_at = HourField(
        _l("Jam ringkasan harian koordinator"), validators=[Required(_l("Tulis jamnya."))]
    )

    def validate_remind_at(self, field):
        """A shape between fields: a reminder in quiet hours would come at another time."""
        begins, ends, at = self.quiet_from.data, self.quiet_to.data, field.data
        if None in (begins, ends, at) or begins == ends:
            return
        is_quiet = begins <= at < ends if begins < ends else at >= begins or at < ends
        if is_quiet:
            raise ValidationError(_("Jam ini di dalam jam tenang. Pilih jam lain."))

    def validate_near_offer_hours(self, field):
        """A shape between two fields: less time near the day, not more."""
        if self.offer_hours.data and field.data and field.data > self.offer_hours.data:
            raise ValidationError(_("Paling lama sama dengan waktu menjawab biasa."))

    def show_phones(self):
        """Stored numbers as people write them."""
        for field in (self.phone, self.contact_phone):
            if field.data and field.data.startswith("+62"):
                field.data = formats.phone(field.data)


class NewOfficeForm(BaseForm):
    name = _text(_l("Nama kantor"), 160, _l("Nama kantor perlu diisi."))
    code = StringField(
        _l("Kode wilayah"), validators=[Required(_l("Kode wilayah perlu diisi, contoh 35.76."))]
    )
    region_name = _text(_l("Nama wilayah"), 80)
    time_zone = SelectField(_l("Waktu setempat"), validators=[Optional()])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.time_zone.choices = choices(((z, z) for z in ZONES), _("Menurut provinsi"))


class HolidaysForm(BaseForm):
    lines = TextAreaField(
        _l("Hari libur"),
        validators=[Required(_l("Tulis paling sedikit satu hari libur.")), Length(max=8000)],
    )
