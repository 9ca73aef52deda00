"""Files as offices keep them, files that are something else, and files made to hurt."""

import io
import random
import struct
import time
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import date

import openpyxl
import pytest

from kopdiklat.core import workbooks
from kopdiklat.core.workbooks import Column, UnusableFile, WrongHeadings, read_table

COLUMNS = (
    Column("name", "Nama Koperasi", ("Koperasi",), required=True),
    Column("number", "NIK Koperasi", ("NIK",)),
    Column("held_on", "Tanggal RAT"),
)
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


def refusal(content: bytes, filename: str = "berkas.xlsx") -> str:
    with pytest.raises(UnusableFile) as refused:
        read_table(content, filename, COLUMNS)
    return str(refused.value)


def test_read_table_finds_the_header_below_titles_and_numbers_rows_as_excel_does():
    table = read_table(
        xlsx(*TITLES, HEADER, DATA, ("",), (2, "", "KUD Makmur", "")), "a.xlsx", COLUMNS
    )

    assert table.header_row == 4
    assert table.matched == {
        "number": "NIK Koperasi",
        "name": "Nama Koperasi",
        "held_on": "Tanggal RAT",
    }
    assert table.ignored == ["No"]
    assert [row.number for row in table.rows] == [5, 7]
    assert table.rows[0].cells == {
        "number": "3576010100000",
        "name": "KSP Ma'ruf Café",
        "held_on": date(2022, 3, 5),
    }
    assert table.rows[1].cells == {"number": None, "name": "KUD Makmur", "held_on": None}


def test_read_table_takes_headings_in_any_order_case_and_punctuation():
    table = read_table(
        xlsx(("TANGGAL  R.A.T", "koperasi", "n i k"), ("", "KUD", "1")), "a.xlsx", COLUMNS
    )

    assert table.rows[0].cells == {"held_on": None, "name": "KUD", "number": "1"}


def test_read_table_prefers_the_proper_heading_to_another_name_of_it():
    table = read_table(xlsx(("Koperasi", "Nama Koperasi"), ("x", "KUD")), "a.xlsx", COLUMNS)

    assert table.rows[0].cells["name"] == "KUD"
    assert table.ignored == ["Koperasi"]


def test_read_table_skips_the_row_that_numbers_the_columns():
    table = read_table(xlsx(HEADER, (1, 2, 3, 4), DATA), "a.xlsx", COLUMNS)

    assert [row.number for row in table.rows] == [3]


def test_read_table_skips_rows_that_hold_only_a_running_number():
    table = read_table(xlsx(HEADER, DATA, (2, "", "", ""), (3, "", "", "")), "a.xlsx", COLUMNS)

    assert [row.number for row in table.rows] == [2]


def test_read_table_prefers_a_visible_sheet_that_matches():
    def add_sheets(book):
        book.active.title = "Sampul"
        for name, state in (("Lama", "hidden"), ("Data", "visible")):
            sheet = book.create_sheet(name)
            sheet.sheet_state = state
            sheet.append(HEADER)
            sheet.append((1, "", f"Dari {name}", ""))

    table = read_table(xlsx(("Sampul",), change=add_sheets), "a.xlsx", COLUMNS)

    assert table.sheet == "Data"
    assert table.rows[0].cells["name"] == "Dari Data"


def test_read_table_spreads_a_name_merged_over_the_rows_of_its_people():
    def merge(book):
        book.active.merge_cells("C2:C4")

    rows = [HEADER, DATA, (2, "", "", "1 Maret 2022"), (3, "", "", "2 Maret 2022")]
    table = read_table(xlsx(*rows, change=merge), "a.xlsx", COLUMNS)

    assert [row.cells["name"] for row in table.rows] == ["KSP Ma'ruf Café"] * 3


def test_read_table_joins_a_header_of_two_rows():
    def merge(book):
        book.active.merge_cells("A1:A2")
        book.active.merge_cells("B1:C1")

    columns = (Column("name", "Koperasi", required=True), Column("women", "Anggota Wanita"))
    rows = [("Koperasi", "Anggota", ""), ("", "Pria", "Wanita"), ("KUD", 3, 4)]
    table = read_table(xlsx(*rows, change=merge), "a.xlsx", columns)

    assert table.header_row == 2
    assert table.rows[0].cells == {"name": "KUD", "women": 4}


def test_read_table_shows_a_formula_that_was_never_calculated():
    table = read_table(xlsx(HEADER, (1, "", '=HYPERLINK("http://x","a&b")', "")), "a.xlsx", COLUMNS)

    assert table.rows[0].cells["name"] == '=HYPERLINK("http://x","a&b")'


def test_read_table_names_the_headings_that_are_missing():
    with pytest.raises(WrongHeadings) as refused:
        read_table(xlsx(("No", "NIK", "Alamat"), (1, "2", "3")), "a.xlsx", COLUMNS)

    assert refused.value.missing == ["Nama Koperasi"]
    assert str(refused.value) == "Judul kolom belum lengkap. Yang belum ada: Nama Koperasi."


def test_read_table_names_the_headings_when_there_are_none_at_all():
    assert refusal(xlsx(("satu", "dua"), ("a", "b"))) == (
        "Judul kolom tidak ditemukan. Kolom yang wajib ada: Nama Koperasi."
    )


