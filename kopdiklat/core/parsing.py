"""One cell of a workbook, read as people write it. Each reader returns None for an empty cell.

A cell is what the workbook reader gives: text, a number, a date, true or false. What cannot be
read is refused with a sentence of at most 15 words that says what to write instead.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

EMPTY_MARKS = {"", "-", "--", "---", "–", "—", "_", "."}
FORMULA_MARKS = "=+-@＝＋－＠"
EXCEL_EPOCH = date(1899, 12, 30)
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
LARGEST_NUMBER = 10**15
FIRST_INEXACT = 10**15  # a spreadsheet keeps fifteen digits of a number, and zeros for the rest
RUPIAH = re.compile(r"^(?:rp|idr)\.?\s*(?=[\d(\-−–])", re.IGNORECASE)

MONTHS = {
    "januari": 1, "jan": 1, "january": 1,
    "februari": 2, "feb": 2, "pebruari": 2, "peb": 2, "february": 2,
    "maret": 3, "mar": 3, "mrt": 3, "march": 3,
    "april": 4, "apr": 4,
    "mei": 5, "may": 5,
    "juni": 6, "jun": 6, "june": 6,
    "juli": 7, "jul": 7, "july": 7,
    "agustus": 8, "agu": 8, "agt": 8, "ags": 8, "agst": 8, "aug": 8, "august": 8,
    "september": 9, "sep": 9, "sept": 9,
    "oktober": 10, "okt": 10, "oct": 10, "october": 10,
    "november": 11, "nov": 11, "nop": 11, "nopember": 11,
    "desember": 12, "des": 12, "dec": 12, "december": 12,
}  # fmt: skip
WEEKDAYS = r"(?:senin|selasa|rabu|kamis|jumat|jum'at|sabtu|minggu)"

NO_SUCH_DAY = N_("Tanggal tidak ada di kalender.")
NO_SUCH_MONTH = N_("Bulan {month} tidak ada.")
DATE_INCOMPLETE = N_("Tanggal belum lengkap. Tulis hari, bulan, dan tahun.")
DATE_UNREADABLE = N_("Tanggal tidak dapat dibaca. Contoh: 25 Maret 2016.")
SHORT_YEAR = N_("Tahun perlu empat angka, contoh 25/03/2016.")
YEAR_OUT_OF_RANGE = N_("Tahun {year} di luar 1900–2100.")
NOT_A_NUMBER = N_("Isi bukan angka. Tulis dengan angka, contoh 1.250.")
LETTER_IN_NUMBER = N_("Angka berisi huruf {letter}. Maksud Anda {guess}?")
NOT_WHOLE = N_("Angka perlu bulat, tanpa koma.")
NEGATIVE = N_("Angka tidak boleh negatif.")
TOO_LARGE = N_("Angka terlalu besar. Periksa satuannya.")
MISPLACED_DOTS = N_("Titik ribuan tidak pada tempatnya. Contoh: 1.250.000.")
THOUSANDS_COMMA = N_("Pakai titik untuk ribuan, contoh 1.250.")
NUMBER_STORED = N_(
    "Kolom NIK terbaca sebagai angka sehingga angka terakhir hilang. "
    "Ubah kolom menjadi Teks, lalu unggah lagi."
)
NOT_DIGITS = N_("Isi hanya boleh angka 0 sampai 9.")
FORMULA_TEXT = N_("Isi berupa rumus. Tulis isinya sebagai teks biasa.")
EXCEL_ERROR = N_("Sel berisi galat Excel. Perbaiki rumusnya, lalu unggah lagi.")
TOO_LONG = N_("Isi terlalu panjang. Paling banyak {length} huruf.")
NOT_A_YEAR = N_("Tahun perlu empat angka, contoh 2022.")
BAD_REGION = N_("Kode wilayah tidak dikenal. Contoh: 35.76.01.")


class CellRefused(RuleViolation):
    """This cell cannot be read; the text says what to write instead."""


class NumberStored(CellRefused):
    """A code that the spreadsheet keeps as a number, so that its digits are no longer certain."""


def clean(cell: Any) -> str:
    """The cell as one line of text: NFC, without control characters, one space between words."""
    text = cell if isinstance(cell, str) else shown(cell)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join(text.split())


def shown(cell: Any) -> str:
    """The cell as a person would see it, for the list of refused rows."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < 1e18:
            return str(int(cell))
        case float():
            return repr(cell).replace(".", ",") if abs(cell) < 1e16 else f"{cell:.5E}"
        case datetime() if cell.time() == time(0):
            return f"{cell:%d/%m/%Y}"
        case datetime():
            return f"{cell:%d/%m/%Y %H.%M}"
        case date():
            return f"{cell:%d/%m/%Y}"
        case time():
            return f"{cell:%H.%M}"
        case timedelta():
            return str(cell)
        case _:
            return str(cell)


