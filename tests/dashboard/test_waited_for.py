from datetime import timedelta

from kopdiklat.dashboard.waited_for import waited_for
from tests.factories import (
    make_user,
    make_visit,
)


def test_visits_that_nobody_wrote_down_are_waited_for(app, facts, now):
    mentor = make_user("mentor", name="Dedi Prasetyo")
    for days in (3, 1):
        make_visit(mentor, starts_at=now - timedelta(days=days))

    with app.test_request_context():
        ((who, what, since, _),) = waited_for(facts(), 0)

    assert (who, what) == ("Dedi Prasetyo", "mencatat 2 kunjungan yang sudah lewat")
    assert since == "sejak 10 Jul 2026, 3 hari"
