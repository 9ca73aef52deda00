"""The words of facets, and a question told in one line."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat.cooperatives.rules import ACTIVITY_LABELS, TYPE_LABELS
from kopdiklat.core.text import N_
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS
from kopdiklat.registration.seating import Group
from kopdiklat.targeting import facets
from kopdiklat.targeting.facets import NAMES, Filters, Found
from kopdiklat.targeting.fitting import Fit, GroupFit

TITLES = {
    "status": N_("Status kesehatan"),
    "rank": N_("Peringkat dalam status"),
    "course": N_("Kursus ini"),
    "trained": N_("Bimtek terakhir"),
    "visited": N_("Kunjungan terakhir"),
    "follow_ups": N_("Tindak lanjut"),
    "invited": N_("Undangan terakhir"),
    "district": N_("Kecamatan"),
    "type": N_("Jenis"),
    "activity": N_("Keaktifan"),
}
RANKS = {
    "10": N_("1 sampai 10"),
    "25": N_("11 sampai 25"),
    "50": N_("26 sampai 50"),
    "more": N_("51 dan seterusnya"),
    "unranked": N_("Tanpa peringkat"),
}
TRAINED = {
    "never": N_("Belum pernah"),
    "year": N_("Kurang dari 1 tahun lalu"),
    "three_years": N_("1 sampai 3 tahun lalu"),
    "longer": N_("Lebih dari 3 tahun lalu"),
}
FOLLOW_UPS = {"open": N_("Ada yang terbuka"), "none": N_("Tidak ada yang terbuka")}
OPEN_FACETS = ("status", "rank", "course", "invited")  # the others open when they are used


def label(facet: str, value: str, months: int) -> str:
    """One value of a facet."""
    match facet:
        case "status":
            return _(STATUS_LABELS.get(value, NOT_ASSESSED))
        case "rank":
            return _(RANKS.get(value, value))
        case "course":
            return _course(value)
        case "trained" | "visited":
            return _(TRAINED.get(value, value))
        case "follow_ups":
            return _(FOLLOW_UPS.get(value, value))
        case "invited":
            return _invited(value, months)
        case "type":
            return _(TYPE_LABELS.get(value, value))
        case "activity":
            return _(ACTIVITY_LABELS.get(value, value))
    return value or _("Belum tercatat")


def _course(value: str) -> str:
    if value == facets.COURSE_NEVER:
        return _("Belum pernah ikut")
    if value == facets.COURSE_ELSEWHERE:
        return _("Terdaftar di angkatan lain")
    return _("Pernah ikut, %(year)s", year=value)


def _invited(value: str, months: int) -> str:
    if value == "never":
        return _("Belum pernah diundang")
    if value == "long_ago":
        return ngettext("Lebih dari %(num)s bulan lalu", "Lebih dari %(num)s bulan lalu", months)
    return ngettext("Dalam %(num)s bulan ini", "Dalam %(num)s bulan ini", months)


def _values(facet: str, found: Iterable[str], chosen: Iterable[str]) -> list[str]:
    """The values of a facet in the order of the page: those that are there, or chosen, or always."""
    there = set(found) | set(chosen)
    match facet:
        case "status":
            return [*STATUS_LABELS, facets.NONE]
        case "rank":
            return [value for value in RANKS if value in there]
        case "course":
            years = sorted((v for v in there if v.isdecimal()), reverse=True)
            others = [v for v in (facets.COURSE_NEVER, facets.COURSE_ELSEWHERE) if v in there]
            return others[:1] + years + others[1:]
        case "trained" | "visited":
            return list(TRAINED)
        case "follow_ups":
            return list(FOLLOW_UPS)
        case "invited":
            return list(facets.INVITED)
        case "type":
            return [value for value in TYPE_LABELS if value in there]
        case "activity":
            return [v for v in ACTIVITY_LABELS if v in there]
    return sorted(there)


def facets_shown(found: Found, filters: Filters) -> list[dict[str, Any]]:
    """Facet by facet: its title and its values as (value, words, how many, whether chosen)."""
    shown = []
    for name in NAMES:
        counts, chosen = found.facets[name], filters.chosen.get(name, frozenset())
        options = [
            (value, label(name, value, filters.months), counts[value], value in chosen)
            for value in _values(name, counts, chosen)
        ]
        shown.append(
            {
                "name": name,
                "title": _(TITLES[name]),
                "options": options,
                "is_open": name in OPEN_FACETS or bool(chosen),
                "chosen": len(chosen),
            }
        )
    return shown


def told(filters: Filters) -> list[tuple[str, str]]:
    """The question as (facet, values); empty when nothing narrows it."""
    return [
        (
            _(TITLES[name]),
            ", ".join(label(name, value, filters.months) for value in sorted(filters.chosen[name])),
        )
        for name in NAMES
        if filters.chosen.get(name)
    ]


def group_name(group: Group) -> str:
    """A kecamatan keeps its name; a type of cooperative has one in each language."""
    facet, value = group
    return _(TYPE_LABELS.get(value, value)) if facet == "cooperative_type" else value


def limit(line: GroupFit) -> str:
    """What a cap or a reserve says of the chosen: `dari paling banyak 18, penuh`."""
    parts = []
    if line.over:
        parts.append(_("dari paling banyak %(cap)s, lebih %(over)s", cap=line.cap, over=line.over))
    elif line.cap is not None and line.used == line.cap:
        parts.append(_("dari %(cap)s, penuh", cap=line.cap))
    elif line.cap is not None:
        parts.append(_("dari paling banyak %(cap)s", cap=line.cap))
    if line.reserve and line.short:
        parts.append(
            _("kursi khusus %(reserve)s, kurang %(short)s", reserve=line.reserve, short=line.short)
        )
    elif line.reserve:
        parts.append(_("kursi khusus %(reserve)s, terisi", reserve=line.reserve))
    return ", ".join(parts)


def obstacles(fit: Fit) -> list[str]:
    """Why some of the chosen find no seat, with how many each."""
    said = {
        "cap": N_("%(count)s karena jatah %(group)s penuh"),
        "reserve": N_("%(count)s karena kursi kosong disediakan untuk kelompok lain"),
        "whole": N_("%(count)s karena sisa kursi tidak cukup untuk satu koperasi"),
        "full": N_("%(count)s karena kursi habis"),
    }
    return [
        _(said[kind], count=count, group=group_name(group) if group else "")
        for (kind, group), count in fit.obstacles.items()
    ]
