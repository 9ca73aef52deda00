"""The board: where each session stands, why one stays, and the pages between a drop and its move."""

import re
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core import clock
from kopdiklat.core.clock import standing_at
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.training.models import Trainer, TrainingSession
from tests.factories import (
    NOW,
    make_attendance,
    make_batch,
    make_course,
    make_holiday,
    make_office,
    make_registration,
    make_trainer,
    make_training_session,
    make_user,
)
from tests.training.test_views import count_queries

DAY = timedelta(days=1)


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator", name="Rina"))


def named(name, **columns):
    return make_batch(course=make_course(name=name), sessions=0, **columns)


def get(client, address):
    db.session.rollback()
    with standing_at(NOW):
        return client.get(address).get_data(as_text=True)


def press(client, session, day, hour, **more):
    """As the form, the mouse and the keys all send it."""
    db.session.rollback()
    seen = db.session.get_one(TrainingSession, session.id).starts_at.isoformat()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', get(client, "/akun"))[1]
    body = {"csrf_token": token, "day": day, "hour": hour, "seen": seen} | more
    with standing_at(NOW):
        return client.post(f"/training-sessions/{session.id}/move", data=body)


def at(session):
    db.session.rollback()
    return db.session.get_one(TrainingSession, session.id).starts_at


def cell(page, day, hour):
    found = re.search(rf'<td[^>]*data-day="{day}" data-hour="{hour}".*?</td>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group()).split()) if found else None


# -- where it stands -----------------------------------------------------------------------------------


def test_a_session_stands_in_its_day_and_hour_with_what_it_needs(client):
    make_training_session(named("Pembukuan", venue="Aula BLK"), NOW + 3 * DAY, trainer_name="Luluk")

    page = get(client, "/calendar/board?day=2026-07-16")

    assert cell(page, "2026-07-16", 9) == (
        "09.00–10.30 Pembukuan harian Pembukuan, angkatan 1 · Aula BLK · Luluk"
        " Pindahkan Pembukuan harian"
    )


def test_a_session_of_jayapura_stands_on_its_own_clock_and_names_it(client):
    starts_at = clock.moment(date(2026, 7, 15), time(23, 30), "WIB")
    make_training_session(named("Timur", time_zone="WIT"), starts_at)

    page = get(client, "/calendar/board?day=2026-07-16")

    assert cell(page, "2026-07-16", 1).startswith("01.30–03.00 WIT Pembukuan harian")
    assert 'data-begins="2026-07-16T01:30"' in page


def test_closed_days_say_why(client):
    make_holiday(date(2026, 7, 16), "Hari Koperasi")

    page = get(client, "/calendar/board?day=2026-07-16")

    assert "<small>Libur: Hari Koperasi</small>" in page
    assert page.count("<small>Kantor tutup</small>") == 2
    assert "Tidak ada sesi pada minggu ini." in page


@pytest.mark.parametrize(
    ("columns", "before", "why"),
    [
        ({"state": "cancelled"}, -1, "Angkatan dibatalkan"),
        ({}, 1 / 24, "Sudah mulai atau lewat"),
        ({"presence": True}, -1, "Sudah ada presensi"),
    ],
)
def test_what_cannot_move_says_why_and_has_no_way_to(client, columns, before, why):
    columns = dict(columns)
    presence = columns.pop("presence", False)
    session = make_training_session(named("Tetap", seats=3, **columns), NOW - before * DAY)
    if presence:
        make_attendance(make_registration(session.batch), session)

    page = get(client, "/calendar/board")
    form = get(client, f"/training-sessions/{session.id}/move")

    assert why in cell(page, session.day, clock.local(session.starts_at, "WIB").hour)
    assert f"/training-sessions/{session.id}/move" not in page
    assert "Sesi ini tidak dapat dipindahkan." in form
    assert 'name="hour"' not in form


def test_rows_grow_with_early_and_late_sessions(client):
    for hour in (4, 21):
        make_training_session(
            named(f"Jam {hour}"), clock.moment(date(2026, 7, 16), time(hour), "WIB")
        )

    rows = re.findall(
        r'<th scope="row"[^>]*>([\d.]+)</th>', get(client, "/calendar/board?day=2026-07-16")
    )

    assert (rows[0], rows[-1], len(rows)) == ("04.00", "21.00", 18)


def test_the_board_makes_the_same_number_of_queries_for_one_and_three(client):
    def add(n):
        make_training_session(named(f"Kursus {n}"), NOW + n * DAY, trainer_name=f"P {n}")

    add(1)
    one = count_queries(client, "/calendar/board?day=2026-07-14")
    add(2)
    add(3)

    assert count_queries(client, "/calendar/board?day=2026-07-14") == one <= 12


# -- from the drop to the move -------------------------------------------------------------------------


def test_a_draft_moves_at_once_and_is_put_back_by_one_button(client):
    session = make_training_session(named("Rancang", state="draft"), NOW + 3 * DAY)
    was = session.starts_at

    answer = press(client, session, "2026-07-17", "13.15")
    moved = at(session)
    page = get(client, answer.headers["Location"])
    undo = dict(re.findall(r'name="(day|hour|seen|undo)" value="([^"]+)"', page))
    back = press(client, session, **undo)
    after = get(client, back.headers["Location"])

    assert moved == clock.moment(date(2026, 7, 17), time(13, 15), "WIB")
    assert "sekarang Jumat, 17 Juli 2026, 13.15–14.45 WIB." in page
    assert "Urungkan, kembali ke Kamis, 16 Juli 2026, 09.00 WIB" in page
    assert at(session) == was
    assert "Sesi kembali ke Kamis, 16 Juli 2026, 09.00–10.30 WIB." in after
    assert "Urungkan" not in after


def test_people_are_named_with_their_letter_before_anything_goes(client):
    batch = named("Terbit", seats=3, taken=1)
    session = make_training_session(batch, NOW + 3 * DAY)

    check = press(client, session, "2026-07-18", "09.00")
    page = check.get_data(as_text=True)
    stayed = at(session)
    sent_before = db.session.scalar(sa.select(sa.func.count(OutboxMessage.id)))
    done = press(client, session, "2026-07-18", "09.00", confirmed="y")

    assert check.status_code == 200
    assert "Kantor tidak buka pada hari itu." in page
    assert "Pindahkan dan beri tahu 1 orang" in page
    assert "18 Juli 2026" in page
    assert (stayed, sent_before) == (NOW + 3 * DAY, 0)
    assert at(session) == NOW + 5 * DAY
    assert db.session.scalar(sa.select(sa.func.count(OutboxMessage.id))) == 1
    assert "Urungkan" not in get(client, done.headers["Location"])


def test_a_clash_is_told_and_wants_its_reason(client):
    busy = named("Sibuk", venue="Aula A")
    make_training_session(busy, NOW + 4 * DAY, trainer_name="Luluk")
    session = make_training_session(
        named("Rancang", state="draft", venue="Aula B"), NOW + 3 * DAY, trainer_name="Luluk"
    )

    told = press(client, session, "2026-07-17", "10.00")
    asked = press(client, session, "2026-07-17", "10.00", confirmed="y")
    kept = press(client, session, "2026-07-17", "10.00", confirmed="y", reason="Daring")

    assert (told.status_code, asked.status_code, kept.status_code) == (422, 422, 303)
    assert (
        "Jumat, 17 Juli 2026, 09.00–10.30 WIB Luluk mengajar di Sibuk, angkatan 1, Aula A."
        in told.get_data(as_text=True)
    )
    assert "Tulis alasannya, atau kembali dan pilih waktu lain." not in told.get_data(as_text=True)
    assert "Tulis alasannya, atau kembali dan pilih waktu lain." in asked.get_data(as_text=True)
    assert db.session.get_one(TrainingSession, session.id).clash_reason == "Daring"


def test_who_comes_second_reads_where_it_went_and_by_whom_and_may_then_move_it(client, login_as):
    session = make_training_session(named("Rancang", state="draft"), NOW + 3 * DAY)
    seen = session.starts_at.isoformat()
    other = login_as(make_user("coordinator", name="Agus Salim"))
    press(other, session, "2026-07-17", "09.00")

    late = press(client, session, "2026-07-20", "09.00", seen=seen)
    page = late.get_data(as_text=True)
    fresh = re.search(r'name="seen"[^>]*value="([^"]+)"', page)[1]
    again = press(client, session, "2026-07-20", "09.00", seen=fresh)

    assert late.status_code == 422
    assert "dipindahkan ke Jumat, 17 Juli 2026, 09.00–10.30 WIB oleh Agus Salim." in page
    assert 'value="2026-07-20"' in page
    assert again.status_code == 303
    assert at(session) == NOW + 7 * DAY


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"day": "", "hour": "09.00"}, "Pilih harinya."),
        ({"day": "31/02/2026", "hour": "09.00"}, "Tanggal tidak ada di kalender."),
        ({"day": "2026-07-17", "hour": ""}, "Isi jam mulainya, contoh 08.30."),
        ({"day": "2026-07-17", "hour": "25.00"}, "Jam tidak dapat dibaca."),
        ({"day": "2026-07-10", "hour": "09.00"}, "Waktu itu sudah lewat."),
    ],
)
def test_a_bad_place_gets_a_sentence_keeps_what_was_typed_and_moves_nothing(client, form, sentence):
    session = make_training_session(named("Rancang", state="draft"), NOW + 3 * DAY)

    answer = press(client, session, form["day"], form["hour"])
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert sentence in page
    assert "<title>Galat:" in page
    assert f'value="{form["hour"]}"' in page
    assert at(session) == NOW + 3 * DAY


