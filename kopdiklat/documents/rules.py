"""How a number is written, and what a letter needs before it may have one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

LETTERS = "letter"
SERIES = {  # one running number each, per office and year
    LETTERS: N_("Surat keluar"),
    "assignment": N_("Surat tugas"),
}
PLACEHOLDERS = {
    "klasifikasi": N_("kode klasifikasi arsip, contoh 400.3.10"),
    "nomor": N_("nomor urut"),
    "unit": N_("kode unit kerja, contoh DISKOP"),
    "bulan": N_("bulan dengan angka Romawi"),
    "tahun": N_("tahun"),
}
DEFAULT_PATTERN = "{klasifikasi}/{nomor}/{unit}/{bulan}/{tahun}"
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
LONGEST = 80
LETTER_PLACEHOLDERS = {
    "kegiatan": N_("nama kegiatan dengan angkatannya"),
    "program": N_("nama program"),
    "kantor": N_("nama kantor"),
    "wilayah": N_("nama wilayah"),
    "tahun": N_("tahun pelaksanaan"),
    "jumlah": N_("berapa orang, dengan angka dan huruf; hanya di pembuka"),
}
DIFFERS_BY_LETTER = "jumlah"
IN_BRACES = re.compile(r"\{([^{}]*)\}")
SMALL_NUMBERS = (
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh",
    "sebelas",
)  # fmt: skip


class NumberFormatRefused(RuleViolation):
    """The number would not be unique, or cannot be written like this."""


class NumberFormatMissing(RuleViolation):
    """The office has not said yet how its numbers are written."""


class SignatoryMissing(RuleViolation):
    """The office has not said yet who signs its letters."""


class LetterRefused(RuleViolation):
    """The batch is not in a state in which its letter makes sense."""


@dataclass(frozen=True)
class NumberShape:
    """The parts of an office's numbers; `digits` is how many the running number has at least."""

    pattern: str
    classification: str | None
    unit: str | None
    digits: int


def roman_month(month: int) -> str:
    """`VII` for 7."""
    return ROMAN[month - 1]


def write_number(shape: NumberShape, number: int, on: date) -> str:
    """`400.3.10/0123/DISKOP/VII/2026`."""
    values = {
        "klasifikasi": shape.classification or "",
        "nomor": str(number).zfill(shape.digits),
        "unit": shape.unit or "",
        "bulan": roman_month(on.month),
        "tahun": str(on.year),
    }
    return IN_BRACES.sub(lambda found: values[found.group(1)], shape.pattern)


def check_shape(shape: NumberShape) -> None:
    """Whether every number of it is another one, this year and next.

    :raises NumberFormatRefused: with what to change
    """
    named = _check_braces(shape.pattern, PLACEHOLDERS)
    if named.count("nomor") != 1:
        raise NumberFormatRefused(N_("Bentuk nomor memuat {nomor} tepat satu kali."))
    if "tahun" not in named:
        raise NumberFormatRefused(
            N_("Bentuk nomor memuat {tahun}, karena nomor urut mulai lagi tiap tahun.")
        )
    if re.search(r"\{nomor\}\d|\d\{nomor\}|\{nomor\}\{|\}\{nomor\}", shape.pattern):
        raise NumberFormatRefused(N_("Beri tanda pemisah di sekitar {nomor}, contoh garis miring."))
    if "klasifikasi" in named and not shape.classification:
        raise NumberFormatRefused(N_("Isi kode klasifikasi, atau hapus {klasifikasi} dari bentuk."))
    if "unit" in named and not shape.unit:
        raise NumberFormatRefused(N_("Isi kode unit, atau hapus {unit} dari bentuk."))
    longest = write_number(shape, 10 ** max(6, shape.digits) - 1, date(2026, 8, 1))
    if len(longest) > LONGEST:
        raise NumberFormatRefused(
            N_("Nomor ini terlalu panjang untuk dicetak. Pendekkan bentuknya.")
        )


def check_told_apart(shape: NumberShape, others: Iterable[NumberShape]) -> None:
    """Whether no other series of the office writes its numbers the same way."""
    if _frame(shape) in {_frame(other) for other in others}:
        raise NumberFormatRefused(
            N_("Seri lain kantor ini memakai bentuk yang sama. Bedakan, contoh pada kode unit.")
        )


def _frame(shape: NumberShape) -> str:
    fixed = {"klasifikasi": shape.classification or "", "unit": shape.unit or ""}
    return fill(shape.pattern, fixed).casefold()


def _check_braces(text: str, known: dict[str, str]) -> list[str]:
    """The placeholders of a text, each of them a known one."""
    named = IN_BRACES.findall(text)
    for name in named:
        if name not in known:
            raise NumberFormatRefused(
                N_("Tanda isian {name} tidak dikenal. Pakai yang ada di daftar."),
                name="{" + name + "}",
            )
    if re.search(r"[{}]", IN_BRACES.sub("", text)):
        raise NumberFormatRefused(N_("Kurung kurawal belum berpasangan."))
    return named


def check_text(text: str, *, of_one_letter: bool = False) -> None:
    """Whether a text names only what can be filled in.

    :param of_one_letter: it is set for each cooperative anew, not once for the batch
    """
    named = _check_braces(text, LETTER_PLACEHOLDERS)
    if DIFFERS_BY_LETTER in named and not of_one_letter:
        raise RuleViolation(N_("Tanda isian {jumlah} hanya dapat dipakai di kalimat pembuka."))


def fill(text: str, values: dict[str, str]) -> str:
    """The text with its placeholders filled; what is not known stays as it is."""
    return IN_BRACES.sub(lambda found: values.get(found.group(1), found.group()), text)


def check_employee_number(text: str) -> str:
    """The eighteen digits of a NIP; spaces are how people group them.

    :raises RuleViolation: other signs, or another length
    """
    digits = re.sub(r"[\s.]", "", text)
    if not re.fullmatch(r"[0-9]{18}", digits):
        raise RuleViolation(N_("NIP terdiri dari 18 angka, contoh 19700101 199503 2 001."))
    return digits


def grouped_employee_number(digits: str) -> str:
    """`19700101 199503 2 001`: birth, first appointment, sex, serial."""
    parts = (digits[:8], digits[8:14], digits[14:15], digits[15:])
    return " ".join(part for part in parts if part)


def in_words(number: int) -> str:
    """`2 (dua)`, as a letter writes a count; from 100 on digits only."""
    if number >= 100:
        return str(number)
    return f"{number} ({_words(number)})"


def _words(number: int) -> str:
    if number < 12:
        return SMALL_NUMBERS[number]
    if number < 20:
        return f"{SMALL_NUMBERS[number - 10]} belas"
    tens, ones = divmod(number, 10)
    return f"{SMALL_NUMBERS[tens]} puluh" + (f" {SMALL_NUMBERS[ones]}" if ones else "")


def check_may_issue(batch_state: str, days: int, invited: int) -> None:
    """Whether a letter to this batch would invite to something that is there.

    :param days: training days of its timetable
    :param invited: cooperatives whose invitation stands
    """
    if batch_state not in ("published", "closed"):
        raise LetterRefused(
            N_("Surat undangan terbit setelah pendaftaran dibuka, agar tautannya berlaku.")
        )
    if not days:
        raise LetterRefused(N_("Susun jadwal angkatan dulu; surat memuat hari dan jamnya."))
    if not invited:
        raise LetterRefused(N_("Pilih sasaran dulu; setiap koperasi terundang mendapat surat."))
