"""Which row means which cooperative, whose it is, and when two of them contradict each other."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_, match_key

NOISE = {"koperasi", "kop"}
HONORIFICS = {
    "h",
    "hj",
    "ir",
    "dr",
    "drs",
    "dra",
    "se",
    "sh",
    "mm",
    "msi",
    "spd",
    "sp",
    "st",
    "mpd",
}

NOT_HERE_YET = N_("Tanggal ini belum terjadi.")
CITIZEN_NUMBER_LENGTH = N_("NIK baru {digits} angka. Periksa kembali di KTP.")
CITIZEN_NUMBER_LONG = N_("NIK berisi {digits} angka. Seharusnya 16 angka.")
CITIZEN_NUMBER_DATE = N_("Angka tanggal lahir dalam NIK tidak ada di kalender.")
CITIZEN_NUMBER_SERIAL = N_("Empat angka terakhir NIK tidak boleh 0000.")
SCORE_RANGE = N_("Skor perlu antara 0 dan 100.")
SCORE_MISMATCH = N_("Skor {score} termasuk {band}, bukan {stated}.")


@dataclass(frozen=True)
class Known:
    """A cooperative as matching sees it: one of the register, or one further up in the file."""

    name: str
    name_key: str
    number: str | None
    legal_key: str = ""
    district: str = ""
    cooperative_id: int | None = None
    office_id: int | None = None
    row: int | None = None  # of the file, when it stands there for the first time

    @property
    def described(self) -> str:
        """The name with what tells it from its namesakes."""
        details = [self.number and f"NIK {self.number}", self.district and f"Kec. {self.district}"]
        return f"{self.name} ({', '.join(d for d in details if d)})" if any(details) else self.name


def compatible(ours: str | None, theirs: str | None) -> bool:
    """Two details agree when either side is silent."""
    ours, theirs = match_key(ours or ""), match_key(theirs or "")
    return not ours or not theirs or ours == theirs


def namesakes(
    candidates: Iterable[Known], legal_number: str | None, district: str | None
) -> list[Known]:
    """Of those with the same name, the ones whose legal number and district do not contradict."""
    return [
        known
        for known in candidates
        if compatible(known.legal_key, legal_number) and compatible(known.district, district)
    ]


def is_like(one: str, other: str) -> bool:
    """Whether two spellings may mean the same: one has all the words of the other.

    Words that say nothing (koperasi, titles) do not count.
    """
    first, second = (_telling_words(text) for text in (one, other))
    return first <= second or second <= first


def _telling_words(text: str) -> set[str]:
    words = set(match_key(text).split())
    return (words - NOISE - HONORIFICS) or words


def check_not_future(day: date | None, today: date) -> None:
    if day is not None and day > today:
        raise RuleViolation(NOT_HERE_YET)


def check_citizen_number(digits: str) -> None:
    """A person's NIK: 16 digits, 7 to 12 a birth date (women: day + 40), last four a serial.

    The region prefix and the sex are not checked: a NIK stays when its holder moves.
    """
    if len(digits) < 16:
        raise RuleViolation(CITIZEN_NUMBER_LENGTH, digits=len(digits))
    if len(digits) > 16:
        raise RuleViolation(CITIZEN_NUMBER_LONG, digits=len(digits))
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    day = day - 40 if day > 40 else day
    if not 1 <= month <= 12 or not 1 <= day <= _longest(month, year):
        raise RuleViolation(CITIZEN_NUMBER_DATE)
    if digits[12:] == "0000":
        raise RuleViolation(CITIZEN_NUMBER_SERIAL)


def _longest(month: int, short_year: int) -> int:
    """Days of that month in the later of the centuries that the short year may mean."""
    return max(calendar.monthrange(century + short_year, month)[1] for century in (1900, 2000))


def end_of_fiscal_year(year: int) -> date:
    return date(year, 12, 31)


def band_of(score: Decimal, bands: Sequence[tuple[str, Decimal]]) -> str:
    """The status of a score; bands are half open, from their minimum (included) upwards."""
    return max((minimum, status) for status, minimum in bands if score >= minimum)[1]


def check_score(score: Decimal | None) -> None:
    if score is not None and not 0 <= score <= 100:
        raise RuleViolation(SCORE_RANGE)


def written_score(score: Decimal) -> str:
    """45.00 as `45`, 44.60 as `44,6`."""
    return f"{score.normalize():f}".replace(".", ",")
