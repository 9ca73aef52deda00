"""Signs of life of the jobs process, read by /readyz and the page Kesehatan Sistem."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from kopdiklat.core.db import UTC, Model, db

SILENT_AFTER = timedelta(minutes=1)
PROCESS = "jobs"  # the row of the process itself; the others are its jobs by name


class JobHeartbeat(Model):
    """When the jobs process, or one of its jobs, last finished well, and last failed."""

    __tablename__ = "job_heartbeats"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    process: Mapped[str] = mapped_column(sa.String(80))
    beat_at: Mapped[datetime | None] = mapped_column(UTC)
    failed_at: Mapped[datetime | None] = mapped_column(UTC)
    error: Mapped[str | None] = mapped_column(sa.String(300))


def is_alive(now: datetime) -> bool:
    """Whether a jobs process said something within the last minute."""
    at = db.session.scalar(sa.select(JobHeartbeat.beat_at).where(JobHeartbeat.name == PROCESS))
    return at is not None and now - at < SILENT_AFTER


def all_heartbeats() -> list[JobHeartbeat]:
    return list(db.session.scalars(sa.select(JobHeartbeat).order_by(JobHeartbeat.name)))


CHANNEL = "channel "


def channel(name: str) -> str:
    """The row of a way to send: whether its server took something when it was last asked."""
    return CHANNEL + name


def trouble(name: str) -> str | None:
    """What it said when it failed, unless it did well since."""
    row = db.session.scalar(sa.select(JobHeartbeat).where(JobHeartbeat.name == name))
    if row is None or row.failed_at is None or (row.beat_at and row.beat_at >= row.failed_at):
        return None
    return row.error


def beat(name: str, process: str, at: datetime) -> None:
    """Inside the caller's transaction."""
    row = _row(name, process)
    row.process, row.beat_at = process, at


def note_failure(name: str, process: str, at: datetime, error: str) -> None:
    """Inside the caller's transaction. The last good run stays as it was."""
    row = _row(name, process)
    row.process, row.failed_at, row.error = process, at, error[:300]


def _row(name: str, process: str) -> JobHeartbeat:
    """The row of this name; of two processes that both make it, one finds the other's."""
    found = sa.select(JobHeartbeat).where(JobHeartbeat.name == name)
    row = db.session.scalar(found)
    if row is None:
        dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
        new = dialect.insert(JobHeartbeat).values(name=name, process=process)
        db.session.execute(new.on_conflict_do_nothing(index_elements=["name"]))
        row = db.session.scalars(found).one()
    return row
