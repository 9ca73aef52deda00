"""Colleagues: invited by link, given roles, closed and opened again by an admin of their office.

Rows are locked in one order, so that nobody waits in a circle: office, invitation, person, then
membership or reset.
"""

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from kopdiklat import policy
from kopdiklat.accounts import queries, rules, second_factor, service, sessions
from kopdiklat.accounts.models import Membership, PasswordReset, User, UserInvitation
from kopdiklat.accounts.recovery import make_reset
from kopdiklat.core import clock, keys
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.outbox import announce
from kopdiklat.core.text import N_
from kopdiklat.offices.models import Office
from kopdiklat.policy import INVITABLE_ROLES, ROLE_LABELS, needs_end_date

PURPOSE = "account invitation"
NOT_OPEN = N_("Undangan ini sudah dipakai, dibatalkan, sudah lewat waktunya, atau tidak lengkap.")
ABOVE = N_("Akun ini juga berperan di luar kantor Anda, jadi tidak diubah dari sini.")


def invite(
    office_id: int,
    role: str,
    name: str,
    email: str | None,
    phone: str | None,
    *,
    ends_on: date | None,
    by: User,
    now: datetime,
) -> UserInvitation:
    """A link that makes one account with one role; sent by e-mail where there is one."""
    office = db.session.get_one(Office, office_id)
    _check_role(role)
    today = clock.local_day(now, office.time_zone)
    rules.check_membership_end(ends_on, today, is_needed=needs_end_date(role))
    invitation = UserInvitation(
        office_id=office_id,
        role=role,
        name=name,
        email=email,
        phone=phone,
        membership_ends_on=ends_on,
        invited_by_id=by.id,
        created_at=now,
        **_fresh_link(now),
    )
    db.session.add(invitation)
    db.session.flush()
    _announce(invitation, office, by.name, now)
    return invitation


def _check_role(role: str) -> None:
    if role not in INVITABLE_ROLES:
        raise RuleViolation(N_("Peran ini tidak diberikan dari kantor."))


def _fresh_link(now: datetime) -> dict:
    nonce = keys.new_nonce()
    return {
        "nonce": nonce,
        "token_hash": keys.token_hash(PURPOSE, keys.token_for(PURPOSE, nonce)),
        "expires_at": now + rules.INVITATION_LIFE,
    }


