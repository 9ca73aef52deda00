"""The cooperatives that a file may mean, loaded once, found by NIK or by name."""

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from kopdiklat.core.parsing import read_digits, read_text
from kopdiklat.core.text import N_, match_key
from kopdiklat.core.workbooks import Column
from kopdiklat.imports import rules
from kopdiklat.imports.kinds.base import Field, Job, ReadRow
from kopdiklat.imports.report import RowRefused
from kopdiklat.imports.rules import Known

CHUNK = 400
SUGGESTIONS = 100  # further unknown names get no suggestion: each costs a search through all

UNKNOWN = N_("Koperasi tidak ada di daftar. Periksa NIK dan namanya.")
UNKNOWN_NEAR = N_("Koperasi tidak ada di daftar. Terdekat: {name}.")
NEITHER = N_("NIK atau nama koperasi perlu diisi.")
OTHER_NAME = N_("NIK ini milik {name}.")
OTHER_NUMBER = N_("Koperasi ini tercatat dengan NIK {number}.")
SEVERAL = N_("Lebih dari satu koperasi cocok: {names}.")
NAME_DIFFERS = N_("Nama berbeda dari daftar: {name}.")

NUMBER = Field(
    Column(
        "number", "NIK Koperasi", ("NIK", "Nomor Induk Koperasi", "No NIK"), one_of="cooperative"
    ),
    lambda cell: read_digits(cell, length=20),
    cause="code",
    example="3576010100001",
)
NAME = Field(
    Column("cooperative", "Nama Koperasi", ("Koperasi", "Nama"), one_of="cooperative"),
    read_text,
    example="KSP Contoh Sejahtera",
)
LEGAL_NUMBER = Field(
    Column(
        "legal_number",
        "Nomor Badan Hukum",
        ("Nomor Badan Hukum Pendirian", "No Badan Hukum", "Badan Hukum", "Nomor BH", "No BH"),
    ),
    lambda cell: read_text(cell, length=80),
)
DISTRICT = Field(Column("district", "Kecamatan", ("Kec",)), lambda cell: read_text(cell, length=80))
WHO = (NUMBER, NAME, LEGAL_NUMBER, DISTRICT)


class Directory:
    def __init__(self, known: Iterable[Known]):
        self.by_number: dict[str, Known] = {}
        self.by_name: dict[str, list[Known]] = defaultdict(list)
        self.names: list[str] | None = None
        self.suggested = 0
        for cooperative in known:
            self.add(cooperative)

    def add(self, known: Known) -> None:
        self.by_name[known.name_key].append(known)
        if known.number:
            self.by_number[known.number] = known

    def find(self, row: ReadRow, job: Job) -> Known:
        """The cooperative that a row of people, results or visits is about.

        :raises RowRefused: none, more than one, or two that contradict each other
        """
        number, name = row["number"], row["cooperative"]
        if not number and not name:
            raise RowRefused("cooperative", NEITHER, cause="empty")
        if known := self.by_number.get(number or ""):
            if name and not rules.is_like(name, known.name):
                raise RowRefused("number", OTHER_NAME, cause="conflict", name=known.name)
            if name and match_key(name) != known.name_key:
                job.warn(row, "cooperative", NAME_DIFFERS, known.name, name=known.name)
            return known
        key = match_key(name or "")
        found = rules.namesakes(self.by_name.get(key, ()), row["legal_number"], row["district"])
        if number:
            others = [known for known in found if known.number]
            found = [known for known in found if not known.number]
            if others and not found:
                raise RowRefused(
                    "number", OTHER_NUMBER, cause="conflict", number=others[0].number or ""
                )
        if len(found) > 1:
            names = "; ".join(known.described for known in found[:3])
            raise RowRefused("cooperative", SEVERAL, cause="conflict", names=names)
        if not found:
            raise self._unknown(row)
        return found[0]

    def _unknown(self, row: ReadRow) -> RowRefused:
        key = "cooperative" if row["cooperative"] else "number"
        near = self._nearest(row["cooperative"] or "")
        if near:
            return RowRefused(key, UNKNOWN_NEAR, cause="unknown", name=near)
        return RowRefused(key, UNKNOWN, cause="unknown")

    def _nearest(self, name: str) -> str | None:
        if not name or self.suggested >= SUGGESTIONS:
            return None
        from rapidfuzz import fuzz, process

        self.suggested += 1
        if self.names is None:
            self.names = [known.name for same in self.by_name.values() for known in same]
        found = process.extractOne(
            name, self.names, scorer=fuzz.token_sort_ratio, processor=match_key, score_cutoff=82
        )
        return found[0] if found else None


def cooperatives_of(job: Job) -> Directory:
    """All cooperatives of the office and of the offices below it."""
    columns = (
        Cooperative.id,
        Cooperative.office_id,
        Cooperative.cooperative_number,
        Cooperative.name,
        Cooperative.name_key,
        Cooperative.legal_number,
        Cooperative.district,
    )
    found = db.session.execute(
        sa.select(*columns)
        .where(Cooperative.office_id.in_(job.office_ids))
        .order_by(Cooperative.id)
    )
    return Directory(
        Known(
            name=c.name,
            name_key=c.name_key,
            number=c.cooperative_number,
            legal_key=match_key(c.legal_number or ""),
            district=c.district or "",
            cooperative_id=c.id,
            office_id=c.office_id,
        )
        for c in found
    )


def numbers_elsewhere(numbers: Iterable[str], job: Job) -> set[str]:
    """Which of these NIK belong to cooperatives outside the area of this import."""
    wanted = sorted(set(numbers))
    found: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        found.update(
            db.session.scalars(
                sa.select(Cooperative.cooperative_number).where(
                    Cooperative.cooperative_number.in_(wanted[start : start + CHUNK]),
                    Cooperative.office_id.not_in(job.office_ids),
                )
            )
        )
    return found
