"""Who comes: known officers, other people, and what they need."""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from datetime import time as dt_time
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from kopdiklat.cooperatives.models import Officer
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import clock, formats
from kopdiklat.core.forms import BaseForm, DayField, RowForm, choices, choices_of
from kopdiklat.core.text import N_, collapse_spaces
from kopdiklat.registration.fields import (
    add_error,
    read_number_field,
    read_phone_field,
    text_field,
)
from kopdiklat.registration.seating import Group, Share
from kopdiklat.registration.service import Participant, new_team
from kopdiklat.training.models import Batch, Course

OLDEST_FORM = 7 * 24 * 3600  # seconds; a form that is older is shown anew


def sign_team() -> str:
    """The name of the form that is about to be shown, with the moment, so that neither is made up."""
    return _signer().dumps(new_team())


def read_team(signed: str | None) -> str | None:
    """The name of the form; None when it is not one of ours, or too old."""
    try:
        return str(uuid.UUID(_signer().loads(signed or "", max_age=OLDEST_FORM)))
    except (BadSignature, ValueError):
        return None


def is_too_quick(signed: str | None) -> bool:
    """Sent before a person could have read the page (FORM_MIN_SECONDS, 1 unless set)."""
    try:
        shown = _signer().loads(signed or "", return_timestamp=True)[1].timestamp()
    except BadSignature:
        return True
    return time.time() - shown < current_app.config.get("FORM_MIN_SECONDS", 1)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="registration form")


class OtherForm(RowForm):
    """Somebody who is not on the office's list; nothing in it means nobody."""

    full_name = text_field(_l("Nama lengkap"), 120)
    phone = text_field(_l("Nomor HP"), 40)
    position = SelectField(
        _l("Jabatan di koperasi"),
        choices=choices_of(POSITION_LABELS, _l("Pilih jabatan")),
        default="",
        validators=[Optional()],
    )
    citizen_number = text_field(_l("NIK (16 angka di KTP)"), 40)

    @property
    def is_blank(self) -> bool:
        return not any(field.data for field in self)

    def check(self, needs_number: bool) -> bool:
        """Add what is missing; clean what was typed."""
        if self.is_blank:
            return True
        if not self.full_name.data:
            add_error(self.full_name, _("Nama lengkap perlu diisi, seperti di KTP."))
        elif not any(letter.isalpha() for letter in self.full_name.data):
            add_error(self.full_name, _("Nama perlu huruf, seperti di KTP."))
        self.phone.number = read_phone_field(self.phone)
        if not self.position.data:
            add_error(self.position, _("Pilih jabatan orang ini di koperasi."))
        self.citizen_number.number = (
            read_number_field(self.citizen_number) if needs_number else None
        )
        return not any(field.errors for field in self)


