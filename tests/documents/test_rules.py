"""How numbers are written and what a letter's texts may name."""

from datetime import date

import pytest

from kopdiklat.core.errors import RuleViolation
from kopdiklat.documents import rules
from kopdiklat.documents.rules import NumberFormatRefused, NumberShape

JULY = date(2026, 7, 13)


def shape(pattern=rules.DEFAULT_PATTERN, classification="400.3.10", unit="DISKOP", digits=4):
    return NumberShape(pattern, classification, unit, digits)


@pytest.mark.parametrize(
    ("number", "made", "printed"),
    [
        (123, shape(), "400.3.10/0123/DISKOP/VII/2026"),
        (12345, shape(), "400.3.10/12345/DISKOP/VII/2026"),
        (7, shape(digits=1), "400.3.10/7/DISKOP/VII/2026"),
        (7, shape("{nomor}/{tahun}", None, None, 3), "007/2026"),
        (7, shape("B-{nomor}/{unit}.2/{bulan}.{tahun}"), "B-0007/DISKOP.2/VII.2026"),
    ],
)
def test_a_number_is_written_as_the_office_sets_it(number, made, printed):
    assert rules.write_number(made, number, JULY) == printed


def test_months_are_roman():
    months = [rules.roman_month(n) for n in range(1, 13)]

    assert " ".join(months) == "I II III IV V VI VII VIII IX X XI XII"


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (shape("{klasifikasi}/{tahun}"), "tepat satu kali"),
        (shape("{nomor}/{nomor}/{tahun}"), "tepat satu kali"),
        (shape("{nomor}/{unit}"), "mulai lagi tiap tahun"),
        (shape("{nomor}/{hari}/{tahun}"), "{hari} tidak dikenal"),
        (shape("{nomor}/{}/{tahun}"), "{} tidak dikenal"),
        (shape("{nomor}/{tahun"), "belum berpasangan"),
        (shape("{{nomor}}/{tahun}"), "belum berpasangan"),
        (shape("{nomor}2/{tahun}"), "tanda pemisah"),
        (shape("{tahun}{nomor}"), "tanda pemisah"),
        (shape("{nomor}{tahun}"), "tanda pemisah"),
        (shape(classification=None), "kode klasifikasi"),
        (shape(unit=None), "kode unit"),
        (shape("{nomor}/{tahun}/" + "x" * 70), "terlalu panjang"),
    ],
)
def test_a_shape_that_would_not_be_unique_is_refused(made, sentence):
    with pytest.raises(NumberFormatRefused) as refused:
        rules.check_shape(made)

    refusal = refused.value
    words = refusal.sentence.format(**refusal.values) if refusal.values else refusal.sentence
    assert sentence in words


def test_the_usual_shape_is_accepted():
    rules.check_shape(shape())
    rules.check_shape(shape("{nomor}/{tahun}", None, None, 1))


@pytest.mark.parametrize("typed", ["197001011995032001", "19700101 199503 2 001"])
def test_an_employee_number_is_kept_as_digits_and_shown_in_groups(typed):
    digits = rules.check_employee_number(typed)

    assert digits == "197001011995032001"
    assert rules.grouped_employee_number(digits) == "19700101 199503 2 001"


@pytest.mark.parametrize("typed", ["", "1970010119950320", "19700101199503200X", "٣" * 18])
def test_anything_else_is_no_employee_number(typed):
    with pytest.raises(RuleViolation):
        rules.check_employee_number(typed)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 (satu)"), (11, "11 (sebelas)"), (12, "12 (dua belas)"), (20, "20 (dua puluh)"),
        (21, "21 (dua puluh satu)"), (99, "99 (sembilan puluh sembilan)"), (100, "100"),
    ],
)  # fmt: skip
def test_counts_are_written_out_below_a_hundred(number, words):
    assert rules.in_words(number) == words


def test_a_text_is_filled_and_refuses_what_nothing_fills():
    assert rules.fill("Undangan {kegiatan}", {"kegiatan": "Bimtek {tahun}"}) == (
        "Undangan Bimtek {tahun}"
    )
    rules.check_text("Undangan {kegiatan}, {jumlah} orang", of_one_letter=True)
    with pytest.raises(RuleViolation, match="pembuka"):
        rules.check_text("Undangan {kegiatan}, {jumlah} orang")
    with pytest.raises(NumberFormatRefused):
        rules.check_text("Undangan {nama}")
