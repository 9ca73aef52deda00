from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, Required, choices_of
from kopdiklat.core.text import collapse_spaces
from kopdiklat.documents import rules
from kopdiklat.documents.rules import DEFAULT_PATTERN, SERIES, NumberShape


def text_field(label, length: int, required=None, **options):
    validators = [Required(required)] if required else [Optional()]
    message = _l("Paling panjang %(length)s huruf.", length=length)
    return StringField(
        label,
        filters=[collapse_spaces, lambda text: text or None],
        validators=[*validators, Length(max=length, message=message)],
        **options,
    )


class NumberFormatForm(BaseForm):
    """How the numbers of one series are written."""

    pattern = text_field(
        _l("Bentuk nomor"), 80, _l("Bentuk nomor perlu diisi."), default=DEFAULT_PATTERN
    )
    classification = text_field(_l("Kode klasifikasi"), 20)
    unit = text_field(_l("Kode unit"), 30)
    digits = IntegerField(
        _l("Paling sedikit berapa angka"),
        default=4,
        validators=[
            InputRequired(_l("Tulis dengan angka, contoh 4.")),
            NumberRange(1, 6, _l("Antara 1 dan 6 angka.")),
        ],
    )
    last_used = IntegerField(
        _l("Nomor terakhir tahun ini di buku agenda"),
        default=0,
        validators=[
            InputRequired(_l("Tulis 0 bila belum ada.")),
            NumberRange(0, 99999, _l("Antara 0 dan 99999.")),
        ],
    )

    @property
    def shape(self) -> NumberShape:
        """Of a valid form."""
        return NumberShape(
            self.pattern.data or "",
            self.classification.data,
            self.unit.data,
            self.digits.data or 1,
        )


class NumberForm(BaseForm):
    """Taking a number for a paper that is written elsewhere."""

    series = SelectField(_l("Seri"))
    purpose = text_field(_l("Hal"), 160, _l("Tulis surat ini tentang apa."))
    subject = text_field(_l("Kepada atau untuk"), 200, _l("Tulis surat ini untuk siapa."))

    def offer(self, series: list[str]):
        self.series.choices = choices_of({key: SERIES[key] for key in SERIES if key in series})
        return self


def _lines(text: str | None) -> str | None:
    """One entry per line, each without stray spaces, empty lines left out."""
    kept = [collapse_spaces(line) for line in (text or "").splitlines()]
    return "\n".join(line for line in kept if line) or None


def _names_what_is_known(form, field):
    try:
        rules.check_text(field.data or "", of_one_letter=field.name == "opening")
    except RuleViolation as refusal:
        raise ValidationError(str(refusal)) from None


def _letter_text(label, length: int, required):
    message = _l("Paling panjang %(length)s huruf.", length=length)
    return TextAreaField(
        label,
        filters=[collapse_spaces],
        validators=[Required(required), Length(max=length, message=message), _names_what_is_known],
    )


class LetterSettingsForm(BaseForm):
    """Who signs the invitation letter, and its texts."""

    signatory_name = text_field(
        _l("Nama dengan gelar"), 120, _l("Nama penanda tangan perlu diisi.")
    )
    signatory_title = text_field(_l("Jabatan"), 160, _l("Jabatan penanda tangan perlu diisi."))
    signatory_rank = text_field(_l("Pangkat"), 80, _l("Pangkat penanda tangan perlu diisi."))
    signatory_number = text_field(_l("NIP"), 30, _l("NIP penanda tangan perlu diisi."))
    acting_for = text_field(_l("Atas nama (a.n.)"), 160)
    place = text_field(_l("Tempat surat"), 80, _l("Tempat surat perlu diisi."))
    character = text_field(_l("Sifat"), 40, _l("Sifat surat perlu diisi, contoh Penting."))
    attachment = text_field(_l("Lampiran"), 80)
    subject = text_field(_l("Hal"), 160, _l("Hal surat perlu diisi."))
    opening = _letter_text(_l("Kalimat pembuka"), 800, _l("Kalimat pembuka perlu diisi."))
    closing = _letter_text(_l("Kalimat penutup"), 500, _l("Kalimat penutup perlu diisi."))
    copies_to = TextAreaField(
        _l("Tembusan"),
        filters=[_lines],
        validators=[
            Optional(),
            Length(max=600, message=_l("Paling panjang %(length)s huruf.", length=600)),
        ],
    )

    def validate_signatory_number(self, field):
        try:
            field.data = rules.check_employee_number(field.data or "")
        except RuleViolation as refusal:
            raise ValidationError(str(refusal)) from None

    def validate_subject(self, field):
        _names_what_is_known(self, field)

    def show_number(self):
        """The NIP in the groups in which people read it."""
        digits = self.signatory_number.data or ""
        if digits.isdigit() and len(digits) == 18:
            self.signatory_number.data = rules.grouped_employee_number(digits)
