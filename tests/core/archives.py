"""Workbooks and other archives as bytes, genuine ones and some that are made to hurt."""

import io
import random
import struct
import zipfile
from datetime import date

import openpyxl

TITLES = ("REKAP RAT", "Dinas Koperasi", "")
HEADER = ("No", "NIK Koperasi", "Nama Koperasi", "Tanggal RAT")
DATA = (1, "3576010100000", "KSP Ma'ruf Café", date(2022, 3, 5))


def xlsx(*rows, change=None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row if isinstance(row, tuple) else (row,))
    if change:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_sheet(markup: bytes) -> bytes:
    """A genuine workbook whose only sheet holds this markup."""
    good = zipfile.ZipFile(io.BytesIO(xlsx(*TITLES, HEADER, DATA)))
    members = {name: good.read(name) for name in good.namelist()}
    return packed(members | {"xl/worksheets/sheet1.xml": markup})


def a_bomb() -> bytes:
    return with_sheet(b"<worksheet>" + b" " * 200_000_000 + b"</worksheet>")


def a_bomb_whose_directory_lies() -> bytes:
    """The directory says one kilobyte; the member unpacks to 200 million."""
    honest = a_bomb()
    size = struct.pack("<I", 200_000_023)
    assert honest.count(size) == 2
    return honest.replace(size, struct.pack("<I", 1000))


def cells_far_apart() -> bytes:
    return with_sheet(
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )


def one_long_text_in_many_cells() -> bytes:
    good = zipfile.ZipFile(io.BytesIO(xlsx(*TITLES, HEADER, DATA)))
    members = {name: good.read(name) for name in good.namelist()}
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    long_text = bytes(random.Random(1).choices(b"abcdefgh", k=900_000))
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 15_000)
    )
    members["xl/sharedStrings.xml"] = (
        b"<sst " + space + b"><si><t>" + long_text + b"</t></si></sst>"
    )
    members["xl/worksheets/sheet1.xml"] = (
        b"<worksheet " + space + b"><sheetData>" + cells + b"</sheetData></worksheet>"
    )
    return packed(members)


def an_entity_bomb() -> bytes:
    return with_sheet(
        b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        b"<worksheet>&b;</worksheet>"
    )


def a_thousand_members() -> bytes:
    return packed({"xl/workbook.xml": b"<x/>"} | {f"xl/{n}.xml": b"<x/>" for n in range(1000)})


def one_tag_without_an_end() -> bytes:
    return with_sheet(b"<worksheet>" + b'<c r="A1" ' * 400_000)


def one_tag_of_many_addresses() -> bytes:
    noise = bytes(random.Random(2).choices(b"abcdefghijklmnop", k=400_000))
    return with_sheet(b"<worksheet><c" + b' r="A1"' * 900_000 + b"><f>" + noise + b"</worksheet>")


BOMBS = (
    a_bomb,
    a_bomb_whose_directory_lies,
    cells_far_apart,
    one_long_text_in_many_cells,
    an_entity_bomb,
    a_thousand_members,
    one_tag_without_an_end,
    one_tag_of_many_addresses,
)
