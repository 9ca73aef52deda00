"""The invitations of a batch: who was told how, mended in the row, told again, another link."""

import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative, Person
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage, note, withdraw
from kopdiklat.registration import invitations, letters, tokens
from kopdiklat.registration.models import Invitation
from tests.factories import (
    make_batch,
    make_cooperative,
    make_invitation,
    make_officer,
    make_person,
    make_registration,
    make_user,
)


@pytest.fixture
def client(app, login_as):
    app.config.update(WTF_CSRF_ENABLED=False, MAIL_URL="smtp://localhost")
    return login_as(make_user("coordinator"))


@pytest.fixture
def batch(client):
    now = utc_now()
    return make_batch(
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=now + timedelta(days=20),
    )


def invite(batch, n=1, **person):
    cooperative = make_cooperative(name=f"KSP {n}")
    person = {"email": f"ksp{n}@contoh.id", "phone": f"+62812345678{n:02d}"} | person
    make_officer(cooperative, make_person(**person))
    return make_invitation(batch, cooperative)


def send(batch, at=None):
    at = at or utc_now()
    with transaction():
        invitations.send_all(batch.id, now=at, due_at=at)


def took(outcome="accepted", channel="email", **columns):
    """Every message of the batch went this way."""
    with transaction() as session:
        for message in session.scalars(sa.select(OutboxMessage)):
            message.channel = channel
            for name, value in columns.items():
                setattr(message, name, value)
            note(message, outcome, now=utc_now())


def page(client, batch, **query):
    text = client.get(f"/batches/{batch.id}", query_string={"tab": "invitations", **query}).text
    return unescape(re.sub(r"\s+", " ", text))


def rows(text):
    return re.findall(r'<tr id="invitation-(\d+)">', text)


def fresh(model, ident):
    db.session.expire_all()
    return db.session.get_one(model, ident)


def messages():
    db.session.rollback()
    return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


# -- the hold --------------------------------------------------------------------------------------


def test_the_minute_is_counted_and_can_be_used(client, batch):
    invite(batch, 1)
    invite(batch, 2)

    client.post(f"/batches/{batch.id}/invitations/delivery")
    shown = page(client, batch)
    client.post(f"/batches/{batch.id}/invitations/recall")
    after = page(client, batch)

    assert re.search(r'data-until="(5\d|60|\d{4,5})"', shown)
    assert "2 undangan menunggu dikirim" in shown
    assert "2 undangan batal dikirim." in after
    assert (messages(), "data-until" in after) == ([], False)


def test_at_night_the_invitations_wait_for_the_morning_and_can_be_taken_back_till_then(
    client, batch
):
    local = utc_now() + timedelta(hours=7)
    with transaction() as session:
        session.execute(
            sa.text("UPDATE offices SET quiet_from = :begins, quiet_to = :ends").bindparams(
                sa.bindparam("begins", (local - timedelta(hours=1)).time(), sa.Time),
                sa.bindparam("ends", (local + timedelta(hours=3)).time(), sa.Time),
            )
        )
    invite(batch)

    client.post(f"/batches/{batch.id}/invitations/delivery")

    (message,) = messages()
    assert timedelta(hours=2) < message.due_at - utc_now() <= timedelta(hours=3)
    assert "1 undangan dikirim" in page(client, batch)
    client.post(f"/batches/{batch.id}/invitations/recall")
    assert messages() == []


def test_what_went_out_meanwhile_is_told(client, batch):
    invite(batch)
    client.post(f"/batches/{batch.id}/invitations/delivery")
    took(sent_at=utc_now())

    client.post(f"/batches/{batch.id}/invitations/recall")

    assert "Tidak ada yang dapat dibatalkan. 1 sudah terlanjur keluar." in page(client, batch)


# -- how it was told -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "columns", "words"),
    [
        ("email", {"sent_at": utc_now()}, "email terkirim"),
        ("gateway", {"sent_at": utc_now()}, "diterima WhatsApp"),
        ("whatsapp", {"opened_at": utc_now()}, "dibuka di WhatsApp"),
        ("whatsapp", {}, "di daftar Kirim lewat WhatsApp"),
        ("email", {}, "menunggu kirim"),
        ("email", {"given_up_at": utc_now()}, "tidak terkirim"),
        ("email", {"given_up_at": utc_now(), "expires_at": utc_now()}, "tidak perlu lagi"),
        ("whatsapp", {"expires_at": utc_now()}, "tidak perlu lagi"),
        ("email", {"sent_at": utc_now(), "expires_at": utc_now()}, "email terkirim"),
    ],
)
def test_a_row_says_how_it_was_told_and_no_more_than_is_known(
    client, batch, channel, columns, words
):
    invite(batch)
    send(batch)
    took(channel=channel, **columns)

    assert re.search(
        rf'data-label="Diberi tahu"><div> (<span class="(error|quiet)">)?{words}',
        page(client, batch),
    )


