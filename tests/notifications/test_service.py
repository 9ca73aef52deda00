"""Sending over a real SMTP server: once, in order, and what happens when it will not."""

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications import rules, service
from kopdiklat.notifications.channels import ChannelUnavailable
from kopdiklat.notifications.letters import Letter
from kopdiklat.notifications.transport import SmtpTransport
from tests.factories import make_office, make_user
from tests.notifications.mail import (
    all_messages,
    free_port,
    make_message,
    make_messages,
    smtp_server,
)

SENDER = "kopdiklat@contoh.go.id"


def test_send_due_messages_sends_once_and_marks_it(app, now):
    make_message()

    with smtp_server() as (url, mailbox):
        transport = SmtpTransport(url, SENDER)
        sent = [service.send_due_messages(transport, lambda: now) for _ in range(2)]
        transport.close()

    assert sent == [1, 0]
    assert [m["Subject"] for m in mailbox.messages] == [
        "Pendaftaran dibatalkan: Akuntabilitas Koperasi, angkatan 1"
    ]
    assert mailbox.recipients == ["peserta1@contoh.id"]
    assert "nomor D-0001, sudah dibatalkan." in mailbox.messages[0].get_content()
    assert all_messages()[0].sent_at == now


def test_send_due_messages_keeps_what_is_not_due_yet(app, now):
    make_message(now=now + timedelta(minutes=1))

    assert service.send_due_messages(pytest.fail, lambda: now) == 0


def test_send_due_messages_tries_a_refused_message_again_later_and_sends_the_others(app, now):
    make_message(1, email="tidakada@contoh.id")
    make_message(2)

    with smtp_server() as (url, mailbox):
        service.send_due_messages(SmtpTransport(url, SENDER), lambda: now)

    refused, other = all_messages()
    assert mailbox.recipients == ["peserta2@contoh.id"]
    assert (refused.sent_at, other.sent_at) == (None, now)
    assert refused.last_error == "Alamat email ditolak server (550). Periksa penulisannya."
    assert (refused.claimed_until, refused.try_at) == (None, now + rules.FIRST_DELAY)


def test_send_due_messages_drains_in_order_when_the_server_is_back(app, now):
    for n in (1, 2, 3):
        make_message(n, now=now - timedelta(minutes=9 - n))
    port = free_port()
    transport = SmtpTransport(f"smtp://127.0.0.1:{port}", SENDER)
    service.send_due_messages(transport, lambda: now)
    tried = [(m.attempts, bool(m.last_error)) for m in all_messages()]

    with smtp_server(port) as (_, mailbox):
        assert service.send_due_messages(transport, lambda: now + timedelta(seconds=30)) == 3

    assert tried == [(0, True), (0, False), (0, False)]
    assert mailbox.recipients == [f"peserta{n}@contoh.id" for n in (1, 2, 3)]


def test_send_due_messages_uses_the_same_message_id_at_every_attempt(app, now):
    make_message()

    with smtp_server() as (url, mailbox):
        transport = SmtpTransport(url, SENDER)
        service.send_due_messages(transport, lambda: now)
        with transaction():
            all_sent = sa.update(OutboxMessage).values(sent_at=None)
            db.session.execute(all_sent)
        service.send_due_messages(transport, lambda: now)

    first, second = (message["Message-ID"] for message in mailbox.messages)
    assert first == second


def test_send_due_messages_gives_up_after_48_hours(app, now):
    make_message(1, email="tidakada@contoh.id")
    moments = [now, now + rules.GIVE_UP_AFTER - timedelta(seconds=1), now + rules.GIVE_UP_AFTER]

    given_up = []
    with smtp_server() as (url, _):
        for moment in moments:
            with transaction():
                db.session.execute(sa.update(OutboxMessage).values(try_at=now))
            service.send_due_messages(SmtpTransport(url, SENDER), lambda at=moment: at)
            given_up.append(all_messages()[0].given_up_at)

    assert given_up == [None, None, moments[-1]]


def test_send_due_messages_gives_up_on_all_that_is_old_while_the_server_is_away(app, now):
    make_message(1)
    make_message(2)
    make_message(3, now=now + timedelta(hours=1))

    transport = SmtpTransport(f"smtp://127.0.0.1:{free_port()}", SENDER)
    service.send_due_messages(transport, lambda: now + rules.GIVE_UP_AFTER)

    assert [bool(m.given_up_at) for m in all_messages()] == [True, True, False]


def test_send_due_messages_after_days_of_silence_sends_what_is_still_true(app, now):
    make_message(1)
    expired = make_message(2)
    with transaction():
        expired.expires_at = now + timedelta(days=1)

    with smtp_server() as (url, mailbox):
        service.send_due_messages(SmtpTransport(url, SENDER), lambda: now + timedelta(days=3))

    assert mailbox.recipients == ["peserta1@contoh.id"]
    assert all_messages()[1].last_error == "Tidak dikirim: waktunya sudah lewat."


