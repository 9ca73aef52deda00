"""Sending invitations, following them, taking them back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import clock, exports, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.departures import exporting
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.exports import ExportColumn
from kopdiklat.core.web import whatsapp_url
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS
from kopdiklat.messages.letters import fill
from kopdiklat.offices import quiet
from kopdiklat.policy import guard
from kopdiklat.registration import invitation_lists, lists, reasons
from kopdiklat.registration import invitations as verbs
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch

HOLD = timedelta(seconds=60)  # long enough to press "Batalkan kirim"


@bp.post("/batches/<int:batch_id>/invitations/delivery")
@guard("invitation.send")
def send_invitations(batch_id):
    """Put every invitation that nobody was told of into the outbox."""
    office, now = policy.load(Batch, batch_id).office, utc_now()
    due_at = quiet.when_awake(now + HOLD, office.time_zone, office)
    with transaction():
        counts = verbs.send_all(batch_id, now=now, due_at=due_at)
    words = []
    by_server = counts["email"] + counts["gateway"]
    if by_server and due_at - now > HOLD:
        when = formats.moment(due_at, office.time_zone)
        words.append(_("%(count)s undangan dikirim %(when)s.", count=by_server, when=when))
    elif by_server:
        words.append(_("%(count)s undangan dikirim satu menit lagi.", count=by_server))
    if counts["whatsapp"]:
        words.append(_("%(count)s masuk daftar Kirim lewat WhatsApp.", count=counts["whatsapp"]))
    if counts["none"]:
        words.append(_("%(count)s belum punya nomor HP atau email.", count=counts["none"]))
    flash(" ".join(words) or _("Semua undangan sudah disiapkan sebelumnya."), "info")
    return back(batch_id)


@bp.post("/batches/<int:batch_id>/invitations/recall")
@guard("invitation.send")
def recall_invitations(batch_id):
    """Within the minute: nothing goes out."""
    policy.load(Batch, batch_id)
    with transaction():
        told = verbs.recall(batch_id, now=utc_now())
    flash(_recalled(told), "info")
    return back(batch_id)


def _recalled(told: verbs.Recall) -> str:
    """What was taken back, and honestly what had gone out by then."""
    gone = ngettext("%(num)s sudah terlanjur keluar.", "%(num)s sudah terlanjur keluar.", told.gone)
    if not told.taken_back:
        nothing = _("Tidak ada yang dapat dibatalkan.")
        return f"{nothing} {gone}" if told.gone else nothing
    taken = ngettext(
        "%(num)s undangan batal dikirim.", "%(num)s undangan batal dikirim.", told.taken_back
    )
    return f"{taken} {gone}" if told.gone else taken


@bp.post("/invitations/<int:invitation_id>/whatsapp")
@guard("invitation.send")
def open_whatsapp(invitation_id):
    """Mark that the officer opened it in WhatsApp, and lead there; sending is pressed there."""
    invitation = policy.load(Invitation, invitation_id)
    now = utc_now()
    today = clock.local_day(now, invitation.batch.time_zone)
    contact = lists.contacts([invitation.cooperative_id], today).get(invitation.cooperative_id)
    phone = (contact.phone if contact else None) or invitation.cooperative.phone
    if not phone or not phone.startswith("+62"):
        raise RuleViolation(_("Koperasi ini belum punya nomor HP. Lengkapi di daftar pengurus."))
    _subject, text = fill(
        "invitation.sent", verbs.payload_of(invitation), invitation.office_id, "whatsapp"
    )
    with transaction():
        verbs.mark_told(invitation_id, contact, user_id=current_user.id, now=now)
    address = whatsapp_url(phone, text)
    page = render_template(
        "registration/open_whatsapp.html", address=address, invitation=invitation
    )
    return page, 200, {"Refresh": f"0; url={address}"}


@bp.post("/invitations/<int:invitation_id>/cancellation")
@guard("invitation.send")
def cancel_invitation(invitation_id):
    invitation = policy.load(Invitation, invitation_id)
    batch_id, name = invitation.batch_id, invitation.cooperative.name
    with transaction():
        verbs.cancel_invitation(invitation_id, now=utc_now())
    flash(_("Undangan %(name)s ditarik. Tautannya tidak berlaku lagi.", name=name))
    return back(batch_id)


@bp.get("/batches/<int:batch_id>/invitations.xlsx")
@guard("invitation.send")
def export_invitations(batch_id):
    office_id = policy.load(Batch, batch_id).office_id
    with exporting("invitations", office_id) as made:
        batch = policy.load(Batch, batch_id)
        rows = list(_invitation_rows(batch))
        made.rows = len(rows)
        content = exports.workbook_bytes(
            _("Undangan %(title)s", title=batch.title),
            _invitation_columns(),
            rows,
            sheet=_("Undangan"),
        )
    return Response(
        content,
        mimetype=exports.XLSX_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="undangan-angkatan-{batch_id}.xlsx"'
        },
    )


def _invitation_columns() -> list[ExportColumn]:
    return [
        ExportColumn(_("Koperasi"), width=36),
        ExportColumn(_("NIK Koperasi"), width=18),
        ExportColumn(_("Kecamatan")),
        ExportColumn(_("Status saat dipilih"), width=26),
        ExportColumn(_("Skor"), "decimal"),
        ExportColumn(_("Peringkat"), "whole"),
        ExportColumn(_("Alasan"), width=44),
        ExportColumn(_("Kontak"), width=28),
        ExportColumn(_("Nomor HP"), width=18),
        ExportColumn(_("Jawaban"), width=16),
        ExportColumn(_("Diberi tahu"), width=28),
        ExportColumn(_("Diingatkan"), "whole"),
        ExportColumn(_("Terdaftar"), "whole"),
        ExportColumn(_("Alasan menolak"), width=30),
    ]


def _invitation_rows(batch: Batch) -> Iterator[tuple]:
    now = utc_now()
    today = clock.local_day(now, batch.time_zone)
    found = list(db.session.execute(invitation_lists.invitation_select(batch.id, now)))
    for row in invitation_lists.with_messages(found, now, today):
        i, contact, phone = row.invitation, row.contact, row.phone
        yield (
            row.cooperative.name,
            row.cooperative.cooperative_number or "",
            row.cooperative.district or "",
            _(STATUS_LABELS.get(i.health_status or "", NOT_ASSESSED)),
            i.score,
            i.rank,
            reasons.told_choice(i.reason),
            contact.full_name if contact else "",
            formats.phone(phone) if phone else "",
            answer_words()[row.answer],
            told_words()[row.told],
            len(row.reminders),
            row.registered,
            i.declined_reason or "",
        )


def answer_words() -> dict[str, str]:
    return {
        "unopened": _("belum dibuka"),
        "opened": _("dibuka"),
        "registered": _("terdaftar"),
        "declined": _("menolak"),
        "cancelled": _("ditarik"),
    }


def told_words() -> dict[str, str]:
    return {
        "none": _("belum"),
        "waiting": _("menunggu kirim"),
        "mailed": _("email terkirim"),
        "gateway": _("diterima WhatsApp"),
        "listed": _("di daftar Kirim lewat WhatsApp"),
        "whatsapp": _("dibuka di WhatsApp"),
        "over": _("tidak perlu lagi"),
        "failed": _("tidak terkirim"),
    }


def back(batch_id: int, invitation_id: int | None = None):
    """To the list of invitations as it was, and the row that something was done to."""
    names = ("q", "state", "page")
    kept: dict[str, Any] = {name: request.values.get(name) or None for name in names}
    address = url_for("training.show_batch", batch_id=batch_id, tab="invitations", **kept)
    place = f"invitation-{invitation_id}" if invitation_id else "tabs"
    return redirect(f"{address}#{place}", code=303)