def test_a_gateway_that_refused_a_number_is_told_in_its_row(client, batch):
    invite(batch)
    send(batch)
    error = "Nomor ini tidak dapat menerima pesan WhatsApp (131026). Periksa nomornya."
    took("refused", channel="whatsapp", last_error=error)
    client.set_cookie("bahasa", "en")

    assert "This number cannot receive WhatsApp messages (131026)." in page(client, batch)


def test_the_filters_count_and_show_who_stands_where(client, batch):
    silent, untold, declined, registered = (invite(batch, n) for n in (1, 2, 3, 4))
    at = utc_now()
    with transaction():
        for one in (silent, declined):
            invitations.mark_told(one.id, None, user_id=1, now=at)
            invitations.tell(one, make_contact(one), now=at)
        invitations.decline(declined.id, "Rapat", now=at)
    make_registration(batch, registered.cooperative, invitation_id=registered.id)

    shown = {
        state: rows(page(client, batch, state=state))
        for state in ("silent", "untold", "declined", "registered", "failed")
    }

    assert shown == {
        "silent": [str(silent.id), str(untold.id)],
        "untold": [str(untold.id)],
        "declined": [str(declined.id)],
        "registered": [str(registered.id)],
        "failed": [],
    }
    assert "belum menjawab (2)" in page(client, batch)


def make_contact(invitation):
    return db.session.scalar(
        sa.select(Person).where(Person.email == f"ksp{invitation.cooperative.name[-1]}@contoh.id")
    )


def test_a_message_that_nobody_could_send_is_found_by_the_filter(client, batch):
    failed, other = invite(batch, 1), invite(batch, 2)
    send(batch)
    with transaction():
        message = invitations.last_message(failed)
        message.given_up_at, message.last_error = utc_now(), "Alamat email ditolak server (550)."

    assert rows(page(client, batch, state="failed")) == [str(failed.id)]
    assert other.id != failed.id


def test_a_message_that_nobody_waits_for_any_more_has_not_failed(client, batch):
    failed, over = invite(batch, 1), invite(batch, 2)
    send(batch)
    took("given_up", given_up_at=utc_now())
    with transaction():
        invitations.last_message(over).expires_at = utc_now()

    assert rows(page(client, batch, state="failed")) == [str(failed.id)]


def test_a_reminder_that_waits_is_told_in_its_row_until_it_is_withdrawn(client, batch):
    invitation = invite(batch)
    send(batch)
    took(sent_at=utc_now())
    client.post(f"/invitations/{invitation.id}/reminders")
    told = [page(client, batch)]
    with transaction():
        withdraw([letters.message_key(invitation)], now=utc_now())

    told.append(page(client, batch))

    assert ["pengingat menunggu kirim" in text for text in told] == [True, False]


# -- mended in the row -----------------------------------------------------------------------------


def mend(client, invitation, do="", **fields):
    contact = db.session.scalar(sa.select(Person).order_by(Person.id.desc()))
    prefix = f"contact{invitation.id}-"
    data = {f"{prefix}person_id": contact.id} | {f"{prefix}{k}": v for k, v in fields.items()}
    data |= {"after": messages()[-1].id if messages() else 0} | ({"do": do} if do else {})
    return client.post(f"/invitations/{invitation.id}/contact?state=silent", data=data)


def test_a_wrong_address_is_mended_in_its_row_and_told_again(client, batch):
    invitation = invite(batch, 1, email="salah@contoh.id")
    send(batch)

    answer = mend(client, invitation, "resend", phone="0812 9999 0000", email="Benar@Contoh.id ")

    person = db.session.scalar(sa.select(Person).where(Person.email == "benar@contoh.id"))
    assert person.phone == "+6281299990000"
    first, second = messages()
    assert (first.expires_at <= utc_now(), second.recipient) == (True, "benar@contoh.id")
    assert answer.headers["Location"] == (
        f"/batches/{batch.id}?tab=invitations&state=silent#invitation-{invitation.id}"
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"phone": "0812"}, "Tulis nomor HP yang aktif WhatsApp"),
        ({"phone": "", "email": "tanpa-at"}, "Tulis alamat email yang lengkap"),
    ],
)
def test_what_is_wrong_is_said_in_the_row_and_what_was_typed_stays(client, batch, fields, sentence):
    invitation = invite(batch)
    before = fresh(Cooperative, invitation.cooperative_id).officers[0].person.phone

    answer = mend(client, invitation, **fields)

    text = unescape(answer.text)
    row = text[text.index(f'id="invitation-{invitation.id}"') :]
    assert answer.status_code == 422
    assert '<details class="contact" open>' in row
    assert sentence in row
    assert any(f'value="{typed}"' in row for typed in fields.values() if typed)
    assert fresh(Cooperative, invitation.cooperative_id).officers[0].person.phone == before