def test_read_table_wants_one_heading_of_a_group():
    columns = (
        Column("number", "NIK Koperasi", one_of="who"),
        Column("name", "Nama Koperasi", one_of="who"),
        Column("held_on", "Tanggal RAT", required=True),
    )

    assert read_table(xlsx(("Nama Koperasi", "Tanggal RAT"), ("KUD", "")), "a.xlsx", columns).rows
    with pytest.raises(WrongHeadings, match="NIK Koperasi atau Nama Koperasi"):
        read_table(xlsx(("Tanggal RAT", "x"), ("1 Mei 2022", "")), "a.xlsx", columns)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("cp1252"),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
    ],
    ids=["utf8", "bom", "cp1252", "utf16", "utf16-le", "utf16-be"],
)
@pytest.mark.parametrize("separator", [";", ",", "\t"], ids=["semicolon", "comma", "tab"])
def test_read_table_reads_csv_of_every_encoding_and_separator(encode, separator):
    lines = [
        "REKAP RAT",
        "",
        separator.join(HEADER),
        separator.join(("1", "3576010100000", '"KSP Café; satu, dua"', "05/03/2022")),
    ]
    table = read_table(encode("\r\n".join(lines)), "rat.csv", COLUMNS)

    assert table.header_row == 3
    assert table.rows[0].number == 4
    assert table.rows[0].cells == {
        "number": "3576010100000",
        "name": "KSP Café; satu, dua",
        "held_on": "05/03/2022",
    }


def test_read_table_reads_csv_that_names_its_separator():
    table = read_table(b"sep=|\r\nNama Koperasi|NIK\r\nKUD|1\r\n", "a.csv", COLUMNS)

    assert table.rows[0].cells["name"] == "KUD"


def test_read_table_says_what_a_file_is_when_it_is_no_workbook():
    ole = workbooks.OLE_MAGIC + bytes(600)

    assert refusal(b"") == "Berkas kosong. Pilih berkas yang berisi data."
    assert refusal(b"\x89PNG\r\n\x1a\n" + bytes(40)).startswith("Berkas ini bukan buku kerja Excel")
    assert refusal(b"\x89PNG\r\n\x1a\n" + bytes(40), "foto.csv").startswith("Berkas ini bukan")
    assert refusal(b"<html><table></table>", "data.xls").startswith("Berkas ini bukan buku kerja")
    assert refusal(ole, "data.xls") == (
        "Berkas Excel lama (.xls). Simpan ulang sebagai .xlsx, lalu unggah lagi."
    )
    assert refusal(ole + "EncryptedPackage".encode("utf-16-le")) == (
        "Berkas dikunci kata sandi. Buka di Excel, hapus kata sandinya, simpan, lalu unggah lagi."
    )
    assert refusal(packed({"surat.docx": b"x"})).startswith("Berkas ini arsip lain")
    assert refusal(b"PK\x03\x04" + bytes(100)).startswith("Buku kerja ini rusak.")
    assert refusal(xlsx(HEADER, DATA), "data.csv") == (
        "Isi berkas adalah buku kerja Excel. Ganti akhiran namanya menjadi .xlsx."
    )


def test_read_table_says_when_a_workbook_holds_nothing():
    assert refusal(xlsx()) == "Berkas kosong. Pilih berkas yang berisi data."
    assert refusal(xlsx(*TITLES, HEADER)) == (
        "Ada judul kolom, tetapi tidak ada baris data di bawahnya."
    )


def test_read_table_refuses_more_than_it_promises_to_read():
    too_many = b"Nama Koperasi\n" + b"KUD\n" * 20_001
    wide = b";".join([b"Nama Koperasi"] * 61) + b"\nKUD\n"

    assert refusal(bytes(workbooks.MAX_BYTES + 1)).startswith("Berkas lebih dari 10 MB.")
    assert refusal(too_many, "a.csv").startswith("Lebih dari 20.000 baris.")
    assert refusal(wide, "a.csv") == "Lebih dari 60 kolom. Hapus kolom di kanan data."
    assert refusal(xlsx(("Nama Koperasi",) + ("x",) * 60, ("KUD",))).startswith("Lebih dari 60")
    assert len(read_table(b"Nama Koperasi\n" + b"KUD\n" * 20_000, "a.csv", COLUMNS).rows) == 20_000


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


@pytest.mark.parametrize(
    "bomb",
    [
        a_bomb,
        a_bomb_whose_directory_lies,
        cells_far_apart,
        one_long_text_in_many_cells,
        an_entity_bomb,
        a_thousand_members,
        one_tag_without_an_end,
        one_tag_of_many_addresses,
    ],
)
def test_read_table_refuses_a_bomb_quickly_and_with_little_memory(bomb):
    content = bomb()
    started = time.perf_counter()
    tracemalloc.start()

    sentence = refusal(content)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sentence
    assert time.perf_counter() - started < 3
    assert peak < 150_000_000


def test_read_table_survives_any_damage_to_a_workbook():
    good = xlsx(*TITLES, HEADER, DATA)
    chance = random.Random(4)
    for _ in range(300):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        if chance.random() < 0.3:
            broken = broken[: chance.randrange(len(broken))]
        with suppress(UnusableFile):
            read_table(bytes(broken), "a.xlsx", COLUMNS)


def test_every_sentence_about_a_file_is_at_most_fifteen_words():
    sentences = [
        value
        for name, value in vars(workbooks).items()
        if name.isupper() and isinstance(value, str) and value.endswith(".")
    ]

    assert len(sentences) > 12
    assert [sentence for sentence in sentences if len(sentence.split()) > 15] == []
