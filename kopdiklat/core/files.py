"""Stored files: named by their content hash, outside every served folder.

The bytes are written, synced and renamed before the transaction; the row comes with the commit.
A file that stays without a row is swept later (`sweep_files`); a row without a file never exists.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from kopdiklat.core import keys
from kopdiklat.core.data_classes import K2
from kopdiklat.core.db import UTC, Model, db

KEEP_WITHOUT_ROW = timedelta(days=31)  # a photo may wait 30 days for its note


class StoredFile(Model):
    __tablename__ = "stored_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(info=K2)
    purpose: Mapped[str] = mapped_column(sa.String(40), info=K2)
    name: Mapped[str] = mapped_column(sa.String(200), info=K2)
    content_type: Mapped[str] = mapped_column(sa.String(100), info=K2)
    size: Mapped[int] = mapped_column(info=K2)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True, info=K2)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    created_by_id: Mapped[int | None] = mapped_column(info=K2)


def _path(digest: str) -> Path:
    return Path(current_app.config["FILES_URL"]) / digest[:2] / digest


def put(content: bytes) -> str:
    """Write bytes durably; call it before the transaction.

    :return: their SHA-256, by which `read` and `StoredFile.sha256` name them
    """
    digest = hashlib.sha256(content).hexdigest()
    path = _path(digest)
    try:
        os.utime(path)  # it is there; as young as a new one for `sweep_files`
    except FileNotFoundError:
        _write(path, content)
    return digest


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(stored: StoredFile) -> bytes:
    """:raises FileNotFoundError: the row is there and its bytes are not (see `flask doctor`)"""
    return _path(stored.sha256).read_bytes()


def put_sealed(content: bytes) -> tuple[str, int]:
    """As `put`, unreadable without the keys of this installation; for files full of people.

    :return: the SHA-256 of what lies on the disk, and its size
    """
    sealed = keys.seal(content, "stored file")
    return put(sealed), len(sealed)


def read_sealed(stored: StoredFile) -> bytes:
    return keys.unseal(read(stored), "stored file")


def remove(digests: Iterable[str]) -> None:
    """Delete bytes whose rows are gone; call it after the transaction. What has a row stays."""
    digests = set(digests)
    known = sa.select(StoredFile.sha256).where(StoredFile.sha256.in_(digests))
    gone = digests - set(db.session.scalars(known))
    db.session.rollback()
    for digest in gone:
        _path(digest).unlink(missing_ok=True)


def row(content: bytes, digest: str, **columns) -> StoredFile:
    """The row for bytes that `put` wrote; add it inside the transaction."""
    return StoredFile(size=len(content), sha256=digest, **columns)


def sweep_files(now: datetime) -> int:
    """Remove bytes that no row came for: of uploads that were given up, and of broken writes.

    :return: how many
    """
    known = set(db.session.scalars(sa.select(StoredFile.sha256)))
    db.session.rollback()
    oldest = (now - KEEP_WITHOUT_ROW).timestamp()
    swept = 0
    for path in Path(current_app.config["FILES_URL"]).glob("??/*"):
        if path.name not in known and path.stat().st_mtime < oldest:
            path.unlink()
            swept += 1
    return swept
