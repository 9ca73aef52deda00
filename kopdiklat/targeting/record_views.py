"""What was chosen, by whom, on what basis: the lists as they were kept."""

import csv
import io
from collections.abc import Iterator

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat import policy
from kopdiklat.cooperatives.rules import TYPE_LABELS
from kopdiklat.core import formats
from kopdiklat.core.db import db
from kopdiklat.core.departures import exporting
from kopdiklat.core.exports import could_run
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS
from kopdiklat.policy import guard
from kopdiklat.registration import reasons
from kopdiklat.targeting import queries, words
from kopdiklat.targeting.blueprint import bp
from kopdiklat.targeting.facets import Filters
from kopdiklat.targeting.models import Selection
from kopdiklat.targeting.ranking import BASIS_LABELS
from kopdiklat.training.models import Batch


@bp.get("/batches/<int:batch_id>/selections")
@guard("selection.see")
def selections(batch_id):
    """The choices and lotteries of a batch, the last first."""
    batch = policy.load(Batch, batch_id, "batch.see")
    return render_template(
        "targeting/selections.html",
        batch=batch,
        selections=queries.selections_of(batch_id),
        lotteries=queries.lotteries_of(batch_id),
        basis_labels=BASIS_LABELS,
    )


@bp.get("/selections/<int:selection_id>")
@guard("selection.see")
def show_selection(selection_id):
    selection = policy.load(Selection, selection_id)
    page = queries.lines_of(selection_id, request.args.get("page", 1, type=int))
    return render_template(
        "targeting/show_selection.html",
        selection=selection,
        page=page,
        page_links=page.addresses(
            lambda page: url_for("targeting.show_selection", selection_id=selection_id, page=page)
        ),
        question=words.told(Filters.kept(selection.filters)),
        basis_labels=BASIS_LABELS,
        chosen=queries.count_chosen(selection_id),
    )


@bp.get("/selections/<int:selection_id>.csv")
@guard("selection.see")
def export_selection(selection_id):
    selection = policy.load(Selection, selection_id)
    office_id = selection.office_id
    with exporting("selections", office_id) as made:
        rows = list(_rows(selection_id))
        made.rows = len(rows) - 1
        content = io.StringIO()
        csv.writer(content, delimiter=";", lineterminator="\r\n").writerows(rows)
    return Response(
        "\ufeff" + content.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="sasaran-{selection_id}.csv"'},
    )


def _rows(selection_id: int) -> Iterator[list[str]]:
    yield [
        _("Urutan"), _("Koperasi"), _("NIK Koperasi"), _("Kecamatan"), _("Jenis"),
        _("Status saat dipilih"), _("Skor"), _("Posisi"), _("Peringkat"), _("Dipilih"),
        _("Alasan"),
    ]  # fmt: skip
    for line, cooperative in db.session.execute(queries.lines_select(selection_id)):
        yield [
            str(line.place or ""),
            _plain(cooperative.name),
            _plain(cooperative.cooperative_number),
            _plain(cooperative.district),
            _(TYPE_LABELS[cooperative.cooperative_type]),
            _(STATUS_LABELS.get(line.health_status or "", NOT_ASSESSED)),
            formats.score(line.score) if line.score is not None else "",
            formats.day(line.position_on) if line.position_on else "",
            str(line.rank or ""),
            _("ya") if line.is_chosen else _("tidak"),
            _plain(reasons.told_choice(line.reason)),
        ]


def _plain(text: str | None) -> str:
    """Text that a spreadsheet does not run; a mark before it says that it was text."""
    shown = text or ""
    return f"'{shown}" if could_run(shown) else shown
