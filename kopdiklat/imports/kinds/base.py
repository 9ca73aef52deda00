"""What every kind of workbook shares: its fields, its job, and how one row is decided."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kopdiklat.core.db import db
from kopdiklat.core.parsing import CellRefused, NumberStored, read_text, shown
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import Column, Table, heading_key
from kopdiklat.imports.report import Finding, RowRefused
from kopdiklat.offices.models import Office

Repairs = dict[str, dict[str, str]]  # row number -> column key -> text; JSON wants text keys

SAID_DIFFERENTLY = N_("Sudah ada di baris {row} dengan isi berbeda.")


@dataclass(frozen=True)
class Field:
    """A column and how its cells are read.

    :param needed: the sentence when a cell is empty; None lets it be empty
    :param cause: the group in which the check page shows a cell that cannot be read
    """

    column: Column
    read: Callable[[Any], Any]
    cause: str = "text"
    needed: str | None = None
    masked: bool = False  # its refused values are shown in part only
    example: Any = ""

    @property
    def key(self) -> str:
        return self.column.key


def one_of_words(words: dict[str, Any], sentence: str) -> Callable[[Any], Any]:
    """A reader of a cell that holds one of these words; letters and digits decide."""
    known = {heading_key(word): value for word, value in words.items()}

    def read(cell: Any) -> Any:
        text = read_text(cell)
        if text is None:
            return None
        try:
            return known[heading_key(text)]
        except KeyError:
            raise CellRefused(sentence) from None

    return read


@dataclass
class ReadRow:
    """One row after reading its cells: values by key, or the findings that refuse it."""

    number: int
    values: dict[str, Any]
    written: dict[str, str]  # the cells as a person sees them
    findings: list[Finding] = field(default_factory=list)

    def __getitem__(self, key: str) -> Any:
        return self.values.get(key)


@dataclass(frozen=True)
class Options:
    """What the command or the form says about a file.

    :param as_of: the day to which statuses belong; None means the day of the import
    :param fiscal_year: the book year of a file that has no such column
    :param scheme: the code of the assessment scheme; None means the usual one
    """

    as_of: date | None = None
    fiscal_year: int | None = None
    scheme: str | None = None


@dataclass
class Job:
    """One run over one file: for whom, with what options, on which day."""

    office: Office
    offices: dict[int, Office]  # the office and those below it, by id
    options: Options
    today: date
    now: datetime
    table: Table
    rows: Sequence[ReadRow] = ()
    warnings: list[Finding] = field(default_factory=list)
    new_offices: list[Office] = field(default_factory=list)

    @property
    def office_ids(self) -> list[int]:
        return [office_id for office_id in self.offices if office_id]

    def warn(self, row: ReadRow, key: str, sentence: str, subject: str = "", **values: Any) -> None:
        self.warnings.append(
            Finding(
                row.number,
                self.table.heading(key),
                row.written.get(key, ""),
                sentence.format(**values),
                subject=subject,
                key=key,
                sentence=sentence,
                values=values,
            )
        )


@dataclass(frozen=True)
class Outcome:
    """What a row means: `created`, `updated`, `unchanged`, or `duplicate` of a row above.

    `apply` writes it; it runs inside the transaction and only when the file is saved.
    """

    status: str
    apply: Callable[[], None] | None = None
    repeats: int = 0


UNCHANGED = Outcome("unchanged")


class Kind:
    """One kind of workbook. A subclass lists its fields and decides one row at a time."""

    code: str
    label: str
    subject_key = "name"
    subject_label = N_("Koperasi")
    fields: tuple[Field, ...]
    uses: frozenset[str] = frozenset()  # of as_of, fiscal_year, scheme
    is_kept = False  # what it writes may never be deleted, so that it cannot be taken back

    def __init__(self) -> None:
        self.seen: dict[Any, tuple[int, dict]] = {}

    @classmethod
    def columns(cls) -> list[Column]:
        return [f.column for f in cls.fields]

    def begin(self, job: Job) -> None:
        """Load what the decisions need, in a few queries for the whole file."""
        raise NotImplementedError

    def decide(self, row: ReadRow) -> Outcome:
        """:raises RowRefused: the row cannot be saved"""
        raise NotImplementedError

    def write(self) -> None:
        """Send what the rows applied to the database, before the transaction ends."""
        db.session.flush()

    def repeated(self, identity: Any, row: ReadRow) -> Outcome | None:
        """A second row about the same thing: a duplicate when it says the same, else refused."""
        if identity not in self.seen:
            self.seen[identity] = (row.number, row.values)
            return None
        first, values = self.seen[identity]
        if values != row.values:
            raise RowRefused(self.subject_key, SAID_DIFFERENTLY, cause="conflict", row=first)
        return Outcome("duplicate", repeats=first)


def read_rows(kind: type[Kind], table: Table, repairs: Repairs) -> list[ReadRow]:
    """Read every cell; a row with a cell that cannot be read carries its findings.

    :param repairs: what an officer typed in place of cells of the file
    """
    by_key = {f.key: f for f in kind.fields}
    fields = [by_key[key] for key in table.matched]  # in the order of the file
    return [
        _read_row(fields, table, row.number, row.cells | repairs.get(str(row.number), {}))
        for row in table.rows
    ]


def _read_row(fields: Iterable[Field], table: Table, number: int, cells: dict[str, Any]) -> ReadRow:
    row = ReadRow(number, {}, {})
    for f in fields:
        cell = cells[f.key]
        row.written[f.key] = mask(shown(cell)) if f.masked else shown(cell)
        try:
            value = f.read(cell)
            if value is None and f.needed:
                raise RowRefused(f.key, f.needed, cause="empty")
        except (CellRefused, RowRefused) as refusal:
            cause = "number_stored" if isinstance(refusal, NumberStored) else f.cause
            row.findings.append(
                Finding(
                    number,
                    table.heading(f.key),
                    row.written[f.key],
                    str(refusal),
                    getattr(refusal, "cause", cause),
                    key=f.key,
                    sentence=refusal.sentence,
                    values=refusal.values,
                )
            )
        else:
            row.values[f.key] = value
    return row


def mask(text: str) -> str:
    """A personal number as a list may show it: its ends."""
    return text if len(text) < 9 else f"{text[:4]}{'•' * (len(text) - 8)}{text[-4:]}"
