from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.core.data_classes import K2, K3, K4
from kopdiklat.core.db import JSON, UTC, Model
from kopdiklat.core.files import StoredFile
from kopdiklat.core.numbers import IssuedNumber
from kopdiklat.core.tasks import Task
from kopdiklat.documents.rules import NumberShape
from kopdiklat.offices.models import Office
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch


class NumberFormat(Model):
    """How an office writes the numbers of one series.

    `last_before` is the last number of `last_before_year` that the office used on paper, before
    its first one here.
    """

    __tablename__ = "number_formats"
    __table_args__ = (
        sa.CheckConstraint("digits BETWEEN 1 AND 6", name="digits"),
        sa.CheckConstraint("last_before BETWEEN 0 AND 99999", name="last_before"),
        sa.UniqueConstraint("office_id", "series"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    series: Mapped[str] = mapped_column(sa.String(40), info=K2)
    pattern: Mapped[str] = mapped_column(sa.String(80), info=K2)
    classification: Mapped[str | None] = mapped_column(sa.String(20), info=K2)
    unit: Mapped[str | None] = mapped_column(sa.String(30), info=K2)
    digits: Mapped[int] = mapped_column(default=4, info=K2)
    last_before: Mapped[int] = mapped_column(default=0, info=K2)
    last_before_year: Mapped[int] = mapped_column(info=K2)

    office: Mapped[Office] = relationship()

    @property
    def shape(self) -> NumberShape:
        return NumberShape(self.pattern, self.classification, self.unit, self.digits)


class LetterSettings(Model):
    """Who signs an office's letters, and what they say."""

    __tablename__ = "letter_settings"
    __table_args__ = (sa.UniqueConstraint("office_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    place: Mapped[str] = mapped_column(sa.String(80), info=K2)
    signatory_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    signatory_title: Mapped[str] = mapped_column(sa.String(160), info=K2)
    signatory_rank: Mapped[str] = mapped_column(sa.String(80), info=K2)
    signatory_number: Mapped[str] = mapped_column(sa.String(18), info=K2)
    acting_for: Mapped[str | None] = mapped_column(sa.String(160), info=K2)
    character: Mapped[str] = mapped_column(sa.String(40), info=K2)
    attachment: Mapped[str | None] = mapped_column(sa.String(80), info=K2)
    subject: Mapped[str] = mapped_column(sa.String(160), info=K2)
    opening: Mapped[str] = mapped_column(sa.String(800), info=K2)
    closing: Mapped[str] = mapped_column(sa.String(500), info=K2)
    copies_to: Mapped[str | None] = mapped_column(sa.String(600), info=K2)


class InvitationLetter(Model):
    """The official letter of one batch: one number, one date, one text for every cooperative.

    `content` is what was printed, so that a later print says the same. Cancelling its number
    cancels the letter; the batch may then get another one.
    """

    __tablename__ = "invitation_letters"
    __table_args__ = (
        sa.Index(
            "uq_invitation_letters_standing",
            "batch_id",
            unique=True,
            sqlite_where=sa.text("cancelled_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    number_id: Mapped[int] = mapped_column(sa.ForeignKey("issued_numbers.id"), unique=True)
    dated_on: Mapped[date] = mapped_column(info=K2)
    content: Mapped[dict] = mapped_column(JSON, info=K2)
    issued_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    bundle_task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tasks.id"))
    bundle_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    bundle_of: Mapped[list] = mapped_column(JSON, default=list, info=K2)  # ids of its copies
    bundle_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)

    batch: Mapped[Batch] = relationship()
    number: Mapped[IssuedNumber] = relationship()
    bundle_task: Mapped[Task | None] = relationship()
    bundle_file: Mapped[StoredFile | None] = relationship()


class InvitationLetterCopy(Model):
    """The letter to one cooperative, as it was first printed; a new link makes a new copy."""

    __tablename__ = "invitation_letter_copies"
    __table_args__ = (sa.UniqueConstraint("letter_id", "token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation_letters.id"))
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitations.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), info=K4)
    addressee: Mapped[dict] = mapped_column(JSON, info=K3)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64), info=K2)

    letter: Mapped[InvitationLetter] = relationship()
    invitation: Mapped[Invitation] = relationship()
    file: Mapped[StoredFile] = relationship()
