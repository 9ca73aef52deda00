"""Three sender processes empty one outbox into a real mail server, while some of them are killed.

The server stands in a process of its own and counts every Message-ID that it took. A killed sender
leaves at most one message in hand, so at most as many come twice as were killed, and none is lost.
Two canaries show that the count would tell: senders that mark before they send lose messages when
they are killed, senders that do not claim send them twice without any kill.
"""

import asyncio
import multiprocessing
import os
import random
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes

import sqlalchemy as sa
from aiosmtpd.controller import Controller

from kopdiklat import create_app
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications import rules, service
from kopdiklat.notifications.letters import compose
from kopdiklat.notifications.transport import SmtpTransport
from kopdiklat.offices.models import Office

SENDERS = 3
CANARY, CANARY_KILLS = 200, 20  # messages and kills of a round that must go wrong
NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)  # 09.00 WIB, no quiet hour
LATER = NOW + rules.LEASE  # the leases of the dead have run out
PATIENCE = 600  # seconds that a round may take
CONTEXT = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Round:
    """What one round showed."""

    messages: int
    kills: int
    duplicates: int
    missing: int
    unmarked: int
    seconds: float

    @property
    def per_minute(self) -> float:
        return 60 * self.messages / self.seconds


def run(database_url: str, messages: int, kills: int) -> dict[str, Round]:
    """On a migrated, empty database: a quiet round, a deadly one, and two canaries."""
    with arena(database_url) as race:
        return {
            "quiet": race(messages),
            "deadly": race(messages, kills),
            "marks_first": race(CANARY, CANARY_KILLS, marks_first, delay=0.05),
            "no_claim": race(CANARY, 0, no_claim),
        }


@contextmanager
def arena(database_url: str) -> Iterator[Callable[..., Round]]:
    """`race(messages, kills, send)` on this database."""
    CONTEXT.set_forkserver_preload(["bench.outbox"])
    with tempfile.TemporaryDirectory() as folder:
        app = _app(database_url, folder)
        with app.app_context():
            yield lambda *arguments, **more: _race(database_url, folder, *arguments, **more)
            db.session.remove()
            db.engine.dispose()


def _app(database_url: str, folder: str):
    return create_app(
        {
            "DATABASE_URL": database_url,
            "INSTANCE_PATH": folder,
            "SECRET_KEY": "b" * 48,
            "DATA_KEY": "d" * 48,
            "RATELIMIT_ENABLED": False,
            "BASE_URL": "http://127.0.0.1:8000",
        }
    )


def send_as_we_do(transport: SmtpTransport, now: Callable[[], datetime]) -> int:
    return service.send_due_messages(transport, now)


def _race(
    database_url: str,
    folder: str,
    messages: int,
    kills: int = 0,
    send: Callable = send_as_we_do,
    delay: float = 0.0,
) -> Round:
    """:param delay: seconds that the server thinks before it takes a message, and before it says so"""
    first = _fill(messages)
    db.session.remove()
    db.engine.dispose()  # no connection of ours is inherited
    with mail_server(delay) as server:
        begun = time.perf_counter()
        senders = Senders((database_url, folder, server.url, send))
        senders.start(SENDERS)
        senders.kill(kills, messages, server)
        senders.join()
        senders.clock = LATER
        senders.start(1)
        senders.join()
        seconds = time.perf_counter() - begun
        counts = server.counts()
    taken = sum(counts.values())
    unmarked = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.id >= first, OutboxMessage.sent_at.is_(None)
    )
    left = db.session.scalar(unmarked) or 0
    db.session.rollback()
    return Round(messages, kills, taken - len(counts), messages - len(counts), left, seconds)


def _fill(messages: int) -> int:
    """That many messages, each to somebody else; the id of the first."""
    with transaction() as session:
        office = session.scalar(sa.select(Office).limit(1)) or Office(
            code="9102", name="Dinas Pesan", region_name="Kota Pesan", created_at=NOW
        )
        session.add(office)
        session.flush()
        start = (session.scalar(sa.select(sa.func.max(OutboxMessage.id))) or 0) + 1
        dull = {
            "office_id": office.id,
            "kind": "registration.cancelled",
            "channel": "email",
            "recipient_name": "Siti Aminah",
            "created_at": NOW,
            "due_at": NOW,
            "try_at": NOW,
            "attempts": 0,
            "payload": dict.fromkeys(
                ("person", "cooperative", "number", "title", "contact", "office", "reason"), "uji"
            ),
        }
        rows = [
            dull | {"dedupe_key": f"uji:{start + n}", "recipient": f"p{start + n}@contoh.id"}
            for n in range(messages)
        ]
        session.execute(sa.insert(OutboxMessage), rows)
    return start


# -- the senders -----------------------------------------------------------------------------------


