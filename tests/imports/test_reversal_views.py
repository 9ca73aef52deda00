"""The button that takes an import back: what it says, and what refuses it."""

from datetime import timedelta

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.imports.models import ImportRun
from tests.factories import make_annual_meeting, make_cooperative
from tests.imports.files import register, xlsx
from tests.imports.pages import THREE_ROWS, count, saved, text, work


def test_an_import_is_taken_back_and_the_same_file_goes_in_again(client):
    address = saved(client, register(*THREE_ROWS))
    page = text(client.get(address))
    assert "impor ini dapat dibatalkan" in page
    assert "Baris baru: 1, akan dihapus. Baris yang berubah: 0, akan kembali" in page

    client.post(address + "/reversal")
    assert "Membatalkan koperasi.xlsx" in text(client.get(address))
    assert "Membatalkan impor…" in text(client.get(address + "/progress"))
    work()

    page = text(client.get(address))
    assert "Impor ini dibatalkan" in page
    assert "dapat dibatalkan" not in page
    assert "Dibatalkan" in text(client.get("/imports"))
    assert count() == 0
    saved(client, register())
    assert count() == 1


def test_taking_back_is_refused_at_once_while_something_depends_on_it(client):
    address = saved(client, register())
    make_annual_meeting(db.session.scalars(sa.select(Cooperative)).one())

    client.post(address + "/reversal")

    page = text(client.get(address))
    assert "Tidak dapat dibatalkan, karena sudah dipakai: 1 RAT." in page
    assert "1 baris tersimpan" in page


def test_what_comes_to_depend_on_it_meanwhile_refuses_on_its_page(client):
    address = saved(client, register())
    client.post(address + "/reversal")
    make_annual_meeting(db.session.scalars(sa.select(Cooperative)).one())
    work()

    page = text(client.get(address))
    assert "Tidak dapat dibatalkan, karena sudah dipakai: 1 RAT." in page
    assert "impor ini dapat dibatalkan" in page
    assert count() == 1


def test_pressing_twice_takes_back_once(client):
    address = saved(client, register())

    client.post(address + "/reversal")
    client.post(address + "/reversal")
    assert "Impor ini sedang dibatalkan." in text(client.get(address))
    work()

    assert count() == 0


def test_after_a_day_no_button_promises_it(client):
    address = saved(client, register())
    run = db.session.get_one(ImportRun, int(address.rsplit("/", 1)[1]))
    with transaction():
        db.session.get_one(ImportRun, run.id).saved_at = utc_now() - timedelta(hours=24)

    assert "dapat dibatalkan" not in text(client.get(address))
    client.post(address + "/reversal")
    assert "Impor hanya dapat dibatalkan dalam 24 jam." in text(client.get(address))
    work()
    assert count() == 1


def test_the_page_of_assessments_says_how_they_are_mended(client):
    make_cooperative(name="KSP Maju")
    row = {"Nama Koperasi": "KSP Maju", "Tahun Buku": 2020, "Skor": "73,71"}

    address = saved(client, xlsx([row]), kind="assessments", scheme="juknis-2021")

    page = text(client.get(address))
    assert "Hasil penilaian tidak dihapus. Impor berkas yang benar" in page
    assert "Batalkan impor" not in page
