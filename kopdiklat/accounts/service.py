"""Signing in, the own password and the own account. Recovery, colleagues and the second factor
have their own files."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from kopdiklat.accounts import passwords, queries, rules, sessions, trail
from kopdiklat.accounts.models import LoginSession, Membership, SignInThrottle, User
from kopdiklat.core.audit import because, note
from kopdiklat.core.db import db, flush_unless, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.keys import token_for, token_hash
from kopdiklat.core.parsing import read_phone
from kopdiklat.core.text import N_
from kopdiklat.offices.models import Office

NO_MATCH = N_("Email atau kata sandi belum cocok.")
NO_OWN_MATCH = N_("Kata sandi Anda belum cocok.")
STRONGER_HASH = N_("Kata sandi yang sama, disimpan lebih kuat.")
NO_MATCH_WAIT = N_("Email atau kata sandi belum cocok. Coba lagi {seconds} detik lagi.")


def count_attempt(key: str, *, now: datetime) -> int:
    """Count an attempt as a failure before it is looked at; a success takes it back.

    Counting first, under the lock, leaves no gap for many attempts at once. It is the same work
    whether the name has an account or not.
    :param key: the name that was typed, or what else is tried
    :return: seconds to wait; above 0 the attempt must not be looked at and was not counted
    """
    throttle = _throttle(key, now)
    wait = rules.seconds_to_wait(throttle.failures, throttle.last_failed_at, now)
    if wait == 0:
        throttle.failures += 1
        throttle.last_failed_at = now
    return wait


def _throttle(key: str, now: datetime) -> SignInThrottle:
    key_hash = token_hash("throttle", key.casefold())
    found = sa.select(SignInThrottle).where(SignInThrottle.key_hash == key_hash)
    throttle = db.session.scalar(found.with_for_update())
    if throttle is None:
        db.session.execute(_insert_once(key_hash, now))
        throttle = db.session.scalars(found.with_for_update()).one()
    elif now - throttle.last_failed_at > rules.FORGET_FAILURES_AFTER:
        throttle.failures = 0
    return throttle


def _insert_once(key_hash: str, now: datetime) -> sa.Insert:
    """Two first attempts at once make one row."""
    kind = db.session.get_bind().dialect.name
    row = {"key_hash": key_hash, "failures": 0, "last_failed_at": now}
    if kind == "postgresql":
        return postgresql.insert(SignInThrottle).values(row).on_conflict_do_nothing()
    return sqlite.insert(SignInThrottle).values(row).on_conflict_do_nothing()


def forget_attempts(key: str, *, now: datetime) -> None:
    _throttle(key, now).failures = 0


def record_failure(name: str, *, now: datetime) -> int:
    """What was tried did not fit: the delay runs from here, and an account has it in its trail.

    The same row is written with and without an account, so that both answers take as long.
    :return: seconds until the next attempt is looked at
    """
    throttle = _throttle(throttle_key(name), now)
    throttle.last_failed_at = now
    user = queries.find_user(name)
    if user:
        with trail.about(user, now):
            note("sign_in_failed", user)
    return rules.delay_after(throttle.failures)


def no_match(seconds: int = 0) -> RuleViolation:
    """The one sentence for every failure of the sign-in."""
    return RuleViolation(NO_MATCH_WAIT, seconds=seconds) if seconds else RuleViolation(NO_MATCH)


@dataclass(frozen=True)
class Account:
    """Whose password was just shown, and the hash that it fitted.

    `stronger_hash` is of the same password, where the other was made with weaker parameters.
    """

    user_id: int
    password_hash: str
    stronger_hash: str | None


def find_account(name: str, password: str, *, allow_demo: bool) -> Account | None:
    """Whose name and password these are; None for every kind of failure.

    Slow on purpose (Argon2id), and as slow without an account; call it outside transaction().
    """
    user = queries.find_user(name)
    stored = user.password_hash if user else None
    fits = passwords.verify(stored, password)
    if user is None or stored is None or not fits:
        return None
    if not user.is_active or (user.is_demo and not allow_demo):
        return None
    stronger = passwords.make_hash(password) if passwords.is_outdated(stored) else None
    return Account(user.id, stored, stronger)


def sign_in(
    account: Account, name: str, *, remember: bool, user_agent: str, now: datetime
) -> LoginSession:
    """Open a session for this browser; renews a hash that was made with weaker parameters.

    :raises RuleViolation: the password was set anew, or the account closed, since it was looked at
    """
    user = lock(User, account.user_id)
    if user.password_hash != account.password_hash or not user.is_active:
        raise no_match()
    with trail.by(user, now):
        note("sign_in", user)
    if account.stronger_hash:
        with because(STRONGER_HASH), trail.by(user, now):
            user.password_hash = account.stronger_hash
    forget_attempts(throttle_key(name), now=now)
    return sessions.start(user, remember=remember, user_agent=user_agent, now=now)


def sign_out(token: str, *, now: datetime) -> None:
    """End the session of this cookie, if there is one."""
    user = sessions.end(token, now)
    if user:
        with trail.by(user, now):
            note("sign_out", user)


def end_session(session_id: int, *, now: datetime) -> None:
    """Sign one browser of a person out."""
    login = db.session.get_one(LoginSession, session_id)
    if login.revoked_at is None:
        login.revoked_at = now
        note("sign_out", login.user)


def end_sessions(user_id: int, *, now: datetime, but: int | None = None) -> int:
    """Sign the person out everywhere, but for one session if named.

    :return: how many sessions ended
    """
    user = lock(User, user_id)
    ended = sessions.end_all(user_id, now, but=but)
    if ended:
        note("sign_out", user)
    return ended


def throttle_key(name: str) -> str:
    """One key for all ways of writing the same address or number."""
    email, phone = queries.read_name(name)
    return f"sign-in: {email or phone or name}"


def check_own_password(user: User, password: str) -> str:
    """Ask again before something sensitive. Slow on purpose; call it outside transaction().

    :return: the hash that fitted, for `check_unchanged` inside the transaction
    """
    shown = user.password_hash
    if shown is None or not passwords.verify(shown, password):
        raise RuleViolation(NO_OWN_MATCH)
    return shown


def check_unchanged(user: User, shown: str) -> None:
    """:raises RuleViolation: the password was set anew since the old one was shown"""
    if user.password_hash != shown:
        raise RuleViolation(NO_OWN_MATCH)


def own_words(user_name: str, email: str | None, office_ids: set[int]) -> list[str]:
    """What a password may not be made of: the person's and the offices' names."""
    offices = db.session.execute(
        sa.select(Office.name, Office.region_name).where(Office.id.in_(office_ids))
    )
    return [user_name, email or "", *(word for office in offices for word in office)]


def change_password(
    user_id: int, login: LoginSession, shown: str, new_hash: str, *, now: datetime
) -> None:
    """Set a new password; every other session of the person ends, this one gets a new cookie.

    :param shown: the hash that the old password fitted
    """
    user = lock(User, user_id)
    check_unchanged(user, shown)
    user.password_hash = new_hash
    sessions.end_all(user_id, now)
    sessions.renew(login, now)


def save_profile(user_id: int, name: str, locale: str, daily_digest: bool | None = None) -> None:
    """:param daily_digest: None where the person is not asked"""
    user = lock(User, user_id)
    user.name = name
    user.locale = locale
    if daily_digest is not None:
        user.daily_digest = daily_digest


def read_contact(email: str | None, phone: str | None) -> tuple[str | None, str | None]:
    """E-mail and phone as they are stored; at least one of them.

    :raises RuleViolation: neither, or no possible phone number
    """
    found = read_phone(phone) if phone else None
    if found and not found[1]:
        raise RuleViolation(N_("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890."))
    if not email and not found:
        raise RuleViolation(N_("Isi email atau nomor HP, untuk masuk."))
    return email or None, found[0] if found else None


def _contact_taken() -> RuleViolation:
    return RuleViolation(N_("Email atau nomor HP ini sudah dipakai akun lain."))


def _flush_contact() -> None:
    """:raises RuleViolation: somebody else took the address or the number a moment ago"""
    flush_unless({"uq_users_email": _contact_taken(), "uq_users_phone": _contact_taken()})


def check_contact_free(email: str | None, phone: str | None, but_user_id: int = 0) -> None:
    """One account per address and per number."""
    taken = sa.select(User.id).where(
        User.id != but_user_id,
        sa.or_(
            User.email == email if email else sa.false(),
            User.phone == phone if phone else sa.false(),
        ),
    )
    if db.session.scalar(taken.limit(1)) is not None:
        raise _contact_taken()


def save_contact(user_id: int, email: str | None, phone: str | None, shown: str) -> None:
    """:param shown: the hash that the own password fitted"""
    check_contact_free(email, phone, user_id)
    user = lock(User, user_id)
    check_unchanged(user, shown)
    user.email = email
    user.phone = phone
    _flush_contact()


def setup_code() -> str:
    """What production asks for before the first account is made on the page *Mulai kantor*.

    So a stranger who finds the page first cannot take it. `flask doctor` shows it; it works only
    while nobody has an account.
    """
    return token_for("setup", "first office")[:12]


def add_user(
    name: str,
    email: str | None,
    phone: str | None,
    password_hash: str,
    *,
    office_id: int | None,
    is_demo: bool = False,
    now: datetime,
) -> User:
    """An account that has no role yet.

    :param office_id: in whose trail it is read that the account was made
    """
    check_contact_free(email, phone)
    user = User(
        name=name,
        email=email,
        phone=phone,
        password_hash=password_hash,
        is_demo=is_demo,
        created_at=now,
    )
    with trail.at_office(office_id):
        db.session.add(user)
        _flush_contact()
    return user


def create_user(
    name: str,
    email: str | None,
    phone: str | None,
    password_hash: str,
    *,
    role: str,
    office_id: int | None,
    is_demo: bool = False,
    now: datetime,
) -> User:
    """An account with one role, without an invitation: the first one of an office or platform."""
    user = add_user(
        name, email, phone, password_hash, office_id=office_id, is_demo=is_demo, now=now
    )
    db.session.add(Membership(user_id=user.id, role=role, office_id=office_id, created_at=now))
    return user


def create_manager(
    cooperative_id: int,
    office_id: int,
    name: str,
    contact: str,
    password_hash: str,
    *,
    now: datetime,
) -> User:
    """A cooperative manager's account, made from the invitation of the cooperative.

    :param contact: phone or e-mail, as typed; the person signs in with it
    :raises RuleViolation: no possible phone or e-mail, or it has an account already
    """
    email, phone = (contact, None) if "@" in contact else (None, contact)
    email, phone = read_contact(email.casefold() if email else None, phone)
    user = add_user(name, email, phone, password_hash, office_id=office_id, now=now)
    db.session.add(
        Membership(
            user_id=user.id,
            role="manager",
            office_id=office_id,
            cooperative_id=cooperative_id,
            created_at=now,
        )
    )
    return user
