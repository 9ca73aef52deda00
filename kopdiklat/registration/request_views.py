"""What participants ask for, decided by the office: with one press, or with a reason."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.policy import guard
from kopdiklat.registration import changes
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.models import ChangeRequest


@bp.post("/change-requests/<int:change_request_id>/approval")
@guard("registration.edit")
def grant_request(change_request_id):
    batch_id = policy.load(ChangeRequest, change_request_id).batch_id
    with transaction():
        changes.grant(change_request_id, by=current_user.name, now=utc_now())
    flash(_("Permintaan dikabulkan; peserta diberi tahu."))
    return _back(batch_id)


@bp.post("/change-requests/<int:change_request_id>/refusal")
@guard("registration.edit")
def decline_request(change_request_id):
    batch_id = policy.load(ChangeRequest, change_request_id).batch_id
    reason = " ".join(request.form.get("reason", "").split())[:300]
    with transaction():
        changes.decline(change_request_id, reason, by=current_user.name, now=utc_now())
    flash(_("Permintaan ditolak; peserta diberi tahu alasannya."))
    return _back(batch_id)


def _back(batch_id: int):
    address = url_for("training.show_batch", batch_id=batch_id, tab="requests")
    return redirect(f"{address}#tabs", code=303)
