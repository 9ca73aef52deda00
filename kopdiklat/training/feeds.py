"""Calendar feeds: addresses without a sign-in that a calendar program reads again and again.

Who knows the address reads what its owner may see, and no more: rights are asked at each reading,
so a feed ends with the role of its owner. When it was last read is not kept: a row that changes
with every look of every phone would be a trail of where people's phones are awake.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from kopdiklat.accounts.models import User
from kopdiklat.core import keys
from kopdiklat.core.data_classes import K2, K4
from kopdiklat.core.db import UTC, Model, db, flush_unless, lock, one_of
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.training.models import Batch, Venue

KINDS = ("person", "office", "batch", "venue")
PURPOSE = "calendar"
TAKEN = N_("Langganan ini sudah ada di daftar Anda.")


def _one_alive(name: str, which: str, *columns: str) -> sa.Index:
    """One address for the same thing and owner, as long as it was not revoked."""
    living = sa.text(f"revoked_at IS NULL AND {which}")
    return sa.Index(
        f"uq_calendar_feeds_{name}",
        *columns,
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )


class CalendarFeed(Model):
    """One address of one person. A new nonce makes a new address and kills the old one.

    `linked_at`: since when this address holds.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        one_of("kind", KINDS),
        sa.CheckConstraint("(kind = 'batch') = (batch_id IS NOT NULL)", name="batch"),
        sa.CheckConstraint("(kind = 'venue') = (venue_id IS NOT NULL)", name="venue"),
        _one_alive("whole", "kind IN ('person', 'office')", "user_id", "office_id", "kind"),
        _one_alive("batch", "kind = 'batch'", "user_id", "batch_id"),
        _one_alive("venue", "kind = 'venue'", "user_id", "venue_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10), info=K2)
    batch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("batches.id"), index=True)
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venues.id"), index=True)
    nonce: Mapped[str] = mapped_column(sa.String(32), info=K4)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, info=K4)
    linked_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    revoked_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)

    user: Mapped[User] = relationship()
    batch: Mapped[Batch | None] = relationship()
    venue: Mapped[Venue | None] = relationship()

    @property
    def token(self) -> str:
        return keys.token_for(PURPOSE, self.nonce)


def subscribe(
    user_id: int,
    office_id: int,
    kind: str,
    *,
    batch_id: int | None = None,
    venue_id: int | None = None,
    now: datetime,
) -> CalendarFeed:
    """An address for what this person may see.

    :raises RuleViolation: there is one already
    """
    feed = CalendarFeed(
        user_id=user_id, office_id=office_id, kind=kind, batch_id=batch_id, venue_id=venue_id
    )
    _link(feed, now)
    db.session.add(feed)
    kinds = ("whole", "batch", "venue")
    flush_unless(dict.fromkeys((f"uq_calendar_feeds_{of}" for of in kinds), RuleViolation(TAKEN)))
    return feed


def renew(feed_id: int, *, now: datetime) -> CalendarFeed:
    """Another address; whoever has the old one reads nothing any more."""
    feed = lock(CalendarFeed, feed_id)
    if feed.revoked_at:
        raise RuleViolation(N_("Langganan ini sudah dihentikan. Buat yang baru."))
    _link(feed, now)
    return feed


def revoke(feed_id: int, *, now: datetime) -> None:
    feed = lock(CalendarFeed, feed_id)
    feed.revoked_at = feed.revoked_at or now


def _link(feed: CalendarFeed, now: datetime) -> None:
    feed.nonce = keys.new_nonce()
    feed.token_hash = keys.token_hash(PURPOSE, feed.token)
    feed.linked_at = now


def feeds_of(user_id: int) -> list[CalendarFeed]:
    """The living ones of a person, the oldest first."""
    found = (
        sa.select(CalendarFeed)
        .where(CalendarFeed.user_id == user_id, CalendarFeed.revoked_at.is_(None))
        .options(
            joinedload(CalendarFeed.batch).joinedload(Batch.course), joinedload(CalendarFeed.venue)
        )
        .order_by(CalendarFeed.id)
    )
    return list(db.session.scalars(found))


def find_feed(token: str) -> CalendarFeed | None:
    """The living feed of an address, with its owner."""
    found = sa.select(CalendarFeed).where(
        CalendarFeed.token_hash == keys.token_hash(PURPOSE, token),
        CalendarFeed.revoked_at.is_(None),
    )
    return db.session.scalar(
        found.options(joinedload(CalendarFeed.user).selectinload(User.memberships))
    )
