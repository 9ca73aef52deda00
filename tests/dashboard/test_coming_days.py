from datetime import timedelta

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

    assert [(day.day, [item.title for item in items]) for day, items in days] == [
        (13, ["Kunjungan: KSU Satu"]),
        (15, [days[1][1][0].title]),
    ]
    assert days[1][1][0].is_training
