"""The words of a message: templates/notifications/<kind>.txt filled with its payload.

The first line is the subject; an empty line and the body follow.
"""

from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale

from kopdiklat.core import keys
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.core.web import external_url


@dataclass(frozen=True)
class Letter:
    """One message, ready to be sent. `message_id` is the same at every attempt."""

    to: str
    name: str
    subject: str
    body: str
    message_id: str


def compose(message: OutboxMessage) -> Letter:
    """Fill the text. Letters are Indonesian: most people who get one have no account to choose in.

    :raises jinja2.TemplateNotFound: no text for this kind
    """
    template = current_app.jinja_env.get_template(f"notifications/{message.kind}.txt")
    with force_locale("id"):
        text = template.render(token_link=token_link, **one_line(message.payload))
    subject, _, body = text.strip().partition("\n")
    return Letter(
        to=message.recipient,
        name=one_line(message.recipient_name),
        subject=subject.strip(),
        body=body.strip() + "\n",
        message_id=f"kopdiklat-{message.id}-{message.created_at:%Y%m%d%H%M%S}",
    )


def token_link(endpoint: str, purpose: str, nonce: str) -> str:
    """A link that lets its holder in: its token is made only here, never kept in the outbox."""
    return external_url(endpoint, token=keys.token_for(purpose, nonce))


def one_line(value):
    """Values never bring line breaks: a name cannot add a header or a second subject."""
    match value:
        case str():
            return " ".join(value.split())
        case dict():
            return {key: one_line(item) for key, item in value.items()}
        case list():
            return [one_line(item) for item in value]
        case _:
            return value
