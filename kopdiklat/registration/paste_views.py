"""*Tempel daftar*: a list out of a form, a chat or a worksheet, looked at before anybody is registered.

Nothing is kept between two presses but what stands in the form: the text, and what was mended since.
"""

import re
import time
import uuid
from collections import defaultdict

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import workbooks
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import KopdiklatError
from kopdiklat.core.workbooks import UnusableFile
from kopdiklat.policy import guard
from kopdiklat.registration import paste, pasted, rules, service, sources
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.forms import read_team, sign_team
from kopdiklat.registration.paste_forms import PasteForm
from kopdiklat.training.models import Batch

FIX = re.compile(r"fix-(\d{1,6})-(cooperative|name|position|phone|citizen_number|skip)")
SECONDS = 8  # of registering; what is left then waits for the next press
SHOWN = 60  # rows to mend at once


@bp.route("/batches/<int:batch_id>/registrations/list", methods=["GET", "POST"])
@guard("registration.edit")
def paste_list(batch_id):
    batch = policy.load(Batch, batch_id)
    form = PasteForm()
    if request.method == "GET":
        return render_template("registration/paste.html", batch=batch, form=form)
    failed: dict[int, str] = {}
    try:
        rules.check_batch_alive(batch.state)
        rows = _rows(form)
    except KopdiklatError as refusal:
        form.refuse_at("file" if isinstance(refusal, UnusableFile) else "text", refusal)
        return render_template("registration/paste.html", batch=batch, form=form), form.status
    fixes = _fixes()
    rows = pasted.mended(rows, pasted.spread(rows, fixes))
    judged = paste.judge(batch, rows, utc_now())
    before = {v.row.number for v in judged.of("there")}
    if request.form.get("do") == "register":
        failed, left = _register(batch_id, judged)
        db.session.rollback()
        batch = policy.load(Batch, batch_id)
        judged = paste.judge(batch, rows, utc_now())
        _say(judged, before, failed, left)
        if not judged.of("ready", "wrong"):
            return redirect(url_for("training.show_batch", batch_id=batch_id), code=303)
    return _show(batch, form, judged, fixes, before, failed)


def _rows(form: PasteForm) -> list[pasted.Row]:
    """The list of the text, or of the file, whose list then stands in the text."""
    file = form.file.data
    if not file or not file.filename:
        return pasted.read(form.text.data or "")
    content = file.stream.read(workbooks.MAX_BYTES + 1)
    table = workbooks.read_table(content, file.filename, pasted.COLUMNS)
    form.text.data = pasted.as_text(pasted.checked(pasted.rows_of(table)))
    return pasted.read(form.text.data)


def _fixes() -> dict[int, dict[str, str]]:
    """What was typed or chosen beside rows; no choice of a cooperative leaves what was written."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for name, value in request.form.items():
        match = FIX.fullmatch(name)
        if match and (value.strip() or match[2] != "cooperative"):
            found[int(match[1])][match[2]] = " ".join(value.split())[:240]
    return found


def _register(batch_id: int, judged: paste.Judged) -> tuple[dict[int, str], int]:
    """Each team by itself: one that fails stops no other.

    :return: row -> why it failed; how many people are left for want of time
    """
    form = read_team(request.form.get("shown")) or service.new_team()
    teams = [
        (ident, [v.row.number for v in team], [v.participant for v in team])
        for ident, team in judged.teams.items()
    ]
    by, begun = current_user.name, time.monotonic()
    failed: dict[int, str] = {}
    for at, (ident, numbers, people) in enumerate(teams):
        if time.monotonic() - begun > SECONDS:
            return failed, sum(len(rest) for _i, rest, _p in teams[at:])
        team = str(uuid.uuid5(uuid.UUID(form), str(ident)))
        try:
            with transaction():
                made = service.register_team(
                    batch_id, ident, people, team=team, by=by, now=utc_now(),
                    accept_waiting=True, by_staff=True,
                )  # fmt: skip
                sources.note(made, "list", by=by, now=utc_now())
        except KopdiklatError as refusal:
            failed.update(dict.fromkeys(numbers, str(refusal)))
    return failed, 0


def _say(judged: paste.Judged, before: set[int], failed: dict[int, str], left: int) -> None:
    new = [v for v in judged.of("there") if v.row.number not in before]
    seated = sum(1 for v in new if v.registration and v.registration.state == "confirmed")
    if new:
        flash(
            ngettext("%(num)s orang terdaftar", "%(num)s orang terdaftar", seated)
            + ", "
            + ngettext(
                "%(num)s masuk daftar tunggu.", "%(num)s masuk daftar tunggu.", len(new) - seated
            )
        )
    if failed:
        words = ngettext(
            "%(num)s orang gagal didaftarkan.", "%(num)s orang gagal didaftarkan.", len(failed)
        )
        flash(words, "error")
    if left:
        words = ngettext(
            "%(num)s orang belum sempat. Tekan Daftarkan lagi.",
            "%(num)s orang belum sempat. Tekan Daftarkan lagi.",
            left,
        )
        flash(words, "info")


def _show(batch: Batch, form: PasteForm, judged: paste.Judged, fixes, before, failed):
    wrong = judged.of("wrong")
    shown = {v.row.number for v in wrong[:SHOWN]}
    leads = _leads(wrong)
    page = render_template(
        "registration/paste.html",
        batch=batch,
        form=form,
        judged=judged,
        wrong=wrong[:SHOWN],
        more=max(0, len(wrong) - SHOWN),
        leads=leads,
        ready=judged.of("ready"),
        there=judged.of("there"),
        doubles=judged.of("double"),
        skipped=judged.of("skipped"),
        new={v.row.number for v in judged.of("there")} - before,
        failed=failed,
        kept=[
            (f"fix-{number}-{key}", value)
            for number, cells in fixes.items()
            for key, value in cells.items()
            if number not in shown
        ],
        shown=request.form.get("shown") or sign_team(),
        position_labels=POSITION_LABELS,
        needs_number=batch.course.needs_citizen_number,
    )
    return page, 200


def _leads(wrong: list[paste.Verdict]) -> dict[int, list[int]]:
    """Rows of one unclear cooperative are asked about once, at the first of them."""
    found: dict[str, list[int]] = defaultdict(list)
    for verdict in wrong:
        if "cooperative" in verdict.errors:
            found[verdict.row["cooperative"]].append(verdict.row.number)
    return {numbers[0]: numbers for numbers in found.values()}