class Senders:
    """Processes that send until nothing is due, and what is done to them."""

    def __init__(self, arguments: tuple):
        self.arguments = arguments
        self.clock = NOW
        self.alive: list = []
        self.dice = random.Random(2026)

    def start(self, count: int) -> None:
        for _ in range(count):
            arguments = (*self.arguments, self.clock)
            sender = CONTEXT.Process(target=_send_all, args=arguments, daemon=True)
            sender.start()
            self.alive.append(sender)

    def kill(self, kills: int, messages: int, server: "MailServer") -> None:
        """Kill one at a time without warning, each after its share of the messages, and replace it."""
        for n in range(kills):
            share = messages * n // (kills + 1) + 1
            if not server.wait_for(share):
                raise TimeoutError(f"{server.taken} of {share} messages before kill {n + 1}")
            time.sleep(self.dice.random() * 0.01)
            victim = self.alive.pop(self.dice.randrange(len(self.alive)))
            os.kill(victim.pid, signal.SIGKILL)
            victim.join()
            if victim.exitcode != -signal.SIGKILL:
                raise RuntimeError(f"sender {n + 1} had ended before it was killed")
            self.start(1)

    def join(self) -> None:
        for sender in self.alive:
            sender.join(PATIENCE)
            if sender.exitcode != 0:
                raise RuntimeError(f"a sender ended with {sender.exitcode}")
        self.alive = []


def _send_all(database_url: str, folder: str, mail_url: str, send: Callable, clock) -> None:
    app = _app(database_url, folder)
    with app.app_context():
        transport = SmtpTransport(mail_url, "kopdiklat@contoh.go.id")
        while _anything_due(clock):
            if not send(transport, lambda: clock):
                time.sleep(0.01)
        transport.close()


def _anything_due(clock: datetime) -> bool:
    """Whether there is work that no other sender, alive or dead, has in hand."""
    found = sa.select(OutboxMessage.id).where(
        OutboxMessage.sent_at.is_(None),
        sa.or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= clock),
    )
    there = db.session.scalar(found.limit(1)) is not None
    db.session.rollback()
    return there


def marks_first(transport: SmtpTransport, now: Callable[[], datetime]) -> int:
    """A canary: whoever dies between the mark and the sending has lost the message."""
    message_id = service.claim_next("email", now())
    if message_id is None:
        return 0
    with transaction() as session:
        message = session.get_one(OutboxMessage, message_id)
        message.sent_at = now()
        letter = compose(message)
    transport(letter)
    return 1


def no_claim(transport: SmtpTransport, now: Callable[[], datetime]) -> int:
    """A canary: two senders that look at the same time send the same message."""
    due = sa.select(OutboxMessage).where(OutboxMessage.sent_at.is_(None)).limit(20)
    letters = [(message.id, compose(message)) for message in db.session.scalars(due)]
    db.session.rollback()
    for message_id, letter in letters:
        transport(letter)
        with transaction() as session:
            session.get_one(OutboxMessage, message_id).sent_at = now()
    return len(letters)


# -- the mail server -------------------------------------------------------------------------------


class MailServer:
    """The server as the bench sees it."""

    def __init__(self, port: int, taken, end):
        self.url = f"smtp://127.0.0.1:{port}"
        self._taken = taken
        self._end = end

    @property
    def taken(self) -> int:
        return self._taken.value

    def counts(self) -> dict[str, int]:
        self._end.send("counts")
        return self._end.recv()

    def wait_for(self, count: int) -> bool:
        until = time.monotonic() + PATIENCE
        while self.taken < count and time.monotonic() < until:
            time.sleep(0.002)
        return self.taken >= count


@contextmanager
def mail_server(delay: float = 0.0) -> Iterator[MailServer]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    taken = CONTEXT.Value("i", 0)
    here, there = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_serve, args=(port, delay, taken, there), daemon=True)
    process.start()
    try:
        if not here.poll(30):
            raise TimeoutError("the mail server does not start")
        here.recv()
        yield MailServer(port, taken, here)
    finally:
        here.send("end")
        process.join(10)


class _Counter:
    def __init__(self, delay: float, taken):
        self.delay = delay
        self.taken = taken
        self.counts: dict[str, int] = {}

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        await asyncio.sleep(self.delay)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802, the name aiosmtpd calls
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        self.counts[message_id] = self.counts.get(message_id, 0) + 1
        self.taken.value += 1
        await asyncio.sleep(self.delay)
        return "250 OK"


def _serve(port: int, delay: float, taken, end) -> None:
    counter = _Counter(delay, taken)
    controller = Controller(counter, hostname="127.0.0.1", port=port)
    controller.start()
    end.send("ready")
    while end.recv() == "counts":
        end.send(counter.counts)
    controller.stop()
