"""Applications: who may send one, and what becomes of it."""

from collections.abc import Sequence

from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.core.text import N_, match_key

TRANSITIONS = {  # state -> {action: next state}; a missing action is refused
    "open": {"approve": "approved", "decline": "declined", "withdraw": "withdrawn"},
    "approved": {},
    "declined": {},
    "withdrawn": {},
}
STATE_LABELS = {
    "open": N_("Menunggu keputusan"),
    "approved": N_("Disetujui"),
    "declined": N_("Tidak disetujui"),
    "withdrawn": N_("Ditarik"),
}
FIRST_STATE = "open"
STANDING = ("open", "approved")
OTHER_REGION = 4  # leading digits of a cooperative's number that name its region


NO_ROOM_FOR_MORE = N_(
    "Koperasi ini tidak boleh mengirim sebanyak itu lagi. Batalkan yang lama dulu, atau tolak"
    " pengajuan ini."
)


ALL_THERE = N_(
    "Semua orang di pengajuan ini sudah terdaftar lewat cara lain. Tolak pengajuan ini; buktinya"
    " hanya untuk pendaftarnya sendiri."
)


class AllThere(RuleViolation):
    """Everybody in it has a seat already, of another form."""


class NotOpenToAll(RuleViolation):
    """The programme takes nobody without an invitation."""


class NoRoomForMore(RuleViolation):
    """The cooperative has as many people in the batch as it may."""


def next_state(state: str, action: str) -> str:
    try:
        return TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(
            N_("Pengajuan ini sudah berstatus {state}; tidak dapat diubah lagi."),
            state=STATE_LABELS[state].lower(),
        ) from None


def check_open_to_all(allowed: bool) -> None:
    if not allowed:
        raise NotOpenToAll(N_("Pelatihan ini hanya untuk koperasi yang diundang."))


def check_people(most: int, people: int) -> None:
    """:param most: how many one cooperative may send"""
    if people > most:
        raise RuleViolation(
            N_("Paling banyak {most} orang dari satu koperasi. Kurangi namanya."), most=most
        )


def check_reason(reason: str) -> None:
    if not reason:
        raise RuleViolation(N_("Tulis alasannya; pengaju akan membacanya."))


def check_is_of_office(found: bool) -> None:
    if not found:
        raise RuleViolation(N_("Pilih koperasinya dari buku kantor Anda dulu."))


def fingerprint(cooperative_name: str, phone: str, names: Sequence[str]) -> tuple:
    """What makes two applications to one batch the same, however they were typed."""
    return match_key(cooperative_name), phone, tuple(sorted(match_key(name) for name in names))


def other_region(cooperative_number: str | None, office_code: str) -> str:
    """The region that a cooperative's number begins with when it is not the office's; else empty.

    An office of a province (two digits) has all regions below it.
    """
    digits = office_code.replace(".", "")[:OTHER_REGION]
    region = (cooperative_number or "")[:OTHER_REGION]
    return region if len(region) == OTHER_REGION and not region.startswith(digits) else ""
