from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.accounts import rules
from kopdiklat.core import clock
from kopdiklat.core.audit import unaudited
from kopdiklat.core.data_classes import K1, K2, K3, K4
from kopdiklat.core.db import UTC, Model, one_of
from kopdiklat.core.keys import Encrypted
from kopdiklat.offices.models import Office
from kopdiklat.policy import ROLES

OF_AN_OFFICE = "role NOT IN ('platform_admin', 'manager')"


class User(Model):
    """A person with an account. Signs in by e-mail or by phone.

    `time_zone`, `today` and `current_memberships` are set when the person is loaded for a request.
    """

    __tablename__ = "users"
    __table_args__ = (
        sa.CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="reachable"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    email: Mapped[str | None] = mapped_column(sa.String(254), unique=True, info=K3)
    phone: Mapped[str | None] = mapped_column(sa.String(20), unique=True, info=K3)
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), info=K4)
    totp_secret: Mapped[str | None] = mapped_column(Encrypted("users.totp_secret"), info=K4)
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    totp_last_step: Mapped[int | None] = mapped_column(info=unaudited())
    locale: Mapped[str] = mapped_column(sa.String(2), default="id", info=K2)
    daily_digest: Mapped[bool] = mapped_column(default=True, info=K2)
    is_demo: Mapped[bool] = mapped_column(default=False, info=K1)
    disabled_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="user", order_by="Membership.id"
    )

    if TYPE_CHECKING:  # no columns: sessions.prepare() sets them
        time_zone: str
        today: date
        current_memberships: list["Membership"]

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    @property
    def office_ids(self) -> set[int]:
        """Offices where the person holds or held a role."""
        return {m.office_id for m in self.memberships if m.office_id is not None}

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word[0].isalpha()] or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def _held_once(name: str, which: str, *columns: str) -> sa.Index:
    """Unique among these rows: a plain constraint never holds where a column is NULL."""
    return sa.Index(
        f"uq_memberships_{name}",
        *columns,
        unique=True,
        sqlite_where=sa.text(which),
        postgresql_where=sa.text(which),
    )


class Membership(Model):
    """A role at an office, or (a manager) at a cooperative, for a time."""

    __tablename__ = "memberships"
    __table_args__ = (
        one_of("role", ROLES),
        sa.CheckConstraint(
            "(role = 'platform_admin' AND office_id IS NULL AND cooperative_id IS NULL)"
            " OR (role = 'manager' AND cooperative_id IS NOT NULL)"
            f" OR ({OF_AN_OFFICE}"
            " AND office_id IS NOT NULL AND cooperative_id IS NULL)",
            name="place",
        ),
        _held_once("office_role", OF_AN_OFFICE, "user_id", "role", "office_id"),
        _held_once("manager", "role = 'manager'", "user_id", "cooperative_id"),
        _held_once("platform_admin", "role = 'platform_admin'", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(20), info=K2)
    office_id: Mapped[int | None] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    cooperative_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    ends_on: Mapped[date | None] = mapped_column(info=K2)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    user: Mapped[User] = relationship(back_populates="memberships")
    office: Mapped[Office | None] = relationship()

    @property
    def time_zone(self) -> str:
        return self.office.time_zone if self.office else "WIB"

    def holds_at(self, now: datetime) -> bool:
        """Whether the role holds: until the end of its last day, where its office is."""
        return self.ends_on is None or self.ends_on >= clock.local_day(now, self.time_zone)


class LoginSession(Model):
    """A signed-in browser. Revoking the row ends it, also in a copied cookie."""

    __tablename__ = "login_sessions"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    remember: Mapped[bool] = mapped_column(default=False)
    user_agent: Mapped[str] = mapped_column(sa.String(200), default="")
    second_factor_at: Mapped[datetime | None] = mapped_column(UTC)
    created_at: Mapped[datetime] = mapped_column(UTC)
    last_seen_at: Mapped[datetime] = mapped_column(UTC)
    revoked_at: Mapped[datetime | None] = mapped_column(UTC)

    user: Mapped[User] = relationship()

    @property
    def label(self) -> str:
        return rules.browser_name(self.user_agent)


class SignInThrottle(Model):
    """Failures in a row for one name typed at the sign-in; kept for names without account too."""

    __tablename__ = "sign_in_throttles"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_failed_at: Mapped[datetime] = mapped_column(UTC)


class UserInvitation(Model):
    """A link that makes one account with one role: single use, hashed, for a time."""

    __tablename__ = "user_invitations"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    cooperative_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cooperatives.id"))
    role: Mapped[str] = mapped_column(sa.String(20), info=K2)
    name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    email: Mapped[str | None] = mapped_column(sa.String(254), info=K3)
    phone: Mapped[str | None] = mapped_column(sa.String(20), info=K3)
    nonce: Mapped[str] = mapped_column(sa.String(32), info=K4)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, info=K4)
    membership_ends_on: Mapped[date | None] = mapped_column(info=K2)
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    expires_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    used_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)

    office: Mapped[Office] = relationship()


class PasswordReset(Model):
    """A link that sets one new password: single use, hashed, 30 minutes. It signs nobody in."""

    __tablename__ = "password_resets"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    nonce: Mapped[str] = mapped_column(sa.String(32), info=K4)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, info=K4)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    expires_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    used_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)

    user: Mapped[User] = relationship(foreign_keys=[user_id])
