"""What a channel answers when it is given a message: a receipt, or one of three refusals.

The words of a refusal are Indonesian and name nobody; officers read them (`reasons.py` retells them).
"""

from dataclasses import dataclass
from datetime import timedelta

from kopdiklat.core.text import N_

# Sentences that a log may hold, with what fills them.
NO_MAIL_SERVER = N_("Server email tidak dapat dihubungi (%(cause)s).")
MAIL_NOT_SET = N_("Server email belum diatur (MAIL_URL).")
MAIL_ADDRESS_BAD = N_("Alamat email tidak dapat dipakai (%(cause)s).")
MAIL_REFUSED = N_("Alamat email ditolak server (%(code)s). Periksa penulisannya.")
MAIL_DEFERRED = N_("Server email menunda pesan ini (%(code)s).")
MAIL_BROKE_OFF = N_("Sambungan ke server email putus saat mengirim (%(cause)s).")
NO_TEXT = N_("Teks pesan belum ada: %(name)s")
TOO_LATE = N_("Tidak dikirim: waktunya sudah lewat.")
UNPREPARED = N_("Pesan ini gagal disiapkan (%(cause)s).")
SENTENCES = [
    NO_MAIL_SERVER,
    MAIL_NOT_SET,
    MAIL_ADDRESS_BAD,
    MAIL_REFUSED,
    MAIL_DEFERRED,
    MAIL_BROKE_OFF,
    NO_TEXT,
    TOO_LATE,
    UNPREPARED,
]


@dataclass(frozen=True)
class Receipt:
    """The server took the message.

    :param provider_id: what it called it
    :param remark: what else it said, in words for officers
    """

    provider_id: str | None = None
    remark: str | None = None


class NotSent(Exception):
    """The server did not take the message; the text says why."""


class Refused(NotSent):
    """It says no to this message for good."""


class Deferred(NotSent):
    """It does not take this message now.

    :param wait: how long it asks to wait, if it said so
    """

    def __init__(self, words: str, wait: timedelta | None = None):
        super().__init__(words)
        self.wait = wait


class ChannelUnavailable(NotSent):
    """Nothing goes through now; another message would fare no better."""


class BrokenOff(ChannelUnavailable):
    """It went away while it had this very message, which may be the reason: others go first."""
