"""What an answer of the WhatsApp Cloud API means: pure, from the status, the headers and the body.

By `error.code`, as Meta recommends; the status decides where there is no code that we know.
Source: "WhatsApp error codes" of Meta's documentation of the Business Platform.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from kopdiklat.core.text import N_
from kopdiklat.notifications.channels import Deferred, Receipt, Refused

LIMITED_REST = (5.0, 300.0)  # seconds after the first such answer in a row, and at most
STOPPED_REST = (300.0, 1800.0)
LONGEST_WAIT = 24 * 3600  # seconds that a server may make us wait

BAD_ADDRESS = N_("WHATSAPP_URL ditulis https://graph.facebook.com/v23.0/ID-NOMOR")
NOT_SAFE = N_("WHATSAPP_URL tanpa TLS hanya untuk server di mesin ini. Pakai https://")
NO_TEMPLATE = N_("Belum ada templat WhatsApp yang disetujui untuk pesan ini.")
UNREACHED = N_("Gerbang WhatsApp tidak dapat dihubungi (%(cause)s).")
GARBAGE = N_("Jawaban gerbang WhatsApp tidak terbaca (%(code)s).")
BUSY = N_("Gerbang WhatsApp sedang terganggu (%(code)s).")
LIMITED = N_("WhatsApp membatasi pengiriman (%(code)s).")
PAIR_LIMITED = N_("Terlalu banyak pesan ke nomor ini dalam waktu singkat (%(code)s).")
TOKEN = N_("Kunci gerbang WhatsApp ditolak (%(code)s). Perbarui WHATSAPP_TOKEN.")
ACCOUNT = N_("Akun WhatsApp kantor dibatasi (%(code)s). Periksa di WhatsApp Manager.")
NUMBER = N_("Nomor pengirim WhatsApp tidak dikenal (%(code)s). Periksa WHATSAPP_URL.")
UNDELIVERABLE = N_("Nomor ini tidak dapat menerima pesan WhatsApp (%(code)s). Periksa nomornya.")
NOT_NOW = N_("WhatsApp tidak meneruskan pesan ini kepada penerima (%(code)s).")
RE_ENGAGE = N_("WhatsApp meminta templat yang disetujui untuk pesan ini (%(code)s).")
TEMPLATE = N_("Templat WhatsApp pesan ini tidak dapat dipakai (%(code)s). Periksa templatnya.")
REFUSED = N_("WhatsApp menolak pesan ini (%(code)s).")
HELD = N_("Ditahan WhatsApp untuk diperiksa mutunya; belum tentu sampai.")
SENTENCES = [
    BAD_ADDRESS, NOT_SAFE, NO_TEMPLATE, UNREACHED, GARBAGE, BUSY, LIMITED, PAIR_LIMITED, TOKEN,
    ACCOUNT, NUMBER, UNDELIVERABLE, NOT_NOW, RE_ENGAGE, TEMPLATE, REFUSED, HELD,
]  # fmt: skip


class Limited(Exception):
    """Too many messages of this office: all wait.

    :param wait: seconds that it asks for
    """

    def __init__(self, words: str, wait: float | None):
        super().__init__(words)
        self.wait = wait


class Stopped(Exception):
    """The account or its token: nothing goes through until somebody mends it."""


TOKEN_CODES = {0, 3, 10, 190, *range(200, 300), 131005}
ACCOUNT_CODES = {368, 130497, 131031, 131037, 131042, 131045}
NUMBER_CODES = {33, 133010}
LIMIT_CODES = {4, 80007, 130429, 131048, 133016}
PAIR_LIMIT = 131056
BUSY_CODES = {1, 2, 131000, 131016, 131057, 133004}
UNDELIVERABLE_CODES = {131021, 131026, 131030}
NOT_NOW_CODES = {130472, 131049}
RE_ENGAGE_CODE = 131047
TEMPLATE_CODES = {131008, 131009, 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018}
WRONG_ADDRESS = 33  # error_subcode of code 100: the object in the address is not there


def read(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Receipt:
    """The receipt of an accepted message.

    :param now: of the wall clock, against which a moment in Retry-After is read
    :raises Refused: this message, for good
    :raises Deferred: this message, for now
    :raises Limited, Stopped: all messages
    """
    asked = retry_after(headers, now)
    said = _object(body)
    if 200 <= status < 300:
        return _receipt(status, said)
    error = said.get("error")
    error = error if isinstance(error, dict) else {}
    code = error.get("code")
    if isinstance(code, int) and not isinstance(code, bool):
        _raise_by_code(code, error.get("error_subcode"), asked)
        told = code
    else:
        told = status
    raise _by_status(status, told, asked)


def _receipt(status: int, said: dict) -> Receipt:
    messages = said.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    ident = first.get("id") if isinstance(first, dict) else None
    if not isinstance(ident, str) or not isinstance(first, dict):
        raise Deferred(GARBAGE % {"code": status})
    held = first.get("message_status", "accepted") != "accepted"
    return Receipt(ident[:160], HELD if held else None)


def _raise_by_code(code: int, subcode, asked: float | None) -> None:
    told = {"code": code}
    if code in TOKEN_CODES:
        raise Stopped(TOKEN % told)
    if code in ACCOUNT_CODES:
        raise Stopped(ACCOUNT % told)
    if code in NUMBER_CODES or (code == 100 and subcode == WRONG_ADDRESS):
        raise Stopped(NUMBER % told)
    if code in LIMIT_CODES:
        raise Limited(LIMITED % told, asked)
    if code == PAIR_LIMIT:
        raise Deferred(PAIR_LIMITED % told, _wait(asked))
    if code in BUSY_CODES:
        raise Deferred(BUSY % told, _wait(asked))
    if code in UNDELIVERABLE_CODES:
        raise Refused(UNDELIVERABLE % told)
    if code in NOT_NOW_CODES:
        raise Refused(NOT_NOW % told)
    if code == RE_ENGAGE_CODE:
        raise Refused(RE_ENGAGE % told)
    if code in TEMPLATE_CODES:
        raise Refused(TEMPLATE % told)


def _by_status(status: int, told: int, asked: float | None) -> Exception:
    """What an answer means whose code says nothing to us."""
    code = {"code": told}
    match status:
        case 401 | 403:
            return Stopped(TOKEN % code)
        case 404:
            return Stopped(NUMBER % code)
        case 429:
            return Limited(LIMITED % code, asked)
        case 408:
            return Deferred(BUSY % code, _wait(asked))
        case _ if status >= 500:
            return Deferred(BUSY % code, _wait(asked))
        case _ if status < 400:
            return Stopped(NUMBER % code)  # it leads elsewhere; we do not follow with the token
        case _:
            return Refused(REFUSED % code)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks to wait, by their number or the moment; at most a day."""
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal() and asked.isascii():
        seconds = float(asked[:9])
    else:
        try:
            moment = parsedate_to_datetime(asked)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return min(max(seconds, 0), LONGEST_WAIT)


def _wait(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _object(body: bytes) -> dict:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
