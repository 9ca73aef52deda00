from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from kopdiklat.core.data_classes import K1, K2, K3, K4
from kopdiklat.core.db import UTC, Model, one_of
from kopdiklat.core.keys import Encrypted
from kopdiklat.offices.models import Office

FORMS = ("primary", "secondary")
MEMBERSHIP_SCOPES = ("regency", "province", "national")
COOPERATIVE_TYPES = (
    "producer",
    "consumer",
    "marketing",
    "service",
    "savings_and_loan",
    "multi_purpose",
)
ACTIVITY_STATUSES = ("active", "inactive", "dissolving", "dissolved", "unverified")
ACTIVITY_SOURCES = ("office", "ods", "simkopdes", "survey")
POSITIONS = (
    "chair",
    "vice_chair",
    "secretary",
    "treasurer",
    "supervisor_chair",
    "supervisor",
    "sharia_board",
    "manager",
    "employee",
    "member",
)
PAST_KINDS = ("training", "visit")


def _office_of(row: "ActivityStatus | Officer") -> int | None:
    """Also for a row that is being written, whose relationship is not read yet."""
    session = object_session(row)
    cooperative = row.cooperative
    if cooperative is None and session and row.cooperative_id:
        cooperative = session.get(Cooperative, row.cooperative_id)
    return cooperative.office_id if cooperative else None


class Cooperative(Model):
    """One cooperative. An inactive one stays, for it may still have debts: a row goes only with the
    import that brought it, taken back on the same day.

    `name_key` is the folded name by which files find it; `office_id` follows the membership area.
    """

    __tablename__ = "cooperatives"
    __table_args__ = (
        one_of("form", FORMS),
        one_of("membership_scope", MEMBERSHIP_SCOPES),
        one_of("cooperative_type", COOPERATIVE_TYPES),
        one_of("activity_status", ACTIVITY_STATUSES),
        one_of("activity_source", ACTIVITY_SOURCES),
        sa.Index("ix_cooperatives_office_name", "office_id", "name_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    cooperative_number: Mapped[str | None] = mapped_column(sa.String(20), unique=True, info=K1)
    name: Mapped[str] = mapped_column(sa.String(200), info=K1)
    name_key: Mapped[str] = mapped_column(sa.String(200), info=K1)
    legal_number: Mapped[str | None] = mapped_column(sa.String(80), info=K1)
    legal_date: Mapped[date | None] = mapped_column(info=K1)
    amendment_number: Mapped[str | None] = mapped_column(sa.String(80), info=K1)
    amendment_date: Mapped[date | None] = mapped_column(info=K1)
    last_meeting_on: Mapped[date | None] = mapped_column(info=K1)
    address: Mapped[str | None] = mapped_column(sa.String(240), info=K1)
    village: Mapped[str | None] = mapped_column(sa.String(80), info=K1)
    district: Mapped[str | None] = mapped_column(sa.String(80), index=True, info=K1)
    regency: Mapped[str | None] = mapped_column(sa.String(80), info=K1)
    province: Mapped[str | None] = mapped_column(sa.String(80), info=K1)
    region_code: Mapped[str | None] = mapped_column(sa.String(10), info=K1)
    form: Mapped[str] = mapped_column(sa.String(10), default="primary", info=K1)
    membership_scope: Mapped[str] = mapped_column(sa.String(10), default="regency", info=K1)
    cooperative_type: Mapped[str] = mapped_column(sa.String(20), info=K1)
    group_name: Mapped[str | None] = mapped_column(sa.String(80), info=K1)
    sector: Mapped[str | None] = mapped_column(sa.String(80), info=K1)
    is_sharia: Mapped[bool] = mapped_column(default=False, info=K1)
    is_certified: Mapped[bool] = mapped_column(default=False, info=K1)
    certificate_valid_until: Mapped[date | None] = mapped_column(info=K1)
    grade: Mapped[str | None] = mapped_column(sa.String(4), info=K1)
    phone: Mapped[str | None] = mapped_column(sa.String(40), info=K2)
    activity_status: Mapped[str] = mapped_column(sa.String(12), default="unverified", info=K1)
    activity_status_on: Mapped[date | None] = mapped_column(info=K1)
    activity_source: Mapped[str] = mapped_column(sa.String(10), default="office", info=K1)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K1)

    office: Mapped[Office] = relationship()
    officers: Mapped[list["Officer"]] = relationship(back_populates="cooperative")


class ActivityStatus(Model):
    """What one source said about active or not, as of a day: kept, never computed."""

    __tablename__ = "activity_statuses"
    __table_args__ = (one_of("status", ACTIVITY_STATUSES), one_of("source", ACTIVITY_SOURCES))

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(12), info=K1)
    source: Mapped[str] = mapped_column(sa.String(10), info=K1)
    as_of: Mapped[date | None] = mapped_column(info=K1)
    note: Mapped[str | None] = mapped_column(sa.String(240), info=K3)

    cooperative: Mapped[Cooperative] = relationship()

    @property
    def office_id(self) -> int | None:
        """Of its cooperative; the trail files the row there."""
        return _office_of(self)


class Person(Model):
    """A natural person known to an office. The citizen number is encrypted, found by keyed hash."""

    __tablename__ = "persons"
    __table_args__ = (
        one_of("sex", ("male", "female")),
        sa.UniqueConstraint("office_id", "citizen_number_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    full_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    sex: Mapped[str | None] = mapped_column(sa.String(6), info=K2)
    phone: Mapped[str | None] = mapped_column(sa.String(40), info=K3)
    email: Mapped[str | None] = mapped_column(sa.String(254), info=K3)
    citizen_number: Mapped[str | None] = mapped_column(Encrypted("persons.citizen_number"), info=K4)
    citizen_number_index: Mapped[str | None] = mapped_column(sa.String(64), info=K4)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)


class Officer(Model):
    """A person's position in a cooperative, with its term."""

    __tablename__ = "officers"
    __table_args__ = (
        one_of("position", POSITIONS),
        sa.UniqueConstraint("cooperative_id", "person_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    position: Mapped[str] = mapped_column(sa.String(20), info=K2)
    starts_on: Mapped[date | None] = mapped_column(info=K2)
    ends_on: Mapped[date | None] = mapped_column(info=K2)

    cooperative: Mapped[Cooperative] = relationship(back_populates="officers")
    person: Mapped[Person] = relationship()

    @property
    def office_id(self) -> int | None:
        """Of its cooperative; the trail files the row there."""
        return _office_of(self)


class PastContact(Model):
    """What was done with a cooperative before Kopdiklat, as the office's file tells it."""

    __tablename__ = "past_contacts"
    __table_args__ = (
        one_of("kind", PAST_KINDS),
        sa.UniqueConstraint("cooperative_id", "kind", "activity", "held_on", "mentor_name"),
        sa.Index("ix_past_contacts_activity", "office_id", "kind", "activity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8), info=K2)
    activity: Mapped[str] = mapped_column(sa.String(160), info=K2)
    held_on: Mapped[date] = mapped_column(info=K2)
    lesson_hours: Mapped[Decimal | None] = mapped_column(sa.Numeric(6, 2), info=K2)
    mentor_name: Mapped[str] = mapped_column(sa.String(120), default="", info=K2)
    source_row: Mapped[int | None] = mapped_column(info=K2)

    cooperative: Mapped[Cooperative] = relationship()
