"""The log: a message stands under exactly one state, in the list as in its row."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications import deliveries
from kopdiklat.notifications.channels import TOO_LATE
from tests.notifications.mail import make_message

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("channel", ["email", "gateway", "whatsapp"])
@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "waiting"),
        ({"expires_at": 1}, "waiting"),
        ({"last_error": "ditunda"}, "retried"),
        ({"sent_at": -1, "last_error": None}, "accepted"),
        ({"sent_at": -1, "expires_at": -1}, "accepted"),
        ({"opened_at": -1}, "opened"),
        ({"given_up_at": -1, "last_error": "ditolak"}, "failed"),
        ({"given_up_at": -1, "last_error": TOO_LATE}, "over"),
        ({"expires_at": -1}, "over"),
    ],
)
def test_a_message_stands_in_one_state(app, now, channel, columns, state):
    message = make_message()
    moments = ("sent_at", "opened_at", "given_up_at", "expires_at")
    with transaction():
        message.channel = channel
        for name, value in columns.items():
            setattr(message, name, now + value * HOUR if name in moments else value)
    if (channel, state) == ("whatsapp", "retried"):
        state = "waiting"  # an officer has it; the error is what the gateway said before

    found = [
        name
        for name in deliveries.STATES
        if db.session.scalar(sa.select(OutboxMessage.id).where(deliveries.stands_in(name, now)))
    ]

    assert found == [state] == [deliveries.state_of(message, now)]
