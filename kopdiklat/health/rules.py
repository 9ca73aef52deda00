"""Scores, bands and members' meetings: what an official result may say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

STATUS_LABELS = {  # best first
    "healthy": N_("Sehat"),
    "fairly_healthy": N_("Cukup Sehat"),
    "under_supervision": N_("Dalam Pengawasan"),
    "under_special_supervision": N_("Dalam Pengawasan Khusus"),
}
NOT_ASSESSED = N_("Belum Dinilai")

CENT = Decimal("0.01")
# Law 25/1992 art. 26: the meeting is held within six months after the fiscal year. Circulars set
# earlier days per year; until an office enters one, only what is past the law's limit is late.
MEETING_MONTHS = 6


def fiscal_year_end(fiscal_year: int) -> date:
    return date(fiscal_year, 12, 31)


def fiscal_year_before(day: date) -> int:
    """The last fiscal year that is over on that day: the one that is assessed and reported now."""
    return day.year - 1


def band_of(score: Decimal, bands: Sequence[Any]) -> str:
    """The status whose band holds the score: from its minimum, included, up to the next one.

    :param bands: things with `minimum` and `health_status`, in any order
    """
    for band in sorted(bands, key=lambda band: band.minimum, reverse=True):
        if score >= band.minimum:
            return band.health_status
    raise ValueError(f"no band holds {score}")


def check_score(score: Decimal) -> Decimal:
    """The score with two places, 0 to 100.

    :raises RuleViolation: outside the range, or with more than two places: it was not signed so
    """
    if not score.is_finite() or not 0 <= score <= 100:
        raise RuleViolation(N_("Skor antara 0 dan 100, contoh 62,35."))
    rounded = score.quantize(CENT, ROUND_HALF_UP)
    if rounded != score:
        raise RuleViolation(N_("Skor paling banyak dua angka di belakang koma."))
    return rounded


def check_assessment(
    score: Decimal,
    health_status: str | None,
    bands: Sequence[Any],
    mismatch_reason: str | None,
) -> str:
    """The status to record: that of the score, or the signed one with the reason why it differs.

    :param health_status: as the report was signed; None takes the score's
    """
    computed = band_of(score, bands)
    if health_status in (None, computed):
        return computed
    if not mismatch_reason:
        raise RuleViolation(
            N_("Skor {score} berarti {computed}. Pilih status itu, atau tulis alasannya."),
            score=f"{score:.2f}".replace(".", ","),
            computed=STATUS_LABELS[computed],
        )
    return health_status


def check_days(fiscal_year: int, position_on: date, signed_on: date | None, today: date) -> None:
    """Refuse days that cannot be: a result signed before what it describes, or in the future."""
    if position_on.year not in (fiscal_year, fiscal_year + 1):
        raise RuleViolation(
            N_("Tanggal posisi tidak termasuk tahun buku {year}."), year=fiscal_year
        )
    if position_on > today or (signed_on and signed_on > today):
        raise RuleViolation(N_("Tanggal tidak boleh setelah hari ini."))
    if signed_on and signed_on < position_on:
        raise RuleViolation(N_("Tanggal pengesahan tidak boleh sebelum tanggal posisi."))


@dataclass(frozen=True)
class ResultOf:
    """What has one official result: a cooperative's fiscal year, by one instrument."""

    cooperative_id: int
    scheme_id: int
    fiscal_year: int


def check_correction(
    corrected: ResultOf, by: ResultOf, *, is_replaced: bool, reason: str | None
) -> None:
    """A correction says why, and is of what the corrected result is of; a result has one at most."""
    if not reason:
        raise RuleViolation(N_("Tulis alasan koreksi."))
    if is_replaced:
        raise RuleViolation(N_("Hasil ini sudah diganti koreksi lain. Buka riwayat koperasi."))
    if corrected != by:
        raise RuleViolation(
            N_(
                "Koreksi hanya untuk koperasi, instrumen, dan tahun buku yang sama dengan hasil itu."
            )
        )


def check_meeting(
    fiscal_year: int, held_on: date | None, reported_on: date | None, today: date
) -> None:
    if held_on is None and reported_on is None:
        raise RuleViolation(N_("Isi tanggal RAT atau tanggal lapor."))
    if any(day and day > today for day in (held_on, reported_on)):
        raise RuleViolation(N_("Tanggal tidak boleh setelah hari ini."))
    if any(day and day < date(fiscal_year, 1, 1) for day in (held_on, reported_on)):
        raise RuleViolation(
            N_("RAT tidak mungkin sebelum tahun buku {year} dimulai."), year=fiscal_year
        )
    if held_on and reported_on and reported_on < held_on:
        raise RuleViolation(N_("Tanggal lapor tidak boleh sebelum tanggal RAT."))


def is_meeting_due(fiscal_year: int, legal_date: date | None) -> bool:
    """A cooperative owes no meeting for a fiscal year that it did not complete."""
    return legal_date is None or legal_date <= date(fiscal_year, 1, 1)


def is_meeting_late(fiscal_year: int, held_on: date) -> bool:
    return held_on > date(fiscal_year + 1, MEETING_MONTHS, 30)
