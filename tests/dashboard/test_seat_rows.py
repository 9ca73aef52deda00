from datetime import timedelta

from kopdiklat.dashboard.seat_rows import seat_rows
from tests.factories import (
    make_batch,
    make_invitation,
)


def test_held_seats_count_as_waiting_for_an_answer(app, facts, now):
    batch = make_batch(seats=10, taken=3)
    make_invitation(batch, held_seats=2, held_until=now + timedelta(hours=5))
    make_invitation(batch, held_seats=2, held_until=now - timedelta(hours=5))

    with app.test_request_context():
        (row,) = seat_rows(facts())

    assert (row["taken"], row["seats"], row["note"]) == (3, 10, "2 menunggu jawaban")
