from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from kopdiklat import policy
from kopdiklat.accounts.models import User
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage, is_still_true, is_unsent, is_waiting

STATUSES = ("waiting", "opened", "failed")
# A link in these lets its holder in as somebody else.
NEVER_SHOWN = ("password_reset",)
FOR_INVITERS = ("account_invitation",)


def shown_to(user: User, action: str) -> sa.ColumnElement[bool]:
    """Messages of the own office, without those whose link would let the reader in."""
    hidden = NEVER_SHOWN if policy.can(user, "user.invite") else NEVER_SHOWN + FOR_INVITERS
    return sa.and_(policy.visible(OutboxMessage, action, user), OutboxMessage.kind.not_in(hidden))


def is_due(channel: str, now: datetime) -> sa.ColumnElement[bool]:
    """A message that nobody holds, whose time has come; a withdrawn one closes when it is met."""
    return sa.and_(
        is_unsent(channel),
        OutboxMessage.try_at <= now,
        sa.or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= now),
    )


def next_due(channel: str, now: datetime) -> sa.Select:
    """The message that has waited longest, held against other senders, who pass over it.

    Not one whose recipient is still to get an earlier one: people read in the order of what
    happened. An earlier one that waits for another try, or was given up, holds up nothing.
    """
    earlier = orm.aliased(OutboxMessage)
    is_earlier = sa.or_(
        earlier.due_at < OutboxMessage.due_at,
        sa.and_(earlier.due_at == OutboxMessage.due_at, earlier.id < OutboxMessage.id),
    )
    comes_first = sa.select(earlier.id).where(
        earlier.recipient == OutboxMessage.recipient,
        earlier.sent_at.is_(None),
        earlier.given_up_at.is_(None),
        earlier.channel
        != "whatsapp",  # and no "=": it would be looked up by channel, not recipient
        earlier.try_at <= now,
        is_earlier,
    )
    return (
        sa.select(OutboxMessage.id)
        .where(is_due(channel, now), ~comes_first.exists())
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )


def of_status(status: str, now: datetime) -> sa.ColumnElement[bool]:
    """Which messages stand under a tab of the officer's list."""
    unsent = sa.and_(OutboxMessage.channel != "whatsapp", OutboxMessage.sent_at.is_(None))
    match status:
        case "opened":
            return sa.and_(
                OutboxMessage.channel == "whatsapp", OutboxMessage.opened_at.is_not(None)
            )
        case "failed":
            failed = sa.or_(
                OutboxMessage.given_up_at.is_not(None), OutboxMessage.last_error.is_not(None)
            )
            return sa.and_(unsent, failed, is_still_true(now))
        case _:
            return is_waiting("whatsapp", now)


def messages(status: str, mine: sa.ColumnElement[bool], now: datetime) -> sa.Select:
    """Messages of one tab: who waits longest first, what happened last first.

    :param mine: those that this person may see
    """
    order = {
        "opened": (OutboxMessage.opened_at.desc(), OutboxMessage.id.desc()),
        "failed": (OutboxMessage.due_at.desc(), OutboxMessage.id.desc()),
    }.get(status, (OutboxMessage.due_at, OutboxMessage.id))
    return sa.select(OutboxMessage).where(mine, of_status(status, now)).order_by(*order)


def counts(mine: sa.ColumnElement[bool], now: datetime) -> dict[str, int]:
    """How many stand under each tab."""
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((of_status(s, now), 1), else_=0)), 0).label(s)
        for s in STATUSES
    ]
    return dict(db.session.execute(sa.select(*sums).where(mine)).mappings().one())


def names_of(user_ids: set[int]) -> dict[int, str]:
    found = sa.select(User.id, User.name).where(User.id.in_(user_ids))
    return {row.id: row.name for row in db.session.execute(found)}
