"""How dates, times, numbers and names are printed: `13 Jul 2026`, `09.00 WIB`, `1.234,5`."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import get_locale, gettext

from kopdiklat.core import clock
from kopdiklat.core.text import N_, ended, ended_once


def _locale() -> str:
    return str(get_locale() or "id")


def day(value: date | None, style: str = "short") -> str:
    """short `13 Jul 2026` · long `13 Juli 2026` · full `Senin, 13 Juli 2026` · name `Senin`.

    Also abbr `Sen`, dated `Sen, 13 Jul`, month `Jul 2026` and whole_month `Juli 2026`.
    """
    if value is None:
        return "–"
    patterns = {
        "short": "d MMM y",
        "long": "d MMMM y",
        "full": "EEEE, d MMMM y",
        "name": "EEEE",
        "abbr": "EEE",
        "dated": "EEE, d MMM",
        "month": "MMM y",
        "whole_month": "LLLL y",
    }
    return _printed(value, patterns[style], _locale())


@lru_cache(maxsize=2000)
def _printed(value: date, pattern: str, locale: str) -> str:
    return format_date(value, pattern, locale=locale)


def day_range(first: date, last: date, style: str = "short") -> str:
    """`15–16 Juli 2026`; both whole when month or year differ."""
    if first == last:
        return day(first, style)
    if (first.year, first.month) == (last.year, last.month) and style not in ("full", "dated"):
        return f"{first.day}–{day(last, style)}"
    return f"{day(first, style)} – {day(last, style)}"


def hour(value: datetime, zone: str, with_zone: bool = True) -> str:
    """`09.00 WIB`."""
    at = clock.local(value, zone)
    return f"{at:%H.%M} {zone}" if with_zone else f"{at:%H.%M}"


def hours(start: datetime, end: datetime, zone: str, with_zone: bool = True) -> str:
    """`09.00–15.30 WIB`."""
    return f"{hour(start, zone, False)}–{hour(end, zone, with_zone)}"


def moment(value: datetime | None, zone: str, style: str = "short") -> str:
    """`13 Jul 2026, 09.52 WIB`."""
    if value is None:
        return "–"
    return f"{day(clock.local_day(value, zone), style)}, {hour(value, zone)}"


def number(value: int | float | Decimal | None, places: int = 0) -> str:
    """`1.234,5`; a missing value is a dash, never 0."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(value, format=pattern, locale=_locale())


def trimmed(value: int | float | Decimal | None) -> str:
    """As many of two decimals as it needs: `2`, `1,5`, `2,67`."""
    if value is None:
        return "–"
    exact = Decimal(str(value))
    return number(exact, next((n for n in (0, 1) if exact == round(exact, n)), 2))


def score(value: Decimal | None) -> str:
    """A health score with two decimals, as its report is signed: `57,20`."""
    return number(value, 2)


def signed(value: float | Decimal, places: int = 0) -> str:
    """A difference with its direction: `+9`, `−3,4`; `±0` when it rounds to nothing."""
    rounded = round(Decimal(str(value)), places)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else "±"
    return sign + number(abs(rounded), places)


def percent(part: int, whole: int) -> str:
    """`48%`; a dash when there is nothing to divide by."""
    return f"{number(Decimal(100 * part) / whole)}%" if whole else "–"


def rupiah(value: Decimal | int | None) -> tuple[str, str]:
    """The figure and its unit: `Rp1,84`, `miliar`."""
    if value is None:
        return "–", ""
    if value < 0:
        figure, unit = rupiah(-value)
        return f"−{figure}", unit
    size = value
    for limit, word in ((10**12, N_("triliun")), (10**9, N_("miliar")), (10**6, N_("juta"))):
        if size >= limit:
            scaled = Decimal(value) / limit
            places = 0 if scaled >= 100 else 1 if scaled >= 10 else 2
            return f"Rp{number(scaled, places)}", gettext(word)
    return f"Rp{number(value)}", ""


def phone(value: str | None) -> str:
    """+6281234567890 as `0812-3456-7890`; anything else as it was typed."""
    if not value:
        return "–"
    if not value.startswith("+62"):
        return value
    digits = "0" + value[3:]
    return "-".join(part for part in (digits[:4], digits[4:8], digits[8:]) if part)


def masked_phone(value: str | None) -> str:
    """`0812-••••-7890`."""
    shown = phone(value)
    return shown if len(shown) < 9 else f"{shown[:5]}••••-{shown[-4:]}"


def masked_citizen_number(value: str | None) -> str:
    """`3204••••••••0007`: the middle holds the birth date."""
    return "–" if not value else f"{value[:4]}{'•' * 8}{value[-4:]}"


def file_size(size: int) -> str:
    return (
        f"{number(size / 1_000_000, 1)} MB" if size >= 1_000_000 else f"{number(size // 1000)} kB"
    )


FILTERS = {
    "day": day,
    "hour": hour,
    "moment": moment,
    "number": number,
    "score": score,
    "trimmed": trimmed,
    "phone": phone,
    "masked_phone": masked_phone,
    "masked_citizen_number": masked_citizen_number,
    "file_size": file_size,
    "ended": ended,
    "ended_once": ended_once,
}
GLOBALS = {"day_range": day_range, "hours": hours, "percent": percent, "rupiah": rupiah}
