from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.cooperatives.models import POSITIONS, Cooperative, Officer, Person
from kopdiklat.core.data_classes import K1, K2, K3, K4
from kopdiklat.core.db import UTC, Model, one_of
from kopdiklat.core.keys import Encrypted
from kopdiklat.health.models import HEALTH_STATUSES
from kopdiklat.registration import change_rules, rules, seating
from kopdiklat.training.models import Batch

IS_ACTIVE = sa.column("state", sa.String).in_(rules.ACTIVE)


class Invitation(Model):
    """A cooperative invited to a batch: one link, for up to `people` persons.

    `held_seats` until `held_until` count as used; an invitation beyond the quota holds none.
    Why it was chosen is kept with it: status, score and rank on that day.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        one_of("health_status", HEALTH_STATUSES),
        sa.CheckConstraint("people > 0", name="people_positive"),
        sa.CheckConstraint("held_seats BETWEEN 0 AND people", name="held_seats"),
        sa.UniqueConstraint("batch_id", "cooperative_id"),
        sa.Index(
            "ix_invitations_holds",
            "batch_id",
            sqlite_where=sa.text("held_seats > 0"),
            postgresql_where=sa.text("held_seats > 0"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"), index=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    people: Mapped[int] = mapped_column(default=2, info=K2)
    held_seats: Mapped[int] = mapped_column(default=0, info=K2)
    held_until: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    nonce: Mapped[str] = mapped_column(sa.String(32), info=K4)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, info=K4)
    health_status: Mapped[str | None] = mapped_column(sa.String(26), info=K2)
    score: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 2), info=K2)
    rank: Mapped[int | None] = mapped_column(info=K2)
    reason: Mapped[str | None] = mapped_column(sa.String(300), info=K2)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    opened_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    declined_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    declined_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)

    batch: Mapped[Batch] = relationship()
    cooperative: Mapped[Cooperative] = relationship()

    @property
    def message_key(self) -> str:
        """Names the one message of it; a cancelled one that is made anew has another."""
        return f"invitation.sent:{self.id}:{self.nonce[:8]}"

    registrations: Mapped[list["Registration"]] = relationship(
        back_populates="invitation", order_by="Registration.id"
    )


class Registration(Model):
    """One person's seat, or place in the queue, in a batch, on behalf of a cooperative.

    Those who were sent in together share `team` (made by the form): a team sits whole, and
    the same form sent twice is one registration. `state` moves by rules.TRANSITIONS. The queue goes
    by `priority` (0 unless a coordinator put it first, with a reason), then by `queued_at`.
    A substitute names whose seat it took; a seat is given on once.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        one_of("state", tuple(rules.TRANSITIONS)),
        one_of("position", POSITIONS),
        sa.Index(
            "uq_registrations_active_person",
            "batch_id",
            "person_id",
            unique=True,
            sqlite_where=IS_ACTIVE,
            postgresql_where=IS_ACTIVE,
        ),
        sa.UniqueConstraint("team", "person_id"),
        sa.UniqueConstraint("office_id", "number"),
        sa.Index("ix_registrations_batch_state", "batch_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitations.id"), index=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    position: Mapped[str] = mapped_column(sa.String(20), info=K2)
    team: Mapped[str] = mapped_column(sa.String(36), index=True, info=K2)
    number: Mapped[str] = mapped_column(sa.String(20), info=K2)
    state: Mapped[str] = mapped_column(sa.String(10), info=K2)
    needs: Mapped[str | None] = mapped_column(sa.String(300), info=K4)
    nonce: Mapped[str] = mapped_column(sa.String(32), info=K4)
    ticket_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, info=K4)
    door_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, info=K4)
    registered_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    queued_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    priority: Mapped[int] = mapped_column(default=0, info=K2)
    replaces_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("registrations.id"), unique=True, info=K2
    )

    batch: Mapped[Batch] = relationship()
    invitation: Mapped[Invitation | None] = relationship(back_populates="registrations")
    cooperative: Mapped[Cooperative] = relationship()
    person: Mapped[Person] = relationship()
    events: Mapped[list["RegistrationEvent"]] = relationship(
        back_populates="registration", order_by="RegistrationEvent.id"
    )


def _in_words(states: tuple[str, ...]) -> sa.ColumnElement[bool]:
    return Registration.state.in_([sa.literal_column(f"'{state}'") for state in states])


