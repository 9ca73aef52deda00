"""Telling a cooperative again, mending where it is reached, giving it another link."""

from flask import flash, request
from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat import policy
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.policy import guard
from kopdiklat.registration import invitations as verbs
from kopdiklat.registration import telling
from kopdiklat.registration.batch_views import batch_page
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.contact_form import ContactForm, prefix_of
from kopdiklat.registration.invitation_views import back
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch


@bp.post("/invitations/<int:invitation_id>/resends")
@guard("invitation.send")
def resend_invitation(invitation_id):
    """Once for the message that was seen: a second press finds a newer one."""
    invitation = policy.load(Invitation, invitation_id)
    after = request.form.get("after", type=int)
    with transaction():
        message = telling.resend(invitation_id, after, now=utc_now())
    flash(_again(message, invitation.cooperative.name))
    return back(invitation.batch_id, invitation_id)


@bp.post("/invitations/<int:invitation_id>/reminders")
@guard("invitation.send")
def remind_one(invitation_id):
    invitation = policy.load(Invitation, invitation_id)
    after = request.form.get("after", type=int)
    with transaction():
        message = telling.remind(invitation_id, after, now=utc_now())
    flash(_again(message, invitation.cooperative.name))
    return back(invitation.batch_id, invitation_id)


def _again(message: OutboxMessage, name: str) -> str:
    """Where the message is now; never that it has arrived."""
    if message.channel == "whatsapp":
        return _("Pesan untuk %(name)s masuk daftar Kirim lewat WhatsApp.", name=name)
    return _("Pesan untuk %(name)s segera dikirim.", name=name)


@bp.post("/batches/<int:batch_id>/invitations/reminders")
@guard("invitation.send")
def remind_all(batch_id):
    """Everybody who was told and has not answered."""
    policy.load(Batch, batch_id)
    after = request.form.get("after", 0, type=int)
    with transaction():
        counts = telling.remind_all(batch_id, after, now=utc_now())
    words = [
        ngettext("%(num)s koperasi diingatkan.", "%(num)s koperasi diingatkan.", counts["reminded"])
    ]
    if counts["too_often"]:
        words.append(_("%(count)s baru saja dikirimi.", count=counts["too_often"]))
    if counts["unreachable"]:
        words.append(_("%(count)s belum punya nomor HP atau email.", count=counts["unreachable"]))
    flash(" ".join(words), "success" if counts["reminded"] else "info")
    return back(batch_id)


@bp.post("/invitations/<int:invitation_id>/link")
@guard("invitation.send")
def replace_link(invitation_id):
    """The old link got into other hands."""
    invitation = policy.load(Invitation, invitation_id)
    name = invitation.cooperative.name
    with transaction():
        verbs.replace_link(invitation_id, now=utc_now())
    flash(
        _(
            "Tautan %(name)s diganti. Yang lama tidak berlaku lagi; kirim undangannya lagi.",
            name=name,
        )
    )
    return back(invitation.batch_id, invitation_id)


@bp.post("/invitations/<int:invitation_id>/contact")
@guard("invitation.send")
def change_contact(invitation_id):
    """Mended in its row: what is wrong is said there, and the list stays where it is."""
    invitation = policy.load(Invitation, invitation_id)
    batch_id, name = invitation.batch_id, invitation.cooperative.name
    form = ContactForm(prefix=prefix_of(invitation_id))
    sends = request.form.get("do") == "resend"
    if form.validate_on_submit():
        try:
            with transaction():
                telling.change_contact(
                    invitation_id,
                    form.person_id.data,
                    form.number,
                    form.address,
                    today=clock.local_day(utc_now(), invitation.batch.time_zone),
                )
                message = _resend(invitation_id) if sends else None
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            said = _("Kontak %(name)s disimpan.", name=name)
            flash(f"{said} {_again(message, name)}" if message else said)
            return back(batch_id, invitation_id)
    db.session.rollback()
    page = batch_page(batch_id, "invitations", repair={"id": invitation_id, "form": form})
    return page, form.status


def _resend(invitation_id: int) -> OutboxMessage:
    return telling.resend(invitation_id, request.form.get("after", type=int), now=utc_now())
