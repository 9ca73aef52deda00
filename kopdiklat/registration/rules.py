"""Seats: who gets one, who waits, who is next."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.core.text import N_
from kopdiklat.registration.seating import Hall, Obstacle, Share

TRANSITIONS = {  # state -> {action: next state}; a missing action is refused
    "waitlisted": {
        "promote": "confirmed",
        "offer": "offered",
        "cancel": "cancelled",
        "expire": "expired",
    },
    "offered": {"accept": "confirmed", "decline": "cancelled", "expire": "expired"},
    "confirmed": {"cancel": "cancelled", "replace": "replaced"},
    "cancelled": {},
    "expired": {},
    "replaced": {},
}
FIRST_STATES = {"confirm": "confirmed", "queue": "waitlisted"}
SEATED = ("confirmed", "offered")
ACTIVE = ("confirmed", "offered", "waitlisted")
ACTION_LABELS = {  # what happened, as its people read it
    "confirm": N_("Terdaftar"),
    "queue": N_("Masuk daftar tunggu"),
    "offer": N_("Ditawari kursi"),
    "promote": N_("Naik dari daftar tunggu"),
    "pass": N_("Kursi kosong lewat"),
    "move": N_("Urutan dinaikkan"),
    "behind": N_("Urutan mundur"),
    "accept": N_("Tawaran diambil"),
    "decline": N_("Tawaran dilepas"),
    "cancel": N_("Dibatalkan"),
    "expire": N_("Berakhir"),
    "replace": N_("Diganti"),
    "source": N_("Dicatat petugas"),
    "correct": N_("Data diperbaiki"),
    "ask": N_("Permintaan dikirim"),
    "refuse": N_("Permintaan ditolak"),
    "withdraw": N_("Permintaan ditarik"),
}
OFFER_OUTCOMES = ("accepted", "declined", "expired", "withdrawn")
STATE_LABELS = {
    "confirmed": N_("Dikonfirmasi"),
    "waitlisted": N_("Daftar tunggu"),
    "offered": N_("Ditawari kursi"),
    "cancelled": N_("Dibatalkan"),
    "expired": N_("Kedaluwarsa"),
    "replaced": N_("Diganti"),
}


class RegistrationClosed(RuleViolation):
    """Not open yet, closed, or the batch is cancelled: says since when and whom to call."""


WAIT_INSTEAD = {  # kind of obstacle -> what the one who asks reads
    "full": N_("Kuota sudah penuh. Anda bisa masuk daftar tunggu, urutan ke-{position}."),
    "whole": N_(
        "Kursi yang tersisa tidak cukup untuk rombongan ini."
        " Anda bisa masuk daftar tunggu, urutan ke-{position}."
    ),
    "cap": N_(
        "Jatah kelompok koperasi ini sudah terisi."
        " Anda bisa masuk daftar tunggu, urutan ke-{position}."
    ),
    "reserve": N_(
        "Kursi yang tersisa disediakan untuk kelompok koperasi lain."
        " Anda bisa masuk daftar tunggu, urutan ke-{position}."
    ),
}


class BatchFull(RuleViolation):
    """The team does not fit whole, or its group has all it may have: it may wait.

    :param position: where it would stand in the queue, from 1
    :param obstacle: what keeps it from sitting; `free` of it are seats that it could have
    """

    def __init__(self, position: int, obstacle: Obstacle):
        super().__init__(WAIT_INSTEAD[obstacle.kind], position=position)
        self.position = position
        self.obstacle = obstacle
        self.free = obstacle.free


class ShareRefused(RuleViolation):
    """A cap or a reserve that contradicts itself, the quota or the seats that are used."""


class NotWaiting(RuleViolation):
    """The team left the queue meanwhile."""


class OfferOver(RuleViolation):
    """The offer was not answered in time, or somebody of the team answered it."""


class WaitingListFull(RuleViolation):
    """Neither a seat nor a place in the queue is left."""


class AlreadyRegistered(RuleViolation):
    """A person stands in this batch already; `number` is that registration's."""


class ChosenTwice(RuleViolation):
    """The same person stands twice in one form."""


class TooManyPeople(RuleViolation):
    """More persons than the invitation is for."""


class InvitationRefused(RuleViolation):
    """The invitation was withdrawn."""


class SeatsBelowUsed(RuleViolation):
    """Fewer seats than are given out already."""


@dataclass(frozen=True)
class Window:
    """When registration is open, with the words to print when it is not."""

    state: str
    opens_at: datetime
    closes_at: datetime
    opens_on: str
    closes_on: str
    contact: str


def check_waiting_places(places: int | None, waiting: int, people: int) -> None:
    """:param places: of the waiting list; None is as many as come"""
    if places is not None and waiting + people > places:
        raise WaitingListFull(
            N_("Kuota dan daftar tunggu sudah penuh. Hubungi narahubung angkatan.")
        )


def next_state(state: str, action: str) -> str:
    try:
        return TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(
            N_("Pendaftaran berstatus {state}; langkah ini tidak tersedia."),
            state=STATE_LABELS[state].lower(),
        ) from None


def check_registration_open(window: Window, now: datetime) -> None:
    """Refuse outside the registration window, with the day and whom to call."""
    words = {"contact": window.contact, "opens": window.opens_on, "closes": window.closes_on}
    if window.state == "cancelled":
        raise RegistrationClosed(N_("Angkatan ini dibatalkan. Hubungi {contact}."), **words)
    if window.state == "draft":
        raise RegistrationClosed(N_("Pendaftaran belum dibuka. Hubungi {contact}."), **words)
    if now >= window.closes_at:
        raise RegistrationClosed(N_("Pendaftaran ditutup {closes}. Hubungi {contact}."), **words)
    if window.state == "closed":
        raise RegistrationClosed(N_("Pendaftaran sudah ditutup. Hubungi {contact}."), **words)
    if now < window.opens_at:
        raise RegistrationClosed(N_("Pendaftaran dibuka {opens}. Hubungi {contact}."), **words)


