"""Those who are waited for: who, for what, and since when."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat.core import clock, formats
from kopdiklat.dashboard import place
from kopdiklat.dashboard.agenda import Facts
from kopdiklat.mentoring.models import MentoringVisit


def waited_for(facts: Facts, not_assessed: int) -> list[tuple[str, str, str, str]]:
    """(who, what they are to do, since when, address)."""
    rows = []
    for one in facts.batches:
        if one.silent_since and one.is_open(facts.now):
            since = clock.local_day(one.silent_since, one.batch.time_zone)
            rows.append(
                (
                    ngettext("%(num)s koperasi", "%(num)s koperasi", one.silent),
                    ngettext(
                        "menjawab undangan %(batch)s",
                        "menjawab undangan %(batch)s",
                        one.silent,
                        batch=one.batch.title,
                    ),
                    _since(since, facts),
                    place.batch_url(one.batch.id),
                )
            )
    by_mentor: dict[str, list[MentoringVisit]] = {}
    for visit in facts.unwritten_visits:
        by_mentor.setdefault(visit.mentor.name, []).append(visit)
    for mentor, visits in by_mentor.items():
        rows.append(
            (
                mentor,
                ngettext(
                    "mencatat %(num)s kunjungan yang sudah lewat",
                    "mencatat %(num)s kunjungan yang sudah lewat",
                    len(visits),
                ),
                _since(visits[0].day, facts),
                place.link("mentoring.show_visit", visit_id=visits[0].id),
            )
        )
    if not_assessed:
        rows.append(
            (
                _("Penilai"),
                ngettext(
                    "menilai %(num)s koperasi yang belum dinilai",
                    "menilai %(num)s koperasi yang belum dinilai",
                    not_assessed,
                ),
                "",
                place.link("cooperatives.index", status="none"),
            )
        )
    return rows


def _since(day: date, facts: Facts) -> str:
    days = (facts.today - day).days
    if days <= 0:
        return _("sejak hari ini")
    return ngettext(
        "sejak %(day)s, %(num)s hari", "sejak %(day)s, %(num)s hari", days, day=formats.day(day)
    )
