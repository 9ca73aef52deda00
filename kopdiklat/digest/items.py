"""The lines of a digest: a sentence with a count, and the page where it is done.

To add one: a function that yields Items, in MAKERS.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat.core import clock, formats
from kopdiklat.core.letters import in_letters
from kopdiklat.core.web import external_url
from kopdiklat.digest import queries, rules
from kopdiklat.digest.rules import Edition
from kopdiklat.messages import letters
from kopdiklat.offices.models import Office


@dataclass(frozen=True)
class Item:
    """:param is_news: worth a message by itself; others only stand in one that goes out anyway"""

    sentence: str
    url: str
    is_news: bool = True


def items_of(office: Office, edition: Edition, now: datetime) -> list[Item]:
    """Everything, most pressing first, in the language of letters."""
    with in_letters():
        return [item for make in MAKERS for item in make(office, edition, now)]


def _decisions(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    last = edition.day + rules.DECIDE_WITHIN
    found = queries.below_minimum(office.id, edition.day, last)
    for batch, confirmed in _with_batches(found):
        yield Item(
            _(
                "%(batch)s: %(confirmed)s peserta dari minimum %(minimum)s, putuskan sampai %(day)s",
                batch=batch.title,
                confirmed=confirmed,
                minimum=batch.minimum_people,
                day=formats.day(batch.decide_on, "full"),
            ),
            _batch_url(batch),
        )


def _sessions(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    end = clock.moment(edition.until + timedelta(days=1), time(), office.time_zone)
    for batch, count in _with_batches(queries.coming_sessions(office.id, now, end)):
        first = next(s for s in batch.training_sessions if s.starts_at >= now)
        yield Item(
            ngettext(
                "%(batch)s: %(num)s sesi, mulai %(when)s",
                "%(batch)s: %(num)s sesi, mulai %(when)s",
                count,
                batch=batch.title,
                when=formats.moment(first.starts_at, first.time_zone, "dated"),
            ),
            external_url("attendance.show_batch", batch_id=batch.id),
        )


def _requests(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    for batch, count in _with_batches(queries.open_requests(office.id)):
        yield Item(
            ngettext(
                "%(batch)s: %(num)s permintaan peserta menunggu keputusan",
                "%(batch)s: %(num)s permintaan peserta menunggu keputusan",
                count,
                batch=batch.title,
            ),
            external_url("training.show_batch", batch_id=batch.id, tab="requests"),
        )


def _applications(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    for batch, count in _with_batches(queries.open_applications(office.id)):
        yield Item(
            ngettext(
                "%(batch)s: %(num)s pengajuan menunggu keputusan",
                "%(batch)s: %(num)s pengajuan menunggu keputusan",
                count,
                batch=batch.title,
            ),
            external_url("applications.index", batch_id=batch.id),
        )


def _registrations(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    for batch, count in _with_batches(queries.new_registrations(office.id, edition.since, now)):
        yield Item(
            ngettext(
                "%(batch)s: %(num)s pendaftaran baru",
                "%(batch)s: %(num)s pendaftaran baru",
                count,
                batch=batch.title,
            ),
            _batch_url(batch),
        )


def _expired(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    for batch, count in _with_batches(queries.expired_offers(office.id, edition.since, now)):
        yield Item(
            ngettext(
                "%(batch)s: %(num)s tawaran kursi lewat tanpa jawaban",
                "%(batch)s: %(num)s tawaran kursi lewat tanpa jawaban",
                count,
                batch=batch.title,
            ),
            _batch_url(batch),
        )


def _messages(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    undelivered = queries.undelivered_invitations(office.id, now)
    if undelivered:
        yield Item(
            ngettext(
                "%(num)s undangan belum sampai",
                "%(num)s undangan belum sampai",
                undelivered,
            ),
            external_url("notifications.index"),
        )
    failed = queries.failed_messages(office.id, edition.since, now)
    if failed:
        yield Item(
            ngettext("%(num)s pesan gagal dikirim", "%(num)s pesan gagal dikirim", failed),
            external_url("notifications.index", status="failed"),
        )


def _templates(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    broken = sum(found.fault is not None for found in letters.standings(office.id))
    if broken:
        yield Item(
            ngettext(
                "%(num)s templat pesan perlu diperbaiki; teks bawaan yang dikirim",
                "%(num)s templat pesan perlu diperbaiki; teks bawaan yang dikirim",
                broken,
            ),
            external_url("message_templates.index"),
        )


def _open_offers(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    for batch, count in _with_batches(queries.open_offers(office.id)):
        yield Item(
            ngettext(
                "%(batch)s: %(num)s tawaran kursi menunggu jawaban",
                "%(batch)s: %(num)s tawaran kursi menunggu jawaban",
                count,
                batch=batch.title,
            ),
            _batch_url(batch),
            is_news=False,
        )


def _waiting(office: Office, edition: Edition, now: datetime) -> Iterator[Item]:
    for batch, count in _with_batches(queries.waiting(office.id)):
        yield Item(
            ngettext(
                "%(batch)s: %(num)s orang di daftar tunggu",
                "%(batch)s: %(num)s orang di daftar tunggu",
                count,
                batch=batch.title,
            ),
            _batch_url(batch),
            is_news=False,
        )


MAKERS = (
    _decisions,
    _sessions,
    _requests,
    _applications,
    _registrations,
    _expired,
    _messages,
    _templates,
    _open_offers,
    _waiting,
)


def _with_batches(counts: dict[int, int]) -> Iterable[tuple]:
    found = queries.batches(set(counts)) if counts else {}
    return [(found[batch_id], count) for batch_id, count in counts.items()]


def _batch_url(batch) -> str:
    return external_url("training.show_batch", batch_id=batch.id)
