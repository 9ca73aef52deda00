"""Telling people: a row in the transaction of the change; the jobs process sends it later.

A payload holds every word that the text prints, so sending needs no other table. It never holds
a citizen number, and of a link only the nonce: without SECRET_KEY nobody makes its token.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from kopdiklat.core.data_classes import K3
from kopdiklat.core.db import JSON, UTC, Model, db, one_of

CHANNELS = ("email", "whatsapp")


class OutboxMessage(Model):
    """One message to one recipient.

    `email` is sent by the jobs process. `whatsapp` waits in the officer's list
    *Kirim lewat WhatsApp* until it is opened there (`opened_at`), for there is no server channel.
    `claimed_until` is the lease of a sender, and after a failure the moment of the next attempt.
    """

    __tablename__ = "outbox_messages"
    __audited__ = False
    __table_args__ = (
        one_of("channel", CHANNELS),
        sa.Index("ix_outbox_messages_due", "channel", "sent_at", "due_at"),
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
    due_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime | None] = mapped_column(UTC)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UTC)
    sent_at: Mapped[datetime | None] = mapped_column(UTC)
    opened_at: Mapped[datetime | None] = mapped_column(UTC)
    opened_by_id: Mapped[int | None]
    given_up_at: Mapped[datetime | None] = mapped_column(UTC)
    last_error: Mapped[str | None] = mapped_column(sa.String(300))


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
    **payload,
) -> OutboxMessage | None:
    """Put one message into the outbox: by e-mail where there is one, else on the WhatsApp list.

    An installation without a mail server prefers the list, for a person who has a phone.

    The text is that of the kind (kopdiklat/messages) filled with `payload`.
    :param dedupe_key: names the logical message; a second one with the same key is not written
    :param expires_at: from then on it would say nothing true and is not sent
    :return: None when it was there already, or when nothing is known to reach the person by
    """
    by_mail = bool(email) and (bool(current_app.config["MAIL_URL"]) or not phone)
    channel, recipient = ("email", email) if by_mail else ("whatsapp", phone)
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
    )
    # Of two at once the second waits for the first, then finds the key taken.
    new = new.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(OutboxMessage)
    return db.session.scalar(new)


def withdraw(keys: Iterable[str], *, now: datetime) -> None:
    """What these messages speak of is no longer so: those that nobody sent or opened never go out.

    :param keys: their `dedupe_key`s; one that ends in a colon is the beginning of several
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
        .where(sa.or_(named, *begun), *unsent)
        .values(expires_at=now)
        .execution_options(synchronize_session="fetch")
    )
