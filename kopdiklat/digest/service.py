"""Sending digests: once per office and day, one message for each coordinator."""

import logging
from datetime import datetime

import sqlalchemy as sa
from flask import current_app

from kopdiklat.accounts.models import User
from kopdiklat.core import clock, formats
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.core.letters import in_letters
from kopdiklat.core.outbox import announce
from kopdiklat.digest import queries, rules
from kopdiklat.digest.items import Item, items_of
from kopdiklat.digest.rules import Edition
from kopdiklat.offices.models import Office
from kopdiklat.offices.queries import holidays_of

logger = logging.getLogger(__name__)

KIND = "digest.daily"


def send_digests(*, now: datetime) -> int:
    """Queue the digest of each office whose hour has come. Safe to run as often as one likes.

    Without a mail server there is none: it would wait on the list of the one whom it is for.
    :return: how many messages
    """
    if not current_app.config["MAIL_URL"]:
        return 0
    offices = [
        (office.id, office.name)
        for office in db.session.scalars(sa.select(Office))
        if _due(office, now)
    ]
    db.session.rollback()
    queued = 0
    for office_id, name in offices:
        try:
            with transaction():
                queued += _send(office_id, now)
        except Exception:
            # One office that fails must not keep the others from their digest.
            logger.exception("no digest for %s", name)
    return queued


def edition_for(office: Office, now: datetime) -> Edition:
    """The digest of today, where the office is."""
    today = clock.local_day(now, office.time_zone)
    return rules.edition_of(
        today, office.digest_at, office.time_zone, office.working_days, holidays_of(office.id)
    )


def _due(office: Office, now: datetime) -> Edition | None:
    """Today's digest, when its hour has come and nobody has looked at it yet.

    Asked every few minutes all day long, so holidays are read only when it is the hour.
    """
    today = clock.local_day(now, office.time_zone)
    when = (today, office.digest_at, office.time_zone, office.working_days)
    if office.digest_on == today or not rules.is_due(*when, (), now):
        return None
    holidays = holidays_of(office.id)
    return rules.edition_of(*when, holidays) if rules.is_due(*when, holidays, now) else None


def _send(office_id: int, now: datetime) -> int:
    """Locks the office: of two processes the second finds that the day is done.

    The day is done also when there is nothing to say: what comes later is tomorrow's news.
    """
    office = lock(Office, office_id)
    edition = _due(office, now)
    if edition is None:
        return 0
    office.digest_on = edition.day
    readers = queries.coordinators(office.id, edition.day)
    items = items_of(office, edition, now) if readers else []
    if not any(item.is_news for item in items):
        return 0
    told = [_announce(office, user, edition, items, now) for user in readers]
    return sum(message is not None for message in told)


def _announce(office: Office, user: User, edition: Edition, items: list[Item], now: datetime):
    return announce(
        KIND,
        office_id=office.id,
        name=user.name,
        email=user.email,
        phone=None,
        dedupe_key=f"{KIND}:{user.id}:{office.id}:{edition.day}",
        now=now,
        due_at=edition.due_at,
        expires_at=clock.moment(edition.until, office.digest_at, office.time_zone),
        **payload_of(office, user.name, edition, items),
    )


def payload_of(office: Office, name: str, edition: Edition, items: list[Item]) -> dict:
    """Every word of one digest."""
    with in_letters():
        return {
            "person": name,
            "office": office.name,
            "day": formats.day(edition.day, "full"),
            "items": [[item.sentence, item.url] for item in items],
        }
