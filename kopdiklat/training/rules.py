"""Batches and lesson hours."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from itertools import pairwise

from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.core.text import N_
from kopdiklat.training.patterns import runs_over_midnight

BATCH_TRANSITIONS = {  # state -> {action: next state}; a missing action is refused
    "draft": {"publish": "published", "cancel": "cancelled"},
    "published": {"close": "closed", "cancel": "cancelled"},
    "closed": {"reopen": "published", "cancel": "cancelled"},
    "cancelled": {},
}
BATCH_LABELS = {
    "draft": N_("Rancangan"),
    "published": N_("Pendaftaran dibuka"),
    "closed": N_("Ditutup"),
    "cancelled": N_("Dibatalkan"),
}


def next_batch_state(state: str, action: str) -> str:
    try:
        return BATCH_TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(
            N_("Angkatan berstatus {state}; langkah ini tidak tersedia."),
            state=BATCH_LABELS[state].lower(),
        ) from None


def lesson_hours(starts_at: datetime, ends_at: datetime, minutes_per_lesson_hour: int) -> Decimal:
    """Lesson hours (JP) of one training session, two places, half up.

    :param minutes_per_lesson_hour: 45 by the state cost standard; an office may set another
    """
    minutes = Decimal(int((ends_at - starts_at).total_seconds())) / 60
    return (minutes / minutes_per_lesson_hour).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class DayHours:
    """Days in a row, `first` to `last`, that all run from `starts` to `ends` (local time)."""

    first: date
    last: date
    starts: time
    ends: time


def group_days(days: Sequence[DayHours]) -> list[DayHours]:
    """The days of a batch with their hours: one group when all agree, else neighbours together.

    :param days: one per training day, in order
    """
    if len({(day.starts, day.ends) for day in days}) == 1:
        return [replace(days[0], last=days[-1].last)]
    groups: list[DayHours] = []
    for day in days:
        previous = groups[-1] if groups else None
        if (
            previous
            and (previous.starts, previous.ends) == (day.starts, day.ends)
            and day.first - previous.last == timedelta(days=1)
        ):
            groups[-1] = replace(previous, last=day.last)
        else:
            groups.append(day)
    return groups


ACTIVITY_LABELS = {
    "bimtek": N_("Bimtek"),
    "diklat": N_("Diklat"),
    "sosialisasi": N_("Sosialisasi"),
    "lokakarya": N_("Lokakarya"),
    "magang": N_("Magang"),
}
FUNDING_LABELS = {
    "apbd": N_("APBD"),
    "dak": N_("DAK Nonfisik"),
    "dekon": N_("Dekonsentrasi"),
    "self": N_("Swadaya koperasi"),
    "other": N_("Sumber lain"),
}


@dataclass(frozen=True)
class Block:
    """One training session as it is typed: its place in time and who teaches."""

    starts_at: datetime
    ends_at: datetime
    trainer_name: str | None = None


def check_timetable(blocks: Sequence[Block]) -> None:
    """Sessions end after they begin and do not overlap: one batch sits in one room."""
    for n, block in enumerate(blocks, 1):
        if block.ends_at <= block.starts_at:
            raise RuleViolation(N_("Sesi {n} selesai sebelum mulai. Periksa jamnya."), n=n)
    in_order = sorted(enumerate(blocks, 1), key=lambda pair: pair[1].starts_at)
    for (n, block), (other_n, other) in pairwise(in_order):
        if other.starts_at < block.ends_at:
            first, second = sorted((n, other_n))
            raise RuleViolation(
                N_("Sesi {first} dan sesi {second} bertumpuk. Geser salah satu."),
                first=first,
                second=second,
            )


@dataclass(frozen=True)
class Slot:
    """What presence in a session was taken for: when, in which zone, and whether its JP count."""

    starts_at: datetime
    ends_at: datetime
    time_zone: str
    is_teaching: bool


def check_presence_stands(topic: str, was: Slot, becomes: Slot | None) -> None:
    """A session with presence keeps its slot; its topic and its trainer may be corrected.

    :param becomes: None deletes the session
    """
    if becomes is None:
        raise RuleViolation(
            N_("Sesi “{topic}” sudah punya presensi dan tidak dapat dihapus."), topic=topic
        )
    if becomes != was:
        raise RuleViolation(
            N_(
                "Sesi “{topic}” sudah punya presensi: hari, jam dan JP-nya tetap."
                " Materi dan pemateri boleh diperbaiki."
            ),
            topic=topic,
        )


def check_may_move(
    topic: str, batch_state: str, begins_at: datetime, has_presence: bool, now
) -> None:
    """What was held, or has begun, or will not be held keeps its hours."""
    if batch_state == "cancelled":
        raise RuleViolation(N_("Angkatan dibatalkan; sesinya tidak dapat dipindahkan."))
    if has_presence:
        raise RuleViolation(N_("Sesi “{topic}” sudah punya presensi; waktunya tetap."), topic=topic)
    if begins_at <= now:
        raise RuleViolation(
            N_("Sesi “{topic}” sudah mulai atau lewat; waktunya tetap."), topic=topic
        )


def check_moves_ahead(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise RuleViolation(N_("Waktu itu sudah lewat. Pilih hari atau jam yang akan datang."))


def check_pattern(blocks: Sequence[tuple[int, time, time]]) -> None:
    """Blocks of a day end after they begin, and none begins before the one before it ends.

    :param blocks: (day number, start, end) of what is not a break
    """
    in_order = sorted(blocks)
    for number, starts, ends in in_order:
        if ends <= starts and not runs_over_midnight(starts, ends):
            raise RuleViolation(
                N_("Hari ke-{day}: sesi pukul {hour} selesai sebelum mulai. Periksa jamnya."),
                day=number,
                hour=f"{starts:%H.%M}",
            )
    for (day, starts, ends), (other_day, other_starts, _ends) in pairwise(in_order):
        if day == other_day and (other_starts < ends or runs_over_midnight(starts, ends)):
            raise RuleViolation(
                N_("Hari ke-{day}: sesi pukul {first} dan {second} bertumpuk. Geser salah satu."),
                day=day,
                first=f"{starts:%H.%M}",
                second=f"{other_starts:%H.%M}",
            )


def check_window(opens_at: datetime, closes_at: datetime, begins_at: datetime | None) -> None:
    """Registration opens before it closes, and closes before the first session begins."""
    if closes_at <= opens_at:
        raise RuleViolation(N_("Pendaftaran ditutup sebelum dibuka. Periksa tanggalnya."))
    if begins_at and closes_at > begins_at:
        raise RuleViolation(N_("Pendaftaran perlu ditutup sebelum sesi pertama mulai."))


def check_numbers(seats: int, minimum: int | None) -> None:
    if minimum and minimum > seats:
        raise RuleViolation(
            N_("Jumlah minimum {minimum} melebihi {seats} kursi. Turunkan salah satu."),
            minimum=minimum,
            seats=seats,
        )


def check_decision(decide_on: date | None, begins_on: date | None) -> None:
    """A day to decide after the first session decides nothing."""
    if decide_on and begins_on and decide_on >= begins_on:
        raise RuleViolation(N_("Hari putusan perlu sebelum hari pertama."))


def check_not_over(starts: Iterable[datetime], kept: Collection[datetime], now: datetime) -> None:
    """No session is put into the past.

    :param kept: when the sessions of the batch began before this change
    """
    past = min((at for at in starts if at < now and at not in kept), default=None)
    if past is not None:
        raise RuleViolation(N_("Jadwal ini memuat hari yang sudah lewat. Pilih hari mulai besok."))


def pass_rule(attendance_percent: int, lesson_hours: Decimal, test_score: int | None) -> dict:
    """What a certificate asks: the share, how many of all lesson hours that is, and the score.

    :return: percent, least and whole lesson hours (two places at most), score or None
    """
    least = (lesson_hours * attendance_percent / 100).quantize(Decimal("0.01"), ROUND_UP)
    return {
        "percent": attendance_percent,
        "least": least,
        "whole": lesson_hours,
        "score": test_score,
    }


def check_ready_to_publish(sessions: int, closes_at: datetime, now: datetime) -> None:
    if not sessions:
        raise RuleViolation(N_("Isi jadwal dulu: angkatan ini belum punya sesi."))
    if closes_at <= now:
        raise RuleViolation(N_("Tanggal tutup pendaftaran sudah lewat. Ubah tanggalnya dulu."))


def check_still_cancellable(state: str, begins_at: datetime | None, now: datetime) -> None:
    """What has begun was held, and its presence stays; a draft never took place."""
    if state in ("published", "closed") and begins_at and now >= begins_at:
        raise RuleViolation(
            N_(
                "Sesi pertama sudah mulai, angkatan ini tidak dapat dibatalkan lagi."
                " Hapus sesi yang tidak jadi lewat Ubah angkatan."
            )
        )
