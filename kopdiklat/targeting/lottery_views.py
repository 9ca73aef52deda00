"""A lottery among the eligible: lock the list, draw before witnesses, print what anyone can check."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.departures import exporting
from kopdiklat.core.errors import RuleViolation
from kopdiklat.policy import guard
from kopdiklat.registration import halls
from kopdiklat.registration.batch_views import load_batch
from kopdiklat.targeting import candidates, drawing, facets, lotteries, queries, words
from kopdiklat.targeting.blueprint import bp
from kopdiklat.targeting.drawing import STRATA, Entry
from kopdiklat.targeting.facets import Filters
from kopdiklat.targeting.models import Lottery
from kopdiklat.targeting.screen import Screen
from kopdiklat.targeting.selection_views import LOWEST_TWO
from kopdiklat.targeting.service import Chooser


def _chooser() -> Chooser:
    return Chooser(current_user.id, current_user.name)


@bp.route("/batches/<int:batch_id>/lotteries/new", methods=["GET", "POST"])
@guard("lottery.run")
def new_lottery(batch_id):
    """Who may be drawn by the question in the address; POST locks the list."""
    batch = load_batch(batch_id)
    now = utc_now()
    today = clock.local_day(now, batch.time_zone)
    filters = Filters.read(
        request.form if request.method == "POST" else request.args,
        batch.programme.target_statuses or LOWEST_TWO,
    )
    register = candidates.register_of(batch, now, today)
    eligible = facets.narrow(register.candidates, filters, today).eligible
    error = ""
    if request.method == "POST":
        places = request.form.get("n", "")
        strata = request.form.get("strata", "none")
        try:
            with transaction():
                lottery = lotteries.lock_list(
                    batch_id,
                    eligible,
                    places=int(places) if places.isdecimal() else 0,
                    strata=strata if strata in STRATA else "none",
                    element_source=request.form.get("element_source"),
                    filters=filters,
                    records_since=register.records_since,
                    by=_chooser(),
                    now=now,
                )
        except RuleViolation as refusal:
            error = str(refusal)
        else:
            flash(_("Daftar dikunci. Undi bila para saksi sudah hadir."))
            return _back(lottery.id)
    hall = halls.hall(batch, now)
    page = render_template(
        "targeting/new_lottery.html",
        batch=batch,
        eligible=len(eligible),
        question=words.told(filters),
        filters=filters,
        selection_url=Screen(batch_id, filters, 0).url(),
        places=request.form.get("n", -(-max(0, hall.free) // batch.people_per_cooperative)),
        strata=request.form.get("strata", "none"),
        element_source=request.form.get("element_source", ""),
        error=error,
    )
    return page, 422 if error else 200


@bp.get("/lotteries/<int:lottery_id>")
@guard("lottery.see")
def show_lottery(lottery_id):
    return _page(policy.load(Lottery, lottery_id))


def _page(lottery: Lottery, error: str = "") -> str:
    return render_template("targeting/show_lottery.html", error=error, **_shown(lottery))


def _shown(lottery: Lottery) -> dict:
    """What the page and the printed record tell."""
    outcome = lottery.outcome
    seed, element = (outcome.seed or "", outcome.element or "") if outcome else ("", "")
    selection = queries.selection_of_lottery(lottery.id) if outcome else None
    lines = db.session.execute(queries.lines_select(selection.id)).all() if selection else []
    identifiers = {entry.cooperative_id: entry.identifier for entry in lottery.entries}
    return {
        "lottery": lottery,
        "batch": lottery.batch,
        "outcome": outcome,
        "selection": selection,
        "lines": [
            (
                line,
                cooperative,
                identifiers[cooperative.id],
                drawing.ticket(seed, element, identifiers[cooperative.id]),
            )
            for line, cooperative in lines
        ],
        "question": words.told(Filters.kept(lottery.filters)),
        "differences": lotteries.differences(lottery),
        "group_name": words.group_name,
    }


@bp.post("/lotteries/<int:lottery_id>/draw")
@guard("lottery.run")
def draw_lottery(lottery_id):
    lottery = policy.load(Lottery, lottery_id)
    try:
        with transaction():
            lotteries.draw(
                lottery_id,
                request.form.get("element"),
                request.form.get("witnesses"),
                by=_chooser(),
                now=utc_now(),
            )
    except RuleViolation as refusal:
        return _page(lottery, str(refusal)), 422
    flash(_("Undian selesai. Yang terpilih sudah masuk daftar undangan."))
    return _back(lottery_id)


@bp.post("/lotteries/<int:lottery_id>/withdrawal")
@guard("lottery.run")
def withdraw_lottery(lottery_id):
    policy.load(Lottery, lottery_id)
    with transaction():
        lotteries.withdraw(lottery_id, request.form.get("reason"), by=_chooser(), now=utc_now())
    flash(_("Undian ditarik. Daftarnya tetap tercatat."))
    return _back(lottery_id)


@bp.get("/lotteries/<int:lottery_id>/record")
@guard("lottery.see")
def print_lottery(lottery_id):
    """The official record (berita acara), for the printer."""
    return render_template(
        "targeting/lottery_record.html", **_shown(policy.load(Lottery, lottery_id))
    )


@bp.get("/lotteries/<int:lottery_id>/list.txt")
@guard("lottery.see")
def export_list(lottery_id):
    """The list byte by byte as it was hashed."""
    lottery = policy.load(Lottery, lottery_id)
    office_id = lottery.office_id
    with exporting("lottery_lists", office_id) as made:
        lottery = policy.load(Lottery, lottery_id)
        entries = [Entry(e.identifier, e.stratum) for e in lottery.entries]
        made.rows = len(entries)
        content = drawing.list_text(entries)
    return Response(
        content,
        mimetype="text/plain",
        headers={"Content-Disposition": f'attachment; filename="daftar-undian-{lottery_id}.txt"'},
    )


def _back(lottery_id: int):
    return redirect(url_for("targeting.show_lottery", lottery_id=lottery_id), code=303)
