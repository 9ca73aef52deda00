"""The office's holidays: read from what is pasted, listed, and skipped."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.offices.models import Holiday
from kopdiklat.offices.rules import read_holidays
from tests.factories import make_holiday, make_office, make_user


@pytest.mark.parametrize(
    "line",
    [
        "17/8/2026 Hari Kemerdekaan",
        "17-08-2026\tHari Kemerdekaan",
        "2026-08-17; Hari Kemerdekaan",
        "Senin, 17 Agustus 2026: Hari Kemerdekaan",
        "Hari Kemerdekaan, 17 Agustus 2026",
        "  17.8.2026 - Hari   Kemerdekaan ",
    ],
)
def test_a_line_is_read_as_offices_write_it(line):
    assert read_holidays(line) == [(date(2026, 8, 17), "Hari Kemerdekaan")]


def test_several_lines_and_a_span_of_days_come_in_order():
    text = "25/12/2026 Natal\n\n20–22 Maret 2026 Idulfitri"

    assert read_holidays(text) == [
        (date(2026, 3, 20), "Idulfitri"),
        (date(2026, 3, 21), "Idulfitri"),
        (date(2026, 3, 22), "Idulfitri"),
        (date(2026, 12, 25), "Natal"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1/1/2026 Tahun Baru\nHari Raya", "Baris 2: tanggal tidak dapat dibaca."),
        ("31/2/2026 Bukan hari", "Baris 1: tanggal tidak dapat dibaca."),
        ("17/8/2026", "Baris 1: tulis nama hari liburnya."),
        ("22–20 Maret 2026 Idulfitri", "Baris 1: tanggal akhir lebih dulu dari tanggal awal."),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text, words):
    with pytest.raises(RuleViolation, match=words):
        read_holidays(text)


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def press(client, address, **data):
    page = client.get("/holidays").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    return client.post(address, data={"csrf_token": token, **data})


def there():
    db.session.rollback()
    rows = db.session.execute(sa.select(Holiday.day, Holiday.name).order_by(Holiday.day))
    return [tuple(row) for row in rows]


def test_a_list_is_pasted_at_once_and_a_known_day_takes_the_new_name(client):
    make_holiday(date(2026, 8, 17), "HUT RI")

    press(client, "/holidays", lines="17/8/2026 Hari Kemerdekaan\n25/12/2026 Natal")

    assert there() == [(date(2026, 8, 17), "Hari Kemerdekaan"), (date(2026, 12, 25), "Natal")]


def test_a_bad_line_saves_nothing_and_keeps_what_was_typed(client):
    answer = press(client, "/holidays", lines="25/12/2026 Natal\nentah kapan")

    assert answer.status_code == 422
    assert "entah kapan" in answer.get_data(as_text=True)
    assert there() == []


def test_a_holiday_is_removed_only_by_its_own_office(client):
    mine = make_holiday(date(2026, 8, 17))
    theirs = make_holiday(date(2026, 8, 17), office=make_office("3517", "Dinas Jombang"))

    removed = press(client, f"/holidays/{mine.id}/deletion")
    refused = press(client, f"/holidays/{theirs.id}/deletion")

    assert (removed.status_code, refused.status_code) == (303, 404)
    assert len(there()) == 1
