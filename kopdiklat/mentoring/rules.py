"""Assignments, visits and follow-ups: what is allowed, and what to say when it is not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.core.text import N_, match_key

VISIT_TRANSITIONS = {  # state -> {action: next state}; a missing action is refused
    "planned": {"hold": "held", "postpone": "planned", "cancel": "cancelled"},
    "held": {"correct": "held"},
    "cancelled": {},
}
VISIT_LABELS = {
    "planned": N_("direncanakan"),
    "held": N_("sudah dilakukan"),
    "cancelled": N_("dibatalkan"),
}
MODE_LABELS = {
    "visit": N_("Kunjungan"),
    "online": N_("Daring"),
    "phone": N_("Telepon"),
    "at_office": N_("Di kantor dinas"),
}
QUICK_DATES = {"1w": timedelta(weeks=1), "2w": timedelta(weeks=2)}
LATE_PLAN_DAYS = 31  # a visit without a plan may be entered this long afterwards


class MentorIsOfficer(RuleViolation):
    """The mentor holds a position in the cooperative; a reason lets it pass."""


class AlreadyAssigned(RuleViolation):
    """The same mentor has this cooperative in an overlapping period."""


class OutsideAssignment(RuleViolation):
    """No assignment of this mentor covers that day."""


class VisitClash(RuleViolation):
    """The mentor is elsewhere at that time."""


class FollowUpClosed(TransitionRefused):
    """It was closed before; it keeps its first result."""


@dataclass(frozen=True)
class Period:
    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def overlaps(self, other: "Period") -> bool:
        return (self.ends_on is None or other.starts_on <= self.ends_on) and (
            other.ends_on is None or self.starts_on <= other.ends_on
        )


@dataclass(frozen=True)
class Human:
    """A person by what two registers may share."""

    name: str
    phone: str | None = None
    email: str | None = None


def next_visit_state(state: str, action: str) -> str:
    try:
        return VISIT_TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(
            N_("Kunjungan {state}; langkah ini tidak tersedia."), state=VISIT_LABELS[state]
        ) from None


# -- assignments ------------------------------------------------------------------------------------


def same_human(one: Human, other: Human) -> bool:
    """By phone, by e-mail, or by name without titles."""
    if one.phone and one.phone == other.phone:
        return True
    if one.email and other.email and one.email.casefold() == other.email.casefold():
        return True
    return bool(_bare_name(one.name)) and _bare_name(one.name) == _bare_name(other.name)


TITLES = {
    "h", "hj", "ir", "dr", "drs", "dra", "prof", "kh", "ust", "bapak", "ibu", "pak", "bu", "bpk",
    "a", "amd", "se", "s", "e", "sh", "st", "spd", "sp", "sos", "ssos", "skom", "kom", "pd", "ag",
    "sag", "mm", "m", "msi", "si", "mpd", "mh", "t", "md", "ak", "ap", "sap", "sip", "ip",
}  # fmt: skip


def _bare_name(name: str) -> str:
    return " ".join(word for word in match_key(name).split() if word not in TITLES)


def check_not_officer(mentor: Human, officers: Mapping[str, Iterable[Human]], reason: str) -> None:
    """
    :param officers: cooperative's name -> its officers
    :param reason: why this mentor all the same; empty refuses
    """
    if reason:
        return
    found = [name for name, held in officers.items() if any(same_human(mentor, o) for o in held)]
    if found:
        raise MentorIsOfficer(
            N_(
                "{mentor} tercatat sebagai pengurus {cooperatives}. "
                "Pilih pendamping lain, atau tulis alasannya."
            ),
            mentor=mentor.name,
            cooperatives=", ".join(found),
        )


def check_period(period: Period) -> None:
    if period.ends_on is not None and period.ends_on < period.starts_on:
        raise RuleViolation(N_("Hari berakhir mendahului hari mulai."))


def check_no_overlap(period: Period, known: dict[str, Iterable[Period]]) -> None:
    """
    :param known: cooperative's name -> periods of the same mentor there
    """
    found = [name for name, periods in known.items() if any(map(period.overlaps, periods))]
    if found:
        raise AlreadyAssigned(
            N_("Sudah didampingi orang ini pada masa yang sama: {cooperatives}."),
            cooperatives=", ".join(found),
        )


def check_ending(period: Period, ends_on: date) -> None:
    if ends_on < period.starts_on:
        raise RuleViolation(N_("Penugasan ini baru mulai sesudah hari itu."))
    if period.ends_on is not None and period.ends_on <= ends_on:
        raise TransitionRefused(N_("Penugasan ini sudah berakhir pada atau sebelum hari itu."))


def check_no_visit_left(period: Period, ends_on: date, planned: Iterable[date]) -> None:
    """What is still planned is moved or called off by a person, who can tell the cooperative.

    :param planned: days of the visits of this mentor to the cooperative that are not held yet
    """
    left = sorted(day for day in planned if day > ends_on and period.covers(day))
    if left:
        raise RuleViolation(
            N_(
                "Masih ada {count} kunjungan terencana sesudah hari itu, yang pertama {day}. "
                "Catat, pindahkan, atau batalkan dahulu."
            ),
            count=len(left),
            day=left[0],
        )


# -- visits -----------------------------------------------------------------------------------------


def check_assigned(day: date, periods: Iterable[Period]) -> None:
    """A visit stands on an assignment that covers its day; after its end only reading is left."""
    periods = list(periods)
    if any(period.covers(day) for period in periods):
        return
    ended = [p.ends_on for p in periods if p.ends_on is not None and p.ends_on < day]
    if ended:
        raise OutsideAssignment(
            N_("Penugasan di koperasi ini berakhir {day}. Kunjungan lama tetap dapat dibaca."),
            day=max(ended),
        )
    raise OutsideAssignment(N_("Belum ada penugasan di koperasi ini untuk hari itu."))


def check_hours(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise RuleViolation(N_("Jam selesai perlu sesudah jam mulai."))


def check_not_long_ago(day: date, today: date) -> None:
    if day < today - timedelta(days=LATE_PLAN_DAYS):
        raise RuleViolation(
            N_("Kunjungan lebih dari {days} hari lalu tidak dapat ditambahkan."),
            days=LATE_PLAN_DAYS,
        )


def check_free(starts_at: datetime, ends_at: datetime, others: Iterable[tuple]) -> None:
    """
    :param others: (starts_at, ends_at, cooperative's name, hours in words) of the same mentor
    """
    for starts, ends, name, words in others:
        if starts_at < ends and starts < ends_at:
            raise VisitClash(
                N_("Pendamping sudah punya kunjungan ke {cooperative}, {hours}. Pilih jam lain."),
                cooperative=name,
                hours=words,
            )


def check_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation(N_("Alasan perlu diisi."))


# -- follow-ups -------------------------------------------------------------------------------------


def due_day(choice: str, typed: date | None, day: date) -> date | None:
    """
    :param choice: 1w, 2w or date
    """
    return day + QUICK_DATES[choice] if choice in QUICK_DATES else typed


def check_due(due_on: date, agreed_on: date) -> None:
    if due_on < agreed_on:
        raise RuleViolation(N_("Tenggat tindak lanjut mendahului hari disepakati."))


def check_open(closed_on: date | None) -> None:
    if closed_on is not None:
        raise FollowUpClosed(
            N_("Tindak lanjut ini sudah ditutup {day}. Isian Anda tidak disimpan."),
            day=closed_on,
        )


def check_closure(closed_on: date, agreed_on: date, today: date) -> None:
    if closed_on > today:
        raise RuleViolation(N_("Hari selesai belum tiba. Tulis hari ini atau sebelumnya."))
    if closed_on < agreed_on:
        raise RuleViolation(N_("Hari selesai mendahului hari disepakati."))


def days_late(due_on: date, closed_on: date | None, today: date) -> int:
    """Days past its due day, 0 when it is not."""
    return max(0, ((closed_on or today) - due_on).days)


def urgency(due_on: date, today: date) -> str:
    """late, today or "" (later), as the deadline tag takes it."""
    if due_on < today:
        return "late"
    return "today" if due_on == today else ""
