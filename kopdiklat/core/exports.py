"""Tables as files: workbooks whose text stays text, also what a spreadsheet would run."""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
BLANKS = " \u00a0\u2000\u2007\u2009\u200b\u202f\u3000\ufeff"
NUMBER_FORMATS = {
    "date": "dd/mm/yyyy",
    "datetime": "dd/mm/yyyy hh.mm",
    "whole": "#,##0",
    "money": "#,##0",
    "decimal": "#,##0.00",
}
NUMBERS = ("whole", "money", "decimal", "as_is")
HEADER_ROW = 3
INK, MUTED, LINE, GROUND = "#17212B", "#52606D", "#6B7785", "#F5F7F9"


@dataclass(frozen=True)
class ExportColumn:
    """One column of a table that leaves.

    :param kind: text, date, datetime, whole, money or decimal; a text cell is never a number.
        `as_is` keeps numbers numbers, days days and texts texts
    """

    heading: str
    kind: str = "text"
    width: float | None = None


def could_run(text: str) -> bool:
    """Whether a spreadsheet might take this line for a formula."""
    lines = text.replace("\r\n", "\n").split("\n")
    return any(
        line.startswith(("\t", "\r")) or line.lstrip(BLANKS).startswith(FORMULA_MARKS)
        for line in lines
    )


@dataclass(frozen=True)
class Page:
    """One sheet: a title row, a grey row, an empty one, the header in row 4, the data below."""

    title: str
    columns: Sequence[ExportColumn]
    rows: Iterable[Sequence[Any]]
    subtitle: str = ""
    name: str = "Data"


def workbook_bytes(
    title: str,
    columns: Sequence[ExportColumn],
    rows: Iterable[Sequence[Any]],
    *,
    subtitle: str = "",
    sheet: str = "Data",
    more: Sequence[Page] = (),
) -> bytes:
    """An XLSX with a title row, a header that stays in view, filters and typed cells.

    Text is written as text and, where it could run, with Excel's own text mark, so that it comes
    back exactly as it was and still cannot become a formula when someone edits it.
    :param more: further sheets
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,
        },
    )
    book.set_properties({"title": title, "author": "Kopdiklat"})
    formats = _formats(book)
    for page in (Page(title, columns, rows, subtitle, sheet), *more):
        _write_page(book, page, formats)
    book.close()
    return buffer.getvalue()


def _write_page(book: Any, page: Page, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(_sheet_name(page.name))
    rows = [list(row) for row in page.rows]
    for index, column in enumerate(page.columns):
        sheet.set_column(index, index, column.width or _width(column, index, rows))
    sheet.write_string(0, 0, _printable(page.title), formats["title"])
    if page.subtitle:
        sheet.write_string(1, 0, _printable(page.subtitle), formats["subtitle"])
    for index, column in enumerate(page.columns):
        sheet.write_string(HEADER_ROW, index, _printable(column.heading), formats["heading"])
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        for index, (column, value) in enumerate(zip(page.columns, row, strict=True)):
            _write(sheet, number, index, column.kind, value, formats)
    sheet.freeze_panes(HEADER_ROW + 1, 1)
    if page.columns:
        last = HEADER_ROW + max(len(rows), 1)
        sheet.autofilter(HEADER_ROW, 0, last, len(page.columns) - 1)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _formats(book: Any) -> dict[str, Any]:
    plain = {"valign": "top", "font_color": INK}
    text = {**plain, "num_format": "@", "text_wrap": True}
    formats = {
        kind: book.add_format(
            {**plain, "num_format": shape, "align": "left" if "date" in kind else "right"}
        )
        for kind, shape in NUMBER_FORMATS.items()
    }
    formats["as_is"] = book.add_format(plain)
    formats["text"] = book.add_format(text)
    formats["marked"] = book.add_format({**text, "quote_prefix": True})
    formats["title"] = book.add_format({"bold": True, "font_size": 14})
    formats["subtitle"] = book.add_format({"font_color": MUTED})
    formats["heading"] = book.add_format(
        {**text, "bold": True, "bottom": 1, "bottom_color": LINE, "bg_color": GROUND}
    )
    return formats


def _write(page: Any, row: int, column: int, kind: str, value: Any, formats: dict) -> None:
    match value:
        case None | "":
            page.write_blank(row, column, None, formats.get(kind, formats["text"]))
        case bool():
            page.write_string(row, column, "Ya" if value else "Tidak", formats["text"])
        case int() | float() | Decimal() if kind in NUMBERS:
            page.write_number(row, column, float(value), formats[kind])
        case datetime():
            page.write_datetime(row, column, value.replace(tzinfo=None), formats["datetime"])
        case date():
            page.write_datetime(row, column, datetime.combine(value, time()), formats["date"])
        case _:
            words = _printable(str(value))
            page.write_string(row, column, words, formats["marked" if could_run(words) else "text"])


def _printable(text: str) -> str:
    """XML knows no control characters; Excel holds 32,767 characters in a cell."""
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return kept[:32_767]


def _sheet_name(name: str) -> str:
    return "".join(c for c in name if c not in "[]:*?/\\'")[:31] or "Data"


def _width(column: ExportColumn, index: int, rows: list[list[Any]]) -> float:
    longest = max((len(str(row[index] or "")) for row in rows[:500]), default=0)
    return min(max(longest, len(column.heading), 8) + 2, 48)
