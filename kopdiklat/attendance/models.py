from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.attendance import rules
from kopdiklat.core.data_classes import K2
from kopdiklat.core.db import UTC, Model, one_of
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import TrainingSession

ATTENDANCE_STATES = tuple(rules.STATE_LABELS)
METHODS = ("list", "qr", "paper")


class Attendance(Model):
    """Whether one registered person was in one training session, and how that is known.

    `state` is told by the trail although it may say `sick`: public money is paid on presence, and
    the trail is where the page of a person reads what a mark was before it was corrected.
    """

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
    state: Mapped[str] = mapped_column(sa.String(8), info=K2)
    method: Mapped[str] = mapped_column(sa.String(6), info=K2)
    arrived_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    scan_uuid: Mapped[str | None] = mapped_column(sa.String(36), info=K2)
    recorded_by_id: Mapped[int | None] = mapped_column(info=K2)
    recorded_by_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    recorded_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    training_session: Mapped[TrainingSession] = relationship()
    registration: Mapped[Registration] = relationship()
