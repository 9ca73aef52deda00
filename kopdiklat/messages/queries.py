"""Named selects of an office's texts."""

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.messages.models import MessageTemplate


def current(office_id: int, kind: str) -> MessageTemplate | None:
    """The edition that holds; None where nobody ever wrote one."""
    return next(iter(editions(office_id, kind, limit=1)), None)


def editions(office_id: int, kind: str, limit: int = 25) -> list[MessageTemplate]:
    """The last editions of one kind, the newest first."""
    found = (
        sa.select(MessageTemplate)
        .where(MessageTemplate.office_id == office_id, MessageTemplate.kind == kind)
        .order_by(MessageTemplate.version.desc())
        .limit(limit)
    )
    return list(db.session.scalars(found))


def all_current(office_id: int) -> dict[str, MessageTemplate]:
    """Kind -> its edition that holds."""
    last = (
        sa.select(MessageTemplate.kind, sa.func.max(MessageTemplate.version).label("version"))
        .where(MessageTemplate.office_id == office_id)
        .group_by(MessageTemplate.kind)
        .subquery()
    )
    found = (
        sa.select(MessageTemplate)
        .join(
            last,
            sa.and_(last.c.kind == MessageTemplate.kind, last.c.version == MessageTemplate.version),
        )
        .where(MessageTemplate.office_id == office_id)
    )
    return {row.kind: row for row in db.session.scalars(found)}
