from datetime import date

from flask import Response
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.core.departures import exporting
from kopdiklat.core.errors import NotFound
from kopdiklat.documents import sheet
from kopdiklat.documents.blueprint import bp
from kopdiklat.policy import guard
from kopdiklat.training.models import Batch


@bp.get("/batches/<int:batch_id>/attendance-sheets/<day>.pdf")
@guard("attendance.print")
def attendance_sheet(batch_id, day):
    """One quick document, made in the request, for those who see the sessions of its day."""
    batch = db.session.get(Batch, batch_id)
    on = _date(day)
    block = next((s for s in batch.training_sessions if s.day == on), None) if batch else None
    policy.check(block, "attendance.see")
    assert batch is not None  # noqa: S101, check refuses a batch without that day
    with exporting("attendance_sheet", batch.office_id) as made:
        made.rows = len(sheet.confirmed(batch.id))
        content = sheet.attendance_sheet(batch, on, printed_by=current_user.name, now=utc_now())
    name = f"daftar-hadir-{batch.id}-{on.isoformat()}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, mimetype="application/pdf", headers=headers)


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise NotFound(policy.NOT_HERE) from None
