"""The seats of each batch that is not over, as one bar and one line."""

from flask_babel import gettext as _

from kopdiklat.core import clock, formats
from kopdiklat.core.charts import Part, progress_bar
from kopdiklat.dashboard import place
from kopdiklat.dashboard.agenda import BatchFacts, Facts


def seat_rows(facts: Facts) -> list[dict]:
    """One bar per batch that is not over: confirmed, waiting for an answer, free."""
    rows = []
    for one in facts.batches:
        taken, answering = one.confirmed, one.offered + one.held
        bar = progress_bar(
            [
                Part(_("dikonfirmasi"), taken, "meter__fill"),
                Part(_("menunggu jawaban"), answering, "meter__waiting"),
            ],
            one.batch.seats,
            title=_("%(taken)s dari %(seats)s kursi", taken=taken, seats=one.batch.seats),
        )
        rows.append(
            {
                "title": one.batch.title,
                "url": place.batch_url(one.batch.id),
                "days": formats.day_range(one.batch.days[0], one.batch.days[-1])
                if one.batch.days
                else _("belum ada sesi"),
                "bar": bar,
                "taken": taken,
                "seats": one.batch.seats,
                "note": _seat_note(one, facts),
            }
        )
    return rows


def _seat_note(one: BatchFacts, facts: Facts) -> str:
    batch = one.batch
    if batch.state == "draft":
        return _("Rancangan, belum dibuka")
    parts = []
    if one.offered + one.held:
        parts.append(_("%(n)s menunggu jawaban", n=one.offered + one.held))
    if one.waiting:
        parts.append(_("%(n)s di daftar tunggu", n=one.waiting))
    if parts:
        return ", ".join(parts)
    if facts.now < batch.registration_opens_at:
        day = clock.local_day(batch.registration_opens_at, batch.time_zone)
        return _("Pendaftaran dibuka %(day)s", day=formats.day(day))
    day = clock.local_day(batch.registration_closes_at, batch.time_zone)
    if one.is_open(facts.now):
        return _("Pendaftaran ditutup %(day)s", day=formats.day(day))
    return _("Pendaftaran sudah ditutup")
