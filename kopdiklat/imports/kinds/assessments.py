"""Official health assessments. A score that was signed is kept as it came, never recomputed."""

from datetime import date

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_date, read_decimal, read_text, read_year
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import Column, UnusableFile
from kopdiklat.health.models import AssessmentScheme, HealthAssessment
from kopdiklat.health.rules import STATUS_LABELS, band_of, check_days, check_score, fiscal_year_end
from kopdiklat.imports import rules
from kopdiklat.imports.kinds.base import UNCHANGED, Field, Job, Kind, Outcome, ReadRow, one_of_words
from kopdiklat.imports.kinds.directory import WHO, cooperatives_of
from kopdiklat.imports.report import RowRefused

STATUSES = {label: status for status, label in STATUS_LABELS.items()}
RESULT_NEEDED = N_("Skor atau predikat perlu diisi.")
YEAR_NEEDED = N_("Tahun buku perlu diisi.")
NO_SUCH_SCHEME = N_("Skema {code} tidak dikenal. Yang ada: {known}.")
REPLACED = N_("Berkas impor baru memuat hasil lain.")


class Assessments(Kind):
    code = "assessments"
    label = N_("Penilaian kesehatan")
    subject_key = "cooperative"
    uses = frozenset({"fiscal_year", "scheme"})
    is_kept = True
    fields = (
        *WHO,
        Field(
            Column("fiscal_year", "Tahun Buku", ("Tahun",)), read_year, cause="date", example=2025
        ),
        Field(
            Column("signed_on", "Tanggal Penilaian", ("Tanggal", "Tgl Penilaian")),
            read_date,
            cause="date",
            example=date(2026, 4, 14),
        ),
        Field(
            Column("position_on", "Tanggal Posisi", ("Posisi Data", "Posisi Per")),
            read_date,
            cause="date",
        ),
        Field(
            Column("score", "Skor", ("Nilai", "Skor Akhir", "Nilai Akhir"), one_of="result"),
            lambda cell: read_decimal(cell, places=4),
            cause="number",
            example=73.71,
        ),
        Field(
            Column(
                "status",
                "Predikat",
                ("Status Kesehatan", "Kategori", "Predikat Kesehatan"),
                one_of="result",
            ),
            one_of_words(STATUSES, N_("Predikat tidak dikenal. Contoh: Cukup Sehat.")),
            cause="word",
            example="Cukup Sehat",
        ),
        Field(
            Column("assessor", "Penilai", ("Nama Penilai", "Pemeriksa")),
            lambda cell: read_text(cell, length=120),
            example="Rina Contoh",
        ),
    )

    def begin(self, job: Job) -> None:
        self.job = job
        self.directory = cooperatives_of(job)
        self.scheme = _scheme(job.options.scheme)
        replaced = sa.select(HealthAssessment.replaces_id).where(
            HealthAssessment.replaces_id.is_not(None)
        )
        current = sa.select(HealthAssessment).where(
            HealthAssessment.office_id.in_(job.office_ids),
            HealthAssessment.scheme_id == self.scheme.id,
            HealthAssessment.id.not_in(replaced),
        )
        self.current = {
            (a.cooperative_id, a.fiscal_year): a
            for a in db.session.scalars(current.order_by(HealthAssessment.id))
        }

    def decide(self, row: ReadRow) -> Outcome:
        cooperative = self.directory.find(row, self.job)
        score, status = row["score"], self._status(row)
        fiscal_year = row["fiscal_year"] or self.job.options.fiscal_year
        if not fiscal_year:
            raise RowRefused("fiscal_year", YEAR_NEEDED, cause="empty")
        what = (cooperative.cooperative_id, fiscal_year)
        before = self.current.get(what)
        known_position = before.position_on if before else fiscal_year_end(fiscal_year)
        position_on = row["position_on"] or known_position
        self._check_days(row, fiscal_year, position_on)
        if repeat := self.repeated(what, row):
            return repeat
        result = {
            "position_on": position_on,
            "signed_on": row["signed_on"],
            "score": score,
            "health_status": status,
            "assessor_name": row["assessor"],
        }
        if before:
            if "signed_on" not in self.job.table.matched or row["signed_on"] is None:
                result["signed_on"] = before.signed_on
            result["assessor_name"] = row["assessor"] or before.assessor_name
            if all(getattr(before, key) == value for key, value in result.items()):
                return UNCHANGED

        def apply() -> None:
            db.session.add(
                HealthAssessment(
                    office_id=cooperative.office_id,
                    cooperative_id=cooperative.cooperative_id,
                    scheme_id=self.scheme.id,
                    fiscal_year=fiscal_year,
                    source="import",
                    replaces_id=before.id if before else None,
                    replacement_reason=REPLACED if before else None,
                    recorded_at=self.job.now,
                    **result,
                )
            )

        return Outcome("updated" if before else "created", apply)

    def _status(self, row: ReadRow) -> str:
        """The status as signed; by the band of the score where none is written."""
        score, stated = row["score"], row["status"]
        if score is None:
            if not stated:
                raise RowRefused("score", RESULT_NEEDED, cause="empty")
            return stated
        try:
            score = check_score(score)
        except RuleViolation as refusal:
            raise RowRefused.by(refusal, "score", "score") from None
        band = band_of(score, self.scheme.bands)
        try:
            rules.check_status_fits(score, band, stated)
        except RuleViolation as refusal:
            raise RowRefused.by(refusal, "status", "score") from None
        return band

    def _check_days(self, row: ReadRow, fiscal_year: int, position_on: date) -> None:
        signed_on, today = row["signed_on"], self.job.today
        try:
            check_days(fiscal_year, position_on, signed_on, today)
        except RuleViolation as refusal:
            position_is_wrong = position_on > today or position_on.year > fiscal_year + 1
            key = "signed_on" if signed_on and not position_is_wrong else "position_on"
            key = key if key in self.job.table.matched else "fiscal_year"
            raise RowRefused.by(refusal, key, "date") from None


def _scheme(code: str | None) -> AssessmentScheme:
    known = list(db.session.scalars(sa.select(AssessmentScheme).order_by(AssessmentScheme.code)))
    for scheme in known:
        if scheme.code == code or (code is None and scheme.is_default):
            return scheme
    codes = ", ".join(scheme.code for scheme in known)
    raise UnusableFile(NO_SUCH_SCHEME, code=code or "", known=codes)
