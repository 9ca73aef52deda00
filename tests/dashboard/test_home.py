"""The first page of each role, and the coordinator's day made of facts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.dashboard import agenda, duties
from kopdiklat.dashboard.views import greeting
from tests.factories import (
    make_assessment,
    make_batch,
    make_cooperative,
    make_follow_up,
    make_invitation,
    make_office,
    make_person,
    make_registration,
    make_training_session,
    make_user,
    make_visit,
)


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


@pytest.fixture
def facts(app, now):
    """The facts of the coordinator's office as of a Monday, 09.00 WIB."""
    user = make_user("coordinator")

    def read():
        reader = db.session.get_one(User, user.id)
        reader.current_memberships = reader.memberships
        reader.today = now.date()
        return agenda.facts_of(reader, now, "WIB")

    return read


def test_silent_invitations_of_a_batch_that_closes_soon_are_to_be_reminded(app, facts, now):
    batch = make_batch(seats=10)
    make_invitation(batch)
    make_invitation(batch, opened_at=now)
    make_invitation(batch, declined_at=now)
    answered = make_invitation(batch)
    make_registration(batch, invitation_id=answered.id)

    with app.test_request_context():
        found = duties.duties(facts())

    remind = next(duty for duty in found if duty.icon == "mail")
    assert remind.title == "Ingatkan 2 koperasi yang belum menjawab"
    assert remind.tag == ("Besok", "")


def test_nobody_is_reminded_of_a_batch_that_is_closed_or_far(app, facts, now):
    make_invitation(make_batch(registration_closes_at=now + timedelta(days=30)))
    make_invitation(make_batch(registration_closes_at=now - timedelta(hours=1)))
    make_invitation(make_batch(state="draft"))

    with app.test_request_context():
        assert [duty for duty in duties.duties(facts()) if duty.icon == "mail"] == []


def test_sheet_is_to_be_printed_within_two_days_of_the_batch(app, facts, now):
    make_batch(seats=5, taken=1)  # begins in two days
    later = make_batch(seats=5, taken=1, sessions=0)
    make_training_session(later, starts_at=now + timedelta(days=3))

    with app.test_request_context():
        found = [duty for duty in duties.duties(facts()) if duty.icon == "printer"]

    assert [duty.title for duty in found] == ["Cetak daftar hadir untuk 1 hari"]


def test_participants_without_phone_are_named(app, facts):
    batch = make_batch(seats=5)
    make_registration(batch, person=make_person(full_name="Sukarti", phone=None))
    make_registration(batch, person=make_person(full_name="Yohanes", phone=""))
    make_registration(batch)

    with app.test_request_context():
        phones = next(duty for duty in duties.duties(facts()) if duty.icon == "person")

    assert phones.title == "Lengkapi nomor HP 2 peserta"
    assert phones.detail == "Sukarti, dan Yohanes tidak dapat dihubungi bila jadwal berubah."


def test_free_seats_beside_a_queue_are_to_be_filled(app, facts):
    batch = make_batch(seats=3, taken=2)
    make_registration(batch, state="waitlisted")
    make_registration(batch, state="waitlisted")

    with app.test_request_context():
        fill = next(duty for duty in duties.duties(facts()) if duty.icon == "people")

    assert fill.title == "Isi 1 kursi kosong dari daftar tunggu"
    assert fill.detail.endswith("2 orang menunggu.")


def test_overdue_follow_ups_come_first_with_the_oldest_day(app, facts, now):
    make_follow_up(due_on=now.date() - timedelta(days=3))
    make_follow_up(due_on=now.date())
    make_batch(seats=5, taken=1)

    with app.test_request_context():
        first = duties.duties(facts())[0]

    assert first.title == "Tanyakan 1 tindak lanjut yang lewat batas"
    assert first.tag == ("Lewat 3 hari", "late")


def test_held_seats_count_as_waiting_for_an_answer(app, facts, now):
    batch = make_batch(seats=10, taken=3)
    make_invitation(batch, held_seats=2, held_until=now + timedelta(hours=5))
    make_invitation(batch, held_seats=2, held_until=now - timedelta(hours=5))

    with app.test_request_context():
        (row,) = duties.seat_rows(facts())

    assert (row["taken"], row["seats"], row["note"]) == (3, 10, "2 menunggu jawaban")


