"""The numbers of an office's papers: how they are written, and taking one."""

from datetime import datetime

from kopdiklat.core import clock, numbers
from kopdiklat.core.db import db, lock
from kopdiklat.core.numbers import IssuedNumber, Use
from kopdiklat.core.text import N_
from kopdiklat.documents import queries, rules
from kopdiklat.documents.models import NumberFormat
from kopdiklat.documents.rules import NumberShape
from kopdiklat.offices.models import Office


def take(office_id: int, series: str, use: Use, *, now: datetime) -> IssuedNumber:
    """Give out the next number of a series. Locks the series until the commit.

    The year and the month are those of the office's own calendar.
    :raises NumberFormatMissing: the office has not set how it is written
    """
    number_format = queries.find_format(office_id, series)
    if number_format is None:
        raise rules.NumberFormatMissing(
            N_("Bentuk nomor belum diatur. Admin kantor mengaturnya di Pengaturan, Nomor surat.")
        )
    shape = number_format.shape
    on = clock.local_day(now, number_format.office.time_zone)
    return numbers.issue(
        office_id,
        series,
        on.year,
        lambda number: rules.write_number(shape, number, on),
        use,
        after=last_before(number_format, on.year),
        now=now,
    )


def last_before(number_format: NumberFormat | None, year: int) -> int:
    """The last number of that year that was used on paper."""
    if number_format is None or number_format.last_before_year != year:
        return 0
    return number_format.last_before


def next_text(office: Office, series: str, shape: NumberShape, after: int, now: datetime) -> str:
    """How the next number would be printed; somebody else may take it first."""
    on = clock.local_day(now, office.time_zone)
    last = numbers.last_number(office.id, series, on.year)
    return rules.write_number(shape, (after if last is None else last) + 1, on)


def save_format(
    office_id: int, series: str, shape: NumberShape, *, last_used: int | None, now: datetime
) -> NumberFormat:
    """Set how the numbers of a series are written; those that were given out stay as printed.

    :param last_used: the last number of this year on paper; None leaves it, for a series that
        has begun has its own
    """
    office = lock(Office, office_id)
    rules.check_shape(shape)
    others = queries.other_formats(office_id, series)
    rules.check_told_apart(shape, [other.shape for other in others])
    year = clock.local_day(now, office.time_zone).year
    number_format = queries.find_format(office_id, series)
    if number_format is None:
        number_format = NumberFormat(
            office_id=office_id, series=series, last_before=0, last_before_year=year
        )
        db.session.add(number_format)
    number_format.pattern, number_format.digits = shape.pattern, shape.digits
    number_format.classification, number_format.unit = shape.classification, shape.unit
    if last_used is not None and numbers.last_number(office_id, series, year) is None:
        number_format.last_before, number_format.last_before_year = last_used, year
    db.session.flush()
    return number_format
