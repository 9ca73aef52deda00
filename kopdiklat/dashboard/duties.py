"""The facts of the day as sentences with a deadline and one button each."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat.core import clock, formats
from kopdiklat.dashboard import place
from kopdiklat.dashboard.agenda import WEEK, BatchFacts, Facts

REMIND_WITHIN = timedelta(days=7)
DECIDE_WITHIN = timedelta(days=7)
DECIDED_BY = time(16)
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


def duties(facts: Facts) -> list[Duty]:
    """What needs the coordinator, the nearest deadline first."""
    found = [duty for batch in facts.batches for duty in _of_batch(batch, facts)]
    found += [*_messages(facts), *_templates(facts), *_follow_ups(facts)]
    return sorted(found, key=lambda duty: duty.by)


def _of_batch(batch: BatchFacts, facts: Facts):
    makers = (
        _publish, _decide, _answer, _decide_applications, _remind, _fill, _print_sheet, _complete_phones,
    )  # fmt: skip
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
        place.batch_url(batch.id),
    )


def _decide(one: BatchFacts, facts: Facts) -> Duty | None:
    """The day to say go or no go is near, and too few people are confirmed."""
    batch, begins = one.batch, one.starts_at
    if batch.state == "draft" or not batch.minimum_people or not batch.decide_on:
        return None
    by = clock.moment(batch.decide_on, DECIDED_BY, batch.time_zone)
    too_early = by - facts.now > DECIDE_WITHIN
    if one.confirmed >= batch.minimum_people or too_early or (begins and begins <= facts.now):
        return None
    return Duty(
        "scale",
        _("Putuskan jalan atau batal: %(batch)s", batch=batch.title),
        _(
            "%(confirmed)s dikonfirmasi dari minimum %(minimum)s. Hari putusan %(day)s.",
            confirmed=one.confirmed,
            minimum=batch.minimum_people,
            day=formats.day(batch.decide_on, "full"),
        ),
        by,
        tag(by, facts, batch.time_zone),
        _("Putuskan"),
        place.batch_url(batch.id),
    )


def _answer(one: BatchFacts, facts: Facts) -> Duty | None:
    """Participants ask for changes; when the training begins it is too late to decide them."""
    begins = one.starts_at
    if not one.requests or begins is None or begins <= facts.now:
        return None
    return Duty(
        "people",
        ngettext(
            "Putuskan %(num)s permintaan peserta",
            "Putuskan %(num)s permintaan peserta",
            one.requests,
        ),
        _(
            "%(batch)s. Yang tertua menunggu sejak %(since)s.",
            batch=one.batch.title,
            since=formats.moment(one.asked_since, one.batch.time_zone),
        ),
        begins,
        tag(begins, facts, one.batch.time_zone),
        _("Putuskan"),
        place.batch_url(one.batch.id, tab="requests"),
    )


def _decide_applications(one: BatchFacts, facts: Facts) -> Duty | None:
    """Cooperatives without an invitation asked for seats; an answer is due before it closes."""
    batch, since = one.batch, one.applications_since
    if since is None:
        return None
    by = batch.registration_closes_at
    return Duty(
        "tray",
        ngettext("Putuskan %(num)s pengajuan", "Putuskan %(num)s pengajuan", one.applications),
        _(
            "%(batch)s. Yang tertua menunggu sejak %(since)s.",
            batch=batch.title,
            since=formats.moment(since, batch.time_zone),
        ),
        by,
        tag(by, facts, batch.time_zone),
        _("Buka pengajuan"),
        place.link("applications.index", batch_id=batch.id) or place.batch_url(batch.id),
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
        place.batch_url(batch.id, tab="invitations"),
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
        place.batch_url(one.batch.id),
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
        place.link("attendance.show_batch", batch_id=one.batch.id) or place.batch_url(one.batch.id),
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
        place.batch_url(one.batch.id),
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


def _templates(facts: Facts) -> list[Duty]:
    """A text of the office that can no longer be sent: ours goes out in its place."""
    url = place.link("message_templates.index")
    if not facts.broken_templates or not url:
        return []
    return [
        Duty(
            "mail",
            ngettext(
                "Perbaiki %(num)s templat pesan",
                "Perbaiki %(num)s templat pesan",
                facts.broken_templates,
            ),
            _(
                "Teksnya memuat tanda isian yang tidak ada lagi. Sampai diperbaiki, teks bawaan"
                " yang dikirim."
            ),
            clock.moment(facts.today, time(), facts.zone),
            (_("Hari ini"), "today"),
            _("Buka templat"),
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
