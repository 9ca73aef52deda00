"""A person's NIK (Nomor Induk Kependudukan): 16 digits that carry a birth date. Pure."""

import calendar

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

TOO_SHORT = N_("NIK baru {digits} angka. Periksa kembali di KTP.")
TOO_LONG = N_("NIK berisi {digits} angka. Seharusnya 16 angka.")
NO_SUCH_DAY = N_("Angka tanggal lahir dalam NIK tidak ada di kalender.")
NO_SERIAL = N_("Empat angka terakhir NIK tidak boleh 0000.")


def check_citizen_number(digits: str) -> None:
    """Digits 7 to 12 are a birth date (women: day + 40), the last four a serial from 0001.

    The region prefix and the sex are not checked: a NIK stays when its holder moves.
    :param digits: digits only
    """
    if len(digits) < 16:
        raise RuleViolation(TOO_SHORT, digits=len(digits))
    if len(digits) > 16:
        raise RuleViolation(TOO_LONG, digits=len(digits))
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    day = day - 40 if day > 40 else day
    if not 1 <= month <= 12 or not 1 <= day <= _longest(month, year):
        raise RuleViolation(NO_SUCH_DAY)
    if digits[12:] == "0000":
        raise RuleViolation(NO_SERIAL)


def _longest(month: int, short_year: int) -> int:
    """Days of that month in the longer of the two years that a short year may mean."""
    return max(calendar.monthrange(century + short_year, month)[1] for century in (1900, 2000))
