"""Sending: at least once, and exactly once when nothing crashes."""

import logging
from collections.abc import Callable
from datetime import datetime
from smtplib import SMTPRecipientsRefused

import sqlalchemy as sa

from kopdiklat.core.db import db, lock, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.core.text import N_
from kopdiklat.messages.letters import NoText
from kopdiklat.notifications import queries, rules
from kopdiklat.notifications.letters import Letter, compose
from kopdiklat.notifications.transport import MailUnavailable

logger = logging.getLogger(__name__)

AT_ONCE = 200
PERMANENT = 500  # SMTP codes from here on say no for good
NOT_GIVEN_UP = N_("Email ini sudah terkirim, atau masih dicoba dengan sendirinya.")


def send_due_messages(send: Callable[[Letter], None], now: Callable[[], datetime]) -> int:
    """Send each due e-mail, oldest first; one that fails waits for a later run.

    A crash between sending and marking sends it again: at least once, not exactly once.
    :param send: the transport; raises MailUnavailable when the others would fail as well
    :return: how many were sent
    """
    sent = 0
    for message_id in queries.due_ids(now(), AT_ONCE):
        if not claim(message_id, now()):
            continue  # another sender was faster
        message = db.session.get_one(OutboxMessage, message_id)
        if message.expires_at and message.expires_at <= now():
            _close(message_id, now(), "Tidak dikirim: waktunya sudah lewat.")
            continue
        try:
            letter = compose(message)
            db.session.rollback()  # nothing stays open while the server is talked to
            send(letter)
        except MailUnavailable as error:
            _release(message_id, str(error))
            _give_up_the_old(now())
            break
        except NoText as error:
            logger.exception("outbox message %s has no text", message_id)
            _postpone(message_id, now(), f"Teks pesan belum ada: {error}")
        except Exception as error:
            # One message that fails must not stop the others; it is tried again later.
            logger.warning("outbox message %s failed: %s", message_id, type(error).__name__)
            _postpone(message_id, now(), _reason(error))
        else:
            _mark_sent(message_id, now())
            sent += 1
    db.session.rollback()
    return sent


def claim(message_id: int, now: datetime) -> bool:
    """Take a lease on one due message.

    :return: False when another sender has it or has sent it
    """
    with transaction() as session:
        taken = session.scalar(
            sa.update(OutboxMessage)
            .where(OutboxMessage.id == message_id, queries.is_due(now))
            .values(claimed_until=now + rules.LEASE, attempts=OutboxMessage.attempts + 1)
            .returning(OutboxMessage.id)
            .execution_options(synchronize_session=False)
        )
        return taken is not None


def open_in_whatsapp(message: OutboxMessage, user, *, now: datetime) -> None:
    """Mark that the officer opened it there; whether it was sent only the officer knows."""
    message = lock(OutboxMessage, message.id)
    if message.opened_at is None:
        message.opened_at = now
        message.opened_by_id = user.id


def close_again(message: OutboxMessage) -> None:
    """Put an opened message back on the waiting list."""
    message = lock(OutboxMessage, message.id)
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
    message.due_at = now


def _mark_sent(message_id: int, now: datetime) -> None:
    with transaction():
        message = lock(OutboxMessage, message_id)
        message.sent_at = now
        message.claimed_until = None
        message.last_error = None


def _release(message_id: int, error: str) -> None:
    """The server is away: it was no attempt of this message."""
    with transaction():
        message = lock(OutboxMessage, message_id)
        message.claimed_until = None
        message.attempts -= 1
        message.last_error = error[:300]


def _postpone(message_id: int, now: datetime, error: str) -> None:
    with transaction():
        message = lock(OutboxMessage, message_id)
        message.last_error = error[:300]
        message.claimed_until = now + rules.retry_delay(message.attempts)
        if rules.is_hopeless(message.due_at, now):
            message.given_up_at = now


def _close(message_id: int, now: datetime, error: str) -> None:
    with transaction():
        message = lock(OutboxMessage, message_id)
        message.given_up_at = now
        message.last_error = error


def _give_up_the_old(now: datetime) -> None:
    """While the server is away nothing is tried one by one, and still two days are enough."""
    with transaction() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(queries.is_due(now), OutboxMessage.due_at <= now - rules.GIVE_UP_AFTER)
            .values(given_up_at=now, last_error="Server email tidak menerima pesan selama 48 jam.")
            .execution_options(synchronize_session=False)
        )


def _reason(error: Exception) -> str:
    """What the officer reads, without the address, which stands beside it anyway."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    match code:
        case None:
            return f"Alamat email tidak dapat dipakai ({type(error).__name__})."
        case _ if code >= PERMANENT:
            return f"Alamat email ditolak server ({code}). Periksa penulisannya."
        case _:
            return f"Server email menunda pesan ini ({code})."