class PeopleForm(BaseForm):
    """Shape only: how many may come and whether a seat is left are rules."""

    shown = HiddenField()
    officers = SelectMultipleField(
        _l("Pengurus dan pengelola yang kami kenal"),
        coerce=int,
        choices=[],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    others = FieldList(FormField(OtherForm), max_entries=20)
    needs = TextAreaField(
        _l("Kebutuhan khusus"),
        filters=[collapse_spaces],
        validators=[Optional(), Length(max=300)],
    )
    website = StringField(_l("Jangan diisi"), validators=[Optional()])
    accept_waiting = BooleanField(_l("Masuk daftar tunggu bila penuh"))
    checked = BooleanField()

    officers_by_id: dict[int, Officer] = {}
    needs_number = False
    number_reason = ""

    def numbers(self) -> list[tuple[Officer, Any]]:
        """(officer, field) for those whose citizen number is asked for and not known."""
        return [
            (officer, self[f"number_{officer.id}"])
            for officer in self.officers_by_id.values()
            if f"number_{officer.id}" in self
        ]

    @property
    def number_fields(self) -> list[tuple[int, Any]]:
        return [(officer.id, field) for officer, field in self.numbers()]

    def validate(self, extra_validators=None):
        fine = super().validate(extra_validators)
        for entry in self.others:
            fine = entry.form.check(self.needs_number) and fine
        self.others.errors = [entry.form.errors for entry in self.others if entry.form.errors]
        for officer, field in self.numbers():
            if officer.id in (self.officers.data or []):
                field.number = read_number_field(field)
                fine = fine and not field.errors
        if fine and not self.people:
            add_error(self.officers, _("Pilih paling sedikit satu orang."))
            fine = False
        return fine

    @property
    def is_typed(self) -> bool:
        """Whether somebody stands in it by more than a tick; after `validate`."""
        ticked = self.officers.data or []
        return any(not entry.form.is_blank for entry in self.others) or any(
            officer.id in ticked and field.data for officer, field in self.numbers()
        )

    @property
    def people(self) -> list[Participant]:
        """Who was chosen, cleaned; after `validate`."""
        needs = self.needs.data or None
        chosen = [
            Participant(
                officer_id=officer_id,
                citizen_number=getattr(self._fields.get(f"number_{officer_id}"), "number", None),
                needs=needs,
            )
            for officer_id in self.officers.data or []
            if officer_id in self.officers_by_id
        ]
        return chosen + [
            Participant(
                full_name=form.full_name.data,
                phone=getattr(form.phone, "number", None),
                position=form.position.data,
                citizen_number=getattr(form.citizen_number, "number", None),
                needs=needs,
            )
            for form in (entry.form for entry in self.others)
            if not form.is_blank
        ]

    def kept(self) -> list[tuple[str, str]]:
        """Every answer as (name, value), for the page that shows them and sends them on."""
        answers = [("shown", self.shown.data), ("needs", self.needs.data or "")]
        answers += [("officers", str(ident)) for ident in self.officers.data or []]
        for _officer, field in self.numbers():
            answers.append((field.name, field.data or ""))
        for entry in self.others:
            answers += [(field.name, field.data or "") for field in entry.form]
        return answers

    def add_other(self) -> None:
        if len(self.others) < self.others.max_entries:
            self.others.append_entry()

    def remove_other(self, index: int) -> None:
        rows = [entry.form.data for n, entry in enumerate(self.others) if n != index]
        while len(self.others):
            self.others.pop_entry()
        self.others.last_index = -1
        for row in rows:
            self.others.append_entry(row)


def people_form(
    officers: Sequence[Officer], course: Course, answers: MultiDict | None
) -> PeopleForm:
    """The form for one cooperative: its officers, and a number field where one is missing.

    The number is asked for only where the course says why.
    :param answers: sent now or kept from before; its token was checked when they were sent
    """

    class ForTheseOfficers(PeopleForm):
        pass

    for officer in officers if course.needs_citizen_number else ():
        if not officer.person.citizen_number_index:
            label = _("NIK %(name)s (16 angka di KTP)", name=officer.person.full_name)
            setattr(ForTheseOfficers, f"number_{officer.id}", text_field(label, 40))
    form = ForTheseOfficers(answers, meta={"csrf": False})
    form.officers_by_id = {officer.id: officer for officer in officers}
    form.needs_number = course.needs_citizen_number
    form.number_reason = course.citizen_number_reason or ""
    for name in (
        "others",
        "needs",
        "website",
        "accept_waiting",
        "checked",
    ):  # errors in the order of the page
        form._fields[name] = form._fields.pop(name)
    form.officers.choices = choices((o.id, o.person.full_name) for o in officers)
    if not form.shown.data:
        form.shown.data = sign_team()
    return form


def officer_details(officers: Iterable[Officer]) -> dict[int, str]:
    """The grey line under each officer: position and masked phone."""
    return {
        officer.id: " · ".join(
            (
                _(POSITION_LABELS[officer.position]),
                formats.masked_phone(officer.person.phone)
                if officer.person.phone
                else _("belum ada nomor HP"),
            )
        )
        for officer in officers
    }


TOO_QUICK = N_("Isian belum dapat diproses. Tekan sekali lagi.")


class ShareRow(RowForm):
    """One group: the most seats it may have, and those that are kept for it."""

    facet = HiddenField()
    value = HiddenField()
    cap = IntegerField(_l("Paling banyak"), validators=[Optional(), NumberRange(min=0, max=10_000)])
    reserve = IntegerField(
        _l("Kursi khusus"), validators=[Optional(), NumberRange(min=0, max=10_000)]
    )


class ShareForm(BaseForm):
    """Caps and reserves of a batch, one line per kecamatan and type."""

    rows = FieldList(FormField(ShareRow))
    reserves_until = DayField(_l("Kursi khusus berlaku sampai"), validators=[Optional()])

    def offer(
        self, groups: Mapping[Group, int], there: Mapping[Group, Share], batch: Batch
    ) -> "ShareForm":
        """Show every group of the office, with what is set; a group that is gone stays while set."""
        self.known = list(dict.fromkeys([*groups, *there]))
        self.count = groups
        if not self.is_submitted():
            for group in self.known:
                share = there.get(group)
                self.rows.append_entry(
                    {
                        "facet": group[0],
                        "value": group[1],
                        "cap": share.cap if share else None,
                        "reserve": (share.reserve or None) if share else None,
                    }
                )
            if batch.reserves_until:
                self.reserves_until.data = clock.local_day(batch.reserves_until, batch.time_zone)
        return self

    @property
    def shares(self) -> list[Share]:
        """What was filled in; rows of groups that nobody knows are left out."""
        wanted = []
        for entry in self.rows:
            row = entry.form
            group = (row.facet.data or "", row.value.data or "")
            if group in self.known and (row.cap.data is not None or row.reserve.data):
                wanted.append(Share(group, row.cap.data, row.reserve.data or 0))
        return wanted

    def until(self, batch: Batch) -> datetime | None:
        """The end of the chosen day where the batch takes place."""
        day = self.reserves_until.data
        return clock.moment(day + timedelta(days=1), dt_time(0), batch.time_zone) if day else None
