"""Cells as offices write them, and the sentence for each that cannot be read."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopdiklat.core import parsing
from kopdiklat.core.parsing import CellRefused


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (date(2022, 5, 14), date(2022, 5, 14)),
        (datetime(2022, 5, 14, 10, 30), date(2022, 5, 14)),  # noqa: DTZ001, as cells are
        ("05/03/2021", date(2021, 3, 5)),
        ("5/3/2021", date(2021, 3, 5)),
        ("18-04-2022", date(2022, 4, 18)),
        ("18.04.2022", date(2022, 4, 18)),
        ("25 Maret 2016", date(2016, 3, 25)),
        ("5 Mar 2026", date(2026, 3, 5)),
        ("5-Mar-2026", date(2026, 3, 5)),
        ("9 Nopember 2019", date(2019, 11, 9)),
        ("17 AGUSTUS 1945", date(1945, 8, 17)),
        ("Senin, 5 Januari 2026", date(2026, 1, 5)),
        ("2016-03-25", date(2016, 3, 25)),
        ("29/02/2024", date(2024, 2, 29)),
        (44623.0, date(2022, 3, 3)),
        ("", None),
        (" - ", None),
        (None, None),
    ],
)
def test_read_date_understands_the_ways_offices_write_a_day(cell, day):
    assert parsing.read_date(cell) == day


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("31/02/2019", "Tanggal tidak ada di kalender."),
        ("29/02/2023", "Tanggal tidak ada di kalender."),
        ("32 Maret 2016", "Tanggal tidak ada di kalender."),
        ("13-14-2016", "Bulan 14 tidak ada."),
        ("Maret", "Tanggal belum lengkap. Tulis hari, bulan, dan tahun."),
        ("Maret 2016", "Tanggal belum lengkap. Tulis hari, bulan, dan tahun."),
        ("2016", "Tanggal belum lengkap. Tulis hari, bulan, dan tahun."),
        (2016.0, "Tanggal belum lengkap. Tulis hari, bulan, dan tahun."),
        ("5/3/21", "Tahun perlu empat angka, contoh 25/03/2016."),
        ("besok", "Tanggal tidak dapat dibaca. Contoh: 25 Maret 2016."),
        (True, "Tanggal tidak dapat dibaca. Contoh: 25 Maret 2016."),
        (0.5, "Tanggal tidak dapat dibaca. Contoh: 25 Maret 2016."),
        ("01/01/0021", "Tahun 21 di luar 1900–2100."),
    ],
)
def test_read_date_says_why_a_day_cannot_be_read(cell, sentence):
    with pytest.raises(CellRefused) as refusal:
        parsing.read_date(cell)

    assert str(refusal.value) == sentence


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_read_date_reads_back_every_day_in_every_way(day):
    month = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
    written = [
        f"{day:%d/%m/%Y}",
        f"{day:%d-%m-%Y}",
        f"{day.day} {month.split()[day.month - 1]} {day.year}",
        f"{day:%Y-%m-%d}",
    ]

    assert [parsing.read_date(text) for text in written] == [day] * 4


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (132.0, 132),
        ("1.250", 1250),
        ("1250", 1250),
        ("1.250.000", 1250000),
        ("1,250,000", 1250000),
        ("12,00", 12),
        ("25 orang", 25),
        ("0", 0),
        ("-", None),
        ("", None),
    ],
)
def test_read_whole_understands_dotted_thousands(cell, number):
    assert parsing.read_whole(cell) == number


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("dua puluh", "Isi bukan angka. Tulis dengan angka, contoh 1.250."),
        ("1.2OO", "Angka berisi huruf O. Maksud Anda 1.200?"),
        ("1O", "Angka berisi huruf O. Maksud Anda 10?"),
        ("l.200", "Angka berisi huruf l. Maksud Anda 1.200?"),
        ("12,5", "Angka perlu bulat, tanpa koma."),
        (12.5, "Angka perlu bulat, tanpa koma."),
        ("-3", "Angka tidak boleh negatif."),
        ("1.25.000", "Titik ribuan tidak pada tempatnya. Contoh: 1.250.000."),
        ("1,250", "Pakai titik untuk ribuan, contoh 1.250."),
        ("9" * 20, "Angka terlalu besar. Periksa satuannya."),
        (date(2020, 1, 1), "Isi bukan angka. Tulis dengan angka, contoh 1.250."),
        ("#N/A", "Sel berisi galat Excel. Perbaiki rumusnya, lalu unggah lagi."),
    ],
)
def test_read_whole_says_why_a_number_cannot_be_read(cell, sentence):
    with pytest.raises(CellRefused) as refusal:
        parsing.read_whole(cell)

    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("cell", "rupiah"),
    [
        (53284000.0, 53284000),
        ("154.886.000", 154886000),
        ("Rp 205.647.000,00", 205647000),
        ("Rp205.647.000", 205647000),
        ("-4.300.000", -4300000),
        ("Rp -4.300.000", -4300000),
        ("(4.300.000)", -4300000),
        ("1.250.000,50", 1250001),
        ("Rp 1.000,-", 1000),
        (None, None),
    ],
)
def test_read_money_understands_rupiah(cell, rupiah):
    assert parsing.read_money(cell) == rupiah


@given(st.integers(-(10**15), 10**15))
def test_read_money_reads_back_every_amount(amount):
    dotted = f"{amount:,}".replace(",", ".")

    assert parsing.read_money(dotted) == amount
    assert parsing.read_money(f"Rp {dotted},00") == amount


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("73,71", Decimal("73.71")),
        ("44,66", Decimal("44.66")),
        ("80,90", Decimal("80.90")),
        ("52.48", Decimal("52.48")),
        (52.48, Decimal("52.48")),
        (79.99, Decimal("79.99")),
        (130.0, Decimal("130.00")),
        ("", None),
    ],
)
def test_read_decimal_takes_comma_and_point(cell, number):
    assert parsing.read_decimal(cell) == number


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        (3576020030021.0, "3576020030021"),
        (3576020030021, "3576020030021"),
        (999999999999999.0, "999999999999999"),  # a spreadsheet keeps fifteen digits
        (0.0, "0"),
    ],
)
def test_read_digits_takes_a_number_cell_that_kept_all_its_digits(cell, digits):
    assert parsing.read_digits(cell) == digits


@pytest.mark.parametrize("cell", [3576.5, -3576020030021.0, float("inf"), float("nan")])
def test_read_digits_refuses_a_number_that_is_no_code(cell):
    with pytest.raises(CellRefused, match=parsing.NOT_DIGITS):
        parsing.read_digits(cell)


def test_read_digits_refuses_a_number_cell_whose_last_digit_is_lost():
    for cell in (10.0**15, 9901016505738546.0, "3,57602E+12"):
        with pytest.raises(parsing.NumberStored) as refusal:
            parsing.read_digits(cell)
        assert str(refusal.value) == (
            "Kolom NIK terbaca sebagai angka sehingga angka terakhir hilang. "
            "Ubah kolom menjadi Teks, lalu unggah lagi."
        )


def test_read_digits_drops_dots_and_spaces_and_refuses_letters():
    assert parsing.read_digits(" 3576.0200 30021 ") == "3576020030021"
    assert parsing.read_digits("'3576020030021") == "3576020030021"
    assert parsing.read_digits("-") is None
    with pytest.raises(CellRefused, match="Isi hanya boleh angka 0 sampai 9."):
        parsing.read_digits("12A45")


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("35.76.01", "357601"),
        ("357601", "357601"),
        (357601.0, "357601"),
        (35.76, "3576"),
        (35.1, "3510"),
        ("36.72.06.1001", "3672061001"),
        ("35", "35"),
        ("", None),
    ],
)
def test_read_region_code_takes_dots_or_none(cell, digits):
    assert parsing.read_region_code(cell) == digits


@pytest.mark.parametrize("cell", ["Kota Mojokerto", "357", "35.76.1", date(2020, 1, 1)])
def test_read_region_code_refuses_what_is_no_code(cell):
    with pytest.raises(CellRefused, match="Kode wilayah tidak dikenal. Contoh: 35.76.01."):
        parsing.read_region_code(cell)


def test_read_name_cleans_and_refuses_formulas():
    assert parsing.read_name("  KSP \u00a0 Mandiri\n Abadi ") == "KSP Mandiri Abadi"
    assert parsing.read_name("Ma'ruf") == "Ma'ruf"
    assert parsing.read_name("NULL") == "NULL"
    assert parsing.read_name("Cafe\u0301") == "Café"
    for formula in ("=A1", "+62", "-Budi", "@x", "＝1"):
        with pytest.raises(CellRefused, match="Isi berupa rumus."):
            parsing.read_name(formula)


def test_read_text_refuses_what_the_column_cannot_hold():
    with pytest.raises(CellRefused, match="Isi terlalu panjang. Paling banyak 5 huruf."):
        parsing.read_text("terlalu panjang", length=5)


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("085291414520", ("+6285291414520", True)),
        ("0812-3456-7890", ("+6281234567890", True)),
        ("62 812 3456 7890", ("+6281234567890", True)),
        (85291414520.0, ("+6285291414520", True)),
        ("08787", ("08787", False)),
        ("tanya Pak Budi", ("tanya Pak Budi", False)),
        ("-", None),
    ],
)
def test_read_phone_keeps_what_it_cannot_understand(cell, phone):
    assert parsing.read_phone(cell) == phone


def test_read_year_wants_four_digits():
    assert [parsing.read_year(cell) for cell in (2021.0, "2021", "Tahun Buku 2021", "")] == [
        2021,
        2021,
        2021,
        None,
    ]
    with pytest.raises(CellRefused, match="Tahun perlu empat angka"):
        parsing.read_year("21")


@given(
    st.one_of(
        st.text(max_size=40),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.times(),
        st.datetimes(),
        st.none(),
    )
)
def test_no_cell_breaks_a_reader(cell):
    readers = (
        parsing.read_date,
        parsing.read_whole,
        parsing.read_money,
        parsing.read_decimal,
        parsing.read_year,
        parsing.read_digits,
        parsing.read_region_code,
        parsing.read_name,
        parsing.read_email,
        parsing.read_phone,
    )
    for read in readers:
        with suppress(CellRefused):
            read(cell)


def test_every_sentence_of_a_reader_is_at_most_fifteen_words():
    sentences = [
        value
        for name, value in vars(parsing).items()
        if name.isupper() and isinstance(value, str) and " " in value
    ]

    assert len(sentences) > 15
    # The help for numbers stored wrongly is a fixed text of two sentences.
    assert [s for s in sentences if len(s.split()) > 15 and s != parsing.NUMBER_STORED] == []
