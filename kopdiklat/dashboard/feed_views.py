"""Addresses for other calendar programs: making, renewing and ending them, and what they answer."""

from datetime import timedelta

import sqlalchemy as sa
from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import joinedload

from kopdiklat import policy
from kopdiklat.accounts import sessions
from kopdiklat.core.calendar_files import MIMETYPE, calendar_file
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.web import external_url
from kopdiklat.dashboard.calendar_views import bp
from kopdiklat.dashboard.feed_events import events_of, may_still_read
from kopdiklat.extensions import limiter
from kopdiklat.policy import NOT_HERE, guard
from kopdiklat.training import feeds as service
from kopdiklat.training.feeds import KINDS, CalendarFeed
from kopdiklat.training.models import Batch, Venue

LOOK_AGAIN = timedelta(hours=1)
BATCHES_OFFERED = 60


@bp.get("/calendar/feeds")
@guard("calendar.see")
def feeds():
    living = service.feeds_of(current_user.id)
    return render_template(
        "calendar/feeds.html",
        feeds=[(feed, name_of(feed), external_url("calendar.feed", token=feed.token))
               for feed in living],
        has={feed.kind for feed in living},
        batches=_batches() if policy.can(current_user, "batch.see") else [],
        venues=_venues() if policy.can(current_user, "venue.see") else [],
        chosen_batch=request.args.get("batch_id", type=int),
    )  # fmt: skip


def name_of(feed: CalendarFeed) -> str:
    """What it is called on the page, and in the subscriber's program."""
    if feed.batch:
        return feed.batch.title
    if feed.venue:
        return feed.venue.name
    return _("Semua sesi kantor") if feed.kind == "office" else _("Kalender saya")


def _batches() -> list[tuple[int, str]]:
    """The latest, for a select."""
    found = (
        sa.select(Batch)
        .where(policy.visible(Batch, "batch.see"), Batch.state != "cancelled")
        .options(joinedload(Batch.course))
        .order_by(Batch.id.desc())
        .limit(BATCHES_OFFERED)
    )
    return [(batch.id, batch.title) for batch in db.session.scalars(found)]


def _venues() -> list[tuple[int, str]]:
    found = sa.select(Venue.id, Venue.name).where(policy.visible(Venue, "venue.see"))
    return [(row.id, row.name) for row in db.session.execute(found.order_by(Venue.name_key))]


@bp.post("/calendar/feeds")
@guard("calendar.see")
def subscribe():
    kind = request.form.get("kind", "")
    subject = _subject(kind)
    office_id = subject.get("office_id") or policy.office_of(current_user)
    if office_id is None:
        raise NotFound(NOT_HERE)
    with transaction():
        service.subscribe(
            current_user.id,
            office_id,
            kind,
            batch_id=subject.get("batch_id"),
            venue_id=subject.get("venue_id"),
            now=utc_now(),
        )
    flash(_("Alamat langganan dibuat. Salin ke aplikasi kalender Anda."))
    return _back()


def _subject(kind: str) -> dict:
    """What the feed is about, which the person must be able to see.

    :raises RuleViolation: nothing was chosen
    """
    if kind not in KINDS:
        raise RuleViolation(_("Pilih kalender yang ingin dilanggan."))
    if kind == "person":
        return {}
    if kind == "office":
        return {"office_id": policy.office_for("batch.see")}
    if kind == "batch":
        batch_id = request.form.get("batch_id", type=int)
        if batch_id is None:
            raise RuleViolation(_("Pilih angkatannya dulu."))
        batch = policy.load(Batch, batch_id, "batch.see")
        return {"batch_id": batch.id, "office_id": batch.office_id}
    venue_id = request.form.get("venue_id", type=int)
    if venue_id is None:
        raise RuleViolation(_("Pilih tempatnya dulu."))
    venue = policy.load(Venue, venue_id, "venue.see")
    return {"venue_id": venue.id, "office_id": venue.office_id}


@bp.post("/calendar/feeds/<int:feed_id>/renewal")
@guard("feed.own")
def renew_feed(feed_id):
    policy.load(CalendarFeed, feed_id)
    with transaction():
        service.renew(feed_id, now=utc_now())
    flash(_("Alamat diganti. Yang lama tidak berisi lagi; pasang yang baru di aplikasi Anda."))
    return _back()


@bp.post("/calendar/feeds/<int:feed_id>/revocation")
@guard("feed.own")
def revoke_feed(feed_id):
    policy.load(CalendarFeed, feed_id)
    with transaction():
        service.revoke(feed_id, now=utc_now())
    flash(_("Langganan dihentikan. Alamatnya tidak berlaku lagi."))
    return _back()


def _back():
    where = "calendar.feeds" if policy.can(current_user, "calendar.see") else "dashboard.home"
    return redirect(url_for(where), code=303)


def _is_no_feed(answer) -> bool:
    return answer.status_code == 404


@bp.get("/kalender/<token>.ics")
@guard("calendar.read")
@limiter.limit("300 per hour", deduct_when=_is_no_feed)
def feed(token):
    """The events as a file; nothing but 304 when the program has them already.

    A token of 128 bits cannot be guessed; the limit keeps those quiet who try.
    """
    now = utc_now()
    found = service.find_feed(token)
    if found is None or not may_still_read(sessions.prepare(found.user, now), found):
        raise NotFound(NOT_HERE)
    events = events_of(found.user, found, now)
    name = _("Kopdiklat: %(name)s", name=name_of(found))
    answer = Response(calendar_file(events, name=name, refresh_every=LOOK_AGAIN), mimetype=MIMETYPE)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Disposition"] = 'inline; filename="kopdiklat.ics"'
    answer.add_etag(weak=True)
    return answer.make_conditional(request)
