from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives import queries, rules
from kopdiklat.cooperatives.models import Officer
from kopdiklat.core.db import db
from tests.factories import make_cooperative, make_officer, make_person

TODAY = date(2026, 7, 13)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "runs"),
    [
        (None, None, True),
        (TODAY, None, True),
        (TODAY + DAY, None, False),
        (None, TODAY, True),
        (None, TODAY - DAY, False),
        (TODAY, TODAY, True),
        (TODAY - DAY, TODAY + DAY, True),
    ],
)
def test_an_officer_is_in_office_from_the_first_day_to_the_last(app, starts_on, ends_on, runs):
    make_officer(starts_on=starts_on, ends_on=ends_on)

    found = db.session.scalar(sa.select(sa.func.count(Officer.id)).where(queries.in_office(TODAY)))

    assert rules.is_in_office(starts_on, ends_on, TODAY) is runs
    assert found == int(runs)


def test_an_officer_whose_term_ends_later_stands_before_those_whose_term_is_over(app):
    cooperative = make_cooperative()
    for name, position, ends_on in (
        ("Agus", "chair", TODAY - DAY),
        ("Budi", "treasurer", TODAY + DAY),
        ("Citra", "secretary", None),
    ):
        person = make_person(full_name=name)
        make_officer(cooperative, person, position=position, ends_on=ends_on)

    found = queries.officers_of(cooperative.id, TODAY)

    assert [officer.person.full_name for officer in found] == ["Citra", "Budi", "Agus"]
