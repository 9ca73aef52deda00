"""The words of a message: templates/notifications/<kind>.txt filled with its payload.

The first line is the subject; an empty line and the body follow. Letters are Indonesian: most
people who get one have no account to choose a language in.
"""

from contextlib import AbstractContextManager

from flask import current_app
from flask_babel import force_locale

from kopdiklat.core import keys
from kopdiklat.core.text import ended_once
from kopdiklat.core.web import external_url


def in_letters() -> AbstractContextManager:
    """Print what goes into a payload in the language of letters, whoever pressed the button."""
    return force_locale("id")


def fill(kind: str, payload: dict) -> tuple[str, str]:
    """Subject and body.

    :raises jinja2.TemplateNotFound: no text for this kind
    """
    template = current_app.jinja_env.get_template(f"notifications/{kind}.txt")
    with in_letters():
        text = template.render(token_link=token_link, **one_line(payload))
    subject, _, body = text.strip().partition("\n")
    return ended_once(subject.strip()), ended_once(body.strip())


def token_link(endpoint: str, purpose: str, nonce: str, argument: str = "token") -> str:
    """A link that lets its holder in: its token is made only here, never kept in the outbox.

    :param argument: what the address calls its token
    """
    return external_url(endpoint, **{argument: keys.token_for(purpose, nonce)})


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
