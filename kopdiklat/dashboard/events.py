"""The history of a cooperative as one chronological list."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat.core import formats
from kopdiklat.dashboard.history import Attended, History


@dataclass(frozen=True)
class Event:
    """One line of the chronological list. `icon` names a symbol, `status` a health status."""

    on: date
    kind: str
    title: str
    detail: str = ""
    icon: str = ""
    status: str = ""


def events(history: History) -> list[Event]:
    """Everything with a day, the newest first."""
    found = [*_health_events(history), *_training_events(history), *_visit_events(history)]
    for follow_up in history.follow_ups:
        found.append(
            Event(
                follow_up.agreed_on,
                _("Tindak lanjut disepakati"),
                follow_up.what,
                joined(follow_up.owner_name, _("batas %(day)s", day=formats.day(follow_up.due_on))),
                "checklist",
            )
        )
        if follow_up.closed_on:
            found.append(
                Event(
                    follow_up.closed_on,
                    _("Tindak lanjut selesai"),
                    follow_up.what,
                    follow_up.result or "",
                    "check-circle",
                )
            )
    return sorted(found, key=lambda event: event.on, reverse=True)


def _health_events(history: History) -> list[Event]:
    found = [
        Event(
            a.position_on,
            _("Penilaian kesehatan"),
            _("Tahun buku %(year)s", year=a.fiscal_year),
            _("skor %(score)s", score=formats.score(a.score)) if a.score is not None else "",
            status=a.health_status,
        )
        for a in history.assessments
    ]
    for meeting in history.meetings:
        detail = (
            _("dilaporkan %(day)s", day=formats.day(meeting.reported_on))
            if meeting.reported_on
            else _("belum dilaporkan")
        )
        if meeting.members_present:
            present = ngettext(
                "%(num)s anggota hadir", "%(num)s anggota hadir", meeting.members_present
            )
            detail = joined(detail, present)
        found.append(
            Event(
                meeting.day,
                _("RAT"),
                _("Tahun buku %(year)s", year=meeting.fiscal_year),
                detail,
                "people",
            )
        )
    return found


def _training_events(history: History) -> list[Event]:
    past = [
        Event(
            contact.held_on,
            _("Bimtek"),
            contact.activity,
            joined(lesson_hours(contact.lesson_hours), _("riwayat sebelum Kopdiklat")),
            "calendar",
        )
        for contact in history.past_training
    ]
    return past + [
        Event(
            attended.first_day,
            _("Bimtek"),
            attended.batch.title,
            attended_note(attended),
            "calendar",
        )
        for attended in history.attended
        if attended.first_day
    ]


def _visit_events(history: History) -> list[Event]:
    past = [
        Event(
            contact.held_on,
            _("Kunjungan"),
            contact.activity,
            joined(contact.mentor_name, _("riwayat sebelum Kopdiklat")),
            "route",
        )
        for contact in history.past_visits
    ]
    return past + [
        Event(
            visit.day,
            _("Kunjungan") if visit.state == "held" else _("Kunjungan direncanakan"),
            visit.purpose or _("Pendampingan"),
            joined(
                formats.hours(visit.starts_at, visit.ends_at, visit.time_zone), visit.mentor.name
            ),
            "route",
        )
        for visit in history.visits
    ]


def attended_note(attended: Attended) -> str:
    people = ngettext("%(num)s orang", "%(num)s orang", len(attended.present))
    days = formats.day_range(*attended.days) if attended.days else ""
    return joined(days, people, lesson_hours(attended.lesson_hours))


def lesson_hours(value) -> str:
    return f"{formats.number(value, 0 if value == int(value) else 1)} JP" if value else ""


def joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
