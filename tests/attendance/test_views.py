"""Presence in the browser: the list, the participant's code at the door, today's sessions."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from kopdiklat.attendance import queries
from kopdiklat.attendance.models import Attendance
from kopdiklat.core import clock
from kopdiklat.core.db import db, transaction
from kopdiklat.registration import service, tokens
from kopdiklat.registration.service import Participant
from tests.factories import (
    make_attendance,
    make_batch,
    make_door_duty,
    make_office,
    make_person,
    make_registration,
    make_training_session,
    make_user,
)


def zone_with_room():
    """A zone in which a session that began a moment ago and ends in an hour is on one day."""
    now = datetime.now(UTC)
    return next(zone for zone in clock.ZONES if 1 <= clock.local(now, zone).hour <= 22)


@pytest.fixture
def running(app):
    """A session that began ten minutes ago, with its batch."""

    class Running:
        def __init__(self, office=None, **columns):
            self.now = datetime.now(UTC)
            self.office = office or make_office()
            self.batch = make_batch(
                self.office, seats=60, sessions=0, time_zone=zone_with_room(), **columns
            )
            self.block = make_training_session(
                self.batch, starts_at=self.now - timedelta(minutes=10), minutes=60
            )

        @property
        def list_url(self):
            return f"/training-sessions/{self.block.id}/attendance"

        def participant(self, name="Siti Aminah", **columns):
            person = make_person(self.office, full_name=name)
            return make_registration(self.batch, person=person, **columns)

        def door_staff(self, duty=True):
            user = make_user("door_staff", self.office, name="Sari Handayani")
            if duty:
                make_door_duty(user, self.batch, self.block.day)
            return user

        def mark(self, registration):
            return queries.find_mark(self.block.id, registration.id)

    return Running


def door_url(registration):
    return f"/hadir/{tokens.door_token(registration)}"


def post(client, page, path=None, **data):
    """Send the form of a page with its token, as a browser would."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)[1]
    return client.post(path or page, data={"csrf_token": token, **data})


def seen(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


@contextmanager
def counting():
    statements = []

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_the_list_is_saved_in_one_post(app, running, login_as):
    running = running()
    siti, budi = running.participant(), running.participant("Budi")
    client = login_as(make_user("coordinator"))

    answer = post(
        client,
        running.list_url,
        **{f"state-{siti.id}": "present", f"was-{siti.id}": "", f"state-{budi.id}": "sick"},
    )

    assert answer.status_code == 303
    assert [running.mark(r).state for r in (siti, budi)] == ["present", "sick"]
    assert "Daftar hadir tersimpan, 2 perubahan." in seen(client.get(running.list_url))


def test_all_present_fills_the_form_and_saves_nothing(app, running, login_as):
    running = running()
    siti = running.participant()
    client = login_as(make_user("coordinator"))

    page = client.get(f"{running.list_url}?isi=present")

    assert re.search(rf'name="state-{siti.id}" value="present" checked', page.text)
    assert "Belum disimpan." in page.text
    assert running.mark(siti) is None


def test_search_finds_a_person_and_ticks_now(app, running, login_as):
    running = running()
    siti = running.participant("Hj. Siti Aminah")
    running.participant("Budi Santoso")
    client = login_as(running.door_staff())

    page = client.get(f"{running.list_url}?q=amin")
    answer = post(
        client,
        f"{running.list_url}?q=amin",
        f"/training-sessions/{running.block.id}/arrivals",
        registration_id=siti.id,
    )

    assert "Budi Santoso" not in page.text
    assert answer.status_code == 303
    assert (running.mark(siti).state, running.mark(siti).method) == ("present", "list")
    assert "Urungkan" in client.get(answer.location).text


def test_late_is_said_in_words(app, running, login_as):
    running = running()
    siti = running.participant()
    at = running.block.starts_at + timedelta(minutes=22)
    make_attendance(siti, running.block, arrived_at=at, recorded_by_name="Sari")
    client = login_as(make_user("coordinator"))

    assert "terlambat 22 menit · ditandai Sari" in seen(client.get(running.list_url))


def test_a_correction_keeps_what_was_typed_when_the_time_cannot_be_read(app, running, login_as):
    running = running()
    siti = running.participant()
    client = login_as(make_user("coordinator"))
    url = f"{running.list_url}/{siti.id}"

    refused = post(client, url, state="present", arrived="pagi", reason="Lupa")
    saved = post(client, url, state="present", arrived="7.15", reason="Lupa")

    assert refused.status_code == 422
    assert "Tulis jam datang seperti 08.41." in refused.text
    assert "pagi" in refused.text
    assert "<title>Galat:" in refused.text.replace("\n", "")
    assert saved.status_code == 303
    local = clock.local(running.mark(siti).arrived_at, running.block.time_zone)
    assert f"{local:%H.%M}" == "07.15"


def test_a_code_shows_person_and_cooperative_with_one_button(app, running, login_as):
    running = running()
    siti = running.participant()
    client = login_as(running.door_staff())

    page = client.get(door_url(siti))

    assert "Siti Aminah" in page.text
    assert siti.cooperative.name in page.text
    assert page.text.count("Tandai hadir") == 1


def test_a_code_is_ticked_once_and_then_says_when_and_by_whom(app, running, login_as):
    running = running()
    siti = running.participant()
    client = login_as(running.door_staff())
    url = door_url(siti)

    first = client.get(post(client, url, training_session_id=running.block.id).location)
    again = client.get(url)

    at = f"{clock.local(running.mark(siti).arrived_at, running.block.time_zone):%H.%M}"
    zone = running.block.time_zone
    assert "HADIR Siti Aminah" in seen(first)
    assert "Urungkan" in first.text
    assert f"SUDAH HADIR {at} {zone} Siti Aminah" in seen(again)
    assert f"Ditandai Sari Handayani pukul {at} {zone}. Tidak dicatat dua kali." in seen(again)
    assert db.session.scalar(sa.select(sa.func.count(Attendance.id))) == 1


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("waitlisted", "Masih di daftar tunggu"),
        ("cancelled", "Pendaftaran ini sudah tidak berlaku"),
        ("replaced", "Peserta ini sudah diganti"),
    ],
)
def test_a_code_without_a_seat_says_so(app, running, login_as, state, sentence):
    running = running()
    other = running.participant("Paijan", state=state)
    client = login_as(running.door_staff())

    page = client.get(door_url(other))
    client.get(running.list_url)
    answer = post(client, running.list_url, door_url(other), training_session_id=running.block.id)

    assert "TIDAK TERDAFTAR" in page.text
    assert sentence in page.text
    assert "Tandai hadir" not in page.text
    assert answer.status_code == 303
    assert running.mark(other) is None


