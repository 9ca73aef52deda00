"""A list of people as it comes: cells of a worksheet, the export of a form, or lines of a chat.

A table is known by its headings, in any order, with tabs, semicolons or commas between. Without
headings each line is a person, under a line with the cooperative; lines like `Nama: Siti` are
read by their label. Nothing is judged here: a row keeps the text of each of its cells.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from kopdiklat.cooperatives.rules import HONORIFICS, POSITION_WORDS
from kopdiklat.core import workbook_reader, workbooks
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import shown
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import Column, UnusableFile, heading_key

MOST_ROWS = 500
MOST_TEXT = 200_000  # characters
KEYS = ("cooperative", "name", "position", "phone", "citizen_number", "needs")
COLUMNS = (
    Column(
        "cooperative",
        "Koperasi",
        (
            "Nama Koperasi", "Asal Koperasi", "Koperasi Asal", "Utusan Koperasi", "Dari Koperasi",
            "Utusan", "Instansi", "Lembaga", "NIK Koperasi", "Nomor Induk Koperasi",
        ),
    ),
    Column(
        "name",
        "Nama",
        ("Nama Lengkap", "Nama Peserta", "Nama Lengkap Peserta", "Nama Lengkap (sesuai KTP)",
         "Nama sesuai KTP", "Peserta", "Nama Pengurus"),
        required=True,
    ),
    Column(
        "position",
        "Jabatan",
        ("Posisi", "Jabatan di Koperasi", "Jabatan dalam Koperasi", "Jabatan Peserta"),
    ),
    Column(
        "phone",
        "No HP",
        ("No. HP/WA", "Nomor HP", "HP", "WA", "No WA", "Nomor WA", "WhatsApp", "No WhatsApp",
         "Nomor WhatsApp", "Nomor HP/WA", "No HP (WA)", "No HP (WhatsApp)", "Nomor HP (WhatsApp)",
         "Telepon", "No Telepon", "Nomor Telepon", "No Telp", "Telp", "Kontak"),
    ),
    Column("citizen_number", "NIK", ("NIK KTP", "No KTP", "Nomor KTP", "NIK Peserta")),
    Column("needs", "Kebutuhan khusus", ("Kebutuhan", "Pantangan makanan", "Alergi")),
)  # fmt: skip
LABELS = {name: column.key for column in COLUMNS for name in list(column.keys())}
POSITIONS = {heading_key(word): value for word, value in POSITION_WORDS.items()}

TOO_MANY = N_("Paling banyak {most} orang sekali tempel. Bagi daftarnya.")
TOO_LONG = N_("Daftar ini terlalu panjang. Bagi menjadi beberapa bagian.")
NOBODY = N_("Belum ada nama yang terbaca. Satu baris untuk satu orang.")

INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
CHAT_STAMP = re.compile(
    r"^\[?\d{1,2}[/.]\d{1,2}[/.]\d{2,4},?\s+\d{1,2}[.:]\d{2}(?:[.:]\d{2})?\]?\s*(?:-\s*)?[^:]{1,60}:\s*"
)
BULLET = re.compile(r"^\s*(?:\(?\d{1,3}[.)]\s*|[-–•*·▪]\s+)")
PHONE = re.compile(r"(?<![\w])(?:\+?\s?62|0|8)[\d\s.\-()]{7,17}\d")
LABELLED = re.compile(r"^([^:=]{2,40}?)\s*[:=]\s*(.*)$")
DEGREE = re.compile(
    r"^(?:[A-Z][A-Za-z]{0,3}\.){1,4}(?:[A-Za-z]{1,4}\.?)?$|^[A-Z]{1,2}\.?[A-Za-z]{0,3}\.$"
)
COOPERATIVE = re.compile(
    r"^(?:koperasi|kop\.|kopontren|kopwan|kopkar|kopma|koppas|kpri|kpn|ksp|kspps|ksu|kud|kjks|bmt|"
    r"usp|puskop\w*|primkop\w*|kdmp|kkmp|kdkmp)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Row:
    """One person of the list, as it was written. `number` is the line, or the row that Excel shows."""

    number: int
    cells: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")


def read(text: str) -> list[Row]:
    """The people of a pasted text.

    :raises RuleViolation: it is too long, or nobody is in it
    """
    if len(text) > MOST_TEXT:
        raise RuleViolation(TOO_LONG)
    text = INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))
    rows = _rows_of_table(text)
    if rows is None:
        rows = list(_rows_of_lines(text.split("\n")))
    return checked(rows)


def checked(rows: list[Row]) -> list[Row]:
    if len(rows) > MOST_ROWS:
        raise RuleViolation(TOO_MANY, most=MOST_ROWS)
    if not rows:
        raise RuleViolation(NOBODY)
    return rows


def rows_of(table: workbooks.Table) -> list[Row]:
    """The people of a workbook's table; a cooperative that stands once is that of the rows below."""
    rows, last = [], ""
    for row in table.rows:
        cells = {key: _shown(row.cells.get(key)) for key in KEYS}
        last = cells["cooperative"] = cells["cooperative"] or last
        if cells["name"] or cells["phone"]:
            rows.append(Row(row.number, cells))
    return rows