def _announce(invitation: UserInvitation, office: Office, by: str, now: datetime) -> None:
    announce(
        "account_invitation",
        office_id=office.id,
        name=invitation.name,
        email=invitation.email,
        phone=invitation.phone,
        dedupe_key=f"account_invitation {invitation.token_hash[:40]}",
        now=now,
        expires_at=invitation.expires_at,
        person=invitation.name,
        office=office.name,
        role=ROLE_LABELS[invitation.role],
        by=by,
        nonce=invitation.nonce,
        hours=int(rules.INVITATION_LIFE.total_seconds() // 3600),
    )


def renew_invitation(invitation_id: int, *, by: User, now: datetime) -> UserInvitation:
    """A new link for 24 hours; the old one is dead."""
    invitation = lock(UserInvitation, invitation_id)
    if invitation.used_at or invitation.cancelled_at:
        raise RuleViolation(N_("Undangan ini sudah dipakai atau dibatalkan. Buat undangan baru."))
    for name, value in _fresh_link(now).items():
        setattr(invitation, name, value)
    _announce(invitation, invitation.office, by.name, now)
    return invitation


def cancel_invitation(invitation_id: int, *, now: datetime) -> None:
    invitation = lock(UserInvitation, invitation_id)
    if invitation.used_at:
        raise RuleViolation(N_("Undangan ini sudah dipakai. Akhiri peran orangnya."))
    invitation.cancelled_at = invitation.cancelled_at or now


def find_invitation(token: str, *, now: datetime) -> UserInvitation:
    """The open invitation of this token.

    :raises NotFound: unknown, used, cancelled or expired
    """
    found = sa.select(UserInvitation).where(
        UserInvitation.token_hash == keys.token_hash(PURPOSE, token)
    )
    invitation = db.session.scalar(found)
    if invitation is None or not _is_open(invitation, now):
        raise NotFound(NOT_OPEN)
    return invitation


def _is_open(invitation: UserInvitation, now: datetime) -> bool:
    return not invitation.used_at and not invitation.cancelled_at and now < invitation.expires_at


def accept_as_new(invitation_id: int, name: str, password_hash: str, *, now: datetime) -> User:
    """Make the account. It does not sign in, and does not skip the second factor."""
    invitation = _use(invitation_id, now)
    user = service.add_user(
        name,
        invitation.email,
        invitation.phone,
        password_hash,
        office_id=invitation.office_id,
        now=now,
    )
    _give(user, invitation, now)
    return user


def accept_as(invitation_id: int, user_id: int, *, now: datetime) -> None:
    """Add the role to the account of the person who is invited; it signs in again with it.

    :raises RuleViolation: it is for somebody else, or would let the last admin end
    """
    invitation = _use(invitation_id, now)
    user = lock(User, user_id)
    if not is_for(invitation, user):
        raise RuleViolation(
            N_("Undangan ini untuk email atau nomor HP lain. Keluar dahulu, lalu buka lagi.")
        )
    _give(user, invitation, now)


def is_for(invitation: UserInvitation, user: User) -> bool:
    """Whether the invitation names this account's address or number."""
    return bool(
        (invitation.email and invitation.email == user.email)
        or (invitation.phone and invitation.phone == user.phone)
    )


def _use(invitation_id: int, now: datetime) -> UserInvitation:
    """Locks the office too, whose admins are counted when the role is given."""
    lock(Office, db.session.get_one(UserInvitation, invitation_id).office_id)
    invitation = lock(UserInvitation, invitation_id)
    if not _is_open(invitation, now):
        raise RuleViolation(NOT_OPEN)
    invitation.used_at = now
    return invitation


def _give(user: User, invitation: UserInvitation, now: datetime) -> None:
    _give_role(user, invitation.role, invitation.office_id, invitation.membership_ends_on, now)


def _give_role(user: User, role: str, office_id: int, ends_on: date | None, now: datetime) -> None:
    """The role from now on; one that was held before is opened again, or gets its last day.

    The caller holds the office and the person. Every session of the person ends.
    """
    held = sa.select(Membership).where(
        Membership.user_id == user.id,
        Membership.role == role,
        Membership.office_id == office_id,
    )
    membership = db.session.scalar(held)
    if membership is None:
        membership = Membership(
            user_id=user.id, role=role, office_id=office_id, ends_on=ends_on, created_at=now
        )
        db.session.add(membership)
    elif ends_on is not None and policy.administers_office(membership):
        _check_admins_remain(user, {office_id}, now)
    membership.ends_on = ends_on
    sessions.end_all(user.id, now)


def grant_role(
    user_id: int,
    role: str,
    office_id: int,
    *,
    ends_on: date | None,
    by_id: int,
    now: datetime,
) -> None:
    """Give a role, never to oneself; the person signs in again with it."""
    rules.check_not_self(by_id, user_id)
    _check_role(role)
    office = lock(Office, office_id)
    today = clock.local_day(now, office.time_zone)
    rules.check_membership_end(ends_on, today, is_needed=needs_end_date(role))
    _give_role(lock(User, user_id), role, office_id, ends_on, now)


def end_role(membership_id: int, *, by_id: int, now: datetime) -> None:
    """End a role as of yesterday; the office keeps an admin.

    Locks the office row, so two admins cannot end each other at once.
    """
    membership = db.session.get_one(Membership, membership_id)
    rules.check_not_self(by_id, membership.user_id)
    office = lock(Office, membership.office_id)
    user = lock(User, membership.user_id)
    membership = lock(Membership, membership_id)
    today = clock.local_day(now, office.time_zone)
    if policy.administers_office(membership):
        _check_admins_remain(user, {office.id}, now)
    membership.ends_on = today - timedelta(days=1)
    sessions.end_all(user.id, now)


def _check_admins_remain(user: User, offices: set[int], now: datetime) -> None:
    for membership in user.memberships:
        office = membership.office
        if office is None or office.id not in offices:
            continue
        if not policy.administers_office(membership):
            continue
        if membership.holds_at(now):
            today = clock.local_day(now, office.time_zone)
            rules.check_admin_remains(queries.count_other_admins(office.id, user.id, today))


def disable(user_id: int, *, by_id: int, offices: set[int], now: datetime) -> None:
    """Close the account: it cannot sign in, and every session of it ends.

    :param offices: those that the acting admin administers
    """
    rules.check_not_self(by_id, user_id)
    for office_id in sorted(offices):
        lock(Office, office_id)
    user = lock(User, user_id)
    check_within(user, offices, now)
    _check_admins_remain(user, offices, now)
    user.disabled_at = user.disabled_at or now
    sessions.end_all(user_id, now)


def enable(user_id: int, *, by_id: int, offices: set[int], now: datetime) -> None:
    rules.check_not_self(by_id, user_id)
    user = lock(User, user_id)
    check_within(user, offices, now)
    user.disabled_at = None


def check_within(user: User, offices: set[int], now: datetime) -> None:
    """An admin does not reach into another office or above through a person who works there too."""
    for membership in user.memberships:
        if membership.holds_at(now) and membership.office_id not in offices:
            raise RuleViolation(ABOVE)


def release_second_factor(user_id: int, *, by_id: int, offices: set[int], now: datetime) -> None:
    """For a lost phone: the person sets up a new factor at the next sign-in."""
    rules.check_not_self(by_id, user_id)
    check_within(lock(User, user_id), offices, now)
    second_factor.remove(user_id, now=now)


def hand_over_reset(user_id: int, *, by_id: int, offices: set[int], now: datetime) -> PasswordReset:
    """A reset link for a person without e-mail, to be handed over by the admin."""
    rules.check_not_self(by_id, user_id)
    check_within(lock(User, user_id), offices, now)
    return make_reset(user_id, made_by_id=by_id, now=now)
