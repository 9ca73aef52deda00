"""Who needs it: cooperatives by health status and by rank within the status, with the reason."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from kopdiklat.cooperatives.models import (
    COOPERATIVE_TYPES,
    Cooperative,
    Officer,
    PastContact,
    Person,
)
from kopdiklat.cooperatives.queries import in_office
from kopdiklat.core.db import UTC, db
from kopdiklat.health.models import HEALTH_STATUSES, HealthAssessment
from kopdiklat.health.queries import current_id
from kopdiklat.mentoring.models import FollowUp
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.ranking import Standing, ranks
from kopdiklat.training.models import Batch, TrainingSession

NONE = "none"  # belum dinilai
STATUSES = (*HEALTH_STATUSES, NONE)
WORST_FIRST = {status: n for n, status in enumerate((*reversed(HEALTH_STATUSES), NONE))}
INVITED = ("never", "long_ago", "recently")
RECENTLY = timedelta(days=183)
OUT = ("inactive", "dissolving", "dissolved")
MOST = 300  # rows on one page


@dataclass(frozen=True)
class Candidate:
    """One cooperative as it stands today, with what speaks for choosing it."""

    id: int
    name: str
    village: str | None
    district: str | None
    cooperative_type: str
    health_status: str | None
    score: Decimal | None
    position_on: date | None
    last_training_on: date | None
    last_invited_at: datetime | None
    open_follow_ups: int
    has_phone: bool
    is_invited: bool
    rank: int = 0
    of: int = 0

    @property
    def status_key(self) -> str:
        return self.health_status or NONE


@dataclass(frozen=True)
class Filters:
    """What narrows the list; an empty choice of statuses is all of them."""

    statuses: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    invited: frozenset[str] = frozenset()
    untrained: bool = False

    @classmethod
    def read(cls, args, default_statuses: Iterable[str] = ()) -> "Filters":
        known = set(args) - {"n"}
        statuses = args.getlist("status") if known else list(default_statuses)
        return cls(
            statuses=frozenset(s for s in statuses if s in STATUSES),
            districts=frozenset(d[:80] for d in args.getlist("district")),
            types=frozenset(t for t in args.getlist("type") if t in COOPERATIVE_TYPES),
            invited=frozenset(i for i in args.getlist("invited") if i in INVITED),
            untrained=bool(args.get("untrained")),
        )

    def fits(self, candidate: Candidate, now: datetime, *, but: str = "") -> bool:
        """Whether this cooperative passes every filter, but perhaps one."""
        tests = {
            "status": not self.statuses or candidate.status_key in self.statuses,
            "district": not self.districts or (candidate.district or "") in self.districts,
            "type": not self.types or candidate.cooperative_type in self.types,
            "invited": not self.invited or invited_when(candidate, now) in self.invited,
            "untrained": not self.untrained or candidate.last_training_on is None,
        }
        return all(fits for name, fits in tests.items() if name != but)


@dataclass
class Found:
    """The list of one choice of filters, and what each filter would let in."""

    candidates: list[Candidate]
    by_status: int
    facets: dict[str, Counter] = field(default_factory=dict)
    strictest: str = ""

    @property
    def eligible(self) -> list[Candidate]:
        return [c for c in self.candidates if not c.is_invited]

    @property
    def groups(self) -> dict[str, list[tuple[int, Candidate]]]:
        """The first MOST with their place in the list, by health status in the order of the list."""
        groups: dict[str, list[tuple[int, Candidate]]] = {}
        for place, candidate in enumerate(self.candidates[:MOST], 1):
            groups.setdefault(candidate.status_key, []).append((place, candidate))
        return groups

    def first(self, count: int) -> list[Candidate]:
        """The first so many by rank that are not invited yet."""
        return self.eligible[: max(0, count)]


def invited_when(candidate: Candidate, now: datetime) -> str:
    """One of INVITED."""
    if candidate.last_invited_at is None:
        return "never"
    return "recently" if candidate.last_invited_at > now - RECENTLY else "long_ago"


def narrow(candidates: Sequence[Candidate], filters: Filters, now: datetime) -> Found:
    """The list worst status first, then by rank; facets count what each choice would show."""
    shown = [c for c in candidates if filters.fits(c, now)]
    shown.sort(key=lambda c: (WORST_FIRST[c.status_key], c.rank, c.name))
    found = Found(shown, sum(filters.fits(c, now, but="") for c in candidates))
    found.by_status = sum(
        not filters.statuses or c.status_key in filters.statuses for c in candidates
    )
    keys = {
        "status": lambda c: c.status_key,
        "district": lambda c: c.district or "",
        "type": lambda c: c.cooperative_type,
        "invited": lambda c: invited_when(c, now),
        "untrained": lambda c: c.last_training_on is None,
    }
    without = {}
    for name, key in keys.items():
        let_in = [c for c in candidates if filters.fits(c, now, but=name)]
        found.facets[name] = Counter(key(c) for c in let_in)
        without[name] = len(let_in)
    widest = max(without, key=lambda name: without[name])
    found.strictest = widest if without[widest] > len(shown) else ""
    return found


def candidates_of(batch: Batch, now: datetime, today: date) -> list[Candidate]:
    """Every cooperative of the office that is not out of business, ranked within its status."""
    past = (
        sa.select(sa.func.max(PastContact.held_on))
        .where(PastContact.cooperative_id == Cooperative.id, PastContact.kind == "training")
        .scalar_subquery()
    )
    trained = sa.type_coerce(
        sa.select(sa.func.max(TrainingSession.starts_at))
        .join(Registration, Registration.batch_id == TrainingSession.batch_id)
        .where(
            Registration.cooperative_id == Cooperative.id,
            Registration.state == "confirmed",
            TrainingSession.starts_at < now,
        )
        .scalar_subquery(),
        UTC,
    )
    invited = sa.type_coerce(
        sa.select(sa.func.max(Invitation.created_at))
        .where(
            Invitation.cooperative_id == Cooperative.id,
            Invitation.cancelled_at.is_(None),
            Invitation.batch_id != batch.id,
        )
        .scalar_subquery(),
        UTC,
    )
    here = (
        sa.select(Invitation.id)
        .where(
            Invitation.cooperative_id == Cooperative.id,
            Invitation.cancelled_at.is_(None),
            Invitation.batch_id == batch.id,
        )
        .exists()
    )
    follow_ups = (
        sa.select(sa.func.count(FollowUp.id))
        .where(FollowUp.cooperative_id == Cooperative.id, FollowUp.closed_on.is_(None))
        .scalar_subquery()
    )
    reachable = (
        sa.select(Officer.id)
        .join(Person, Officer.person_id == Person.id)
        .where(
            Officer.cooperative_id == Cooperative.id,
            in_office(today),
            Person.phone.is_not(None),
        )
        .exists()
    )
    found = (
        sa.select(
            Cooperative.id,
            Cooperative.name,
            Cooperative.village,
            Cooperative.district,
            Cooperative.cooperative_type,
            Cooperative.phone,
            HealthAssessment.health_status,
            HealthAssessment.score,
            HealthAssessment.position_on,
            past.label("past_on"),
            trained.label("trained_at"),
            invited.label("invited_at"),
            follow_ups.label("follow_ups"),
            reachable.label("reachable"),
            here.label("here"),
        )
        .outerjoin(HealthAssessment, HealthAssessment.id == current_id(Cooperative.id))
        .where(Cooperative.office_id == batch.office_id, Cooperative.activity_status.not_in(OUT))
    )
    rows = db.session.execute(found).all()
    places = ranks([Standing(r.id, r.health_status, r.score, r.name) for r in rows])
    return [
        Candidate(
            id=r.id,
            name=r.name,
            village=r.village,
            district=r.district,
            cooperative_type=r.cooperative_type,
            health_status=r.health_status,
            score=r.score,
            position_on=r.position_on,
            last_training_on=max(
                (day for day in (r.past_on, r.trained_at and r.trained_at.date()) if day),
                default=None,
            ),
            last_invited_at=r.invited_at,
            open_follow_ups=r.follow_ups,
            has_phone=bool(r.reachable or r.phone),
            is_invited=bool(r.here),
            rank=places[r.id][0],
            of=places[r.id][1],
        )
        for r in rows
    ]


def count_left_out(office_id: int) -> int:
    """Cooperatives that are not offered because they are out of business."""
    return (
        db.session.scalar(
            sa.select(sa.func.count(Cooperative.id)).where(
                Cooperative.office_id == office_id, Cooperative.activity_status.in_(OUT)
            )
        )
        or 0
    )