def is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip() in EMPTY_MARKS)


def read_text(cell: Any, *, length: int = 200) -> str | None:
    """Free text, cleaned; a lone dash is an empty cell."""
    if is_blank(cell):
        return None
    text = clean(cell)
    if text in EMPTY_MARKS:
        return None
    _refuse_excel_error(text)
    if len(text) > length:
        raise CellRefused(TOO_LONG, length=length)
    return text


def read_name(cell: Any, *, length: int = 200) -> str | None:
    """The name of something: text that no spreadsheet may take for a formula.

    A lone number is refused nowhere: "212" is a name that exists.
    """
    text = read_text(cell, length=length)
    if text is not None and text[0] in FORMULA_MARKS:
        raise CellRefused(FORMULA_TEXT)
    return text


def read_date(cell: Any) -> date | None:
    """A day: a date cell, 05/03/2021, 18-04-2022, 25 Maret 2016, or Excel's own day number."""
    if is_blank(cell):
        return None
    match cell:
        case datetime():
            return _in_range(cell.date())
        case date():
            return _in_range(cell)
        case bool() | time() | timedelta():
            raise CellRefused(DATE_UNREADABLE)
        case int() | float():
            return _day_number(cell)
    text = re.sub(rf"^{WEEKDAYS},?\s+", "", clean(cell).casefold())
    text = re.sub(r"\s+(?:pukul\s+)?\d{1,2}[.:]\d{2}(?:[.:]\d{2})?(?:\s*wi(?:b|ta|t))?$", "", text)
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:t.*)?", text):
        year, month, day = found.groups()
        return _calendar(day, int(month), year)
    if found := re.fullmatch(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{1,4})", text):
        day, month, year = found.groups()
        return _calendar(day, int(month), year)
    if found := re.fullmatch(r"(\d{1,2})[\s\-./]*([a-z]+)\.?[\s\-./,]*(\d{1,4})", text):
        day, word, year = found.groups()
        if word in MONTHS:
            return _calendar(day, MONTHS[word], year)
    if _is_part_of_a_date(text):
        raise CellRefused(DATE_INCOMPLETE)
    raise CellRefused(DATE_UNREADABLE)


def _is_part_of_a_date(text: str) -> bool:
    words = [word for word in re.split(r"[\s\-./,]+", text) if word]
    return bool(words) and all(
        word in MONTHS or re.fullmatch(r"\d{1,2}|(?:19|20)\d\d", word) for word in words
    )


def _calendar(day: str, month: int, year: str) -> date:
    if len(year) != 4:
        raise CellRefused(SHORT_YEAR)
    if not 1 <= month <= 12:
        raise CellRefused(NO_SUCH_MONTH, month=month)
    try:
        return _in_range(date(int(year), month, int(day)))
    except ValueError:
        raise CellRefused(NO_SUCH_DAY) from None


