"""The outbox: a message is written once, also by two who write at the same moment."""

import threading

import sqlalchemy as sa

from kopdiklat import create_app
from kopdiklat.core import outbox
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import invitations
from tests import databases
from tests.factories import make_batch, make_cooperative, make_invitation


def announce(now, key="undangan:1"):
    return outbox.announce(
        "invitation.sent", office_id=1, name="Dewi", email=None, phone="+6281234567890",
        dedupe_key=key, now=now,
    )  # fmt: skip


def beside(app, work, tmp_path):
    """Run `work` in another process's place: an app and a connection of its own."""
    answers = []

    def run():
        other = create_app(databases.settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path))
        with other.app_context():
            try:
                with transaction():
                    answers.append(work())
            except Exception as error:
                answers.append(error)
            db.session.remove()
            db.engine.dispose()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers


def test_the_second_message_of_a_key_is_none(app, now):
    with transaction():
        first, again = announce(now), announce(now)

    assert (first.attempts, first.due_at, again) == (0, now, None)


def test_of_two_at_the_same_moment_one_writes_and_the_other_gets_none(app, now, tmp_path):
    with transaction():
        assert announce(now) is not None
        thread, answers = beside(app, lambda: announce(now), tmp_path)
        thread.join(1.5)  # it waits for this transaction by now
    thread.join(10)

    assert answers == [None]
    assert db.session.scalar(sa.select(sa.func.count(OutboxMessage.id))) == 1


def test_two_presses_of_send_tell_every_cooperative_once(app, now, tmp_path):
    batch = make_batch()
    make_invitation(batch, make_cooperative(phone="+6281234567890"))

    def send():
        return invitations.send_all(batch_id, now=now, due_at=now)

    batch_id = batch.id
    with transaction():
        mine = send()
        thread, answers = beside(app, send, tmp_path)
        thread.join(1.5)
    thread.join(10)

    assert mine == {"email": 0, "gateway": 0, "whatsapp": 1, "none": 0}
    assert answers == [{"email": 0, "gateway": 0, "whatsapp": 0, "none": 0}]
