"""The files of an import, sealed: the uploaded workbook and the one of its refused rows. They are
deleted after some days (IMPORT_FILE_DAYS); the run stays.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeTimedSerializer

from kopdiklat.core import files, keys
from kopdiklat.core.db import db, transaction
from kopdiklat.core.parsing import clean
from kopdiklat.core.tasks import Task
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import UnusableFile
from kopdiklat.imports import rules, sheets
from kopdiklat.imports.models import ImportRun
from kopdiklat.imports.report import Report
from kopdiklat.imports.service import Workbook

Sealed = tuple[str, int]  # digest and size, of `files.put_sealed`
MAX_AGE_SECONDS = 3600  # of an upload that waits for another form
FILE_GONE = N_("Berkas ini tidak tersimpan lagi. Unggah sekali lagi.")


@dataclass(frozen=True)
class Upload:
    """A file that was looked at and lies sealed on the disk."""

    name: str
    sealed: Sealed


def plain_name(filename: str | None) -> str:
    """The last part of what the browser calls the file, at most 120 characters."""
    name = clean(PurePath((filename or "").replace("\\", "/")).name)
    stem, dot, extension = name.rpartition(".")
    return f"{stem[: 119 - len(extension)]}{dot}{extension}"[-120:] or "berkas"


def workbook(run: ImportRun) -> Workbook:
    """:raises UnusableFile: it was deleted"""
    content = read(run.file)
    return Workbook(run.kind, content, run.file_name, run.options.get("repairs"))


def read(stored: files.StoredFile | None) -> bytes:
    """:raises UnusableFile: it was deleted"""
    if stored is None:
        raise UnusableFile(FILE_GONE)
    try:
        return files.read_sealed(stored)
    except FileNotFoundError:
        raise UnusableFile(FILE_GONE) from None


def upload_token(upload: Upload, user_id: int) -> str:
    """What a form carries in place of a file that lies here already, and no row names yet."""
    return _signer().dumps([user_id, upload.name, *upload.sealed])


def open_upload(token: str | None, user_id: int) -> Upload | None:
    """The upload that a token names; None when it is another's, changed or too old."""
    try:
        user, name, digest, size = _signer().loads(token or "", max_age=MAX_AGE_SECONDS)
    except (BadSignature, ValueError):
        return None
    return Upload(name, (digest, size)) if user == user_id else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(keys.secret_key("import upload"))


def seal_refused(workbook: Workbook, report: Report) -> Sealed | None:
    return files.put_sealed(sheets.refused_rows(workbook, report)) if report.rejected else None


def keep(run: ImportRun, sealed: Sealed, now: datetime) -> None:
    """Lay the uploaded workbook beside its run."""
    run.file = _row(run, "import", sealed, now)


def keep_refused(run: ImportRun, sealed: Sealed | None, now: datetime) -> None:
    """The refused rows, in place of those of an earlier check; `sweep_files` removes their bytes."""
    former = run.refused_file
    run.refused_file = _row(run, "import.refused", sealed, now) if sealed else None
    if former:
        db.session.delete(former)


def _row(run: ImportRun, purpose: str, sealed: Sealed, now: datetime) -> files.StoredFile:
    digest, size = sealed
    return files.StoredFile(
        office_id=run.office_id,
        purpose=purpose,
        name=run.file_name,
        content_type="application/octet-stream",
        size=size,
        sha256=digest,
        created_at=now,
        created_by_id=run.created_by_id,
    )


def sweep(now: datetime, keep_for: timedelta) -> int:
    """Delete the files of runs that are older; the runs stay, with their counts. Personal values
    that were kept for taking an import back go when it cannot be taken back any more. Leaves a run
    that somebody holds to the next sweep.

    :return: how many runs lost their files
    """
    with transaction() as session:
        late = sa.select(ImportRun).where(
            ImportRun.replaced.is_not(None), ImportRun.saved_at <= now - rules.REVERSIBLE_FOR
        )
        for run in session.scalars(late.with_for_update(skip_locked=True)):
            run.replaced = None
        old = sa.select(ImportRun).where(
            ImportRun.created_at <= now - keep_for,
            sa.or_(ImportRun.file_id.is_not(None), ImportRun.refused_file_id.is_not(None)),
            ~ImportRun.task.has(Task.state.in_(("queued", "running"))),
        )
        runs = list(session.scalars(old.with_for_update(skip_locked=True)))
        digests = [digest for run in runs for digest in _forget_files(run)]
    files.remove(digests)
    return len(runs)


def _forget_files(run: ImportRun) -> list[str]:
    kept = [stored for stored in (run.file, run.refused_file) if stored]
    run.file = run.refused_file = None
    if run.state == "checked":  # without its file there is nothing left to decide
        run.state = rules.next_state(run.state, "withdraw")
    for stored in kept:
        db.session.delete(stored)
    return [stored.sha256 for stored in kept]
