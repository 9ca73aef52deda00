"""What the page of one cooperative says: its header, its tabs, and what stands in each."""

from flask import request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives import rules
from kopdiklat.core import formats
from kopdiklat.dashboard import events, journey, place, profile, trail
from kopdiklat.dashboard.figures import key_figures
from kopdiklat.dashboard.history import History
from kopdiklat.health import queries as health
from kopdiklat.health.models import HealthAssessment
from kopdiklat.health.rules import band_of

TABS = ("summary", "profile", "officers", "health", "activities", "follow_ups", "history")


def page_of(history: History) -> dict:
    """What header and tabs say, the same on every tab and on paper."""
    today = place.today()
    return {
        "cooperative": history.cooperative,
        "history": history,
        "current": history.current,
        "earlier": _earlier(history),
        "by_score": _status_by_score(history.current),
        "figures": key_figures(history.figures),
        "figures_note": _figures_note(history),
        "labels": rules,
        "mentor": history.mentor_on(today),
        "today": today,
        "due": {f.id: place.due(f.due_on) for f in history.open_follow_ups},
        "import_url": place.link("imports.index"),
        "activity_links": _activity_links(history),
        "page_url": lambda **values: url_for(
            "cooperatives.show", cooperative_id=history.cooperative.id, **values
        ),
    }


def _activity_links(history: History) -> list[tuple[str, str, str]]:
    """What else may be planned with it: (label, url, icon). A visit needs its mentor."""
    cooperative = history.cooperative
    if not policy.can(current_user, "visit.plan", cooperative):
        return []
    mentor = history.mentor_on(place.today())
    if mentor:
        url = place.link(
            "mentoring.plan_visit", cooperative=cooperative.id, mentor=mentor.mentor_id
        )
        return [(_("Rencana kunjungan"), url, "route")]
    if policy.can(current_user, "mentoring.assign", cooperative):
        return [
            (
                _("Tugaskan pendamping"),
                place.link("mentoring.assign", cooperative=cooperative.id),
                "people",
            )
        ]
    return []


def _status_by_score(current: HealthAssessment | None) -> str:
    """The status that the score alone would mean, where another one was signed with a reason."""
    if current is None or current.score is None or not current.mismatch_reason:
        return ""
    return band_of(current.score, current.scheme.bands)


def _earlier(history: History) -> str:
    """The score two years before, else the one before the last."""
    with_score = [a for a in history.assessments if a.score is not None]
    if len(with_score) < 2 or history.current is not with_score[0]:
        return ""
    two_years = next(
        (a for a in with_score if a.fiscal_year == with_score[0].fiscal_year - 2), None
    )
    if two_years:
        return _("dua tahun sebelumnya %(score)s", score=formats.score(two_years.score))
    before = with_score[1]
    return _(
        "tahun buku %(year)s: %(score)s", year=before.fiscal_year, score=formats.score(before.score)
    )


def _figures_note(history: History) -> str:
    if not history.figures:
        return ""
    year = history.figures[0].fiscal_year
    meeting = next((m for m in history.meetings if m.fiscal_year == year and m.held_on), None)
    if meeting is None:
        return _("Angka tahun buku %(year)s.", year=year)
    return _("Angka tahun buku %(year)s, RAT %(day)s.", year=year, day=formats.day(meeting.held_on))


def tabs_of(history: History, current: str) -> list[tuple]:
    items = [
        ("summary", _("Ringkasan"), None),
        ("profile", _("Profil"), None),
        ("officers", _("Pengurus"), len(history.officers)),
        ("health", _("Kesehatan"), len(history.assessments)),
        ("activities", _("Kegiatan"), history.activities),
        ("follow_ups", _("Tindak lanjut"), len(history.open_follow_ups)),
    ]
    if policy.can(current_user, "audit.see", history.cooperative):
        items.append(("history", _("Riwayat"), None))
    ident = history.cooperative.id
    return [
        (
            label,
            url_for(
                "cooperatives.show", cooperative_id=ident, tab=name if name != "summary" else None
            ),
            name == current,
            count,
        )
        for name, label, count in items
    ]


def tab_of(tab: str, history: History) -> dict:
    match tab:
        case "summary":
            return {
                "drawing": journey.draw(history, _bands(history), place.today()),
                "events": events.events(history),
                "as_table": request.args.get("view") == "table",
                "open_count": len(history.open_follow_ups),
                "closed_count": len(history.follow_ups) - len(history.open_follow_ups),
                "contact_facts": profile.contact(history, place.today()),
            }
        case "profile":
            return {"profile_groups": profile.groups(history)}
        case "health":
            return {
                "replaced": {a.replaces_id for a in history.results},
                "late_meetings": {m.id for m in history.meetings if journey.is_late(m)},
            }
        case "activities":
            return {
                "training_rows": profile.training_rows(history),
                "visit_rows": profile.visit_rows(history),
            }
        case "follow_ups":
            closed = [f for f in history.follow_ups if f.closed_on]
            return {"closed": sorted(closed, key=lambda f: f.closed_on, reverse=True)}
        case "history":
            entries = trail.of_cooperative(history)
            return {
                "entries": trail.sentences(entries, place.zone()),
                "limit": trail.LIMIT,
                "audit_url": place.link("dashboard.audit"),
            }
        case _:
            return {}


def _bands(history: History):
    if history.current:
        return history.current.scheme.bands
    schemes = health.schemes()
    return schemes[0].bands if schemes else []
