"""The first page of each role."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.dashboard import agenda
from kopdiklat.dashboard.views import greeting
from tests.factories import (
    make_assessment,
    make_batch,
    make_cooperative,
    make_invitation,
    make_office,
    make_user,
)


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


@pytest.mark.parametrize(
    ("hour", "words"),
    [(3, "malam"), (4, "pagi"), (10, "pagi"), (11, "siang"), (14, "siang"), (15, "sore"),
     (17, "sore"), (18, "malam"), (23, "malam")],
)  # fmt: skip
def test_greeting_follows_the_wall_clock(app, hour, words):
    assert greeting(hour, "Rina") == f"Selamat {words}, Rina."


def test_greeting_of_a_person_with_a_title_ends_once(app):
    assert greeting(9, "Rina, S.E.") == "Selamat pagi, Rina, S.E."


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


def test_home_counts_the_messages_that_the_list_offers(app, login_as):
    now = datetime.now(UTC)
    office, ago = make_office(), now - timedelta(hours=1)
    columns = ({}, {"expires_at": ago}, {"opened_at": ago}, {"due_at": now + timedelta(hours=1)},
               {"given_up_at": ago}, {"sent_at": ago}, {"kind": "account_invitation"},
               {"kind": "password_reset"})  # fmt: skip
    with transaction() as session:
        session.execute(
            sa.insert(OutboxMessage),
            [
                {"kind": "invitation.sent", "due_at": ago, "try_at": ago, "expires_at": None,
                 "opened_at": None, "given_up_at": None, "sent_at": None, "office_id": office.id,
                 "channel": "whatsapp", "recipient": "+6281234567890", "recipient_name": "Siti",
                 "payload": {}, "created_at": ago, "dedupe_key": f"x{n}"} | more
                for n, more in enumerate(columns)
            ],
        )  # fmt: skip
    client = login_as(make_user("coordinator"))

    listed = client.get("/messages").get_data(as_text=True)

    assert listed.count("messages__row") == 1
    assert "Kirim 1 pesan" in text_of(client.get("/"))


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
