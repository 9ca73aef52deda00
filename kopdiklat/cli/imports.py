"""`flask import KIND FILE`: an office's workbook into the register, checked row by row."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from kopdiklat.cli.schema import TableCommand
from kopdiklat.core.audit import acting_with
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import KopdiklatError
from kopdiklat.imports import runs, service
from kopdiklat.imports.kinds import KINDS
from kopdiklat.imports.kinds.base import Options
from kopdiklat.imports.report import Report
from kopdiklat.offices.models import Office
from kopdiklat.offices.rules import clean_code

SAVED, NOTHING_SAVED, UNUSABLE = 0, 1, 2
SHOWN = 100


@click.command("import", cls=TableCommand)
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--office", "code", required=True, help="Kode wilayah kantor, contoh 35.76.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    help="Tanggal berlakunya status, TTTT-BB-HH atau HH/BB/TTTT. Tanpa ini: hari ini.",
)
@click.option("--fiscal-year", type=click.IntRange(1900, 2100), help="Tahun buku berkas ini.")
@click.option("--scheme", help="Kode skema penilaian kesehatan.")
@click.option("--dry-run", is_flag=True, help="Periksa saja, tidak menyimpan.")
@click.option("--valid-only", is_flag=True, help="Simpan baris yang siap, lewati yang ditolak.")
@click.option("--json", "as_json", is_flag=True, help="Hasil sebagai satu objek JSON.")
@with_appcontext
def import_command(
    kind: str,
    file: Path,
    code: str,
    as_of: datetime | None,
    fiscal_year: int | None,
    scheme: str | None,
    dry_run: bool,
    valid_only: bool,
    as_json: bool,
) -> None:
    """Impor berkas kantor: cooperatives, officers, assessments, annual-meetings, past-training,
    past-visits.

    Semua baris atau tidak sama sekali, kecuali dengan --valid-only. Status keluar: 0 tersimpan,
    1 tidak ada yang tersimpan karena baris, 2 berkas atau perintah tidak dapat dipakai.
    """
    options = Options(as_of.date() if as_of else None, fiscal_year, scheme)
    try:
        report = _run(kind, file, code, options, dry_run, valid_only)
    except KopdiklatError as refusal:
        if as_json:
            unread = Report(file.name, kind).as_json() | {"error": str(refusal)}
            click.echo(json.dumps(unread, ensure_ascii=False))
        click.echo(str(refusal), err=True)
        sys.exit(UNUSABLE)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _print(report, dry_run=dry_run)
    sys.exit(SAVED if report.can_save(valid_only=valid_only) else NOTHING_SAVED)


def _run(
    kind: str, file: Path, code: str, options: Options, dry_run: bool, valid_only: bool
) -> Report:
    content = file.read_bytes()
    workbook = service.Workbook(kind, content, file.name)
    now = utc_now()
    if dry_run:
        return service.check(workbook, _office(code), options, now=now)
    with acting_with(label=runs.BY_COMMAND), transaction():
        report, run_id = runs.save_at_once(
            workbook, _office(code), options, valid_only=valid_only, now=now
        )
    if run_id is not None:
        runs.keep_files(run_id, workbook, report, content=content)
    return report


def _office(code: str) -> Office:
    digits = clean_code(code)
    office = db.session.scalar(sa.select(Office).where(Office.code == digits))
    if office is None:
        raise KopdiklatError(
            "Kantor {code} belum ada. Buat dulu: flask offices create {code} NAMA.", code=code
        )
    return office


def _print(report: Report, *, dry_run: bool) -> None:
    click.echo(
        f"{report.file}: {report.rows} baris. {report.created} baru, {report.updated} berubah, "
        f"{report.unchanged} sama, {len(report.duplicates)} ganda, "
        f"{len(report.rejected)} ditolak."
    )
    for finding in report.rejected[:SHOWN]:
        value = f" [{finding.value}]" if finding.value else ""
        click.echo(f"  baris {finding.row}, {finding.column}{value}: {finding.reason}")
    _print_rest(len(report.rejected))
    for row, repeats in report.duplicates[:SHOWN]:
        click.echo(f"  baris {row} sama dengan baris {repeats}, dilewati")
    if report.warnings:
        click.echo(f"{len(report.warnings)} catatan:")
        for warning in report.warnings[:SHOWN]:
            click.echo(
                f"  baris {warning.row}, {warning.column} [{warning.value}]: {warning.reason}"
            )
        _print_rest(len(report.warnings))
    for name in report.offices_created:
        click.echo(f"Kantor baru: {name}")
    if report.saved:
        click.echo("Tersimpan.")
    elif dry_run:
        click.echo("Hanya diperiksa. Tidak ada yang disimpan.")
    else:
        click.echo(
            "Tidak ada yang disimpan. Perbaiki baris yang ditolak, atau tambahkan --valid-only."
        )


def _print_rest(count: int) -> None:
    if count > SHOWN:
        click.echo(f"  dan {count - SHOWN} lainnya. Daftar lengkap: tambahkan --json.")
