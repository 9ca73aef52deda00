from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.core.audit import personal
from kopdiklat.core.db import JSON, UTC, Model, one_of
from kopdiklat.core.files import StoredFile
from kopdiklat.core.tasks import Task
from kopdiklat.offices.models import Office

STATES = ("checking", "checked", "saving", "saved", "failed", "discarded")


class ImportRun(Model):
    """One uploaded workbook: what the check found, and what was written."""

    __tablename__ = "import_runs"
    __table_args__ = (one_of("state", STATES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tasks.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[str] = mapped_column(sa.String(10), default="checking")
    options: Mapped[dict] = mapped_column(JSON, default=dict, info=personal("K3"))
    report: Mapped[dict | None] = mapped_column(JSON, info=personal("K3"))
    created_by_id: Mapped[int | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(120))
    created_at: Mapped[datetime] = mapped_column(UTC)
    saved_at: Mapped[datetime | None] = mapped_column(UTC)

    office: Mapped[Office] = relationship()
    file: Mapped[StoredFile] = relationship()
    task: Mapped[Task | None] = relationship()
