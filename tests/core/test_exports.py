"""What leaves as a table comes back as it was, and runs nowhere."""

import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import python_calamine

from kopdiklat.core.exports import ExportColumn, could_run, workbook_bytes

PAYLOADS = [
    "=1+1",
    "=HYPERLINK(\"http://x\";\"klik\")",
    "+62812",
    "-1+2",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "baik\n=1+1",
    "baik\r\n=cmd|'/c calc'!A0",
]  # fmt: skip
CIVIL = datetime(2022, 3, 5, 9, 5)  # noqa: DTZ001, exports hold wall-clock times
HARMLESS = ["KSP Ma'ruf", "", "a=b", "C1", "baik\nsekali", "0812"]


def cells(content: bytes):
    sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
    return sheet.to_python(skip_empty_area=False)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_that_a_spreadsheet_could_run_is_known(payload):
    assert could_run(payload)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_known(text):
    assert not could_run(text)


@pytest.mark.parametrize("payload", PAYLOADS + HARMLESS)
def test_a_workbook_keeps_every_text_as_text(payload):
    content = workbook_bytes("Judul", [ExportColumn("Isi")], [[payload]])

    cell = openpyxl.load_workbook(io.BytesIO(content)).active["A5"]
    assert cell.data_type in ("s", "n")
    assert cell.value is None or cell.data_type == "s"
    if payload and could_run(payload):
        assert cell.quotePrefix
    assert (cell.value or "").replace("_x000D_", "") == payload.replace("\r", "")


def test_a_workbook_has_a_title_a_header_that_stays_and_typed_cells():
    columns = [
        ExportColumn("Nama Koperasi"),
        ExportColumn("Tanggal RAT", "date"),
        ExportColumn("Skor", "decimal"),
        ExportColumn("Anggota", "whole"),
        ExportColumn("NIK"),
        ExportColumn("Diubah", "datetime"),
    ]
    row = ["KUD Makmur", date(2022, 3, 5), Decimal("57.25"), 120, "3576010100000", None]
    content = workbook_bytes("Daftar Koperasi", columns, [row], subtitle="Kota Mojokerto")

    assert cells(content) == [
        ["Daftar Koperasi", "", "", "", "", ""],
        ["Kota Mojokerto", "", "", "", "", ""],
        ["", "", "", "", "", ""],
        ["Nama Koperasi", "Tanggal RAT", "Skor", "Anggota", "NIK", "Diubah"],
        ["KUD Makmur", date(2022, 3, 5), 57.25, 120.0, "3576010100000", ""],
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref == "A4:F5"


def test_a_workbook_drops_characters_that_xml_cannot_hold():
    content = workbook_bytes("x", [ExportColumn("Isi")], [["a\x00b\x0bc 👨‍👩‍👧"]])

    assert cells(content)[4] == ["abc 👨‍👩‍👧"]
