"""The start page: what a visitor may do, or the work of today."""

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.text import ended_once
from kopdiklat.dashboard import (  # noqa: F401, the views register themselves
    agenda,
    audit_views,
    duties,
    own_views,
    place,
    public,
    search_views,
    system_views,
)
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.dashboard.coming_days import coming_days
from kopdiklat.dashboard.navigation import PLACES
from kopdiklat.dashboard.register import Register
from kopdiklat.dashboard.register_filters import NONE, Filters
from kopdiklat.dashboard.seat_rows import seat_rows
from kopdiklat.dashboard.status_strip import status_strip
from kopdiklat.dashboard.waited_for import waited_for
from kopdiklat.health.rules import fiscal_year_before
from kopdiklat.policy import guard

FIRST_PAGES = {"home": "health.index"}  # of those whose first place is home without an agenda


@bp.get("/")
@guard("page.public")
def home():
    if not current_user.is_authenticated:
        return public.start()
    if policy.can(current_user, "batch.edit"):
        return _day()
    places = policy.places(current_user)
    if not places:
        return public.signed_in()
    endpoint = FIRST_PAGES.get(places[0]) or PLACES[places[0]][2]
    return redirect(url_for(endpoint))


def _day():
    """The coordinator's: sentences in the order of their deadlines, not a dashboard."""
    now, zone = utc_now(), place.zone()
    facts = agenda.facts_of(current_user, now, zone)
    register = Register(current_user, facts.today, zone, fiscal_year_before(facts.today))
    counts = register.counts(Filters())
    total = sum(counts.values())
    to_do = duties.duties(facts)
    return render_template(
        "dashboard/home.html",
        greeting=greeting(clock.local(now, zone).hour, current_user.name),
        today=facts.today,
        summary=_summary(to_do),
        duties=to_do,
        seat_rows=seat_rows(facts),
        days=coming_days(facts),
        waited_for=waited_for(facts, counts[NONE] if total else 0),
        total=total,
        strip=_strip(counts) if total else None,
        position_on=register.position_on() if total else None,
        new_batch_url=place.link("training.programmes"),
        import_url=place.link("imports.index"),
    )


def _strip(counts: dict[str, int]):
    return status_strip(
        counts, lambda status: url_for("cooperatives.index", status=status), height=20
    )


def greeting(hour: int, name: str) -> str:
    """By the wall clock of the office."""
    if 4 <= hour < 11:
        words = _("Selamat pagi, %(name)s.", name=name)
    elif 11 <= hour < 15:
        words = _("Selamat siang, %(name)s.", name=name)
    elif 15 <= hour < 18:
        words = _("Selamat sore, %(name)s.", name=name)
    else:
        words = _("Selamat malam, %(name)s.", name=name)
    return ended_once(words)


def _summary(to_do: list[duties.Duty]) -> str:
    if not to_do:
        return _("Tidak ada yang menunggu Anda.")
    urgent = sum(duty.tag[1] in ("hour", "today", "late") for duty in to_do)
    what = ngettext("%(num)s hal perlu Anda", "%(num)s hal perlu Anda", len(to_do))
    if not urgent:
        return _("%(what)s.", what=what)
    return _("%(what)s, %(urgent)s di antaranya hari ini.", what=what, urgent=urgent)
