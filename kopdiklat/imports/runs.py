"""An import through the browser: a file is kept, checked by a task, looked at, then saved by one."""

from datetime import date, datetime
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa

from kopdiklat.core import files, tasks
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.core.errors import KopdiklatError, RuleViolation
from kopdiklat.core.exports import ExportColumn, Page, workbook_bytes
from kopdiklat.core.parsing import clean
from kopdiklat.core.tasks import Task
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import UnusableFile
from kopdiklat.imports import service
from kopdiklat.imports.kinds import KINDS
from kopdiklat.imports.kinds.base import Options, Repairs
from kopdiklat.imports.models import ImportRun
from kopdiklat.imports.report import Report
from kopdiklat.offices.models import Office

AT_ONCE, AT_ONCE_IN_ALL = 2, 4  # of one office, of all
TWO_RUNNING = N_("Dua impor kantor ini masih berjalan. Tunggu salah satunya selesai.")
BUSY = N_("Server sedang memeriksa impor lain. Coba lagi sebentar.")
NOT_CHECKED = N_("Impor ini tidak sedang menunggu keputusan.")
ROWS_REFUSED = N_("Masih ada {rows} baris yang ditolak. Perbaiki, atau pilih baris siap saja.")
NOTHING_TO_SAVE = N_("Tidak ada baris yang perlu disimpan.")
STOPPED = N_("Pemeriksaan terhenti. Unggah berkas sekali lagi.")
FILE_GONE = N_("Berkas ini tidak tersimpan lagi. Unggah sekali lagi.")


def plain_name(filename: str | None) -> str:
    """The last part of what the browser calls the file, at most 120 characters."""
    name = clean(PurePath((filename or "").replace("\\", "/")).name)
    stem, dot, extension = name.rpartition(".")
    return f"{stem[: 119 - len(extension)]}{dot}{extension}"[-120:] or "berkas"


def read_options(run: ImportRun) -> Options:
    as_of = run.options.get("as_of")
    return Options(
        as_of=date.fromisoformat(as_of) if as_of else None,
        fiscal_year=run.options.get("fiscal_year"),
        scheme=run.options.get("scheme"),
    )


def write_options(options: Options) -> dict[str, Any]:
    return {
        "as_of": options.as_of.isoformat() if options.as_of else None,
        "fiscal_year": options.fiscal_year,
        "scheme": options.scheme,
    }


