"""Files that lie sealed: from one form to the next, and beside a run until they are swept."""

import re
from datetime import timedelta

import sqlalchemy as sa

from kopdiklat.core import files
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.imports import kept
from kopdiklat.imports.models import ImportRun
from tests.factories import make_cooperative, make_officer, make_person, make_user
from tests.imports.files import register, xlsx
from tests.imports.pages import THREE_ROWS, checked, saved, text, upload, work

OFFICERS = {"Nama Koperasi": "KSP Maju", "Nama Lengkap": "Siti", "Jabatan": "Ketua"}


def test_a_file_of_another_kind_is_led_to_its_form_without_a_second_upload(client):
    make_cooperative(name="KSP Maju")

    answer = upload(client, xlsx([OFFICERS]), "pengurus.xlsx")

    assert answer.status_code == 422
    assert "Yang belum ada: Jenis Koperasi." in text(answer)
    assert "Judul kolom berkas ini cocok dengan impor pengurus dan pengawas." in text(answer)
    [address] = re.findall(r'href="(/imports/new/officers\?kept=[^"]+)"', answer.text)
    page = client.get(address)
    assert "pengurus.xlsx Berkas ini sudah terunggah." in text(page)
    [token] = re.findall(r'name="kept" value="([^"]+)"', page.text)
    run = client.post("/imports/new/officers", data={"kept": token})
    work()
    assert "1 siap 1 baru" in text(client.get(run.location))


def test_a_kept_upload_is_of_the_person_who_sent_it(client, login_as):
    answer = upload(client, xlsx([OFFICERS]), "pengurus.xlsx")
    [token] = re.findall(r"\?kept=([^\"]+)", answer.text)
    stranger = login_as(make_user("coordinator"))

    for kept_token in (token, token[:-1], ""):
        refused = stranger.post("/imports/new/officers", data={"kept": kept_token})
        assert "Pilih berkas lebih dulu." in text(refused)


def test_a_file_that_has_to_wait_is_not_uploaded_again(client):
    upload(client, register(), "satu.xlsx")
    upload(client, register(), "dua.xlsx")

    refused = upload(client, register(), "tiga.xlsx")
    assert "tiga.xlsx Berkas ini sudah terunggah." in text(refused)
    work()
    [token] = re.findall(r'name="kept" value="([^"]+)"', refused.text)
    run = client.post("/imports/new/cooperatives", data={"kept": token})

    assert "Memeriksa tiga.xlsx" in text(client.get(run.location))


def test_a_file_of_no_kind_suggests_none(client):
    answer = upload(client, xlsx([{"NIK": "1", "Alamat": "x"}]))

    assert "cocok dengan impor" not in text(answer)


def test_files_are_deleted_after_their_days_and_the_run_stays(client):
    address = saved(client, register(*THREE_ROWS))
    run = db.session.get_one(ImportRun, int(address.rsplit("/", 1)[1]))
    digests = [run.file.sha256, run.refused_file.sha256]
    month = timedelta(days=30)

    assert kept.sweep(utc_now() + month - timedelta(minutes=1), month) == 0
    assert all(files._path(digest).exists() for digest in digests)
    assert kept.sweep(utc_now() + month, month) == 1

    assert not any(files._path(digest).exists() for digest in digests)
    assert db.session.scalar(sa.select(sa.func.count(files.StoredFile.id))) == 0
    page = text(client.get(address))
    assert "1 baris tersimpan" in page
    assert "Berkas tidak tersimpan lagi." in page
    assert "Unduh 2 baris ini" not in page
    client.get(address + "/refused-rows.xlsx")
    assert "Berkas ini tidak tersimpan lagi." in text(client.get(address))


def test_former_personal_values_go_when_the_day_is_over(client):
    make_officer(make_cooperative(name="KSP Maju"), make_person(full_name="Siti", phone=None))
    row = {"Nama Koperasi": "KSP Maju", "Nama Lengkap": "Siti", "Jabatan": "Ketua", "HP": "08123"}
    saved(client, xlsx([row]), kind="officers")
    replaced = sa.text("SELECT replaced FROM import_runs")
    assert db.session.scalar(replaced) is not None
    db.session.rollback()

    kept.sweep(utc_now() + timedelta(hours=24), timedelta(days=30))

    assert db.session.scalar(replaced) is None


def test_a_checked_file_is_not_imported_once_it_was_deleted(client):
    address = checked(client, register(*THREE_ROWS))
    kept.sweep(utc_now() + timedelta(days=30), timedelta(days=30))

    page = text(client.get(address))

    assert "Berkas ini tidak diimpor" in page
    assert "Berkas tidak tersimpan lagi." in page
    assert "Unduh 2 baris ini" not in page
    client.post(address + "/saving", data={"rows": "valid"})
    assert "Impor ini tidak sedang menunggu keputusan." in text(client.get(address))


def test_a_file_that_is_at_work_waits_for_the_next_sweep(client):
    upload(client, register())
    month = timedelta(days=30)

    assert kept.sweep(utc_now() + month, month) == 0
    work()

    assert kept.sweep(utc_now() + month, month) == 1
