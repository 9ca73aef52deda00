from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import clock, exports
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.core.departures import exporting
from kopdiklat.core.paging import paginate
from kopdiklat.dashboard import place, trail, trail_words
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.policy import guard

FILTERS = ("person", "object", "action", "from", "until", "id")
EXPORTED = 10_000


@bp.get("/audit")
@guard("audit.see")
def audit():
    """The office's trail as sentences, filtered by person, thing and day."""
    given = _given()
    page = paginate(_entries(given), request.args.get("page", 1, type=int))

    def address(**changes) -> str:
        values = {**given, **changes}
        return url_for("dashboard.audit", **{k: v for k, v in values.items() if v})

    return render_template(
        "dashboard/audit.html",
        page=page,
        entries=trail.sentences(page.rows, place.zone()),
        given=given,
        address=address,
        pages=page.addresses(address),
        objects=sorted(
            ((k, _(v)) for k, v in trail_words.OBJECTS.items()), key=lambda pair: pair[1]
        ),
        actions=[(k, _(v)) for k, v in trail_words.ACTIONS.items()],
    )


@bp.get("/audit/export.xlsx")
@guard("audit.see")
def export_audit():
    zone = place.zone()
    with exporting("audit", policy.office_of(current_user)) as made:
        rows = db.session.scalars(_entries(_given()).limit(EXPORTED)).all()
        made.rows = len(rows)
        column = exports.ExportColumn
        content = exports.workbook_bytes(
            _("Jejak audit"),
            [
                column(_("Waktu"), "datetime"),
                column(_("Siapa")),
                column(_("Apa")),
                column(_("Objek")),
                column(_("Nomor"), "whole"),
                column(_("Nama")),
                column(_("Perubahan"), width=60),
                column(_("Alasan")),
                column(_("Kode permintaan")),
            ],
            (_export_row(sentence, zone) for sentence in trail.sentences(rows, zone)),
            sheet=_("Jejak audit"),
        )
    name = f"jejak-audit-{clock.local_day(utc_now(), zone):%Y-%m-%d}.xlsx"
    return Response(
        content,
        mimetype=exports.XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _export_row(sentence: trail.Sentence, zone: str) -> list:
    changes = [
        f"{name}: {before} → {after}" if before else f"{name}: {after}"
        for name, before, after in sentence.changes
    ]
    return [
        clock.local(sentence.entry.at, zone),
        sentence.who,
        sentence.did,
        sentence.what,
        sentence.entry.object_id,
        sentence.called,
        "\n".join(changes),
        sentence.reason,
        sentence.entry.request_id or "",
    ]


def _given() -> dict[str, str]:
    given = {name: " ".join(request.args.get(name, "").split())[:80] for name in FILTERS}
    known = {
        "object": trail_words.OBJECTS.__contains__,
        "action": trail_words.ACTIONS.__contains__,
        "from": lambda v: _day(v) is not None,
        "until": lambda v: _day(v) is not None,
        "id": lambda v: v.isascii() and v.isdigit() and len(v) < 10,
    }
    return {n: v for n, v in given.items() if v and known.get(n, bool)(v)}


def _entries(given: dict[str, str]) -> sa.Select:
    conditions = [policy.visible(AuditEntry, "audit.see")]
    for name, value in given.items():
        conditions.append(_condition(name, value))
    return (
        sa.select(AuditEntry)
        .where(*conditions)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )


def _condition(name: str, value: str) -> sa.ColumnElement[bool]:
    match name:
        case "person":
            return sa.func.lower(AuditEntry.actor).contains(value.lower(), autoescape=True)
        case "object":
            return AuditEntry.object_type == value
        case "id":
            return AuditEntry.object_id == int(value)
        case "action":
            return AuditEntry.action == value
        case "from":
            return AuditEntry.at >= _midnight(date.fromisoformat(value))
        case _:
            return AuditEntry.at < _midnight(date.fromisoformat(value) + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return clock.moment(day, time(), place.zone())


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