# Written out in the statement: only so a database sees the condition of an index in it, and the
# statement need not be put together anew each time.
STANDS, SITS = _in_words(rules.ACTIVE), _in_words(rules.SEATED)
HOLDS_SEATS = Invitation.held_seats > sa.literal_column("0")


class RegistrationEvent(Model):
    """One step of a registration with its reason: append-only."""

    __tablename__ = "registration_events"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id"), index=True)
    action: Mapped[str] = mapped_column(sa.String(16), info=K2)
    state: Mapped[str] = mapped_column(sa.String(10), info=K2)
    reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    at: Mapped[datetime] = mapped_column(UTC, info=K2)
    by: Mapped[str] = mapped_column(sa.String(120), info=K2)

    registration: Mapped[Registration] = relationship(back_populates="events")


class SeatShare(Model):
    """What a group of cooperatives may have of a batch's seats at most, and is left at least.

    A group is one value of one facet: the cooperatives of a kecamatan, or of a type.
    """

    __tablename__ = "seat_shares"
    __table_args__ = (
        one_of("facet", seating.FACETS),
        sa.CheckConstraint("cap IS NOT NULL OR reserve > 0", name="says_something"),
        sa.CheckConstraint("reserve >= 0", name="reserve_positive"),
        sa.CheckConstraint("cap IS NULL OR cap >= reserve", name="cap_above_reserve"),
        sa.UniqueConstraint("batch_id", "facet", "value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    facet: Mapped[str] = mapped_column(sa.String(20), info=K1)
    value: Mapped[str] = mapped_column(sa.String(80), info=K1)
    cap: Mapped[int | None] = mapped_column(info=K1)
    reserve: Mapped[int] = mapped_column(default=0, info=K1)


class SeatOffer(Model):
    """A free seat offered to a team of the queue, which keeps it until `answer_by`.

    The clock starts when they were told (`told_at`): a message that nobody sent costs no time.
    """

    __tablename__ = "seat_offers"
    __table_args__ = (
        one_of("outcome", rules.OFFER_OUTCOMES),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="end_has_outcome"),
        sa.CheckConstraint("(told_at IS NULL) = (answer_by IS NULL)", name="clock"),
        sa.Index(
            "uq_seat_offers_open",
            "batch_id",
            "team",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    team: Mapped[str] = mapped_column(sa.String(36), info=K2)
    made_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    told_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    answer_by: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    ended_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    outcome: Mapped[str | None] = mapped_column(sa.String(10), info=K2)

    batch: Mapped[Batch] = relationship()


class ChangeRequest(Model):
    """What a participant asks of the coordinator when the link does not do it any more.

    `form` names the form that was sent: sent twice, it is one request. A registration has one open
    request at a time. For a substitute the columns from `officer_id` say who; for a correction what
    is to be written. The citizen number is forgotten with the decision.
    """

    __tablename__ = "change_requests"
    __table_args__ = (
        one_of("kind", change_rules.KINDS),
        one_of("state", tuple(change_rules.TRANSITIONS)),
        one_of("position", POSITIONS),
        sa.CheckConstraint("(decided_at IS NULL) = (state = 'open')", name="decision"),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        sa.Index(
            "uq_change_requests_open",
            "registration_id",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index("ix_change_requests_batch_state", "batch_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id"), index=True)
    form: Mapped[str] = mapped_column(sa.String(36), unique=True, info=K2)
    kind: Mapped[str] = mapped_column(sa.String(10), info=K2)
    state: Mapped[str] = mapped_column(sa.String(10), default="open", info=K2)
    reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("officers.id"), info=K2)
    full_name: Mapped[str | None] = mapped_column(sa.String(120), info=K2)
    phone: Mapped[str | None] = mapped_column(sa.String(40), info=K3)
    position: Mapped[str | None] = mapped_column(sa.String(20), info=K2)
    needs: Mapped[str | None] = mapped_column(sa.String(300), info=K4)
    citizen_number: Mapped[str | None] = mapped_column(
        Encrypted("change_requests.citizen_number"), info=K4
    )
    asked_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    decided_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    decided_by: Mapped[str | None] = mapped_column(sa.String(120), info=K2)
    decision_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)

    registration: Mapped[Registration] = relationship()
    batch: Mapped[Batch] = relationship()
    officer: Mapped[Officer | None] = relationship()
