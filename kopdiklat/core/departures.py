"""Lists that leave as files: each is in the audit trail, and few are made at a time.

Making one holds a place (reliability-security.md 11.8); its entry is written when the file is
whole, before it is sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Mapped, mapped_column

from kopdiklat.core import audit
from kopdiklat.core.clock import utc_now
from kopdiklat.core.data_classes import K2
from kopdiklat.core.db import JSON, UTC, Model, db, lock_name, transaction
from kopdiklat.core.errors import KopdiklatError
from kopdiklat.core.text import N_

AT_AN_OFFICE = 2
IN_ALL = 4
HELD_FOR = timedelta(minutes=2)  # a place of a process that died is free again after this
LONGEST = 80  # characters of one filter that the entry keeps
TOLD = ("kind", "filters", "rows")


class TooManyExports(KopdiklatError):
    """As many files as may be are being made; the person is led back and reads so."""


class Export(Model):
    """A list that left as a file, or that is being made. Audited by `exporting`, when it is whole.

    `filters` is what the address said: which batch, which day, which filters of the list.
    """

    __tablename__ = "exports"
    __audited__ = False
    __table_args__ = (sa.Index("ix_exports_running", "finished_at", "started_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int | None] = mapped_column(info=K2)
    kind: Mapped[str] = mapped_column(sa.String(40), info=K2)
    filters: Mapped[dict] = mapped_column(JSON, info=K2)
    rows: Mapped[int | None] = mapped_column(info=K2)
    started_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    finished_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)


class Making:
    """The file while it is being made; `rows` is set by who makes it."""

    rows = 0


@contextmanager
def exporting(kind: str, office_id: int | None) -> Iterator[Making]:
    """Make a file inside: `making.rows` is how many rows it holds. Not inside transaction().

    :param office_id: whose list it is; its trail has the entry
    :raises TooManyExports: as many as may be are being made, by this office or by all
    """
    with transaction():
        export_id = _take_place(kind, office_id, utc_now())
    making = Making()
    try:
        yield making
    except BaseException:
        with transaction():
            db.session.delete(db.session.get_one(Export, export_id))
        raise
    with transaction():
        export = db.session.get_one(Export, export_id)
        export.rows, export.finished_at = making.rows, utc_now()
        audit.note("export", export, {name: getattr(export, name) for name in TOLD})


def _take_place(kind: str, office_id: int | None, now: datetime) -> int:
    lock_name("exports")
    running = sa.select(Export.office_id).where(
        Export.finished_at.is_(None), Export.started_at > now - HELD_FOR
    )
    offices = db.session.scalars(running).all()
    if offices.count(office_id) >= AT_AN_OFFICE or len(offices) >= IN_ALL:
        raise TooManyExports(
            N_("Unduhan lain sedang dibuat. Tunggu sebentar, lalu coba sekali lagi.")
        )
    export = Export(office_id=office_id, kind=kind, filters=_filters(), started_at=now)
    db.session.add(export)
    db.session.flush()
    return export.id


def _filters() -> dict[str, str]:
    given = {**(request.view_args or {}), **request.args}
    return {name: str(value)[:LONGEST] for name, value in given.items() if value}
