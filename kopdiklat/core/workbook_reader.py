"""Read the sheets of one XLSX or CSV file. Runs as a program of its own with limits on time and
memory, so that a file made to hurt hurts only this: the file on standard input, one line of JSON
for each sheet and each of its rows on standard output. Exit status 3: the file is refused, for the
reason that standard output names in one word of `workbooks.SENTENCES`.

Sizes are limited twice, by what the archive says of itself and by counting while inflating,
because the directory of an archive can lie. Imports python_calamine only.
"""

import csv
import html
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MEMORY_BYTES = 800_000_000  # the largest genuine workbook takes some 550 MB
CPU_SECONDS = 30
REFUSED = 3  # exit status

MAX_UNPACKED = 60 * 1024 * 1024
MAX_RATIO = 100
RATIO_FLOOR = 2 * 1024 * 1024  # a few kB of repeated markup may well shrink a hundredfold
MAX_MEMBERS = 200
MAX_ROWS = 20_000
MAX_COLUMNS = 60
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


class Unreadable(Exception):
    """The file is refused; the text is the one word for why."""


@dataclass
class Sheet:
    """:param merged: top, left, bottom, right
    :param is_cut: more filled rows follow than were asked for
    """

    name: str
    visible: bool
    cells: list[list[Any]]  # from row 1, column A
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    is_cut: bool = False


def read_sheets(content: bytes, extension: str) -> list[Sheet]:
    """Every sheet of a workbook; a CSV once for each separator that it may have.

    :raises Unreadable: it is no workbook, is locked, or larger than the limits
    """
    if content.startswith(OLE_MAGIC):
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise Unreadable("encrypted" if locked else "old_excel")
    if content.startswith(ZIP_MAGIC):
        if extension in ("csv", "txt", "tsv"):
            raise Unreadable("wrong_extension")
        return _sheets_of_xlsx(content)
    if content.startswith(b"PK") or extension in ("xlsx", "xlsm", "xls", "xlsb", "ods"):
        raise Unreadable("no_workbook")
    return _readings_of_csv(content)


def is_filled(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


# --- XLSX ----------------------------------------------------------------------------------------


def _sheets_of_xlsx(content: bytes) -> list[Sheet]:
    import python_calamine  # noqa: PLC0415

    formulas = _inspect_archive(content)
    sheets = []
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(content))
        for index, meta in enumerate(workbook.sheets_metadata):
            if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            read = workbook.get_sheet_by_name(meta.name)
            if read.total_width > MAX_COLUMNS:
                raise Unreadable("too_many_columns")
            sheet = Sheet(
                meta.name,
                meta.visible == python_calamine.SheetVisibleEnum.Visible,
                read.to_python(skip_empty_area=False),
                [(*start, *end) for start, end in read.merged_cell_ranges or []],
            )
            sheet.merged = [area for area in sheet.merged if area[0] < len(sheet.cells)]
            _show_formulas(sheet, formulas.get(index, {}))
            sheets.append(sheet)
    except python_calamine.PasswordError:
        raise Unreadable("encrypted") from None
    except (python_calamine.CalamineError, UnicodeDecodeError, ValueError, OverflowError):
        raise Unreadable("damaged") from None
    except BaseException as stop:
        if type(stop).__name__ == "PanicException":  # the reader gave up on impossible markup
            raise Unreadable("damaged") from None
        raise
    return sheets


def _show_formulas(sheet: Sheet, formulas: dict[tuple[int, int], str]) -> None:
    """A formula that was never calculated reads as an empty cell: put its text there instead."""
    for (row, column), text in formulas.items():
        is_inside = row < len(sheet.cells) and column < len(sheet.cells[row])
        if is_inside and not is_filled(sheet.cells[row][column]):
            sheet.cells[row][column] = "=" + html.unescape(text)


