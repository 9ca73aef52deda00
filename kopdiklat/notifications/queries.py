from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """An e-mail that nobody holds, whose time has come."""
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
