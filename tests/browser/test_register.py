"""Acceptance checks 1 to 6 of the registration on a phone of 360×640, with counted taps."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.clock import utc_now
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Registration
from tests.factories import (
    make_batch,
    make_cooperative,
    make_course,
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

MOST_TAPS, MOST_PAGES, MOST_BYTES = 12, 3, 60_000
ROSTER = ("Siti Aminah", "H. Slamet Ma'ruf", "Dewi Lestari")


@pytest.fixture
def invited(app):
    """A bimtek with seats, and a cooperative of three known people that may send three."""
    now = utc_now()
    office = make_office(contact_name="Ibu Rina", contact_phone="+6281234567890")
    batch = make_batch(
        office,
        seats=6,
        sessions=0,
        course=make_course(office, name="Akuntabilitas Koperasi"),
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=now + timedelta(days=7),
    )
    make_training_session(batch, now + timedelta(days=9))
    cooperative = make_cooperative(office, "KSP Bina Artha Kranggan")
    for name, position in zip(ROSTER, ("treasurer", "chair", "secretary")):
        make_officer(cooperative, make_person(office, name), position)
    return make_invitation(batch, cooperative, people=3)


def link(invitation):
    return f"/daftar/{tokens.invitation_token(invitation)}"


class Finger:
    """A finger on one phone: counts its taps, and the pages that they led over."""

    def __init__(self, walk, who="manager", **options):
        self.page = walk.phone(who, has_touch=True, **options)
        self.taps = 0
        self.pages: list[str] = []
        self.page.on("framenavigated", lambda frame: self.pages.append(frame.url))

    def open(self, path):
        self.pages.clear()
        self.page.goto(path)

    def tap(self, where):
        where.tap()
        self.taps += 1

    def press(self, name):
        """A button that leads to another page."""
        with self.page.expect_navigation():
            self.tap(self.page.get_by_role("button", name=name).last)

    def tick(self, *names):
        for name in names:
            self.tap(self.page.get_by_label(name))

    def write(self, label, text):
        """One tap into the field; the letters are no taps."""
        self.tap(self.page.get_by_label(label).last)
        self.page.keyboard.type(text)

    def send(self):
        self.press("Kirim pendaftaran")
        assert "/bukti/" in self.page.url

    @property
    def number(self):
        return self.page.locator(".ticket__number b").first.inner_text()

    @property
    def pages_before_proof(self):
        return len([url for url in self.pages if "/bukti/" not in url])


def registered(walk):
    return walk.rows(sa.select(Registration).order_by(Registration.id))


def test_three_known_people_are_registered_with_four_taps_on_one_page(app, invited):
    with walking(app, looks=False) as walk:
        finger = Finger(walk)
        finger.open(link(invited))
        finger.tick(*ROSTER)
        finger.send()

        made = registered(walk)
        assert (finger.taps, finger.pages_before_proof) == (4, 1)
        assert {r.person.full_name for r in made} == set(ROSTER)
        assert {r.state for r in made} == {"confirmed"}
        assert len({r.team for r in made}) == 1


def test_somebody_new_is_registered_within_the_taps_and_pages_of_the_design(app, invited):
    with walking(app, looks=False) as walk:
        finger = Finger(walk)
        finger.open(link(invited))
        finger.tick("Siti Aminah")
        finger.press("Tambah orang lain")
        finger.write("Nama lengkap", "bambang hartono")
        finger.write("Nomor HP", "0813.9999.0000")
        finger.page.get_by_label("Jabatan di koperasi").last.select_option("manager")
        finger.taps += 2  # the list opens, and one of it is chosen
        finger.press("Periksa jawaban")
        assert "0813-9999-0000" in finger.page.locator("main").inner_text()
        finger.send()

        assert finger.taps <= MOST_TAPS
        assert finger.pages_before_proof <= MOST_PAGES
        assert len(registered(walk)) == 2


def test_the_invitation_is_light_and_asks_nobody_else(app, invited):
    with walking(app) as walk:
        page = walk.phone("manager")
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes = []
        wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(link(invited), wait_until="networkidle")
        walk.look(page)  # a request to another address is a fault

        assert page.get_by_label("Siti Aminah").is_visible()
        assert 10_000 < sum(sizes) <= MOST_BYTES
    assert walk.faults == [], "\n".join(walk.faults)


def test_without_script_it_ends_with_a_number_and_a_code(app, invited):
    with walking(app, looks=False) as walk:
        finger = Finger(walk, java_script_enabled=False)
        finger.open(link(invited))
        finger.tick(*ROSTER)
        finger.send()

        first = registered(walk)[0]
        code = finger.page.locator("#qr svg path").get_attribute("d")
        assert (finger.taps, finger.number) == (4, first.number)
        assert qr.read_path(code) == f"{walk.address}/hadir/{tokens.door_token(first)}"


def test_errors_have_the_focus_lead_to_their_fields_and_keep_every_answer(app, invited):
    with walking(app) as walk:
        finger = Finger(walk)
        finger.open(link(invited))
        finger.press("Kirim pendaftaran")
        page = finger.page
        assert page.title().startswith("Galat:")
        page.get_by_role("link", name="Pilih paling sedikit satu orang.").tap()
        assert page.evaluate("document.activeElement.id") == "officers-0"
        walk.look(page)

        finger.tick("Siti Aminah")
        finger.press("Tambah orang lain")
        finger.write("Nama lengkap", "Bambang Hartono")
        finger.write("Nomor HP", "0813-99")
        finger.press("Periksa jawaban")
        walk.look(page)
        assert page.title().startswith("Galat:")
        assert page.evaluate("document.activeElement.className") == "error-summary"
        for words, field in (
            ("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890.", "phone"),
            ("Pilih jabatan orang ini di koperasi.", "position"),
        ):
            page.get_by_role("link", name=words).tap()
            assert page.evaluate("document.activeElement.name") == f"others-0-{field}"
        assert page.get_by_label("Siti Aminah").is_checked()
        assert page.get_by_label("Nama lengkap").input_value() == "Bambang Hartono"
        assert page.get_by_label("Nomor HP").input_value() == "0813-99"
        assert registered(walk) == []
    assert walk.faults == [], "\n".join(walk.faults)


def test_a_seat_that_went_meanwhile_is_answered_by_the_queue_in_one_tap(app, invited):
    with walking(app) as walk:
        finger = Finger(walk)
        finger.open(link(invited))
        finger.tick("Siti Aminah", "Dewi Lestari")
        for _ in range(invited.batch.seats):
            make_registration(invited.batch)
        finger.press("Kirim pendaftaran")
        walk.look(finger.page)
        words = finger.page.locator("main").inner_text()
        assert finger.page.locator("h1").inner_text() == "Kuota sudah penuh"
        assert "Urutan ke-1" in words
        assert "Siti Aminah" in words and "Dewi Lestari" in words  # noqa: PT018
        before = finger.taps
        finger.press("Masuk daftar tunggu")

        assert finger.taps - before == 1
        waiting = [r for r in registered(walk) if r.state == "waitlisted"]
        assert {r.person.full_name for r in waiting} == {"Siti Aminah", "Dewi Lestari"}
        assert "Daftar tunggu, urutan ke-1" in finger.page.locator("h1").inner_text()
    assert walk.faults == [], "\n".join(walk.faults)


def test_a_double_tap_back_and_a_second_tab_are_one_registration(app, invited):
    with walking(app, looks=False, FORM_MIN_SECONDS=0) as walk:
        one, other = Finger(walk), Finger(walk, "the same in a second tab")
        for finger in (one, other):
            finger.open(link(invited))
            finger.tick("Siti Aminah", "Dewi Lestari")
        button = one.page.get_by_role("button", name="Kirim pendaftaran")
        with one.page.expect_request("**/pendaftaran") as sent:
            button.dblclick(no_wait_after=True)
        one.page.wait_for_url("**/bukti/**")
        again = one.page.request.post(  # Back, and yes to "send the form again?"
            sent.value.url,
            data=sent.value.post_data,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": walk.address},
        )
        other.send()

        assert again.url == one.page.url
        assert other.number == one.number
        assert [r.number for r in registered(walk)][0] == one.number
        assert len(registered(walk)) == 2

        one.page.go_back()  # the roster, where who is registered is not asked again
        one.page.get_by_text("2 orang sudah terdaftar").wait_for()
        assert one.page.get_by_label("Siti Aminah").count() == 0
