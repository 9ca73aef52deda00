"""Which row means which cooperative, whose it is, and when two of them contradict each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from kopdiklat.cooperatives.rules import HONORIFICS
from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.core.text import N_, match_key
from kopdiklat.health.rules import STATUS_LABELS

NOISE = {"koperasi", "kop"}

TRANSITIONS = {  # state -> {action: next state}; a missing action is refused
    "checking": {"accept": "checked", "fail": "failed"},
    "checked": {"repair": "checking", "save": "saving", "withdraw": "discarded"},
    "saving": {"finish": "saved", "return": "checked"},
    "saved": {"reverse": "reversed"},
    "failed": {},
    "discarded": {},
    "reversed": {},
}
REVERSIBLE_FOR = timedelta(hours=24)  # ux.md 6.13

NOT_CHECKED = N_("Impor ini tidak sedang menunggu keputusan.")
NOT_SAVED = N_("Impor ini belum tersimpan, atau sudah dibatalkan.")
TOO_LATE = N_("Impor hanya dapat dibatalkan dalam 24 jam. Perbaiki dengan impor baru.")
STAYS = N_("Hasil penilaian tidak dapat dihapus. Impor berkas yang benar sebagai koreksinya.")
NOT_HERE_YET = N_("Tanggal tidak boleh setelah hari ini.")
SCORE_MISMATCH = N_("Skor {score} termasuk {band}, bukan {stated}.")


def next_state(state: str, action: str) -> str:
    try:
        return TRANSITIONS[state][action]
    except KeyError:
        raise TransitionRefused(NOT_SAVED if action == "reverse" else NOT_CHECKED) from None


def reversible_until(saved_at: datetime) -> datetime:
    return saved_at + REVERSIBLE_FOR


def check_reversible(state: str, saved_at: datetime | None, is_kept: bool, now: datetime) -> None:
    """
    :param is_kept: what it wrote is kept by law and is never deleted
    """
    next_state(state, "reverse")
    if is_kept:
        raise RuleViolation(STAYS)
    if saved_at is None or now >= reversible_until(saved_at):
        raise RuleViolation(TOO_LATE)


@dataclass(frozen=True)
class Known:
    """A cooperative as matching sees it: one of the register, or one further up in the file."""

    name: str
    name_key: str
    number: str | None
    legal_key: str = ""
    district: str = ""
    cooperative_id: int = 0  # 0: not in the register yet
    office_id: int = 0
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


def check_status_fits(score: Decimal, band: str, stated: str | None) -> None:
    """An imported result carries no reason, so its status is the one of its score.

    An assessor may record such a result by hand, with the reason.
    """
    if stated not in (None, band):
        raise RuleViolation(
            SCORE_MISMATCH,
            score=f"{score:.2f}".replace(".", ","),
            band=STATUS_LABELS[band],
            stated=STATUS_LABELS[stated],
        )