@pytest.mark.parametrize("seen", ["", "kemarin", "2026-07-16T09:00", "9" * 4000])
def test_a_broken_note_of_what_was_seen_breaks_nothing(client, seen):
    session = make_training_session(named("Rancang", state="draft"), NOW + 3 * DAY)

    assert press(client, session, "2026-07-17", "09.00", seen=seen).status_code in (303, 422)


@pytest.mark.parametrize(
    "query", ["moved=1", "moved=999&was=2026-07-16T02:00:00%2B00:00", "moved=x&was=y", "day=x"]
)
def test_an_address_of_the_board_that_means_nothing_shows_the_week(client, query):
    make_training_session(named("Rancang", state="draft"), NOW + DAY)

    page = get(client, f"/calendar/board?{query}")

    assert "13–19 Juli 2026" in page
    assert "Urungkan" not in page


def test_nobody_puts_back_a_session_of_another_office(app, login_as):
    far = make_training_session(named("Jauh", office=make_office("3517", "Jombang")), NOW + DAY)
    client = login_as(make_user("coordinator", make_office("3576")))
    was = (NOW + 2 * DAY).isoformat().replace("+", "%2B")

    assert "Urungkan" not in get(client, f"/calendar/board?moved={far.id}&was={was}")
    with standing_at(NOW):
        assert client.get(f"/training-sessions/{far.id}/move").status_code == 404


def test_who_runs_one_office_and_teaches_at_another_moves_sessions_of_the_first(app, login_as):
    other = make_office("3517", "Jombang")
    user = make_user("coordinator", make_office("3576"))
    trainer = make_trainer("Rina", other)
    with transaction():
        lock(Trainer, trainer.id).user_id = user.id
    make_training_session(named("Sini"), NOW + DAY)
    make_training_session(named("Sana", office=other), NOW + DAY, trainer_name="Rina")
    client = login_as(user)

    assert "Sana, angkatan 1" in get(client, "/calendar?month=2026-07")
    assert "Sana, angkatan 1" not in get(client, "/calendar/board")
    assert "Sini, angkatan 1" in get(client, "/calendar/board")


def test_a_head_reads_the_calendar_and_moves_nothing(app, login_as):
    session = make_training_session(named("Terbit"), NOW + DAY)
    head = login_as(make_user("head"))

    assert "/calendar/board" not in get(head, "/calendar")
    with standing_at(NOW):
        assert head.get("/calendar/board").status_code == 404
        assert head.get(f"/training-sessions/{session.id}/move").status_code == 403
