"""An import through the browser: a file is kept, checked by a task, looked at, then saved by one."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from kopdiklat.core import files, tasks
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, lock, lock_name, transaction
from kopdiklat.core.errors import KopdiklatError, RuleViolation
from kopdiklat.core.tasks import Task
from kopdiklat.core.text import N_
from kopdiklat.imports import kept, reversal, rules, service
from kopdiklat.imports.journal import Journal
from kopdiklat.imports.kinds.base import Options, Repairs
from kopdiklat.imports.models import ImportRun
from kopdiklat.imports.report import Report
from kopdiklat.offices.models import Office

BY_COMMAND = "perintah"
AT_ONCE, AT_ONCE_IN_ALL = 2, 4  # of one office, of all
TWO_RUNNING = N_("Dua impor kantor ini masih berjalan. Tunggu salah satunya selesai.")
BUSY = N_("Server sedang memeriksa impor lain. Coba lagi sebentar.")
ROWS_REFUSED = N_("Masih ada {rows} baris yang ditolak. Perbaiki, atau pilih baris siap saja.")
NOTHING_TO_SAVE = N_("Tidak ada baris yang perlu disimpan.")
STOPPED = N_("Pemeriksaan terhenti. Unggah berkas sekali lagi.")
UNDER_WAY = N_("Impor ini sedang dibatalkan.")


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
    upload: kept.Upload,
    options: Options,
    now: datetime,
) -> ImportRun:
    """Keep an uploaded file and queue its check."""
    _check_room(office)
    run = ImportRun(
        office_id=office.id,
        file_name=upload.name,
        kind=kind,
        state="checking",
        options=write_options(options),
        created_by_id=user.id,
        created_by_name=user.name,
        created_at=now,
    )
    kept.keep(run, upload.sealed, now)
    db.session.add(run)
    db.session.flush()
    _queue(run, "import.check", user, now)
    return run


def _check_room(office: Office) -> None:
    """Who counts also queues. The office is no lock for it: an import that is written holds it."""
    lock_name("imports")
    running = sa.select(Task.office_id).where(
        Task.kind.startswith("import."), Task.state.in_(("queued", "running"))
    )
    offices = list(db.session.scalars(running))
    if offices.count(office.id) >= AT_ONCE:
        raise RuleViolation(TWO_RUNNING)
    if len(offices) >= AT_ONCE_IN_ALL:
        raise RuleViolation(BUSY)


def repair(run: ImportRun, repairs: Repairs, user: Any, now: datetime) -> ImportRun:
    """Put typed values in place of refused cells, and check again. Locks the run."""
    run = lock(ImportRun, run.id)
    state = rules.next_state(run.state, "repair")
    typed: Repairs = dict(run.options.get("repairs", {}))
    for row, cells in repairs.items():
        typed[row] = typed.get(row, {}) | cells
    run.options = run.options | {"repairs": typed}
    run.state = state
    _queue(run, "import.check", user, now)
    return run


def request_save(run: ImportRun, user: Any, *, valid_only: bool, now: datetime) -> ImportRun:
    """Queue the writing of the checked rows. Locks the run, so two presses save once."""
    run = lock(ImportRun, run.id)
    state = rules.next_state(run.state, "save")
    report = Report.from_record(run.report or {})
    if report.rejected and not valid_only:
        raise RuleViolation(ROWS_REFUSED, rows=len(report.rejected))
    if not report.to_write:
        raise RuleViolation(NOTHING_TO_SAVE)
    run.options = run.options | {"valid_only": valid_only}
    run.state = state
    _queue(run, "import.save", user, now)
    return run


def withdraw(run: ImportRun) -> None:
    """Leave a checked file unsaved for good."""
    run = lock(ImportRun, run.id)
    run.state = rules.next_state(run.state, "withdraw")


def request_reversal(run: ImportRun, user: Any, now: datetime) -> ImportRun:
    """Queue the taking back of a saved import, unless it is clear already that it cannot be.

    Locks the run. It stays as it is until it is taken back, so that a task that fails leaves an
    import that can be tried again.
    """
    run = lock(ImportRun, run.id)
    if is_being_reversed(run):
        raise RuleViolation(UNDER_WAY)
    reversal.check(run, now)
    _queue(run, "import.reverse", user, now)
    return run


def is_being_reversed(run: ImportRun) -> bool:
    task = run.task
    return task is not None and task.kind == "import.reverse" and not task.is_over


def _queue(run: ImportRun, kind: str, user: Any, now: datetime) -> None:
    task = tasks.enqueue(kind, {"run": run.id}, office_id=run.office_id, user=user, now=now)
    run.task_id = task.id


@tasks.handler("import.check")
def check(task: Task, progress: tasks.Progress) -> dict:
    """Safe to run twice: it reads the register and writes only what it found."""
    run_id = task.payload["run"]
    run = db.session.get_one(ImportRun, run_id)
    if run.state != "checking":
        return {"run": run_id}
    try:
        workbook = kept.workbook(run)
        progress(0, len(workbook.rows))
        run = db.session.get_one(ImportRun, run_id)
        report = service.check(workbook, run.office, read_options(run), now=utc_now())
    except KopdiklatError as refusal:
        return _end_check(run_id, "fail", {"error": str(refusal)})
    return _end_check(run_id, "accept", report.as_record(), kept.seal_refused(workbook, report))


def _end_check(run_id: int, action: str, report: dict, refused: kept.Sealed | None = None) -> dict:
    with transaction():
        run = lock(ImportRun, run_id)
        if run.state == "checking":
            run.state, run.report = rules.next_state(run.state, action), report
            kept.keep_refused(run, refused, utc_now())
    return {"run": run_id}


@tasks.handler("import.save")
def save(task: Task, progress: tasks.Progress) -> dict:
    """Safe to run twice: the rows and the state of the run are one transaction."""
    run_id = task.payload["run"]
    run = db.session.get_one(ImportRun, run_id)
    if run.state != "saving":
        return {"run": run_id}
    checked = Report.from_record(run.report or {})
    workbook = kept.workbook(run)
    progress(0, len(workbook.rows))
    with transaction():
        run = lock(ImportRun, run_id)
        if run.state != "saving":
            return {"run": run_id}
        only = bool(run.options.get("valid_only"))
        report = _write(run, workbook, valid_only=only, now=utc_now())
        run.report = report.as_record()
        run.state = rules.next_state(run.state, "finish" if report.saved else "return")
    if report.rejected != checked.rejected:
        keep_files(run_id, workbook, report)
    return {"run": run_id}


def _write(
    run: ImportRun, workbook: service.Workbook, *, valid_only: bool, now: datetime
) -> Report:
    journal = Journal()
    options = read_options(run)
    report = service.save(
        workbook, run.office, options, valid_only=valid_only, now=now, journal=journal
    )
    if report.saved:
        run.saved_at, run.request_id = now, journal.request_id
        run.replaced = journal.sealed()
    return report


def save_at_once(
    workbook: service.Workbook, office: Office, options: Options, *, valid_only: bool, now: datetime
) -> tuple[Report, int | None]:
    """An import without a wizard, inside the caller's transaction.

    :return: what it found, and the id of the run when it wrote anything
    """
    run = ImportRun(
        office=office,
        office_id=office.id,
        file_name=workbook.filename[-200:],
        kind=workbook.kind.code,
        state="saved",
        options=write_options(options),
        created_by_name=BY_COMMAND,
        created_at=now,
    )
    report = _write(run, workbook, valid_only=valid_only, now=now)
    if not (report.saved and report.to_write):
        return report, None
    run.report = report.as_record()
    db.session.add(run)
    db.session.flush()
    return report, run.id


def keep_files(
    run_id: int, workbook: service.Workbook, report: Report, *, content: bytes | None = None
) -> None:
    """Keep the refused rows of a saved run, and its file, beside it."""
    sealed = files.put_sealed(content) if content else None
    refused = kept.seal_refused(workbook, report)
    with transaction():
        run = lock(ImportRun, run_id)
        if sealed:
            kept.keep(run, sealed, utc_now())
        kept.keep_refused(run, refused, utc_now())


@tasks.handler("import.reverse")
def reverse(task: Task, progress: tasks.Progress) -> dict:
    """Safe to run twice: the rows and the state of the run are one transaction."""
    run_id = task.payload["run"]
    with transaction():
        run = lock(ImportRun, run_id)
        if run.state == "reversed":
            return {"run": run_id}
        now = utc_now()
        service.lock_area(run.office)
        reversal.reverse(run, now)
        run.state = rules.next_state(run.state, "reverse")
        run.reversed_at, run.reversed_by_name = now, task.user_name
        run.replaced = None
    return {"run": run_id}


def run_has_stopped(run: ImportRun) -> bool:
    """The task of this run ended without an answer."""
    return run.state in ("checking", "saving") and run.task is not None and run.task.is_over


def is_running(run: ImportRun) -> bool:
    at_work = run.state in ("checking", "saving") and not run_has_stopped(run)
    return at_work or is_being_reversed(run)


def why_not_reversed(run: ImportRun) -> str | None:
    """What the last try to take it back said, if it did not come to that."""
    failed = run.task and run.task.kind == "import.reverse" and run.task.state == "failed"
    return run.task.error if run.task and failed else None
