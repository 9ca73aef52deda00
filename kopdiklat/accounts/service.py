"""Verbs of accounts."""

from datetime import datetime

import sqlalchemy as sa

from kopdiklat.accounts import passwords, sessions
from kopdiklat.accounts.models import LoginSession, User
from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_


def sign_in(
    name: str, password: str, *, remember: bool, user_agent: str, now: datetime
) -> LoginSession:
    """Check the password and open a session for this browser.

    :raises RuleViolation: one sentence for every failure
    """
    user = db.session.scalar(sa.select(User).where(User.email == name.casefold()))
    fits = passwords.verify(user.password_hash if user else None, password)
    if not fits or not user.is_active:
        raise RuleViolation(N_("Email atau kata sandi belum cocok."))
    return sessions.start(user, remember=remember, user_agent=user_agent, now=now)
