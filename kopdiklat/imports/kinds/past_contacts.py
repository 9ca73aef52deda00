"""What was done with a cooperative before Kopdiklat: training that it attended, visits it had."""

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from kopdiklat.cooperatives.models import PastContact
from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import CellRefused, read_date, read_decimal, read_text
from kopdiklat.core.text import N_, match_key
from kopdiklat.core.workbooks import Column
from kopdiklat.imports import rules
from kopdiklat.imports.kinds.base import UNCHANGED, Field, Job, Kind, Outcome, ReadRow
from kopdiklat.imports.kinds.directory import WHO, cooperatives_of
from kopdiklat.imports.report import RowRefused

ACTIVITY_NEEDED = N_("Nama kegiatan perlu diisi.")
DAY_NEEDED = N_("Tanggal perlu diisi.")
HOURS_RANGE = N_("JP perlu antara 0 dan 1.000.")


def read_hours(cell: Any) -> Decimal | None:
    hours = read_decimal(cell)
    if hours is not None and not 0 <= hours <= 1000:
        raise CellRefused(HOURS_RANGE)
    return hours


def activity(*also: str, example: str) -> Field:
    return Field(
        Column("activity", "Kegiatan", also, required=True),
        lambda cell: read_text(cell, length=160),
        needed=ACTIVITY_NEEDED,
        example=example,
    )


class PastContacts(Kind):
    past_kind: str
    subject_key = "cooperative"

    def begin(self, job: Job) -> None:
        self.job = job
        self.directory = cooperatives_of(job)
        found = sa.select(PastContact).where(
            PastContact.office_id.in_(job.office_ids), PastContact.kind == self.past_kind
        )
        self.contacts = {
            (c.cooperative_id, match_key(c.activity), c.held_on, match_key(c.mentor_name)): c
            for c in db.session.scalars(found)
        }

    def decide(self, row: ReadRow) -> Outcome:
        cooperative = self.directory.find(row, self.job)
        try:
            rules.check_not_future(row["held_on"], self.job.today)
        except RuleViolation as refusal:
            raise RowRefused.by(refusal, "held_on", "date") from None
        mentor = row["mentor"] or ""
        identity = (
            cooperative.cooperative_id,
            match_key(row["activity"]),
            row["held_on"],
            match_key(mentor),
        )
        if repeat := self.repeated(identity, row):
            return repeat
        contact = self.contacts.get(identity)
        if contact is None:
            return Outcome(
                "created",
                lambda: db.session.add(
                    PastContact(
                        office_id=cooperative.office_id,
                        cooperative_id=cooperative.cooperative_id,
                        kind=self.past_kind,
                        activity=row["activity"],
                        held_on=row["held_on"],
                        lesson_hours=row["lesson_hours"],
                        mentor_name=mentor,
                        source_row=row.number,
                    )
                ),
            )
        if row["lesson_hours"] is None or row["lesson_hours"] == contact.lesson_hours:
            return UNCHANGED
        return Outcome("updated", lambda: setattr(contact, "lesson_hours", row["lesson_hours"]))


class PastTraining(PastContacts):
    code = "past-training"
    label = N_("Riwayat pelatihan")
    past_kind = "training"
    fields = (
        *WHO,
        activity("Nama Kegiatan", "Pelatihan", "Nama Pelatihan", example="Bimtek Akuntabilitas"),
        Field(
            Column("held_on", "Tanggal", ("Tanggal Kegiatan", "Tanggal Pelatihan"), required=True),
            read_date,
            cause="date",
            needed=DAY_NEEDED,
            example=date(2025, 7, 12),
        ),
        Field(
            Column("lesson_hours", "JP", ("Jam Pelajaran", "Jumlah JP")),
            read_hours,
            cause="number",
            example=16,
        ),
    )


class PastVisits(PastContacts):
    code = "past-visits"
    label = N_("Riwayat kunjungan")
    past_kind = "visit"
    fields = (
        *WHO,
        activity("Nama Kegiatan", "Pendampingan", example="Pendampingan intensif"),
        Field(
            Column("held_on", "Tanggal Kunjungan", ("Tanggal", "Tgl Kunjungan"), required=True),
            read_date,
            cause="date",
            needed=DAY_NEEDED,
            example=date(2025, 8, 13),
        ),
        Field(
            Column("mentor", "Pendamping", ("Nama Pendamping", "PPKL")),
            lambda cell: read_text(cell, length=120),
            example="Budi Contoh",
        ),
    )
