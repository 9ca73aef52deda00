"""Running numbers: without a gap, never twice, and nothing of an issued one changes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core import numbers
from kopdiklat.core.audit import MASK, AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.numbers import IssuedNumber, Use
from tests.factories import make_office

USE = Use("Undangan", "Bimtek Akuntabilitas", "Rina Wulandari")


def take(office, now, series="letter", year=2026, **options):
    return numbers.issue(
        office.id, series, year, lambda n: f"{series}/{n:04d}/{year}", USE, now=now, **options
    )


def issued():
    found = sa.select(IssuedNumber).order_by(IssuedNumber.id)
    return [(i.series, i.year, i.number) for i in db.session.scalars(found)]


def test_each_office_series_and_year_counts_by_itself(app, now):
    office, other = make_office(), make_office("3517", "Dinas Koperasi Jombang")
    with transaction():
        for at, series, year in (
            (office, "letter", 2026), (office, "letter", 2026), (office, "assignment", 2026),
            (office, "letter", 2027), (other, "letter", 2026),
        ):  # fmt: skip
            take(at, now, series, year)

    assert issued() == [
        ("letter", 2026, 1), ("letter", 2026, 2), ("assignment", 2026, 1),
        ("letter", 2027, 1), ("letter", 2026, 1),
    ]  # fmt: skip


def test_a_series_goes_on_from_what_was_used_on_paper(app, now):
    office = make_office()
    with transaction():
        first = take(office, now, after=122)
        second = take(office, now, after=122)

    assert (first.text, second.text) == ("letter/0123/2026", "letter/0124/2026")


def test_what_was_rolled_back_leaves_no_gap(app, now):
    office = make_office()
    with transaction():
        take(office, now)
    with pytest.raises(ZeroDivisionError), transaction():
        take(office, now).number // 0
    with transaction():
        take(office, now)

    assert issued() == [("letter", 2026, 1), ("letter", 2026, 2)]


def test_a_cancelled_number_stays_used_with_its_first_reason(app, now):
    office = make_office()
    with transaction():
        ident = take(office, now).id
    with transaction():
        numbers.cancel(ident, "Salah hari", by="Rina", now=now)
    with transaction():
        numbers.cancel(ident, "Alasan kedua", by="Budi", now=now + timedelta(hours=1))
    with transaction():
        again = take(office, now)

    kept = db.session.get_one(IssuedNumber, ident)
    assert (kept.cancelled_reason, kept.cancelled_by, kept.cancelled_at) == (
        "Salah hari",
        "Rina",
        now,
    )
    assert again.number == 2
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "update")).one()
    assert (entry.after["cancelled_by"], entry.after["cancelled_reason"]) == ("Rina", MASK)


def test_two_series_that_print_the_same_are_told_apart(app, now):
    office = make_office()
    with transaction():
        numbers.issue(office.id, "letter", 2026, lambda n: f"{n}/2026", USE, now=now)

    with pytest.raises(RuleViolation, match="1/2026 sudah dipakai"), transaction():
        numbers.issue(office.id, "assignment", 2026, lambda n: f"{n}/2026", USE, now=now)

    assert numbers.last_number(office.id, "assignment", 2026) is None


def test_registration_numbers_count_on_without_a_row_of_their_own(app):
    office = make_office()
    with transaction():
        taken = [numbers.next_number(office.id, "registration", 0) for _ in range(3)]

    assert taken == [1, 2, 3]
    assert issued() == []


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM issued_numbers",
        "UPDATE issued_numbers SET number = 9",
        "UPDATE issued_numbers SET text = 'lain', cancelled_at = issued_at, cancelled_reason = 'x'",
        "UPDATE issued_numbers SET subject = 'lain'",
        "UPDATE issued_numbers SET cancelled_at = NULL, cancelled_reason = NULL",
        "DELETE FROM number_registers",
        "UPDATE number_registers SET last = last - 1",
        "UPDATE number_registers SET year = 2027, last = last + 1",
    ],
)
def test_the_database_refuses_to_give_a_number_back(app, now, change):
    office = make_office()
    with transaction():
        ident = take(office, now).id
    with transaction():
        numbers.cancel(ident, "Salah hari", by="Rina", now=now)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
        session.execute(sa.text(change))


@pytest.mark.parametrize("number", [1, 2, 4])
def test_the_database_refuses_a_number_that_its_series_did_not_just_count(app, now, number):
    """Used already, or not the last one of the register: 2 was counted, 3 would follow."""
    office = make_office()
    with transaction():
        take(office, now)
        take(office, now)

    with pytest.raises(sa.exc.DBAPIError, match="out of sequence"), transaction() as session:
        session.add(
            IssuedNumber(
                office_id=office.id, series="letter", year=2026, number=number, text="lain",
                purpose="x", subject="y", issued_at=now, issued_by="z",
            )
        )  # fmt: skip


def test_the_database_refuses_a_number_after_one_that_was_left_out(app, now):
    office = make_office()
    with transaction():
        take(office, now)
        numbers.next_number(office.id, "letter", 2026)

    with pytest.raises(sa.exc.DBAPIError, match="out of sequence"), transaction():
        take(office, now)
