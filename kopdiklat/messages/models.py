from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kopdiklat.core.data_classes import K1, K2
from kopdiklat.core.db import UTC, Model
from kopdiklat.messages.rules import LONGEST_SUBJECT, Wording


class MessageTemplate(Model):
    """One edition of an office's own text of a kind; the one with the highest `version` holds.

    Append-only: taking a change back, or going back to our text (which leaves the texts empty), is
    one more edition. `short` is for WhatsApp where it differs. `based_on` is the digest of our text
    that the editor saw: another one since then means that ours has changed.
    """

    __tablename__ = "message_templates"
    __append_only__ = True
    __table_args__ = (
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.CheckConstraint("(subject IS NULL) = (body IS NULL)", name="whole"),
        sa.CheckConstraint("body IS NOT NULL OR short IS NULL", name="short_beside_body"),
        sa.UniqueConstraint("office_id", "kind", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    kind: Mapped[str] = mapped_column(sa.String(60), info=K1)
    version: Mapped[int] = mapped_column(info=K1)
    subject: Mapped[str | None] = mapped_column(sa.String(LONGEST_SUBJECT), info=K1)
    body: Mapped[str | None] = mapped_column(sa.Text, info=K1)
    short: Mapped[str | None] = mapped_column(sa.Text, info=K1)
    based_on: Mapped[str] = mapped_column(sa.String(64), info=K1)
    saved_at: Mapped[datetime] = mapped_column(UTC, info=K1)
    saved_by: Mapped[str] = mapped_column(sa.String(120), info=K2)

    @property
    def wording(self) -> Wording | None:
        """None: our text holds again."""
        if self.subject is None or self.body is None:
            return None
        return Wording(self.subject, self.body, self.short or "")
