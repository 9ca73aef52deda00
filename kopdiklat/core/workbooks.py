"""A table out of an XLSX or CSV file as offices keep it.

Title rows stand above the header, headings come in any order, some sheets are hidden, some cells
merged. Sizes are limited twice, by what the archive says of itself and by counting while
inflating, because the directory of an archive can lie.
"""

import csv
import html
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kopdiklat.core.errors import KopdiklatError
from kopdiklat.core.text import N_

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_RATIO = 100
RATIO_FLOOR = 2 * 1024 * 1024  # a few kB of repeated markup may well shrink a hundredfold
MAX_MEMBERS = 200
MAX_ROWS = 20_000
MAX_COLUMNS = 60
HEADER_WITHIN = 15
ROWS_TO_SPARE = 100  # titles above the header, signatures below the data
CHUNK = 64 * 1024

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_SHARED_TEXT = 60 * 1024 * 1024

# The markup is read with patterns whose every repeat is bounded or possessive: a hostile file
# cannot make them slow. A name may carry a namespace prefix.
SHEET_PATH = re.compile(r"xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
CELL = re.compile(
    rb"<(?:\w{1,20}:)?c\b(?>(?:[^<>]{0,200}?\sr=\"([A-Z]{1,4})(\d{1,8})\")?)([^<>]*+)>"
)
ROW = re.compile(rb"<(?:\w{1,20}:)?row\b")
EMPTY_FORMULA = re.compile(
    rb"<(?:\w{1,20}:)?c\b(?>[^<>]{0,200}?\sr=\"([A-Z]{1,4})(\d{1,8})\")[^<>]*+>\s*+"
    rb"<(?:\w{1,20}:)?f\b(?>[^<>]*+>)(?:([^<]*+)</(?:\w{1,20}:)?f>)?+\s*+"
    rb"(?:<(?:\w{1,20}:)?v\s*+/>|<(?:\w{1,20}:)?v>\s*+</(?:\w{1,20}:)?v>)?+"
    rb"\s*+</(?:\w{1,20}:)?c>"
)
SHARED_TEXT = re.compile(rb"<(?:\w{1,20}:)?si\b")
SHARED_CELL = re.compile(rb"\st=\"s\"[^<>]*+>\s*+<(?:\w{1,20}:)?v>(\d{1,9})<")
SHEET_TAG = re.compile(rb"<(?:\w{1,20}:)?sheet\b([^<>]*+)>")
RELATION = re.compile(rb"<(?:\w{1,20}:)?Relationship\b([^<>]*+)>")


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
NOT_A_WORKBOOK = N_("Berkas ini bukan buku kerja Excel atau CSV. Simpan ulang sebagai .xlsx.")
OLD_EXCEL = N_("Berkas Excel lama (.xls). Simpan ulang sebagai .xlsx, lalu unggah lagi.")
ENCRYPTED = N_(
    "Berkas dikunci kata sandi. Buka di Excel, hapus kata sandinya, simpan, lalu unggah lagi."
)
OTHER_ARCHIVE = N_("Berkas ini arsip lain, bukan buku kerja .xlsx. Simpan ulang sebagai .xlsx.")
DAMAGED = N_("Buku kerja ini rusak. Buka di Excel, simpan ulang, lalu unggah lagi.")
TOO_LARGE_UNPACKED = N_("Isi berkas terlalu besar untuk dibuka dengan aman.")
TOO_MANY_ROWS = N_("Lebih dari 20.000 baris. Hapus baris kosong atau bagi berkasnya.")
TOO_MANY_COLUMNS = N_("Lebih dari 60 kolom. Hapus kolom di kanan data.")
WRONG_EXTENSION = N_("Isi berkas adalah buku kerja Excel. Ganti akhiran namanya menjadi .xlsx.")
NO_DATA_ROWS = N_("Ada judul kolom, tetapi tidak ada baris data di bawahnya.")
NO_HEADINGS = N_("Judul kolom tidak ditemukan. Kolom yang wajib ada: {missing}.")
MISSING_HEADINGS = N_("Judul kolom belum lengkap. Yang belum ada: {missing}.")


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
    """Find the table with these columns in a file.

    :raises UnusableFile: it is no workbook, is locked, too large, or lacks a needed heading
    """
    if not content:
        raise UnusableFile(EMPTY_FILE)
    if len(content) > MAX_BYTES:
        raise UnusableFile(TOO_MANY_BYTES)
    extension = filename.rpartition(".")[2].casefold()
    if content.startswith(OLE_MAGIC):
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise UnusableFile(ENCRYPTED if locked else OLD_EXCEL)
    if content.startswith(ZIP_MAGIC):
        if extension in ("csv", "txt", "tsv"):
            raise UnusableFile(WRONG_EXTENSION)
        return _best_table(_sheets_of_xlsx(content), columns)
    if content.startswith(b"PK") or extension in ("xlsx", "xlsm", "xls", "xlsb", "ods"):
        raise UnusableFile(NOT_A_WORKBOOK)
    return _best_table(_readings_of_csv(content), columns)


# --- finding the table ---------------------------------------------------------------------------


@dataclass
class _Sheet:
    name: str
    visible: bool
    cells: list[list[Any]]  # from row 1, column A
    merged: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # top, left, bottom, right


@dataclass
class _Header:
    sheet: _Sheet
    index: int  # in sheet.cells
    places: dict[str, int]  # column key -> index of the cell
    missing: list[str]


def _best_table(sheets: list[_Sheet], columns: Sequence[Column]) -> Table:
    candidates = [
        header
        for sheet in sheets
        for index in _first_filled_rows(sheet)
        if (header := _read_header(sheet, index, columns)).places
    ]
    if not any(any(_is_filled(c) for c in row) for sheet in sheets for row in sheet.cells):
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


def _first_filled_rows(sheet: _Sheet) -> list[int]:
    filled = [i for i, row in enumerate(sheet.cells) if any(_is_filled(c) for c in row)]
    return filled[:HEADER_WITHIN]


def _read_header(sheet: _Sheet, index: int, columns: Sequence[Column]) -> _Header:
    places = _match(_headings_at(sheet, index), columns)
    return _Header(sheet, index, places, missing_headings(columns, set(places)))


def _headings_at(sheet: _Sheet, index: int) -> list[list[str]]:
    """Per cell what its heading may be: its own text, or joined with a merged cell above."""
    row = sheet.cells[index]
    above: dict[int, str] = {}
    for top, left, bottom, right in sheet.merged:
        if top == index - 1 and (right > left or bottom >= index):
            text = str(sheet.cells[top][left]) if left < len(sheet.cells[top]) else ""
            above.update(dict.fromkeys(range(left, min(right + 1, MAX_COLUMNS)), text))
    headings = []
    for column in range(max(len(row), max(above, default=-1) + 1)):
        own = str(row[column]) if column < len(row) and _is_filled(row[column]) else ""
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
            key: row[place] if place < len(row) and _is_filled(row[place]) else None
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
    if not table.rows:
        raise UnusableFile(NO_DATA_ROWS)
    if len(table.rows) > MAX_ROWS:
        raise UnusableFile(TOO_MANY_ROWS)
    return table


def _values_of_tall_cells(sheet: _Sheet, header_index: int) -> dict[tuple[int, int], Any]:
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
    texts = [re.sub(r"[()\s]|\.0$", "", str(cell)) for cell in row if _is_filled(cell)]
    return len(texts) >= 3 and texts == [str(n) for n in range(1, len(texts) + 1)]


def _is_filled(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- XLSX ----------------------------------------------------------------------------------------


def _sheets_of_xlsx(content: bytes) -> list[_Sheet]:
    import python_calamine

    formulas = _inspect_archive(content)
    sheets = []
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(content))
        for index, meta in enumerate(workbook.sheets_metadata):
            if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            read = workbook.get_sheet_by_name(meta.name)
            if read.total_width > MAX_COLUMNS:
                raise UnusableFile(TOO_MANY_COLUMNS)
            sheet = _Sheet(
                meta.name,
                meta.visible == python_calamine.SheetVisibleEnum.Visible,
                read.to_python(skip_empty_area=False),
                [(*start, *end) for start, end in read.merged_cell_ranges or []],
            )
            sheet.merged = [area for area in sheet.merged if area[0] < len(sheet.cells)]
            _show_formulas(sheet, formulas.get(index, {}))
            sheets.append(sheet)
    except python_calamine.PasswordError:
        raise UnusableFile(ENCRYPTED) from None
    except (python_calamine.CalamineError, UnicodeDecodeError, ValueError, OverflowError):
        raise UnusableFile(DAMAGED) from None
    except BaseException as stop:
        if type(stop).__name__ == "PanicException":  # the reader gave up on impossible markup
            raise UnusableFile(DAMAGED) from None
        raise
    return sheets


def _show_formulas(sheet: _Sheet, formulas: dict[tuple[int, int], str]) -> None:
    """A formula that was never calculated reads as an empty cell: put its text there instead."""
    for (row, column), text in formulas.items():
        is_inside = row < len(sheet.cells) and column < len(sheet.cells[row])
        if is_inside and not _is_filled(sheet.cells[row][column]):
            sheet.cells[row][column] = "=" + html.unescape(text)


def _inspect_archive(content: bytes) -> dict[int, dict[tuple[int, int], str]]:
    """Refuse what is unsafe to open; return the uncalculated formulas by number of the sheet."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        raise UnusableFile(DAMAGED) from None
    members = archive.infolist()
    names = {member.filename for member in members}
    if len(members) > MAX_MEMBERS:
        raise UnusableFile(TOO_LARGE_UNPACKED)
    if "xl/workbook.xml" not in names:
        raise UnusableFile(OTHER_ARCHIVE)
    if any(member.flag_bits & 0x1 for member in members):
        raise UnusableFile(ENCRYPTED)
    _check_unpacked(sum(member.file_size for member in members), len(content))
    formulas: dict[str, dict[tuple[int, int], str]] = {}
    texts = _SharedTexts()
    small: dict[str, bytes] = {}
    unpacked = 0
    for member in members:
        data = _inflate(content, member, MAX_UNPACKED - unpacked)
        unpacked += len(data)
        _check_unpacked(unpacked, len(content))
        if len(data) != member.file_size:
            raise UnusableFile(DAMAGED)
        is_xml = member.filename.endswith((".xml", ".rels"))
        if is_xml and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
            raise UnusableFile(DAMAGED)
        if member.filename in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            small[member.filename] = data
        elif member.filename == "xl/sharedStrings.xml":
            texts.lengths = [len(text) for text in SHARED_TEXT.split(data)[1:]]
        elif SHEET_PATH.search(member.filename):
            _check_extent(data)
            texts.uses.append(SHARED_CELL.findall(data))
            formulas[member.filename] = _uncalculated(data) if b"f>" in data else {}
    texts.check()
    return {i: formulas.get(path, {}) for i, path in enumerate(_paths_of_sheets(small))}


@dataclass
class _SharedTexts:
    """A long text that very many cells point to unfolds in memory, not in the archive."""

    lengths: list[int] = field(default_factory=list)
    uses: list[list[bytes]] = field(default_factory=list)

    def check(self) -> None:
        cells = sum(len(use) for use in self.uses)
        if cells * max(self.lengths, default=0) <= MAX_SHARED_TEXT:
            return
        known = len(self.lengths)
        pointed = (int(number) for use in self.uses for number in use)
        if sum(self.lengths[n] for n in pointed if n < known) > MAX_SHARED_TEXT:
            raise UnusableFile(TOO_LARGE_UNPACKED)


def _paths_of_sheets(parts: dict[str, bytes]) -> list[str]:
    """The archive paths of the sheets, in the order of the workbook."""
    targets = {}
    for tag in RELATION.findall(parts.get("xl/_rels/workbook.xml.rels", b"")):
        target = _attribute(tag, b"Target").lstrip("/")
        targets[_attribute(tag, b"Id")] = target if target.startswith("xl/") else "xl/" + target
    tags = SHEET_TAG.findall(parts.get("xl/workbook.xml", b""))
    return [targets.get(_attribute(tag, rb"\w{1,20}:id"), "") for tag in tags]


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\s" + name + rb"=\"([^\"]{0,300})\"", tag)
    return found[1].decode("utf-8", "replace") if found else ""


def _check_unpacked(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_FLOOR and unpacked > MAX_RATIO * packed):
        raise UnusableFile(TOO_LARGE_UNPACKED)


def _inflate(content: bytes, member: zipfile.ZipInfo, allowed: int) -> bytes:
    """What a member really holds, counted while it is unpacked; stops past `allowed` bytes."""
    start = member.header_offset
    header = content[start : start + 30]
    if len(header) < 30 or not header.startswith(ZIP_MAGIC):
        raise UnusableFile(DAMAGED)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start += 30 + name_length + extra_length
    packed = content[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        return packed
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise UnusableFile(DAMAGED)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pieces, size = [], 0
    try:
        while packed and not inflater.eof:
            piece = inflater.decompress(packed, CHUNK)
            packed = inflater.unconsumed_tail
            size += len(piece)
            if size > allowed:
                raise UnusableFile(TOO_LARGE_UNPACKED)
            pieces.append(piece)
        pieces.append(inflater.flush())
    except zlib.error:
        raise UnusableFile(DAMAGED) from None
    return b"".join(pieces)


def _check_extent(data: bytes) -> None:
    """Two cells far apart make a reader reserve everything between them."""
    if len(ROW.findall(data)) > MAX_ROWS + ROWS_TO_SPARE:
        raise UnusableFile(TOO_MANY_ROWS)
    columns = set()
    last_row = 0
    for letters, digits, rest in CELL.findall(data):
        if letters and not rest.endswith(b"/"):
            columns.add(letters)
            last_row = max(last_row, int(digits))
    if last_row > MAX_ROWS + ROWS_TO_SPARE:
        raise UnusableFile(TOO_MANY_ROWS)
    if any(_column_index(letters) >= MAX_COLUMNS for letters in columns):
        raise UnusableFile(TOO_MANY_COLUMNS)


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _uncalculated(data: bytes) -> dict[tuple[int, int], str]:
    return {
        (int(digits) - 1, _column_index(letters)): formula.decode("utf-8", "replace")
        for letters, digits, formula in EMPTY_FORMULA.findall(data)
    }


# --- CSV -----------------------------------------------------------------------------------------


def _readings_of_csv(content: bytes) -> list[_Sheet]:
    """The file read with each separator; the reading with the most headings wins later."""
    text = _decode(content)
    separators = [";", ",", "\t"]
    if found := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        separators = [found[1]]
        text = text[found.end() :]
    readings = []
    for separator in separators:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        except csv.Error:
            continue
        if len(rows) > MAX_ROWS + ROWS_TO_SPARE:
            raise UnusableFile(TOO_MANY_ROWS)
        readings.append(_Sheet("CSV", True, rows))
    if not readings:
        raise UnusableFile(NOT_A_WORKBOOK)
    widest = max(max((len(row) for row in sheet.cells), default=0) for sheet in readings)
    narrow = [s for s in readings if max((len(row) for row in s.cells), default=0) <= MAX_COLUMNS]
    if widest > MAX_COLUMNS and not any(len(row) > 1 for s in narrow for row in s.cells):
        raise UnusableFile(TOO_MANY_COLUMNS)
    return narrow


def _decode(content: bytes) -> str:
    """The text of a CSV: UTF-8 or UTF-16, with its mark or without, else Windows-1252."""
    text = None
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        text = content.decode("cp1252", "replace")
    if any(character < " " and character not in "\t\n\r\x0c" for character in text[:10_000]):
        raise UnusableFile(NOT_A_WORKBOOK)
    return text


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = content[:4096]
    if head.count(0) * 3 > len(head):  # every second byte is zero
        return ("utf-16-le",) if head[1::2].count(0) > head[::2].count(0) else ("utf-16-be",)
    return ("utf-8",)
