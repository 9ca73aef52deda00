"""Region codes of Kemendagri: province 2 digits, regency or city 4, district 6, village 10."""

import re
from datetime import date, timedelta

from kopdiklat.core.errors import KopdiklatError, RuleViolation
from kopdiklat.core.parsing import read_date
from kopdiklat.core.text import N_, collapse_spaces


def clean_code(text: str) -> str:
    """`35.76` or `3576` as digits.

    :raises RuleViolation: neither a province (2 digits) nor a regency or city (4 digits)
    """
    digits = text.strip().replace(".", "")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in (2, 4):
        raise RuleViolation(N_("Kode wilayah terdiri dari 2 atau 4 angka, contoh 35.76."))
    return digits


def level_of(code: str) -> str:
    """province, regency (third and fourth digit 01-69) or city (71-99)."""
    if len(code) == 2:
        return "province"
    return "city" if int(code[2:4]) >= 71 else "regency"


def dotted(code: str) -> str:
    """`357601` as `35.76.01`; a village keeps its last four digits together."""
    parts = [code[:2], code[2:4], code[4:6], code[6:]]
    return ".".join(part for part in parts if part)


def parent_code(code: str) -> str | None:
    """The province of a regency or city."""
    return code[:2] if len(code) == 4 else None


def responsible_code(membership_scope: str, region_code: str) -> str | None:
    """The office that has jurisdiction: it follows the membership area, not the address.

    :param membership_scope: regency, province or national
    :param region_code: digits of where the cooperative is registered, at least 4
    :return: digits of the office's code; None for the ministry
    """
    match membership_scope:
        case "regency":
            return region_code[:4]
        case "province":
            return region_code[:2]
        case _:
            return None


# Provinces that do not keep the time of Jakarta.
CENTRAL = {"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"}
EASTERN = {"81", "82", "91", "92", "93", "94", "95", "96", "97"}


def usual_time_zone(code: str) -> str:
    """WIB, WITA or WIT of an office's province; an office may keep another."""
    if code[:2] in CENTRAL:
        return "WITA"
    return "WIT" if code[:2] in EASTERN else "WIB"


def region_in_name(name: str) -> str:
    """`Kota Mojokerto` in `Dinas Koperasi dan UKM Kota Mojokerto`; the whole name if none is there."""
    found = re.search(r"\b(Kabupaten|Kab\.|Kota|Provinsi|Prov\.) .+$", name)
    return (found.group() if found else name)[:80]


def check_parent(code: str, parent_code: str | None) -> None:
    """A regency or city may stand under its own province; a province stands under none."""
    if parent_code is not None and parent_code != code[:2]:
        raise RuleViolation(
            N_("Kantor induk adalah provinsi dari wilayah itu, kode {code}."), code=code[:2]
        )
    if parent_code is not None and len(code) == 2:
        raise RuleViolation(N_("Provinsi tidak memiliki kantor induk."))


MOST_DAYS, LONGEST_WAIT = 5, 60


def days_in(text: str) -> tuple[int, ...]:
    """Numbers of days as they are stored: `3,7`."""
    return tuple(int(part) for part in text.split(",") if part)


def read_days(text: str | None) -> str:
    """Numbers of days as people write them, `7, 3 dan 1`, as they are stored; empty for never.

    :raises RuleViolation: no whole numbers, too many of them, or too long a wait
    """
    words = re.sub(r"\bdan\b|[,;]", " ", text or "", flags=re.IGNORECASE).split()
    if not all(word.isascii() and word.isdecimal() for word in words):
        raise RuleViolation(N_("Tulis angka hari, dipisah koma, contoh 3, 7."))
    days = sorted({int(word) for word in words})
    if len(days) > MOST_DAYS:
        raise RuleViolation(N_("Paling banyak {count} hari."), count=MOST_DAYS)
    if days and not (days[0] >= 1 and days[-1] <= LONGEST_WAIT):
        raise RuleViolation(N_("Antara 1 dan {days} hari."), days=LONGEST_WAIT)
    return ",".join(str(day) for day in days)


WEEKDAY_LABELS = {
    "1": N_("Senin"),
    "2": N_("Selasa"),
    "3": N_("Rabu"),
    "4": N_("Kamis"),
    "5": N_("Jumat"),
    "6": N_("Sabtu"),
    "7": N_("Minggu"),
}
REMINDER_LABELS = {  # days before the first training day
    "7": N_("7 hari sebelumnya"),
    "3": N_("3 hari sebelumnya"),
    "1": N_("Sehari sebelumnya"),
    "0": N_("Pagi hari pertama, pukul 07.00"),
}
WEEKDAY = r"(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)\b[\s,;–-]*)*"
DAY_IN_LINE = re.compile(
    WEEKDAY + r"(?:(?P<from>\d{1,2})\s*(?:[–-]|s\.?d\.?|sampai|dan)\s*(?=\d{1,2}\s+[a-z]))?"
    r"(?P<day>\d{4}-\d{2}-\d{2}|\d{1,2}(?:[/.-]\d{1,2}[/.-]|\s+[a-z]+\s+)\d{4})",
    re.IGNORECASE,
)
LONGEST_HOLIDAY = 31


def read_holidays(text: str) -> list[tuple[date, str]]:
    """One holiday per line, its day before or after its name: `17/8/2026 Hari Kemerdekaan`.

    `20–24 Maret 2026 Idulfitri` is five days.
    :raises RuleViolation: names the first line that cannot be read
    """
    found: dict[date, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        days, name = _read_line(number, line)
        if not name:
            raise RuleViolation(N_("Baris {number}: tulis nama hari liburnya."), number=number)
        found |= dict.fromkeys(days, name)
    return sorted(found.items())


def _read_line(number: int, line: str) -> tuple[list[date], str]:
    match = DAY_IN_LINE.search(line)
    try:
        last = read_date(match["day"]) if match else None
    except KopdiklatError:
        last = None
    if match is None or last is None:
        raise RuleViolation(
            N_("Baris {number}: tanggal tidak dapat dibaca. Contoh: 17/8/2026 Hari Kemerdekaan."),
            number=number,
        )
    first = last
    if match["from"]:
        span = last.day - int(match["from"])
        if not 0 < span < LONGEST_HOLIDAY:
            raise RuleViolation(
                N_("Baris {number}: tanggal akhir lebih dulu dari tanggal awal."), number=number
            )
        first = last - timedelta(days=span)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    name = re.sub(r"\s+", " ", line[: match.start()] + " " + line[match.end() :])
    return days, (collapse_spaces(name.strip(" ,;:|–-")) or "")[:120]
