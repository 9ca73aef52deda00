"""Running numbers of an office: one row per series and year, never used twice.

A number that is printed on paper is issued: it has a row of its own, which stays when the number
is cancelled. Triggers on both databases refuse a step back, a gap, and any change of an issued
number but its cancellation.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kopdiklat.core.data_classes import K2, K3
from kopdiklat.core.db import UTC, Model, db, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_


class NumberRegister(Model):
    __tablename__ = "number_registers"
    __audited__ = False
    __table_args__ = (sa.UniqueConstraint("office_id", "series", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int]
    series: Mapped[str] = mapped_column(sa.String(40))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class IssuedNumber(Model):
    """One number that was given out. It may be cancelled with a reason, and stays used."""

    __tablename__ = "issued_numbers"
    __table_args__ = (
        sa.CheckConstraint("number > 0", name="number_positive"),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_reason IS NULL)", name="cancelled_with_reason"
        ),
        sa.UniqueConstraint("office_id", "series", "year", "number"),
        sa.UniqueConstraint("office_id", "text"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    series: Mapped[str] = mapped_column(sa.String(40), info=K2)
    year: Mapped[int] = mapped_column(info=K2)
    number: Mapped[int] = mapped_column(info=K2)
    text: Mapped[str] = mapped_column(sa.String(80), info=K2)
    purpose: Mapped[str] = mapped_column(sa.String(160), info=K2)
    subject: Mapped[str] = mapped_column(sa.String(200), info=K3)
    issued_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    issued_by: Mapped[str] = mapped_column(sa.String(120), info=K2)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    cancelled_by: Mapped[str | None] = mapped_column(sa.String(120), info=K2)
    cancelled_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)


@dataclass(frozen=True)
class Use:
    """What a number is taken for.

    :param purpose: the kind of paper: `Undangan Bimtek Akuntabilitas`
    :param subject: whom or what it is for
    :param by: the name of who takes it
    """

    purpose: str
    subject: str
    by: str


_COUNT_ON = (
    sa.update(NumberRegister)
    .where(
        NumberRegister.office_id == sa.bindparam("of_office"),
        NumberRegister.series == sa.bindparam("of_series"),
        NumberRegister.year == sa.bindparam("of_year"),
    )
    .values(last=NumberRegister.last + 1)
    .returning(NumberRegister.last)
    .execution_options(synchronize_session=False)
)


def next_number(office_id: int, series: str, year: int, *, after: int = 0) -> int:
    """The next number of a series. Locks its row until the commit.

    :param after: where a series that has no number yet goes on from
    """
    of = {"of_office": office_id, "of_series": series, "of_year": year}
    number = db.session.scalar(_COUNT_ON, of)
    if number is None:
        _start(office_id, series, year, after)
        number = db.session.scalars(_COUNT_ON, of).one()
    return number


def _start(office_id: int, series: str, year: int, after: int) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(
                NumberRegister(office_id=office_id, series=series, year=year, last=after)
            )
    except sa.exc.IntegrityError:
        pass  # another transaction began the series; its row is the one that counts


def issue(
    office_id: int,
    series: str,
    year: int,
    write: Callable[[int], str],
    use: Use,
    *,
    after: int = 0,
    now: datetime,
) -> IssuedNumber:
    """Give out the next number. Locks the series until the commit; a rollback leaves no gap.

    :param write: the number as it is printed
    :raises RuleViolation: another series of the office printed the same
    """
    number = next_number(office_id, series, year, after=after)
    text = write(number)
    same = sa.select(IssuedNumber.id).where(
        IssuedNumber.office_id == office_id, IssuedNumber.text == text
    )
    if db.session.scalar(same):
        raise RuleViolation(
            N_("Nomor {text} sudah dipakai. Ubah bentuk nomornya di pengaturan."), text=text
        )
    issued = IssuedNumber(
        office_id=office_id,
        series=series,
        year=year,
        number=number,
        text=text,
        purpose=use.purpose,
        subject=use.subject,
        issued_at=now,
        issued_by=use.by,
    )
    db.session.add(issued)
    db.session.flush()
    return issued


def cancel(number_id: int, reason: str, *, by: str, now: datetime) -> IssuedNumber:
    """Mark an issued number as not to be used; it is never given out again. Locks its row."""
    issued = lock(IssuedNumber, number_id)
    if issued.cancelled_at is None:  # pressed twice, the first reason stays
        issued.cancelled_at, issued.cancelled_by, issued.cancelled_reason = now, by, reason
        db.session.flush()
    return issued


def last_number(office_id: int, series: str, year: int) -> int | None:
    """The last number that was given out; None before the first."""
    return db.session.scalar(
        sa.select(NumberRegister.last).where(
            NumberRegister.office_id == office_id,
            NumberRegister.series == series,
            NumberRegister.year == year,
        )
    )


def faults() -> list[str]:
    """Numbers that are missing in a series, and registers that do not end at their last number."""
    found: dict[tuple[int, str, int], list[int]] = defaultdict(list)
    for office_id, series, year, number in db.session.execute(
        sa.select(
            IssuedNumber.office_id, IssuedNumber.series, IssuedNumber.year, IssuedNumber.number
        )
    ):
        found[office_id, series, year].append(number)
    words = []
    for (office_id, series, year), held in sorted(found.items()):
        words += [
            f"{series} {year}: nomor {n} hilang"
            for n in sorted(set(range(min(held), max(held))) - set(held))
        ]
        last = last_number(office_id, series, year)
        if last != max(held):
            words.append(f"{series} {year}: nomor terakhir {max(held)}, buku nomornya {last or 0}")
    return words
