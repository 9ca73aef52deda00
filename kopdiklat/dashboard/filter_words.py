"""The filters of the register in words: what each is called and what can be chosen."""

from flask_babel import gettext as _

from kopdiklat.cooperatives import rules
from kopdiklat.core.text import N_
from kopdiklat.dashboard import register_filters
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS

SINCE_LABELS = {
    "never": N_("belum pernah"),
    "3m": N_("dalam 3 bulan"),
    "12m": N_("dalam 12 bulan"),
    "over12m": N_("lebih dari 1 tahun lalu"),
    "over24m": N_("lebih dari 2 tahun lalu"),
}
MEETING_LABELS = {
    "held": N_("dilaksanakan"),
    "reported": N_("dilaporkan"),
    "missing": N_("belum"),
}


def filter_labels() -> dict[str, str]:
    return {
        "text": _("Pencarian"),
        "status": _("Status"),
        "district": _("Kecamatan"),
        "type": _("Jenis"),
        "meeting": _("RAT"),
        "grade": _("Peringkat"),
        "activity": _("Keaktifan"),
        "training": _("Bimtek terakhir"),
        "visit": _("Kunjungan terakhir"),
    }


def options(listing) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen per filter: (value, label) pairs."""
    statuses = {**STATUS_LABELS, register_filters.NONE: NOT_ASSESSED}
    sinces = [(since, _(SINCE_LABELS[since])) for since in register_filters.SINCES]
    years = range(listing.fiscal_year, listing.fiscal_year - 3, -1)
    return {
        "status": [(key, _(label)) for key, label in statuses.items()],
        "district": [(name, name) for name in listing.districts()],
        "type": [(key, _(label)) for key, label in rules.TYPE_LABELS.items()],
        "meeting": [
            (f"{year}.{state}", f"{year} {_(MEETING_LABELS[state])}")
            for year in years
            for state in register_filters.MEETINGS
        ],
        "grade": [*((g, g) for g in rules.GRADES), (register_filters.NONE, _("belum ada"))],
        "activity": [(key, _(label)) for key, label in rules.ACTIVITY_LABELS.items()],
        "training": sinces,
        "visit": sinces,
    }