def test_a_cooperative_without_officers_gets_a_number_of_its_own(client, batch):
    invitation = make_invitation(batch, make_cooperative(phone=None))
    assert "Lengkapi nomor HP" in page(client, batch)

    client.post(
        f"/invitations/{invitation.id}/contact",
        data={f"contact{invitation.id}-phone": "0812-3456-7890", "do": "resend", "after": 0},
    )

    assert fresh(Cooperative, invitation.cooperative_id).phone == "+6281234567890"
    assert [m.recipient for m in messages()] == ["+6281234567890"]


def test_too_many_messages_to_one_address_are_refused_in_the_row(client, batch):
    invitation = invite(batch)
    send(batch)
    for _ in range(2):
        client.post(f"/invitations/{invitation.id}/resends", data={"after": messages()[-1].id})

    answer = mend(client, invitation, "resend", phone="+6281234567801", email="ksp1@contoh.id")

    assert answer.status_code == 422
    assert "sudah dikirimi 3 kali dalam satu jam" in unescape(answer.text)
    assert len(messages()) == 3


def test_reminding_says_how_many_and_the_row_counts(client, batch):
    invite(batch, 1)
    invite(batch, 2)
    send(batch)
    took(sent_at=utc_now())
    seen = messages()[-1].id

    for _ in range(2):
        client.post(f"/batches/{batch.id}/invitations/reminders", data={"after": seen})
    took(sent_at=utc_now())
    shown = page(client, batch)

    assert len(messages()) == 4
    assert "2 koperasi diingatkan." in shown
    assert shown.count("diingatkan 1 kali, terakhir") == 2


def test_another_link_is_shown_and_the_old_one_leads_nowhere(client, batch):
    invitation = invite(batch)
    old = tokens.invitation_token(invitation)
    assert client.get(f"/daftar/{old}").status_code == 200

    client.post(f"/invitations/{invitation.id}/link")

    new = tokens.invitation_token(fresh(Invitation, invitation.id))
    assert client.get(f"/daftar/{old}").status_code == 404
    assert client.get(f"/daftar/{new}").status_code == 200
    assert f"/daftar/{new}" in page(client, batch)


def test_a_stranger_who_got_the_link_reads_whose_it_is_and_no_phone(app, client, batch):
    invitation = invite(batch, 1, phone="+6281234567801")
    make_registration(batch, invitation.cooperative, invitation_id=invitation.id)
    token = tokens.invitation_token(invitation)
    stranger = app.test_client()

    seen = stranger.get(f"/daftar/{token}").text + stranger.get(f"/daftar/{token}/isian").text

    assert "Tautan ini hanya untuk KSP 1" in seen
    assert "ksp1@contoh.id" not in seen
    assert "0812-3456-7801" not in seen
    assert "+6281234567801" not in seen


# -- the log ---------------------------------------------------------------------------------------


def test_the_log_of_a_batch_says_who_when_by_what_and_what_the_server_said(client, batch):
    invite(batch, 1)
    send(batch)
    with transaction():
        message = db.session.scalars(sa.select(OutboxMessage)).one()
        message.sent_at = utc_now()
        note(message, "deferred", now=utc_now(), error="Server email menunda pesan ini (450).")
        note(message, "accepted", now=utc_now(), provider_id="queued as Q-17")

    listed = unescape(client.get(f"/messages/log?topic=batch:{batch.id}").text)
    single = unescape(client.get(f"/messages/{message.id}").text)
    book = client.get(f"/messages/log.xlsx?topic=batch:{batch.id}")

    assert "queued as Q-17" in listed
    assert "diterima server" in listed
    assert "Server email menunda pesan ini (450)." in single
    assert book.headers["Content-Type"].startswith("application/vnd.openxmlformats")


def test_the_log_is_filtered_and_says_when_nothing_fits(client, batch):
    invite(batch, 1)
    send(batch)

    assert "Tidak ada pesan yang cocok" in client.get("/messages/log?state=failed").text
    assert "Tidak ada pesan yang cocok" in client.get("/messages/log?q=tidakada").text
    assert "Belum ada pesan" in client.get("/messages/log?topic=batch:999").text
    assert re.search(r"menunggu \(1\)", unescape(client.get("/messages/log").text))


def test_a_link_into_an_account_stands_in_no_log(client, batch):
    with transaction() as session:
        invite_message = OutboxMessage(
            office_id=batch.office_id, kind="password_reset", channel="email",
            recipient="a@contoh.id", recipient_name="Rahasia", payload={}, dedupe_key="x",
            created_at=utc_now(), due_at=utc_now(),
        )  # fmt: skip
        session.add(invite_message)

    assert "Rahasia" not in client.get("/messages/log").text


def test_the_log_makes_as_many_queries_with_three_rows_as_with_one(client, batch):
    def count():
        seen = []
        listener = lambda *_: seen.append(1)  # noqa: E731
        client.get("/messages/log")
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        try:
            client.get("/messages/log")
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    invite(batch, 1)
    send(batch)
    took(sent_at=utc_now())
    one = count()
    for n in (2, 3):
        invite(batch, n)
    send(batch)

    assert count() == one
