"""A batch that moves or ends: who hears of it, what they read, and once."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications.letters import compose
from kopdiklat.registration import letters, moves
from kopdiklat.training.models import Batch
from kopdiklat.training.service import SessionRow
from tests.factories import (
    make_batch,
    make_cooperative,
    make_invitation,
    make_person,
    make_registration,
    make_training_session,
    make_user,
    make_venue,
)
from tests.training.test_views import fields_of


def values(batch, **more):
    names = (
        "course_id programme_id number venue_id venue venue_address time_zone breaks decide_on"
        " people_per_cooperative spare_places waiting_places minimum_people contact_name"
        " pass_attendance_percent pass_test_score contact_phone registration_opens_at"
        " registration_closes_at"
    )
    return {name: getattr(batch, name) for name in names.split()} | more


def rows(batch, later=timedelta(0)):
    return [
        SessionRow(s.id, s.topic, s.trainer_name, s.starts_at + later, s.ends_at + later, place=n)
        for n, s in enumerate(batch.training_sessions)
    ]


def change(batch, now, later=timedelta(0), confirmed=True, **more):
    changed, sessions = values(batch, **more), rows(batch, later)
    with transaction():
        moves.change_batch(
            batch.id, changed, sessions, batch.seats, by="Rina", now=now, confirmed=confirmed
        )


def moved():
    found = sa.select(OutboxMessage).where(OutboxMessage.kind == "batch.moved")
    db.session.rollback()
    return list(db.session.scalars(found.order_by(OutboxMessage.id)))


def test_who_has_a_seat_waits_or_was_invited_hears_of_new_days_once_per_change(app, now):
    batch = make_batch(seats=1, taken=1)
    make_registration(batch, state="waitlisted")
    make_invitation(batch, make_cooperative(phone="+6281200000009"), opened_at=now)
    make_invitation(batch, make_cooperative(phone="+6281200000008"))  # neither seen nor sent

    change(db.session.get_one(Batch, batch.id), now, timedelta(days=7))
    change(db.session.get_one(Batch, batch.id), now)
    once = [message.dedupe_key for message in moved()]
    change(db.session.get_one(Batch, batch.id), now, timedelta(days=-7))

    assert len(once) == 3
    assert all(key.endswith(":1") for key in once)
    again = [message.dedupe_key for message in moved() if message.dedupe_key.endswith(":2")]
    assert len(again) == 3
    assert all(m.expires_at == now for m in moved() if m.dedupe_key.endswith(":1"))


def test_the_message_says_what_holds_now_and_what_held_before(app, now):
    batch = make_batch(seats=1)
    make_registration(batch, person=make_person(full_name="Siti Aminah"))
    aula = make_venue("Aula Lain", address="Jl. Benteng Pancasila 23")

    change(batch, now, venue_id=aula.id, venue=aula.name, venue_address=aula.address)

    letter = compose(moved()[0])
    assert letter.subject == f"Jadwal berubah: {db.session.get_one(Batch, batch.id).title}"
    assert "Yth. Siti Aminah," in letter.body
    assert "Tempat: Aula Lain, Jl. Benteng Pancasila 23" in letter.body
    assert "Sebelumnya: 15 Juli 2026, 09.00–10.30 WIB, Aula Balai Kota." in letter.body
    assert "QR Anda tetap berlaku." in letter.body


def test_what_held_before_is_told_day_by_day_where_days_differed(app, now):
    batch = make_batch(seats=1)
    make_training_session(batch, starts_at=now + timedelta(days=3), minutes=60)
    make_registration(batch)

    change(db.session.get_one(Batch, batch.id), now, venue_address="Jl. Benteng Pancasila 23")

    hours = "Rab, 15 Jul: 09.00–10.30 WIB; Kam, 16 Jul: 09.00–10.00 WIB"
    assert f"Sebelumnya: 15–16 Juli 2026, {hours}, Aula Balai Kota." in compose(moved()[0]).body


def test_a_confirmation_that_is_not_sent_yet_carries_the_new_days(app, now):
    batch = make_batch(seats=1)
    registration = make_registration(batch)
    with transaction():
        letters.tell("registration.confirmed", registration, now)

    change(batch, now, timedelta(days=7))

    found = sa.select(OutboxMessage).where(OutboxMessage.kind == "registration.confirmed")
    assert db.session.scalars(found).one().payload["days"] == "22 Juli 2026"


@pytest.mark.parametrize("taken", [0, 1])
def test_without_a_yes_nothing_is_changed_if_somebody_would_be_told(app, now, taken):
    batch = make_batch(seats=1, taken=taken)
    first = batch.days[0]

    if taken:
        with pytest.raises(moves.NotConfirmed) as pause:
            change(batch, now, timedelta(days=7), confirmed=False)
        assert (pause.value.telling.people, pause.value.telling.kind) == (1, "batch.moved")
    else:
        change(batch, now, timedelta(days=7), confirmed=False)

    db.session.rollback()
    shift = timedelta(0) if taken else timedelta(days=7)
    assert db.session.get_one(Batch, batch.id).days == [first + shift]
    assert moved() == []


def test_another_contact_tells_nobody(app, now):
    batch = make_batch(seats=1, taken=1)

    change(batch, now, contact_name="Bagus P.", confirmed=False)

    assert moved() == []


# -- the page --------------------------------------------------------------------------------------


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def press(client, address, **data):
    page = client.get("/akun").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    return client.post(address, data={"csrf_token": token, **data})


def hidden(page: str) -> dict:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name != "csrf_token"}


def test_cancelling_shows_who_is_told_and_the_text_before_it_goes(client):
    batch = make_batch(seats=3, sessions=0)
    make_training_session(batch, datetime.now(UTC) + timedelta(days=9))
    make_registration(batch, person=make_person(full_name="Siti Aminah"))
    make_registration(batch, person=make_person(phone=None))
    address = f"/batches/{batch.id}/cancellation"

    page = press(client, address, reason="Aula dipakai pilkada").get_data(as_text=True)
    db.session.rollback()
    before = db.session.get_one(Batch, batch.id).state
    press(client, address, **hidden(page), confirmed="y")

    assert "2 orang diberi tahu" in page
    assert "Yth. Siti Aminah," in page
    assert "Alasan: Aula dipakai pilkada" in page
    db.session.rollback()
    assert (before, db.session.get_one(Batch, batch.id).state) == ("published", "cancelled")
    assert len(db.session.scalars(sa.select(OutboxMessage)).all()) == 1


def test_moving_asks_first_and_sends_everything_that_was_typed_again(client):
    now = datetime.now(UTC)
    batch = make_batch(
        sessions=0,
        seats=2,
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=now + timedelta(days=2),
    )
    make_training_session(batch, now + timedelta(days=9))
    make_registration(batch)
    first = batch.days[0]
    address = f"/batches/{batch.id}/edit"
    form = fields_of(client.get(address).get_data(as_text=True))
    form |= {"first_day": (first + timedelta(days=21)).isoformat(), "every_day": "y"}

    asked = press(client, address, **form).get_data(as_text=True)
    db.session.rollback()
    before = db.session.get_one(Batch, batch.id).days
    saved = press(client, address, **hidden(asked), confirmed="y")

    assert "1 orang diberi tahu" in asked
    assert before == [first]
    assert saved.status_code == 303
    db.session.rollback()
    assert db.session.get_one(Batch, batch.id).days == [first + timedelta(days=21)]
