"""Cancelling a batch: with its seats end the applications for it, and their senders are told as well."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.applications import service
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.policy import guard
from kopdiklat.registration import batches, moves
from kopdiklat.registration.batch_views import load_batch, show_telling
from kopdiklat.training.models import Batch
from kopdiklat.training.views import bp


@bp.post("/batches/<int:batch_id>/cancellation")
@guard("batch.edit")
def cancel_batch(batch_id):
    policy.load(Batch, batch_id)
    reason = " ".join(request.form.get("reason", "").split())[:300]
    if not reason:
        raise RuleViolation(_("Tulis alasan pembatalan; peserta akan membacanya."))
    doing = {"by": current_user.name, "now": utc_now()}
    try:
        with transaction():
            told = batches.cancel(batch_id, reason, **doing)
            told += service.decline_all(batch_id, reason, **doing)
            moves.check_confirmed(told, "confirmed" in request.form)
    except moves.NotConfirmed as pause:
        words = _("Batalkan angkatan")
        return show_telling(load_batch(batch_id), pause.telling, words, is_end=True)
    flash(_("Angkatan dibatalkan. %(count)s orang diberi tahu.", count=len(told)))
    db.session.rollback()
    return redirect(url_for("training.show_batch", batch_id=batch_id), code=303)
