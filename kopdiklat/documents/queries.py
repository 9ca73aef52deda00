"""Named selects of papers and their numbers."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.core.db import db
from kopdiklat.core.numbers import IssuedNumber
from kopdiklat.documents.models import InvitationLetter, NumberFormat
from kopdiklat.offices.models import Office


def find_format(office_id: int, series: str) -> NumberFormat | None:
    """How an office writes the numbers of a series, with the office."""
    return db.session.scalar(
        sa.select(NumberFormat)
        .where(NumberFormat.office_id == office_id, NumberFormat.series == series)
        .options(joinedload(NumberFormat.office))
    )


def other_formats(office_id: int, series: str) -> list[NumberFormat]:
    """The formats of an office's other series."""
    found = sa.select(NumberFormat).where(
        NumberFormat.office_id == office_id, NumberFormat.series != series
    )
    return list(db.session.scalars(found))


def series_of(office_id: int) -> list[str]:
    """The series that have a format."""
    found = sa.select(NumberFormat.series).where(NumberFormat.office_id == office_id)
    return list(db.session.scalars(found))


def issued_numbers(
    visible: sa.ColumnElement[bool], *, year: int | None = None, series: str = "", text: str = ""
) -> sa.Select:
    """Rows (IssuedNumber, office name, batch of the letter or None), the last given first."""
    found = (
        sa.select(
            IssuedNumber,
            Office.name.label("office_name"),
            InvitationLetter.batch_id.label("batch_id"),
        )
        .join(Office, Office.id == IssuedNumber.office_id)
        .outerjoin(InvitationLetter, InvitationLetter.number_id == IssuedNumber.id)
        .where(visible)
        .order_by(
            IssuedNumber.year.desc(),
            IssuedNumber.issued_at.desc(),
            IssuedNumber.number.desc(),
            IssuedNumber.id.desc(),
        )
    )
    if year:
        found = found.where(IssuedNumber.year == year)
    if series:
        found = found.where(IssuedNumber.series == series)
    if text:
        like = f"%{text.replace('%', '').replace('_', '')}%"
        found = found.where(
            sa.or_(
                IssuedNumber.text.ilike(like),
                IssuedNumber.purpose.ilike(like),
                IssuedNumber.subject.ilike(like),
            )
        )
    return found


def years_with_numbers(visible: sa.ColumnElement[bool]) -> list[int]:
    """The years in which numbers were given out, the last first."""
    found = sa.select(IssuedNumber.year).where(visible).distinct()
    return list(db.session.scalars(found.order_by(IssuedNumber.year.desc())))
