"""Whether this process may get traffic: each check by name, True or what is wrong."""

import shutil
from datetime import datetime

import sqlalchemy as sa
from flask import current_app

from kopdiklat.core import heartbeats, migrations
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def must_hold() -> dict[str, bool]:
    """What makes the process unready when it is false."""
    if not _answers():
        return {"database": False}
    found = {
        "database": True,
        "schema": migrations.current_revision() == migrations.head_revision(),
        "writes": _can_write(),
        "disk": _has_room(),
    }
    if db.engine.dialect.name == "sqlite":
        found["pragmas"] = all(
            db.session.scalar(sa.text(f"PRAGMA {name}")) == value for name, value in PRAGMAS.items()
        )
    return found


def _has_room() -> bool:
    settings = current_app.config
    return shutil.disk_usage(settings["INSTANCE_PATH"]).free >= settings["LEAST_FREE_BYTES"]


def should_hold(now: datetime) -> dict[str, bool]:
    """What only degrades: the pages still work."""
    waiting = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.channel == "email",
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.given_up_at.is_(None),
        OutboxMessage.due_at < now - heartbeats.SILENT_AFTER * 30,
    )
    return {
        "jobs": heartbeats.is_alive(now),
        "outbox": db.session.scalar(waiting) == 0,
    }


def _answers() -> bool:
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _can_write() -> bool:
    """One row written and rolled back."""
    db.session.rollback()
    try:
        with db.engine.connect().execution_options(writing=True) as connection:
            connection.execute(
                sa.text("INSERT INTO job_heartbeats (name, process) VALUES ('readyz', 'probe')")
            )
            connection.rollback()
    except sa.exc.SQLAlchemyError:
        return False
    return True
