"""An application as it is typed: the cooperative, who comes, whom to ask."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, FormField, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from kopdiklat.applications.service import Asked
from kopdiklat.cooperatives.rules import clean_cooperative_number
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, Required, check_words
from kopdiklat.core.parsing import read_phone
from kopdiklat.core.text import collapse_spaces
from kopdiklat.registration.forms import OtherForm, sign_team
from kopdiklat.registration.service import Participant
from kopdiklat.training.models import Batch


def _text(label, length: int, *validators):
    return StringField(
        label,
        filters=[collapse_spaces],
        validators=[*(validators or [Optional()]), Length(max=length), check_words],
    )


class ApplicationForm(BaseForm):
    """Shape only. Nothing here is looked up in the register."""

    shown = HiddenField()
    cooperative_name = _text(_l("Nama koperasi"), 200, Required(_l("Nama koperasi perlu diisi.")))
    district = _text(_l("Kecamatan"), 80, Required(_l("Kecamatan perlu diisi.")))
    cooperative_number = _text(_l("NIK koperasi"), 30)
    others = FieldList(FormField(OtherForm), min_entries=1, max_entries=20)
    contact_name = _text(_l("Nama narahubung"), 120)
    contact_phone = _text(_l("Nomor HP narahubung"), 40)
    needs = TextAreaField(
        _l("Kebutuhan khusus"),
        filters=[collapse_spaces],
        validators=[Optional(), Length(max=300)],
    )
    website = StringField(_l("Jangan diisi"), validators=[Optional()])
    checked = BooleanField()

    needs_number = False
    number: str | None = None
    phone: str | None = None

    @property
    def people(self) -> list[Participant]:
        """Who is to come, cleaned; after `validate`."""
        return [
            Participant(
                full_name=form.full_name.data,
                phone=form.phone.number,
                position=form.position.data,
                citizen_number=form.citizen_number.number,
                needs=self.needs.data or None,
            )
            for form in (entry.form for entry in self.others)
            if not form.is_blank
        ]

    def validate(self, extra_validators=None):
        fine = super().validate(extra_validators)
        for entry in self.others:
            fine = entry.form.check(self.needs_number) and fine
        if all(entry.form.is_blank for entry in self.others):
            first = self.others[0].form.full_name
            first.errors = [_("Tulis paling sedikit satu orang yang ikut.")]
            fine = False
        self.others.errors = [entry.form.errors for entry in self.others if entry.form.errors]
        try:
            self.number = clean_cooperative_number(self.cooperative_number.data)
            if self.number and len(self.number) > 20:
                raise RuleViolation(_("NIK koperasi paling panjang 20 angka."))
        except RuleViolation as refusal:
            self.refuse_at("cooperative_number", refusal)
            fine = False
        return self._read_contact() and fine

    def _read_contact(self) -> bool:
        """Somebody else than the first who comes: then with a number."""
        if not self.contact_name.data and not self.contact_phone.data:
            return True
        self.phone, is_possible = read_phone(self.contact_phone.data) or (None, False)
        if not self.contact_name.data:
            self.refuse_at("contact_name", RuleViolation(_("Nama narahubung perlu diisi.")))
        if not is_possible:
            sentence = _("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890.")
            self.refuse_at("contact_phone", RuleViolation(sentence))
        return bool(self.contact_name.data) and is_possible

    @property
    def asked(self) -> Asked:
        """After `validate`. Who is not named apart is asked first."""
        people = self.people
        return Asked(
            cooperative_name=self.cooperative_name.data or "",
            district=self.district.data or "",
            cooperative_number=self.number,
            contact_name=self.contact_name.data or people[0].full_name,
            contact_phone=self.phone or people[0].phone or "",
            needs=self.needs.data or None,
            people=people,
        )

    def kept(self) -> list[tuple[str, str]]:
        """Every answer as (name, value), for the page that shows them and sends them on."""
        plain = ("shown", "cooperative_name", "district", "cooperative_number",
                 "contact_name", "contact_phone", "needs")  # fmt: skip
        found = [(name, self[name].data or "") for name in plain]
        for entry in self.others:
            found += [(field.name, field.data or "") for field in entry.form]
        return found

    def change_rows(self, answers: MultiDict) -> bool:
        """One row more or less, if that was pressed."""
        if "add" in answers:
            if len(self.others) < self.others.max_entries:
                self.others.append_entry()
            return True
        if "remove" not in answers:
            return False
        gone: Any = answers.get("remove", -1, type=int)
        rows = [entry.form.data for n, entry in enumerate(self.others) if n != gone]
        while len(self.others):
            self.others.pop_entry()
        self.others.last_index = -1
        for row in rows or [{}]:
            self.others.append_entry(row)
        return True


def application_form(batch: Batch, answers: MultiDict | None) -> ApplicationForm:
    """:param answers: sent now or kept from before; its token was checked when they were sent"""
    form = ApplicationForm(answers, meta={"csrf": False})
    form.needs_number = batch.course.needs_citizen_number
    if not form.shown.data:
        form.shown.data = sign_team()
    return form