def start(
    kind: str,
    office: Office,
    user: Any,
    *,
    name: str,
    digest: str,
    size: int,
    options: Options,
    now: datetime,
) -> ImportRun:
    """Keep an uploaded file and queue its check.

    :param digest: of the sealed bytes, from `files.put_sealed`, written before the transaction
    """
    _check_room(office)
    stored = files.StoredFile(
        office_id=office.id,
        purpose="import",
        name=name,
        content_type="application/octet-stream",
        size=size,
        sha256=digest,
        created_at=now,
        created_by_id=user.id,
    )
    run = ImportRun(
        office_id=office.id,
        file=stored,
        kind=kind,
        state="checking",
        options=write_options(options),
        created_by_id=user.id,
        created_by_name=user.name,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    _queue(run, "import.check", user, now)
    return run


def _check_room(office: Office) -> None:
    running = sa.select(Task.office_id).where(
        Task.kind.in_(("import.check", "import.save")), Task.state.in_(("queued", "running"))
    )
    offices = list(db.session.scalars(running))
    if offices.count(office.id) >= AT_ONCE:
        raise RuleViolation(TWO_RUNNING)
    if len(offices) >= AT_ONCE_IN_ALL:
        raise RuleViolation(BUSY)


def repair(run: ImportRun, repairs: Repairs, user: Any, now: datetime) -> ImportRun:
    """Put typed values in place of refused cells, and check again. Locks the run."""
    run = _waiting(run)
    kept: Repairs = dict(run.options.get("repairs", {}))
    for row, cells in repairs.items():
        kept[row] = kept.get(row, {}) | cells
    run.options = run.options | {"repairs": kept}
    run.state = "checking"
    _queue(run, "import.check", user, now)
    return run


def request_save(run: ImportRun, user: Any, *, valid_only: bool, now: datetime) -> ImportRun:
    """Queue the writing of the checked rows. Locks the run, so two presses save once."""
    run = _waiting(run)
    report = Report.from_record(run.report or {})
    if report.rejected and not valid_only:
        raise RuleViolation(ROWS_REFUSED, rows=len(report.rejected))
    if not report.to_write:
        raise RuleViolation(NOTHING_TO_SAVE)
    run.options = run.options | {"valid_only": valid_only}
    run.state = "saving"
    _queue(run, "import.save", user, now)
    return run


def withdraw(run: ImportRun) -> None:
    """Leave a checked file unsaved for good."""
    _waiting(run).state = "discarded"


def _waiting(run: ImportRun) -> ImportRun:
    run = lock(ImportRun, run.id)
    if run.state != "checked":
        raise RuleViolation(NOT_CHECKED)
    return run


def _queue(run: ImportRun, kind: str, user: Any, now: datetime) -> None:
    task = tasks.enqueue(kind, {"run": run.id}, office_id=run.office_id, user=user, now=now)
    run.task_id = task.id


def open_workbook(run: ImportRun) -> service.Workbook:
    try:
        content = files.read_sealed(run.file)
    except FileNotFoundError:
        raise UnusableFile(FILE_GONE) from None
    return service.Workbook(run.kind, content, run.file.name, run.options.get("repairs"))


@tasks.handler("import.check")
def check(task: Task, progress: tasks.Progress) -> dict:
    """Safe to run twice: it reads the register and writes only what it found."""
    run = db.session.get_one(ImportRun, task.payload["run"])
    if run.state != "checking":
        return {"run": run.id}
    try:
        workbook = open_workbook(run)
        progress(0, len(workbook.rows))
        run = db.session.get_one(ImportRun, task.payload["run"])
        report = service.check(workbook, run.office, read_options(run), now=utc_now())
    except KopdiklatError as refusal:
        return _end(task, "failed", {"error": str(refusal)})
    return _end(task, "checked", report.as_record())


def _end(task: Task, state: str, report: dict) -> dict:
    run_id = task.payload["run"]
    with transaction():
        run = lock(ImportRun, run_id)
        if run.state == "checking":
            run.state, run.report = state, report
    return {"run": run_id}


@tasks.handler("import.save")
def save(task: Task, progress: tasks.Progress) -> dict:
    """Safe to run twice: the rows and the state of the run are one transaction."""
    run_id = task.payload["run"]
    run = db.session.get_one(ImportRun, run_id)
    if run.state != "saving":
        return {"run": run_id}
    workbook = open_workbook(run)
    progress(0, len(workbook.rows))
    with transaction():
        run = lock(ImportRun, run_id)
        if run.state != "saving":
            return {"run": run_id}
        now = utc_now()
        report = service.save(
            workbook,
            run.office,
            read_options(run),
            valid_only=bool(run.options.get("valid_only")),
            now=now,
        )
        run.report = report.as_record()
        run.state = "saved" if report.saved else "checked"
        run.saved_at = now if report.saved else None
    return {"run": run_id}


def refused_rows(run: ImportRun) -> bytes:
    """The refused rows as a workbook: the columns of the file and the reason, to be mended there
    and uploaded again. Numbers stay numbers, so that a NIK stored as one is refused again.
    """
    workbook = open_workbook(run)
    table = workbook.table
    report = Report.from_record(run.report or {})
    columns = [ExportColumn(heading, "as_is") for heading in table.headings]
    columns.append(ExportColumn("Alasan ditolak", width=48))
    rows = []
    for finding in report.rejected:
        cells = [*table.raw[finding.row], *[""] * len(table.headings)][: len(table.headings)]
        rows.append([*cells, f"{finding.column}: {'; '.join((finding.reason, *finding.also))}"])
    title = f"Baris yang ditolak dari {run.file.name}"
    return workbook_bytes(title, columns, rows, subtitle="Perbaiki isinya, lalu unggah berkas ini.")


def template(kind_code: str) -> bytes:
    """An empty workbook with the headings of a kind, and a sheet that explains them."""
    kind = KINDS[kind_code]
    columns = [ExportColumn(f.column.heading, "as_is", width=22) for f in kind.fields]
    guide = [
        (
            f.column.heading,
            "Wajib"
            if f.column.required
            else "Salah satu wajib"
            if f.column.one_of
            else "Boleh kosong",
            f"{f.example:%d/%m/%Y}" if isinstance(f.example, date) else str(f.example),
        )
        for f in kind.fields
    ]
    page = Page(
        "Petunjuk kolom",
        [ExportColumn("Judul kolom"), ExportColumn("Perlu diisi"), ExportColumn("Contoh isi")],
        guide,
        "Urutan kolom bebas. Ketik NIK sebagai teks, agar angka terakhirnya tidak hilang.",
        "Petunjuk",
    )
    return workbook_bytes(f"Templat {kind.label.lower()}", columns, [], more=(page,))


def run_has_stopped(run: ImportRun) -> bool:
    """The task of this run ended without an answer."""
    return run.state in ("checking", "saving") and run.task is not None and run.task.is_over
