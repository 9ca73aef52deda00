"""What the words of every message have in common; the texts themselves are of the room `messages`.

Letters are Indonesian: most people who get one have no account to choose a language in.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cache

from flask_babel import force_locale, gettext

from kopdiklat.core import keys
from kopdiklat.core.web import external_url


def in_letters() -> AbstractContextManager:
    """Print what goes into a payload in the language of letters, whoever pressed the button."""
    return force_locale("id")


def retold(
    text: str, sentences: Iterable[str], values: Mapping[str, Callable[[str], str]] | None = None
) -> str:
    """What was kept in the language of letters, in the reader's: known again by its sentence.

    A text that is none of these sentences was typed by a person and stays as it is.
    :param values: how a value of a sentence is told, by its name; others stay
    """
    values = values or {}
    for sentence in sentences:
        if match := _pattern(sentence).fullmatch(text):
            parts = {
                name: values[name](part) if name in values else part
                for name, part in match.groupdict().items()
            }
            return gettext(sentence, **parts)
    return text


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(sentence)))


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
