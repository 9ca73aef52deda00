"""What a participant changes by link, until when, and what a coordinator decides afterwards."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.core.text import N_
from kopdiklat.registration.rules import ACTIVE, RegistrationClosed

KIND_LABELS = {
    "substitute": N_("Ganti orang"),
    "data": N_("Perbaiki data"),
    "cancel": N_("Batalkan"),
}
KINDS = tuple(KIND_LABELS)
TRANSITIONS = {  # state of a request -> {action: next state}; a missing action is refused
    "open": {"grant": "granted", "decline": "declined", "withdraw": "withdrawn"},
    "granted": {},
    "declined": {},
    "withdrawn": {},
}
STATE_LABELS = {
    "open": N_("Menunggu keputusan"),
    "granted": N_("Dikabulkan"),
    "declined": N_("Ditolak"),
    "withdrawn": N_("Ditarik"),
}
OVER = {  # state -> what the one who comes late reads
    "open": N_("Permintaan ini masih menunggu keputusan."),
    "granted": N_("Permintaan ini sudah dikabulkan."),
    "declined": N_("Permintaan ini sudah ditolak."),
    "withdrawn": N_("Permintaan ini sudah ditarik."),
}
NOW, ASK = "now", "ask"
ALIKE = 70  # 0..100; below it two spellings are two people


class SubstitutionClosed(RegistrationClosed):
    """The day before the first training session is over."""


class RequestNeeded(RuleViolation):
    """What the link allowed until the deadline is a request by now."""


class AnotherRequest(RuleViolation):
    """One request of a registration is decided before the next is made."""


@dataclass(frozen=True)
class Ways:
    """What the link of a registration does for each kind: `now`, `ask` the coordinator, or nothing."""

    substitute: str = ""
    data: str = ""
    cancel: str = ""

    def __bool__(self) -> bool:
        return bool(self.substitute or self.data or self.cancel)


@dataclass(frozen=True)
class Moments:
    """The moments of a batch that changes depend on.

    :param begins_at: of the first training session; None without a timetable
    :param zone: where it takes place
    """

    state: str
    closes_at: datetime
    begins_at: datetime | None
    zone: tzinfo

    @property
    def first_day(self) -> date | None:
        return self.begins_at.astimezone(self.zone).date() if self.begins_at else None

    @property
    def last_day(self) -> date | None:
        """H-1: the last day on which a seat changes hands by link."""
        return self.first_day - timedelta(days=1) if self.first_day else None

    @property
    def substitutes_until(self) -> datetime | None:
        """The midnight that ends it."""
        if self.first_day is None:
            return None
        return datetime.combine(self.first_day, time(), self.zone).astimezone(UTC)


def ways(state: str, batch: Moments, now: datetime) -> Ways:
    """What the link of a registration in this state does now.

    Who only waits may leave the queue until the end: no seat is lost to anybody. Once the first
    session has begun nothing is changed by link.
    """
    if state not in ACTIVE or batch.state not in ("published", "closed"):
        return Ways()
    if batch.begins_at is not None and now >= batch.begins_at:
        return Ways()
    is_in_time = batch.state == "published" and now < batch.closes_at
    way = NOW if is_in_time else ASK
    if state != "confirmed":
        return Ways(data=way, cancel=NOW)
    until = batch.substitutes_until
    may_replace = until is None or now < until
    return Ways(substitute=NOW if may_replace else ASK, data=way, cancel=way)


def check_by_link(way: str, contact: str) -> None:
    """Refuse what the link does not do at once.

    :raises RequestNeeded: the coordinator decides it
    :raises RegistrationClosed: nothing can be changed by link any more
    """
    if way == ASK:
        raise RequestNeeded(
            N_("Batas waktunya sudah lewat. Kirim sebagai permintaan kepada koordinator.")
        )
    check_changeable(way, contact)


def check_changeable(way: str, contact: str) -> None:
    if not way:
        raise RegistrationClosed(
            N_("Pendaftaran ini tidak dapat diubah lewat tautan lagi. Hubungi {contact}."),
            contact=contact,
        )


def next_state(state: str, action: str) -> str:
    try:
        return TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(OVER[state]) from None


def check_spelling(likeness: float) -> None:
    """A correction of a name stays the same person; another one takes the seat as substitute.

    :param likeness: of the two names, 0..100
    """
    if likeness < ALIKE:
        raise RuleViolation(
            N_("Nama ini tampak milik orang lain. Untuk mengganti orang, pakai Ganti orang.")
        )


def check_something_changes(changes: object) -> None:
    if not changes:
        raise RuleViolation(N_("Belum ada yang diubah."))


def check_reason(reason: str | None) -> None:
    if not (reason or "").strip():
        raise RuleViolation(N_("Tulis alasannya; peserta akan membacanya."))
