"""A table out of an XLSX or CSV file as offices keep it.

Title rows stand above the header, headings come in any order, some sheets are hidden, some cells
merged. The file itself is opened by workbook_reader.py, in a process of its own.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kopdiklat.core import programs, workbook_reader
from kopdiklat.core.errors import KopdiklatError
from kopdiklat.core.text import N_
from kopdiklat.core.workbook_reader import MAX_COLUMNS, MAX_ROWS, Sheet, is_filled

READER = Path(workbook_reader.__file__)
TIMEOUT_SECONDS = 40
MAX_BYTES = 10 * 1024 * 1024
HEADER_WITHIN = 15  # filled rows
HEAD = 100  # filled rows that tell whether a file can be used


class UnusableFile(KopdiklatError):
    """The file as a whole cannot be read; no row was looked at."""

    status = 422


class WrongHeadings(UnusableFile):
    """No row holds the headings that are needed; `missing` names them."""

    def __init__(self, sentence: str, headings: list[str]):
        super().__init__(sentence, missing=", ".join(headings))
        self.missing = headings


EMPTY_FILE = N_("Berkas kosong. Pilih berkas yang berisi data.")
TOO_MANY_BYTES = N_("Berkas lebih dari 10 MB. Bagi menjadi beberapa berkas.")
TOO_LARGE_UNPACKED = N_("Isi berkas terlalu besar untuk dibuka dengan aman.")
TOO_MANY_ROWS = N_("Lebih dari 20.000 baris. Hapus baris kosong atau bagi berkasnya.")
NO_DATA_ROWS = N_("Ada judul kolom, tetapi tidak ada baris data di bawahnya.")
NO_HEADINGS = N_("Judul kolom tidak ditemukan. Kolom yang wajib ada: {missing}.")
MISSING_HEADINGS = N_("Judul kolom belum lengkap. Yang belum ada: {missing}.")
DAMAGED = N_("Buku kerja ini rusak. Buka di Excel, simpan ulang, lalu unggah lagi.")
SENTENCES = {  # the words of workbook_reader.py
    "no_workbook": N_("Berkas ini bukan buku kerja Excel atau CSV. Simpan ulang sebagai .xlsx."),
    "old_excel": N_("Berkas Excel lama (.xls). Simpan ulang sebagai .xlsx, lalu unggah lagi."),
    "encrypted": N_(
        "Berkas dikunci kata sandi. Buka di Excel, hapus kata sandinya, simpan, lalu unggah lagi."
    ),
    "other_archive": N_(
        "Berkas ini arsip lain, bukan buku kerja .xlsx. Simpan ulang sebagai .xlsx."
    ),
    "damaged": DAMAGED,
    "too_large": TOO_LARGE_UNPACKED,
    "too_many_rows": TOO_MANY_ROWS,
    "too_many_columns": N_("Lebih dari 60 kolom. Hapus kolom di kanan data."),
    "wrong_extension": N_(
        "Isi berkas adalah buku kerja Excel. Ganti akhiran namanya menjadi .xlsx."
    ),
}


@dataclass(frozen=True)
class Column:
    """A column that a reader looks for, under its own heading or another that offices use."""

    key: str
    heading: str
    also: tuple[str, ...] = ()
    required: bool = False
    one_of: str | None = None  # columns of one group: at least one must be there

    def keys(self) -> Iterator[str]:
        yield heading_key(self.heading)
        for other in self.also:
            yield heading_key(other)


@dataclass(frozen=True)
class Row:
    """One data row: the number that Excel shows beside it, and its cells by column key."""

    number: int
    cells: dict[str, Any]


@dataclass
class Table:
    sheet: str
    header_row: int
    matched: dict[str, str]  # column key -> heading as the file writes it
    ignored: list[str]
    rows: list[Row] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)  # every heading, in the order of the file
    raw: dict[int, list[Any]] = field(default_factory=dict)  # row number -> all its cells

    def heading(self, key: str) -> str:
        return self.matched.get(key, key)


def heading_key(text: Any) -> str:
    """Headings are the same when their letters and digits are."""
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    return re.sub(r"[\W_]+", "", folded)


def read_table(content: bytes, filename: str, columns: Sequence[Column]) -> Table:
    """The table with these columns in a file.

    :raises UnusableFile: it is no workbook, is locked, too large, or lacks a needed heading
    """
    return find_table(read_sheets(content, filename), columns)


def read_sheets(content: bytes, filename: str, *, filled_rows: int | None = None) -> list[Sheet]:
    """Every sheet of a file; of a CSV one for each separator that it may have.

    :param filled_rows: of each sheet; None means all
    :raises UnusableFile: it is no workbook, is locked, or too large
    """
    if not content:
        raise UnusableFile(EMPTY_FILE)
    if len(content) > MAX_BYTES:
        raise UnusableFile(TOO_MANY_BYTES)
    extension = filename.rpartition(".")[2].casefold()
    try:
        answer = programs.run(
            READER,
            extension if extension.isalnum() else "",
            str(filled_rows or ""),
            content=content,
            seconds=TIMEOUT_SECONDS,
        )
    except programs.ProgramFailed as failure:
        raise UnusableFile(_why(failure)) from None
    return workbook_reader.read_answer(answer)


def _why(failure: programs.ProgramFailed) -> str:
    """What it says; else it ran out of time or memory, or the reader broke on the file."""
    if failure.status == workbook_reader.REFUSED:
        return SENTENCES.get(failure.words.decode(), TOO_LARGE_UNPACKED)
    return TOO_LARGE_UNPACKED if failure.status is None else DAMAGED


@dataclass
class _Header:
    sheet: Sheet
    index: int  # in sheet.cells
    places: dict[str, int]  # column key -> index of the cell
    missing: list[str]


def find_table(sheets: list[Sheet], columns: Sequence[Column]) -> Table:
    """The sheet and the row under which these columns stand best, with all rows below.

    :raises UnusableFile: a needed heading is missing, or nothing stands below
    """
    candidates = [
        header
        for sheet in sheets
        for index in _first_filled_rows(sheet)
        if (header := _read_header(sheet, index, columns)).places
    ]
    if not any(any(is_filled(c) for c in row) for sheet in sheets for row in sheet.cells):
        raise UnusableFile(EMPTY_FILE)
    if not candidates:
        raise WrongHeadings(NO_HEADINGS, missing_headings(columns, set()))
    best = max(
        candidates,
        key=lambda h: (not h.missing, len(h.places), h.sheet.visible, -h.index),
    )
    if best.missing:
        raise WrongHeadings(MISSING_HEADINGS, best.missing)
    return _read_rows(best)


def _first_filled_rows(sheet: Sheet) -> list[int]:
    filled = [i for i, row in enumerate(sheet.cells) if any(is_filled(c) for c in row)]
    return filled[:HEADER_WITHIN]


def _read_header(sheet: Sheet, index: int, columns: Sequence[Column]) -> _Header:
    places = _match(_headings_at(sheet, index), columns)
    return _Header(sheet, index, places, missing_headings(columns, set(places)))


def _headings_at(sheet: Sheet, index: int) -> list[list[str]]:
    """Per cell what its heading may be: its own text, or joined with a merged cell above."""
    row = sheet.cells[index]
    above: dict[int, str] = {}
    for top, left, bottom, right in sheet.merged:
        if top == index - 1 and (right > left or bottom >= index):
            text = str(sheet.cells[top][left]) if left < len(sheet.cells[top]) else ""
            above.update(dict.fromkeys(range(left, min(right + 1, MAX_COLUMNS)), text))
    headings = []
    for column in range(max(len(row), max(above, default=-1) + 1)):
        own = str(row[column]) if column < len(row) and is_filled(row[column]) else ""
        over = above.get(column, "")
        headings.append([own, f"{over} {own}" if own and over else over if not own else ""])
    return headings


def _match(headings: list[list[str]], columns: Sequence[Column]) -> dict[str, int]:
    """The proper heading wins over another name of it, and the left cell over the right one."""
    where: dict[str, int] = {}
    for place, names in enumerate(headings):
        for name in names:
            if key := heading_key(name):
                where.setdefault(key, place)
    places: dict[str, int] = {}
    taken: set[int] = set()
    depth = max((1 + len(column.also) for column in columns), default=0)
    for rank in range(depth):
        for column in columns:
            names = list(column.keys())
            if rank >= len(names) or column.key in places or names[rank] not in where:
                continue
            if where[names[rank]] not in taken:
                places[column.key] = where[names[rank]]
                taken.add(where[names[rank]])
    return places


def missing_headings(columns: Sequence[Column], found: set[str]) -> list[str]:
    """The headings that are needed and not among the found keys; a group as `one atau other`."""
    missing = [c.heading for c in columns if c.required and c.key not in found]
    groups: dict[str, list[Column]] = {}
    for column in columns:
        if column.one_of:
            groups.setdefault(column.one_of, []).append(column)
    for group in groups.values():
        if not any(column.key in found for column in group):
            missing.append(" atau ".join(column.heading for column in group))
    return missing


def _read_rows(header: _Header) -> Table:
    sheet = header.sheet
    spread = _values_of_tall_cells(sheet, header.index)
    headings = [next((n for n in names if n), "") for names in _headings_at(sheet, header.index)]
    taken = set(header.places.values())
    table = Table(
        sheet=sheet.name,
        header_row=header.index + 1,
        matched={
            key: _one_line(headings[place])
            for key, place in sorted(header.places.items(), key=lambda item: item[1])
        },
        ignored=[_one_line(h) for i, h in enumerate(headings) if h and i not in taken],
        headings=[_one_line(h) for h in headings],
    )
    for index in range(header.index + 1, len(sheet.cells)):
        row = sheet.cells[index]
        cells = {
            key: row[place] if place < len(row) and is_filled(row[place]) else None
            for key, place in header.places.items()
        }
        if all(value is None for value in cells.values()):
            continue
        if index == header.index + 1 and _counts_the_columns(row):
            continue
        for key, place in header.places.items():
            if cells[key] is None:
                cells[key] = spread.get((index, place))
        table.rows.append(Row(index + 1, cells))
        table.raw[index + 1] = row
    if not table.rows and not sheet.is_cut:
        raise UnusableFile(NO_DATA_ROWS)
    if len(table.rows) > MAX_ROWS:
        raise UnusableFile(TOO_MANY_ROWS)
    return table


def _values_of_tall_cells(sheet: Sheet, header_index: int) -> dict[tuple[int, int], Any]:
    """A name merged over the rows of its people stands in each of these rows."""
    spread = {}
    for top, left, bottom, _right in sheet.merged:
        if top > header_index and bottom > top and left < len(sheet.cells[top]):
            value = sheet.cells[top][left]
            for index in range(top + 1, min(bottom + 1, len(sheet.cells))):
                spread[index, left] = value
    return spread


def _counts_the_columns(row: list[Any]) -> bool:
    """The row under many Indonesian headers that numbers the columns: 1 2 3, or (1) (2) (3)."""
    texts = [re.sub(r"[()\s]|\.0$", "", str(cell)) for cell in row if is_filled(cell)]
    return len(texts) >= 3 and texts == [str(n) for n in range(1, len(texts) + 1)]


def _one_line(text: str) -> str:
    return " ".join(text.split())
