"""E-mail over SMTP, from MAIL_URL: `smtp://`, `smtps://`, `smtp+starttls://`.

`smtps` and `smtp+starttls` verify the server's certificate. Plain `smtp` is for a server on this
machine; `?unsafe=plain` says that a plain connection elsewhere is meant.
"""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from config import LOOPBACK
from kopdiklat.core.clock import utc_now
from kopdiklat.notifications.channels import (
    MAIL_ADDRESS_BAD,
    MAIL_BROKE_OFF,
    MAIL_DEFERRED,
    MAIL_NOT_SET,
    MAIL_REFUSED,
    NO_MAIL_SERVER,
    BrokenOff,
    ChannelUnavailable,
    Deferred,
    NotSent,
    Receipt,
    Refused,
)
from kopdiklat.notifications.letters import Letter

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
TIMEOUT = 15  # seconds for one step of the conversation
DEADLINE = 120  # seconds for all of it, however slowly the server drips: less than a lease
CLOSING = 421  # "service not available, closing the channel"
PERMANENT = 500  # codes from here on say no for good
SAID = 120  # letters of what a server said that are kept
REST = (5, 300)  # seconds without a try after the first failure in a row, and at most


class BadMailAddress(ValueError):
    """MAIL_URL says nothing that can be used; the text is the Indonesian sentence."""


@dataclass(frozen=True)
class Server:
    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None


def parse(url: str) -> Server:
    """:raises BadMailAddress: unknown scheme, no host, or a plain connection over a network"""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    scheme = parts.scheme
    if scheme == "smtp" and "starttls" in options.get("tls", []):
        scheme = "smtp+starttls"
    if scheme not in PORTS or not parts.hostname:
        raise BadMailAddress(
            "MAIL_URL ditulis smtps://pengguna:sandi@server atau smtp+starttls://…"
        )
    if scheme == "smtp" and parts.hostname not in LOOPBACK and options.get("unsafe") != ["plain"]:
        raise BadMailAddress(
            "MAIL_URL tanpa TLS hanya untuk server di mesin ini. Pakai smtps:// atau"
            " smtp+starttls://, atau tambahkan ?unsafe=plain."
        )
    return Server(
        scheme=scheme,
        host=parts.hostname,
        port=parts.port or PORTS[scheme],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class SmtpTransport:
    """`send(letter)` over one connection, kept for a run and opened again when it is gone.

    After a failure it rests, longer each time, so that a dead server costs little.
    """

    def __init__(self, url: str, sender: str, timeout: float = TIMEOUT, deadline: float = DEADLINE):
        self.url = url
        self.sender = sender
        self.timeout = timeout
        self.deadline = deadline
        self._connection: smtplib.SMTP | None = None
        self._opening: smtplib.SMTP | None = None  # while it says hello
        self._failures = 0
        self._rests_until = 0.0

    @property
    def is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def __call__(self, letter: Letter) -> Receipt:
        """:raises NotSent: one of its three kinds"""
        try:
            message = _as_email(letter, self.sender)
        except ValueError as error:
            raise Refused(MAIL_ADDRESS_BAD % {"cause": type(error).__name__}) from error
        with self._deadline():
            connection = self._reach()
            try:
                connection.send_message(message)
            except (OSError, smtplib.SMTPException) as error:
                self.close()  # the conversation may be in any state
                raise self._told(error) from error
        self._failures = 0
        self._rests_until = 0.0
        return Receipt(_without_addresses(getattr(connection, "said", "")))

    def _reach(self) -> smtplib.SMTP:
        try:
            return self._connect()
        except (OSError, smtplib.SMTPException, BadMailAddress) as error:
            self.close()
            self._rest()
            raise ChannelUnavailable(_why(error)) from error

    def _told(self, error: OSError | smtplib.SMTPException) -> NotSent:
        """What an answer in the middle of a message means, for it and for the next ones."""
        code = _code_of(error)
        if code and code != CLOSING:
            self._failures = 0
            words = MAIL_REFUSED if code >= PERMANENT else MAIL_DEFERRED
            return (Refused if code >= PERMANENT else Deferred)(words % {"code": code})
        self._rest()
        if code == CLOSING:
            return BrokenOff(MAIL_DEFERRED % {"code": code})
        return BrokenOff(MAIL_BROKE_OFF % {"cause": type(error).__name__})

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """Hang up on a server that never ends: each step has its time limit, but they are many."""
        timer = threading.Timer(self.deadline, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        line = getattr(self._connection or self._opening, "sock", None)
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _rest(self) -> None:
        self._failures += 1
        first, longest = REST
        self._rests_until = time.monotonic() + min(first * 2 ** (self._failures - 1), longest)

    def _connect(self) -> smtplib.SMTP:
        if self._connection is not None:
            if self._connection.noop()[0] == 250:
                return self._connection
            self.close()
        if not self.url:
            raise BadMailAddress(MAIL_NOT_SET)
        server = parse(self.url)
        verified = ssl.create_default_context()
        connection: _Plain | _Tls
        if server.scheme == "smtps":
            connection = _Tls(timeout=self.timeout, context=verified)
        else:
            connection = _Plain(timeout=self.timeout)
        self._opening = connection
        try:
            # What the certificate is checked against; the constructor would set it, and not let us
            # hang up on a server that never finishes its greeting.
            connection._host = server.host  # type: ignore[union-attr]
            code, _said = connection.connect(server.host, server.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, "")
            if server.scheme == "smtp+starttls":
                connection.starttls(context=verified)
            if server.user:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        finally:
            self._opening = None
        self._connection = connection
        return connection


class _Remembering:
    """Keeps what the server said when it took the last message."""

    said = ""

    def data(self, content):
        code, reply = super().data(content)  # type: ignore[misc]
        self.said = reply.decode("ascii", "replace")
        return code, reply


class _Plain(_Remembering, smtplib.SMTP):
    pass


class _Tls(_Remembering, smtplib.SMTP_SSL):
    pass


def _without_addresses(said: str) -> str | None:
    """The words of a server that name nobody: usually under which number it keeps the message."""
    words = [word for word in said.split() if "@" not in word]
    return " ".join(words)[:SAID] or None


def _why(error: Exception) -> str:
    if isinstance(error, BadMailAddress):
        return str(error)
    return NO_MAIL_SERVER % {"cause": type(error).__name__}


def _code_of(error: Exception) -> int | None:
    """The answer of the server about the message or its recipient, None when there was none."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return next(iter(error.recipients.values()))[0]
        case smtplib.SMTPDataError() | smtplib.SMTPSenderRefused():
            return error.smtp_code
        case _:
            return None


def _as_email(letter: Letter, sender: str) -> EmailMessage:
    """:raises ValueError: an address with a line break or none at all in it"""
    domain = sender.rpartition("@")[2].rstrip(">") or "localhost"
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(letter.name, addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{letter.message_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message
