"""A real SMTP server of the test's own, and messages for it."""

import socket
from contextlib import contextmanager
from email import message_from_bytes, policy

import sqlalchemy as sa
from aiosmtpd.controller import Controller

from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage, announce
from kopdiklat.offices.models import Office
from tests.factories import NOW, make_office


class Mailbox:
    """What the server accepted. `answers` are said in turn instead of accepting."""

    def __init__(self):
        self.messages = []
        self.answers = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802, the name aiosmtpd calls
        if self.answers:
            return self.answers.pop(0)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("tidakada"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    @property
    def recipients(self):
        return [message["To"].addresses[0].addr_spec for message in self.messages]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def smtp_server(port=0):
    """`with smtp_server() as (url, mailbox):`"""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}", mailbox
    finally:
        controller.stop()


def make_message(n=1, email=None, kind="registration.cancelled", now=NOW, **more):
    """One e-mail in the outbox, due at `now`."""
    office = make_office()
    with transaction():
        return announce(
            kind,
            office_id=office.id,
            name="Siti Aminah",
            email=email or f"peserta{n}@contoh.id",
            phone=None,
            dedupe_key=f"uji:{n}",
            now=now,
            **{
                "person": "Siti Aminah",
                "cooperative": "KSP Bina Artha",
                "number": f"D-{n:04d}",
                "title": "Akuntabilitas Koperasi, angkatan 1",
                "contact": "Ibu Rina, 0812-3456-7890",
                "office": office.name,
                "reason": "",
                **more,
            },
        )


def make_messages(count):
    """Many at once, as one statement."""
    message = make_message(0)
    columns = {c.name for c in OutboxMessage.__table__.columns} - {"id", "dedupe_key", "recipient"}
    dull = {name: getattr(message, name) for name in columns}
    rows = [
        dull | {"dedupe_key": f"uji:{n}", "recipient": f"peserta{n}@contoh.id"}
        for n in range(1, count)
    ]
    with transaction() as session:
        session.execute(sa.insert(OutboxMessage), rows)


def never_quiet():
    """For tests by the real clock: they also run at night."""
    with transaction() as session:
        session.execute(sa.update(Office).values(quiet_to=Office.quiet_from))


def all_messages():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
