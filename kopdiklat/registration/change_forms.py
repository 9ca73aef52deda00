"""Who comes instead, and how somebody is written: shape only."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import Length, Optional

from kopdiklat.cooperatives.models import Officer
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core.forms import BaseForm, choices, choices_of
from kopdiklat.core.text import collapse_spaces
from kopdiklat.registration.fields import add_error, read_number_field, read_phone_field, text_field
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant


class SubstituteForm(BaseForm):
    """Another person of the same cooperative for a seat: a known officer, or somebody new."""

    officer_id = RadioField(_l("Siapa penggantinya?"), choices=[], validators=[Optional()])
    full_name = text_field(_l("Nama lengkap"), 120)
    phone = text_field(_l("Nomor HP"), 40)
    position = SelectField(
        _l("Jabatan di koperasi"),
        choices=choices_of(POSITION_LABELS, _l("Pilih jabatan")),
        default="",
        validators=[Optional()],
    )
    citizen_number = text_field(_l("NIK (16 angka di KTP)"), 40)
    reason = text_field(_l("Alasan"), 300)
    needs_number = False

    def offer(self, officers: Sequence[Officer], needs_number: bool) -> "SubstituteForm":
        self.officer_id.choices = choices(
            [*((str(officer.id), officer.person.full_name) for officer in officers),
             ("", _("Orang lain"))]
        )  # fmt: skip
        self.known = {officer.id: officer for officer in officers}
        self.needs_number = needs_number
        if not self.known or any((self.full_name.data, self.phone.data, self.position.data)):
            self.officer_id.data = self.officer_id.data or ""
        return self

    @property
    def officer(self) -> Officer | None:
        chosen = self.officer_id.data or ""
        return self.known.get(int(chosen)) if chosen.isdecimal() else None

    def validate(self, extra_validators=None):
        fine = super().validate(extra_validators)
        officer = self.officer
        if officer is None and self.officer_id.data is None:
            add_error(self.officer_id, _("Pilih penggantinya, atau Orang lain."))
            return False
        if officer is None:
            if not self.full_name.data:
                add_error(self.full_name, _("Nama lengkap perlu diisi, seperti di KTP."))
            self.phone.number = read_phone_field(self.phone)
            if not self.position.data:
                add_error(self.position, _("Pilih jabatan orang ini di koperasi."))
        if self.needs_number and not (officer and officer.person.citizen_number_index):
            self.citizen_number.number = read_number_field(self.citizen_number)
        return fine and not any(field.errors for field in self)

    @property
    def participant(self) -> Participant:
        number = getattr(self.citizen_number, "number", None)
        if self.officer:
            return Participant(officer_id=self.officer.id, citizen_number=number)
        return Participant(
            full_name=self.full_name.data,
            phone=getattr(self.phone, "number", None),
            position=self.position.data,
            citizen_number=number,
        )


class DataForm(BaseForm):
    """How a participant is written and reached; an empty phone leaves the one that is known."""

    class Meta(BaseForm.Meta):
        csrf = False  # the app checks the token of every form; this one's names have a prefix

    full_name = text_field(_l("Nama lengkap"), 120)
    phone = text_field(_l("Nomor HP baru"), 40)
    position = SelectField(_l("Jabatan di koperasi"), choices=choices_of(POSITION_LABELS))
    needs = TextAreaField(
        _l("Kebutuhan khusus"),
        filters=[collapse_spaces],
        validators=[Optional(), Length(max=300)],
    )
    reason = text_field(_l("Alasan"), 300)

    @staticmethod
    def of(registration: Registration) -> dict:
        return {
            "full_name": registration.person.full_name,
            "position": registration.position,
            "needs": registration.needs,
        }

    def validate(self, extra_validators=None):
        fine = super().validate(extra_validators)
        if not self.full_name.data:
            add_error(self.full_name, _("Nama lengkap perlu diisi, seperti di KTP."))
        self.phone.number = read_phone_field(self.phone) if self.phone.data else None
        return fine and not any(field.errors for field in self)

    @property
    def participant(self) -> Participant:
        return Participant(
            full_name=self.full_name.data,
            phone=getattr(self.phone, "number", None),
            position=self.position.data,
            needs=self.needs.data or None,
        )
