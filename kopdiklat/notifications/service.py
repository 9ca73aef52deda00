"""Sending: at least once, and exactly once when nothing crashes."""

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core import heartbeats, outbox
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxAttempt, OutboxMessage
from kopdiklat.core.text import N_
from kopdiklat.messages.catalogue import DISTURBING, KINDS
from kopdiklat.messages.letters import NoText
from kopdiklat.notifications import channels, queries, rules
from kopdiklat.notifications.channels import (
    BrokenOff,
    ChannelUnavailable,
    Deferred,
    Receipt,
    Refused,
)
from kopdiklat.notifications.letters import Letter, compose
from kopdiklat.offices import quiet
from kopdiklat.offices.models import Office

logger = logging.getLogger(__name__)

AT_ONCE = 200
MOST_GIVEN_UP = 5000  # in one transaction; the others follow in the next run
Send = Callable[[Letter], Receipt | None]
NOT_GIVEN_UP = N_("Pesan ini sudah terkirim, atau masih dicoba dengan sendirinya.")


def send_due_messages(send: Send, now: Callable[[], datetime], channel: str = "email") -> int:
    """Send each due message of a channel, oldest first; one that fails waits for a later run.

    Several senders may do so at once. A crash between sending and marking sends a message again:
    at least once, not exactly once.
    :param send: the transport; raises a kind of NotSent
    :return: how many were sent
    """
    sent, trouble = 0, None
    for _ in range(AT_ONCE):
        message_id = claim_next(channel, now())
        if message_id is None:
            break
        try:
            sent += _send_one(message_id, send, now)
        except ChannelUnavailable as error:
            trouble = str(error)
            if isinstance(error, BrokenOff):
                _postpone(message_id, now(), "deferred", trouble)
            else:
                _release(message_id, trouble)
            give_up_the_old(channel, now())
            break
    if sent or trouble:
        _note_health(channel, now(), trouble)
    db.session.rollback()
    return sent


def _note_health(channel: str, now: datetime, error: str | None = None) -> None:
    """Whether the server of a channel is there; Kesehatan Sistem and `flask doctor` say so."""
    name, process = heartbeats.channel(channel), f"{socket.gethostname()}:{os.getpid()}"[:80]
    with transaction():
        if error is None:
            heartbeats.beat(name, process, now)
        else:
            heartbeats.note_failure(name, process, now, error)


def _send_one(message_id: int, send: Send, now: Callable[[], datetime]) -> bool:
    """:raises ChannelUnavailable: try no other one for now"""
    message = db.session.get_one(OutboxMessage, message_id)
    if message.expires_at and message.expires_at <= now():
        _close(message_id, now(), "over", channels.TOO_LATE)
        return False
    if wakes_at := _wakes_at(message, now()):
        _wait(message_id, wakes_at)
        return False
    try:
        letter = compose(message)
        db.session.rollback()  # nothing stays open while the server is talked to
        receipt = send(letter)
    except ChannelUnavailable:
        raise
    except Refused as refusal:
        _refuse(message_id, now(), str(refusal))
    except Deferred as refusal:
        _postpone(message_id, now(), "deferred", str(refusal), refusal)
    except NoText as error:
        logger.exception("outbox message %s has no text", message_id)
        _postpone(message_id, now(), "deferred", channels.NO_TEXT % {"name": error})
    except Exception as error:
        # One message that fails must not stop the others; it is tried again later.
        logger.exception("outbox message %s failed", message_id)
        cause = {"cause": type(error).__name__}
        _postpone(message_id, now(), "deferred", channels.UNPREPARED % cause)
    else:
        _mark_sent(message_id, now(), receipt or Receipt())
        return True
    return False


def claim_next(channel: str, now: datetime) -> int | None:
    """Take a lease on the message that is next; None when there is none for this sender."""
    with transaction() as session:
        message_id = session.scalar(queries.next_due(channel, now))
        if message_id is not None:
            session.execute(
                sa.update(OutboxMessage)
                .where(OutboxMessage.id == message_id)
                .values(claimed_until=now + rules.LEASE, attempts=OutboxMessage.attempts + 1)
                .execution_options(synchronize_session=False)
            )
        return message_id


def open_in_whatsapp(message: OutboxMessage, user, *, now: datetime) -> None:
    """Mark that the officer opened it there; whether it was sent only the officer knows."""
    message = lock(OutboxMessage, message.id)
    outbox.note(message, "opened", now=now, by_id=user.id)
    if message.opened_at is None:
        message.opened_at = now
        message.opened_by_id = user.id


def close_again(message: OutboxMessage, user, *, now: datetime) -> None:
    """Put an opened message back on the waiting list."""
    message = lock(OutboxMessage, message.id)
    if message.opened_at is not None:
        outbox.note(message, "put_back", now=now, by_id=user.id)
    message.opened_at = None
    message.opened_by_id = None


def try_again(message: OutboxMessage, *, now: datetime) -> None:
    """Send an e-mail that was given up once more, as if it were new.

    Any other may be in the hands of a sender, whose lease stays: it would go out twice.
    :raises RuleViolation: it was not given up, or not any more
    """
    message = lock(OutboxMessage, message.id)
    if message.sent_at or message.given_up_at is None:
        raise RuleViolation(NOT_GIVEN_UP)
    message.given_up_at = None
    message.claimed_until = None
    message.attempts = 0
    message.due_at = message.try_at = now


