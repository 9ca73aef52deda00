"""The places of the navigation and what every layout needs."""

from dataclasses import dataclass, replace

from flask import current_app, g, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from kopdiklat import policy


@dataclass(frozen=True)
class Place:
    """One row of the navigation."""

    label: str
    url: str
    icon: str
    current: bool
    badge: int | None = None


PLACES = {  # name: (label, icon, endpoint)
    "home": (_l("Beranda"), "home", "dashboard.home"),
    "programmes": (_l("Program"), "calendar", "training.programmes"),
    "cooperatives": (_l("Koperasi"), "cooperative", "cooperatives.index"),
    "mentoring": (_l("Pendampingan"), "people", "mentoring.index"),
    "changes": (_l("Perubahan"), "chart", "impact.index"),
    "settings": (_l("Pengaturan"), "settings", "offices.settings"),
    "offices": (_l("Kantor"), "office", "offices.index"),
    "system": (_l("Kesehatan Sistem"), "pulse", "dashboard.system"),
    "assessments": (_l("Penilaian"), "clipboard", "health.index"),
    "audit": (_l("Jejak Audit"), "history", "dashboard.audit"),
    "today": (_l("Hari Ini"), "sun", "mentoring.today"),
    "visits": (_l("Kunjungan"), "route", "mentoring.visits"),
    "my_cooperatives": (_l("Koperasi Saya"), "cooperative", "mentoring.my_cooperatives"),
    "door": (_l("Sesi Hari Ini"), "door", "attendance.door"),
    "my_cooperative": (_l("Koperasi Kami"), "cooperative", "dashboard.my_cooperative"),
    "my_batches": (_l("Bimtek"), "calendar", "dashboard.my_batches"),
}

BELONGS_TO = {"imports": "cooperatives"}  # rooms with an address of their own, and their place


PUBLIC_PLACES = (
    (_l("Jadwal"), "dashboard.public_schedule"),
    (_l("Kebijakan Privasi"), "dashboard.privacy"),
)


ALSO_AT = {  # pages of a place whose address begins with another noun
    "programmes": (
        "/applications/",
        "/batches/",
        "/calendar",
        "/courses",
        "/holidays",
        "/invitations/",
        "/message-templates",
        "/numbers",
        "/registrations/",
        "/trainers",
        "/training-sessions/",
        "/venues",
    ),
    "mentoring": ("/follow-ups", "/mentoring-assignments/", "/mentors/", "/visits"),
    "today": ("/follow-ups",),
    "visits": ("/calendar",),
    "door": ("/calendar",),
    "settings": ("/offices/", "/users", "/audit", "/system", "/message-templates"),
}


def layout_context() -> dict:
    """What base.html and its children read. Cheap: at most one query."""
    signed_in = not g.get("without_user") and current_user.is_authenticated
    return {
        "navigation": _navigation() if signed_in else [],
        "public_navigation": _public_navigation(),
        "office_name": _office_name() if signed_in else "",
        "own_office_id": policy.office_of(current_user) if signed_in else None,
        "locale": str(get_locale() or "id"),
        "language_url": _language_url,
        "search_url": _url("dashboard.search") if signed_in and _can_search() else None,
        "help_url": _url("dashboard.help"),
        "account_url": _url("accounts.account"),
        "sign_out_url": _url("accounts.sign_out"),
        "unread_count": 0,
        "request_id": g.get("request_id", "-"),
        "theme": request.cookies.get("tema", "") if request else "",
    }


def _public_navigation() -> list[Place]:
    """The pages for everybody; the way in or back to work is the layout's."""
    return [
        Place(label, url_for(endpoint), "", request.endpoint == endpoint)
        for label, endpoint in PUBLIC_PLACES
    ]


def _can_search() -> bool:
    return policy.can(current_user, "search.use")


def _navigation() -> list[Place]:
    here = request.path
    places = []
    for name in policy.places(current_user):
        label, icon, endpoint = PLACES[name]
        url = _url(endpoint)
        if url:
            current = here == url or (url != "/" and here.startswith(url.rstrip("/") + "/"))
            current = current or here.startswith(ALSO_AT.get(name, ()))
            current = current or BELONGS_TO.get(request.blueprint or "") == name
            places.append(Place(label, url, icon, current))
    last = max((n for n, place in enumerate(places) if place.current), default=None)
    return [replace(p, current=n == last) for n, p in enumerate(places)]


def _url(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def _office_name() -> str:
    office_id = policy.office_of(current_user)
    if office_id is None:
        return ""
    held = (m.office for m in current_user.current_memberships if m.office_id == office_id)
    return next(office.name for office in held if office)


def _language_url(code: str) -> str:
    return url_for("dashboard.language", code=code, back=request.full_path)
