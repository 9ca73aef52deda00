"""Signed-in browsers: a row per browser, found by the hash of the token in its cookie."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import session as cookie
from sqlalchemy.orm import selectinload

from kopdiklat.accounts.models import LoginSession, Membership, User
from kopdiklat.core import clock
from kopdiklat.core.db import db, transaction
from kopdiklat.core.keys import token_hash

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
    login = db.session.scalar(
        sa.select(LoginSession)
        .where(LoginSession.token_hash == token_hash("session", token))
        .options(
            selectinload(LoginSession.user)
            .selectinload(User.memberships)
            .selectinload(Membership.office)
        )
    )
    if login is None or is_over(login, now) or not login.user.is_active:
        return None
    prepare(login.user, now)
    return login


def prepare(user: User, now: datetime) -> User:
    """Set what policy asks of a user: today, and the memberships that hold today."""
    zone = next((m.office.time_zone for m in user.memberships if m.office), "WIB")
    user.today = clock.local_day(now, zone)
    user.current_memberships = [
        m for m in user.memberships if m.ends_on is None or m.ends_on >= user.today
    ]
    return user


def touch(login: LoginSession, now: datetime) -> None:
    """Remember the last visit, at most once a minute, so that idle sessions end."""
    if now - login.last_seen_at < TOUCH_EVERY:
        return
    with transaction():
        row = db.session.get_one(LoginSession, login.id)
        row.last_seen_at = now


def end(token: str, now: datetime) -> None:
    """Revoke inside the caller's transaction: the cookie is dead wherever it was copied to."""
    login = db.session.scalar(
        sa.select(LoginSession).where(LoginSession.token_hash == token_hash("session", token))
    )
    if login and login.revoked_at is None:
        login.revoked_at = now
