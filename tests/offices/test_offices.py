"""The settings of an office and the tree of offices."""

import re
from datetime import time

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.offices import rules, service
from kopdiklat.offices.models import Office
from tests.at_once import meanwhile, refusal_of
from tests.factories import make_office, make_user

FORM = {
    "name": "Dinas Koperasi Kota Mojokerto",
    "region_name": "Kota Mojokerto",
    "government_name": "Pemerintah Kota Mojokerto",
    "address": "Jl. Benteng Pancasila 23",
    "phone": "(0321) 321000",
    "email": "dinas@contoh.go.id",
    "contact_name": "Ibu Rina",
    "contact_phone": "0812-3456-7890",
    "time_zone": "WIB",
    "minutes_per_lesson_hour": "45",
    "late_grace_minutes": "10",
    "working_days": ["1", "2", "3", "4", "6"],
    "offer_hours": "12",
    "near_offer_hours": "2",
    "quiet_from": "21.00",
    "quiet_to": "06:30",
    "reminders": ["0", "7"],
    "remind_at": "10.00",
    "digest_at": "06:45",
    "remind_after_days": "7, 3 dan 3",
    "remind_before_days": "",
}


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def test_an_office_admin_saves_the_settings(app, login_as):
    office = make_office()
    client = login_as(make_user("office_admin", office))
    assert client.get("/settings").headers["Location"] == f"/offices/{office.id}"

    assert client.post(f"/offices/{office.id}", data=FORM).status_code == 303

    saved = db.session.get_one(Office, office.id)
    assert (saved.contact_phone, saved.late_grace_minutes) == ("+6281234567890", 10)
    assert saved.working_days == "12346"
    assert (saved.offer_hours, saved.near_offer_hours) == (12, 2)
    assert (saved.quiet_from, saved.quiet_to) == (time(21), time(6, 30))
    assert (saved.reminders, saved.remind_at, saved.digest_at) == ("70", time(10), time(6, 45))
    assert (saved.remind_after_days, saved.remind_before_days) == ("3,7", "")
    assert 'value="3, 7"' in client.get(f"/offices/{office.id}").get_data(as_text=True)
    assert "0812-3456-7890" in client.get(f"/offices/{office.id}").get_data(as_text=True)


def test_an_office_may_remind_nobody_but_not_at_night(app, login_as):
    office = make_office()
    client = login_as(make_user("office_admin", office))

    night = client.post(f"/offices/{office.id}", data=FORM | {"remind_at": "22.00"})
    client.post(f"/offices/{office.id}", data=FORM | {"reminders": []})

    assert night.status_code == 422
    assert "Jam ini di dalam jam tenang. Pilih jam lain." in night.text
    assert db.session.get_one(Office, office.id).reminders == ""


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("tiga", "Tulis angka hari"),
        ("-1", "Tulis angka hari"),
        ("2.5", "Tulis angka hari"),
        ("0", "Antara 1 dan 60 hari."),
        ("3, 61", "Antara 1 dan 60 hari."),
        ("1 2 3 4 5 6", "Paling banyak 5 hari."),
    ],
)
def test_days_of_reminders_that_make_no_sense_are_refused_and_kept(app, login_as, typed, sentence):
    office = make_office()
    client = login_as(make_user("office_admin", office))

    answer = client.post(f"/offices/{office.id}", data=FORM | {"remind_before_days": typed})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert f'value="{typed}"' in page
    assert db.session.get_one(Office, office.id).remind_before_days == "1"


SETTINGS = [
    "/offices/1",
    "/offices/1/number-formats/letter",
    "/message-templates",
    "/offices/1/letter-settings",
    "/users",
    "/audit",
    "/system",
]


@pytest.mark.parametrize("path", SETTINGS)
def test_the_pages_of_the_settings_lead_to_each_other(app, login_as, path):
    admin = login_as(make_user("office_admin", make_office()))

    page = admin.get(path).get_data(as_text=True)

    assert re.findall(r'<a class="tab" href="([^"]+)"', page) == SETTINGS
    assert re.search(r'<a class="place" href="/settings" aria-current="page"', page)
    assert len(re.findall(r'class="tab" href="[^"]+" aria-current="page"', page)) == 1


def test_who_has_no_settings_sees_the_trail_without_their_tabs(app, login_as):
    page = login_as(make_user("auditor")).get("/audit").get_data(as_text=True)

    assert 'class="tab"' not in page
    assert re.search(r'<a class="place" href="/audit" aria-current="page"', page)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Nama kantor perlu diisi"),
        ({"name": "  "}, "Nama kantor perlu diisi"),
        ({"email": "bukan alamat"}, "alamat email yang lengkap"),
        ({"minutes_per_lesson_hour": "5"}, "Antara 30 dan 90 menit"),
        ({"late_grace_minutes": "500"}, "Antara 0 dan 120 menit"),
        ({"offer_hours": "0"}, "Antara 1 dan 168 jam."),
        ({"near_offer_hours": "13"}, "Paling lama sama dengan waktu menjawab biasa."),
        ({"quiet_from": "malam"}, "Jam tidak dapat dibaca. Contoh: 09.30."),
        ({"name": "D" * 161}, "Paling panjang 160 huruf"),
        ({"working_days": []}, "Pilih paling sedikit satu hari kerja"),
        ({"time_zone": "UTC"}, "Pilih salah satu dari daftar"),
    ],
)
def test_a_wrong_setting_keeps_what_was_typed(app, login_as, fields, sentence):
    office = make_office()
    client = login_as(make_user("office_admin", office))

    answer = client.post(f"/offices/{office.id}", data=FORM | fields)

    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert "Ibu Rina" in answer.get_data(as_text=True)


def test_a_platform_admin_makes_an_office_and_sees_the_tree(app, login_as):
    client = login_as(make_user("platform_admin"))
    client.post("/offices/new", data={"name": "Dinas Provinsi Jawa Timur", "code": "35"})
    client.post("/offices/new", data={"name": "Dinas Kota Mojokerto", "code": "35.76"})
    again = client.post("/offices/new", data={"name": "Dua kali", "code": "3576"})

    page = client.get("/offices").get_data(as_text=True)

    assert page.index("Jawa Timur") < page.index("Kota Mojokerto")
    assert "Kantor dengan kode 35.76 sudah ada." in again.get_data(as_text=True)
    assert client.get("/settings").headers["Location"] == "/offices"


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("Dinas Koperasi dan UKM Kota Mojokerto", "Kota Mojokerto"),
        ("Dinkopukm Kabupaten Jombang", "Kabupaten Jombang"),
        ("Dinas Koperasi Provinsi Jawa Timur", "Provinsi Jawa Timur"),
        ("Diskopindag", "Diskopindag"),
    ],
)
def test_the_region_is_read_from_the_name(name, region):
    assert rules.region_in_name(name) == region


@pytest.mark.parametrize(
    ("code", "zone"), [("3576", "WIB"), ("5171", "WITA"), ("6472", "WITA"), ("9171", "WIT"), ("61", "WIB")]
)  # fmt: skip
def test_the_usual_time_zone_follows_the_province(code, zone):
    assert rules.usual_time_zone(code) == zone


def test_two_who_make_one_office_at_once_leave_one(app, now):
    def make():
        service.create_office("35.76", "Dinas Koperasi Kota Mojokerto", now=now)

    with meanwhile(app, make):
        sentence = refusal_of(make)

    assert sentence == "Kantor dengan kode 35.76 sudah ada."
    assert db.session.scalar(sa.select(sa.func.count(Office.id))) == 1
