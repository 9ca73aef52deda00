"""The wizard: choose a kind, upload, look at what was found, save."""

import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import FileStorage

from kopdiklat import policy
from kopdiklat.core import files, workbooks
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.departures import exporting
from kopdiklat.core.errors import KopdiklatError, NotFound, RuleViolation
from kopdiklat.core.exports import XLSX_TYPE
from kopdiklat.core.paging import paginate
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import MAX_BYTES, UnusableFile, WrongHeadings, missing_headings
from kopdiklat.health.models import AssessmentScheme
from kopdiklat.imports import kept, pages, rules, runs, sheets
from kopdiklat.imports.forms import SaveForm, UploadForm
from kopdiklat.imports.kinds import KINDS, kind_of
from kopdiklat.imports.kinds.base import Kind
from kopdiklat.imports.models import ImportRun
from kopdiklat.imports.report import Report
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard

bp = Blueprint("imports", __name__)

READ_AT_ONCE = (
    2 * 1024 * 1024
)  # smaller files are looked at in the request, to refuse them on the form
NO_SUCH_KIND = N_("Jenis berkas ini tidak ada.")


def _kind_or_404(code: str):
    if code not in KINDS:
        raise NotFound(NO_SUCH_KIND)
    return KINDS[code]


def _my_offices() -> list[Office]:
    mine = sa.select(Office).where(policy.visible(Office, "import.run")).order_by(Office.name)
    return list(db.session.scalars(mine))


@bp.get("/imports")
@guard("import.see")
def index():
    shown = (
        sa.select(ImportRun)
        .where(policy.visible(ImportRun, "import.see"))
        .options(joinedload(ImportRun.office), joinedload(ImportRun.task))
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
    )
    page = paginate(shown, request.args.get("page", 1, type=int))
    listed = [(run, _report(run), runs.run_has_stopped(run)) for run in page.rows]
    several = len({run.office_id for run in page.rows}) > 1
    return render_template(
        "imports/index.html", page=page, listed=listed, kinds=KINDS, several_offices=several
    )


@bp.get("/imports/new")
@guard("import.run")
def choose():
    return render_template(
        "imports/choose.html", kinds=KINDS, notes=pages.KIND_NOTES, icons=pages.KIND_ICONS
    )


@bp.get("/imports/templates/<kind>.xlsx")
@guard("import.run")
def template(kind):
    _kind_or_404(kind)
    return _workbook(sheets.template(kind), f"templat-{kind}.xlsx")


@bp.route("/imports/new/<kind>", methods=["GET", "POST"])
@guard("import.run")
def upload(kind):
    kind = _kind_or_404(kind)
    offices = _my_offices()
    schemes = list(
        db.session.scalars(
            sa.select(AssessmentScheme).order_by(
                AssessmentScheme.is_default.desc(), AssessmentScheme.name
            )
        )
    )
    form = UploadForm().offer(kind, offices, schemes)
    token = request.values.get("kept")
    waiting = kept.open_upload(token, current_user.id)
    if waiting:
        del form.file
    suggested = None
    if form.validate_on_submit():
        office = _chosen_office(form, offices)
        try:
            upload = waiting or _take(kind, form.file.data)
            with transaction():
                run = runs.start(
                    kind.code, office, current_user,
                    upload=upload, options=form.options, now=utc_now(),
                )  # fmt: skip
        except OtherKind as other:
            form.refuse_at("file", other.refusal)
            suggested = other
        except UnusableFile as refusal:
            form.refuse_at("file", refusal)
        except RuleViolation as refusal:
            form.refuse(refusal)
            waiting, token = upload, kept.upload_token(upload, current_user.id)
        else:
            return redirect(url_for("imports.show", run_id=run.id), code=303)
    page = render_template(
        "imports/upload.html",
        form=form,
        kind=kind,
        needed=missing_headings(kind.columns(), set()),
        waiting=waiting,
        kept=token,
        suggested=suggested,
    )
    return page, form.status


def _chosen_office(form: UploadForm, offices: list[Office]) -> Office:
    if "office_id" not in form:
        return offices[0]
    return policy.load(Office, form.office_id.data)


class OtherKind(Exception):
    """The headings of an uploaded file are those of another kind; the file is kept for its form."""

    def __init__(self, refusal: WrongHeadings, kind: type[Kind], token: str):
        super().__init__(kind.code)
        self.refusal = refusal
        self.kind = kind
        self.token = token


def _take(kind: type[Kind], sent: FileStorage) -> kept.Upload:
    """
    :raises UnusableFile: nothing is kept
    :raises OtherKind: it is kept for the form of that kind
    """
    name = kept.plain_name(sent.filename)
    content = sent.stream.read(MAX_BYTES + 1)
    if READ_AT_ONCE < len(content) <= MAX_BYTES:
        return kept.Upload(name, files.put_sealed(content))
    head = workbooks.read_sheets(content, name, filled_rows=workbooks.HEAD)
    try:
        workbooks.find_table(head, kind.columns())
    except WrongHeadings as refusal:
        other = kind_of(head)
        if other is None:
            raise
        upload = kept.Upload(name, files.put_sealed(content))
        raise OtherKind(refusal, other, kept.upload_token(upload, current_user.id)) from None
    return kept.Upload(name, files.put_sealed(content))


@bp.get("/imports/<int:run_id>")
@guard("import.see")
def show(run_id):
    run = policy.load(ImportRun, run_id)
    return _show(run)


