"""Names of what is compared, and the lists of cooperatives behind a number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kopdiklat.core import formats
from kopdiklat.core.exports import ExportColumn
from kopdiklat.impact import cohorts, rules, subjects, wording
from kopdiklat.impact.cohorts import Cohort, Member
from kopdiklat.impact.queries import OfficeFacts
from kopdiklat.impact.rules import HEALTH_STATUSES, Assessment, Windows
from kopdiklat.impact.subjects import Subject
from kopdiklat.offices.models import Office


def title_of(subject: Subject) -> str:
    if subject.kind == subjects.MENTORING and subject.programme[0] == "visits":
        return _("Pendampingan yang dimulai %(year)s", year=subject.year)
    if subject.kind == subjects.MENTORING:
        return _("Pendampingan %(name)s, %(year)s", name=subject.name, year=subject.year)
    return f"{subject.name}, {subject.year}"


def group_label(subject: Subject) -> str:
    return _("Koperasi didampingi") if subject.is_mentoring else _("Peserta")


# The list of everything that can be compared ---------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """One row of the list: how many took part, and how many of them can be compared."""

    subject: Subject
    title: str
    office: Office
    first: date | None
    last: date | None
    total: int
    compared: int
    due_on: date | None


@dataclass(frozen=True)
class SubjectList:
    kind: str
    heading: str
    rows: list[Listed]


HEADINGS = {
    subjects.PROGRAMME: _l("Program"),
    subjects.BATCH: _l("Angkatan"),
    subjects.MENTORING: _l("Pendampingan"),
    subjects.ACTIVITY: _l("Kegiatan sebelum Kopdiklat"),
}


def lists_of(
    found: Mapping[str, list[Subject]], facts: OfficeFacts, offices: Mapping[int, Office]
) -> list[SubjectList]:
    by_id = {cooperative.id: cooperative for cooperative in facts.cooperatives}
    windows = Windows(main_scheme=facts.main_scheme)
    lists = []
    for kind, heading in HEADINGS.items():
        rows = [
            _listed(subject, facts, by_id, windows, offices[subject.office_id])
            for subject in found[kind]
            if subject.office_id in offices
        ]
        if rows:
            lists.append(SubjectList(kind, str(heading), rows))
    return lists


def _listed(subject, facts, by_id, windows, office) -> Listed:
    starts = {
        ident: day
        for ident, day in subject.exposure(facts).starts.items()
        if ident in by_id and by_id[ident].office_id == office.id
    }
    compared = sum(
        rules.is_complete(by_id[ident].assessments, day, windows)
        and not rules.is_dissolved(by_id[ident].statuses, day, windows)
        for ident, day in starts.items()
    )
    anchor = rules.anchor_of(starts.values())
    return Listed(
        subject,
        title_of(subject),
        office,
        min(starts.values(), default=None),
        max(starts.values(), default=None),
        len(starts),
        compared,
        rules.add_months(anchor, windows.lag) if anchor and not compared else None,
    )


# Names behind a number -------------------------------------------------------------------------

ALLOWED = {
    "group": cohorts.GROUPS,
    "before": (*HEALTH_STATUSES, "none", cohorts.LOWEST_TWO),
    "after": (*HEALTH_STATUSES, "none"),
    "moved": tuple(wording.MOVEMENT_LABELS),
    "state": tuple(wording.STATE_LABELS),
    "reason": tuple(wording.REASON_LABELS),
}


def asked(arguments: Mapping[str, str]) -> dict:
    """The filters of an address; an unknown value is no filter."""
    filters: dict = {
        name: value if (value := arguments.get(name)) in values else None
        for name, values in ALLOWED.items()
    }
    filters["group"] = filters["group"] or cohorts.PARTICIPANTS
    filters["overlapping"] = "overlapping" in arguments
    filters["undated"] = "undated" in arguments
    filters["in_table"] = "in_table" in arguments
    return filters


def kept(arguments: Mapping[str, str]) -> dict[str, str]:
    """What the addresses of the other pages of a list carry on."""
    known = (*ALLOWED, "overlapping", "undated", "in_table")
    return {name: arguments[name] for name in known if name in arguments}


def heading(arguments: Mapping[str, str]) -> str:
    """What the list holds, in words: `Peserta: Dalam Pengawasan ke Cukup Sehat`."""
    filters = asked(arguments)
    parts = []
    if filters["before"] and filters["after"]:
        parts.append(
            _(
                "%(before)s ke %(after)s",
                before=_status(filters["before"]),
                after=_status(filters["after"]),
            )
        )
    elif filters["before"]:
        parts.append(_("sebelum %(status)s", status=_status(filters["before"])))
    elif filters["after"]:
        parts.append(_("sesudah %(status)s", status=_status(filters["after"])))
    if filters["moved"] and not filters["after"]:
        parts.append(str(wording.MOVEMENT_LABELS[filters["moved"]]))
    if filters["state"]:
        parts.append(str(wording.STATE_LABELS[filters["state"]]))
    if filters["reason"]:
        parts.append(str(wording.REASON_LABELS[filters["reason"]]))
    if filters["overlapping"]:
        parts.append(_("juga ikut program lain"))
    if filters["undated"]:
        parts.append(_("aktif menurut catatan tanpa tanggal"))
    group = str(wording.GROUP_LABELS[filters["group"]])
    return f"{group}: {', '.join(parts)}" if parts else group


def _status(value: str) -> str:
    if value == cohorts.LOWEST_TWO:
        return _("dua kelas terendah")
    return wording.status_label(None if value == "none" else value)


def remark(member: Member) -> str:
    """Why a row is not compared, or what to know about it."""
    remarks = []
    if member.reason:
        remarks.append(_("Tidak masuk: %(reason)s.", reason=wording.REASON_LABELS[member.reason]))
    elif member.pair.state != rules.COMPLETE:
        remarks.append(f"{wording.STATE_LABELS[member.pair.state]}.".capitalize())
    remarks += [str(wording.FLAG_LABELS[flag]) for flag in member.pair.flags]
    if member.overlapping:
        remarks.append(_("Juga mengikuti program lain."))
    return " ".join(remarks)


@dataclass(frozen=True)
class Side:
    status: str | None
    score: Decimal | None
    on: date | None


@dataclass(frozen=True)
class NameRow:
    """One cooperative of a list, as it is shown."""

    id: int
    name: str
    start: date
    before: Side
    after: Side
    change: str
    remark: str


def shown(member: Member) -> NameRow:
    change = member.score_change
    return NameRow(
        member.cooperative.id,
        member.cooperative.name,
        member.start,
        _side(member.pair.baseline),
        _side(member.pair.endline),
        "–" if change is None else formats.signed(change, 2),
        remark(member),
    )


def _side(assessment: Assessment | None) -> Side:
    if assessment is None:
        return Side(None, None, None)
    return Side(assessment.health_status, assessment.score, assessment.position_date)


# The same as a file ----------------------------------------------------------------------------


def columns() -> list[ExportColumn]:
    return [
        ExportColumn(_("Koperasi"), width=42),
        ExportColumn(_("NIK koperasi")),
        ExportColumn(_("Kecamatan")),
        ExportColumn(_("Kelompok")),
        ExportColumn(_("Mulai"), "date"),
        ExportColumn(_("Posisi awal"), "date"),
        ExportColumn(_("Skor awal"), "decimal"),
        ExportColumn(_("Status awal")),
        ExportColumn(_("Posisi akhir"), "date"),
        ExportColumn(_("Skor akhir"), "decimal"),
        ExportColumn(_("Status akhir")),
        ExportColumn(_("Perubahan skor"), "decimal"),
        ExportColumn(_("Gerak status")),
        ExportColumn(_("Keterangan"), width=48),
    ]


def rows_of(cohort: Cohort) -> Iterator[list]:
    for group in cohorts.GROUPS:
        for member in cohort.members(group):
            yield _row(group, member)


def _row(group: str, member: Member) -> list:
    before, after = member.pair.baseline, member.pair.endline
    return [
        member.cooperative.name,
        member.cooperative.cooperative_number,
        member.cooperative.district,
        str(wording.GROUP_LABELS[group]),
        member.start,
        before and before.position_date,
        before and before.score,
        wording.status_label(member.pair.before),
        after and after.position_date,
        after and after.score,
        wording.status_label(member.pair.after),
        member.score_change,
        str(wording.MOVEMENT_LABELS[member.movement]),
        remark(member),
    ]


def definition(cohort: Cohort) -> str:
    """One line under the title of the file: how it was counted."""
    windows = cohort.windows
    return _(
        "Awal: posisi terakhir paling lama %(before)s bulan sebelum mulai. Akhir: posisi pertama"
        " %(lag)s sampai %(until)s bulan sesudahnya. Tanggal acuan pembanding: %(anchor)s.",
        before=windows.before,
        lag=windows.lag,
        until=windows.until,
        anchor=formats.day(cohort.anchor),
    )