def _inspect_archive(content: bytes) -> dict[int, dict[tuple[int, int], str]]:
    """Refuse what is unsafe to open; return the uncalculated formulas by number of the sheet."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        raise Unreadable("damaged") from None
    members = archive.infolist()
    names = {member.filename for member in members}
    if len(members) > MAX_MEMBERS:
        raise Unreadable("too_large")
    if "xl/workbook.xml" not in names:
        raise Unreadable("other_archive")
    if any(member.flag_bits & 0x1 for member in members):
        raise Unreadable("encrypted")
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
            raise Unreadable("damaged")
        is_xml = member.filename.endswith((".xml", ".rels"))
        if is_xml and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
            raise Unreadable("damaged")
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
            raise Unreadable("too_large")


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
        raise Unreadable("too_large")


def _inflate(content: bytes, member: zipfile.ZipInfo, allowed: int) -> bytes:
    """What a member really holds, counted while it is unpacked; stops past `allowed` bytes."""
    start = member.header_offset
    header = content[start : start + 30]
    if len(header) < 30 or not header.startswith(ZIP_MAGIC):
        raise Unreadable("damaged")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start += 30 + name_length + extra_length
    packed = content[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        return packed
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise Unreadable("damaged")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pieces, size = [], 0
    try:
        while packed and not inflater.eof:
            piece = inflater.decompress(packed, CHUNK)
            packed = inflater.unconsumed_tail
            size += len(piece)
            if size > allowed:
                raise Unreadable("too_large")
            pieces.append(piece)
        pieces.append(inflater.flush())
    except zlib.error:
        raise Unreadable("damaged") from None
    return b"".join(pieces)


def _check_extent(data: bytes) -> None:
    """Two cells far apart make a reader reserve everything between them."""
    if len(ROW.findall(data)) > MAX_ROWS + ROWS_TO_SPARE:
        raise Unreadable("too_many_rows")
    columns = set()
    last_row = 0
    for letters, digits, rest in CELL.findall(data):
        if letters and not rest.endswith(b"/"):
            columns.add(letters)
            last_row = max(last_row, int(digits))
    if last_row > MAX_ROWS + ROWS_TO_SPARE:
        raise Unreadable("too_many_rows")
    if any(_column_index(letters) >= MAX_COLUMNS for letters in columns):
        raise Unreadable("too_many_columns")


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


def _readings_of_csv(content: bytes) -> list[Sheet]:
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
            raise Unreadable("too_many_rows")
        readings.append(Sheet("CSV", True, rows))
    if not readings:
        raise Unreadable("no_workbook")
    widest = max(max((len(row) for row in sheet.cells), default=0) for sheet in readings)
    narrow = [s for s in readings if max((len(row) for row in s.cells), default=0) <= MAX_COLUMNS]
    if widest > MAX_COLUMNS and not any(len(row) > 1 for s in narrow for row in s.cells):
        raise Unreadable("too_many_columns")
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
        raise Unreadable("no_workbook")
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


# --- the program ---------------------------------------------------------------------------------


def write(sheets: list[Sheet], filled_rows: int | None, out: Any) -> None:
    """:param filled_rows: how many of each sheet are wanted; None means all"""
    for sheet in sheets:
        rows = _first(sheet.cells, filled_rows)
        head = [sheet.name, sheet.visible, sheet.merged, len(rows) < len(sheet.cells), len(rows)]
        out.write(json.dumps(head) + "\n")
        for row in rows:
            out.write(json.dumps(row, default=_tagged) + "\n")


def _first(rows: list[list[Any]], filled_rows: int | None) -> list[list[Any]]:
    filled = [n for n, row in enumerate(rows) if any(is_filled(cell) for cell in row)]
    if filled_rows is None or len(filled) <= filled_rows:
        return rows
    return rows[: filled[filled_rows]]


def _tagged(value: Any) -> dict[str, Any]:
    match value:
        case datetime() | date() | time():
            return {type(value).__name__: value.isoformat()}
        case timedelta():
            return {"timedelta": value.total_seconds()}
        case _:
            raise TypeError(type(value).__name__)


def read_answer(answer: bytes) -> list[Sheet]:
    """The sheets again, out of what `write` wrote."""
    lines = iter(answer.splitlines())
    sheets = []
    for line in lines:
        name, visible, merged, is_cut, rows = json.loads(line)
        cells = [json.loads(next(lines), object_hook=_untagged) for _ in range(rows)]
        sheets.append(Sheet(name, visible, cells, [tuple(area) for area in merged], is_cut))
    return sheets


def _untagged(tagged: dict[str, Any]) -> Any:
    [(kind, value)] = tagged.items()
    if kind == "timedelta":
        return timedelta(seconds=value)
    read = {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
    }
    return read[kind](value)


def _limit() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main(extension: str, filled_rows: str) -> int:
    _limit()
    try:
        sheets = read_sheets(sys.stdin.buffer.read(), extension)
        write(sheets, int(filled_rows) if filled_rows else None, sys.stdout)
    except Unreadable as refusal:
        sys.stdout.write(str(refusal))
        return REFUSED
    except MemoryError:
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
