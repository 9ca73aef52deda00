"""A mark at the door and the end of its seat at the same moment: whoever is second reads why."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.attendance import service
from kopdiklat.attendance.models import Attendance
from kopdiklat.core.db import db
from kopdiklat.registration import batches
from kopdiklat.registration import service as registration
from kopdiklat.registration.models import Registration
from tests.at_once import meanwhile, refusal_of
from tests.factories import make_batch, make_registration, make_training_session, make_user


@pytest.fixture
def steps(app, now):
    """Each way to mark, and each way to lose the seat, as changes of one registration."""
    batch = make_batch(seats=9, sessions=0)
    block = make_training_session(batch, starts_at=now + timedelta(hours=1))
    batch_id, block_id, user_id = batch.id, block.id, make_user("door_staff").id
    seat = make_registration(batch).id

    def tick():
        officer = db.session.get_one(User, user_id)
        service.tick(block_id, seat, method="qr", user=officer, now=now)

    def save_list():
        officer = db.session.get_one(User, user_id)
        changes = [service.Change(seat, None, "present")]
        service.save_list(block_id, changes, reason=None, user=officer, now=now)

    def cancel_seat():
        registration.cancel(seat, "Sakit", by="uji", now=now, by_staff=True)

    def cancel_batch():
        batches.cancel(batch_id, "Banjir", by="uji", now=now)

    return {step.__name__: step for step in (tick, save_list, cancel_seat, cancel_batch)}


MARKS = pytest.mark.parametrize("mark", ["tick", "save_list"])
ENDS = pytest.mark.parametrize("end", ["cancel_seat", "cancel_batch"])


@MARKS
@ENDS
def test_a_mark_waits_for_a_seat_that_is_cancelled_and_is_refused(app, steps, mark, end):
    with meanwhile(app, steps[end]):
        sentence = refusal_of(steps[mark])

    assert (
        sentence
        == {
            "tick": "Pendaftaran ini sudah tidak berlaku. Hubungi koordinator.",
            "save_list": service.NOT_HERE,
        }[mark]
    )
    assert db.session.scalars(sa.select(Attendance.id)).all() == []


@MARKS
@ENDS
def test_a_seat_that_is_being_marked_is_not_cancelled(app, steps, mark, end):
    with meanwhile(app, steps[mark]):
        sentence = refusal_of(steps[end])

    assert "presensi" in sentence
    assert db.session.scalars(sa.select(Registration.state)).all() == ["confirmed"]
    assert db.session.scalars(sa.select(Attendance.state)).all() == ["present"]
