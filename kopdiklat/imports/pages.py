"""What the pages of an import show, computed beforehand: templates do no sums."""

from dataclasses import dataclass

from flask_babel import gettext as _

from kopdiklat.core.text import N_, ended_once
from kopdiklat.imports.kinds import KINDS
from kopdiklat.imports.report import CAUSE_HELP, CAUSES, Finding, Report

SHOWN_PER_GROUP = 8
SHOWN_OPEN = 100
THINNEST = 0.6  # percent of the bar
BEYOND_REPAIR = {"jurisdiction"}  # no other value in the cell makes these rows this office's

KIND_NOTES = {
    "cooperatives": N_("Daftar koperasi, status keaktifan, dan angka satu tahun buku."),
    "officers": N_("Nama, jabatan, NIK, dan nomor HP pengurus, pengawas, dan manajer."),
    "assessments": N_("Skor dan predikat penilaian kesehatan yang sudah disahkan."),
    "annual-meetings": N_("Tanggal RAT dan pelaporannya per tahun buku."),
    "past-training": N_("Bimtek dan pelatihan sebelum memakai Kopdiklat."),
    "past-visits": N_("Kunjungan pendampingan sebelum memakai Kopdiklat."),
}
KIND_ICONS = {
    "cooperatives": "cooperative",
    "officers": "people",
    "assessments": "clipboard",
    "annual-meetings": "calendar",
    "past-training": "history",
    "past-visits": "route",
}


@dataclass(frozen=True)
class Part:
    """One part of the bar: where it starts and how wide it is, in percent."""

    css: str
    start: float
    width: float


@dataclass(frozen=True)
class Group:
    """Refused rows with one cause; `hidden` of them are a link away."""

    cause: str
    label: str
    help: str
    count: int
    rows: list[Finding]
    hidden: int
    can_repair: bool


def bar(report: Report) -> list[Part]:
    """Ready, refused and repeated rows as parts of one bar; each that exists can be seen."""
    counts = {
        "ready": report.valid,
        "refused": len(report.rejected),
        "repeated": len(report.duplicates),
    }
    whole = sum(counts.values()) or 1
    widths = {css: max(100 * n / whole, THINNEST) for css, n in counts.items() if n}
    if widths:
        widths[max(widths, key=widths.__getitem__)] -= sum(widths.values()) - 100
    parts: list[Part] = []
    start = 0.0
    for css, width in widths.items():
        parts.append(Part(css, round(start, 2), round(width, 2)))
        start += width
    return parts


def groups(report: Report, opened: str | None) -> list[Group]:
    """Refused rows by cause; the group named by `opened` is shown at length."""
    found = []
    for cause, rows in report.groups():
        limit = SHOWN_OPEN if cause == opened else SHOWN_PER_GROUP
        limit = len(rows) if len(rows) == limit + 1 else limit  # one more fits better than a link
        found.append(
            Group(
                cause,
                CAUSES[cause],
                CAUSE_HELP.get(cause, ""),
                len(rows),
                rows[:limit],
                len(rows) - min(limit, len(rows)),
                cause not in BEYOND_REPAIR,
            )
        )
    return found


def repeated(report: Report) -> str:
    """The first row that repeats another one, and how many more there are."""
    if not report.duplicates:
        return ""
    row, of = report.duplicates[0]
    others = len(report.duplicates) - 1
    first = _("baris %(row)s sama dengan baris %(of)s", row=row, of=of)
    return first if not others else _("%(first)s, dan %(others)s lagi", first=first, others=others)


def reason_of(finding: Finding) -> str:
    """The reason in the language of the reader."""
    if not finding.sentence:
        return finding.reason
    told = _(finding.sentence)
    return ended_once(told.format(**finding.values)) if finding.values else told


def masked_keys(kind: str) -> set[str]:
    """Columns whose values must not lie in the clear, so they are mended in the file only."""
    return {f.key for f in KINDS[kind].fields if f.masked}
