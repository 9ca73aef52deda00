from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.attendance import rules
from kopdiklat.core.db import UTC, Model, one_of
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import TrainingSession

ATTENDANCE_STATES = tuple(rules.STATE_LABELS)
METHODS = ("list", "qr", "paper")


class Attendance(Model):
    """Whether one registered person was in one training session, and how that is known."""

    __tablename__ = "attendances"
    __table_args__ = (
        one_of("state", ATTENDANCE_STATES),
        one_of("method", METHODS),
        sa.UniqueConstraint("training_session_id", "registration_id"),
        sa.UniqueConstraint("scan_uuid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    training_session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_sessions.id"))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id"), index=True)
    state: Mapped[str] = mapped_column(sa.String(8))
    method: Mapped[str] = mapped_column(sa.String(6))
    arrived_at: Mapped[datetime | None] = mapped_column(UTC)
    scan_uuid: Mapped[str | None] = mapped_column(sa.String(36))
    recorded_by_id: Mapped[int | None]
    recorded_by_name: Mapped[str] = mapped_column(sa.String(120))
    recorded_at: Mapped[datetime] = mapped_column(UTC)

    training_session: Mapped[TrainingSession] = relationship()
    registration: Mapped[Registration] = relationship()