def is_registration_open(window: Window, now: datetime) -> bool:
    return window.state == "published" and window.opens_at <= now < window.closes_at


def check_batch_alive(state: str) -> None:
    """Staff may add people before and after the window, but not to a cancelled batch."""
    if state == "cancelled":
        raise RegistrationClosed(N_("Angkatan ini dibatalkan; peserta tidak dapat ditambah."))


def check_may_be_told(state: str, cancelled_at: datetime | None = None) -> None:
    """Whether an invitation to a batch goes out, by whichever channel.

    :raises InvitationRefused: the invitation was taken back
    """
    if state != "published":
        raise RuleViolation(N_("Buka pendaftaran dulu, lalu kirim undangannya."))
    if cancelled_at:
        raise InvitationRefused(N_("Undangan ini sudah ditarik oleh dinas."))


def check_nobody_twice(people: Sequence[tuple[str, Hashable]]) -> None:
    """One person takes one seat, however often the form names them.

    :param people: (name, key) of each; two with the same key are one person
    """
    seen = set()
    for name, key in people:
        if key in seen:
            raise ChosenTwice(
                N_("{name} tertulis dua kali. Pilih sekali saja."),
                name=name,
            )
        seen.add(key)


def check_nobody_came(present: int) -> None:
    """A batch at which people were admitted took place: it is not cancelled any more."""
    if present:
        raise RuleViolation(
            N_("Sudah ada presensi {present} peserta. Angkatan ini tidak dapat dibatalkan lagi."),
            present=present,
        )


def check_people(invited: int, registered: int, added: int) -> None:
    """A cooperative sends at most as many as it was invited for.

    :param registered: how many of its people are in this batch already, waiting ones too
    """
    if added < 1:
        raise TooManyPeople(N_("Pilih paling sedikit satu orang."))
    if registered + added <= invited:
        return
    left = invited - registered
    if left < 1:
        raise TooManyPeople(
            N_("Semua {invited} kursi koperasi Anda sudah dipakai. Ubah lewat bukti daftar."),
            invited=invited,
        )
    raise TooManyPeople(
        N_("Koperasi Anda mendapat {left} kursi, Anda memilih {added} orang. Kurangi pilihan."),
        left=left,
        added=added,
    )


def check_seats(seats: int, used: int) -> None:
    if seats < 1:
        raise SeatsBelowUsed(N_("Kursi paling sedikit 1."))
    if seats < used:
        raise SeatsBelowUsed(
            N_("Kursi tidak dapat kurang dari {used}, sebab sebanyak itu sudah terpakai."),
            used=used,
        )


def check_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation(N_("Tulis alasannya; semua yang menunggu dapat membacanya."))


def check_shares(shares: Sequence[Share], seats: int) -> None:
    """Each cap and reserve says something, and all reserves of a facet fit into the seats."""
    for share in shares:
        if share.cap is None and share.reserve < 1:
            raise ShareRefused(
                N_("Isi batas atau kursi khusus untuk {group}, atau kosongkan barisnya."),
                group=share.group[1],
            )
        if share.cap is not None and share.cap < share.reserve:
            raise ShareRefused(N_("Kursi khusus {group} melebihi batasnya."), group=share.group[1])
    kept = sum(share.reserve for share in shares)
    if kept > seats:
        raise ShareRefused(
            N_("Kursi khusus berjumlah {kept}, kursi angkatan ini hanya {seats}."),
            kept=kept,
            seats=seats,
        )


def check_caps_hold(hall: Hall) -> None:
    """A cap may not fall below what its group has."""
    for share in hall.shares:
        has = hall.has(share.group)
        if share.cap is not None and has > share.cap:
            raise ShareRefused(
                N_("{group} sudah memakai {has} kursi; batasnya tidak dapat kurang dari itu."),
                group=share.group[1],
                has=has,
            )


def open_hold(held: int, held_until: datetime | None, seated: int, now: datetime) -> int:
    """Seats of an invitation that are still kept for it.

    :param seated: how many of its people have a seat by now
    """
    if held_until is None or now >= held_until:
        return 0
    return max(0, held - seated)


def check_offer_open(answer_by: datetime | None, deadline: str, now: datetime) -> None:
    """Refuse an answer that comes too late.

    :param answer_by: None while the message was not sent: its clock has not begun
    :param deadline: the same moment in words
    """
    if answer_by is not None and now >= answer_by:
        raise OfferOver(
            N_("Tawaran ini berakhir {deadline} dan diteruskan ke urutan berikutnya."),
            deadline=deadline,
        )


def check_queue_running(state: str, begins_at: datetime | None, now: datetime) -> None:
    if not is_queue_running(state, begins_at, now):
        raise RegistrationClosed(N_("Angkatan ini sudah dimulai atau dibatalkan."))


def is_queue_running(state: str, begins_at: datetime | None, now: datetime) -> bool:
    """Whether a free seat still goes to the next in the queue: until the first session begins."""
    return state in ("published", "closed") and (begins_at is None or now < begins_at)


def basis_together(stands: str | None, basis: str) -> str:
    """The basis of selection of a batch after one more choice: two of different kinds are mixed."""
    return basis if stands in (None, basis) else "mixed"
