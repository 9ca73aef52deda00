"""Templat Pesan: the texts of the office's messages, written with a look at a real recipient."""

import re
from dataclasses import dataclass
from difflib import ndiff
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from kopdiklat import policy
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import KopdiklatError, NotFound, RuleViolation
from kopdiklat.core.forms import BaseForm
from kopdiklat.core.outbox import announce
from kopdiklat.dashboard import message_recipients as recipients
from kopdiklat.extensions import limiter
from kopdiklat.messages import catalogue, letters, queries, rules, service
from kopdiklat.messages.letters import Standing
from kopdiklat.messages.rules import Wording, WordingRefused
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard

bp = Blueprint("message_templates", __name__)

PARTS = ("subject", "body", "short")
FAR_TOO_LONG = (
    20000  # characters; what a person writes has rules, this is for what no person writes
)


class WordingForm(BaseForm):
    """Shape only; what a text may say is a rule."""

    subject = StringField(_l("Perihal email"), validators=[Length(max=FAR_TOO_LONG)])
    body = TextAreaField(_l("Isi pesan"), validators=[Length(max=FAR_TOO_LONG)])
    short = TextAreaField(
        _l("Isi untuk WhatsApp"), validators=[Optional(), Length(max=FAR_TOO_LONG)]
    )
    recipient = SelectField(_l("Pratinjau untuk"), validate_choice=False)
    seen = HiddenField()
    sample = HiddenField()

    @property
    def wording(self) -> Wording:
        return rules.clean(
            Wording(self.subject.data or "", self.body.data or "", self.short.data or "")
        )


@dataclass(frozen=True)
class Preview:
    """A message as somebody would read it, or the sentence on what is wrong with its text."""

    name: str
    subject: str = ""
    body: str = ""
    short: str = ""
    fault: str = ""

    @property
    def room_left(self) -> int:
        return rules.LONGEST_ON_WHATSAPP - len(self.short)


def _office() -> Office:
    return db.session.get_one(Office, policy.office_for("message_template.edit"))


def _standing(office: Office, kind: str) -> Standing:
    """:raises NotFound: there is no such text, or nobody may write it"""
    try:
        found = letters.standing(office.id, kind)
    except letters.NoText:
        raise NotFound(policy.NOT_HERE) from None
    if not found.kind.is_editable:
        raise NotFound(policy.NOT_HERE)
    return found


@bp.get("/message-templates")
@guard("message_template.edit")
def index():
    office = _office()
    return render_template(
        "message_templates/index.html",
        office=office,
        standings=letters.standings(office.id),
        zone=office.time_zone,
    )


@bp.route("/message-templates/<kind>", methods=["GET", "POST"])
@guard("message_template.edit")
def edit(kind):
    office = _office()
    found = _standing(office, kind)
    form = _form(office, found)
    if form.validate_on_submit():
        try:
            with transaction():
                changed = service.save(
                    office.id, kind, form.wording,
                    seen=_version(form.seen.data), by=current_user.name, now=utc_now(),
                )  # fmt: skip
        except WordingRefused as refusal:
            form.refuse_at(refusal.part, refusal)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            saved = _("Templat tersimpan. Pesan berikutnya memakai teks ini.")
            flash(saved if changed else _("Tidak ada yang berubah."))
            return redirect(url_for(".edit", kind=kind), code=303)
    return _page(office, found, form), form.status


def _form(office: Office, found: Standing) -> WordingForm:
    """The form as it was sent, else filled with what holds: also a text with a fault, to repair it."""
    held = found.own or found.shipped
    form = WordingForm(data=vars(held) | {"seen": str(found.version)})
    form.recipient.choices = recipients.choices(office, found.kind)
    offered = [value for value, _label in form.recipient.choices]
    if not form.is_submitted():
        form.recipient.data = offered[0]
    elif form.recipient.data not in offered:  # left the batch meanwhile, or is nobody of ours
        form.recipient.data = recipients.EXAMPLE
    return form


def _version(text: str | None) -> int:
    """The edition that the editor had before him; 0 for none, and for what is no number."""
    text = text or ""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0


