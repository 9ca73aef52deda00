"""One jobs process leads, the others stand by.

PostgreSQL: an advisory lock held by a connection of its own (a pooler in transaction mode would
break it: the jobs process connects directly). SQLite: a locked file beside the database. A leader
that lost the lock may still be inside a job, so every job is safe to run twice.
"""

import contextlib
import logging
import os
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt as windows

logger = logging.getLogger(__name__)

LOCK_KEY = 0x4B4F50_4449_4B4C  # "KOPDIKL"


class LeaderLock(Protocol):
    def acquire(self) -> bool:
        """Try once, without waiting."""

    def is_held(self) -> bool:
        """Whether this process still leads; False after the lock was lost."""

    def release(self) -> None: ...


def leader_lock(database_url: str) -> LeaderLock:
    url = sa.make_url(database_url)
    if url.get_backend_name() == "postgresql":
        return PostgresLock(database_url)
    return FileLock(Path(f"{url.database}.jobs.lock"))


class PostgresLock:
    def __init__(self, database_url: str):
        options = "-c statement_timeout=5000"
        self._engine = sa.create_engine(
            database_url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 5, "options": options},
        )
        self._connection: sa.Connection | None = None

    def acquire(self) -> bool:
        try:
            self._connection = self._connection or self._engine.connect()
            query = sa.text("SELECT pg_try_advisory_lock(:key)")
            return bool(self._connection.scalar(query, {"key": LOCK_KEY}))
        except sa.exc.DBAPIError as error:
            logger.warning("leader lock: %s", type(error.orig).__name__)
            self._drop()
            return False

    def is_held(self) -> bool:
        query = sa.text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND pid = pg_backend_pid() AND classid = :high AND objid = :low AND objsubid = 1"
        )
        halves = {"high": LOCK_KEY >> 32, "low": LOCK_KEY & 0xFFFFFFFF}
        try:
            if self._connection is not None and self._connection.scalar(query, halves) == 1:
                return True
        except sa.exc.DBAPIError:
            logger.warning("leader lock: connection lost")
        self._drop()
        return False

    def release(self) -> None:
        self._drop()  # the server frees the lock with the connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sa.exc.DBAPIError):
                connection.close()


class FileLock:
    def __init__(self, path: Path):
        self.path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                windows.locking(file, windows.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def is_held(self) -> bool:
        """False when the file was replaced under us: then another process may hold the new one."""
        if self._file is None:
            return False
        try:
            same = os.path.samestat(os.fstat(self._file), os.stat(self.path))
        except FileNotFoundError:
            same = False
        if not same:
            self.release()
        return same

    def release(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)
