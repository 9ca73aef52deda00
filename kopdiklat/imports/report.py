"""What an import found: every data row counted once, every refused row with its cell and reason."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

CAUSES = {  # in the order in which the check page shows them
    "number_stored": N_("NIK terbaca sebagai angka"),
    "empty": N_("Isi wajib masih kosong"),
    "date": N_("Tanggal tidak dapat dibaca"),
    "number": N_("Angka tidak dapat dibaca"),
    "code": N_("NIK atau kode tidak sesuai"),
    "word": N_("Istilah tidak dikenal"),
    "text": N_("Teks tidak dapat dipakai"),
    "score": N_("Skor dan predikat"),
    "unknown": N_("Koperasi tidak ditemukan"),
    "jurisdiction": N_("Wewenang kantor lain"),
    "conflict": N_("Bertentangan dengan data lain"),
}
CAUSE_HELP = {
    "number_stored": N_(
        "Excel menyimpan kolom NIK sebagai angka, sehingga isinya berubah. "
        "Ubah format kolom menjadi Teks, ketik ulang NIK, lalu unggah lagi."
    ),
    "jurisdiction": N_("Wewenang mengikuti wilayah keanggotaan, bukan alamat koperasi."),
    "unknown": N_("Impor dulu koperasinya, atau perbaiki NIK dan namanya."),
}


class RowRefused(RuleViolation):
    """This row cannot be saved.

    :param key: the column that the reason is about
    """

    def __init__(self, key: str, sentence: str, *, cause: str, **values):
        super().__init__(sentence, **values)
        self.key = key
        self.cause = cause

    @classmethod
    def by(cls, refusal: RuleViolation, key: str, cause: str) -> "RowRefused":
        """A broken rule, told at a column."""
        return cls(key, refusal.sentence, cause=cause, **refusal.values)


@dataclass(frozen=True)
class Finding:
    """One cell and what is wrong with it; `subject` is whom the row is about."""

    row: int
    column: str
    value: str
    reason: str
    cause: str = "text"
    subject: str = ""
    key: str = ""  # of the column
    also: tuple[str, ...] = ()  # further faults of the same row, one sentence each
    sentence: str = ""  # the reason before its values were filled in, as it is translated
    values: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "reason": self.reason,
        }


@dataclass
class Report:
    file: str
    kind: str
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: list[tuple[int, int]] = field(default_factory=list)  # row, the row it repeats
    rejected: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    offices_created: list[str] = field(default_factory=list)
    saved: bool = False
    sheet: str = ""
    header_row: int = 0
    matched: dict[str, str] = field(default_factory=dict)  # our heading -> heading of the file
    ignored: list[str] = field(default_factory=list)

    @property
    def columns(self) -> int:
        """How many columns the file has."""
        return len(self.matched) + len(self.ignored)

    @property
    def valid(self) -> int:
        """Rows that would be written or already are as the file says."""
        return self.created + self.updated + self.unchanged

    @property
    def to_write(self) -> int:
        return self.created + self.updated

    def can_save(self, *, valid_only: bool) -> bool:
        """Whether these rows may be written: all, or the valid ones of which there are some."""
        return not self.rejected or (valid_only and self.valid > 0)

    def as_json(self) -> dict[str, Any]:
        """The one object of the command line; its keys are fixed."""
        return {
            "file": self.file,
            "kind": self.kind,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "duplicates": len(self.duplicates),
            "rejected": [finding.plain() for finding in self.rejected],
            "warnings": [finding.plain() for finding in self.warnings],
            "offices_created": self.offices_created,
            "saved": self.saved,
        }

    def as_record(self) -> dict[str, Any]:
        """Everything, to be kept beside the uploaded file."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Report":
        findings = {
            name: [Finding(**{**f, "also": tuple(f["also"])}) for f in record[name]]
            for name in ("rejected", "warnings")
        }
        pairs = [(row, of) for row, of in record["duplicates"]]
        return cls(**{**record, **findings, "duplicates": pairs})

    def groups(self) -> list[tuple[str, list[Finding]]]:
        """Refused rows by cause, in the order of CAUSES, each by row number."""
        found = Counter(finding.cause for finding in self.rejected)
        return [
            (cause, sorted((f for f in self.rejected if f.cause == cause), key=lambda f: f.row))
            for cause in CAUSES
            if found[cause]
        ]