def test_a_code_leads_to_the_choice_when_two_sessions_run(app, running, login_as):
    running = running()
    beside = make_training_session(
        running.batch, starts_at=running.block.starts_at + timedelta(minutes=5), minutes=60
    )
    siti = running.participant()
    client = login_as(running.door_staff())

    page = client.get(door_url(siti))

    assert "Untuk sesi yang mana?" in page.text
    assert "Tandai hadir" not in page.text
    chosen = client.get(f"{door_url(siti)}?sesi={beside.id}")
    assert "Tandai hadir" in chosen.text


def test_a_code_says_nothing_to_everybody_else(app, running, login_as):
    running = running()
    siti = running.participant()
    url = door_url(siti)
    far = make_office("3404", "Dinas Koperasi Sleman")
    others = [
        app.test_client(),
        login_as(make_user("coordinator", far)),
        login_as(make_user("head", running.office)),
        login_as(running.door_staff(duty=False)),
    ]

    pages = [client.get(url) for client in others]

    for page in pages:
        assert page.status_code == 200
        assert "Kode ini dibaca petugas di pintu." in page.text
        assert "Siti" not in page.text
        assert siti.cooperative.name not in page.text
        assert siti.number not in page.text
    assert f"/masuk?next={url}" in unescape(pages[0].text)
    unknown = app.test_client().get("/hadir/tidak-ada")
    assert seen(unknown).replace("tidak-ada", "") == seen(pages[0]).replace(url[7:], "")


def test_the_proof_of_a_participant_does_not_admit(app, running, login_as):
    running = running()
    siti = running.participant()
    client = login_as(running.door_staff())
    url = f"/hadir/{tokens.ticket_token(siti)}"

    page = client.get(url)
    answer = post(client, running.list_url, url, training_session_id=running.block.id)

    assert "Siti Aminah" not in page.text
    assert answer.status_code == 404
    assert running.mark(siti) is None
    assert "Siti Aminah" in client.get(door_url(siti)).text


