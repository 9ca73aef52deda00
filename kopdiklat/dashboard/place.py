"""Where and when the person in front of the page is."""

from datetime import date

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user


def zone() -> str:
    """The civil time of the person's office; WIB where there is none."""
    held = (m.office for m in current_user.current_memberships if m.office)
    return next((office.time_zone for office in held), "WIB")


def today() -> date:
    return current_user.today


def region_name() -> str:
    held = (m.office for m in current_user.current_memberships if m.office)
    return next((office.region_name for office in held), "")


def due(day: date, now_on: date | None = None) -> tuple[str, str]:
    """How far away a day is, in words, and how urgent: `18 hari lagi`, `Lewat 3 hari`."""
    days = (day - (now_on or current_user.today)).days
    if days < 0:
        return ngettext("Lewat %(num)s hari", "Lewat %(num)s hari", -days), "late"
    if days == 0:
        return _("Hari ini"), "today"
    if days == 1:
        return _("Besok"), ""
    return ngettext("%(num)s hari lagi", "%(num)s hari lagi", days), ""


def link(endpoint: str, **values) -> str:
    """The address of a page of another room; empty where this installation has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def batch_url(batch_id: int, **values) -> str:
    return link("training.show_batch", batch_id=batch_id, **values)
