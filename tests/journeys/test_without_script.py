"""The invitation on a phone whose browser runs no script: the same chain, by plain forms."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core import keys
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Invitation, Registration
from tests.factories import (
    make_batch,
    make_cooperative,
    make_invitation,
    make_office,
    make_officer,
    make_person,
    make_registration,
    make_training_session,
)
from tests.journeys import qr
from tests.journeys.walk import walking

pytestmark = pytest.mark.browser


@pytest.fixture
def invited(app):
    """A batch of two seats, open for a week, and a cooperative that is invited to it."""
    now = utc_now()
    office = make_office(contact_name="Ibu Rina", contact_phone="+6281234567890")
    batch = make_batch(
        office,
        seats=2,
        sessions=0,
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=now + timedelta(days=7),
    )
    make_training_session(batch, now + timedelta(days=9))
    cooperative = make_cooperative(office, "KSP Bina Artha Kranggan")
    make_officer(cooperative, make_person(office, "Siti Aminah"), "treasurer")
    return make_invitation(batch, cooperative)


def _path(invitation: Invitation) -> str:
    return f"/daftar/{keys.token_for('invitation', invitation.nonce)}"


def test_two_people_register_without_script_and_hold_number_and_qr(app, invited):
    with walking(app, looks=False, FORM_MIN_SECONDS=0) as walk:
        page = walk.phone("manager", java_script_enabled=False)
        page.goto(_path(invited))
        page.get_by_label("Siti Aminah").check()
        page.get_by_role("button", name="Tambah orang lain").click()
        page.get_by_role("button", name="Periksa jawaban").last.click()
        assert page.locator("h1").inner_text() == "Periksa jawaban"  # the blank one is nobody
        page.get_by_role("button", name="Ubah jawaban").click()
        page.get_by_role("button", name="Tambah orang lain").click()
        page.get_by_label("Nama lengkap").last.fill("Bambang Hartono")
        page.get_by_role("button", name="Periksa jawaban").last.click()

        summary = page.locator(".error-summary").inner_text()
        assert "Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890." in summary
        assert page.title().startswith("Galat:")
        assert page.get_by_label("Nama lengkap").last.input_value() == "Bambang Hartono"
        page.get_by_label("Nomor HP").last.fill("0813-9999-0000")
        page.get_by_label("Jabatan di koperasi").last.select_option("chair")
        page.get_by_role("button", name="Periksa jawaban").last.click()
        page.get_by_role("button", name="Kirim pendaftaran").click()

        assert page.locator("h1").inner_text() == "Pendaftaran diterima"
        made = walk.rows(sa.select(Registration).order_by(Registration.id))
        assert [(r.person.full_name, r.state) for r in made] == [
            ("Siti Aminah", "confirmed"),
            ("Bambang Hartono", "confirmed"),
        ]
        assert made[0].number in page.locator(".ticket").inner_text()
        path = page.locator("#qr svg path").get_attribute("d")
        assert qr.read_path(path) == f"{walk.address}/hadir/{tokens.door_token(made[0])}"
        saved = page.request.get(page.get_by_role("link", name="Simpan QR").get_attribute("href"))
        assert saved.headers["content-type"].startswith("image/svg+xml")
        calendar = page.request.get(page.get_by_role("link", name="Kalender").get_attribute("href"))
        assert "BEGIN:VEVENT" in calendar.text()


def test_a_double_tap_back_and_a_second_tab_make_one_registration(app, invited):
    with walking(app, looks=False, FORM_MIN_SECONDS=0) as walk:
        page = walk.phone("manager")
        _fill(page, invited)
        second = walk.phone("the same in a second tab")
        _fill(second, invited)
        button = page.get_by_role("button", name="Kirim pendaftaran")
        with page.expect_request("**/pendaftaran") as sent:
            button.dblclick(no_wait_after=True)
        page.wait_for_url("**/bukti/**")
        number = page.locator(".ticket__number b").inner_text()

        again = page.request.post(  # Back, and yes to "send the form again?"
            sent.value.url,
            data=sent.value.post_data,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": walk.address},
        )
        assert again.url == page.url

        second.get_by_role("button", name="Kirim pendaftaran").click()
        second.wait_for_url("**/bukti/**")
        assert second.locator(".ticket__number b").inner_text() == number
        assert walk.row(sa.select(Registration)).number == number


def _fill(page, invitation: Invitation) -> None:
    page.goto(_path(invitation))
    page.get_by_label("Siti Aminah").check()


def test_a_link_that_is_over_says_whom_to_ask_and_keeps_no_door_open(app, invited):
    now = utc_now()
    office = invited.batch.office
    closed = make_batch(
        office,
        registration_opens_at=now - timedelta(days=9),
        registration_closes_at=now - timedelta(days=2),
    )
    late = make_invitation(closed, make_cooperative(office))
    withdrawn = make_invitation(invited.batch, make_cooperative(office), cancelled_at=now)
    with walking(app, FORM_MIN_SECONDS=0) as walk:
        page = walk.phone("somebody")
        sentences = {}
        for name, invitation in (("late", late), ("withdrawn", withdrawn)):
            page.goto(_path(invitation))
            walk.look(page)
            sentences[name] = page.locator("main").inner_text()
            assert page.get_by_role("button", name="Kirim pendaftaran").count() == 0
            page.goto(_path(invitation) + "/isian")
            assert page.url.endswith(_path(invitation))
        foreign = page.goto("/daftar/AAAAAAAAAAAAAAAAAAAAAA")
        walk.look(page)

        assert "Pendaftaran ditutup" in sentences["late"]
        assert "0812-3456-7890" in sentences["late"]
        assert "Undangan ini sudah ditarik. Hubungi Ibu Rina" in sentences["withdrawn"]
        assert foreign.status == 404
        assert "Bila Anda datang dari tautan undangan" in page.locator("main").inner_text()
        assert walk.rows(sa.select(Registration)) == []
    assert walk.faults == [], "\n".join(walk.faults)


def test_a_used_link_shows_what_was_registered(app, invited):
    with walking(app, FORM_MIN_SECONDS=0) as walk:
        page = walk.phone("manager")
        _fill(page, invited)
        page.get_by_role("button", name="Kirim pendaftaran").click()
        page.wait_for_url("**/bukti/**")
        page.goto(_path(invited))
        walk.look(page)

        words = page.locator("main").inner_text()
        assert "1 orang sudah terdaftar" in words
        assert "Siti Aminah" in words
        assert page.get_by_role("link", name="Daftarkan orang lain").is_visible()
        assert walk.row(sa.select(Invitation)).opened_at is not None
    assert walk.faults == [], "\n".join(walk.faults)


@pytest.mark.parametrize("has_script", [True, False])
def test_back_from_the_proof_asks_nothing_and_loses_nothing(app, invited, has_script):
    with walking(app, looks=False, FORM_MIN_SECONDS=0) as walk:
        page = walk.phone("manager", java_script_enabled=has_script)
        page.goto(_path(invited))
        page.get_by_role("button", name="Tambah orang lain").click()
        page.get_by_label("Nama lengkap").fill("Bambang Hartono")
        page.get_by_role("button", name="Periksa jawaban").last.click()
        page.get_by_label("Nomor HP").fill("0813-9999-0000")  # the page of errors
        page.get_by_label("Jabatan di koperasi").select_option("chair")
        page.get_by_role("button", name="Periksa jawaban").last.click()
        page.get_by_role("button", name="Kirim pendaftaran").wait_for()

        page.go_back()
        assert page.get_by_label("Nama lengkap").input_value() == "Bambang Hartono"
        page.get_by_role("button", name="Periksa jawaban").last.click()
        page.get_by_role("button", name="Kirim pendaftaran").click()
        page.wait_for_url("**/bukti/**")
        number = page.locator(".ticket__number b").inner_text()
        answer = page.go_back()
        assert answer.status == 200
        assert "Sudah terkirim." in page.locator("main").inner_text()
        page.get_by_role("link", name="Lihat bukti daftar").click()

        assert page.locator(".ticket__number b").inner_text() == number
        assert walk.row(sa.select(Registration)).number == number


@pytest.mark.parametrize("has_script", [True, False])
def test_back_from_the_waiting_list_and_from_a_refusal_is_safe(app, invited, has_script):
    for _ in range(invited.batch.seats):
        make_registration(invited.batch)
    with transaction():
        invited.people = 3
    with walking(app, looks=False, FORM_MIN_SECONDS=0) as walk:
        page = walk.phone("manager", java_script_enabled=has_script)
        _fill(page, invited)
        page.get_by_role("button", name="Kirim pendaftaran").click()
        page.get_by_role("button", name="Masuk daftar tunggu").click()
        page.wait_for_url("**/bukti/**")
        page.go_back()
        assert "Sudah terkirim." in page.locator("main").inner_text()

        page.goto(_path(invited))
        page.get_by_role("link", name="Daftarkan orang lain").click()
        page.get_by_label("Nama lengkap").fill("Siti Aminah")
        page.get_by_label("Nomor HP").fill(invited.cooperative.officers[0].person.phone)
        page.get_by_label("Jabatan di koperasi").select_option("treasurer")
        page.get_by_role("button", name="Tambah orang lain").click()
        page.get_by_label("Nama lengkap").last.fill("Bambang Hartono")
        page.get_by_label("Nomor HP").last.fill("0813-9999-0000")
        page.get_by_label("Jabatan di koperasi").last.select_option("chair")
        page.get_by_role("button", name="Periksa jawaban").last.click()
        page.get_by_role("button", name="Kirim pendaftaran").click()
        assert "sudah terdaftar dengan nomor" in page.locator(".error-summary").inner_text()
        page.go_back()
        assert page.locator("h1").inner_text() == "Periksa jawaban"
        assert "Bambang Hartono" in page.locator("main").inner_text()
        assert [r.state for r in walk.rows(sa.select(Registration))].count("waitlisted") == 1
