"""One box: cooperatives, people by name (never by NIK), batches; only what the person may see."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat import policy
from kopdiklat.cooperatives.models import Cooperative, Officer, Person
from kopdiklat.core.db import db
from kopdiklat.core.text import match_key
from kopdiklat.dashboard.register import has_fragment
from kopdiklat.health.models import HealthAssessment
from kopdiklat.health.queries import current_id
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch, Course, Programme

SHORTEST = 2
LIMIT = 25


@dataclass(frozen=True)
class FoundPerson:
    """A person through a cooperative: as its officer, else as its participant."""

    person_id: int
    full_name: str
    position: str
    cooperative_id: int
    cooperative_name: str


@dataclass(frozen=True)
class Found:
    """At most `limit` of each kind; `more` names the kinds of which there are others."""

    cooperatives: list
    people: list[FoundPerson]
    batches: list[Batch]
    more: frozenset[str]

    @property
    def count(self) -> int:
        return len(self.cooperatives) + len(self.people) + len(self.batches)


def find(user, text: str, limit: int = LIMIT) -> Found | None:
    """None when the text is too short to look for."""
    words = match_key(text).split()
    if len("".join(words)) < SHORTEST:
        return None
    cooperatives = _cooperatives(user, text, limit + 1)
    people = _people(user, words, limit + 1)
    batches = _batches(user, words, limit + 1)
    kinds = {"cooperatives": cooperatives, "people": people, "batches": batches}
    more = frozenset(kind for kind, rows in kinds.items() if len(rows) > limit)
    return Found(cooperatives[:limit], people[:limit], batches[:limit], more)


def _cooperatives(user, text: str, limit: int) -> list:
    """(cooperative, health status): those whose name begins so come first."""
    begins = Cooperative.name_key.startswith(match_key(text), autoescape=True)
    found = (
        sa.select(Cooperative, HealthAssessment.health_status)
        .outerjoin(HealthAssessment, HealthAssessment.id == current_id(Cooperative.id))
        .where(policy.visible(Cooperative, "cooperative.see", user), has_fragment(text))
        .order_by(sa.case((begins, 0), else_=1), Cooperative.name_key, Cooperative.id)
        .limit(limit)
    )
    return list(db.session.execute(found))


def _has_words(column, words: list[str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(sa.func.lower(column).contains(word, autoescape=True) for word in words))


def _people(user, words: list[str], limit: int) -> list[FoundPerson]:
    columns = (Person.id, Person.full_name)
    seen = policy.visible(Cooperative, "cooperative.see", user)
    named = _has_words(Person.full_name, words)
    officers = (
        sa.select(*columns, Officer.position, Cooperative.id, Cooperative.name)
        .join(Officer, Officer.person_id == Person.id)
        .join(Cooperative, Cooperative.id == Officer.cooperative_id)
        .where(seen, named)
    )
    participants = (
        sa.select(*columns, Registration.position, Cooperative.id, Cooperative.name)
        .join(Registration, Registration.person_id == Person.id)
        .join(Cooperative, Cooperative.id == Registration.cooperative_id)
        .where(seen, named)
    )
    people: dict[tuple[int, int], FoundPerson] = {}
    for select in (officers, participants):
        rows = db.session.execute(select.order_by(Person.full_name, Person.id).limit(limit))
        for row in rows:
            people.setdefault((row[0], row[3]), FoundPerson(*row))
    return sorted(people.values(), key=lambda person: person.full_name.casefold())[:limit]


def _batches(user, words: list[str], limit: int) -> list[Batch]:
    told = sa.func.coalesce(Course.name, "") + " " + Programme.name + " " + Batch.venue
    found = (
        sa.select(Batch)
        .join(Batch.course)
        .join(Batch.programme)
        .where(policy.visible(Batch, "batch.see", user), _has_words(told, words))
        .options(joinedload(Batch.course), joinedload(Batch.programme))
        .order_by(Batch.registration_closes_at.desc(), Batch.id)
        .limit(limit)
    )
    return list(db.session.scalars(found))
