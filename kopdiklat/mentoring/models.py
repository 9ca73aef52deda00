from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.accounts.models import User
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import clock
from kopdiklat.core.data_classes import K2, K3
from kopdiklat.core.db import JSON, UTC, Model, one_of
from kopdiklat.core.files import StoredFile
from kopdiklat.mentoring import rules

VISIT_MODES = ("visit", "online", "phone", "at_office")


class MentoringAssignment(Model):
    """A mentor's cooperative for a period, by a letter of assignment (surat tugas).

    `conflict_reason` says why an officer of the cooperative mentors it all the same.
    """

    __tablename__ = "mentoring_assignments"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="period"),
        sa.UniqueConstraint("mentor_id", "cooperative_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    mentor_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    programme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("programmes.id"), index=True)
    letter_number: Mapped[str | None] = mapped_column(sa.String(80), info=K2)
    starts_on: Mapped[date] = mapped_column(info=K2)
    ends_on: Mapped[date | None] = mapped_column(info=K2)
    conflict_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    mentor: Mapped[User] = relationship()
    cooperative: Mapped[Cooperative] = relationship()


class MentoringVisit(Model):
    """One visit, planned or held. `state` moves by rules.VISIT_TRANSITIONS."""

    __tablename__ = "mentoring_visits"
    __table_args__ = (
        one_of("state", tuple(rules.VISIT_TRANSITIONS)),
        one_of("mode", VISIT_MODES),
        one_of("time_zone", tuple(clock.ZONES)),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.Index("ix_mentoring_visits_mentor", "mentor_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    mentor_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    programme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("programmes.id"), index=True)
    state: Mapped[str] = mapped_column(sa.String(10), default="planned", info=K2)
    mode: Mapped[str] = mapped_column(sa.String(10), default="visit", info=K2)
    starts_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    ends_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    time_zone: Mapped[str] = mapped_column(sa.String(4), info=K2)
    purpose: Mapped[str | None] = mapped_column(sa.String(240), info=K2)
    cancelled_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    mentor: Mapped[User] = relationship()
    cooperative: Mapped[Cooperative] = relationship()
    notes: Mapped[list["VisitNote"]] = relationship(
        back_populates="visit", order_by="VisitNote.version"
    )

    @property
    def day(self) -> date:
        return clock.local_day(self.starts_at, self.time_zone)


class VisitNote(Model):
    """What was seen and advised. A change is a new version with its reason; none is overwritten.

    `note_uuid` is made where the note is written and `digest` names its content, so that the same
    note sent twice is one note. `outcomes` is what was said of each earlier follow-up that day.
    """

    __tablename__ = "visit_notes"
    __append_only__ = True
    __table_args__ = (
        sa.UniqueConstraint("visit_id", "version"),
        sa.UniqueConstraint("note_uuid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("mentoring_visits.id"), index=True)
    version: Mapped[int] = mapped_column(default=1, info=K2)
    note_uuid: Mapped[str] = mapped_column(sa.String(36), info=K2)
    digest: Mapped[str] = mapped_column(sa.String(64), default="", info=K2)
    number: Mapped[str] = mapped_column(sa.String(20), info=K2)
    met_people: Mapped[list] = mapped_column(JSON, default=list, info=K3)
    issue_areas: Mapped[list] = mapped_column(JSON, default=list, info=K2)
    condition: Mapped[str] = mapped_column(sa.Text, info=K3)
    problem: Mapped[str | None] = mapped_column(sa.Text, info=K3)
    advice: Mapped[str | None] = mapped_column(sa.Text, info=K3)
    outcomes: Mapped[list] = mapped_column(JSON, default=list, info=K3)
    photo_consent: Mapped[bool] = mapped_column(default=False, info=K2)
    correction_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    written_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    written_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    visit: Mapped[MentoringVisit] = relationship(back_populates="notes")
    written_by: Mapped[User] = relationship()
    photos: Mapped[list["VisitPhoto"]] = relationship(
        back_populates="note", order_by="VisitPhoto.id"
    )


class VisitPhoto(Model):
    """A photo of a visit, re-encoded, without any metadata of the camera."""

    __tablename__ = "visit_photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    note_id: Mapped[int] = mapped_column(sa.ForeignKey("visit_notes.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    width: Mapped[int] = mapped_column(info=K2)
    height: Mapped[int] = mapped_column(info=K2)
    caption: Mapped[str | None] = mapped_column(sa.String(120), info=K3)

    note: Mapped[VisitNote] = relationship(back_populates="photos")
    file: Mapped[StoredFile] = relationship()


class FollowUp(Model):
    """An agreed action: what, who, by when; closed with a result on a day.

    `former_result` is what it was closed with before it was last opened again.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        sa.CheckConstraint("(closed_on IS NULL) = (result IS NULL)", name="closed_with_result"),
        sa.Index("ix_follow_ups_open", "cooperative_id", "closed_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"))
    visit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("mentoring_visits.id"), index=True)
    what: Mapped[str] = mapped_column(sa.String(300), info=K2)
    owner_name: Mapped[str] = mapped_column(sa.String(160), info=K3)
    agreed_on: Mapped[date] = mapped_column(info=K2)
    due_on: Mapped[date] = mapped_column(info=K2)
    closed_on: Mapped[date | None] = mapped_column(info=K2)
    result: Mapped[str | None] = mapped_column(sa.String(500), info=K3)
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    former_result: Mapped[str | None] = mapped_column(sa.String(500), info=K3)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    cooperative: Mapped[Cooperative] = relationship()
    visit: Mapped[MentoringVisit | None] = relationship()
