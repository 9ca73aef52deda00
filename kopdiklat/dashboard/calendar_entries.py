"""Sessions, visits and deadlines as entries of civil days, in words.

The day of an entry is that of its own clock: at 23.30 WIB a session in Jayapura stands on tomorrow.
What runs over midnight stands on the day on which it begins, and says until when.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _

from kopdiklat import policy
from kopdiklat.core import clock, formats
from kopdiklat.dashboard import calendar_scope, place
from kopdiklat.dashboard.calendar_scope import Narrowing
from kopdiklat.mentoring.models import MentoringVisit
from kopdiklat.training.models import Batch, TrainingSession

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """One training session within the entry of its batch and day."""

    hours: str
    topic: str
    trainer: str


@dataclass(frozen=True)
class Entry:
    """One line of a day. `kind` is training, visit or deadline; `state` is what makes it special.

    :param hours: without the zone where that is the office's
    :param elsewhere: the same hours on the office's clock, where the place keeps another one
    :param is_off: cancelled: it is struck, and `state` says so
    """

    on: date
    kind: str
    starts_at: datetime
    hours: str
    title: str
    detail: str
    url: str
    state: str = ""
    is_off: bool = False
    elsewhere: str = ""
    parts: tuple[Part, ...] = ()


def entries_between(
    user, first: date, last: date, zone: str, narrowed: Narrowing
) -> dict[date, list[Entry]]:
    """Every day from first to last on which something stands; three selects, however much it is."""
    begin = clock.moment(first - A_DAY, time(), "WIT")
    end = clock.moment(last + 2 * A_DAY, time(), "WIB")
    sessions = calendar_scope.sessions_between(user, begin, end, narrowed)
    found = [
        *_training(user, sessions, zone),
        *(_visit(v, zone) for v in calendar_scope.visits_between(user, begin, end, narrowed)),
        *(_deadline(b, zone) for b in calendar_scope.deadlines_between(user, begin, end, narrowed)),
    ]
    days: dict[date, list[Entry]] = {}
    for entry in sorted(found, key=lambda e: (e.on, e.starts_at)):
        if first <= entry.on <= last:
            days.setdefault(entry.on, []).append(entry)
    return days


def _training(user, sessions: list[TrainingSession], zone: str) -> list[Entry]:
    """One entry for each batch and day, with its sessions."""
    groups: dict[tuple[int, date, str], list[TrainingSession]] = {}
    for session in sessions:
        groups.setdefault((session.batch_id, session.day, session.time_zone), []).append(session)
    return [_batch_day(user, on, there, zone) for (_id, on, _zone), there in groups.items()]


def _batch_day(user, on: date, there: list[TrainingSession], zone: str) -> Entry:
    batch, first = there[0].batch, there[0]
    ends_at = max(session.ends_at for session in there)
    states = {"draft": _("Rancangan"), "cancelled": _("Dibatalkan")}
    return Entry(
        on=on,
        kind="training",
        starts_at=first.starts_at,
        hours=hours_of(first.starts_at, ends_at, first.time_zone, zone),
        title=batch.title,
        detail=batch.venue,
        url=_training_url(user, first),
        state=states.get(batch.state, ""),
        is_off=batch.state == "cancelled",
        elsewhere=on_our_clock(first.starts_at, ends_at, first.time_zone, zone),
        parts=tuple(
            Part(
                formats.hours(s.starts_at, s.ends_at, s.time_zone, False),
                s.topic,
                s.trainer_name or "",
            )
            for s in there
        ),
    )


def _training_url(user, session: TrainingSession) -> str:
    """The batch to those who may read it; the list of who came to whoever stands at its door."""
    if policy.can(user, "batch.see", session.batch):
        return place.batch_url(session.batch_id)
    if policy.can(user, "attendance.see", session):
        return place.link("attendance.show_session", training_session_id=session.id)
    return ""


def _visit(visit: MentoringVisit, zone: str) -> Entry:
    states = {"cancelled": _("Dibatalkan"), "held": _("Sudah dilakukan")}
    return Entry(
        on=visit.day,
        kind="visit",
        starts_at=visit.starts_at,
        hours=hours_of(visit.starts_at, visit.ends_at, visit.time_zone, zone),
        title=_("Kunjungan: %(name)s", name=visit.cooperative.name),
        detail=visit.mentor.name,
        url=place.link("mentoring.show_visit", visit_id=visit.id),
        state=states.get(visit.state, ""),
        is_off=visit.state == "cancelled",
        elsewhere=on_our_clock(visit.starts_at, visit.ends_at, visit.time_zone, zone),
    )


def _deadline(batch: Batch, zone: str) -> Entry:
    closes_at = batch.registration_closes_at
    return Entry(
        on=clock.local_day(closes_at, batch.time_zone),
        kind="deadline",
        starts_at=closes_at,
        hours=formats.hour(closes_at, batch.time_zone, batch.time_zone != zone),
        title=_("Pendaftaran ditutup: %(title)s", title=batch.title),
        detail="",
        url=place.batch_url(batch.id),
    )


def hours_of(starts_at: datetime, ends_at: datetime, zone: str, ours: str) -> str:
    """`08.00–15.30`; the zone where it is not ours, and the day of the end where that is another."""
    hours = formats.hours(starts_at, ends_at, zone, zone != ours)
    last = clock.local_day(ends_at - timedelta(microseconds=1), zone)
    if last == clock.local_day(starts_at, zone):
        return hours
    return _("%(hours)s, selesai %(day)s", hours=hours, day=formats.day(last, "name"))


def on_our_clock(starts_at: datetime, ends_at: datetime, zone: str, ours: str) -> str:
    """`07.00–13.00 WIB di kantor Anda`; with the day where it is another one there."""
    if zone == ours:
        return ""
    hours = formats.hours(starts_at, ends_at, ours)
    day = clock.local_day(starts_at, ours)
    if day != clock.local_day(starts_at, zone):
        hours = f"{formats.day(day, 'dated')}, {hours}"
    return _("%(hours)s di kantor Anda", hours=hours)
