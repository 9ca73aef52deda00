from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import exports, paging
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.departures import exporting
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.exports import ExportColumn
from kopdiklat.core.letters import retold
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.core.text import N_
from kopdiklat.core.web import whatsapp_url
from kopdiklat.messages.catalogue import KINDS
from kopdiklat.messages.letters import NoText
from kopdiklat.notifications import channels, queries, service, whatsapp_answers
from kopdiklat.notifications import deliveries as log
from kopdiklat.notifications.letters import Letter, compose
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard

bp = Blueprint("notifications", __name__)

TABS = {
    "waiting": _l("Menunggu"),
    "opened": _l("Dibuka"),
    "failed": _l("Gagal"),
}


@dataclass(frozen=True)
class Line:
    """One message as a list shows it. `label` says what it is; empty when it has no text yet."""

    message: OutboxMessage
    label: str
    opened_by: str | None
    zone: str


@bp.get("/messages")
@guard("message.see")
def index():
    now = utc_now()
    asked = request.args.get("status", "")
    status = asked if asked in TABS else "waiting"
    mine = _mine()
    page = paging.paginate(
        queries.messages(status, mine, now), request.args.get("page", 1, type=int)
    )
    names = queries.names_of({m.opened_by_id for m in page.rows if m.opened_by_id})
    return render_template(
        "notifications/index.html",
        tabs=TABS,
        status=status,
        counts=queries.counts(mine, now),
        page=page,
        lines=[_line(message, names) for message in page.rows],
        has_mail_server=bool(current_app.config["MAIL_URL"]),
        addresses=page.addresses(lambda page: url_for(".index", status=status, page=page)),
        now=now,
    )


@bp.get("/messages/log")
@guard("message.see")
def deliveries():
    """Every message, what came of it and how often it was tried."""
    now, mine = utc_now(), _mine()
    filters = log.Filters.read(request.args)
    page = paging.paginate(
        log.deliveries(filters, mine, now), request.args.get("page", 1, type=int)
    )
    given = {"topic": filters.topic, "channel": filters.channel, "state": filters.state}
    kept: dict[str, Any] = {n: v or None for n, v in (given | {"q": filters.text}).items()}
    attempts = log.attempts_of([message.id for message in page.rows])
    return render_template(
        "notifications/deliveries.html",
        filters=filters,
        kept=kept,
        title=_topic_title(filters, mine),
        counts=log.counts(filters, mine, now),
        state_labels=log.STATES,
        channel_labels=log.CHANNEL_LABELS,
        page=page,
        rows=[(_line(m, {}), log.state_of(m, now), attempts[m.id]) for m in page.rows],
        addresses=page.addresses(lambda page: url_for(".deliveries", page=page, **kept)),
    )


def _topic_title(filters: log.Filters, mine) -> str:
    return retold(log.topic_title(filters, mine), [N_("%(course)s, angkatan %(number)s")])


@bp.get("/messages/log.xlsx")
@guard("message.see")
def export_deliveries():
    """One row per attempt, office by office: each has its entry, and its own hours."""
    filters, now, mine = log.Filters.read(request.args), utc_now(), _mine()
    offices = log.offices_of(filters, mine, now) or [policy.office_for("message.see")]
    with ExitStack() as stack:
        made = {ident: stack.enter_context(exporting("deliveries", ident)) for ident in offices}
        found = list(db.session.scalars(log.deliveries(filters, mine, now)))
        lines = log.attempts_of([message.id for message in found])
        names = queries.names_of({a.by_id for of in lines.values() for a in of if a.by_id})
        rows: list[tuple] = []
        for office_id in offices:
            zone = db.session.get_one(Office, office_id).time_zone
            theirs = [message for message in found if message.office_id == office_id]
            told = list(log.export_rows(theirs, lines, _label, told_delivery, zone, names))
            made[office_id].rows = len(told)
            rows += told
        content = exports.workbook_bytes(
            _("Catatan pengiriman"), _delivery_columns(), rows, sheet=_("Pengiriman")
        )
    return Response(
        content,
        mimetype=exports.XLSX_TYPE,
        headers={"Content-Disposition": 'attachment; filename="catatan-pengiriman.xlsx"'},
    )


