"""The list Kirim lewat WhatsApp: who waits, open and mark, failed e-mail."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage, announce, note
from tests.attendance.test_views import counting
from tests.factories import make_membership, make_office, make_user
from tests.notifications.mail import make_message


def make_waiting(n=1, office=None, kind="registration.cancelled", **more):
    office = office or make_office()
    more = {"now": utc_now() - timedelta(hours=1), "email": None} | more
    with transaction():
        return announce(
            kind,
            office_id=office.id,
            name=f"Siti {n}",
            phone=f"+62812345678{n:02d}",
            dedupe_key=f"tunggu:{n}",
            person=f"Siti {n}",
            cooperative="KSP Bina Artha",
            number="D-0001",
            title="Akuntabilitas Koperasi, angkatan 1",
            contact="Ibu Rina",
            office=office.name,
            reason="",
            nonce="a" * 32,
            minutes=30,
            hours=24,
            role="Pendamping",
            by="Rina",
            **more,
        )


def post(client, path):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/messages").text)[1]
    return client.post(path, data={"csrf_token": token})


def seen(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def row(message):
    db.session.expire_all()
    return db.session.get_one(OutboxMessage, message.id)


def test_waiting_messages_are_listed_longest_waiting_first(app, login_as):
    make_waiting(1, now=utc_now() - timedelta(hours=1))
    make_waiting(2, now=utc_now() - timedelta(hours=3))
    page = login_as(make_user("coordinator")).get("/messages").text

    assert page.index("Siti 2") < page.index("Siti 1")
    assert "Pendaftaran dibatalkan: Akuntabilitas Koperasi, angkatan 1" in page


def test_a_list_in_english_names_the_message_and_its_letter_stays_indonesian(app, login_as):
    message = make_waiting()
    client = login_as(make_user("coordinator"))
    client.set_cookie("bahasa", "en")

    listed = seen(client.get("/messages"))
    opened = seen(client.get(f"/messages/{message.id}"))

    assert "Registration cancelled: Akuntabilitas Koperasi, batch 1" in listed
    assert "Pendaftaran dibatalkan" not in listed
    assert "Registration cancelled: Akuntabilitas Koperasi, batch 1" in opened
    assert "Pendaftaran Anda dari KSP Bina Artha, nomor D-0001, sudah dibatalkan." in opened


def test_what_is_not_due_yet_or_too_late_is_not_offered(app, login_as):
    make_waiting(1, due_at=utc_now() + timedelta(hours=1))
    make_waiting(2, expires_at=utc_now() - timedelta(minutes=1))
    page = seen(login_as(make_user("coordinator")).get("/messages"))

    assert "Tidak ada pesan menunggu" in page


def test_opening_marks_the_message_and_leads_to_whatsapp_with_its_text(app, login_as):
    message = make_waiting()
    user = make_user("coordinator", name="Rina Wulandari")
    client = login_as(user)

    answer = post(client, f"/messages/{message.id}/opening")

    address = re.search(r'href="(https://wa\.me/[^"]+)"', answer.text)[1]
    assert address.startswith("https://wa.me/6281234567801?text=")
    assert "Pendaftaran Anda dari KSP Bina Artha" in unquote(unescape(address))
    assert answer.headers["Refresh"].startswith("0; url=https://wa.me/6281234567801?text=")
    assert (row(message).opened_by_id, row(message).sent_at) == (user.id, None)
    assert "dibuka di WhatsApp" in seen(client.get("/messages?status=opened"))
    assert "Rina Wulandari" in seen(client.get("/messages?status=opened"))


def test_an_opened_message_goes_back_when_it_was_not_sent(app, login_as):
    message = make_waiting()
    client = login_as(make_user("coordinator"))
    post(client, f"/messages/{message.id}/opening")

    post(client, f"/messages/{message.id}/waiting")

    assert row(message).opened_at is None


def test_a_failed_email_is_shown_and_tried_again(app, login_as):
    message = make_message()
    with transaction():
        message.given_up_at, message.last_error = utc_now(), "Server email menunda pesan ini (450)."
    client = login_as(make_user("coordinator"))
    page = seen(client.get("/messages?status=failed"))

    post(client, f"/messages/{message.id}/attempts")

    assert "Tidak terkirim" in page
    assert "Server email menunda pesan ini (450)." in page
    assert row(message).given_up_at is None


def test_an_email_is_not_opened_in_whatsapp(app, login_as):
    message = make_message()
    client = login_as(make_user("coordinator"))

    assert post(client, f"/messages/{message.id}/opening").status_code == 303
    assert row(message).opened_at is None


@pytest.mark.parametrize(
    ("kind", "role", "status"),
    [
        ("account_invitation", "office_admin", 200),
        ("account_invitation", "coordinator", 404),
        ("password_reset", "office_admin", 404),
        ("registration.cancelled", "coordinator", 200),
        ("registration.cancelled", "head", 404),
    ],
)
def test_a_link_that_lets_somebody_in_is_shown_only_to_who_may_invite(
    app, login_as, kind, role, status
):
    message = make_waiting(kind=kind)
    client = login_as(make_user(role))

    assert client.get(f"/messages/{message.id}").status_code == status
    listed = client.get("/messages")
    assert ("Siti 1" in listed.text) == (status == 200)


def test_messages_of_another_office_do_not_exist(app, login_as):
    message = make_waiting(office=make_office("3404", "Dinas Koperasi Sleman"))
    client = login_as(make_user("coordinator"))

    assert client.get(f"/messages/{message.id}").status_code == 404
    assert "Siti 1" not in client.get("/messages").text


def test_the_log_that_leaves_is_in_the_trail_of_each_office_whose_messages_it_holds(app, login_as):
    here, there, far = make_office(), make_office("3516", "Dinas Dua"), make_office("3404", "Tiga")
    user = make_user("coordinator", here)
    make_membership(user, "coordinator", there)
    for n, office in enumerate((here, there, there, far)):
        message = make_waiting(n, office=office)
        with transaction():
            note(message, "opened", now=utc_now(), by_id=user.id)
    client = login_as(user)

    with counting() as statements:
        assert client.get("/messages/log.xlsx").status_code == 200

    trail = sa.select(AuditEntry).where(AuditEntry.action == "export")
    left = {entry.office_id: entry.after["rows"] for entry in db.session.scalars(trail)}
    assert left == {here.id: 1, there.id: 2}
    assert len([s for s in statements if "FROM outbox_attempts" in s]) == 1


def test_a_log_without_messages_is_in_the_trail_of_the_first_office(app, login_as):
    user = make_user("coordinator")

    assert login_as(user).get("/messages/log.xlsx").status_code == 200

    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert (entry.office_id, entry.after["rows"]) == (make_office().id, 0)


@pytest.mark.parametrize("status", ["waiting", "opened", "failed"])
def test_empty_tabs_say_what_would_stand_there(app, login_as, status):
    page = seen(login_as(make_user("coordinator")).get(f"/messages?status={status}"))

    assert "muncul di sini" in page or "tercatat di sini" in page
