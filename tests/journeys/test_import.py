"""An office's own workbook through the wizard in a browser, checked, mended, saved, taken back."""

import io
import json
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.clock import utc_now
from kopdiklat.core.tasks import run_next_task
from kopdiklat.imports.models import ImportRun
from tests.journeys.walk import make_story, walking

pytestmark = pytest.mark.browser

DATA = Path(__file__).parent.parent / "data" / "mojokerto-2022"
TRUTH = json.loads((DATA / "truth.json").read_text())["imports"]["cooperatives.xlsx"]


def test_a_workbook_is_checked_mended_saved_and_taken_back_in_the_browser(app, tmp_path):
    office = make_story(utc_now()).office
    with walking(app, looks="sqlite" in app.config["SQLALCHEMY_DATABASE_URI"]) as walk:
        before = walk.count(Cooperative)
        page = walk.phone("coordinator")
        page.goto("/imports/new")
        walk.look(page)
        page.get_by_role("link", name="Koperasi").last.click()
        page.goto("/imports/new/cooperatives")
        page.get_by_role("button", name="Unggah dan periksa").click()
        page.get_by_text("Pilih berkas lebih dulu.").first.wait_for()
        walk.look(page)
        letter = tmp_path / "surat.xlsx"
        letter.write_bytes(b"bukan buku kerja")
        _upload(page, letter)
        page.locator(".error-summary").wait_for()
        walk.look(page)
        assert walk.rows(sa.select(ImportRun)) == []

        _upload(page, DATA / "cooperatives.xlsx")
        page.wait_for_url("**/imports/*")
        run = walk.row(sa.select(ImportRun))
        assert (run.state, run.office_id) == ("checking", office.id)
        walk.look(page)
        _work(app)
        page.goto(f"/imports/{run.id}")
        page.get_by_role("heading", name="Periksa sebelum impor").wait_for()
        walk.look(page)
        words = page.locator("main").inner_text()
        assert f"{TRUTH['created']} siap" in " ".join(words.split())
        assert f"{TRUTH['rejected']} perlu diperbaiki" in " ".join(words.split())
        assert "31/02/2019" in words
        assert walk.count(Cooperative) == before

        _look_at_refused_rows(page, run.id)
        page.get_by_label("Isi yang benar untuk Tanggal Badan Hukum, baris 200").fill("28/02/2019")
        page.locator("button[form=repairs], #repairs button[type=submit]").first.click()
        _work(app)
        page.goto(f"/imports/{run.id}")
        walk.look(page)
        mended = walk.row(sa.select(ImportRun))
        assert mended.state == "checked"
        assert mended.options["repairs"] != {}

        page.check("[name=rows][value=valid]")
        page.get_by_role("button", name="Impor").last.click()
        _work(app)
        page.goto(f"/imports/{run.id}")
        walk.look(page)
        assert walk.row(sa.select(ImportRun)).state == "saved"
        saved = walk.count(Cooperative) - before
        assert saved == TRUTH["created"] + 1  # the row that was mended here
        page.goto("/cooperatives")
        assert str(before + saved) in page.locator("main").inner_text()

        page.goto(f"/imports/{run.id}")
        page.get_by_text("Batalkan impor", exact=True).click()
        page.get_by_text(f"Baris baru: {saved}, akan dihapus.").wait_for()
        walk.look(page)
        page.get_by_role("button", name="Ya, batalkan impor ini").click()
        page.get_by_role("heading", name="Membatalkan").wait_for()
        walk.look(page)
        _work(app)
        page.goto(f"/imports/{run.id}")
        page.get_by_role("heading", name="Impor ini dibatalkan").wait_for()
        walk.look(page)
        assert walk.count(Cooperative) == before
    assert walk.faults == [], "\n".join(walk.faults)


def _upload(page, path: Path) -> None:
    page.set_input_files("[name=file]", path)
    page.get_by_role("button", name="Unggah dan periksa").click()


def _work(app) -> None:
    """What the jobs process does, in a thread of its own as there."""

    def work():
        with app.app_context():
            while run_next_task(utc_now):
                pass

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)


def _look_at_refused_rows(page, run_id: int) -> None:
    import python_calamine  # noqa: PLC0415, heavy

    answer = page.request.get(f"/imports/{run_id}/refused-rows.xlsx")
    assert "spreadsheetml" in answer.headers["content-type"]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.body()))
    rows = book.get_sheet_by_index(0).to_python()
    header = next(n for n, row in enumerate(rows) if "Alasan ditolak" in row)
    assert len([row for row in rows[header + 1 :] if any(row)]) == TRUTH["rejected"]