def test_coming_days_hold_training_and_visits_of_the_week(app, facts, now):
    make_batch(seats=5, taken=2)
    make_visit(cooperative=make_cooperative(name="KSU Satu"), starts_at=now + timedelta(hours=4))
    make_visit(starts_at=now + timedelta(days=8))

    with app.test_request_context():
        days = duties.coming_days(facts())

    assert [(day.day, [item.title for item in items]) for day, items in days] == [
        (13, ["Kunjungan: KSU Satu"]),
        (15, [days[1][1][0].title]),
    ]
    assert days[1][1][0].is_training


def test_visits_that_nobody_wrote_down_are_waited_for(app, facts, now):
    mentor = make_user("mentor", name="Dedi Prasetyo")
    for days in (3, 1):
        make_visit(mentor, starts_at=now - timedelta(days=days))

    with app.test_request_context():
        ((who, what, since, _),) = duties.waited_for(facts(), 0)

    assert (who, what) == ("Dedi Prasetyo", "mencatat 2 kunjungan yang sudah lewat")
    assert since == "sejak 10 Jul 2026, 3 hari"


def test_facts_take_as_many_queries_for_three_batches_as_for_one(app, facts, now):
    statements = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    made = []

    for _ in range(3):
        batch = make_batch(seats=5, taken=2)
        make_invitation(batch)
        make_visit(starts_at=now + timedelta(hours=4))
        statements.clear()
        facts()
        made.append(len(statements))

    assert made[0] == made[2]


@pytest.mark.parametrize(
    ("hour", "words"),
    [(3, "malam"), (4, "pagi"), (10, "pagi"), (11, "siang"), (14, "siang"), (15, "sore"),
     (17, "sore"), (18, "malam"), (23, "malam")],
)  # fmt: skip
def test_greeting_follows_the_wall_clock(app, hour, words):
    assert greeting(hour, "Rina") == f"Selamat {words}, Rina."


def test_home_of_an_office_without_anything_offers_the_import(app, login_as):
    shown = text_of(login_as(make_user("coordinator")).get("/"))

    assert "Belum ada tugas" in shown
    assert "Impor daftar koperasi, lalu buat angkatan pertama." in shown


def test_home_shows_the_distribution_with_its_links(app, login_as):
    make_assessment(make_cooperative(), "85")
    make_cooperative()

    page = login_as(make_user("coordinator")).get("/").get_data(as_text=True)

    assert "2 koperasi menurut status kesehatan" in page
    assert 'href="/cooperatives?status=healthy"' in page
    assert 'href="/cooperatives?status=none"' in page


def test_home_shows_waiting_messages_only_of_the_own_office(app, login_as):
    moment = datetime.now(UTC) - timedelta(hours=2)
    for office in (make_office(), make_office("3516", "Dinas Koperasi Kabupaten")):
        with transaction() as session:
            session.add(
                OutboxMessage(
                    office_id=office.id,
                    kind="invitation.sent",
                    channel="whatsapp",
                    recipient="+6281234567890",
                    recipient_name="Siti",
                    payload={},
                    dedupe_key=f"x{office.id}",
                    created_at=moment,
                    due_at=moment,
                )
            )
    user = make_user("coordinator")
    user.current_memberships = user.memberships
    user.today = moment.date()

    assert agenda.facts_of(user, datetime.now(UTC), "WIB").whatsapp == 1


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("assessor", "/assessments"),
        ("head", "/changes"),
        ("mentor", "/today"),
        ("door_staff", "/door"),
        ("manager", "/my-cooperative"),
        ("platform_admin", "/offices"),
    ],
)
def test_home_leads_each_role_to_its_first_place(app, login_as, role, page):
    answer = login_as(make_user(role)).get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, page)


def test_home_makes_at_most_twelve_queries(app, login_as):
    office = make_office()
    client = login_as(make_user("coordinator", office))
    batch = make_batch(office, seats=5, taken=2)
    make_invitation(batch)
    make_assessment(make_cooperative(office))
    statements = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    client.get("/")

    assert len(statements) <= 12
