"""The register's words, who has jurisdiction, and when two cooperatives may be one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_, match_key
from kopdiklat.offices import rules as offices

P = TypeVar("P")

TYPE_LABELS = {
    "producer": N_("Produsen"),
    "consumer": N_("Konsumen"),
    "marketing": N_("Pemasaran"),
    "service": N_("Jasa"),
    "savings_and_loan": N_("Simpan pinjam"),
    "multi_purpose": N_("Serba usaha"),
}
FORM_LABELS = {"primary": N_("Primer"), "secondary": N_("Sekunder")}
SCOPE_LABELS = {
    "regency": N_("Kabupaten atau kota"),
    "province": N_("Provinsi"),
    "national": N_("Nasional"),
}
ACTIVITY_LABELS = {
    "active": N_("Aktif"),
    "inactive": N_("Tidak aktif"),
    "dissolving": N_("Dalam pembubaran"),
    "dissolved": N_("Bubar"),
    "unverified": N_("Belum diverifikasi"),
}
SOURCE_LABELS = {
    "office": N_("Dinas"),
    "ods": N_("ODS"),
    "simkopdes": N_("SIMKOPDES"),
    "survey": N_("Survei"),
}
POSITION_LABELS = {
    "chair": N_("Ketua"),
    "vice_chair": N_("Wakil ketua"),
    "secretary": N_("Sekretaris"),
    "treasurer": N_("Bendahara"),
    "supervisor_chair": N_("Ketua pengawas"),
    "supervisor": N_("Anggota pengawas"),
    "sharia_board": N_("Dewan pengawas syariah"),
    "manager": N_("Manajer"),
    "employee": N_("Karyawan"),
    "member": N_("Anggota"),
}
POSITION_WORDS = {  # as offices write them; letters and digits decide
    "Ketua": "chair",
    "Ketua Pengurus": "chair",
    "Wakil Ketua": "vice_chair",
    "Wakil Ketua Bidang Usaha": "vice_chair",
    "Wakil Ketua Bidang Anggota": "vice_chair",
    "Sekretaris": "secretary",
    "Wakil Sekretaris": "secretary",
    "Bendahara": "treasurer",
    "Wakil Bendahara": "treasurer",
    "Ketua Pengawas": "supervisor_chair",
    "Koordinator Pengawas": "supervisor_chair",
    "Pengawas": "supervisor",
    "Anggota Pengawas": "supervisor",
    "Dewan Pengawas Syariah": "sharia_board",
    "DPS": "sharia_board",
    "Manajer": "manager",
    "Manager": "manager",
    "Karyawan": "employee",
    "Pegawai": "employee",
    "Anggota": "member",
}
HELD_BY_MANY = {"supervisor", "sharia_board", "employee", "member"}
HONORIFICS = {
    "h", "hj", "ir", "dr", "drs", "dra", "se", "sh", "mm", "msi", "spd", "sp", "st", "mpd",
}  # fmt: skip
GRADES = ("A", "B", "C1", "C2", "D")  # by the annual meetings reported in three fiscal years

# Names this alike (0..100, word order aside) are shown to the officer before a second one is made.
ALIKE = 90


def check_jurisdiction(membership_scope: str, region_code: str, office_code: str) -> None:
    """Refuse a cooperative that another office is responsible for.

    It follows the membership area, not the address: members across regencies are the province's.
    """
    responsible = offices.responsible_code(membership_scope, region_code)
    if responsible == office_code:
        return
    if responsible is None:
        raise RuleViolation(
            N_("Koperasi dengan anggota lintas provinsi menjadi kewenangan kementerian.")
        )
    if membership_scope == "province":
        raise RuleViolation(
            N_("Koperasi dengan anggota lintas kabupaten/kota menjadi kewenangan dinas provinsi.")
        )
    raise RuleViolation(
        N_("Kode wilayah {code} bukan wilayah kantor Anda ({own})."),
        code=offices.dotted(region_code),
        own=offices.dotted(office_code),
    )


def clean_cooperative_number(text: str | None) -> str | None:
    """The digits of a NIK koperasi; spaces, dots and dashes are how people group them."""
    digits = "".join(c for c in text or "" if c not in " .-")
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit():
        raise RuleViolation(N_("NIK koperasi hanya terdiri dari angka."))
    return digits


def clean_region_code(text: str | None, default: str) -> str:
    """Digits of a region code; empty means the office's own.

    :raises RuleViolation: not 2, 4, 6 or 10 digits
    """
    digits = (text or "").strip().replace(".", "").replace(" ", "")
    if not digits:
        return default
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (2, 4, 6, 10):
        raise RuleViolation(N_("Kode wilayah terdiri dari 4, 6, atau 10 angka, contoh 35.76.02."))
    return digits


def alike(name_key: str, others: Iterable[tuple[int, str]]) -> list[int]:
    """Ids of those whose folded name is nearly this one, the nearest first."""
    from rapidfuzz import fuzz

    scored = ((fuzz.token_sort_ratio(name_key, other), ident) for ident, other in others)
    near = sorted(((score, ident) for score, ident in scored if score >= ALIKE), reverse=True)
    return [ident for _, ident in near]


def is_in_office(starts_on: date | None, ends_on: date | None, day: date) -> bool:
    """Whether an officer's term runs on that day, first and last day included; None is open."""
    return (starts_on is None or starts_on <= day) and (ends_on is None or day <= ends_on)


def same_name(one: str, other: str) -> bool:
    """Two spellings of one person's name: the same words, titles and degrees aside."""
    return _name_words(one) == _name_words(other)


def _name_words(name: str) -> set[str]:
    """Degrees follow a comma: Hj. Siti Aminah, S.E."""
    words = set(match_key(name.partition(",")[0]).split())
    return (words - HONORIFICS) or words


@dataclass(frozen=True)
class Identity:
    """What tells one person from another.

    :param number: the keyed hash of the citizen number
    :param positions: in the cooperative where the person is looked for
    """

    full_name: str
    number: str | None = None
    phone: str | None = None
    positions: frozenset[str] = frozenset()


def same_person(known: Identity, said: Identity) -> bool:
    """Whether two who stand in one cooperative's records are one person.

    Two citizen numbers decide. Else the name does, unless the phones differ; who holds the same
    office in the board has a new phone.
    """
    if known.number and said.number:
        return known.number == said.number
    if not same_name(known.full_name, said.full_name):
        return False
    if known.phone and said.phone and known.phone != said.phone:
        return bool((known.positions & said.positions) - HELD_BY_MANY)
    return True


def likeliest(known: Mapping[P, Identity], said: Identity) -> P | None:
    """Of those who may be this person the one with the same phone, else in the same position."""
    fitting = [key for key, identity in known.items() if same_person(identity, said)]

    def is_near(key: P) -> tuple[bool, bool]:
        other = known[key]
        same_phone = other.phone is not None and other.phone == said.phone
        return same_phone, bool(other.positions & said.positions)

    return max(fitting, key=is_near, default=None)


def check_all_here(chosen: Iterable[int], here: Iterable[int]) -> None:
    """A choice among an office's cooperatives is taken whole or not at all."""
    if not set(chosen) <= set(here):
        raise RuleViolation(
            N_("Pilihan Anda memuat koperasi yang tidak ada di kantor ini. Pilih lagi.")
        )