def _page(office: Office, found: Standing, form: WordingForm) -> str:
    form.sample.data = uuid4().hex
    return render_template(
        "message_templates/edit.html",
        form=form,
        found=found,
        preview=_preview(office, found, form),
        fields=[
            (name, catalogue.FIELDS[name], name in found.kind.required)
            for name in found.kind.fields
        ],
        editions=queries.editions(office.id, found.kind.name),
        difference=_difference(found) if found.own else [],
        zone=office.time_zone,
    )


def _preview(office: Office, found: Standing, form: WordingForm) -> Preview:
    """What is typed, as the chosen recipient would read it."""
    payload = recipients.payload_of(form.recipient.data, office, found.kind, utc_now())
    values = letters.example_of(found.kind, payload)
    name = values.get("nama") or values.get("koperasi", "")
    fault = letters.fault_of(form.wording, found.kind)
    if fault:
        return Preview(name, fault=str(fault))
    subject, body = rules.print_wording(form.wording, values, "email")
    short = rules.print_wording(form.wording, values, "whatsapp")[1]
    return Preview(name, subject, body, short)


def _difference(found: Standing) -> list[tuple[str, str]]:
    """Lines of our text and of the office's: (`-` ours only, `+` theirs only, a space both; line)."""
    ours, theirs = (
        [wording.subject, "", *wording.body.split("\n")]
        for wording in (found.shipped, found.own or found.shipped)
    )
    return [(line[0], line[2:]) for line in ndiff(ours, theirs) if line[0] != "?"]


@bp.post("/message-templates/<kind>/preview")
@guard("message_template.edit")
def preview(kind):
    """What is typed, as it would be read; script asks for the part, without script it is the page."""
    office = _office()
    found = _standing(office, kind)
    form = _form(office, found)
    if request.headers.get("HX-Request"):
        return render_template(
            "message_templates/_preview.html",
            preview=_preview(office, found, form),
            form=form,
            found=found,
        )
    form.validate()
    return _page(office, found, form), form.status


@bp.post("/message-templates/<kind>/samples")
@guard("message_template.edit")
@limiter.limit("30 per hour", methods=["POST"])
def send_sample(kind):
    """What is typed goes to the one who types it, through the outbox as any message."""
    office = _office()
    found = _standing(office, kind)
    form = _form(office, found)
    key = form.sample.data or ""
    if form.validate():
        try:
            with transaction():
                _announce_sample(office, found, form, key)
        except WordingRefused as refusal:
            form.refuse_at(refusal.part, refusal)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(
                _(
                    "Contoh dikirim ke %(email)s. Teks di bawah belum disimpan.",
                    email=current_user.email,
                )
            )
    return _page(office, found, form), form.status


def _announce_sample(office: Office, found: Standing, form: WordingForm, key: str) -> None:
    """:raises RuleViolation: no address, or the text has a fault"""
    if not current_user.email:
        raise RuleViolation(_("Akun Anda belum punya alamat email. Lengkapi di Akun saya."))
    fault = letters.fault_of(form.wording, found.kind)
    if fault:
        raise fault
    shown = _preview(office, found, form)
    announce(
        "message.sample",
        office_id=office.id,
        name=current_user.name,
        email=current_user.email,
        phone=None,
        dedupe_key=f"message.sample:{current_user.id}:{key[:32]}",
        now=utc_now(),
        subject=shown.subject,
        body=shown.body,
    )


@bp.post("/message-templates/<kind>/deletion")
@guard("message_template.edit")
def reset(kind):
    return _change(kind, service.reset, _("Teks bawaan berlaku lagi."))


@bp.post("/message-templates/<kind>/reversal")
@guard("message_template.edit")
def take_back(kind):
    return _change(kind, service.take_back, _("Perubahan terakhir diurungkan."))


def _change(kind: str, verb, done: str):
    office = _office()
    _standing(office, kind)
    seen = request.form.get("seen")
    try:
        with transaction():
            verb(
                office.id, kind, seen=_version(seen),
                by=current_user.name, now=utc_now(),
            )  # fmt: skip
    except KopdiklatError as refusal:
        flash(str(refusal), "error")
    else:
        flash(done)
    return redirect(url_for(".edit", kind=kind), code=303)
