"""The attendance sheet: twenty rows a page, blanks at the end, nothing secret, nothing that breaks it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from kopdiklat.core.db import db
from kopdiklat.core.errors import NotFound
from kopdiklat.documents import sheet, typesetter, typesetting
from kopdiklat.training.models import Batch
from tests.factories import (
    make_batch,
    make_door_duty,
    make_office,
    make_person,
    make_registration,
    make_training_session,
    make_user,
)

STRANGE_NAMES = (
    "محمد عبد الله",
    "Siti 👩‍👩‍👧‍👦 Aminah 😀",
    "A" * 120,
    ("Raden Ayu Siti Nurhaliza Kusumaningrum " * 4)[:120],
    '#read("/etc/passwd") $x^2$ *tebal* _miring_ <b> @a [x] \\',
    "王小明",
    "Ma'ruf\u202eterbalik",
    "-",
)


def data_of(batch, now, day=None):
    batch = db.session.get_one(Batch, batch.id)
    return sheet._data(batch, day or batch.days[0], "Rina Wulandari", now)


@pytest.mark.parametrize(
    ("participants", "pages", "blanks"),
    [(0, 1, 20), (1, 1, 19), (18, 1, 2), (19, 2, 21), (58, 3, 2), (60, 4, 20)],
)
def test_lines_are_twenty_a_page_with_blanks_at_the_end(participants, pages, blanks):
    made = sheet.lines([object()] * participants)

    rows = [row for page in made for row in page]
    assert (len(made), sum(row.registration is None for row in rows)) == (pages, blanks)
    assert [row.number for row in rows] == list(range(1, 20 * pages + 1))


def test_the_sheet_names_each_confirmed_participant_once(app, now):
    batch = make_batch(seats=9)
    for name, state in (
        ("Siti Aminah", "confirmed"),
        ("H. Ali", "confirmed"),
        ("Budi", "waitlisted"),
    ):
        make_registration(batch, person=make_person(full_name=name), state=state)

    rows = data_of(batch, now)["pages"][0]["rows"]

    assert [row[1] for row in rows[:3]] == ["H. Ali", "Siti Aminah", ""]


def test_the_sheet_says_what_when_where_who_and_which_page(app, now):
    office = make_office(government_name="Pemerintah Kota Mojokerto")
    batch = make_batch(office, seats=9, venue_address="Jl. Gajah Mada 145")
    make_registration(batch)
    make_door_duty(make_user("door_staff", name="Sari Handayani"), batch)

    data = data_of(batch, now)

    course = batch.course.name
    assert (data["government"], data["title"]) == (
        "PEMERINTAH KOTA MOJOKERTO",
        "DAFTAR HADIR PESERTA, HARI KE-1",
    )
    assert data["facts"] == [
        ["Kegiatan", f"Bimtek {course}, angkatan 1 tahun 2026"],
        ["Hari, tanggal", "Rabu, 15 Juli 2026, pukul 09.00–10.30 WIB"],
        ["Tempat", "Aula Balai Kota, Jl. Gajah Mada 145"],
    ]
    assert data["officer"] == "Sari Handayani"
    assert data["printed"] == "Dicetak 13 Jul 2026, 09.00 WIB oleh Rina Wulandari"
    assert data["reference"] == f"{course} A1/2026 · hari ke-1"
    assert data["pages"][0]["range"] == "no 1 dari 1"


def test_the_sheet_holds_no_phone_and_no_citizen_number(app, now):
    batch = make_batch(seats=9)
    person = make_person(
        phone="+6281234567890", citizen_number="9901014508900001", email="a@contoh.id"
    )
    make_registration(batch, person=person, needs="kursi roda")

    told = json.dumps(data_of(batch, now))

    for secret in ("81234567890", "9901014508900001", "a@contoh.id", "kursi roda"):
        assert secret not in told


def test_the_same_sheet_twice_is_the_same_file(app, now):
    batch = make_batch(seats=9, taken=3)
    make = [sheet.attendance_sheet(batch, batch.days[0], printed_by="Rina", now=now) for _ in "12"]

    assert make[0].startswith(b"%PDF-")
    assert make[0] == make[1]
    later = now + timedelta(minutes=1)
    assert sheet.attendance_sheet(batch, batch.days[0], printed_by="Rina", now=later) != make[0]


def test_strange_names_leave_every_page_a_page(app, now):
    batch = make_batch(seats=60)
    for n in range(30):
        name = STRANGE_NAMES[n % len(STRANGE_NAMES)]
        make_registration(batch, person=make_person(full_name=name))

    data = data_of(batch, now)
    drawn = typesetter.typeset("attendance_sheet", typesetting._printable(data), now, "svg")

    assert len(drawn) == len(data["pages"]) == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Siti Aminah", "Siti Aminah"),
        ("Nguyễn Ångström", "Nguyễn Ångström"),
        ("محمد", "محمد"),
        ("王 😀", "□ □"),
        ("a\u202eb\u200dc\x00d", "abcd"),
        ("❤️", "❤"),
        ("satu\u00a0dua\u3000tiga", "satu\u00a0dua tiga"),
    ],
)
def test_printable_keeps_what_the_fonts_can_draw(text, shown):
    assert typesetting.printable(text) == shown


def test_breakable_opens_only_words_that_are_too_long():
    assert typesetting.breakable("Kusumaningtyas Raden") == "Kusumaningtyas Raden"
    assert typesetting.breakable("A" * 40) == "\u200b".join(["A" * 16, "A" * 16, "A" * 8])


def test_a_day_without_a_session_has_no_sheet(app, now):
    batch = make_batch()

    with pytest.raises(NotFound):
        data_of(batch, now, day=now.date())


def test_the_sheet_opens_for_the_office_and_is_not_there_for_strangers(app, login_as):
    batch = make_batch()
    day = batch.days[0]
    url = f"/batches/{batch.id}/attendance-sheets/{day}.pdf"
    coordinator = login_as(make_user("coordinator"))
    stranger = login_as(make_user("coordinator", make_office("3404", "Dinas Koperasi Sleman")))

    answer = coordinator.get(url)

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert stranger.get(url).status_code == 404
    assert coordinator.get(url.replace(str(day), "2026-02-31")).status_code == 404
    assert app.test_client().get(url).status_code == 302


def test_a_door_officer_prints_the_sheet_of_the_given_day_only(app, login_as):
    begins = datetime.now(UTC)
    batch = make_batch(sessions=0)
    today = make_training_session(batch, starts_at=begins)
    tomorrow = make_training_session(batch, starts_at=begins + timedelta(days=1))
    sari = make_user("door_staff")
    make_door_duty(sari, batch, today.day)
    client = login_as(sari)

    given, other = (
        client.get(f"/batches/{batch.id}/attendance-sheets/{block.day}.pdf").status_code
        for block in (today, tomorrow)
    )

    assert (given, other) == (200, 404)
