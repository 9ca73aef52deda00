"""Who gets what first, at which hour, and what the log says of it."""

import socket
import threading
from contextlib import contextmanager
from datetime import time, timedelta
from time import monotonic, sleep

import pytest
import sqlalchemy as sa

from kopdiklat.core import clock
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxAttempt
from kopdiklat.notifications import rules, service
from kopdiklat.notifications.channels import BrokenOff, ChannelUnavailable, Deferred, Receipt
from kopdiklat.notifications.transport import SmtpTransport
from kopdiklat.offices.models import Office
from tests.notifications.mail import all_messages, make_message, smtp_server

SENDER = "kopdiklat@contoh.go.id"


def log():
    db.session.rollback()
    lines = db.session.scalars(sa.select(OutboxAttempt).order_by(OutboxAttempt.id))
    return [(line.message_id, line.outcome) for line in lines]


def live_in(zone, message):
    with transaction():
        db.session.get_one(Office, message.office_id).time_zone = zone


class Server:
    """A channel that answers in turn: an exception is raised, anything else is a receipt."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.taken = []

    def __call__(self, letter):
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        self.taken.append(letter.to)
        return Receipt("Q-17")


def test_a_recipient_gets_the_earlier_message_first_whoever_sends(app, now):
    first = make_message(1, email="siti@contoh.id", now=now - timedelta(minutes=2))
    make_message(2, email="siti@contoh.id", now=now - timedelta(minutes=1))
    other = make_message(3)

    claims = [service.claim_next("email", now) for _ in range(3)]

    assert claims == [first.id, other.id, None]


def test_an_earlier_message_that_waits_for_another_try_holds_up_nothing(app, now):
    make_message(1, email="siti@contoh.id", kind="tanpa.teks")
    make_message(2, email="siti@contoh.id")
    server = Server()

    service.send_due_messages(server, lambda: now)

    assert server.taken == ["siti@contoh.id"]


def test_a_message_that_ends_the_line_each_time_does_not_stop_the_others(app, now):
    poison, *_others = [make_message(n) for n in (1, 2, 3)]
    server = Server(BrokenOff("putus"))

    sent = [service.send_due_messages(server, lambda: now) for _ in range(2)]

    assert sent == [0, 2]
    assert server.taken == ["peserta2@contoh.id", "peserta3@contoh.id"]
    assert all_messages()[0].try_at == now + rules.FIRST_DELAY
    assert log() == [
        (poison.id, "deferred"),
        (poison.id + 1, "accepted"),
        (poison.id + 2, "accepted"),
    ]


def test_every_attempt_has_its_line_and_a_server_that_is_away_has_none(app, now):
    message = make_message()
    server = Server(ChannelUnavailable("jauh"), Deferred("nanti"), None)

    for wait in (0, 1, 60):
        service.send_due_messages(server, lambda wait=wait: now + timedelta(seconds=wait))

    assert log() == [(message.id, "deferred"), (message.id, "accepted")]
    line = db.session.scalars(sa.select(OutboxAttempt).order_by(OutboxAttempt.id.desc())).first()
    assert (line.provider_id, line.error, line.channel) == ("Q-17", None, "email")


def test_the_log_keeps_under_which_number_the_mail_server_has_it(app, now):
    make_message()

    with smtp_server() as (url, mailbox):
        mailbox.answers = []
        service.send_due_messages(SmtpTransport(url, SENDER), lambda: now)

    db.session.rollback()
    assert db.session.scalars(sa.select(OutboxAttempt.provider_id)).all() == ["OK"]


@pytest.mark.parametrize("change", ["UPDATE {} SET error = ''", "DELETE FROM {}"])
def test_the_log_is_never_changed(app, now, change):
    make_message()
    service.send_due_messages(Server(), lambda: now)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
        session.execute(sa.text(change.format("outbox_attempts")))


@pytest.mark.parametrize(
    ("zone", "hour", "minute", "sent"),
    [
        ("WIB", 19, 59, 1),
        ("WIB", 20, 0, 0),
        ("WIB", 6, 59, 0),
        ("WIB", 7, 0, 1),
        ("WIT", 18, 0, 0),  # 20.00 in Jayapura
        ("WIT", 5, 0, 1),  # 07.00 there
        ("WIT", 23, 30, 0),  # 01.30 of the next day there
    ],
)
def test_a_message_waits_for_the_end_of_the_quiet_hours_of_its_recipient(
    app, now, zone, hour, minute, sent
):
    live_in(zone, make_message(now=now - timedelta(hours=12)))
    wib = clock.local(now, "WIB").replace(hour=hour, minute=minute)

    assert service.send_due_messages(Server(), lambda: wib) == sent


def test_what_waited_for_the_morning_goes_out_then_and_was_no_attempt(app, now):
    make_message()
    night = clock.local(now, "WIB").replace(hour=23, minute=30)
    morning = clock.moment(night.date() + timedelta(days=1), time(7), "WIB")

    service.send_due_messages(Server(), lambda: night)
    (waiting,) = all_messages()

    assert (waiting.attempts, waiting.try_at, log()) == (0, morning, [])
    assert service.send_due_messages(Server(), lambda: morning) == 1


def test_a_moved_training_and_what_was_asked_for_go_out_at_night(app, now):
    night = clock.local(now, "WIB").replace(hour=23)
    facts = {"days": "", "hours": "", "hours_by_day": [], "place": "", "nonce": "a" * 32}
    make_message(1, kind="batch.moved", was_days="", was_hours="", was_place="", **facts)
    make_message(2, kind="registration.confirmed", **facts)
    make_message(3, kind="registration.cancelled")

    assert service.send_due_messages(Server(), lambda: night) == 2


@pytest.mark.parametrize("jump", [-60, 60, 24 * 60], ids=["back", "hour", "day"])
def test_a_clock_that_jumps_sends_nothing_twice_and_loses_nothing(app, now, jump):
    for n in (1, 2, 3):
        make_message(n, now=now + timedelta(minutes=10 * n))
    clocks = [now + timedelta(minutes=10), now + timedelta(minutes=10 + jump)]
    clocks += [now + timedelta(minutes=m) for m in (11, 20, 30, 31)]
    server = Server()

    for at in clocks:
        service.send_due_messages(server, lambda at=at: at)

    assert server.taken == [f"peserta{n}@contoh.id" for n in (1, 2, 3)]


@contextmanager
def dripping_server():
    """Says a line that never ends, one letter after another."""
    listening = socket.create_server(("127.0.0.1", 0))
    ends = threading.Event()

    def drip():
        line, _address = listening.accept()
        with line:
            while not ends.is_set():
                try:
                    line.sendall(b"2")
                except OSError:
                    return
                sleep(0.05)

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        ends.set()
        thread.join()
        listening.close()


def test_a_server_that_drips_for_ever_is_hung_up_on(app, now):
    make_message()

    with dripping_server() as url:
        begun = monotonic()
        transport = SmtpTransport(url, SENDER, timeout=5, deadline=0.5)
        assert service.send_due_messages(transport, lambda: now) == 0

    assert monotonic() - begun < 4
    assert "tidak dapat dihubungi" in all_messages()[0].last_error


def test_a_server_that_hangs_after_the_greeting_lets_the_others_go_first(app, now):
    """It took the line and says nothing more; the next run begins with another message."""
    make_message(1)
    make_message(2)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        transport = SmtpTransport(url, SENDER, timeout=0.3)
        assert service.send_due_messages(transport, lambda: now) == 0

    assert [m.attempts for m in all_messages()] == [0, 0]
    assert transport.is_resting
