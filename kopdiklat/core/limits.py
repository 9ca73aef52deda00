"""Counters of the rate limits in a small SQLite file of their own, never the main database.

Used by the embedded edition; with REDIS_URL the library's own Redis storage is used instead.
"""

import sqlite3
import threading
import time
from pathlib import Path

from limits.storage import Storage


class SqliteStorage(Storage):
    """Fixed-window counters for the limits library: `kopdiklat+sqlite:///path`."""

    STORAGE_SCHEME = ["kopdiklat+sqlite"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options):
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self.path = (uri or "").split("://", 1)[1]
        self._local = threading.local()

    @property
    def base_exceptions(self):
        return sqlite3.Error

    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=5, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")  # counters may be lost, never a row
            connection.execute(
                "CREATE TABLE IF NOT EXISTS counters"
                " (name TEXT PRIMARY KEY, count INTEGER NOT NULL, expires REAL NOT NULL)"
            )
            self._local.connection = connection
        return connection

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        row = self._connection().execute(
            "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
            " count = CASE WHEN expires <= ? THEN excluded.count ELSE count + ? END,"
            " expires = CASE WHEN expires <= ? THEN excluded.expires ELSE expires END"
            " RETURNING count",
            (key, amount, now + expiry, now, amount, now),
        )
        return row.fetchone()[0]

    def get(self, key: str) -> int:
        found = self._connection().execute(
            "SELECT count FROM counters WHERE name = ? AND expires > ?", (key, time.time())
        )
        row = found.fetchone()
        return row[0] if row else 0

    def get_expiry(self, key: str) -> float:
        found = self._connection().execute("SELECT expires FROM counters WHERE name = ?", (key,))
        row = found.fetchone()
        return row[0] if row else time.time()

    def check(self) -> bool:
        return self._connection().execute("SELECT 1").fetchone() == (1,)

    def reset(self) -> int | None:
        return self._connection().execute("DELETE FROM counters").rowcount

    def clear(self, key: str) -> None:
        self._connection().execute("DELETE FROM counters WHERE name = ?", (key,))