def _show(run: ImportRun, form: SaveForm | None = None):
    kind = KINDS[run.kind]
    common = {"run": run, "kind": kind, "report": _report(run)}
    if run.task and runs.run_has_stopped(run):
        return render_template("imports/stopped.html", error=run.task.error, **common)
    if runs.is_being_reversed(run):
        return render_template("imports/running.html", **common)
    match run.state:
        case "checking" | "saving":
            return render_template("imports/running.html", **common)
        case "failed":
            error = (run.report or {}).get("error", runs.STOPPED)
            return render_template("imports/stopped.html", error=error, **common)
        case "checked":
            return _show_check(common, form)
        case _:
            return _show_result(common)


def _show_check(common: dict, form: SaveForm | None):
    run, report = common["run"], common["report"]
    form = form or SaveForm(rows="valid")
    opened = request.args.get("cause")
    page = render_template(
        "imports/check.html",
        form=form,
        bar=pages.bar(report),
        groups=pages.groups(report, opened),
        repeated=pages.repeated(report),
        reason_of=pages.reason_of,
        opened=opened,
        masked=pages.masked_keys(run.kind),
        repairs=run.options.get("repairs", {}),
        warnings=report.warnings[: pages.SHOWN_OPEN],
        more_warnings=max(0, len(report.warnings) - pages.SHOWN_OPEN),
        **common,
    )
    return page, form.status


def _show_result(common: dict):
    run, kind = common["run"], common["kind"]
    until = rules.reversible_until(run.saved_at) if run.saved_at and run.request_id else None
    return render_template(
        "imports/result.html",
        reversible_until=until if until and utc_now() < until and not kind.is_kept else None,
        reversal_error=runs.why_not_reversed(run),
        **common,
    )


def _report(run: ImportRun) -> Report | None:
    if run.report is None or "error" in run.report:
        return None
    return Report.from_record(run.report)


@bp.get("/imports/<int:run_id>/progress")
@guard("import.see")
def progress(run_id):
    """The part of the page that script asks for again; when the work is over it asks for the page."""
    run = policy.load(ImportRun, run_id)
    if not runs.is_running(run):
        return "", 200, {"HX-Redirect": url_for("imports.show", run_id=run.id)}
    return render_template("imports/_progress.html", run=run)


@bp.post("/imports/<int:run_id>/repairs")
@guard("import.run")
def repair(run_id):
    run = policy.load(ImportRun, run_id)
    repairs = _typed_repairs(run)
    if not repairs:
        flash(_("Belum ada perbaikan yang diisi."), "info")
        return redirect(url_for("imports.show", run_id=run.id), code=303)
    with transaction():
        runs.repair(run, repairs, current_user, utc_now())
    return redirect(url_for("imports.show", run_id=run_id), code=303)


def _typed_repairs(run: ImportRun) -> dict[str, dict[str, str]]:
    """Fields named `fix-<row>-<column>` that were filled, of rows that were refused."""
    report = _report(run)
    masked = pages.masked_keys(run.kind)
    repairs: dict[str, dict[str, str]] = {}
    for finding in report.rejected if report else ():
        text = request.form.get(f"fix-{finding.row}-{finding.key}", "").strip()[:240]
        if text and finding.key not in masked:
            repairs.setdefault(str(finding.row), {})[finding.key] = text
    return repairs


@bp.post("/imports/<int:run_id>/saving")
@guard("import.run")
def save(run_id):
    run = policy.load(ImportRun, run_id)
    form = SaveForm()
    if not form.validate():
        return _show(run, form)
    try:
        with transaction():
            runs.request_save(
                run, current_user, valid_only=form.rows.data == "valid", now=utc_now()
            )
    except RuleViolation as refusal:
        run = policy.load(ImportRun, run_id)
        if run.state == "checked":
            form.refuse(refusal)
            return _show(run, form)
        if run.state == "discarded":
            flash(str(refusal), "error")
    return redirect(url_for("imports.show", run_id=run_id), code=303)  # a second press lands here


@bp.post("/imports/<int:run_id>/withdrawal")
@guard("import.run")
def withdraw(run_id):
    run = policy.load(ImportRun, run_id)
    with transaction():
        runs.withdraw(run)
    flash(_("Berkas tidak diimpor. Tidak ada data yang berubah."), "info")
    return redirect(url_for("imports.index"), code=303)


@bp.post("/imports/<int:run_id>/reversal")
@guard("import.reverse")
def reverse(run_id):
    run = policy.load(ImportRun, run_id)
    with transaction():
        runs.request_reversal(run, current_user, utc_now())
    return redirect(url_for("imports.show", run_id=run_id), code=303)


@bp.get("/imports/<int:run_id>/refused-rows.xlsx")
@guard("import.see")
def refused_rows(run_id):
    run = policy.load(ImportRun, run_id)
    report = _report(run)
    if report is None or not report.rejected:
        flash(_("Tidak ada baris yang ditolak."), "info")
        return redirect(url_for("imports.show", run_id=run.id), code=303)
    try:
        with exporting("refused_rows", run.office_id) as made:
            made.rows = len(report.rejected)
            content = kept.read(run.refused_file)
    except KopdiklatError as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("imports.show", run_id=run.id), code=303)
    stem = run.file_name.rpartition(".")[0] or run.file_name
    return _workbook(content, f"ditolak-{stem}.xlsx")


def _workbook(content: bytes, filename: str) -> Response:
    response = Response(content, mimetype=XLSX_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response
