"""A message as it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kopdiklat.core.letters import one_line
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.messages.letters import fill


@dataclass(frozen=True)
class Letter:
    """One message, ready to be sent. `message_id` is the same at every attempt.

    A channel that prints a text of its own fills it from `payload`.
    """

    to: str
    name: str
    subject: str
    body: str
    message_id: str
    kind: str = ""
    payload: Mapping = field(default_factory=dict)


def compose(message: OutboxMessage) -> Letter:
    """:raises NoText: no text for this kind"""
    subject, body = fill(message.kind, message.payload, message.office_id, message.channel)
    return Letter(
        to=message.recipient,
        name=one_line(message.recipient_name),
        subject=subject,
        body=body + "\n",
        message_id=f"kopdiklat-{message.id}-{message.created_at:%Y%m%d%H%M%S}",
        kind=message.kind,
        payload=message.payload,
    )
