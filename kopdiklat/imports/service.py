"""Checking a workbook against the register, and writing what it says.

A check writes nothing. A save decides every row again inside the transaction, because the
register may have changed since the check, and then writes all rows, the valid ones, or none.
"""

from datetime import datetime

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.audit import acting_with
from kopdiklat.core.clock import local_day
from kopdiklat.core.db import db
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import UnusableFile, read_table
from kopdiklat.imports.journal import Journal
from kopdiklat.imports.kinds import KINDS
from kopdiklat.imports.kinds.base import Job, Kind, Options, Outcome, ReadRow, Repairs, read_rows
from kopdiklat.imports.report import Finding, Report, RowRefused
from kopdiklat.offices.models import Office

UNKNOWN_KIND = N_("Jenis berkas tidak dikenal. Pilih salah satu dari daftar.")


class Workbook:
    """A file read once: its table and its rows with every cell read, before any database work."""

    def __init__(
        self, kind_code: str, content: bytes, filename: str, repairs: Repairs | None = None
    ):
        """:raises UnusableFile: no row can be looked at"""
        if kind_code not in KINDS:
            raise UnusableFile(UNKNOWN_KIND)
        self.kind: type[Kind] = KINDS[kind_code]
        self.filename = filename
        self.table = read_table(content, filename, self.kind.columns())
        self.rows: list[ReadRow] = read_rows(self.kind, self.table, repairs or {})

    def new_report(self) -> Report:
        headings = {f.key: f.column.heading for f in self.kind.fields}
        return Report(
            file=self.filename,
            kind=self.kind.code,
            rows=len(self.rows),
            sheet=self.table.sheet,
            header_row=self.table.header_row,
            matched={headings[key]: name for key, name in self.table.matched.items()},
            ignored=self.table.ignored,
        )


def check(
    workbook: Workbook,
    office: Office,
    options: Options,
    *,
    now: datetime,
) -> Report:
    """What a save would do, row by row. Writes nothing.

    :raises UnusableFile: an option names something that does not exist
    """
    report, *_ = _decide(workbook, office, options, now)
    return report


def save(
    workbook: Workbook,
    office: Office,
    options: Options,
    *,
    valid_only: bool,
    now: datetime,
    journal: Journal | None = None,
) -> Report:
    """Write the rows, or nothing when one is refused and not `valid_only`.

    Call it inside a transaction. Locks the office and those below it, so that two imports of one
    area follow each other, and their cooperatives, so that no form changes what was just read.
    :param journal: gets what is needed to take the import back
    """
    journal = journal or Journal()
    lock_area(office)
    _lock_cooperatives(office)
    report, outcomes, job, kind = _decide(workbook, office, options, now)
    if not report.can_save(valid_only=valid_only):
        return report
    reason = f"Impor {workbook.filename}"[:300]
    with acting_with(request_id=journal.request_id, reason=reason):
        db.session.add_all(job.new_offices)
        db.session.flush()
        for outcome in outcomes:
            if outcome.apply:
                outcome.apply()
        journal.note()
        kind.write()
    report.saved = True
    return report


def lock_area(office: Office) -> None:
    area = sa.select(Office.id).where(_is_in_area(office)).order_by(Office.id)
    db.session.execute(area.with_for_update(key_share=True))


def _lock_cooperatives(office: Office) -> None:
    """What is changed of a cooperative by a form is changed under the lock of its row."""
    area = sa.select(Office.id).where(_is_in_area(office))
    rows = sa.select(Cooperative.id).where(Cooperative.office_id.in_(area))
    db.session.execute(rows.order_by(Cooperative.id).with_for_update(key_share=True))


def _is_in_area(office: Office) -> sa.ColumnElement[bool]:
    """The office itself and, for a province, every office of its region code."""
    return sa.or_(
        Office.id == office.id,
        Office.parent_id == office.id,
        Office.code.startswith(office.code, autoescape=True),
    )


def _decide(
    workbook: Workbook,
    office: Office,
    options: Options,
    now: datetime,
) -> tuple[Report, list[Outcome], Job, Kind]:
    area = sa.select(Office).where(_is_in_area(office))
    job = Job(
        office=office,
        offices={o.id: o for o in db.session.scalars(area)},
        options=options,
        today=local_day(now, office.time_zone),
        now=now,
        table=workbook.table,
        rows=workbook.rows,
    )
    kind = workbook.kind()
    kind.begin(job)
    report = workbook.new_report()
    outcomes = []
    for row in workbook.rows:
        outcome = _decide_row(kind, job, row, report)
        if outcome:
            outcomes.append(outcome)
    refused = {finding.row for finding in report.rejected}
    report.warnings = [warning for warning in job.warnings if warning.row not in refused]
    report.offices_created = [f"{o.name} ({o.dotted_code})" for o in job.new_offices]
    return report, outcomes, job, kind


def _decide_row(kind: Kind, job: Job, row: ReadRow, report: Report) -> Outcome | None:
    subject = row.written.get(kind.subject_key) or row.written.get("number", "")
    if row.findings:
        first, *others = row.findings
        also = tuple(f"{other.column}: {other.reason}" for other in others)
        report.rejected.append(Finding(**{**first.__dict__, "subject": subject, "also": also}))
        return None
    try:
        outcome = kind.decide(row)
    except RowRefused as refusal:
        report.rejected.append(
            Finding(
                row.number,
                job.table.heading(refusal.key),
                row.written.get(refusal.key, ""),
                str(refusal),
                refusal.cause,
                subject,
                refusal.key,
                sentence=refusal.sentence,
                values=refusal.values,
            )
        )
        return None
    if outcome.status == "duplicate":
        report.duplicates.append((row.number, outcome.repeats))
    else:
        setattr(report, outcome.status, getattr(report, outcome.status) + 1)
    return outcome