def _wakes_at(message: OutboxMessage, moment: datetime) -> datetime | None:
    """The end of the quiet hours of the recipient, who lives in the area of the office."""
    office = db.session.get(Office, message.office_id)
    if office is None:
        return None
    return rules.wakes_at(KINDS.get(message.kind), moment, office.time_zone, office)


def _first_try(message: OutboxMessage) -> datetime:
    """When it could first have been tried: a night is no fault of a server."""
    return _wakes_at(message, message.due_at) or message.due_at


def _wait(message_id: int, until: datetime) -> None:
    """It was not tried at all."""
    with transaction():
        message = lock(OutboxMessage, message_id)
        message.try_at = until
        message.claimed_until = None
        message.attempts -= 1


def _mark_sent(message_id: int, now: datetime, receipt: Receipt) -> None:
    with transaction():
        message = lock(OutboxMessage, message_id)
        outbox.note(
            message, "accepted", now=now, provider_id=receipt.provider_id, error=receipt.remark
        )
        message.sent_at = message.sent_at or now  # another sender, whose lease had run out
        message.claimed_until = None
        message.last_error = None


def _release(message_id: int, error: str) -> None:
    """The server is away: it was no attempt of this message."""
    with transaction():
        message = lock(OutboxMessage, message_id)
        message.claimed_until = None
        message.attempts -= 1
        message.last_error = error[:300]


def _refuse(message_id: int, now: datetime, error: str) -> None:
    """A mail server may say no for all, because of a setting, and yes when that is mended: it is
    asked again. WhatsApp says no to one, and an officer can open it there."""
    with transaction():
        message = lock(OutboxMessage, message_id)
        if message.channel == "gateway":
            outbox.note(message, "refused", now=now, error=error[:300])
            _hand_over(message, error)
            return
    _postpone(message_id, now, "refused", error)


def _postpone(
    message_id: int, now: datetime, outcome: str, error: str, asked: Deferred | None = None
) -> None:
    with transaction():
        message = lock(OutboxMessage, message_id)
        outbox.note(message, outcome, now=now, error=error[:300])
        message.claimed_until = None
        if message.sent_at:
            return  # by another sender, whose turn it was after the lease
        message.last_error = error[:300]
        delay = rules.retry_delay(message.attempts)
        message.try_at = now + max(delay, asked.wait if asked and asked.wait else delay)
        if message.channel == "gateway" and now - _first_try(message) >= rules.HAND_OVER_AFTER:
            _hand_over(message, error)
        elif rules.is_hopeless(message.due_at, now):
            message.given_up_at = now
            outbox.note(message, "given_up", now=now)


def _hand_over(message: OutboxMessage, error: str) -> None:
    """From the gateway to the officer's list."""
    message.channel = "whatsapp"
    message.last_error = error[:300]
    message.claimed_until = None


def _close(message_id: int, now: datetime, outcome: str, error: str) -> None:
    with transaction():
        message = lock(OutboxMessage, message_id)
        outbox.note(message, outcome, now=now, error=error)
        message.claimed_until = None
        message.given_up_at = now
        message.last_error = error


def give_up_the_old(channel: str, now: datetime) -> None:
    """What no server took for so long that nobody waits for it, also of those behind the first.

    What was to go by the gateway goes to the officer's list instead, and sooner.
    """
    if channel == "gateway":
        is_old = _could_be_tried_at(now - rules.HAND_OVER_AFTER)
    else:
        is_old = OutboxMessage.due_at <= now - rules.GIVE_UP_AFTER
    _give_up(channel, now, sa.and_(queries.is_due(channel, now), is_old))


def _could_be_tried_at(moment: datetime) -> sa.ColumnElement[bool]:
    """Due by then, and not only since the quiet hours that the moment falls into."""
    asleep = [
        sa.and_(OutboxMessage.office_id == office.id, OutboxMessage.due_at >= since)
        for office in db.session.scalars(sa.select(Office))
        if (since := quiet.quiet_since(moment, office.time_zone, office))
    ]
    waits = sa.and_(OutboxMessage.kind.not_in(DISTURBING), sa.or_(sa.false(), *asleep))
    return sa.and_(OutboxMessage.due_at <= moment, ~waits)


def hand_all_over(now: datetime) -> None:
    """There is no gateway any more: what waits for it goes to the officer's list."""
    _give_up("gateway", now, queries.is_due("gateway", now))


def _give_up(channel: str, now: datetime, which: sa.ColumnElement[bool]) -> None:
    changed = {"channel": "whatsapp"} if channel == "gateway" else {"given_up_at": now}
    with transaction() as session:
        found = sa.select(OutboxMessage.id, OutboxMessage.office_id).where(which)
        found = found.limit(MOST_GIVEN_UP).with_for_update(key_share=True, skip_locked=True)
        old = session.execute(found).all()
        if not old:
            return
        lines = [
            {
                "office_id": row.office_id,
                "message_id": row.id,
                "channel": channel,
                "at": now,
                "outcome": "given_up",
            }
            for row in old
        ]
        session.execute(sa.insert(OutboxAttempt), lines)
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.id.in_([row.id for row in old]))
            .values(**changed)
            .execution_options(synchronize_session=False)
        )
