"""The calendar: a month or an agenda of what the person may see; the address holds all that is chosen."""

from datetime import date

import sqlalchemy as sa
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import clock, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_date
from kopdiklat.dashboard import calendar_month as months
from kopdiklat.dashboard import place
from kopdiklat.dashboard.calendar_entries import A_DAY, entries_between
from kopdiklat.dashboard.calendar_scope import Narrowing
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard
from kopdiklat.training.batch_screen import calendar_of
from kopdiklat.training.models import Course, Programme, Trainer, Venue
from kopdiklat.training.patterns import Calendar

bp = Blueprint("calendar", __name__)

VIEWS = ("month", "agenda")


@bp.get("/calendar")
@guard("calendar.see")
def show():
    """A month, or with `view=agenda` its days below each other, or with `day` one of them."""
    zone = place.zone()
    today = clock.local_day(utc_now(), zone)
    day = _day()
    view = "agenda" if day else request.args.get("view", "month")
    view = view if view in VIEWS else "month"
    first = months.month_of(request.args.get("month", ""), today) if not day else day.replace(day=1)
    narrowed = Narrowing.of(request.args)
    span = (day, day) if day else months.grid_of(first)
    if view == "agenda" and not day:
        span = first, months.last_of(first)
    entries = entries_between(current_user, *span, zone, narrowed)
    open_days = own_calendar()
    before, after = months.months_around(first)
    return render_template(
        "calendar/show.html",
        view=view,
        first=first,
        day=day,
        day_before=day and day - A_DAY,
        day_after=day and day + A_DAY,
        today=today,
        zone=zone,
        narrowed=narrowed,
        filters=_filters(narrowed),
        entries=entries,
        weeks=months.weeks_of(
            first, today, entries, open_days.working_days, open_days.holidays
        ) if view == "month" else [],
        holidays=open_days.holidays,
        weekdays=[formats.day(date(2026, 1, 4 + n), "name") for n in range(1, 8)],
        month_name=formats.day(first, "whole_month"),
        address=_address(view, first, narrowed),
        previous_month=before,
        next_month=after,
        month_key=months.month_key,
    )  # fmt: skip


def own_calendar() -> Calendar:
    """When the office of the person trains; every day where there is none."""
    office_id = policy.office_of(current_user)
    return calendar_of(db.session.get_one(Office, office_id)) if office_id else Calendar.every_day()


def _day() -> date | None:
    try:
        return read_date(request.args.get("day"))
    except RuleViolation:
        return None


def _address(view: str, first: date, narrowed: Narrowing):
    """`address(month=…)`: this page with that changed and everything else kept."""

    def made(**changes) -> str:
        kept = {"view": view if view != "month" else None, "month": months.month_key(first)}
        return url_for("calendar.show", **{**narrowed.values, **kept, **changes})

    return made


def _filters(narrowed: Narrowing) -> list[tuple[str, str, list, str]]:
    """(name, label, choices, value) of each select that has something to choose from."""
    user = current_user
    offers = (
        ("programme", _("Program"), Programme, "programme.see", Programme.name),
        ("course", _("Mata latih"), Course, "course.see", Course.name),
        ("venue", _("Tempat"), Venue, "venue.see", Venue.name_key),
        ("trainer", _("Pemateri"), Trainer, "trainer.see", Trainer.name_key),
    )
    found = []
    for name, label, model, action, order in offers:
        if not policy.can(user, action):
            continue
        rows = sa.select(model.id, model.name).where(policy.visible(model, action)).order_by(order)
        pairs = [(str(row.id), row.name) for row in db.session.execute(rows)]
        if pairs:
            found.append((name, label, pairs, narrowed.values.get(name, "")))
    return found
