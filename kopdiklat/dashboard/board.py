"""The coordinator's board: a week of training sessions, each where it can be taken from.

Every session stands in the hour in which it begins on its own wall clock, so a row is an hour of the
day wherever the room is; another zone than the office's is printed on the session.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from kopdiklat import policy
from kopdiklat.attendance.models import Attendance
from kopdiklat.core import clock, formats
from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.dashboard import place
from kopdiklat.dashboard.calendar_entries import A_DAY, hours_of
from kopdiklat.dashboard.calendar_scope import Narrowing, sessions_between
from kopdiklat.training import rules
from kopdiklat.training.models import Batch, TrainingSession
from kopdiklat.training.patterns import Calendar

FIRST_HOUR, LAST_HOUR = 7, 16  # rows that are always there; others come with their sessions


@dataclass(frozen=True)
class Card:
    """One session on the board.

    :param stays: why it cannot be moved; empty when it can
    :param begins: its wall clock without a zone, as the script counts with it
    """

    ident: int
    on: date
    hour: int
    hours: str
    topic: str
    batch: str
    detail: str
    url: str
    state: str
    stays: str
    begins: str
    minutes: int
    zone: str
    seen: str


@dataclass(frozen=True)
class Column:
    """One day. `note`: why the office is closed, in words."""

    on: date
    is_today: bool
    is_over: bool
    note: str
    cards: list[Card]

    def at(self, hour: int) -> list[Card]:
        return [card for card in self.cards if card.hour == hour]


@dataclass(frozen=True)
class Week:
    columns: list[Column]
    hours: list[int]

    @property
    def is_empty(self) -> bool:
        return not any(column.cards for column in self.columns)

    @property
    def can_move(self) -> Card | None:
        """The first that can be moved, where the script's form leads until one is taken."""
        cards = (card for column in self.columns for card in column.cards)
        return next((card for card in cards if not card.stays), None)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_of(user, monday: date, now: datetime, zone: str, calendar: Calendar) -> Week:
    """What this person may move, or could if it had not been held. Two selects, however many."""
    begin = clock.moment(monday - A_DAY, time(), "WIT")
    end = clock.moment(monday + 8 * A_DAY, time(), "WIB")
    runs_it = policy.visible(Batch, "batch.edit", user)
    sessions = sessions_between(user, begin, end, Narrowing(), runs_it)
    held = _with_presence([s.id for s in sessions])
    cards = [_card(s, s.id in held, now, zone) for s in sessions]
    today = clock.local_day(now, zone)
    columns = []
    for day in (monday + n * A_DAY for n in range(7)):
        there = [card for card in cards if card.on == day]
        note = closed_note(day, calendar)
        columns.append(Column(day, day == today, day < today, note, there))
    shown = [card.hour for column in columns for card in column.cards]
    first, last = min([FIRST_HOUR, *shown]), max([LAST_HOUR, *shown])
    return Week(columns, list(range(first, last + 1)))


def closed_note(day: date, calendar: Calendar) -> str:
    """`Libur: Hari Kemerdekaan`, `Kantor tutup`, or nothing."""
    if name := calendar.holidays.get(day):
        return _("Libur: %(name)s", name=name)
    return "" if calendar.is_open(day) else _("Kantor tutup")


def _with_presence(ids: Collection[int]) -> set[int]:
    found = sa.select(Attendance.training_session_id).where(Attendance.training_session_id.in_(ids))
    return set(db.session.scalars(found.distinct()))


def why_it_stays(session: TrainingSession, has_presence: bool, now: datetime) -> str:
    try:
        rules.check_may_move(
            session.topic, session.batch.state, session.starts_at, has_presence, now
        )
    except RuleViolation as refusal:
        return str(refusal)
    return ""


def _card(session: TrainingSession, has_presence: bool, now: datetime, zone: str) -> Card:
    batch = session.batch
    begins = clock.local(session.starts_at, session.time_zone)
    states = {"draft": _("Rancangan"), "cancelled": _("Dibatalkan")}
    return Card(
        ident=session.id,
        on=session.day,
        hour=begins.hour,
        hours=hours_of(session.starts_at, session.ends_at, session.time_zone, zone),
        topic=session.topic,
        batch=batch.title,
        detail=" · ".join(filter(None, (batch.venue, session.trainer_name))),
        url=place.batch_url(batch.id),
        state=states.get(batch.state, ""),
        stays=_short_reason(session, has_presence, now),
        begins=f"{begins:%Y-%m-%dT%H:%M}",
        minutes=int((session.ends_at - session.starts_at).total_seconds()) // 60,
        zone=session.time_zone,
        seen=session.starts_at.isoformat(),
    )


def _short_reason(session: TrainingSession, has_presence: bool, now: datetime) -> str:
    """As the rule decides, in the few words that fit a card."""
    if not why_it_stays(session, has_presence, now):
        return ""
    if session.batch.state == "cancelled":
        return _("Angkatan dibatalkan")
    return _("Sudah ada presensi") if has_presence else _("Sudah mulai atau lewat")


def described(session: TrainingSession) -> str:
    """`Senin, 13 Juli 2026, 08.45–10.15 WIB`."""
    hours = formats.hours(session.starts_at, session.ends_at, session.time_zone)
    return f"{formats.day(session.day, 'full')}, {hours}"