def _in_range(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise CellRefused(YEAR_OUT_OF_RANGE, year=day.year)
    return day


def _day_number(number: float) -> date:
    """Excel's count of days since 1899-12-30, for a date whose cell format was lost."""
    if 1900 <= number <= 2100 and float(number).is_integer():  # a year on its own
        raise CellRefused(DATE_INCOMPLETE)
    if not 367 <= number <= 73_415:
        raise CellRefused(DATE_UNREADABLE)
    return _in_range(EXCEL_EPOCH + timedelta(days=int(number)))


def read_whole(cell: Any, *, signed: bool = False) -> int | None:
    """A whole number: 1.250, 1250, 12 orang."""
    number = _number(cell, dot_is_thousands=True)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise CellRefused(NOT_WHOLE)
    return _checked(int(number), signed)


def read_money(cell: Any, *, signed: bool = True) -> int | None:
    """Whole rupiah: 1.250.000, Rp 205.647.000,00, -4.300.000, (4.300.000)."""
    number = _number(cell, dot_is_thousands=True)
    if number is None:
        return None
    return _checked(int(number.quantize(Decimal(1), ROUND_HALF_UP)), signed)


def read_decimal(cell: Any, *, places: int = 2) -> Decimal | None:
    """A number with decimals, rounded half up to `places`: 73,71 or 52.48."""
    number = _number(cell, dot_is_thousands=False)
    if number is None:
        return None
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _checked(number: int, signed: bool) -> int:
    if number < 0 and not signed:
        raise CellRefused(NEGATIVE)
    return number


def _number(cell: Any, *, dot_is_thousands: bool) -> Decimal | None:
    if is_blank(cell):
        return None
    match cell:
        case bool() | date() | time() | timedelta():
            raise CellRefused(NOT_A_NUMBER)
        case int() | float():
            number = Decimal(repr(cell))
        case _:
            number = _typed_number(clean(cell), dot_is_thousands)
    if not number.is_finite():
        raise CellRefused(NOT_A_NUMBER)
    if abs(number) > LARGEST_NUMBER:
        raise CellRefused(TOO_LARGE)
    return number


def _typed_number(text: str, dot_is_thousands: bool) -> Decimal:
    _refuse_excel_error(text)
    number = _written_number(text, dot_is_thousands)
    if number is None:
        raise _why_no_number(text, dot_is_thousands)
    return number


def _written_number(text: str, dot_is_thousands: bool) -> Decimal | None:
    body = RUPIAH.sub("", text)
    body = re.sub(r"\s*(orang|org|jp|jam|jam pelajaran|rupiah|,-)$", "", body, flags=re.IGNORECASE)
    sign = 1
    if found := re.fullmatch(r"\(\s*(.+?)\s*\)", body):
        sign, body = -1, found[1]
    if found := re.fullmatch(r"[-−–]\s*(.+)", body):
        sign, body = -sign, RUPIAH.sub("", found[1])
    body = body.replace(" ", "")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", body) or re.fullmatch(r"\d+(,\d+)?", body):
        grouped = body.count(".")
        if not dot_is_thousands or grouped or not re.fullmatch(r"\d{1,3},\d{3}", body):
            return sign * Decimal(body.replace(".", "").replace(",", "."))
        return None  # 1,250 where a whole number stands: decimals or thousands, nobody knows
    if re.fullmatch(r"\d{1,3}(,\d{3}){2,}(\.\d+)?", body):
        return sign * Decimal(body.replace(",", ""))
    if re.fullmatch(r"\d+\.\d+", body) and (not dot_is_thousands or body.endswith((".0", ".00"))):
        return sign * Decimal(body)
    return None


def _why_no_number(text: str, dot_is_thousands: bool) -> CellRefused:
    for letters, digit in (("oO", "0"), ("lI", "1")):
        meant = re.sub(f"[{letters}]", digit, text)
        if meant != text and re.search(r"\d", text):
            number = _written_number(meant, dot_is_thousands)
            if number is not None:
                letter = next(c for c in text if c in letters).upper() if digit == "0" else "l"
                return CellRefused(LETTER_IN_NUMBER, letter=letter, guess=_dotted(number))
    bare = RUPIAH.sub("", text)
    if re.fullmatch(r"\d{1,3},\d{3}", bare):
        return CellRefused(THOUSANDS_COMMA)
    if re.fullmatch(r"[-\d.,\s]+", bare) and re.search(r"\d", bare):
        return CellRefused(MISPLACED_DOTS)
    return CellRefused(NOT_A_NUMBER)


def _dotted(number: Decimal) -> str:
    return f"{number:,}".replace(",", "\0").replace(".", ",").replace("\0", ".")


def read_year(cell: Any) -> int | None:
    """A calendar or book year of four digits."""
    if is_blank(cell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        year = int(cell)
    elif isinstance(cell, date):
        raise CellRefused(NOT_A_YEAR)
    else:
        found = re.fullmatch(r"(?:tahun\s*(?:buku\s*)?)?(\d{4})", clean(cell).casefold())
        if not found:
            raise CellRefused(NOT_A_YEAR)
        year = int(found[1])
    if not 1900 <= year <= 2100:
        raise CellRefused(YEAR_OUT_OF_RANGE, year=year)
    return year


def read_digits(cell: Any, *, length: int = 40) -> str | None:
    """A code of digits as text. A number cell of sixteen digits has lost the last, and is refused."""
    if is_blank(cell):
        return None
    if isinstance(cell, bool | date | time | timedelta):
        raise CellRefused(NOT_DIGITS)
    if isinstance(cell, int | float):
        cell = _kept_digits(cell)
    text = clean(cell).lstrip("'’")
    if re.fullmatch(r"\d+(?:[.,]\d+)?E\+?\d+", text, re.IGNORECASE):  # a CSV saved by Excel
        raise NumberStored(NUMBER_STORED)
    digits = re.sub(r"[\s.\-]", "", text)
    if not re.fullmatch(r"[0-9]+", digits):
        raise CellRefused(NOT_DIGITS)
    if len(digits) > length:
        raise CellRefused(TOO_LONG, length=length)
    return digits


def _kept_digits(number: float) -> str:
    if number < 0 or number % 1:  # of nan and infinity the rest is nan
        raise CellRefused(NOT_DIGITS)
    if number >= FIRST_INEXACT:
        raise NumberStored(NUMBER_STORED)
    return str(int(number))


def read_region_code(cell: Any) -> str | None:
    """A region code, dots or none, as its digits: 35.76.01 -> 357601."""
    if is_blank(cell):
        return None
    if isinstance(cell, bool | date | time | timedelta):
        raise CellRefused(BAD_REGION)
    has_dot = isinstance(cell, float) and not cell.is_integer()
    text = f"{cell:.2f}" if has_dot else clean(cell)  # 35.1 was typed as 35.10
    digits = re.sub(r"[\s.]", "", text.lstrip("'’"))
    if not re.fullmatch(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{10}", digits):
        raise CellRefused(BAD_REGION)
    return digits


def read_phone(cell: Any) -> tuple[str, bool] | None:
    """The number as +62…, and whether it is a possible number; otherwise as it was typed."""
    if is_blank(cell):
        return None
    import phonenumbers

    text = clean(cell).lstrip("'’")
    if isinstance(cell, int | float) and text.startswith("8"):
        text = "0" + text  # the spreadsheet dropped the zero
    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException:
        return text, False
    if not phonenumbers.is_valid_number(number):
        return text, False
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), True


def read_email(cell: Any) -> tuple[str, bool] | None:
    """The address in small letters, and whether it has the shape of one."""
    if is_blank(cell):
        return None
    text = clean(cell).removeprefix("mailto:").casefold()
    return text, bool(re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[a-z0-9\-]{2,}", text))


def _refuse_excel_error(text: str) -> None:
    if text.upper() in {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}:
        raise CellRefused(EXCEL_ERROR)
