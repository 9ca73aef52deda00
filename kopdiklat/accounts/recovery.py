"""A forgotten password: a link that sets one new password. It does not sign in."""

from datetime import datetime

import sqlalchemy as sa

from kopdiklat.accounts import queries, rules, sessions, trail
from kopdiklat.accounts.models import PasswordReset, User
from kopdiklat.core import keys
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.outbox import announce
from kopdiklat.core.text import N_

PURPOSE = "password reset"
NOT_THERE = N_("Tautan ini sudah dipakai, sudah lewat waktunya, atau tidak lengkap.")


def request_reset(name: str, *, now: datetime) -> None:
    """Send a link to the account of this address, if there is one with e-mail. Tells nothing."""
    user = queries.find_user(name)
    if user is None or not user.is_active or not user.email or user.is_demo:
        return
    with trail.about(user, now):
        reset = make_reset(user.id, made_by_id=None, now=now)
    announce(
        "password_reset",
        office_id=min(user.office_ids, default=0),
        name=user.name,
        email=user.email,
        phone=None,
        dedupe_key=f"password_reset {reset.token_hash[:40]}",
        now=now,
        expires_at=reset.expires_at,
        person=user.name,
        nonce=reset.nonce,
        minutes=int(rules.RESET_LIFE.total_seconds() // 60),
    )


def make_reset(user_id: int, *, made_by_id: int | None, now: datetime) -> PasswordReset:
    """A new link; those before it end."""
    still_open = sa.select(PasswordReset).where(
        PasswordReset.user_id == user_id, PasswordReset.used_at.is_(None)
    )
    for old in db.session.scalars(still_open):
        old.used_at = now
    nonce = keys.new_nonce()
    reset = PasswordReset(
        user_id=user_id,
        nonce=nonce,
        token_hash=keys.token_hash(PURPOSE, keys.token_for(PURPOSE, nonce)),
        made_by_id=made_by_id,
        created_at=now,
        expires_at=now + rules.RESET_LIFE,
    )
    db.session.add(reset)
    return reset


def find_reset(token: str, *, now: datetime) -> PasswordReset:
    """The open link of this token.

    :raises NotFound: unknown, used, expired, or its account is closed
    """
    reset = db.session.scalar(
        sa.select(PasswordReset).where(PasswordReset.token_hash == keys.token_hash(PURPOSE, token))
    )
    if reset is None or reset.used_at or now >= reset.expires_at or not reset.user.is_active:
        raise NotFound(NOT_THERE)
    return reset


def set_password(reset_id: int, new_hash: str, *, now: datetime) -> None:
    """Use the link: the new password holds, every session of the person ends.

    Locks the person before the link, as who makes a new link does.
    """
    reset = db.session.get_one(PasswordReset, reset_id)
    user = lock(User, reset.user_id)
    reset = lock(PasswordReset, reset_id)
    if reset.used_at:
        raise RuleViolation(NOT_THERE)
    with trail.about(user, now):
        reset.used_at = now
        user.password_hash = new_hash
    sessions.end_all(reset.user_id, now)
