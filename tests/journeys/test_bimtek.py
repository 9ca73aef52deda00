"""One bimtek and the mentoring behind it, on phones: from the register to the before-and-after table,
as each role in turn, with a look at the rows after every step."""

import re
import subprocess
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import Membership, User
from kopdiklat.attendance.models import Attendance
from kopdiklat.attendance.reminders import remind_participants
from kopdiklat.cooperatives.models import Officer
from kopdiklat.core import clock, files
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.health.models import HealthAssessment
from kopdiklat.jobs.schedule import send_messages
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit, VisitNote
from kopdiklat.notifications.service import send_due_messages
from kopdiklat.notifications.transport import SmtpTransport
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch, Course, DoorDuty, Programme
from scripts.pages import _photo as photo_of_a_book
from tests.journeys import qr
from tests.journeys.walk import Story, Today, email_of, make_story, walking
from tests.notifications.mail import smtp_server

pytestmark = pytest.mark.browser

SEATS = 3
NEW_PASSWORD = "padi kuning di tepi sawah"


def test_a_bimtek_and_its_mentoring_from_the_register_to_before_and_after(app, tmp_path):
    story = make_story(utc_now())
    on_sqlite = db.engine.dialect.name == "sqlite"  # the pages are the same on both
    with smtp_server() as (mail_url, mailbox), walking(app, looks=on_sqlite) as walk:
        app.config.update(MAIL_URL=mail_url, FORM_MIN_SECONDS=0)
        chain = Chain(walk, story, Today.around(utc_now()), mailbox, tmp_path)
        chain.find_a_cooperative()
        chain.make_programme_course_and_batch()
        chain.choose_by_status_and_rank()
        chain.send_the_invitations()
        chain.register_two_people()
        chain.fill_the_last_seat_then_wait()
        chain.cancel_and_offer()
        chain.read_the_confirmation()
        chain.remind_the_day_before()
        chain.move_to_today_with_a_door_officer()
        chain.admit_by_qr_once()
        chain.tick_the_list_and_print()
        chain.assign_a_mentor()
        chain.write_a_note()
        chain.close_the_follow_up()
        chain.assess_again()
        chain.read_before_and_after()
        chain.read_the_trail()
        chain.invite_a_colleague()
        chain.see_the_other_places()

    assert walk.faults == [], "\n".join(walk.faults)


