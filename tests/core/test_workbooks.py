"""Tables as offices keep them, and what is said of files that hold none."""

import tracemalloc
from datetime import date

import pytest

from kopdiklat.core import workbooks
from kopdiklat.core.programs import ProgramFailed
from kopdiklat.core.workbook_reader import OLE_MAGIC
from kopdiklat.core.workbooks import (
    Column,
    UnusableFile,
    WrongHeadings,
    find_table,
    read_sheets,
    read_table,
)
from tests.core.archives import BOMBS, DATA, HEADER, TITLES, packed, xlsx

COLUMNS = (
    Column("name", "Nama Koperasi", ("Koperasi",), required=True),
    Column("number", "NIK Koperasi", ("NIK",)),
    Column("held_on", "Tanggal RAT"),
)


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
    ole = OLE_MAGIC + bytes(600)

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


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_the_process_that_asks_next_to_nothing(bomb):
    content = bomb()
    tracemalloc.start()

    sentence = refusal(content)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sentence
    assert peak < 20_000_000


def test_a_file_on_which_the_reader_ends_badly_is_refused():
    """Too much memory, too much time, a broken reader: the office reads a sentence."""
    reader = workbooks.READER

    assert workbooks._why(ProgramFailed(reader, None, b"")) == workbooks.TOO_LARGE_UNPACKED
    assert workbooks._why(ProgramFailed(reader, 3, b"[1")) == workbooks.TOO_LARGE_UNPACKED
    assert workbooks._why(ProgramFailed(reader, -6, b"")) == workbooks.DAMAGED


def test_the_head_of_a_file_tells_whether_it_can_be_used():
    rows = [DATA] * 150
    head = read_sheets(xlsx(*TITLES, HEADER, *rows), "a.xlsx", filled_rows=100)

    table = find_table(head, COLUMNS)
    assert (len(table.rows), head[0].is_cut) == (100 - 3, True)
    numbered = [(n, "", "", "") for n in range(1, 20)]
    no_data_yet = read_sheets(xlsx(HEADER, *numbered), "a.xlsx", filled_rows=9)
    assert find_table(no_data_yet, COLUMNS).rows == []


def test_every_sentence_about_a_file_is_at_most_fifteen_words():
    sentences = [
        *workbooks.SENTENCES.values(),
        *(v for n, v in vars(workbooks).items() if n.isupper() and str(v).endswith(".")),
    ]

    assert len(sentences) > 12
    assert [sentence for sentence in sentences if len(sentence.split()) > 15] == []
