"""Forms: shape of input only. A business rule is not a field error."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import get_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, Form, SelectField, TimeField
from wtforms.fields import SelectChoice
from wtforms.meta import DefaultMeta
from wtforms.validators import InputRequired, StopValidation, ValidationError

from kopdiklat.core import parsing
from kopdiklat.core.errors import KopdiklatError
from kopdiklat.core.text import N_

SENTENCES = {  # what WTForms itself would say, for it knows no Indonesian
    "This field is required.": N_("Isian ini perlu diisi."),
    "Not a valid choice.": N_("Pilih salah satu dari daftar."),
    "Not a valid choice": N_("Pilih salah satu dari daftar."),
    "Invalid Choice: could not coerce.": N_("Pilih salah satu dari daftar."),
    "Invalid choice(s): one or more data inputs could not be coerced.": N_(
        "Pilih dari daftar yang ada."
    ),
    "Not a valid integer value.": N_("Tulis dengan angka, contoh 12."),
    "Not a valid decimal value.": N_("Tulis dengan angka, contoh 12,5."),
    "Not a valid date value.": N_("Tanggal tidak dapat dibaca. Contoh: 5/1/2026."),
    "Not a valid datetime value.": N_("Tanggal dan jam tidak dapat dibaca."),
    "Not a valid time value.": N_("Jam tidak dapat dibaca. Contoh: 09.30."),
    "Invalid email address.": N_("Alamat email belum lengkap. Contoh: nama@contoh.id."),
    "Field cannot be longer than %(max)d character.": N_("Paling banyak %(max)d huruf."),
    "Field cannot be longer than %(max)d characters.": N_("Paling banyak %(max)d huruf."),
    "Field must be at least %(min)d character long.": N_("Paling sedikit %(min)d huruf."),
    "Field must be at least %(min)d characters long.": N_("Paling sedikit %(min)d huruf."),
    "Number must be between %(min)s and %(max)s.": N_("Isi antara %(min)s dan %(max)s."),
    "Number must be at least %(min)s.": N_("Paling sedikit %(min)s."),
    "Number must be at most %(max)s.": N_("Paling banyak %(max)s."),
}


class OwnSentences:
    """The translations that WTForms asks for its built-in messages."""

    def gettext(self, sentence: str) -> str:
        return gettext(SENTENCES[sentence]) if sentence in SENTENCES else sentence

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


class BaseForm(FlaskForm):
    """Adds `form_errors` (refusals of a rule) and `refuse()` to put one there."""

    class Meta(FlaskForm.Meta):
        @property
        def locales(self):
            return (str(get_locale() or "id"), "id")

        def get_translations(self, form):
            return OwnSentences()

    def refuse(self, refusal: KopdiklatError) -> None:
        """Show the sentence of a refusal above the form; what was typed stays."""
        self.form_errors.append(str(refusal))

    def refuse_at(self, field_name: str, refusal: KopdiklatError) -> None:
        """Show the sentence at one field."""
        field = self[field_name]
        field.errors = (*field.errors, str(refusal))

    @property
    def status(self) -> int:
        return 422 if self.errors or self.form_errors else 200


class RowForm(Form):
    """A row within a form: it says what is wrong in the same sentences."""

    class Meta(DefaultMeta):
        def get_translations(self, form):
            return OwnSentences()


class Required(InputRequired):
    """A required field with our sentence; refuses blanks that InputRequired lets pass."""

    def __call__(self, form, field):
        super().__call__(form, field)
        typed = field.raw_data[0]
        if isinstance(typed, str) and not typed.strip():
            field.errors = []
            raise StopValidation(self.message)


LONGEST_WORD = 40  # letters; the longest of the language have some thirty


def check_words(form, field) -> None:
    """A word without end would push everything beside it off the page."""
    if any(len(word) > LONGEST_WORD for word in (field.data or "").split()):
        raise ValidationError(gettext("Ada kata yang terlalu panjang. Periksa spasinya."))


def choices(pairs: Iterable[tuple[Any, Any]], empty: Any = None) -> list[SelectChoice]:
    """What a field offers, from (value, label).

    :param empty: the label of the choice of nothing, which then comes first
    """
    first = [] if empty is None else [SelectChoice("", empty)]
    return first + [SelectChoice(value, label) for value, label in pairs]


def choices_of(labels: Mapping[str, str], empty: Any = None) -> list[SelectChoice]:
    """What a field offers, from a table of words that are marked for translation."""
    return choices(((value, lazy_gettext(label)) for value, label in labels.items()), empty)


class OptionalSelect(SelectField):
    """A select whose empty choice means None."""

    data: Any

    def process_formdata(self, valuelist):
        if valuelist and valuelist[0] == "":
            self.data = None
        else:
            super().process_formdata(valuelist)

    def pre_validate(self, form):
        if self.data is not None:
            super().pre_validate(form)


class DayField(DateField):
    """A day from the picker, or typed as people do: 5/1/2026, 5 Januari 2026."""

    data: date | None

    @property
    def day(self) -> date:
        """The day of a required field in a valid form."""
        if self.data is None:
            raise ValueError(f"{self.name} has no day")
        return self.data

    def process_formdata(self, valuelist):
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = parsing.read_date(valuelist[0])
        except KopdiklatError as refusal:
            self.data = None
            raise ValueError(str(refusal)) from None


class HourField(TimeField):
    """A wall-clock time: 09:30 from the picker, 09.30 as it is written here."""

    def __init__(self, label=None, validators=None, **options):
        options.setdefault("format", ["%H:%M", "%H.%M", "%H:%M:%S"])
        super().__init__(label, validators, **options)

    def process_formdata(self, valuelist):
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)
