"""Why a step was taken and a cooperative chosen: kept in Indonesian, told in the reader's language.

What a person typed stays as it was typed; the house's own sentences are known by their text.
"""

from collections.abc import Iterable
from decimal import Decimal

from flask_babel import gettext, ngettext

from kopdiklat.cooperatives.rules import TYPE_LABELS
from kopdiklat.core import formats
from kopdiklat.core.letters import retold
from kopdiklat.core.parsing import read_date
from kopdiklat.core.text import N_
from kopdiklat.health.rules import STATUS_LABELS
from kopdiklat.registration import choices
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.seating import Obstacle
from kopdiklat.registration.sources import SOURCES

FREE_SEAT = N_("Kursi kosong, giliran dari daftar tunggu")
OUT_OF_TIME = N_("Tawaran kursi tidak dijawab sampai batas waktunya")
PASSED = {  # kind of obstacle -> why a free seat went by
    "full": N_("Dilewati: tidak ada kursi kosong"),
    "whole": N_("Dilewati: kursi kosong tidak cukup untuk rombongan %(people)s orang"),
    "cap": N_("Dilewati: jatah %(group)s sudah penuh"),
    "reserve": N_("Dilewati: kursi kosong disediakan untuk kelompok koperasi lain"),
}
QUEUED = {  # kind of obstacle -> why a team waits
    "full": N_("Kuota sudah penuh"),
    "whole": N_("Kursi yang tersisa tidak cukup untuk rombongan %(people)s orang"),
    "cap": N_("Jatah %(group)s sudah penuh"),
    "reserve": N_("Kursi yang tersisa disediakan untuk kelompok koperasi lain"),
}
SEAT_FREE = N_("Kursi masih ada")
IN_TIME = N_("Dijawab sebelum batas waktu")
BEHIND = N_("Rombongan lain didahulukan koordinator: %(why)s")
LET_GO = N_("Dilepas oleh koperasi")
BEGUN = N_("Angkatan sudah dimulai")
CANCELLED = N_("Dibatalkan oleh koperasi")
REPLACED = N_("Diganti oleh koperasi")
REPLACES = N_("Menggantikan nomor %(number)s")
ASKED = {  # kind of a request -> what was asked
    "substitute": N_("Minta ganti orang"),
    "data": N_("Minta perbaikan data"),
    "cancel": N_("Minta dibatalkan"),
}
TAKEN_BACK = N_("Permintaan ditarik kembali")
ENDED = N_("Pendaftarannya sudah berakhir")
CAME = N_("Sudah hadir")
CORRECTED = N_("Diperbaiki: %(what)s")
DATA_LABELS = {
    "full_name": N_("nama"),
    "phone": N_("nomor HP"),
    "position": N_("jabatan"),
    "needs": N_("kebutuhan khusus"),
}
OF_STEPS = (
    FREE_SEAT, SEAT_FREE, IN_TIME, BEHIND, *QUEUED.values(), OUT_OF_TIME, LET_GO,
    *PASSED.values(), BEGUN, CANCELLED, REPLACED, REPLACES, *ASKED.values(), TAKEN_BACK, ENDED,
    CAME, CORRECTED, *SOURCES.values(),
)  # fmt: skip


@bp.app_template_filter("reason_told")
def told(reason: str | None) -> str:
    """The reason of a step."""
    return retold(reason or "", OF_STEPS, {"group": _told_group, "what": _told_data})


def passed(obstacle: Obstacle, people: int) -> str:
    """Why a free seat went by a waiting team of so many people."""
    group = obstacle.group[1] if obstacle.group else ""
    return PASSED[obstacle.kind] % {"people": people, "group": TYPE_LABELS.get(group, group)}


def of_correction(columns: Iterable[str]) -> str:
    """Which data were corrected: `Diperbaiki: nama, nomor HP`."""
    return CORRECTED % {"what": ", ".join(DATA_LABELS[name] for name in columns)}


def _told_data(what: str) -> str:
    known = set(DATA_LABELS.values())
    return ", ".join(gettext(word) if word in known else word for word in what.split(", "))


def queued(obstacle: Obstacle, people: int) -> str:
    """Why a waiting team of so many people does not sit."""
    group = obstacle.group[1] if obstacle.group else ""
    return QUEUED[obstacle.kind] % {"people": people, "group": TYPE_LABELS.get(group, group)}


@bp.app_template_filter("choice_told")
def told_choice(reason: str | None) -> str:
    """The reason of a choice, as `choices` wrote it."""
    return choices.JOINT.join(_told_fact(fact) for fact in (reason or "").split(choices.JOINT))


def _told_fact(fact: str) -> str:
    number, _space, what = fact.partition(" ")
    if number.isdigit() and what == "tindak lanjut terbuka":
        return ngettext(
            "%(num)s tindak lanjut terbuka", "%(num)s tindak lanjut terbuka", int(number)
        )
    values = {"status": _told_status, "day": _told_month, "score": _told_score}
    return retold(fact, choices.SENTENCES, values)


def _told_group(group: str) -> str:
    """A kecamatan keeps its name; a type of cooperative has one in each language."""
    return gettext(group) if group in TYPE_LABELS.values() else group


def _told_status(status: str) -> str:
    return gettext(status) if status in STATUS_LABELS.values() else status


def _told_month(month: str) -> str:
    return formats.day(read_date(f"1 {month}"), "month")


def _told_score(score: str) -> str:
    return formats.score(Decimal(score.replace(",", ".")))
