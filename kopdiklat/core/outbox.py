"""Telling people: a row in the transaction of the change; the jobs process sends it later.

A payload holds every word that the text prints, so sending needs no other table. It never holds
a citizen number, and of a link only the nonce: without SECRET_KEY nobody makes its token.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.core.data_classes import K3
from kopdiklat.core.db import JSON, UTC, Model, db, one_of

CHANNELS = ("email", "gateway", "whatsapp")
IS_OPEN = sa.text("sent_at IS NULL AND given_up_at IS NULL")
MOBILE = "+628"  # WhatsApp is on a phone that is carried
BY_GATEWAY: set[str] = set()  # kinds that have blanks for a template; the catalogue names them
OUTCOMES = ("accepted", "deferred", "refused", "over", "given_up", "opened", "put_back")


class OutboxMessage(Model):
    """One message to one recipient.

    `email` and `gateway` (a WhatsApp server) are sent by the jobs process. `whatsapp` waits in the
    officer's list *Kirim lewat WhatsApp* until it is opened there (`opened_at`).
    `due_at` is the logical moment and moves only when somebody asks for the message now; from
    `try_at` on it may be tried, later after a failure or in quiet hours; `claimed_until` is the
    lease of the sender that has it in hand.

    :param topic: what several messages are about (`batch:12`)
    :param thing: what this one belongs to, among others of the same (a reminder and its invitation)
    """

    __tablename__ = "outbox_messages"
    __audited__ = False
    __table_args__ = (
        one_of("channel", CHANNELS),
        sa.Index(
            "ix_outbox_messages_due",
            "channel",
            "due_at",
            "id",
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        sa.Index("ix_outbox_messages_recipient", "recipient", "sent_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(60))
    channel: Mapped[str] = mapped_column(sa.String(10))
    recipient: Mapped[str] = mapped_column(sa.String(254), info=K3)
    recipient_name: Mapped[str] = mapped_column(sa.String(160))
    payload: Mapped[dict] = mapped_column(JSON)
    dedupe_key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTC)
    topic: Mapped[str | None] = mapped_column(sa.String(60), index=True)
    thing: Mapped[str | None] = mapped_column(sa.String(60), index=True)
    due_at: Mapped[datetime] = mapped_column(UTC)
    try_at: Mapped[datetime] = mapped_column(
        UTC, default=lambda context: context.get_current_parameters()["due_at"]
    )
    expires_at: Mapped[datetime | None] = mapped_column(UTC)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UTC)
    sent_at: Mapped[datetime | None] = mapped_column(UTC)
    opened_at: Mapped[datetime | None] = mapped_column(UTC)
    opened_by_id: Mapped[int | None]
    given_up_at: Mapped[datetime | None] = mapped_column(UTC)
    last_error: Mapped[str | None] = mapped_column(sa.String(300))

    log: Mapped[list["OutboxAttempt"]] = relationship(order_by="OutboxAttempt.id", viewonly=True)


class OutboxAttempt(Model):
    """What came of trying to tell somebody: one row per attempt, never changed, without an address.

    :param provider_id: what the server called the message when it took it
    :param error: short words, none of them personal
    """

    __tablename__ = "outbox_attempts"
    __audited__ = False
    __table_args__ = (one_of("outcome", OUTCOMES), one_of("channel", CHANNELS))

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int]
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("outbox_messages.id"), index=True)
    channel: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[datetime] = mapped_column(UTC)
    outcome: Mapped[str] = mapped_column(sa.String(10))
    provider_id: Mapped[str | None] = mapped_column(sa.String(160))
    error: Mapped[str | None] = mapped_column(sa.String(300))
    by_id: Mapped[int | None]


def is_unsent(channel: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        OutboxMessage.channel == channel,
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.given_up_at.is_(None),
    )


def is_still_true(now: datetime) -> sa.ColumnElement[bool]:
    """Neither withdrawn nor too late."""
    return sa.or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > now)


def is_waiting(channel: str, now: datetime) -> sa.ColumnElement[bool]:
    """What a server, or on `whatsapp` an officer, has still to send: every count of it is this."""
    return sa.and_(
        is_unsent(channel),
        OutboxMessage.opened_at.is_(None),
        OutboxMessage.due_at <= now,
        is_still_true(now),
    )


def note(message: OutboxMessage, outcome: str, *, now: datetime, **more) -> None:
    """Write one line into the log of a message, in the transaction that marks it.

    :param more: `provider_id`, `error`, `by_id`
    """
    db.session.add(
        OutboxAttempt(
            office_id=message.office_id,
            message_id=message.id,
            channel=message.channel,
            at=now,
            outcome=outcome,
            **more,
        )
    )


def announce(
    kind: str,
    *,
    office_id: int,
    name: str,
    email: str | None,
    phone: str | None,
    dedupe_key: str,
    now: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    topic: str | None = None,
    thing: str | None = None,
    **payload,
) -> OutboxMessage | None:
    """Put one message into the outbox: by e-mail where there is one, else by WhatsApp.

    By the gateway when there is one with an approved text for this kind, else on the officer's
    list. An installation without a mail server prefers WhatsApp, for a person who has a phone.

    The text is that of the kind (kopdiklat/messages) filled with `payload`.
    :param dedupe_key: names the logical message; a second one with the same key is not written
    :param expires_at: from then on it would say nothing true and is not sent
    :return: None when it was there already, or when nothing is known to reach the person by
    """
    channel, recipient = way_to(kind, email, phone)
    if not recipient:
        return None
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    new = dialect.insert(OutboxMessage).values(
        office_id=office_id,
        kind=kind,
        channel=channel,
        recipient=recipient,
        recipient_name=name,
        payload=payload,
        dedupe_key=dedupe_key,
        created_at=now,
        due_at=due_at or now,
        expires_at=expires_at,
        topic=topic,
        thing=thing,
    )
    # Of two at once the second waits for the first, then finds the key taken.
    new = new.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(OutboxMessage)
    return db.session.scalar(new)


def way_to(kind: str, email: str | None, phone: str | None) -> tuple[str, str | None]:
    """The channel for this person and the address there, None when there is none."""
    settings = current_app.config
    if email and (settings["MAIL_URL"] or not phone):
        return "email", email
    has_template = kind in BY_GATEWAY and kind in settings["WHATSAPP_TEMPLATES"]
    if phone and phone.startswith(MOBILE) and has_template:
        return "gateway", phone
    return "whatsapp", phone


def withdraw(keys: Iterable[str], *, now: datetime) -> None:
    """What these messages speak of is no longer so: those that nobody sent or opened never go out.

    :param keys: their `dedupe_key`s, or the `thing` of several; one that ends in a colon is the
        beginning of several
    """
    keys = list(keys)
    named = OutboxMessage.dedupe_key.in_([key for key in keys if not key.endswith(":")])
    begun = [
        OutboxMessage.dedupe_key.startswith(key, autoescape=True)
        for key in keys
        if key.endswith(":")
    ]
    unsent = (OutboxMessage.sent_at.is_(None), OutboxMessage.opened_at.is_(None))
    db.session.execute(
        sa.update(OutboxMessage)
        .where(sa.or_(named, OutboxMessage.thing.in_(keys), *begun), *unsent)
        .values(expires_at=now)
        .execution_options(synchronize_session="fetch")
    )
