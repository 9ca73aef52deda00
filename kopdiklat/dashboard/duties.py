"""The facts of the day as sentences with a deadline and one button each."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat.core import clock, formats
from kopdiklat.core.charts import Part, progress_bar
from kopdiklat.dashboard import place
from kopdiklat.dashboard.agenda import WEEK, BatchFacts, Facts
from kopdiklat.mentoring.models import MentoringVisit
from kopdiklat.training.models import TrainingSession

REMIND_WITHIN = timedelta(days=7)
PRINT_WITHIN = timedelta(days=2)
NAMES_SHOWN = 3


@dataclass(frozen=True)
class Duty:
    """One thing to do. `tag` is (words, urgency) as the macro `deadline` takes it."""

    icon: str
    title: str
    detail: str
    by: datetime
    tag: tuple[str, str]
    button: str
    url: str


@dataclass(frozen=True)
class DayItem:
    title: str
    hours: str
    detail: str
    url: str
    is_training: bool


def duties(facts: Facts) -> list[Duty]:
    """What needs the coordinator, the nearest deadline first."""
    found = [duty for batch in facts.batches for duty in _of_batch(batch, facts)]
    found += [*_messages(facts), *_follow_ups(facts)]
    return sorted(found, key=lambda duty: duty.by)


def _of_batch(batch: BatchFacts, facts: Facts):
    makers = (_publish, _remind, _fill, _print_sheet, _complete_phones)
    return [duty for make in makers if (duty := make(batch, facts))]


def _publish(one: BatchFacts, facts: Facts) -> Duty | None:
    batch = one.batch
    if batch.state != "draft":
        return None
    return Duty(
        "calendar",
        _("Buka pendaftaran %(batch)s", batch=batch.title),
        _(
            "Masih rancangan. Pendaftaran direncanakan dibuka %(day)s.",
            day=formats.moment(batch.registration_opens_at, batch.time_zone),
        ),
        batch.registration_opens_at,
        tag(batch.registration_opens_at, facts, batch.time_zone),
        _("Periksa"),
        _batch_url(batch.id),
    )


def _remind(one: BatchFacts, facts: Facts) -> Duty | None:
    batch = one.batch
    closes = batch.registration_closes_at
    if not one.silent or not one.is_open(facts.now) or closes - facts.now > REMIND_WITHIN:
        return None
    return Duty(
        "mail",
        ngettext(
            "Ingatkan %(num)s koperasi yang belum menjawab",
            "Ingatkan %(num)s koperasi yang belum menjawab",
            one.silent,
        ),
        _(
            "%(batch)s. Pendaftaran ditutup %(when)s.",
            batch=batch.title,
            when=formats.moment(closes, batch.time_zone),
        ),
        closes,
        tag(closes, facts, batch.time_zone),
        _("Lihat undangan"),
        _batch_url(batch.id, tab="invitations"),
    )


def _fill(one: BatchFacts, facts: Facts) -> Duty | None:
    """Seats are free and people wait: the queue did not move because no waiting team fits whole."""
    begins = one.starts_at
    if not one.waiting or not one.free or begins is None or begins <= facts.now:
        return None
    return Duty(
        "people",
        ngettext(
            "Isi %(num)s kursi kosong dari daftar tunggu",
            "Isi %(num)s kursi kosong dari daftar tunggu",
            one.free,
        ),
        ngettext(
            "%(batch)s. %(num)s orang menunggu.",
            "%(batch)s. %(num)s orang menunggu.",
            one.waiting,
            batch=one.batch.title,
        ),
        begins,
        tag(begins, facts, one.batch.time_zone),
        _("Buka daftar tunggu"),
        _batch_url(one.batch.id),
    )


def _print_sheet(one: BatchFacts, facts: Facts) -> Duty | None:
    begins = one.starts_at
    if begins is None or not one.confirmed or not facts.now < begins <= facts.now + PRINT_WITHIN:
        return None
    days = len(one.batch.days)
    return Duty(
        "printer",
        ngettext(
            "Cetak daftar hadir untuk %(num)s hari", "Cetak daftar hadir untuk %(num)s hari", days
        ),
        _(
            "%(batch)s. %(count)s nama, dengan baris kosong untuk peserta pengganti.",
            batch=one.batch.title,
            count=one.confirmed,
        ),
        begins,
        tag(begins, facts, one.batch.time_zone),
        _("Cetak"),
        place.link("attendance.show_batch", batch_id=one.batch.id) or _batch_url(one.batch.id),
    )


def _complete_phones(one: BatchFacts, facts: Facts) -> Duty | None:
    begins = one.starts_at
    if not one.without_phone or begins is None or not facts.now < begins <= facts.now + WEEK:
        return None
    count = len(one.without_phone)
    return Duty(
        "person",
        ngettext("Lengkapi nomor HP %(num)s peserta", "Lengkapi nomor HP %(num)s peserta", count),
        _(
            "%(names)s tidak dapat dihubungi bila jadwal berubah.",
            names=_names(one.without_phone),
        ),
        begins,
        tag(begins, facts, one.batch.time_zone),
        _("Lengkapi"),
        _batch_url(one.batch.id),
    )


def _messages(facts: Facts) -> list[Duty]:
    url = place.link("notifications.index")
    if not facts.whatsapp or not url:
        return []
    since = formats.moment(facts.whatsapp_since, facts.zone)
    return [
        Duty(
            "whatsapp",
            ngettext(
                "Kirim %(num)s pesan lewat WhatsApp",
                "Kirim %(num)s pesan lewat WhatsApp",
                facts.whatsapp,
            ),
            _("Penerima tanpa email. Yang tertua menunggu sejak %(since)s.", since=since),
            clock.moment(facts.today, time(), facts.zone),
            (_("Hari ini"), "today"),
            _("Buka daftar"),
            url,
        )
    ]


def _follow_ups(facts: Facts) -> list[Duty]:
    url = place.link("mentoring.follow_ups", state="late") or place.link("mentoring.index")
    if facts.overdue_since is None or not url:
        return []
    return [
        Duty(
            "checklist",
            ngettext(
                "Tanyakan %(num)s tindak lanjut yang lewat batas",
                "Tanyakan %(num)s tindak lanjut yang lewat batas",
                facts.overdue,
            ),
            _("Yang terlama berbatas %(day)s.", day=formats.day(facts.overdue_since)),
            clock.moment(facts.overdue_since, time(23, 59), facts.zone),
            place.due(facts.overdue_since, facts.today),
            _("Lihat"),
            url,
        )
    ]


def tag(moment: datetime, facts: Facts, zone: str) -> tuple[str, str]:
    """A moment as a deadline tag: an hour today, else the day."""
    day = clock.local_day(moment, zone)
    today = clock.local_day(facts.now, zone)
    if moment < facts.now:
        return ngettext("Lewat %(num)s hari", "Lewat %(num)s hari", (today - day).days), "late"
    if day == today:
        return _("Hari ini, %(hour)s", hour=formats.hour(moment, zone)), "hour"
    if day == today + timedelta(days=1):
        return _("Besok"), ""
    if day <= today + timedelta(days=6):
        return f"{formats.day(day, 'name')}, {formats.day(day).rpartition(' ')[0]}", ""
    return formats.day(day), ""


def _names(names: list[str]) -> str:
    shown = names[:NAMES_SHOWN]
    left = len(names) - len(shown)
    if left:
        return _("%(names)s, dan %(num)s lagi", names=", ".join(shown), num=left)
    if len(shown) == 1:
        return shown[0]
    return _("%(names)s, dan %(last)s", names=", ".join(shown[:-1]), last=shown[-1])


def _batch_url(batch_id: int, **values) -> str:
    return place.link("training.show_batch", batch_id=batch_id, **values)


# -- seats -----------------------------------------------------------------------------------------


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
                "url": _batch_url(one.batch.id),
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


# -- the coming days -------------------------------------------------------------------------------


def coming_days(facts: Facts) -> list[tuple[date, list[DayItem]]]:
    """The next seven days on which something happens; training before visits."""
    days = []
    for ahead in range(WEEK.days):
        day = facts.today + timedelta(days=ahead)
        items = [
            _training_item(one, sessions, day, facts)
            for one in facts.batches
            if one.batch.state != "draft" and (sessions := one.sessions_on(day))
        ]
        items += [_visit_item(visit) for visit in facts.coming_visits if visit.day == day]
        if items:
            days.append((day, items))
    return days


def _training_item(
    one: BatchFacts, sessions: list[TrainingSession], day: date, facts: Facts
) -> DayItem:
    batch = one.batch
    number = batch.days.index(day) + 1
    title = batch.course.name
    if len(batch.days) > 1:
        title = _("%(course)s, hari ke-%(number)s", course=title, number=number)
    return DayItem(
        title,
        formats.hours(sessions[0].starts_at, sessions[-1].ends_at, sessions[0].time_zone),
        _(
            "%(venue)s · %(taken)s dari %(seats)s kursi",
            venue=batch.venue,
            taken=one.confirmed,
            seats=batch.seats,
        ),
        _batch_url(batch.id),
        True,
    )


def _visit_item(visit: MentoringVisit) -> DayItem:
    return DayItem(
        _("Kunjungan: %(name)s", name=visit.cooperative.name),
        formats.hours(visit.starts_at, visit.ends_at, visit.time_zone),
        visit.mentor.name,
        place.link("mentoring.show_visit", visit_id=visit.id),
        False,
    )


# -- those who are waited for ----------------------------------------------------------------------


def waited_for(facts: Facts, not_assessed: int) -> list[tuple[str, str, str, str]]:
    """(who, what they are to do, since when, address)."""
    rows = []
    for one in facts.batches:
        if one.silent_since and one.is_open(facts.now):
            since = clock.local_day(one.silent_since, one.batch.time_zone)
            rows.append(
                (
                    ngettext("%(num)s koperasi", "%(num)s koperasi", one.silent),
                    _("menjawab undangan %(batch)s", batch=one.batch.title),
                    _since(since, facts),
                    _batch_url(one.batch.id),
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
