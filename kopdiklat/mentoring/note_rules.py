"""What a mentor writes of one visit, and what a note needs to be kept."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.mentoring import rules

ISSUE_AREAS = {  # service fields of national mentoring reports (domain.md 7.3)
    "institution": N_("Kelembagaan"),
    "accounting": N_("Keuangan dan akuntansi"),
    "business": N_("Usaha"),
    "capital": N_("Permodalan"),
    "marketing": N_("Pemasaran"),
    "people": N_("SDM"),
    "legality": N_("Legalitas"),
    "technology": N_("Teknologi dan data"),
    "annual_meeting": N_("RAT"),
}
MAX_PHOTOS = 5


class NoteConflict(RuleViolation):
    """Another note is there already; what was typed stays and may become a new version."""

    status = 409


class NotBegun(RuleViolation):
    """The hours of the visit are still to come today; it may have been held earlier than planned."""


@dataclass(frozen=True)
class MetPerson:
    name: str
    position: str = ""


@dataclass(frozen=True)
class Outcome:
    """What was said of an earlier follow-up: closed with a result, or on with a new day."""

    follow_up_id: int
    result: str | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Agreement:
    """A new follow-up: what, who, by when."""

    what: str
    owner: str
    due_on: date


@dataclass(frozen=True)
class NotePhoto:
    """A photo that is stored already, by its content hash."""

    sha256: str
    width: int
    height: int
    size: int
    caption: str = ""


@dataclass(frozen=True)
class NoteContent:
    """Everything a mentor writes of one visit."""

    starts_at: datetime
    ends_at: datetime
    met_people: tuple[MetPerson, ...]
    condition: str
    problem: str = ""
    advice: str = ""
    issue_areas: tuple[str, ...] = ()
    photos: tuple[NotePhoto, ...] = ()
    photo_consent: bool = False
    outcomes: tuple[Outcome, ...] = ()
    agreements: tuple[Agreement, ...] = field(default=())

    @property
    def digest(self) -> str:
        """Names this content: the same words and photos have the same digest."""
        words = json.dumps(asdict(self), sort_keys=True, default=_plain, ensure_ascii=False)
        return hashlib.sha256(words.encode()).hexdigest()


def _plain(value: date | datetime) -> str:
    return value.isoformat()


def check_note(content: NoteContent, day: date, today: date) -> None:
    """
    :param day: the day of the visit in its own zone
    """
    rules.check_hours(content.starts_at, content.ends_at)
    if day > today:
        raise RuleViolation(N_("Kunjungan ini baru nanti. Catatan ditulis setelah kunjungan."))
    if not content.met_people:
        raise RuleViolation(N_("Tulis siapa yang Anda temui, paling sedikit satu orang."))
    if len(content.photos) > MAX_PHOTOS:
        raise RuleViolation(N_("Paling banyak {count} foto untuk satu catatan."), count=MAX_PHOTOS)
    for agreement in content.agreements:
        rules.check_due(agreement.due_on, agreed_on=day)


def check_begun(starts_at: datetime, now: datetime, hour: str) -> None:
    """
    :param hour: when the visit begins, in words
    """
    if now < starts_at:
        raise NotBegun(
            N_(
                "Kunjungan ini baru mulai pukul {hour}. "
                "Bila sudah berlangsung lebih awal, tulis jam yang sebenarnya."
            ),
            hour=hour,
        )


def check_version(base_version: int, version: int, number: str | None, reason: str) -> None:
    """
    :param base_version: the version that the writer saw; 0 is none
    :param version: the version that is there now; 0 is none
    """
    if base_version != version:
        raise NoteConflict(
            N_(
                "Kunjungan ini sudah punya catatan {number} versi {version}. Isian Anda masih ada "
                "di bawah. Tulis alasan untuk menyimpannya sebagai perbaikan."
            ),
            number=number,
            version=version,
        )
    if version and not reason.strip():
        raise RuleViolation(N_("Tulis alasan perbaikan catatan ini."))
