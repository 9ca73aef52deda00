"""The register of numbers with two connections: without a gap, never twice."""

import pytest
import sqlalchemy as sa

from kopdiklat.core import numbers
from kopdiklat.core.db import db, transaction
from kopdiklat.core.numbers import IssuedNumber, Use
from tests.at_once import meanwhile, refusal_of
from tests.factories import make_issued_number, make_office

USE = Use("Undangan", "Bimtek Akuntabilitas", "Rina Wulandari")


class Undone(Exception):
    """Takes back what was written."""


def undo():
    raise Undone


@pytest.fixture
def office_id(app):
    return make_office().id


def taking(office_id, now):
    return lambda: numbers.issue(office_id, "letter", 2026, lambda n: f"{n}/2026", USE, now=now)


def issued():
    found = sa.select(IssuedNumber.number, IssuedNumber.cancelled_at.is_not(None))
    return [tuple(row) for row in db.session.execute(found.order_by(IssuedNumber.id))]


@pytest.mark.parametrize("before", [0, 1], ids=["the first", "a later"])
def test_a_number_waits_for_the_one_before_it(app, now, office_id, before):
    for _ in range(before):
        with transaction():
            taking(office_id, now)()

    with meanwhile(app, taking(office_id, now)):
        assert refusal_of(taking(office_id, now)) is None

    assert issued() == [(n, False) for n in range(1, before + 3)]
    assert numbers.faults() == []


@pytest.mark.parametrize("before", [0, 1], ids=["the first", "a later"])
def test_a_number_that_is_undone_goes_to_who_waited(app, now, office_id, before):
    for _ in range(before):
        with transaction():
            taking(office_id, now)()

    with pytest.raises(Undone), meanwhile(app, taking(office_id, now), then=undo):
        assert refusal_of(taking(office_id, now)) is None

    db.session.rollback()
    assert issued() == [(n, False) for n in range(1, before + 2)]
    assert numbers.faults() == []


def test_a_number_that_is_being_cancelled_is_not_given_again(app, now, office_id):
    ident = make_issued_number(series="letter").id

    def cancel():
        numbers.cancel(ident, "salah cetak", by="Rina", now=now)

    with meanwhile(app, cancel):
        assert refusal_of(taking(office_id, now)) is None

    assert issued() == [(1, True), (2, False)]
    assert numbers.faults() == []
