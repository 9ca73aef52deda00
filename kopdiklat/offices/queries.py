"""Named selects of offices."""

from datetime import date

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.offices.models import Holiday, Office


def find_office(code: str) -> Office | None:
    """The office of a region code in digits."""
    return db.session.scalar(sa.select(Office).where(Office.code == code))


def as_tree(visible: sa.ColumnElement[bool]) -> list[Office]:
    """Offices in the order of their codes, which puts each under its province."""
    return list(db.session.scalars(sa.select(Office).where(visible).order_by(Office.code)))


def is_empty() -> bool:
    """Whether this installation has no office yet."""
    return db.session.scalar(sa.select(Office.id).limit(1)) is None


def first_office() -> Office | None:
    """The office that stands on the public pages: the only one, or the highest to be reached."""
    return db.session.scalar(
        sa.select(Office)
        .order_by(Office.contact_phone.is_(None), sa.func.length(Office.code), Office.code)
        .limit(1)
    )


def holidays_of(office_id: int) -> dict[date, str]:
    """Day -> what is celebrated, in the order of the days."""
    found = sa.select(Holiday.day, Holiday.name).where(Holiday.office_id == office_id)
    return {row.day: row.name for row in db.session.execute(found.order_by(Holiday.day))}


def holidays(condition: sa.ColumnElement[bool]) -> sa.Select:
    """Holidays as a list, the latest year first and its days in order."""
    year = sa.extract("year", Holiday.day)
    return sa.select(Holiday).where(condition).order_by(year.desc(), Holiday.day)
