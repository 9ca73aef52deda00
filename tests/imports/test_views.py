"""The wizard: upload, look, save, and what it refuses on the way."""

import io

import openpyxl
import pytest
import sqlalchemy as sa
from flask import g

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import files, tasks
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.core.tasks import Task
from kopdiklat.imports.models import ImportRun
from tests.factories import make_office, make_user
from tests.imports.files import register, xlsx
from tests.imports.pages import THREE_ROWS, checked, count, text, upload, work


def test_an_empty_history_says_where_to_start(client):
    assert "Belum ada impor" in text(client.get("/imports"))


def test_the_wizard_goes_from_a_file_to_saved_rows(client):
    address = upload(client, register(*THREE_ROWS)).location
    assert "Memeriksa koperasi.xlsx" in text(client.get(address))
    work()

    page = text(client.get(address))
    assert "1 siap 1 baru, 0 berubah, 0 sama" in page
    assert "2 perlu diperbaiki" in page
    assert "Belum ada yang disimpan." in page
    assert "3 baris di lembar “Sheet”, judul kolom di baris 4." in page
    assert "Impor 1 baris" in page
    assert "Angka berisi huruf O. Maksud Anda 1.200?" in page
    assert count() == 0

    client.post(address + "/saving", data={"rows": "valid"})
    assert "Menyimpan koperasi.xlsx" in text(client.get(address))
    work()

    page = text(client.get(address))
    assert "1 baris tersimpan" in page
    assert "2 baris menyusul" in page
    assert count() == 1
    assert "koperasi.xlsx Data koperasi" in text(client.get("/imports"))


def test_the_page_asks_for_itself_again_without_script_and_with_it(client):
    address = upload(client, register()).location

    page = client.get(address).get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert f'hx-get="{address}/progress"' in page
    assert "Memeriksa berkas" in client.get(address + "/progress").get_data(as_text=True)
    work()
    assert client.get(address + "/progress").headers["HX-Redirect"] == address


def test_all_or_nothing_waits_for_the_refused_rows(client):
    address = checked(client, register(*THREE_ROWS))

    answer = client.post(address + "/saving", data={"rows": "all"})

    assert answer.status_code == 422
    assert "Masih ada 2 baris yang ditolak. Perbaiki, atau pilih baris siap saja." in text(answer)
    assert count() == 0


def test_repairs_on_the_page_are_checked_and_saved(client):
    address = checked(client, register(*THREE_ROWS))
    repairs = {"fix-6-cooperative_number": "3576030010002", "fix-7-members": "1.200"}

    client.post(address + "/repairs", data=repairs | {"fix-99-name": "tidak ditolak"})
    work()

    page = text(client.get(address))
    assert "3 siap 3 baru" in page
    assert "2 baris Anda perbaiki di halaman ini." in page
    client.post(address + "/saving", data={"rows": "all"})
    work()
    numbers = db.session.scalars(
        sa.select(Cooperative.cooperative_number).order_by(Cooperative.name)
    )
    assert list(numbers) == ["3576030010002", "3576030010001", None]


