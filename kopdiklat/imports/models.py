from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.core.data_classes import K1, K2, K3, K4
from kopdiklat.core.db import JSON, UTC, Model, one_of
from kopdiklat.core.files import StoredFile
from kopdiklat.core.keys import Encrypted
from kopdiklat.core.tasks import Task
from kopdiklat.offices.models import Office

STATES = ("checking", "checked", "saving", "saved", "failed", "discarded", "reversed")


class ImportRun(Model):
    """One workbook: what the check found, what was written, and whether it was taken back.

    Its files, the workbook and its refused rows, are deleted before it is. `request_id` is that of
    its entries in the trail; `replaced` holds the personal values that the trail masks, as JSON,
    while the import can still be taken back.
    """

    __tablename__ = "import_runs"
    __table_args__ = (one_of("state", STATES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    file_name: Mapped[str] = mapped_column(sa.String(200), info=K2)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    refused_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tasks.id"))
    kind: Mapped[str] = mapped_column(sa.String(20), info=K2)
    state: Mapped[str] = mapped_column(sa.String(10), default="checking", info=K2)
    options: Mapped[dict] = mapped_column(JSON, default=dict, info=K3)
    report: Mapped[dict | None] = mapped_column(JSON, info=K3)
    created_by_id: Mapped[int | None] = mapped_column(info=K2)
    created_by_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K2)
    saved_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    request_id: Mapped[str | None] = mapped_column(sa.String(64), info=K1)
    replaced: Mapped[str | None] = mapped_column(
        Encrypted("import_runs.replaced"), deferred=True, info=K4
    )
    reversed_at: Mapped[datetime | None] = mapped_column(UTC, info=K2)
    reversed_by_name: Mapped[str | None] = mapped_column(sa.String(120), info=K2)

    office: Mapped[Office] = relationship()
    file: Mapped[StoredFile | None] = relationship(foreign_keys=[file_id])
    refused_file: Mapped[StoredFile | None] = relationship(foreign_keys=[refused_file_id])
    task: Mapped[Task | None] = relationship()
