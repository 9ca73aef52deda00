"""Annual members' meetings (RAT): the book year they are about, when held, when reported."""

from datetime import date

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_date, read_whole, read_year
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import Column
from kopdiklat.health.models import AnnualMeeting
from kopdiklat.health.rules import check_meeting
from kopdiklat.imports.kinds.assessments import YEAR_NEEDED
from kopdiklat.imports.kinds.base import UNCHANGED, Field, Job, Kind, Outcome, ReadRow
from kopdiklat.imports.kinds.directory import WHO, cooperatives_of
from kopdiklat.imports.report import RowRefused


class AnnualMeetings(Kind):
    code = "annual-meetings"
    label = N_("Rapat Anggota Tahunan")
    subject_key = "cooperative"
    uses = frozenset({"fiscal_year"})
    fields = (
        *WHO,
        Field(
            Column("fiscal_year", "Tahun Buku", ("Tahun",)), read_year, cause="date", example=2025
        ),
        Field(
            Column("held_on", "Tanggal RAT", ("Tgl RAT", "Tanggal Pelaksanaan", "Tanggal"),
                   one_of="day"),
            read_date,
            cause="date",
            example=date(2026, 3, 10),
        ),
        Field(
            Column("reported_on", "Tanggal Lapor", ("Tanggal Laporan", "Tanggal Pelaporan"),
                   one_of="day"),
            read_date,
            cause="date",
        ),
        Field(
            Column("members_present", "Anggota Hadir", ("Jumlah Hadir", "Peserta Hadir", "Hadir")),
            read_whole,
            cause="number",
            example=67,
        ),
    )  # fmt: skip

    def begin(self, job: Job) -> None:
        self.job = job
        self.directory = cooperatives_of(job)
        found = sa.select(AnnualMeeting).where(AnnualMeeting.office_id.in_(job.office_ids))
        self.meetings = {(m.cooperative_id, m.fiscal_year): m for m in db.session.scalars(found)}

    def decide(self, row: ReadRow) -> Outcome:
        cooperative = self.directory.find(row, self.job)
        fiscal_year = row["fiscal_year"] or self.job.options.fiscal_year
        if not fiscal_year:
            raise RowRefused("fiscal_year", YEAR_NEEDED, cause="empty")
        self._check_days(row, fiscal_year)
        identity = (cooperative.cooperative_id, fiscal_year)
        if repeat := self.repeated(identity, row):
            return repeat
        values = {
            key: row[key]
            for key in ("held_on", "reported_on", "members_present")
            if row[key] is not None
        }
        meeting = self.meetings.get(identity)
        if meeting is None:
            return Outcome(
                "created",
                lambda: db.session.add(
                    AnnualMeeting(
                        office_id=cooperative.office_id,
                        cooperative_id=cooperative.cooperative_id,
                        fiscal_year=fiscal_year,
                        **values,
                    )
                ),
            )
        changes = {key: v for key, v in values.items() if getattr(meeting, key) != v}
        if not changes:
            return UNCHANGED

        def apply() -> None:
            for key, value in changes.items():
                setattr(meeting, key, value)

        return Outcome("updated", apply)

    def _check_days(self, row: ReadRow, fiscal_year: int) -> None:
        held, reported = row["held_on"], row["reported_on"]
        try:
            check_meeting(fiscal_year, held, reported, self.job.today)
        except RuleViolation as refusal:
            cause = "date" if held or reported else "empty"
            later_is_wrong = held and reported and (reported < held or reported > self.job.today)
            key = "reported_on" if later_is_wrong or not held else "held_on"
            key = key if key in self.job.table.matched else "held_on"
            raise RowRefused.by(refusal, key, cause) from None
