"""The second factor: six digits of an app (TOTP). A code works once, one step early or late."""

import base64
import hmac
from datetime import datetime

import pyotp

from kopdiklat.accounts import sessions, trail
from kopdiklat.accounts.models import LoginSession, User
from kopdiklat.core.audit import note
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.keys import secret_key
from kopdiklat.core.text import N_

STEP = 30  # seconds
ISSUER = "Kopdiklat"
TOO_OFTEN = N_("Kode belum cocok. Coba lagi {seconds} detik lagi.")


def new_secret(login: LoginSession) -> str:
    """The secret that this session's set-up page offers: made again from the session, kept nowhere.

    It changes with the session and after every accepted code.
    """
    seed = f"{login.token_hash} {login.user.totp_last_step}".encode()
    digest = hmac.digest(secret_key("second factor set-up"), seed, "sha256")
    return base64.b32encode(digest[:20]).decode()


def setup_uri(secret: str, account: str) -> str:
    """What the QR code of the set-up says."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def spelled(secret: str) -> str:
    """The secret in groups of four, for typing."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


def _accepted_step(secret: str, code: str, last_step: int | None, now: datetime) -> int:
    """The time step of a code that fits, later than any accepted before.

    :raises RuleViolation: wrong, too old, or used already
    """
    code = "".join(code.split())
    current = int(now.timestamp()) // STEP
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).at(step * STEP), code):
            if last_step is not None and step <= last_step:
                raise RuleViolation(N_("Kode ini sudah dipakai. Tunggu kode berikutnya."))
            return step
    raise RuleViolation(
        N_("Kode belum cocok. Kode berganti tiap 30 detik; periksa juga jam HP Anda.")
    )


def throttle_key(user_id: int) -> str:
    return f"second factor: {user_id}"


def confirm(login: LoginSession, code: str, *, now: datetime) -> LoginSession:
    """Take the offered secret once its first code is shown; this session has then passed it."""
    secret = new_secret(login)
    user = lock(User, login.user_id)
    if user.totp_confirmed_at:
        raise RuleViolation(N_("Faktor kedua sudah terpasang."))
    user.totp_last_step = _accepted_step(secret, code, user.totp_last_step, now)
    with trail.by(user, now):
        user.totp_secret = secret
        user.totp_confirmed_at = now
    sessions.end_all(user.id, now, but=login.id)
    return sessions.renew(login, now, second_factor_at=now)


def verify(login: LoginSession, code: str, *, now: datetime) -> LoginSession:
    """Let this session in; it goes on with a new token."""
    user = lock(User, login.user_id)
    if not user.totp_secret:
        raise RuleViolation(N_("Faktor kedua belum terpasang."))
    user.totp_last_step = _accepted_step(user.totp_secret, code, user.totp_last_step, now)
    with trail.by(user, now):
        note("second_factor", user)
    return sessions.renew(login, now, second_factor_at=now)


def record_failure(user_id: int, *, now: datetime) -> None:
    """A code that did not fit, in the trail of its account."""
    user = db.session.get_one(User, user_id)
    with trail.by(user, now):
        note("second_factor_failed", user)


def remove(user_id: int, *, now: datetime, keep: int | None = None) -> None:
    """Take the factor away and end every session but `keep`.

    The last step stays, so that an old code is not accepted later.
    """
    user = lock(User, user_id)
    user.totp_secret = None
    user.totp_confirmed_at = None
    sessions.end_all(user_id, now, but=keep)
