"""Fields of a person's form: their shape, and what is read from them."""

from flask_babel import gettext as _
from wtforms import StringField
from wtforms.validators import Length, Optional

from kopdiklat.cooperatives.citizen_numbers import check_citizen_number
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import check_words
from kopdiklat.core.parsing import read_digits, read_phone
from kopdiklat.core.text import collapse_spaces


def text_field(label, length: int):
    return StringField(
        label,
        filters=[collapse_spaces],
        validators=[Optional(), Length(max=length), check_words],
    )


def add_error(field, sentence: str) -> None:
    field.errors = [*field.errors, sentence]


def read_phone_field(field) -> str | None:
    number, is_possible = read_phone(field.data) or (None, False)
    if is_possible:
        return number
    add_error(field, _("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890."))
    return None


def read_number_field(field) -> str | None:
    if not field.data:
        add_error(field, _("NIK perlu diisi, 16 angka."))
        return None
    try:
        digits = read_digits(field.data)
        check_citizen_number(digits or "")
    except RuleViolation as refusal:
        add_error(field, str(refusal))
        return None
    return digits
