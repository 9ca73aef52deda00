from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kopdiklat.core.forms import BaseForm, Required, choices_of
from kopdiklat.core.text import collapse_spaces
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
