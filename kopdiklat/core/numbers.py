"""Running numbers of an office: one row per series and year, never used twice."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kopdiklat.core.db import Model, db


class NumberRegister(Model):
    __tablename__ = "number_registers"
    __audited__ = False
    __table_args__ = (sa.UniqueConstraint("office_id", "series", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int]
    series: Mapped[str] = mapped_column(sa.String(40))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


def next_number(office_id: int, series: str, year: int) -> int:
    """The next number of a series. Locks its row until the commit."""
    where = (
        NumberRegister.office_id == office_id,
        NumberRegister.series == series,
        NumberRegister.year == year,
    )
    register = db.session.scalar(
        sa.select(NumberRegister).where(*where).with_for_update(key_share=True)
    )
    if register is None:
        register = _start(office_id, series, year, where)
    register.last += 1
    db.session.flush()
    return register.last


def _start(office_id: int, series: str, year: int, where: tuple) -> NumberRegister:
    try:
        with db.session.begin_nested():
            db.session.add(NumberRegister(office_id=office_id, series=series, year=year, last=0))
    except sa.exc.IntegrityError:
        pass  # another transaction began the series; its row is the one to lock
    return db.session.scalars(
        sa.select(NumberRegister).where(*where).with_for_update(key_share=True)
    ).one()
