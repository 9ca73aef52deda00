"""A cooperative without an invitation on a phone: from the schedule to the answer, with and without script."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.applications.models import Application
from kopdiklat.core.clock import utc_now
from kopdiklat.registration.models import Registration
from tests.factories import (
    make_batch,
    make_cooperative,
    make_course,
    make_office,
    make_programme,
    make_training_session,
    make_user,
)
from tests.journeys.walk import email_of, walking

pytestmark = pytest.mark.browser


@pytest.fixture
def opening(app):
    now = utc_now()
    office = make_office(contact_name="Ibu Rina", contact_phone="+6281234567890")
    make_user("coordinator", office, name="Rina Wulandari", email=email_of("coordinator"))
    make_cooperative(office, "KSP Mulia Karya", district="Kranggan")
    batch = make_batch(
        office,
        seats=6,
        sessions=0,
        course=make_course(office, name="Akuntabilitas Koperasi"),
        programme=make_programme(office, open_registration=True, open_to="Koperasi kota ini"),
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=now + timedelta(days=7),
    )
    make_training_session(batch, now + timedelta(days=9))
    return batch


def press(walk, page, name, role="button"):
    with page.expect_navigation():
        page.get_by_role(role, name=name).last.click()
    walk.look(page)


def fill(page):
    page.get_by_label("Nama koperasi").fill("KSP Mulya Karya")
    page.get_by_label("Kecamatan").fill("Kranggan")
    page.get_by_label("Nama lengkap").fill("Yoga Pratama")
    page.get_by_label("Nomor HP", exact=True).first.fill("0812 3456 7890")
    page.get_by_label("Jabatan di koperasi").select_option("manager")


def test_from_the_schedule_to_the_proof_on_two_phones_and_a_desk(app, opening):
    with walking(app) as walk:
        page = walk.phone("a stranger")
        page.goto("/jadwal")
        walk.look(page)
        press(walk, page, "Akuntabilitas Koperasi, angkatan 1", "link")
        press(walk, page, "Ajukan pendaftaran", "link")
        press(walk, page, "Periksa jawaban")
        assert page.title().startswith("Galat:")
        assert page.evaluate("document.activeElement.className") == "error-summary"
        fill(page)
        press(walk, page, "Periksa jawaban")
        assert "0812-3456-7890" in page.locator("main").inner_text()
        page.get_by_role("link", name="Isian").click()
        assert page.get_by_label("Nama koperasi").input_value() == "KSP Mulya Karya"
        press(walk, page, "Periksa jawaban")
        press(walk, page, "Kirim pengajuan")
        assert page.locator("h1").inner_text() == "Menunggu keputusan dinas"
        one = walk.row(sa.select(Application))
        assert one.number in page.locator("main").inner_text()

        desk = walk.phone("coordinator")
        desk.goto(f"/batches/{opening.id}/applications")
        walk.look(desk)
        press(walk, desk, "KSP Mulya Karya", "link")
        desk.get_by_label("KSP Mulia Karya").check()
        press(walk, desk, "Setujui dan daftarkan")

        page.reload()
        walk.look(page)
        assert page.locator("h1").inner_text() == "Pengajuan disetujui"
        press(walk, page, "Yoga Pratama", "link")
        assert page.locator("h1").inner_text() == "Pendaftaran diterima"
        assert walk.row(sa.select(Registration)).number in page.locator("main").inner_text()
    assert walk.faults == [], "\n".join(walk.faults)


def test_without_script_too_and_back_asks_nothing(app, opening):
    with walking(app, looks=False, FORM_MIN_SECONDS=0) as walk:
        page = walk.phone("a stranger", java_script_enabled=False)
        page.goto(f"/jadwal/{opening.id}/pengajuan")
        fill(page)
        page.get_by_role("button", name="Tambah orang lain").click()
        assert page.get_by_label("Nama koperasi").input_value() == "KSP Mulya Karya"
        page.get_by_role("button", name="Hapus").last.click()
        page.get_by_role("button", name="Periksa jawaban").last.click()
        page.get_by_role("button", name="Kirim pengajuan").click()
        page.wait_for_url("**/pengajuan/*")
        proof = page.url

        answer = page.go_back()
        assert answer.status == 200
        assert "Sudah terkirim." in page.locator("main").inner_text()
        page.get_by_role("link", name="Lihat pengajuan").click()
        assert page.url == proof
        page.get_by_text("Tarik pengajuan", exact=True).first.click()
        page.get_by_role("button", name="Tarik pengajuan").click()

        assert page.locator("h1").inner_text() == "Pengajuan ditarik"
        assert [a.state for a in walk.rows(sa.select(Application))] == ["withdrawn"]


def test_a_form_that_is_sent_too_soon_waits_with_its_answers(app, opening):
    with walking(app, FORM_MIN_SECONDS=0) as walk:
        page = walk.phone("a stranger")
        page.goto(f"/jadwal/{opening.id}/pengajuan")
        fill(page)
        press(walk, page, "Periksa jawaban")
        app.config["FORM_MIN_SECONDS"] = 60
        press(walk, page, "Kirim pengajuan")
        assert "Isian Anda masih ada." in page.locator("main").inner_text()
        app.config["FORM_MIN_SECONDS"] = 0
        press(walk, page, "Kirim sekali lagi")

        assert page.locator("h1").inner_text() == "Menunggu keputusan dinas"
        assert walk.count(Application) == 1
    assert walk.faults == [], "\n".join(walk.faults)
