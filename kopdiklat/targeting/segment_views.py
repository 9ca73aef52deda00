"""Questions that an office asks often, under a name."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.policy import guard
from kopdiklat.targeting import queries, service, words
from kopdiklat.targeting.blueprint import bp
from kopdiklat.targeting.facets import Filters
from kopdiklat.targeting.models import Segment
from kopdiklat.targeting.screen import Screen
from kopdiklat.training.models import Batch


@bp.get("/batches/<int:batch_id>/segments")
@guard("segment.edit")
def segments(batch_id):
    """The segments of the office, each with the way to ask it for this batch."""
    batch = policy.load(Batch, batch_id)
    return _page(batch)


def _page(batch: Batch, refused: int = 0, typed: str = "", error: str = "") -> str:
    rows = [
        (segment, words.told(filters), Screen(batch.id, filters, 0).url())
        for segment in queries.segments_of(batch.office_id)
        for filters in [Filters.kept(segment.filters)]
    ]
    return render_template(
        "targeting/segments.html",
        batch=batch,
        rows=rows,
        refused=refused,
        typed=typed,
        error=error,
    )


@bp.post("/batches/<int:batch_id>/segments")
@guard("segment.edit")
def save_segment(batch_id):
    """Keep the question that the form asks; back to the list that it gives."""
    batch = policy.load(Batch, batch_id)
    filters = Filters.read(request.form)
    with transaction():
        segment = service.save_segment(
            batch.office_id,
            request.form.get("name"),
            filters,
            by=current_user.name,
            now=utc_now(),
        )
    flash(_("Segmen %(name)s disimpan.", name=segment.name))
    return redirect(Screen.read(batch_id, request.form, (), 0).url(), code=303)


@bp.post("/batches/<int:batch_id>/segments/<int:segment_id>/name")
@guard("segment.edit")
def rename_segment(batch_id, segment_id):
    batch = policy.load(Batch, batch_id)
    policy.load(Segment, segment_id)
    typed = request.form.get("name")
    try:
        with transaction():
            service.rename_segment(segment_id, typed)
    except RuleViolation as refusal:
        return _page(batch, segment_id, typed or "", str(refusal)), 422
    flash(_("Nama segmen diganti."))
    return _back(batch_id)


@bp.post("/batches/<int:batch_id>/segments/<int:segment_id>/deletion")
@guard("segment.edit")
def delete_segment(batch_id, segment_id):
    policy.load(Batch, batch_id)
    policy.load(Segment, segment_id)
    with transaction():
        name = service.delete_segment(segment_id)
    flash(_("Segmen %(name)s dihapus. Undangan yang sudah ada tidak berubah.", name=name))
    return _back(batch_id)


def _back(batch_id: int):
    return redirect(url_for("targeting.segments", batch_id=batch_id), code=303)