def test_a_missing_text_does_not_stop_the_others(app, now):
    make_message(1, kind="tanpa.teks")
    make_message(2)

    with smtp_server() as (url, mailbox):
        service.send_due_messages(SmtpTransport(url, SENDER), lambda: now)

    assert mailbox.recipients == ["peserta2@contoh.id"]
    assert all_messages()[0].last_error == "Teks pesan belum ada: tanpa.teks"


def test_a_name_cannot_add_a_header_or_a_recipient(app, now):
    make_message(1, person="Siti\r\nBcc: jahat@contoh.id", title="Bimtek\r\nBcc: jahat@contoh.id")
    make_message(2, email="a@contoh.id\r\nBcc: jahat@contoh.id")

    with smtp_server() as (url, mailbox):
        service.send_due_messages(SmtpTransport(url, SENDER), lambda: now)

    assert mailbox.recipients == ["peserta1@contoh.id"]
    assert mailbox.messages[0]["Bcc"] is None
    assert mailbox.messages[0]["Subject"] == "Pendaftaran dibatalkan: Bimtek Bcc: jahat@contoh.id"


def test_a_server_that_closes_the_line_is_left_alone_and_tried_again(app, now):
    make_message()

    with smtp_server() as (url, mailbox):
        mailbox.answers = ["421 closing"]
        transport = SmtpTransport(url, SENDER)
        service.send_due_messages(transport, lambda: now)
        rested = transport.is_resting
        service.send_due_messages(transport, lambda: now + rules.FIRST_DELAY)

    assert rested
    assert mailbox.recipients == ["peserta1@contoh.id"]
    assert not transport.is_resting


def test_a_transport_without_a_server_rests_after_a_failure(app):
    transport = SmtpTransport("", SENDER)

    with pytest.raises(ChannelUnavailable, match="belum diatur"):
        transport(Letter("a@contoh.id", "Siti", "Perihal", "Isi", "uji"))

    assert transport.is_resting


def test_three_senders_at_once_send_everything_exactly_once(app, now):
    count = 120
    make_messages(count)

    def send_all(url):
        with app.app_context():
            transport = SmtpTransport(url, SENDER)
            while service.send_due_messages(transport, lambda: now):
                pass
            transport.close()

    with smtp_server() as (url, mailbox):
        senders = [threading.Thread(target=send_all, args=(url,)) for _ in range(3)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

    assert sorted(mailbox.recipients) == sorted(f"peserta{n}@contoh.id" for n in range(count))


def test_a_sender_that_died_is_followed_by_another_after_the_lease(app, now):
    message = make_message()
    assert service.claim_next("email", now) == message.id

    waits = (timedelta(minutes=4), rules.LEASE)
    claims = [service.claim_next("email", now + wait) for wait in waits]

    assert claims == [None, message.id]


def test_open_in_whatsapp_marks_once_who_and_when(app, now):
    first, second = make_user(office=make_office()), make_user(office=make_office())
    message = make_message()
    with transaction():
        service.open_in_whatsapp(message, first, now=now)
    with transaction():
        service.open_in_whatsapp(message, second, now=now + timedelta(minutes=1))

    assert (message.opened_at, message.opened_by_id) == (now, first.id)


def test_try_again_sends_a_given_up_message_as_if_it_were_new(app, now):
    message = make_message()
    with transaction():
        message.given_up_at, message.attempts = now, 9
    later: datetime = now + timedelta(days=3)
    with transaction():
        service.try_again(message, now=later)

    assert (message.given_up_at, message.attempts, message.due_at) == (None, 0, later)


def test_try_again_leaves_a_message_alone_that_is_being_sent(app, now):
    """Two officers press it: the second while the sender already talks to the server."""
    message = make_message()
    with transaction():
        message.given_up_at = now
    with transaction():
        service.try_again(message, now=now)
    letters, sending, go_on = [], threading.Event(), threading.Event()

    def send(letter):
        letters.append(letter)
        sending.set()
        assert go_on.wait(timeout=20)

    def run():
        with app.app_context():
            service.send_due_messages(send, lambda: now)
            db.session.remove()

    sender = threading.Thread(target=run)
    sender.start()
    assert sending.wait(timeout=20)
    try:
        with pytest.raises(RuleViolation, match="masih dicoba"), transaction():
            service.try_again(message, now=now)
        assert service.send_due_messages(letters.append, lambda: now) == 0
    finally:
        go_on.set()
        sender.join()

    assert len(letters) == 1
    assert all_messages()[0].sent_at == now


def test_try_again_refuses_what_was_sent(app, now):
    message = make_message()
    service.send_due_messages(lambda letter: None, lambda: now)

    with pytest.raises(RuleViolation, match="sudah terkirim"), transaction():
        service.try_again(message, now=now)
