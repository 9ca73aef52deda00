from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.applications import rules
from kopdiklat.cooperatives.models import POSITIONS, Cooperative
from kopdiklat.core.data_classes import K2, K3, K4
from kopdiklat.core.db import UTC, Model, one_of
from kopdiklat.core.keys import Encrypted
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch


class Application(Model):
    """Somebody asks for seats on behalf of a cooperative, in their own words.

    `cooperative_name`, `district` and `cooperative_number` are what was typed; `cooperative_id` is
    whom the coordinator found, never shown outside. `team` names the form: sent twice it is one, and
    the registrations that come of it carry it. `state` moves by rules.TRANSITIONS.
    """

    __tablename__ = "applications"
    __table_args__ = (
        one_of("state", tuple(rules.TRANSITIONS)),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint("(state = 'approved') = (cooperative_id IS NOT NULL)", name="found"),
        sa.CheckConstraint("state <> 'declined' OR reason IS NOT NULL", name="declined_reason"),
        sa.UniqueConstraint("office_id", "number"),
        sa.Index("ix_applications_batch_state", "batch_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    number: Mapped[str] = mapped_column(sa.String(20), info=K2)
    team: Mapped[str] = mapped_column(sa.String(36), unique=True, info=K2)
    nonce: Mapped[str] = mapped_column(sa.String(32), info=K4)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, info=K4)
    state: Mapped[str] = mapped_column(sa.String(10), info=K2)
    cooperative_name: Mapped[str] = mapped_column(sa.String(200), info=K2)
    district: Mapped[str] = mapped_column(sa.String(80), info=K2)
    cooperative_number: Mapped[str | None] = mapped_column(sa.String(20), info=K2)
    contact_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    contact_phone: Mapped[str] = mapped_column(sa.String(40), info=K3)
    needs: Mapped[str | None] = mapped_column(sa.String(300), info=K4)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    cooperative_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("cooperatives.id"), index=True, info=K2
    )
    decided_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    decided_by: Mapped[str | None] = mapped_column(sa.String(120), info=K2)
    reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)

    batch: Mapped[Batch] = relationship()
    cooperative: Mapped[Cooperative | None] = relationship()
    people: Mapped[list["ApplicationPerson"]] = relationship(
        back_populates="application", order_by="ApplicationPerson.id"
    )


class ApplicationPerson(Model):
    """One of those who are to come. The citizen number stays only until it is decided."""

    __tablename__ = "application_people"
    __table_args__ = (one_of("position", POSITIONS),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    full_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    phone: Mapped[str | None] = mapped_column(sa.String(40), info=K3)
    position: Mapped[str] = mapped_column(sa.String(20), info=K2)
    citizen_number: Mapped[str | None] = mapped_column(
        Encrypted("application_people.citizen_number"), info=K4
    )
    registration_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("registrations.id"), index=True
    )

    application: Mapped[Application] = relationship(back_populates="people")
    registration: Mapped[Registration | None] = relationship()

    @property
    def office_id(self) -> int:
        """Of its application; the trail files the row there."""
        return self.application.office_id