def as_text(rows: Iterable[Row]) -> str:
    """The list with headings and tabs, as `read` reads it again."""
    used = [c for c in COLUMNS if c.key in ("cooperative", "name", "position", "phone")]
    rows = list(rows)
    used += [c for c in COLUMNS if c not in used and any(row[c.key] for row in rows)]
    lines = ["\t".join(column.heading for column in used)]
    lines += ["\t".join(" ".join(row[c.key].split()) for c in used) for row in rows]
    return "\n".join(lines)


def mended(rows: Iterable[Row], fixes: Mapping[int, Mapping[str, str]]) -> list[Row]:
    """The rows with what was typed since: row number -> key -> text."""
    return [
        replace(row, cells={**row.cells, **fixes[row.number]}) if row.number in fixes else row
        for row in rows
    ]


def spread(
    rows: Iterable[Row], fixes: Mapping[int, Mapping[str, str]]
) -> dict[int, dict[str, str]]:
    """The same fixes, where the cooperative of one row stands for all that were written like it."""
    rows = list(rows)
    meant = {
        row["cooperative"]: fixes[row.number]["cooperative"]
        for row in rows
        if "cooperative" in fixes.get(row.number, {})
    }
    found: dict[int, dict[str, str]] = {}
    for row in rows:
        own = dict(fixes.get(row.number, {}))
        if row["cooperative"] in meant:
            own.setdefault("cooperative", meant[row["cooperative"]])
        if own:
            found[row.number] = own
    return found


def _shown(cell) -> str:
    return " ".join(INVISIBLE.sub("", shown(cell)).split())


# -- a table with headings -------------------------------------------------------------------------


def _rows_of_table(text: str) -> list[Row] | None:
    """None when no line holds the headings of a table."""
    try:
        sheets = workbook_reader.read_sheets(text.encode(errors="replace"), "csv")
        table = workbooks.find_table(sheets, COLUMNS)
    except (UnusableFile, workbook_reader.Unreadable):
        return None
    return rows_of(table) if len(table.matched) > 1 else None


# -- lines -----------------------------------------------------------------------------------------


def _rows_of_lines(lines: list[str]) -> Iterator[Row]:
    cooperative, person, number = "", {}, 0  # type: ignore[var-annotated]
    begins = True
    for at, line in enumerate(lines, 1):
        line = BULLET.sub("", CHAT_STAMP.sub("", line.strip())).strip(" *_")
        if not line:
            begins = True
            continue
        if labelled := _labelled(line):
            key, value = labelled
            if key in ("name", "cooperative") and person:
                yield Row(number, {"cooperative": cooperative, **person})
                person = {}
            if key == "cooperative":
                cooperative = value
            else:
                number = number if person else at
                person[key] = value
        else:
            if person:
                yield Row(number, {"cooperative": cooperative, **person})
                person = {}
            cells = _cells(line)
            if _is_heading(line, cells, begins and at < len(lines) and bool(lines[at].strip())):
                cooperative = cells["cooperative"] or line.rstrip(":").strip()
            else:
                yield Row(at, {**cells, "cooperative": cells["cooperative"] or cooperative})
        begins = False
    if person:
        yield Row(number, {"cooperative": cooperative, **person})


def _labelled(line: str) -> tuple[str, str] | None:
    found = LABELLED.match(line)
    key = LABELS.get(heading_key(found[1])) if found else None
    return (key, found[2].strip()) if found and key else None


def _is_heading(line: str, cells: Mapping[str, str], begins_block: bool) -> bool:
    """A line that names a cooperative, and nobody."""
    if cells["phone"] or cells["position"]:
        return False
    if line.endswith(":") or (cells["cooperative"] and not cells["name"]):
        return True
    return False if cells["cooperative"] else begins_block and not re.search(r"[,;\t|]", line)


def _cells(line: str) -> dict[str, str]:
    """A line's parts by what they look like: a phone, a position, a cooperative, else the name."""
    cells = dict.fromkeys(KEYS, "")
    if found := PHONE.search(line):
        cells["phone"] = found[0].strip()
        line = f"{line[: found.start()]}\t{line[found.end() :]}"
    for part in re.split(r"\t|;|\||,|\s[-–—]\s|[()]", line):
        part = part.strip(" .:-–") if not DEGREE.match(part.strip()) else part.strip()
        if not part:
            continue
        if heading_key(part) in POSITIONS and not cells["position"]:
            cells["position"] = part
        elif re.fullmatch(r"[\d .]{16,22}", part) and not cells["citizen_number"]:
            cells["citizen_number"] = part
        elif re.fullmatch(r"[+\d][\d .\-]{2,}", part) and not cells["phone"]:
            cells["phone"] = part  # no number that anybody has, but what was written
        elif COOPERATIVE.match(part) and not cells["cooperative"]:
            cells["cooperative"] = part
        elif cells["name"] and _is_degree(part):
            cells["name"] += f", {part}"
        elif not cells["name"]:
            cells["name"] = part
        elif not cells["position"]:
            cells["position"] = part
    return cells


def _is_degree(part: str) -> bool:
    return bool(DEGREE.match(part)) or heading_key(part) in HONORIFICS
