"""Where the contact of an invited cooperative is reached, mended in the row of its invitation."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from kopdiklat.core import formats
from kopdiklat.core.forms import BaseForm
from kopdiklat.core.parsing import read_email, read_phone
from kopdiklat.core.text import collapse_spaces


class ContactForm(BaseForm):
    """`person_id` is the officer that was shown; without one it is the cooperative's own number."""

    person_id = IntegerField(widget=HiddenInput(), validators=[Optional()])
    phone = StringField(
        _l("Nomor HP"), filters=[collapse_spaces], validators=[Optional(), Length(max=40)]
    )
    email = StringField(
        _l("Email"), filters=[collapse_spaces], validators=[Optional(), Length(max=254)]
    )

    @property
    def number(self) -> str | None:
        return self._read(read_phone(self.phone.data))

    @property
    def address(self) -> str | None:
        return self._read(read_email(self.email.data))

    def _read(self, found: tuple[str, bool] | None) -> str | None:
        return found[0] if found else None

    def validate_phone(self, field):
        if field.data and not (read_phone(field.data) or ("", False))[1]:
            raise ValidationError(_("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890."))

    def validate_email(self, field):
        if field.data and not (read_email(field.data) or ("", False))[1]:
            raise ValidationError(_("Tulis alamat email yang lengkap, contoh nama@contoh.id."))


def prefix_of(invitation_id: int) -> str:
    """Tells the fields of one row from those of the others."""
    return f"contact{invitation_id}-"


def contact_form(row: Any) -> ContactForm:
    """The fields of a row of invitation_lists, as they stand."""
    person = row.contact
    form = ContactForm(formdata=None, prefix=prefix_of(row.invitation.id))
    phone = person.phone if person else row.cooperative.phone
    form.person_id.data = person.id if person else None
    form.phone.data = formats.phone(phone) if phone else ""
    form.email.data = (person.email if person else None) or ""
    return form
