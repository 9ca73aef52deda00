"""E-mail over SMTP, from MAIL_URL: `smtp://`, `smtps://`, `smtp+starttls://`.

`smtps` and `smtp+starttls` verify the server's certificate. Plain `smtp` is for a server on this
machine; `?unsafe=plain` says that a plain connection elsewhere is meant.
"""

import smtplib
import ssl
import time
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from config import LOOPBACK
from kopdiklat.core.clock import utc_now
from kopdiklat.notifications.letters import Letter

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
TIMEOUT = 30  # seconds for one step of the conversation
CLOSING = 421  # "service not available, closing the channel"
REST = (5, 300)  # seconds without a try after the first failure in a row, and at most


class MailUnavailable(Exception):
    """The server cannot be reached or takes nothing now; another message would fare no better."""


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

    def __init__(self, url: str, sender: str, timeout: float = TIMEOUT):
        self.url = url
        self.sender = sender
        self.timeout = timeout
        self._connection: smtplib.SMTP | None = None
        self._failures = 0
        self._rests_until = 0.0

    @property
    def is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def __call__(self, letter: Letter) -> None:
        """:raises MailUnavailable: try nothing more for now
        :raises smtplib.SMTPException: this message was refused
        """
        message = _as_email(letter, self.sender)
        try:
            connection = self._connect()
            connection.send_message(message)
        except (OSError, smtplib.SMTPException, BadMailAddress) as error:
            self.close()  # the conversation may be in any state
            if _is_about_this_message(error):
                self._failures = 0
                raise
            self._rest()
            raise MailUnavailable(_why(error)) from error
        self._failures = 0
        self._rests_until = 0.0

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
            raise BadMailAddress("Server email belum diatur (MAIL_URL).")
        server = parse(self.url)
        verified = ssl.create_default_context()
        connection: smtplib.SMTP
        if server.scheme == "smtps":
            connection = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self.timeout, context=verified
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=self.timeout)
        try:
            if server.scheme == "smtp+starttls":
                connection.starttls(context=verified)
            if server.user:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection


def _why(error: Exception) -> str:
    if isinstance(error, BadMailAddress):
        return str(error)
    return f"Server email tidak dapat dihubungi ({type(error).__name__})."


def _is_about_this_message(error: Exception) -> bool:
    refusals = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused)
    return isinstance(error, refusals) and getattr(error, "smtp_code", None) != CLOSING


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
