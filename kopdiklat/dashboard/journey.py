"""The history of a cooperative as one drawing."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from kopdiklat.core import formats
from kopdiklat.core.charts import Band, Lane, Mark, Point, Span, timeline
from kopdiklat.core.web import asset_url
from kopdiklat.dashboard.events import attended_note, events, joined, lesson_hours
from kopdiklat.dashboard.history import History
from kopdiklat.health.models import AnnualMeeting
from kopdiklat.health.rules import STATUS_LABELS, is_meeting_late
from kopdiklat.mentoring.models import FollowUp

YEARS_SHOWN = 5
FOLLOW_UPS_SHOWN = 8
LABEL_LENGTH = 44


def draw(history: History, bands: Sequence[Any], today: date) -> Markup:
    """Score over its classes, and below on the same axis what was done."""
    icons = asset_url("icons.svg")
    points = [
        Point(
            a.position_on,
            float(a.score),
            formats.score(a.score),
            f"s-{a.health_status}",
            f"{icons}#status-{a.health_status}",
        )
        for a in history.assessments
        if a.score is not None
    ]
    lanes = [_meetings(history), _training(history), _visits(history, today)]
    if history.follow_ups:
        lanes.append(_follow_ups(history.follow_ups, today))
    first = max(_first_year(history, today), today.year - YEARS_SHOWN)
    return timeline(
        [point for point in points if point.on >= date(first - 1, 12, 31)],
        _bands(bands, icons),
        lanes,
        first_year=first,
        last_year=today.year,
        today=today,
        today_label=_("hari ini, %(day)s", day=formats.day(today)),
        title=_("Perjalanan %(name)s", name=history.cooperative.name),
        desc=_("Skor kesehatan, RAT, bimtek, kunjungan, dan tindak lanjut menurut waktu."),
    )


def _first_year(history: History, today: date) -> int:
    days = [event.on for event in events(history)]
    # A position on 31 December stands on the edge of the next year.
    return min([day.year + (day.month == 12) for day in days] + [today.year - 3])


def _bands(bands: Sequence[Any], icons: str) -> list[Band]:
    ordered = sorted(bands, key=lambda band: band.minimum, reverse=True)
    tops = [100.0, *(float(band.minimum) for band in ordered)]
    return [
        Band(
            _(STATUS_LABELS[band.health_status]),
            float(band.minimum),
            top,
            f"band-{band.health_status}",
            f"{icons}#status-{band.health_status}",
        )
        for band, top in zip(ordered, tops)
    ]


def _meetings(history: History) -> Lane:
    return Lane(
        _("RAT"),
        [
            Mark(
                meeting.day,
                "square",
                "point--open" if is_late(meeting) else "point--solid",
                _("TB %(year)s", year=meeting.fiscal_year),
                _meeting_note(meeting),
            )
            for meeting in history.meetings
        ],
    )


def is_late(meeting: AnnualMeeting) -> bool:
    return meeting.held_on is None or is_meeting_late(meeting.fiscal_year, meeting.held_on)


def _meeting_note(meeting: AnnualMeeting) -> str:
    if meeting.held_on is None:
        return _("hanya dilaporkan")
    note = formats.day(meeting.held_on).rpartition(" ")[0]
    return _("%(day)s, terlambat", day=note) if is_late(meeting) else note


def _training(history: History) -> Lane:
    marks = [
        Mark(
            contact.held_on,
            "diamond",
            label=_short(contact.activity, 30),
            note=joined(formats.day(contact.held_on, "month"), lesson_hours(contact.lesson_hours)),
            title=contact.activity,
        )
        for contact in history.past_training
    ]
    marks += [
        Mark(
            attended.first_day,
            "diamond",
            label=_short(attended.batch.course.name, 30),
            note=attended_note(attended),
            title=attended.batch.title,
        )
        for attended in history.attended
        if attended.first_day
    ]
    return Lane(_("Bimtek"), marks)


def _visits(history: History, today: date) -> Lane:
    marks = [
        Mark(contact.held_on, "circle", title=_visit_title(contact.held_on, contact.mentor_name))
        for contact in history.past_visits
    ]
    marks += [
        Mark(
            visit.day,
            "circle",
            "point--solid" if visit.state == "held" else "point--open",
            title=_visit_title(visit.day, visit.mentor.name),
        )
        for visit in history.visits
    ]
    done = len(history.past_visits) + len(history.held_visits)
    if not done:
        return Lane(_("Kunjungan"), marks)
    mentor = history.mentor_on(today)
    note = ngettext("%(num)s kunjungan", "%(num)s kunjungan", done)
    if mentor:
        note = joined(note, _("pendamping %(name)s", name=mentor.mentor.name))
    return Lane(_("Kunjungan"), marks, note=note)


def _visit_title(day: date, mentor: str) -> str:
    return joined(formats.day(day), mentor)


def _follow_ups(follow_ups: Sequence[FollowUp], today: date) -> Lane:
    shown = sorted(follow_ups, key=lambda f: (f.closed_on is None, f.agreed_on))[-FOLLOW_UPS_SHOWN:]
    spans = [
        Span(
            follow_up.agreed_on,
            follow_up.closed_on or max(follow_up.due_on, follow_up.agreed_on),
            _follow_up_label(follow_up, today),
            "bar" if follow_up.closed_on else "bar bar--open",
        )
        for follow_up in shown
    ]
    left = len(follow_ups) - len(shown)
    note = _("%(n)s yang lebih lama ada di tabel", n=left) if left else ""
    return Lane(_("Tindak lanjut"), spans=spans, note=note)


def _follow_up_label(follow_up: FollowUp, today: date) -> str:
    what = _short(follow_up.what, LABEL_LENGTH)
    days = (today - follow_up.due_on).days
    if follow_up.closed_on or days <= 0:
        return what
    return joined(what, _("lewat %(days)s hari", days=days))


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip(" ,.") + "…"
