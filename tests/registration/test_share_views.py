"""The page of caps and reserves, and putting a team first."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from kopdiklat.core.db import db
from kopdiklat.registration import halls, queries
from kopdiklat.registration.seating import Share
from kopdiklat.training.models import Batch
from tests.factories import (
    make_batch,
    make_cooperative,
    make_registration,
    make_training_session,
    make_user,
)

NORTH, TYPE = ("district", "Utara"), ("cooperative_type", "consumer")


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def address(batch, tail="seat-shares"):
    return f"/batches/{batch.id}/{tail}"


def press(client, batch, tail="seat-shares", **data):
    page = client.get(address(batch)).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    return client.post(address(batch, tail), data={"csrf_token": token, **data})


def lines(*groups):
    """What a browser sends for lines of (group, cap, reserve)."""
    return {
        f"rows-{n}-{name}": value
        for n, ((facet, value_), cap, reserve) in enumerate(groups)
        for name, value in (
            ("facet", facet),
            ("value", value_),
            ("cap", cap),
            ("reserve", reserve),
        )
    }


def north_batch(**columns):
    batch = make_batch(sessions=0, **columns)
    make_training_session(batch, starts_at=datetime.now(UTC) + timedelta(days=9))
    make_registration(batch, make_cooperative(district="Utara"))
    return batch


def test_every_kecamatan_and_type_has_a_line_with_what_it_has(client):
    batch = north_batch(seats=4)

    page = client.get(address(batch)).get_data(as_text=True)

    assert [
        re.search(rf'name="rows-{n}-value"[^>]*value="([^"]*)"', page)[1] for n in range(2)
    ] == ["Utara", "consumer"]
    assert dict(halls.seats_by_group(batch.id, datetime.now(UTC))) == {NORTH: 1, TYPE: 1}


def test_a_cap_and_a_reserve_are_kept_until_the_end_of_a_day(client):
    batch = north_batch(seats=4)

    answer = press(
        client, batch, **lines((NORTH, "3", "2"), (TYPE, "", "")), reserves_until="20/7/2026"
    )

    assert answer.status_code == 303
    db.session.rollback()
    assert halls.shares_set(batch.id) == {NORTH: Share(NORTH, 3, 2)}
    until = db.session.get_one(Batch, batch.id).reserves_until
    assert until == datetime(2026, 7, 20, 17, tzinfo=UTC)  # midnight WIB


@pytest.mark.parametrize(
    ("cap", "reserve", "words"),
    [
        ("0", "", "Utara sudah memakai 1 kursi; batasnya tidak dapat kurang dari itu."),
        ("1", "2", "Kursi khusus Utara melebihi batasnya."),
        ("", "9", "Kursi khusus berjumlah 9, kursi angkatan ini hanya 4."),
        ("banyak", "", "Tulis dengan angka, contoh 12."),
        ("-1", "", "Isi antara 0 dan 10000."),
    ],
)
def test_a_wrong_line_is_answered_by_a_sentence_and_keeps_what_was_typed(
    client, cap, reserve, words
):
    batch = north_batch(seats=4)

    answer = press(client, batch, **lines((NORTH, cap, reserve)))
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert words in page
    assert re.search(rf'name="rows-0-cap"[^>]*value="{cap}"', page)
    db.session.rollback()
    assert halls.shares_set(batch.id) == {}


def test_a_group_that_the_office_does_not_have_is_left_out(client):
    batch = north_batch(seats=4)

    press(client, batch, **lines((("district", "Mars"), "3", "2")))

    db.session.rollback()
    assert halls.shares_set(batch.id) == {}


def test_a_team_is_put_first_only_with_a_reason(client):
    batch = north_batch(seats=1)
    first, second = (make_registration(batch, state="waitlisted") for _ in range(2))

    for reason in ("  ", "Belum pernah ikut"):
        press(client, batch, "queue-order", team=second.team, reason=reason)
        db.session.rollback()
        before = [queries.position_in_queue(r) for r in (first, second)]
        assert before == ([1, 2] if not reason.strip() else [2, 1])

    assert queries.last_event(second.id).reason == "Belum pernah ikut"
