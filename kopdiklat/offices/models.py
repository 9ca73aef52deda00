from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.core.audit import unaudited
from kopdiklat.core.clock import ZONES
from kopdiklat.core.data_classes import K1, K2, K3
from kopdiklat.core.db import UTC, Model, one_of
from kopdiklat.offices import rules


class Office(Model):
    """One cooperative office. `code` is its region code in digits: `35` a province, `3576` a city.

    `working_days`: the weekdays on which it trains, 1 Monday to 7 Sunday. `reminders`: how many days
    before the first training day its participants are reminded, 0 on the morning itself.
    `digest_on`: the last day whose digest is done.
    """

    __tablename__ = "offices"
    __table_args__ = (
        one_of("time_zone", tuple(ZONES)),
        sa.CheckConstraint("length(code) IN (2, 4)", name="code_length"),
        sa.CheckConstraint("minutes_per_lesson_hour BETWEEN 30 AND 90", name="lesson_hour"),
        sa.CheckConstraint("late_grace_minutes BETWEEN 0 AND 120", name="late_grace"),
        sa.CheckConstraint("length(working_days) BETWEEN 1 AND 7", name="working_days"),
        sa.CheckConstraint("offer_hours BETWEEN 1 AND 168", name="offer_hours"),
        sa.CheckConstraint("near_offer_hours BETWEEN 1 AND offer_hours", name="near_offer_hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(4), unique=True, info=K1)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(160), info=K1)
    region_name: Mapped[str] = mapped_column(sa.String(80), info=K1)
    time_zone: Mapped[str] = mapped_column(sa.String(4), default="WIB", info=K1)
    minutes_per_lesson_hour: Mapped[int] = mapped_column(default=45, info=K1)
    late_grace_minutes: Mapped[int] = mapped_column(default=15, info=K1)
    offer_hours: Mapped[int] = mapped_column(default=24, info=K1)
    near_offer_hours: Mapped[int] = mapped_column(default=3, info=K1)
    quiet_from: Mapped[time] = mapped_column(default=time(20), info=K1)
    quiet_to: Mapped[time] = mapped_column(default=time(7), info=K1)
    reminders: Mapped[str] = mapped_column(sa.String(4), default="7310", info=K1)
    remind_at: Mapped[time] = mapped_column(default=time(9), info=K1)
    digest_at: Mapped[time] = mapped_column(default=time(7), info=K1)
    digest_on: Mapped[date | None] = mapped_column(info=unaudited())
    remind_after_days: Mapped[str] = mapped_column(sa.String(40), default="3,7", info=K1)
    remind_before_days: Mapped[str] = mapped_column(sa.String(40), default="1", info=K1)
    working_days: Mapped[str] = mapped_column(sa.String(7), default="12345", info=K1)
    government_name: Mapped[str | None] = mapped_column(sa.String(120), info=K1)
    address: Mapped[str | None] = mapped_column(sa.String(240), info=K1)
    phone: Mapped[str | None] = mapped_column(sa.String(20), info=K1)
    email: Mapped[str | None] = mapped_column(sa.String(254), info=K1)
    contact_name: Mapped[str | None] = mapped_column(sa.String(120), info=K2)
    contact_phone: Mapped[str | None] = mapped_column(sa.String(20), info=K3)
    is_demo: Mapped[bool] = mapped_column(default=False, info=K1)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K1)

    parent: Mapped["Office | None"] = relationship(remote_side=[id])

    @property
    def office_id(self) -> int:
        return self.id

    @property
    def level(self) -> str:
        return rules.level_of(self.code)

    @property
    def dotted_code(self) -> str:
        return rules.dotted(self.code)


class Holiday(Model):
    """A day on which the office trains nobody."""

    __tablename__ = "holidays"
    __table_args__ = (sa.UniqueConstraint("office_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    day: Mapped[date] = mapped_column(info=K1)
    name: Mapped[str] = mapped_column(sa.String(120), info=K1)
