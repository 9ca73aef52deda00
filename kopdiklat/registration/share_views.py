"""Fair shares of a batch: caps and reserves, and who comes first in the queue."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives.rules import TYPE_LABELS
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import collapse_spaces
from kopdiklat.policy import guard
from kopdiklat.registration import halls, lists, offers, rules, shares
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.forms import ShareForm
from kopdiklat.training.models import Batch


@bp.route("/batches/<int:batch_id>/seat-shares", methods=["GET", "POST"])
@guard("batch.edit")
def seat_shares(batch_id):
    """What each kecamatan and type may have at most, and is left at least."""
    batch = policy.load(Batch, batch_id)
    groups = shares.groups_of_office(batch.office_id)
    form = ShareForm().offer(groups, halls.shares_set(batch.id), batch)
    if form.validate_on_submit():
        try:
            with transaction():
                shares.change_shares(batch.id, form.shares, form.until(batch), now=utc_now())
        except RuleViolation as refusal:
            form.refuse(refusal)
            batch = policy.load(Batch, batch_id)
        else:
            flash(_("Batas pemerataan tersimpan."))
            return redirect(url_for("training.show_batch", batch_id=batch_id), code=303)
    page = render_template(
        "registration/seat_shares.html",
        batch=batch,
        form=form,
        used=halls.seats_by_group(batch.id, utc_now()),
        count=lists.seat_count(batch, utc_now()),
        type_labels=TYPE_LABELS,
    )
    return page, form.status


@bp.post("/batches/<int:batch_id>/queue-order")
@guard("batch.edit")
def put_first(batch_id):
    """Put one waiting team before the others, with a reason that everybody may read."""
    batch = policy.load(Batch, batch_id)
    reason = collapse_spaces(request.form.get("reason")) or ""
    try:
        rules.check_reason(reason)
        with transaction():
            offers.put_first(
                batch.id,
                request.form.get("team", ""),
                reason[:300],
                by=current_user.name,
                now=utc_now(),
            )
    except RuleViolation as refusal:
        flash(str(refusal), "error")
    else:
        flash(_("Rombongan ini sekarang di urutan pertama."))
    return redirect(url_for("training.show_batch", batch_id=batch_id), code=303)
