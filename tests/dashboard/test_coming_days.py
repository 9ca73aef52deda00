from datetime import timedelta

import pytest

from kopdiklat.dashboard.coming_days import coming_days
from tests.factories import (
    make_batch,
    make_cooperative,
    make_visit,
)


def test_coming_days_hold_training_and_visits_of_the_week(app, facts, now):
    make_batch(seats=5, taken=2)
    make_visit(cooperative=make_cooperative(name="KSU Satu"), starts_at=now + timedelta(hours=4))
    make_visit(starts_at=now + timedelta(days=8))

    with app.test_request_context():
        days = coming_days(facts())

    assert [(day.on.day, [item.title for item in day.shown]) for day in days] == [
        (13, ["Kunjungan: KSU Satu"]),
        (15, [days[1].training[0].title]),
    ]


@pytest.mark.parametrize(("visits", "shown", "folded"), [(1, 1, 0), (2, 2, 0), (3, 1, 2)])
def test_coming_days_fold_the_visits_of_a_busy_day(app, facts, now, visits, shown, folded):
    for hours in range(visits):
        make_visit(starts_at=now + timedelta(hours=1 + hours))

    with app.test_request_context():
        (day,) = coming_days(facts())

    assert (len(day.shown), len(day.folded)) == (shown, folded)