def test_a_substitute_is_admitted_and_the_old_code_is_not(app, running, login_as):
    running = running()
    siti = running.participant()
    client = login_as(running.door_staff())
    wiwik = Participant(full_name="Wiwik", position="treasurer")
    with transaction():
        now = datetime.now(UTC)
        new = service.replace(siti.id, wiwik, "sakit", by="Rina", now=now, by_staff=True)

    pages = [client.get(door_url(siti)), client.get(door_url(new))]

    assert ["Tandai hadir" in page.text for page in pages] == [False, True]
    assert "TIDAK TERDAFTAR" in pages[0].text


def test_a_stranger_cannot_tick_with_a_code(app, running, login_as):
    running = running()
    siti = running.participant()
    far = login_as(make_user("coordinator", make_office("3404", "Dinas Koperasi Sleman")))

    answer = post(far, "/programmes", door_url(siti), training_session_id=running.block.id)

    assert answer.status_code == 404
    assert running.mark(siti) is None


def test_door_lists_the_sessions_of_ones_duty_today(app, running, login_as):
    mine, other = running(), running(venue="Aula Lain")
    for n in range(3):
        mine.participant(f"Peserta {n}")
    make_attendance(mine.participant("Hadir"), mine.block)
    client = login_as(mine.door_staff())

    page = seen(client.get("/door"))

    assert "1 dari 4 sudah hadir" in page
    assert "Sedang berlangsung" in page
    assert other.batch.venue not in page


def test_every_link_that_a_door_officer_meets_opens(app, running, login_as):
    running = running()
    running.participant()
    make_training_session(running.batch, starts_at=running.now + timedelta(days=1))
    client = login_as(running.door_staff())

    pages = [client.get(url).text for url in ("/door", running.list_url)]

    links = {
        unescape(url) for page in pages for url in re.findall(r'<a[^>]* href="(/[^"#]*)', page)
    }
    assert f"/batches/{running.batch.id}/attendance-sheets/{running.block.day}.pdf" in links
    assert [url for url in links if client.get(url, follow_redirects=True).status_code != 200] == []


def test_door_without_a_session_today_names_the_next_duty(app, running, login_as):
    running = running()
    later = make_training_session(running.batch, starts_at=running.now + timedelta(days=4))
    user = make_user("door_staff", running.office)
    make_door_duty(user, running.batch, later.day)

    page = seen(login_as(user).get("/door"))

    assert "Tidak ada sesi hari ini" in page
    assert running.batch.title in page


def test_door_staff_without_any_duty_are_told_who_gives_it(app, login_as):
    page = seen(login_as(make_user("door_staff")).get("/door"))

    assert "Belum ada tugas pintu" in page


@pytest.mark.parametrize("role", ["head", "auditor"])
def test_readers_see_the_list_without_controls(app, running, login_as, role):
    running = running()
    running.participant()
    client = login_as(make_user(role, running.office))

    page = client.get(running.list_url)

    assert "Siti Aminah" in page.text
    assert 'type="radio"' not in page.text
    assert client.post(running.list_url).status_code in (303, 403, 404)


def test_the_table_of_a_batch_prints_hours_and_the_rounding(app, running, login_as):
    running = running()
    make_training_session(running.batch, starts_at=running.now + timedelta(days=1), minutes=120)
    make_attendance(running.participant(), running.block)
    client = login_as(make_user("coordinator"))

    page = seen(client.get(f"/batches/{running.batch.id}/attendance"))

    assert "1,33 dari 4" in page
    assert "33,2%" in page
    assert "79,96% tercetak 79,9% dan belum mencapai 80%" in page


@pytest.mark.parametrize("page", ["/batches/{0}/attendance", "/training-sessions/{1}/attendance"])
def test_pages_make_the_same_number_of_queries_with_one_and_three_rows(
    app, running, login_as, page
):
    urls = []
    for rows in (1, 3):
        made = running()
        for n in range(rows):
            make_attendance(made.participant(f"Peserta {n}"), made.block)
        urls.append(page.format(made.batch.id, made.block.id))
    client = login_as(make_user("coordinator"))

    counts = [count_queries(client, url) for url in urls]

    assert counts[0] == counts[1] <= 12


def test_door_makes_few_queries_however_many_sessions_there_are(app, running, login_as):
    client = login_as(make_user("coordinator"))
    counts = []
    for _ in range(3):
        made = running()
        make_attendance(made.participant(), made.block)
        counts.append(count_queries(client, "/door"))

    assert counts[0] == counts[2] <= 12


def count_queries(client, url):
    db.session.remove()
    with counting() as statements:
        assert client.get(url).status_code == 200
    return len(statements)
