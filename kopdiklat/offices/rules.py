"""Region codes of Kemendagri: province 2 digits, regency or city 4, district 6, village 10."""

import re

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_


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
