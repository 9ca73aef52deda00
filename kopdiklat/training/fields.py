"""Fields that the forms of this room are made of."""

from datetime import date, time

from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import HiddenInput, TextInput

from kopdiklat.core.forms import HourField, Required, check_words, choices_of
from kopdiklat.core.text import collapse_spaces


def text(label, length: int, *validators, **options):
    return StringField(
        label,
        filters=[collapse_spaces],
        validators=[*(validators or [Optional()]), Length(max=length), check_words],
        **options,
    )


def hour(label, *validators):
    """Typed as it is written here, 08.00: a browser's own clock may speak of AM and PM."""
    return HourField(
        label,
        validators=list(validators) or [Optional()],
        format=["%H.%M", "%H:%M", "%H:%M:%S"],
        widget=TextInput(),
    )


def count(label, least: int, most: int, required=None, refused=None, **options):
    """A whole number; without `required` it may be left out.

    :param refused: what is said of a number that is not between; names it, for the list on top
    """
    first = Required(required) if required else Optional()
    return IntegerField(label, validators=[first, NumberRange(least, most, refused)], **options)


def id_or_none(text) -> int | None:
    return int(text) if text not in ("", None) else None


def hidden_number():
    return IntegerField(widget=HiddenInput(), validators=[Optional()], default=1)


def select(label, labels: dict[str, str]):
    return SelectField(label, choices=choices_of(labels))


def put(field, value) -> None:
    """Write into a field as if it had been typed, over what was sent."""
    field.data = value
    field.process_errors = []
    match value:
        case date():
            text = value.isoformat()
        case time():
            text = f"{value:%H.%M}"
        case _:
            text = "" if value is None else str(value)
    field.raw_data = [text]
