"""Month and agenda: what stands on which day, for whom, and what the address narrows."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core import clock
from kopdiklat.core.clock import standing_at
from kopdiklat.core.db import db, transaction
from kopdiklat.dashboard import calendar_month as months
from kopdiklat.training.models import Trainer
from tests.factories import (
    NOW,
    make_batch,
    make_cooperative,
    make_course,
    make_door_duty,
    make_holiday,
    make_office,
    make_trainer,
    make_training_session,
    make_user,
    make_venue,
    make_visit,
)
from tests.training.test_views import count_queries


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def shown(client, query="", now=NOW):
    with standing_at(now):
        return client.get(f"/calendar?{query}").get_data(as_text=True)


def on(page, day):
    """The cell of a day in the month, without marks."""
    cells = re.findall(r"<td class=.*?</td>", page, re.S)
    cell = next(cell for cell in cells if f'datetime="{day}"' in cell)
    return " ".join(re.sub(r"<[^>]+>", " ", cell).split())


def named(name, **columns):
    return make_batch(course=make_course(name=name), sessions=0, **columns)


def teach(user, name="Rina Wulandari"):
    trainer = make_trainer(name)
    with transaction():
        db.session.get_one(Trainer, trainer.id).user_id = user.id
    return name


# -- which day ---------------------------------------------------------------------------------------


def test_a_batch_stands_once_on_each_of_its_days_with_hours_and_place(client):
    batch = named("Pembukuan", venue="Aula BLK")
    make_training_session(batch, NOW + timedelta(days=1))
    make_training_session(batch, NOW + timedelta(days=1, hours=4))
    make_training_session(batch, NOW + timedelta(days=2))

    page = shown(client)

    assert "09.00–14.30 Pembukuan, angkatan 1 Aula BLK" in on(page, "2026-07-14")
    assert "09.00–10.30 Pembukuan, angkatan 1 Aula BLK" in on(page, "2026-07-15")
    assert page.count(f'href="/batches/{batch.id}"') == 3  # two days and the end of registration


def test_half_past_eleven_in_jakarta_is_tomorrow_in_jayapura_with_both_clocks(client):
    at = clock.moment(date(2026, 7, 14), datetime(2026, 1, 1, 23, 30, tzinfo=UTC).time(), "WIB")
    make_training_session(named("Malam", time_zone="WIT"), at)

    page, agenda = shown(client), shown(client, "view=agenda")

    assert "01.30–03.00 WIT Malam" in on(page, "2026-07-15")
    assert "WIT Malam" not in on(page, "2026-07-14")
    assert "Sel, 14 Jul, 23.30–01.00 WIB di kantor Anda" in agenda


def test_a_session_over_midnight_stands_where_it_begins_and_says_until_when(client):
    at = clock.moment(date(2026, 7, 14), datetime(2026, 1, 1, 22, 0, tzinfo=UTC).time(), "WIB")
    make_training_session(named("Malam"), at, minutes=180)

    page = shown(client)

    assert "22.00–01.00, selesai Rabu Malam" in on(page, "2026-07-14")
    assert "Malam" not in on(page, "2026-07-15")


def test_what_ends_at_midnight_ends_that_day(client):
    at = clock.moment(date(2026, 7, 14), datetime(2026, 1, 1, 22, 0, tzinfo=UTC).time(), "WIB")
    make_training_session(named("Malam"), at, minutes=120)

    assert "22.00–00.00 Malam" in on(shown(client), "2026-07-14")


def test_the_end_of_registration_stands_on_the_clock_of_the_batch(client):
    closes = clock.moment(date(2026, 7, 14), datetime(2026, 1, 1, 23, 0, tzinfo=UTC).time(), "WIB")
    make_batch(
        course=make_course(name="Timur"), time_zone="WIT", sessions=1, registration_closes_at=closes
    )

    assert "01.00 WIT Pendaftaran ditutup: Timur, angkatan 1" in on(shown(client), "2026-07-15")


# -- how a day is marked -------------------------------------------------------------------------------


def test_today_weekends_and_holidays_are_marked_by_word(client):
    make_holiday(date(2026, 8, 17), "Hari Kemerdekaan")

    july, august = shown(client), shown(client, "month=2026-08")

    assert on(july, "2026-07-13") == "13 Senin, 13 Juli 2026 hari ini"
    assert re.search(
        r'<td class="is-closed is-empty">\s*<div[^>]*><a[^>]*><time datetime="2026-07-18"', july
    )
    assert on(august, "2026-08-17").endswith("Hari Kemerdekaan")


def test_cancelled_is_struck_and_named_and_a_draft_says_so(client):
    make_training_session(named("Batal", state="cancelled"), NOW + timedelta(days=1))
    make_training_session(named("Nanti", state="draft"), NOW + timedelta(days=1))

    page = shown(client)

    assert "Dibatalkan Batal, angkatan 1" in on(page, "2026-07-14")
    assert "<s>Batal, angkatan 1</s>" in page
    assert "Rancangan Nanti, angkatan 1" in on(page, "2026-07-14")


@pytest.mark.parametrize(
    ("visits", "lines", "folded"), [(3, 3, ""), (4, 2, "2 lagi"), (9, 2, "7 lagi")]
)
def test_a_full_day_folds_into_its_agenda(client, visits, lines, folded):
    for n in range(visits):
        make_visit(
            cooperative=make_cooperative(name=f"KSU {n}"), starts_at=NOW + timedelta(hours=n)
        )

    page = shown(client)
    agenda = shown(client, "view=agenda&day=2026-07-13")

    assert on(page, "2026-07-13").count("Kunjungan:") == lines
    assert folded in on(page, "2026-07-13")
    assert agenda.count("Kunjungan: KSU") == visits


def test_an_empty_month_says_what_to_do(client):
    make_course()

    assert "Buat angkatan dari Program" in shown(client)
    assert "Belum ada kegiatan" in shown(client, "view=agenda")
    assert "Coba hapus filter." in shown(client, f"course={make_course().id}")


# -- the address ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["month=2026-13", "month=abc", "day=31/02/2026", "venue=x", "view=tahun", "month=9999-01"])  # fmt: skip
def test_an_address_that_means_nothing_shows_this_month(client, query):
    assert "<h1>Juli 2026</h1>" in shown(client, query)


def test_filters_narrow_in_the_query_and_stay_in_every_link(client):
    room, other = make_venue("Aula BLK"), make_venue("Aula lain")
    make_training_session(named("Di sini", venue="Aula BLK"), trainer_name="Luluk Farida")
    make_training_session(named("Di sana", venue="Aula lain"), trainer_name="Agus")
    make_visit(cooperative=make_cooperative(name="KSU Satu"))
    trainer = db.session.scalar(sa.select(Trainer).where(Trainer.name == "Agus"))

    here = shown(client, f"venue={room.id}")

    assert "Di sini, angkatan 1" in here
    assert "Di sana, angkatan 1" not in here
    assert "Kunjungan: KSU Satu" not in here
    assert f"venue={room.id}&amp;month=2026-08" in here
    assert "Di sana, angkatan 1" in shown(client, f"trainer={trainer.id}")
    assert "Di sini, angkatan 1" not in shown(client, f"trainer={trainer.id}")
    assert "Di sana, angkatan 1" in shown(client, f"venue={other.id}&view=agenda")


def test_only_mine_keeps_what_the_coordinator_runs_and_leaves_out_others_visits(client):
    make_training_session(named("Milik kantor"))
    make_visit(cooperative=make_cooperative(name="KSU Satu"))

    page = shown(client, "mine=y")

    assert "Milik kantor" in page
    assert "KSU Satu" not in page


def test_the_same_number_of_queries_for_one_and_three(client):
    def add(n):
        make_training_session(named(f"Kursus {n}"), NOW + timedelta(days=n), trainer_name=f"P {n}")
        make_visit(starts_at=NOW + timedelta(days=n))
        make_holiday(date(2026, 7, 20 + n))

    addresses = ["/calendar?month=2026-07", "/calendar?month=2026-07&view=agenda"]
    add(1)
    one = [count_queries(client, address) for address in addresses]
    add(2)
    add(3)

    assert [count_queries(client, address) for address in addresses] == one
    assert max(one) <= 16


# -- who sees what -------------------------------------------------------------------------------------


def test_another_office_sees_nothing_and_the_head_above_both(app, login_as):
    above = make_office("35", "Dinas Provinsi", region_name="Jawa Timur")
    office = make_office("3576", parent_id=above.id)
    make_training_session(named("Kota", office=office))
    stranger = login_as(make_user("coordinator", make_office("3517", "Dinas Jombang")))
    head = login_as(make_user("head", above))

    assert "Kota, angkatan 1" not in shown(stranger)
    assert "Kota, angkatan 1" in shown(head)


def test_a_mentor_sees_own_visits_and_sessions_that_he_teaches_but_no_draft(app, login_as):
    mentor = make_user("mentor")
    name = teach(mentor)
    make_training_session(named("Diajar"), NOW + timedelta(days=1), trainer_name=name)
    make_training_session(
        named("Rahasia", state="draft"), NOW + timedelta(days=1), trainer_name=name
    )
    make_training_session(named("Orang lain"), NOW + timedelta(days=1), trainer_name="Agus")
    make_visit(mentor, make_cooperative(name="KSU Milik"), NOW)
    make_visit(None, make_cooperative(name="KSU Lain"), NOW)
    client = login_as(mentor)

    page = shown(client)

    assert "Diajar, angkatan 1" in page
    assert "KSU Milik" in page
    assert not re.search("Rahasia|Orang lain|KSU Lain|Pendaftaran ditutup", page)
    assert "/batches/" not in page


def test_the_door_sees_the_day_of_its_duty_and_its_list(app, login_as):
    guard = make_user("door_staff")
    batch = named("Berdua hari")
    today, tomorrow = (make_training_session(batch, NOW + timedelta(days=n)) for n in (0, 1))
    make_door_duty(guard, batch, today.day)
    client = login_as(guard)

    page = shown(client, now=NOW - timedelta(hours=3))

    assert f"/training-sessions/{today.id}" in page
    assert "Berdua hari" not in on(page, tomorrow.day)


def test_a_manager_has_no_calendar(app, login_as):
    assert login_as(make_user("manager")).get("/calendar").status_code == 404


# -- the grid, pure ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [("2026-07", date(2026, 7, 1)), ("2026-7", date(2026, 7, 1)), (" 2026-12 ", date(2026, 12, 1)),
     ("2026-00", date(2026, 2, 1)), ("1999-01", date(2026, 2, 1)), ("", date(2026, 2, 1))],
)  # fmt: skip
def test_a_month_is_read_or_is_todays(text, first):
    assert months.month_of(text, date(2026, 2, 28)) == first


@pytest.mark.parametrize("year", range(2023, 2033))
def test_six_weeks_hold_every_month_and_neighbours_meet(year):
    for month in range(1, 13):
        first = date(year, month, 1)
        monday, sunday = months.grid_of(first)
        before, after = months.months_around(first)

        assert (monday.weekday(), sunday.weekday(), (sunday - monday).days) == (0, 6, 41)
        assert monday <= first
        assert months.last_of(first) <= sunday
        assert (months.last_of(before) + timedelta(days=1), months.last_of(first)) == (
            first, after - timedelta(days=1),
        )  # fmt: skip
