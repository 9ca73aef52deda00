"""Choosing the cooperatives of a batch: a ranked list, a cut, and the reason of each."""

from datetime import date, time

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat.cooperatives.rules import TYPE_LABELS, check_all_here
from kopdiklat.core import clock, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_date
from kopdiklat.policy import guard
from kopdiklat.registration import invitations, lists, reasons, selection
from kopdiklat.registration.batch_views import load_batch
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.invitations import Choice
from kopdiklat.registration.ranking import basis_of
from kopdiklat.registration.selection import Candidate, Filters, Found
from kopdiklat.training.models import Batch

LOWEST_TWO = ("under_supervision", "under_special_supervision")
FILTER_LABELS = {
    "status": "Status kesehatan",
    "district": "Kecamatan",
    "type": "Jenis",
    "invited": "Undangan terakhir",
    "untrained": "Belum pernah ikut bimtek",
}


@bp.route("/batches/<int:batch_id>/selection", methods=["GET", "POST"], endpoint="selection")
@guard("invitation.send")
def selection_page(batch_id):
    """GET filters and preselects; POST invites, or only counts again (`recount`)."""
    batch = load_batch(batch_id)
    now = utc_now()
    everyone = selection.candidates_of(batch, now, clock.local_day(now, batch.time_zone))
    default = batch.programme.target_statuses or LOWEST_TWO
    filters = Filters.read(request.args, default)
    found = selection.narrow(everyone, filters, now)
    count = lists.seat_count(batch, now)
    wanted = request.args.get("n", _suggested(batch, count), type=int)
    first = found.first(wanted)
    chosen = {c.id for c in first}
    error = ""
    if request.method == "POST":
        chosen = {int(i) for i in request.form.getlist("cooperative") if i.isdecimal()}
        if "recount" not in request.form:
            try:
                check_all_here(chosen, (c.id for c in everyone))
                return _invite(batch, [c for c in found.eligible if c.id in chosen], first, now)
            except RuleViolation as refusal:
                error = str(refusal)
    page = render_template(
        "registration/selection.html",
        batch=batch,
        found=found,
        filters=filters,
        count=count,
        everyone=len(everyone),
        left_out=selection.count_left_out(batch.office_id),
        wanted=wanted,
        chosen=chosen,
        last_chosen=first[-1].id if first else 0,
        without_phone=[c for c in found.eligible if c.id in chosen and not c.has_phone],
        shown=found.candidates[: selection.MOST],
        reasons={
            c.id: reasons.told_choice(reasons.of_candidate(c))
            for c in found.candidates[: selection.MOST]
        },
        facets=_facets(found, filters),
        position_on=max((c.position_on for c in everyone if c.position_on), default=None),
        strictest=_strictest(found),
        error=error,
    )
    return page, 422 if error else 200


def _strictest(found: Found) -> str:
    """Which filter removed most; the statuses are the purpose, unless nothing is left."""
    name = found.strictest
    if not name or (name == "status" and found.candidates):
        return ""
    return _(FILTER_LABELS[name])


def _suggested(batch: Batch, count: lists.SeatCount) -> int:
    """As many cooperatives as the free seats are for."""
    return -(-count.free // batch.people_per_cooperative)


def _invite(batch: Batch, chosen: list[Candidate], first: list[Candidate], now):
    if not chosen:
        raise RuleViolation(_("Pilih paling sedikit satu koperasi."))
    basis = basis_of({c.id for c in chosen}, {c.id for c in first})
    hold_until = _hold_until(batch)
    choices = [
        Choice(
            c.id,
            health_status=c.health_status,
            score=c.score,
            rank=c.rank if c.health_status else None,
            reason=reasons.of_candidate(c),
        )
        for c in chosen
    ]
    with transaction():
        made = invitations.invite(batch.id, choices, now=now, hold_until=hold_until, basis=basis)
    flash(
        ngettext(
            "%(num)s koperasi ditambahkan. Belum ada yang diberi tahu; kirim undangannya di sini.",
            "%(num)s koperasi ditambahkan. Belum ada yang diberi tahu; kirim undangannya di sini.",
            len(made),
        )
    )
    address = url_for("training.show_batch", batch_id=batch.id, tab="invitations")
    return redirect(f"{address}#tabs", code=303)


def _hold_until(batch: Batch):
    """The end of the day until which seats are kept; nothing typed keeps none."""
    day: date | None = read_date(request.form.get("hold_until"))
    if day is None:
        return None
    until = clock.moment(day, time(23, 59), batch.time_zone)
    if until <= utc_now() or until > batch.registration_closes_at:
        raise RuleViolation(
            _(
                "Kursi dapat ditahan sampai pendaftaran ditutup, %(day)s.",
                day=formats.moment(batch.registration_closes_at, batch.time_zone),
            )
        )
    return until


def _facets(found: Found, filters: Filters) -> list[dict]:
    """The facets with their counts, in the order of the page."""
    counts = found.facets
    invited = {
        "long_ago": _("Lebih dari 6 bulan lalu"),
        "never": _("Belum pernah diundang"),
        "recently": _("Dalam 6 bulan ini"),
    }
    options = {
        "status": [(s, "", counts["status"][s], s in filters.statuses) for s in selection.STATUSES],
        "invited": [(k, v, counts["invited"][k], k in filters.invited) for k, v in invited.items()],
        "untrained": [
            (
                "1",
                _("Belum pernah ikut bimtek"),
                counts["untrained"][True],
                filters.untrained,
            )
        ],
        "district": [
            (d, d or _("Belum tercatat"), counts["district"][d], d in filters.districts)
            for d in sorted(set(counts["district"]) | filters.districts)
        ],
        "type": [
            (t, _(label), counts["type"][t], t in filters.types)
            for t, label in TYPE_LABELS.items()
            if counts["type"][t] or t in filters.types
        ],
    }
    titles = {
        "status": _("Status kesehatan"),
        "invited": _("Undangan terakhir"),
        "untrained": _("Bimtek"),
        "district": _("Kecamatan"),
        "type": _("Jenis"),
    }
    return [{"name": n, "title": titles[n], "options": options[n]} for n in options]
