"""Messages over the WhatsApp Cloud API of Meta, or a gateway that speaks as it does.

WHATSAPP_URL is the address of the sending number, `https://graph.facebook.com/v23.0/<id>`; we POST
to `/messages` below it. Who has not written to the office within a day gets only texts that Meta
has approved, so each kind of message needs its template (WHATSAPP_TEMPLATES), whose blanks are
filled in the order of `catalogue.Kind.blanks`. WhatsApp takes a message; whether it is delivered or
read is not known here.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from config import LOOPBACK
from kopdiklat.core.clock import utc_now
from kopdiklat.core.letters import one_line
from kopdiklat.messages.letters import kind_of, values_of
from kopdiklat.notifications import whatsapp_answers as answers
from kopdiklat.notifications.channels import BrokenOff, ChannelUnavailable, Receipt, Refused
from kopdiklat.notifications.letters import Letter

TIMEOUT = 10  # seconds for one step
DEADLINE = 30  # seconds for all of them, however slowly the server drips: less than a lease
MOST_BYTES = 64_000  # an answer is some hundred
LONGEST = 250  # letters of one parameter; Meta takes 1,024 for the whole text
EMPTY = "–"  # a parameter may not be empty


class BadGatewayAddress(ValueError):
    """WHATSAPP_URL says nothing that can be used; the text is the Indonesian sentence."""


def endpoint(url: str) -> str:
    """Where messages are posted to.

    :raises BadGatewayAddress: no address, or one that would carry the token in the clear
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise BadGatewayAddress(answers.BAD_ADDRESS)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise BadGatewayAddress(answers.NOT_SAFE)
    return url.rstrip("/").removesuffix("/messages") + "/messages"


class WhatsAppTransport:
    """`send(letter)`; rests after an answer that concerns all messages, as long as it asks for."""

    def __init__(
        self,
        url: str,
        token: str,
        templates: Mapping[str, str],
        language: str = "id",
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
    ):
        self.url = url
        self.token = token
        self.templates = templates
        self.language = language
        self.timeout = timeout
        self.deadline = deadline
        self._client: Any = None  # httpx.Client
        self._failures = 0
        self._rests_until = 0.0

    @property
    def is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def __call__(self, letter: Letter) -> Receipt:
        """:raises NotSent: one of its kinds"""
        template = self.templates.get(letter.kind)
        if not template:
            raise Refused(answers.NO_TEMPLATE)
        content = message_of(letter, template, self.language)
        try:
            address = endpoint(self.url)
        except BadGatewayAddress as error:
            self._rest(answers.STOPPED_REST)
            raise ChannelUnavailable(str(error)) from error
        try:
            receipt = answers.read(*self._post(address, content), utc_now())
        except answers.Limited as limit:
            self._rest(answers.LIMITED_REST, limit.wait)
            raise BrokenOff(str(limit)) from limit
        except answers.Stopped as stop:
            self._rest(answers.STOPPED_REST)
            raise BrokenOff(str(stop)) from stop
        self._failures, self._rests_until = 0, 0.0
        return receipt

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _post(self, address: str, content: dict) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer.

        :raises ChannelUnavailable: there was none
        """
        import httpx

        try:
            with (
                self._deadline() as client,
                client.stream("POST", address, json=content) as response,
            ):
                return response.status_code, response.headers, _body_of(response)
        except (httpx.HTTPError, OSError, RuntimeError) as error:
            # RuntimeError: the deadline closed the client under it.
            self.close()
            self._rest(answers.LIMITED_REST)
            words = answers.UNREACHED % {"cause": type(error).__name__}
            never_asked = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            raise (ChannelUnavailable if never_asked else BrokenOff)(words) from error

    @contextmanager
    def _deadline(self) -> Iterator[Any]:
        client = self._open()
        timer = threading.Timer(self.deadline, client.close)
        timer.daemon = True
        timer.start()
        try:
            yield client
        finally:
            timer.cancel()

    def _open(self) -> Any:
        import httpx

        if self._client is None or self._client.is_closed:
            self._client = httpx.Client(
                timeout=self.timeout,
                follow_redirects=False,
                trust_env=False,  # no proxy, no netrc: the token goes where the setting says
                headers={"Authorization": f"Bearer {self.token}", "Accept-Encoding": "identity"},
            )
        return self._client

    def _rest(self, rest: tuple[float, float], asked: float | None = None) -> None:
        self._failures += 1
        first, longest = rest
        own = min(first * 2 ** min(self._failures - 1, 10), longest)
        self._rests_until = time.monotonic() + max(own, asked or 0)


def _body_of(response) -> bytes:
    """The beginning of the answer; more than that is none of Meta's."""
    body = b""
    for part in response.iter_raw():
        body += part
        if len(body) > MOST_BYTES:
            break
    return body[:MOST_BYTES]


def message_of(letter: Letter, template: str, language: str) -> dict:
    """The message as the Cloud API takes it."""
    texts = parameters_of(letter.kind, letter.payload)
    components = [
        {"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]}
    ]
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "".join(char for char in letter.to if char.isdigit()),
        "type": "template",
        "template": {
            "name": template,
            "language": {"code": language},
            "components": components if texts else [],
        },
        "biz_opaque_callback_data": letter.message_id,
    }


def parameters_of(name: str, payload: Mapping) -> list[str]:
    """What fills the blanks of a kind: one line each, never empty, as Meta demands."""
    kind = kind_of(name)
    values = values_of(kind, dict(payload))
    return [_parameter(values[blank]) for blank in kind.blanks]


def _parameter(value: str) -> str:
    text = one_line(value) or EMPTY
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
