"""Seats that change hands: on the phone by link, at the desk by list, with every key counted."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat import demo, tables
from kopdiklat.core import keys
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from scripts import live
from tests.browser import axe

pytestmark = pytest.mark.browser

Batch, Registration = tables.training.Batch, tables.registration.Registration
ChangeRequest = tables.registration.ChangeRequest
Officer = tables.cooperatives.Officer


def seat_with_a_colleague(app, *, is_closed: bool):
    """(batch id, path of the ticket, number) of a confirmed seat whose cooperative has others."""
    with app.app_context():
        batch = db.session.scalars(
            sa.select(Batch).where(Batch.state == "published", Batch.number == 2)
        ).one()
        asked = sa.select(ChangeRequest.registration_id)
        officers = (
            sa.select(sa.func.count(Officer.id))
            .where(Officer.cooperative_id == Registration.cooperative_id)
            .scalar_subquery()
        )
        seat = db.session.scalars(
            sa.select(Registration).where(
                Registration.batch_id == batch.id,
                Registration.state == "confirmed",
                Registration.id.not_in(asked),
                officers > 2,
            )
        ).first()
        found = batch.id, f"/bukti/{keys.token_for('ticket', seat.nonce)}", seat.number
        if is_closed:
            batch_id = batch.id
            with transaction() as session:
                closes = utc_now() - timedelta(hours=1)
                session.get(Batch, batch_id).registration_closes_at = closes
        db.session.remove()
        return found


def state_of(app, number: str) -> str:
    with app.app_context():
        found = sa.select(Registration.state).where(Registration.number == number)
        state = db.session.scalar(found)
        db.session.remove()
        return state


def desk(browser, base):
    context = live.open_context(browser, base, live.DESK)
    live.sign_in(context, "rina@contoh.id", demo.people.PASSWORD)
    return context.new_page()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_substitute_takes_three_taps_on_the_phone_after_the_deadline(office, browser, scripts):
    app = office("full")
    _batch, path, number = seat_with_a_colleague(app, is_closed=True)
    with live.serving(app) as base:
        context = live.open_context(browser, base, live.PHONE, java_script_enabled=scripts)
        page = context.new_page()
        page.goto(path)

        page.click("text=Ubah peserta atau batalkan")  # 1
        page.locator("label.choice").first.click()  # 2
        page.click("button:has-text('Ganti peserta')")  # 3
        page.wait_for_url(lambda url: path not in url)
        new = page.locator("h1").inner_text()
        page.goto(path)
        old = page.locator("main").inner_text()
        faults = axe.run(page) + axe.scrolls_sideways(page) if scripts else []

    assert new == "Pendaftaran diterima"
    assert "QR yang lama tidak berlaku lagi." in old
    assert "Peserta sudah diganti" in old
    assert (state_of(app, number), faults) == ("replaced", [])


def test_somebody_who_is_not_on_the_roster_is_typed_below_orang_lain(office, browser):
    app = office("full")
    _batch, path, number = seat_with_a_colleague(app, is_closed=False)
    with live.serving(app) as base:
        page = live.open_context(browser, base, live.PHONE).new_page()
        page.goto(f"{path}/ubah")
        hidden = page.is_visible("#full_name")
        page.click("label.choice:has-text('Orang lain')")
        page.fill("#full_name", "Wiwik Lestari")
        page.click("button:has-text('Ganti peserta')")
        page.wait_for_selector(".error-summary")
        kept = page.input_value("#full_name"), page.is_visible("#phone")
        faults = axe.run(page) + axe.scrolls_sideways(page)
        page.fill("#phone", "081298765432")
        page.select_option("#position", "treasurer")
        page.click("button:has-text('Ganti peserta')")
        page.wait_for_selector("text=Wiwik Lestari")

    assert hidden is False
    assert kept == ("Wiwik Lestari", True)
    assert (state_of(app, number), faults) == ("replaced", [])


def test_a_request_goes_from_the_phone_to_the_desk_and_back(office, browser):
    app = office("full")
    batch_id, path, number = seat_with_a_colleague(app, is_closed=True)
    with live.serving(app) as base:
        phone = live.open_context(browser, base, live.PHONE).new_page()
        phone.goto(f"{path}/ubah")
        phone.fill("#cancel-reason", "Sakit")
        phone.click(f"text=Minta pembatalan {number}")
        phone.wait_for_selector("text=Menunggu keputusan koordinator")
        faults = axe.run(phone) + axe.scrolls_sideways(phone)

        page = desk(browser, base)
        page.goto("/")
        duty = page.locator("text=permintaan peserta").count()
        page.goto(f"/batches/{batch_id}?tab=requests#tabs")
        faults += axe.run(page)
        row = page.locator("tr", has_text=number)
        row.locator("button:has-text('Kabulkan')").click()
        page.wait_for_selector("text=Permintaan dikabulkan")
        phone.reload()
        told = phone.locator("h1").inner_text()

    assert duty == 1
    assert told == "Pendaftaran dibatalkan"
    assert (state_of(app, number), faults) == ("cancelled", [])


def test_a_quota_below_the_confirmed_is_refused_with_the_number_and_the_list(office, browser):
    """Acceptance check 23."""
    app = office("full")
    batch_id, _path, _number = seat_with_a_colleague(app, is_closed=False)
    with app.app_context():
        confirmed = db.session.scalar(
            sa.select(sa.func.count(Registration.id)).where(
                Registration.batch_id == batch_id, Registration.state == "confirmed"
            )
        )
        seats = db.session.get_one(Batch, batch_id).seats
        db.session.remove()
    with live.serving(app) as base:
        page = desk(browser, base)
        page.goto(f"/batches/{batch_id}/edit")
        page.fill("#seats", "1")
        page.locator(".dock >> text=Simpan angkatan").click()
        page.wait_for_selector(".error-summary")
        said = page.locator("#seats-error").inner_text()
        focused = page.evaluate("document.activeElement.className")
        faults = axe.run(page)
        page.click("text=Lihat peserta yang sudah punya kursi")
        page.wait_for_url(re.compile(r"state=confirmed"))
        listed = page.locator(".pagination .numbers").first.inner_text()

    number = int(re.search(r"kurang dari (\d+)", said)[1])
    assert number >= confirmed
    assert listed.endswith(f"dari {confirmed}")
    assert "error-summary" in focused
    assert faults == []
    with app.app_context():
        assert db.session.get_one(Batch, batch_id).seats == seats
        db.session.remove()


def test_a_pasted_list_is_checked_mended_and_registered(office, browser):
    app = office("full")
    batch_id, _path, _number = seat_with_a_colleague(app, is_closed=False)
    with app.app_context():
        taken = sa.select(Registration.cooperative_id).where(Registration.batch_id == batch_id)
        Cooperative = tables.cooperatives.Cooperative
        free = db.session.scalars(
            sa.select(Cooperative).where(Cooperative.id.not_in(taken)).order_by(Cooperative.id)
        ).first()
        name = free.name
        db.session.remove()
    with live.serving(app) as base:
        page = desk(browser, base)
        page.goto(f"/batches/{batch_id}")
        page.click("text=Tempel daftar")
        page.fill(
            "#text", f"{name}:\n1. Wiwik Lestari, bendahara, 0812 9876 5432\n2. Yoga, juru masak"
        )
        page.click("text=Periksa daftar")
        page.wait_for_selector("text=2 orang dibaca")
        faults = axe.run(page) + axe.scrolls_sideways(page)
        page.select_option("[id$=-position]", "member")
        page.click("text=Periksa lagi")
        page.wait_for_selector("text=Daftarkan 2 orang")
        faults += axe.run(page)
        page.click("text=Daftarkan 2 orang")
        page.wait_for_selector(".flashes")
        said = page.locator(".flashes").inner_text()

    assert faults == []
    assert re.search(r"\d orang terdaftar, \d masuk daftar tunggu", said)
