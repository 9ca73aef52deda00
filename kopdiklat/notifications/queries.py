from datetime import datetime

import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage

STATUSES = ("waiting", "opened", "failed")


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """An e-mail that nobody holds, whose time has come; a withdrawn one closes when it is met."""
    return sa.and_(
        OutboxMessage.channel == "email",
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.given_up_at.is_(None),
        OutboxMessage.due_at <= now,
        sa.or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= now),
    )


def due_ids(now: datetime, limit: int) -> list[int]:
    order = (OutboxMessage.due_at, OutboxMessage.id)
    found = sa.select(OutboxMessage.id).where(is_due(now)).order_by(*order).limit(limit)
    return list(db.session.scalars(found))


def of_status(status: str, now: datetime) -> sa.ColumnElement[bool]:
    """Which messages stand under a tab of the officer's list."""
    open_still = sa.or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > now)
    by_hand = OutboxMessage.channel == "whatsapp"
    unsent = sa.and_(OutboxMessage.channel == "email", OutboxMessage.sent_at.is_(None))
    match status:
        case "opened":
            return sa.and_(by_hand, OutboxMessage.opened_at.is_not(None))
        case "failed":
            failed = sa.or_(
                OutboxMessage.given_up_at.is_not(None), OutboxMessage.last_error.is_not(None)
            )
            return sa.and_(unsent, failed, open_still)
        case _:
            return sa.and_(
                by_hand, OutboxMessage.opened_at.is_(None), OutboxMessage.due_at <= now, open_still
            )


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
