"""Named selects of accounts."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from kopdiklat import policy
from kopdiklat.accounts.models import LoginSession, Membership, User, UserInvitation
from kopdiklat.core.db import db
from kopdiklat.core.parsing import read_phone


def find_user(name: str) -> User | None:
    """The account of an e-mail or phone number as somebody types it."""
    email, phone = read_name(name)
    if email:
        return db.session.scalar(sa.select(User).where(User.email == email))
    if phone:
        return db.session.scalar(sa.select(User).where(User.phone == phone))
    return None


def read_name(name: str) -> tuple[str | None, str | None]:
    """(e-mail, phone): what was typed as one of the two, in the form that is stored.

    A phone number that cannot exist is neither.
    """
    if "@" in name:
        return name.casefold(), None
    found = read_phone(name)
    return None, found[0] if found and found[1] else None


def count_other_admins(office_id: int, user_id: int, today: date) -> int:
    """Admins of the office who are left when this one goes."""
    found = (
        sa.select(sa.func.count(sa.distinct(Membership.user_id)))
        .join(User, Membership.user_id == User.id)
        .where(
            policy.administers_office(Membership),
            Membership.office_id == office_id,
            Membership.user_id != user_id,
            User.disabled_at.is_(None),
            sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
        )
    )
    return db.session.scalar(found) or 0


def has_manager(cooperative_id: int, today: date) -> bool:
    """Whether somebody holds an account for the cooperative today."""
    found = (
        sa.select(Membership.id)
        .join(User, Membership.user_id == User.id)
        .where(
            policy.manages_cooperative(Membership),
            Membership.cooperative_id == cooperative_id,
            User.disabled_at.is_(None),
            sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
        )
    )
    return db.session.scalar(found.limit(1)) is not None


def people(offices: set[int]) -> sa.Select[User]:
    """Everybody with a role at one of these offices, now or before, by name."""
    held = sa.select(Membership.user_id).where(Membership.office_id.in_(offices))
    return (
        sa.select(User)
        .where(User.id.in_(held))
        .options(selectinload(User.memberships).selectinload(Membership.office))
        .order_by(User.disabled_at.is_not(None), User.name, User.id)
    )


def open_invitations(offices: set[int]) -> list[UserInvitation]:
    """Invitations of colleagues that were not used and not cancelled, newest first."""
    found = (
        sa.select(UserInvitation)
        .where(
            UserInvitation.office_id.in_(offices),
            UserInvitation.used_at.is_(None),
            UserInvitation.cancelled_at.is_(None),
        )
        .options(selectinload(UserInvitation.office))
        .order_by(UserInvitation.created_at.desc(), UserInvitation.id.desc())
    )
    return list(db.session.scalars(found))


def live_sessions(user_id: int) -> list[LoginSession]:
    """Sessions that were not revoked, the last used first."""
    found = (
        sa.select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None))
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
    )
    return list(db.session.scalars(found))


def anybody() -> bool:
    """Whether this installation has any account."""
    return db.session.scalar(sa.select(User.id).limit(1)) is not None