class Chain:
    """The steps, in the order in which an office takes them."""

    def __init__(self, walk, story: Story, today: Today, mailbox, folder):
        self.walk = walk
        self.story = story
        self.today = today
        self.mailbox = mailbox
        self.folder = folder
        self.coordinator = walk.phone("coordinator")
        self.links: dict[int, str] = {}
        self.batch_id = 0

    def open(self, page, path: str):
        page.goto(path)
        self.walk.look(page)
        return page

    def press(self, page, name: str, role: str = "button") -> None:
        """Press what leads to another page."""
        self.walk.last = page
        with page.expect_navigation():
            page.get_by_role(role, name=name).first.click()
        self.walk.look(page)

    def turn(self, page, name: str) -> None:
        """Press what changes the page in place."""
        page.get_by_role("button", name=name).first.click()
        self.walk.look(page)

    # -- 2, 3: the register, the batch, whom to invite ---------------------------------------------

    def find_a_cooperative(self):
        page = self.open(self.coordinator, "/cooperatives")
        with page.expect_response(re.compile("text=bina")):
            page.fill("[name=text]", "bina artha")
        page.get_by_role("link", name="KSP Bina Artha Kranggan").wait_for()
        assert page.locator("tbody tr").count() == 1
        self.press(page, "KSP Bina Artha Kranggan", "link")

        assert page.locator("h1").inner_text() == "KSP Bina Artha Kranggan"
        assert "Dalam Pengawasan Khusus" in page.locator("main").inner_text()

    def make_programme_course_and_batch(self):
        page = self.open(self.coordinator, "/courses/new")
        page.fill("[name=name]", "Akuntabilitas Koperasi II")
        page.fill("[name=summary]", "Dua hari menyusun laporan keuangan.")
        page.fill("[name=bring]", "KTP dan neraca")
        self.press(page, "Simpan mata latih")
        course = self.walk.row(sa.select(Course).where(Course.name == "Akuntabilitas Koperasi II"))
        assert (course.office_id, course.bring) == (self.story.office.id, "KTP dan neraca")

        self.open(page, "/programmes/new")
        page.fill("[name=name]", "Bimtek lanjutan")
        page.fill("[name=year]", str(self.story.year))
        page.get_by_label("Dalam Pengawasan", exact=True).check()
        page.get_by_label("Dalam Pengawasan Khusus").check()
        self.press(page, "Simpan program")
        programme = self.walk.row(sa.select(Programme).where(Programme.name == "Bimtek lanjutan"))
        assert programme.target_statuses == ["under_supervision", "under_special_supervision"]

        self.press(page, "Buat angkatan", "link")
        self._fill_batch(page, course.id)
        self.press(page, "Simpan angkatan")
        batch = self.walk.row(sa.select(Batch).where(Batch.programme_id == programme.id))
        self.batch_id = batch.id
        first = self.today.day + timedelta(days=3)
        assert (batch.state, batch.seats, batch.people_per_cooperative) == ("draft", SEATS, 2)
        assert batch.days == [first, first + timedelta(days=1)]
        assert batch.lesson_hours == Decimal("4.00")

        self.press(page, "Buka pendaftaran")
        assert self._batch().state == "published"

    def _fill_batch(self, page, course_id: int) -> None:
        first = self.today.day + timedelta(days=3)
        self._settle(page, lambda: page.select_option("[name=course_id]", str(course_id)))
        page.fill("[name=seats]", str(SEATS))
        self._place_days(page, first, 2)
        self._settle(page, lambda: page.select_option("[name=venue_id]", ""))
        page.select_option("[name=time_zone]", self.today.zone)
        page.fill("[name=venue]", "Gedung Serbaguna")
        page.fill("[name=opens_on]", str(self.today.day - timedelta(days=1)))
        page.fill("[name=closes_on]", str(first - timedelta(days=1)))
        for n, topic in ((0, "Pembukuan harian"), (4, "Menyiapkan RAT")):  # the first of each day
            self._fill_session(page, n, "09:00", "10:30", topic)

    def _place_days(self, page, first, count: int) -> None:
        """On these days, whatever weekday it is."""
        page.locator("#less-asked").evaluate("fold => { fold.open = true; }")
        if not page.is_checked("[name=every_day]"):
            self._settle(page, lambda: page.check("[name=every_day]"))
        if page.input_value("[name=day_count]") != str(count):
            self._settle(page, lambda: self._change(page, "[name=day_count]", str(count)))
        self._settle(page, lambda: self._change(page, "[name=first_day]", str(first)))

    def _change(self, page, field: str, value: str) -> None:
        page.fill(field, value)
        page.dispatch_event(field, "change")

    def _settle(self, page, act) -> None:
        """Until the part of the page that follows a choice has come."""
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            act()
        busy = page.locator(".htmx-request, .htmx-swapping, .htmx-settling")
        while busy.count():
            page.wait_for_timeout(20)

    def _fill_session(self, page, n: int, starts: str, ends: str, topic: str) -> None:
        page.click(f"#cell-{n}")
        page.fill(f"[name=sessions-{n}-topic]", topic)
        page.fill(f"[name=sessions-{n}-starts]", starts)
        page.fill(f"[name=sessions-{n}-ends]", ends)

    def _batch(self) -> Batch:
        return self.walk.row(sa.select(Batch).where(Batch.id == self.batch_id))

    def _open_every_fold(self, page) -> None:
        for fold in page.locator("main .fold:not([open]) > summary").all():
            fold.click()

    def choose_by_status_and_rank(self):
        page = self.coordinator
        self.press(page, "Pilih sasaran", "link")
        self._open_every_fold(page)
        names = page.locator("tbody th[scope=row] a").all_inner_texts()
        assert names == ["KSP Bina Artha Kranggan", "Kopwan Mawar Meri", "KSU Tirta Brantas Blooto"]
        for box in page.locator("[name=cooperative]").all():
            box.check()
        page.get_by_text("3 dipilih dari 3").first.wait_for()  # each tick is counted by the server
        self.press(page, "Tambahkan ke undangan")

        made = self.walk.rows(
            sa.select(Invitation)
            .where(Invitation.batch_id == self.batch_id)
            .order_by(Invitation.id)
        )
        assert [(i.cooperative_id, i.health_status, i.rank) for i in made] == [
            (self.story.weak.id, "under_special_supervision", 1),
            (self.story.other.id, "under_special_supervision", 2),
            (self.story.third.id, "under_supervision", 1),
        ]
        assert self._batch().selection_basis is not None
        assert self.walk.count(OutboxMessage) == 0

    def send_the_invitations(self):
        page = self.coordinator
        self.press(page, "Kirim undangan")
        told = self.walk.rows(sa.select(OutboxMessage).order_by(OutboxMessage.id))
        assert {(m.kind, m.channel) for m in told} == {
            ("invitation.sent", "email"),
            ("invitation.sent", "whatsapp"),
        }
        assert len(told) == 3

        links = page.locator("[data-copy]").evaluate_all("all => all.map(b => b.dataset.copy)")
        made = self.walk.rows(sa.select(Invitation).where(Invitation.batch_id == self.batch_id))
        for link in links:
            assert link.startswith(f"{self.walk.address}/daftar/")
        by_name = dict(zip(page.locator("tbody th a").all_inner_texts(), links))
        self.links = {i.cooperative_id: by_name[i.cooperative.name] for i in made}

    # -- 4: by link, without an account ------------------------------------------------------------

    def register_two_people(self):
        page = self.walk.phone("manager of the weak one")
        self._open_link(page, self.story.weak)
        assert "Sisa 3 kursi" in page.locator("main").inner_text()
        page.get_by_label("Siti Aminah").check()
        self.press(page, "Tambah orang lain")
        page.get_by_label("Nama lengkap").fill("  Bambang   Hartono ")
        page.get_by_label("Nomor HP").fill("0813.9999.0000")
        page.get_by_label("Jabatan di koperasi").select_option("chair")
        assert page.get_by_label("Siti Aminah").is_checked()
        self.press(page, "Periksa jawaban")
        assert "0813-9999-0000" in page.locator("main").inner_text()
        assert self._registrations() == []
        self.press(page, "Kirim pendaftaran")

        made = self._registrations()
        assert [(r.person.full_name, r.position, r.state) for r in made] == [
            ("Siti Aminah", "treasurer", "confirmed"),
            ("Bambang Hartono", "chair", "confirmed"),
        ]
        assert made[0].person_id == self.story.officer.person_id
        assert made[1].person.phone == "+6281399990000"
        assert made[0].team == made[1].team
        assert self.walk.count(Officer, Officer.person_id == made[1].person_id) == 1
        assert page.locator("h1").inner_text() == "Pendaftaran diterima"

    def _open_link(self, page, cooperative) -> None:
        self.open(page, self.links[cooperative.id].removeprefix(self.walk.address))
        assert "Akuntabilitas Koperasi II" in page.locator("h1").inner_text()

    def _registrations(self) -> list[Registration]:
        return self.walk.rows(
            sa.select(Registration)
            .where(Registration.batch_id == self.batch_id)
            .order_by(Registration.id)
        )

    def fill_the_last_seat_then_wait(self):
        second = self.walk.phone("manager of the other one")
        self._send_one(second, self.story.other, "Dewi Lestari")
        assert [r.state for r in self._registrations()] == ["confirmed"] * 3

        third = self.walk.phone("manager of the third one")
        self._send_one(third, self.story.third, "H. Slamet Ma'ruf")
        assert len(self._registrations()) == 3
        assert "Kuota sudah penuh" in third.locator("h1").inner_text()
        assert "Urutan ke-1" in third.locator("main").inner_text()
        self.press(third, "Masuk daftar tunggu")

        waiting = self._registrations()[-1]
        assert (waiting.state, waiting.person.full_name) == ("waitlisted", "H. Slamet Ma'ruf")
        assert "urutan ke-1" in third.locator("h1").inner_text()

    def _send_one(self, page, cooperative, name: str) -> None:
        self._open_link(page, cooperative)
        page.get_by_label(name).check()
        self.press(page, "Kirim pendaftaran")

    def cancel_and_offer(self):
        page = self.walk.phone("manager of the other one")
        self.press(page, "Ubah peserta atau batalkan", "link")
        page.locator("#cancel-reason").fill("Anak sakit")
        self.press(page, re.compile("^Batalkan pendaftaran"))

        by_name = {r.person.full_name: r for r in self._registrations()}
        assert by_name["Dewi Lestari"].state == "cancelled"
        assert by_name["Dewi Lestari"].events[-1].reason == "Anak sakit"
        assert by_name["H. Slamet Ma'ruf"].state == "offered"

        third = self.walk.phone("manager of the third one")
        third.reload()
        assert third.locator("h1").inner_text() == "Ada kursi untuk Anda"
        self.press(third, "Ya, saya ambil")
        assert third.locator("h1").inner_text() == "Pendaftaran diterima"
        seated = self._registrations()[-1]
        assert [e.state for e in seated.events] == ["waitlisted", "offered", "confirmed"]

    def read_the_confirmation(self):
        page = self.walk.phone("manager of the weak one")
        treasurer = self._registrations()[0]
        assert treasurer.number in page.locator(".ticket").inner_text()
        box = page.locator("#qr svg").bounding_box()
        assert min(box["width"], box["height"]) >= 240
        code = page.locator("#qr svg path").get_attribute("d")
        self.proof, self.door_code = page.url, qr.read_path(code)
        assert re.fullmatch(rf"{self.walk.address}/hadir/[\w-]{{22}}", self.door_code)

        sent_before = len(self.mailbox.messages)
        send_messages()  # the confirmation of who has an e-mail address
        (letter,) = self.mailbox.messages[sent_before:]
        assert letter["To"].addresses[0].addr_spec == "siti.aminah@contoh.id"
        assert treasurer.number in letter.get_content()

    # -- 9: the day before -------------------------------------------------------------------------

    def remind_the_day_before(self):
        first = self._batch().training_sessions[0]
        eve = first.starts_at - timedelta(hours=23)  # 10.00 of the day before
        assert remind_participants(now=eve) == 3
        assert remind_participants(now=eve) == 0
        reminders = self.walk.rows(
            sa.select(OutboxMessage).where(OutboxMessage.kind == "batch.reminder")
        )
        assert sorted((m.channel, m.recipient_name) for m in reminders) == [
            ("email", "Siti Aminah"),
            ("whatsapp", "Bambang Hartono"),
            ("whatsapp", "H. Slamet Ma'ruf"),
        ]
        self.mailbox.messages.clear()
        send_due_messages(
            SmtpTransport(self.walk.app.config["MAIL_URL"], "dinas@contoh.id"), lambda: eve
        )
        assert set(self.mailbox.recipients) == {"siti.aminah@contoh.id"}
        (letter,) = [m for m in self.mailbox.messages if m["Subject"].startswith("Pengingat")]
        assert self._registrations()[0].number in letter.get_content()
        assert self.proof in letter.get_content()

    # -- 5: presence -------------------------------------------------------------------------------

    def move_to_today_with_a_door_officer(self):
        page = self.open(self.coordinator, f"/batches/{self.batch_id}/edit")
        t = self.today
        self._place_days(page, t.day, 2)
        page.fill("[name=closes_on]", str(t.day))
        closes = (t.starts - timedelta(minutes=10)).time()
        if (t.starts - timedelta(minutes=10)).date() != t.day:  # a few minutes past midnight
            closes = t.starts.time()
        page.fill("[name=closes_at]", f"{closes:%H:%M}")
        page.fill("[name=opens_on]", str(t.day - timedelta(days=2)))
        self._fill_session(page, 0, f"{t.starts:%H:%M}", f"{t.ends:%H:%M}", "Pembukuan harian")
        tomorrow = t.day + timedelta(days=1)
        self.press(page, "Simpan angkatan")
        self.press(page, "Simpan dan beri tahu")
        assert self._batch().days == [t.day, tomorrow]

        self.open(page, f"/batches/{self.batch_id}/door-duties")
        page.get_by_label(re.compile("Bertugas")).first.check()
        self.press(page, "Simpan petugas")
        duty = self.walk.row(sa.select(DoorDuty).where(DoorDuty.batch_id == self.batch_id))
        assert (duty.user.email, duty.duty_on) == (email_of("door_staff"), t.day)

    def admit_by_qr_once(self):
        visitor = self.walk.phone("somebody who finds a ticket")
        self.open(visitor, self.door_code.removeprefix(self.walk.address))
        assert "Siti Aminah" not in visitor.content()

        page = self.walk.phone("door_staff")
        self.open(page, "/door")
        self.open(page, self.door_code.removeprefix(self.walk.address))
        words = page.locator("main").inner_text()
        assert "Siti Aminah" in words
        assert "KSP Bina Artha Kranggan" in words
        self.press(page, "Tandai hadir")
        assert "HADIR" in page.locator(".verdict__word").inner_text()

        mark = self.walk.row(sa.select(Attendance).where(self._of_the_batch()))
        assert (mark.state, mark.method, mark.recorded_by_name) == (
            "present",
            "qr",
            "Sari Handayani",
        )
        assert mark.registration.person.full_name == "Siti Aminah"

        self.open(page, self.door_code.removeprefix(self.walk.address))
        assert "SUDAH HADIR" in page.locator(".verdict__word").inner_text()
        assert page.get_by_role("button", name="Tandai hadir").count() == 0
        assert self.walk.count(Attendance, self._of_the_batch()) == 1

    def _of_the_batch(self):
        of_it = sa.select(Registration.id).where(Registration.batch_id == self.batch_id)
        return Attendance.registration_id.in_(of_it)

    def tick_the_list_and_print(self):
        block = self._batch().training_sessions[0]
        page = self.open(self.coordinator, f"/training-sessions/{block.id}/attendance")
        self.press(page, "Tandai semua hadir", "link")
        slamet = self._registrations()[-1]
        page.check(f"[name=state-{slamet.id}][value=excused]")
        self.press(page, "Simpan daftar hadir")
        marks = self.walk.rows(sa.select(Attendance).where(self._of_the_batch()))
        assert sorted((m.registration.person.full_name, m.state, m.method) for m in marks) == [
            ("Bambang Hartono", "present", "list"),
            ("H. Slamet Ma'ruf", "excused", "list"),
            ("Siti Aminah", "present", "qr"),
        ]
        self.open(page, f"/batches/{self.batch_id}/attendance")

        answer = page.request.get(f"/batches/{self.batch_id}/attendance-sheets/{block.day}.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        sheet = self.folder / "daftar-hadir.pdf"
        sheet.write_bytes(answer.body())
        text = subprocess.run(
            ["pdftotext", "-layout", sheet, "-"], capture_output=True, text=True, check=True
        ).stdout
        for name in ("Siti Aminah", "Bambang Hartono", "Slamet Ma", "KSP Bina Artha"):
            assert name in text
        assert "Dewi Lestari" not in text

    # -- 6: mentoring ------------------------------------------------------------------------------

    def assign_a_mentor(self):
        page = self.open(self.coordinator, "/mentoring")
        page.get_by_label("Pilih KSP Bina Artha Kranggan").check()
        self.press(page, "Tugaskan yang dipilih")
        mentor = self.walk.row(sa.select(User).where(User.email == email_of("mentor")))
        page.select_option("[name=mentor_id]", str(mentor.id))
        page.fill("[name=starts_on]", str(self._office_day()))
        self.press(page, "Tugaskan pendamping")
        made = self.walk.row(sa.select(MentoringAssignment))
        assert (made.mentor_id, made.cooperative_id) == (mentor.id, self.story.weak.id)

    def _office_day(self):
        return clock.local_day(self.today.now, "WIB")

    def write_a_note(self):
        page = self.open(self.walk.phone("mentor"), "/")
        assert page.url.endswith("/today")
        self.press(page, "Jadwalkan kunjungan", "link")
        page.select_option("[name=cooperative_id]", str(self.story.weak.id))
        page.fill("[name=day]", str(self._office_day()))
        page.fill("[name=starts]", "00:00")
        page.fill("[name=ends]", "01:00")
        self.press(page, "Jadwalkan kunjungan")
        visit = self.walk.row(sa.select(MentoringVisit))
        assert (visit.state, visit.cooperative_id) == ("planned", self.story.weak.id)

        self.open(page, "/today")
        self.press(page, re.compile("^Mulai catatan"), "link")
        page.get_by_label("Siti Aminah").check()
        self.turn(page, "Lanjut ke Temuan")
        page.fill("[name=condition]", "Kas toko dan simpan pinjam dalam satu buku.")
        page.fill("[name=advice]", "Pisahkan kedua kas mulai bulan depan.")
        self.turn(page, "Lanjut ke Tindak lanjut")
        page.fill("[name=agreements-0-what]", "Susun neraca bulanan")
        page.select_option("[name=agreements-0-owner]", index=1)
        page.check("[name=agreements-0-when][value='1w']")
        self.turn(page, "Lanjut ke Foto")
        picture = self.folder / "buku.jpg"
        picture.write_bytes(photo_of_a_book())
        with page.expect_response(re.compile("/photos")):
            page.set_input_files("[name=files]", picture)
        page.locator(".photo-card").wait_for()
        self.press(page, re.compile("^Selesai & kirim"))
        page.get_by_text("Catatan terkirim").first.wait_for()
        self.walk.look(page)

        note = self.walk.row(sa.select(VisitNote))
        assert note.visit.state == "held"
        assert [m["name"] for m in note.met_people] == ["Siti Aminah"]
        (photo,) = note.photos
        stored = files.read(photo.file)
        assert len(stored) <= 400_000
        assert b"Exif" not in stored
        follow_up = self.walk.row(sa.select(FollowUp))
        assert (follow_up.what, follow_up.closed_on) == ("Susun neraca bulanan", None)
        assert follow_up.owner_name == "Siti Aminah, Bendahara"
        assert follow_up.due_on == self._office_day() + timedelta(days=7)

    def close_the_follow_up(self):
        page = self.open(self.walk.phone("mentor"), "/today")
        self.press(page, re.compile("^Catatan terkirim"), "link")
        self.press(page, "Susun neraca bulanan", "link")
        self.press(page, "Tutup tindak lanjut", "link")
        page.fill("[name=result]", "Neraca Oktober sudah disusun.")
        self.press(page, "Tutup tindak lanjut")
        closed = self.walk.row(sa.select(FollowUp))
        assert (closed.result, closed.closed_on) == (
            "Neraca Oktober sudah disusun.",
            self._office_day(),
        )

    # -- 7, 8: assessed again, before and after ----------------------------------------------------

    def assess_again(self):
        year = self.story.year
        page = self.open(self.walk.phone("assessor"), "/")
        self.open(page, f"/cooperatives/{self.story.weak.id}/assessments/new")
        page.select_option("[name=fiscal_year]", str(year - 1))
        page.fill("[name=signed_on]", str(self._office_day()))
        with page.expect_response(re.compile("score=")):
            page.fill("[name=score]", "72,35")
        page.locator("#computed").get_by_text("Cukup Sehat").wait_for()
        self.press(page, "Simpan penilaian")
        made = self.walk.row(
            sa.select(HealthAssessment).where(
                HealthAssessment.cooperative_id == self.story.weak.id,
                HealthAssessment.fiscal_year == year - 1,
            )
        )
        assert (made.score, made.health_status) == (Decimal("72.35"), "fairly_healthy")
        assert made.recorded_by_id is not None

    def read_before_and_after(self):
        for role in ("coordinator", "head"):
            page = self.open(self.walk.phone(role), "/changes")
            assert page.locator("h1").inner_text() == "Perubahan"
            assert "Dampak" not in page.content()
            self.press(page, re.compile("^Akuntabilitas Koperasi, angkatan 1"), "link")
            taken = page.locator("[aria-labelledby=participants]")
            counts = taken.locator(".change-counts dd b").all_inner_texts()
            assert counts == ["1", "1", "0"]  # up, same, down
            beside = page.locator("[aria-labelledby=comparison]")
            assert beside.locator(".change-counts dd b").all_inner_texts() == ["0", "2", "0"]
            notice = page.locator("main").inner_text()
            assert "cenderung naik sendiri" in notice  # chosen for their low scores

            with page.expect_navigation():
                taken.locator(".change-counts dd a").first.click()
            self.walk.look(page)
            names = page.locator("tbody th a").all_inner_texts()
            assert names == ["KSP Bina Artha Kranggan"]

    # -- around it ---------------------------------------------------------------------------------

    def read_the_trail(self):
        page = self.open(self.walk.phone("auditor"), "/audit")
        trail = page.locator("main").inner_text()
        assert "Agus Setiawan, S.H." in trail
        entry = self.walk.rows(
            sa.select(AuditEntry)
            .where(AuditEntry.object_type == HealthAssessment.__tablename__)
            .order_by(AuditEntry.id.desc())
        )[0]
        assert entry.actor == "Agus Setiawan, S.H."

    def invite_a_colleague(self):
        page = self.open(self.walk.phone("office_admin"), "/users/invitations/new")
        page.fill("[name=name]", "Wahyu Firmansyah")
        page.fill("[name=email]", "wahyu@contoh.id")
        page.get_by_label(re.compile("^Pendamping")).check()
        self.press(page, "Buat undangan")
        link = page.locator("[data-copy]").first.get_attribute("data-copy")

        new = self.walk.phone("the colleague")
        self.open(new, link.removeprefix(self.walk.address))
        new.fill("[name=password]", NEW_PASSWORD)
        self.press(new, "Buat akun")
        self._sign_in(new, "wahyu@contoh.id", NEW_PASSWORD)
        assert new.url.endswith("/today")
        colleague = self.walk.row(sa.select(User).where(User.email == "wahyu@contoh.id"))
        held = self.walk.row(sa.select(Membership).where(Membership.user_id == colleague.id))
        assert (held.role, held.office_id) == ("mentor", self.story.office.id)

    def _sign_in(self, page, name: str, password: str) -> None:
        page.goto("/masuk")
        page.fill("[name=name]", name)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/masuk" not in url)
        self.walk.look(page)

    def see_the_other_places(self):
        page = self.open(self.walk.phone("platform_admin"), "/offices")
        assert "Dinas Koperasi Kota Mojokerto" in page.locator("main").inner_text()

        manager = self.walk.phone("manager of the weak one")
        self.open(manager, f"{self.links[self.story.weak.id].removeprefix(self.walk.address)}/akun")
        manager.fill("[name=name]", "Siti Aminah")
        manager.fill("[name=contact]", "0812-1111-2222")
        manager.fill("[name=password]", NEW_PASSWORD)
        self.press(manager, re.compile("^Buat akun"))
        self._sign_in(manager, "0812-1111-2222", NEW_PASSWORD)
        assert "KSP Bina Artha Kranggan" in manager.locator("main").inner_text()
        self.open(manager, "/my-batches")
        assert "Siti Aminah" in manager.locator("main").inner_text()
        owner = self.walk.row(sa.select(Membership).where(Membership.role == "manager"))
        assert owner.cooperative_id == self.story.weak.id
