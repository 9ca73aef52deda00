"""Signed-in browsers: a row per browser, found by the hash of the token in its cookie."""

import logging
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import session as cookie
from sqlalchemy.orm import joinedload

from kopdiklat.accounts import rules
from kopdiklat.accounts.models import LoginSession, Membership, SignInThrottle, User
from kopdiklat.core import clock
from kopdiklat.core.db import db, transaction
from kopdiklat.core.keys import token_hash

logger = logging.getLogger(__name__)

STAFF_IDLE, STAFF_LIFE = timedelta(minutes=30), timedelta(hours=12)
LONG_IDLE, LONG_LIFE = timedelta(hours=24), timedelta(days=30)
TOUCH_EVERY = timedelta(minutes=1)


def start(user: User, *, remember: bool, user_agent: str, now: datetime) -> LoginSession:
    """Open a session inside the caller's transaction and put its token into a fresh cookie."""
    token = secrets.token_urlsafe(32)
    login = LoginSession(
        user_id=user.id,
        token_hash=token_hash("session", token),
        remember=remember,
        user_agent=user_agent[:200],
        created_at=now,
        last_seen_at=now,
    )
    db.session.add(login)
    cookie.clear()  # nothing of the visitor's session is carried over
    cookie["login"] = token
    cookie.permanent = remember
    return login


def is_over(login: LoginSession, now: datetime) -> bool:
    idle, life = (LONG_IDLE, LONG_LIFE) if login.remember else (STAFF_IDLE, STAFF_LIFE)
    return bool(
        login.revoked_at or now - login.last_seen_at > idle or now - login.created_at > life
    )


def find(token: str, now: datetime) -> LoginSession | None:
    """The live session of a cookie, its user ready for policy; None when ended or disabled."""
    found = db.session.scalars(
        sa.select(LoginSession)
        .where(LoginSession.token_hash == token_hash("session", token))
        .options(
            joinedload(LoginSession.user).joinedload(User.memberships).joinedload(Membership.office)
        )
    )
    login = found.unique().one_or_none()
    if login is None or is_over(login, now) or not login.user.is_active:
        return None
    prepare(login.user, now)
    return login


def prepare(user: User, now: datetime) -> User:
    """Set what policy asks of a user: the own time zone, today, and the memberships that hold today."""
    user.current_memberships = [m for m in user.memberships if m.holds_at(now)]
    user.time_zone = next((m.time_zone for m in user.current_memberships if m.office), "WIB")
    user.today = clock.local_day(now, user.time_zone)
    return user


def touch(login: LoginSession, now: datetime) -> None:
    """Remember the last visit, at most once a minute, so that idle sessions end.

    A busy database skips it: the next page touches again, and no page fails for it.
    """
    if now - login.last_seen_at < TOUCH_EVERY:
        return
    try:
        with transaction():
            db.session.execute(
                sa.update(LoginSession).where(LoginSession.id == login.id).values(last_seen_at=now)
            )
    except sa.exc.OperationalError:
        logger.warning("session not touched: the database is busy")


def end(token: str, now: datetime) -> User | None:
    """Revoke inside the caller's transaction: the cookie is dead wherever it was copied to.

    :return: whose session ended just now
    """
    login = db.session.scalar(
        sa.select(LoginSession).where(LoginSession.token_hash == token_hash("session", token))
    )
    if login is None or login.revoked_at:
        return None
    login.revoked_at = now
    return login.user


def renew(
    login: LoginSession, now: datetime, *, second_factor_at: datetime | None = None
) -> LoginSession:
    """End this session and go on in a fresh one with a new token: what was copied before is dead."""
    old = db.session.get_one(LoginSession, login.id)
    old.revoked_at = old.revoked_at or now
    fresh = start(
        db.session.get_one(User, old.user_id),
        remember=old.remember,
        user_agent=old.user_agent,
        now=now,
    )
    fresh.second_factor_at = second_factor_at or old.second_factor_at
    return fresh


def end_all(user_id: int, now: datetime, *, but: int | None = None) -> int:
    """Revoke every session of a person, but one if named.

    :return: how many there were
    """
    revoked = (
        sa.update(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.id != (but or 0),
        )
        .values(revoked_at=now)
        .returning(LoginSession.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(db.session.scalars(revoked).all())


def sweep(now: datetime) -> None:
    """Forget sessions that ended long ago and failures that no longer delay anybody."""
    db.session.execute(
        sa.delete(LoginSession).where(LoginSession.created_at < now - LONG_LIFE - LONG_LIFE)
    )
    db.session.execute(
        sa.delete(SignInThrottle).where(
            SignInThrottle.last_failed_at < now - rules.FORGET_FAILURES_AFTER
        )
    )
