"""What the address asks of the register: its filters and its order."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from kopdiklat.cooperatives.models import ACTIVITY_STATUSES, COOPERATIVE_TYPES
from kopdiklat.cooperatives.rules import GRADES
from kopdiklat.health.models import HEALTH_STATUSES

NONE = "none"  # belum dinilai; no grade
SINCES = ("never", "3m", "12m", "over12m", "over24m")  # when something was last done
MEETINGS = ("held", "reported", "missing")
SORTS = ("name", "village", "type", "status", "score", "meeting", "grade", "open")


@dataclass(frozen=True)
class Filters:
    """What the address asks for; an empty text filters nothing."""

    text: str = ""
    status: str = ""
    district: str = ""
    type: str = ""
    meeting: str = ""  # "2025.reported"
    grade: str = ""
    activity: str = ""
    training: str = ""
    visit: str = ""

    @classmethod
    def read(cls, args) -> "Filters":
        """From the address; a value that no filter knows is left out."""
        known: dict[str, Callable[[str], bool]] = {
            "status": lambda v: v in (*HEALTH_STATUSES, NONE),
            "type": COOPERATIVE_TYPES.__contains__,
            "grade": lambda v: v in (*GRADES, NONE),
            "activity": ACTIVITY_STATUSES.__contains__,
            "training": SINCES.__contains__,
            "visit": SINCES.__contains__,
            "meeting": lambda v: read_meeting(v) is not None,
        }
        values = {}
        for name in names():
            value = " ".join(args.get(name, "").split())[:80]
            if value and known.get(name, bool)(value):
                values[name] = value
        return cls(**values)

    @property
    def given(self) -> dict[str, str]:
        """Those that filter, in the order of the page: what an address carries."""
        return {name: getattr(self, name) for name in names() if getattr(self, name)}

    def without(self, name: str) -> "Filters":
        return replace(self, **{name: ""})


@dataclass(frozen=True)
class Sorting:
    by: str = "name"
    descending: bool = False

    @classmethod
    def read(cls, args) -> "Sorting":
        by = args.get("sort", "name")
        return cls(by, args.get("order") == "desc") if by in SORTS else cls()

    @property
    def given(self) -> dict[str, str]:
        order = {"order": "desc"} if self.descending else {}
        return ({"sort": self.by} if self.by != "name" else {}) | order

    def direction(self, column: str) -> str:
        if column != self.by:
            return ""
        return "desc" if self.descending else "asc"

    def next(self, column: str) -> dict[str, str]:
        """What an address says to sort by this column; a second time turns the order."""
        descending = column == self.by and not self.descending
        return {"sort": column, "order": "desc" if descending else ""}


def names() -> list[str]:
    return [field.name for field in fields(Filters)]


def read_meeting(value: str) -> tuple[int, str] | None:
    year, _, state = value.partition(".")
    if state in MEETINGS and len(year) == 4 and year.isascii() and year.isdigit():
        return int(year), state
    return None