def _delivery_columns() -> list[ExportColumn]:
    return [
        ExportColumn(_("Penerima"), width=30),
        ExportColumn(_("Alamat"), width=28),
        ExportColumn(_("Pesan"), width=44),
        ExportColumn(_("Dibuat"), "datetime", width=17),
        ExportColumn(_("Saluran"), width=18),
        ExportColumn(_("Dicoba"), "datetime", width=17),
        ExportColumn(_("Hasil"), width=22),
        ExportColumn(_("Nomor dari server"), width=30),
        ExportColumn(_("Keterangan"), width=44),
        ExportColumn(_("Petugas"), width=24),
    ]


@bp.app_template_filter("delivery_told")
def told_delivery(error: str) -> str:
    """What a server said, as the log keeps it, in the language of who reads."""
    return retold(error, channels.SENTENCES + whatsapp_answers.SENTENCES)


def _mine() -> sa.ColumnElement[bool]:
    return queries.shown_to(current_user, "message.see")


def _line(message: OutboxMessage, names: dict[int, str]) -> Line:
    zones = {m.office_id: m.office.time_zone for m in current_user.current_memberships if m.office}
    zone = zones.get(message.office_id, "WIB")
    opened_by = names.get(message.opened_by_id) if message.opened_by_id else None
    return Line(message, _label(message), opened_by, zone)


def _label(message: OutboxMessage) -> str:
    """Letters are Indonesian; the list speaks the language of who reads it."""
    if message.kind not in KINDS:
        return ""
    kind = _(KINDS[message.kind].label)
    about = message.payload.get("cooperative" if message.kind == "manager_joined" else "title")
    about = about and retold(about, [N_("%(course)s, angkatan %(number)s")])
    return f"{kind}: {about}" if about else kind


def _letter(message: OutboxMessage) -> Letter | None:
    try:
        return compose(message)
    except NoText:
        return None


@bp.get("/messages/<int:message_id>")
@guard("message.see")
def show(message_id):
    message = _load(message_id)
    names = queries.names_of({message.opened_by_id} if message.opened_by_id else set())
    return render_template(
        "notifications/message.html",
        line=_line(message, names),
        letter=_letter(message),
        attempts=log.attempts_of([message.id])[message.id],
        outcome_labels=log.OUTCOME_LABELS,
        channel_labels=log.CHANNEL_LABELS,
        now=utc_now(),
    )


def _load(message_id: int) -> OutboxMessage:
    message = policy.load(OutboxMessage, message_id)
    inviter = policy.can(current_user, "user.invite")
    for_others = message.kind in queries.FOR_INVITERS and not inviter
    if message.kind in queries.NEVER_SHOWN or for_others:
        raise NotFound(N_("Halaman ini tidak ada, atau tidak untuk Anda."))
    return message


@bp.post("/messages/<int:message_id>/opening")
@guard("message.send")
def open_in_whatsapp(message_id):
    """Mark the message as opened and lead to WhatsApp, where the officer presses send.

    The answer is a page of ours with a Refresh: a redirect would be a form sent elsewhere, which
    our content policy refuses.
    """
    message = _load(message_id)
    letter = _letter(message)
    if message.channel != "whatsapp" or letter is None:
        raise RuleViolation(N_("Pesan ini tidak dikirim lewat WhatsApp."))
    now: datetime = utc_now()
    with transaction():
        service.open_in_whatsapp(message, current_user, now=now)
    address = whatsapp_url(message.recipient, letter.body.strip())
    page = render_template(
        "notifications/opened.html",
        line=_line(message, {}),
        address=address,
    )
    return page, 200, {"Refresh": f"0; url={address}"}


@bp.post("/messages/<int:message_id>/waiting")
@guard("message.send")
def close_again(message_id):
    """It was opened and not sent after all: back to the waiting list."""
    message = _load(message_id)
    with transaction():
        service.close_again(message, current_user, now=utc_now())
    flash(_("Pesan untuk %(name)s kembali menunggu.", name=message.recipient_name), "info")
    return redirect(url_for("notifications.index"), code=303)


@bp.post("/messages/<int:message_id>/attempts")
@guard("message.send")
def try_again(message_id):
    message = _load(message_id)
    with transaction():
        service.try_again(message, now=utc_now())
    flash(_("Email untuk %(name)s dicoba lagi sebentar lagi.", name=message.recipient_name))
    return redirect(url_for("notifications.index", status="failed"), code=303)