def test_the_refused_rows_come_back_as_a_workbook_and_go_in_once_mended(client):
    address = checked(client, register(*THREE_ROWS))
    client.post(address + "/saving", data={"rows": "valid"})
    work()

    answer = client.get(address + "/refused-rows.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    sheet = book.active
    assert answer.headers["Content-Disposition"] == "attachment; filename=ditolak-koperasi.xlsx"
    headings = [cell.value for cell in sheet[4]]
    assert headings[-1] == "Alasan ditolak"
    assert [row[0].value for row in sheet.iter_rows(min_row=5)] == ["KSP Dua", "KSP Tiga"]
    assert sheet.cell(5, len(headings)).value == "NIK: Isi hanya boleh angka 0 sampai 9."

    sheet.cell(5, headings.index("NIK") + 1).value = "3576030010002"
    sheet.cell(6, headings.index("Total Anggota") + 1).value = 1200
    mended = io.BytesIO()
    book.save(mended)
    page = text(client.get(checked(client, mended.getvalue())))
    assert "2 siap 2 baru, 0 berubah, 0 sama" in page


def test_a_second_upload_of_the_same_file_has_nothing_to_import(client):
    address = checked(client, register())
    client.post(address + "/saving", data={"rows": "all"})
    work()

    again = checked(client, register())
    page = text(client.get(again))

    assert "1 siap 0 baru, 0 berubah, 1 sama" in page
    assert "Tidak ada yang perlu diimpor." in page
    answer = client.post(again + "/saving", data={"rows": "all"})
    assert "Tidak ada baris yang perlu disimpan." in text(answer)


def test_a_file_that_cannot_be_used_is_refused_on_the_form_which_keeps_its_fields(client):
    answer = upload(client, xlsx([{"NIK": "1", "Alamat": "x"}]), fiscal_year="2021")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Galat:" in page
    assert "Judul kolom belum lengkap. Yang belum ada: Koperasi, Jenis Koperasi." in page
    assert 'value="2021"' in page
    assert db.session.scalar(sa.select(sa.func.count(ImportRun.id))) == 0


def test_a_form_without_a_file_says_so(client):
    answer = client.post("/imports/new/cooperatives", data={})

    assert answer.status_code == 422
    assert "Pilih berkas lebih dulu." in text(answer)


def test_a_file_over_ten_megabytes_is_refused(client):
    answer = upload(client, b"x" * (10 * 1024 * 1024 + 1), "besar.csv")

    assert answer.status_code == 422
    assert "Berkas lebih dari 10 MB. Bagi menjadi beberapa berkas." in text(answer)


def test_a_large_file_that_fails_later_says_why_on_its_page(client):
    padding = "".join(f"{n},tanpa judul,x\n" for n in range(150_000)).encode()
    address = upload(client, padding[: 3 * 1024 * 1024], "besar.csv").location
    work()

    assert "Lebih dari 20.000 baris." in text(client.get(address))
    assert "Tidak dapat dibaca" in text(client.get("/imports"))


def test_two_imports_of_an_office_may_run_at_once_and_a_third_waits(client):
    for _ in range(2):
        assert upload(client, register()).status_code == 303

    answer = upload(client, register())

    assert answer.status_code == 422
    assert "Dua impor kantor ini masih berjalan." in text(answer)


def test_pressing_save_twice_saves_once(client):
    address = checked(client, register())

    client.post(address + "/saving", data={"rows": "all"})
    client.post(address + "/saving", data={"rows": "all"})
    work()

    kinds = db.session.scalars(sa.select(Task.kind).order_by(Task.id))
    assert list(kinds) == ["import.check", "import.save"]
    assert count() == 1


def test_a_file_can_be_left_unimported(client):
    address = checked(client, register())

    client.post(address + "/withdrawal")

    assert "Berkas ini tidak diimpor" in text(client.get(address))
    client.post(address + "/saving", data={"rows": "all"})
    work()
    assert "Impor ini tidak sedang menunggu keputusan." in text(client.get("/imports"))
    assert count() == 0


def test_a_save_whose_process_died_is_done_once_by_the_next(client):
    address = checked(client, register())
    client.post(address + "/saving", data={"rows": "all"})

    def die(connection, cursor, statement, *rest):
        if statement.startswith("INSERT INTO yearly_figures"):
            raise KeyboardInterrupt

    sa.event.listen(db.engine, "after_cursor_execute", die)
    with pytest.raises(KeyboardInterrupt):
        tasks.run_next_task(utc_now)
    sa.event.remove(db.engine, "after_cursor_execute", die)
    db.session.rollback()
    assert count() == 0
    later = utc_now() + tasks.LEASE * 2
    while tasks.run_next_task(lambda: later):
        pass
    db.session.rollback()

    assert count() == 1
    assert "1 baris tersimpan" in text(client.get(address))


def test_what_was_checked_is_decided_again_when_it_is_saved(client):
    first, second = checked(client, register()), checked(client, register())

    for address in (first, second):
        client.post(address + "/saving", data={"rows": "all"})
    work()

    assert count() == 1
    assert "0 baris tersimpan" in text(client.get(second))


def test_an_import_of_another_office_does_not_exist(app, client, login_as):
    address = checked(client, register())
    elsewhere = make_office("6408", "Dinas Koperasi Kutai Timur", region_name="Kutai Timur")
    stranger = login_as(make_user("coordinator", elsewhere))
    g.pop("_login_user", None)  # both clients share the app context of the test

    for path in ("", "/progress", "/refused-rows.xlsx"):
        assert stranger.get(address + path).status_code == 404
    for path in ("/saving", "/repairs", "/withdrawal", "/reversal"):
        assert stranger.post(address + path, data={"rows": "all"}).status_code == 404
    assert "koperasi.xlsx" not in text(stranger.get("/imports"))


def test_an_uploaded_file_lies_sealed_on_the_disk(client):
    content = register()

    address = checked(client, content)

    run = db.session.get_one(ImportRun, int(address.rsplit("/", 1)[1]))
    assert files.read_sealed(run.file) == content
    assert not files.read(run.file).startswith(b"PK")


def test_a_template_holds_the_headings_and_imports_as_empty(client):
    answer = client.get("/imports/templates/officers.xlsx")

    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["Data", "Petunjuk"]
    assert [cell.value for cell in book["Data"][4]][:3] == [
        "NIK Koperasi",
        "Nama Koperasi",
        "Nomor Badan Hukum",
    ]
    refused = upload(client, answer.data, "templat.xlsx", "officers")
    assert "Ada judul kolom, tetapi tidak ada baris data di bawahnya." in text(refused)


def test_an_unknown_kind_is_no_page(client):
    assert client.get("/imports/new/sepatu").status_code == 404
    assert client.get("/imports/templates/sepatu.xlsx").status_code == 404


def test_a_user_of_two_offices_chooses_one_of_them(app, login_as):
    app.config["WTF_CSRF_ENABLED"] = False
    from tests.factories import make_membership

    user = make_user("coordinator")
    other = make_office("3515", "Dinas Koperasi Sidoarjo", region_name="Sidoarjo")
    make_membership(user, "coordinator", other)
    stranger = make_office("6408", "Dinas Koperasi Kutai Timur", region_name="Kutai Timur")
    client = login_as(user)

    assert "Dinas Koperasi Sidoarjo" in text(client.get("/imports/new/cooperatives"))
    assert upload(client, register(), office_id=str(stranger.id)).status_code == 422
    content = register({"Kode Wilayah": "35.15.01"})
    address = checked(client, content, office_id=str(other.id))
    assert "1 siap" in text(client.get(address))


def test_the_history_makes_as_many_queries_for_three_rows_as_for_one(client):
    def queries():
        statements = []
        listen = lambda *a: statements.append(a[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listen)
        client.get("/imports")
        sa.event.remove(db.engine, "before_cursor_execute", listen)
        return len(statements)

    checked(client, register())
    one = queries()
    checked(client, register())
    checked(client, register())

    assert queries() == one
