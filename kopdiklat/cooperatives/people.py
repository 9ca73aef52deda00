"""Who is the same person: looked for among those that an office knows, completed, or added."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import defer

from kopdiklat.cooperatives import queries, rules
from kopdiklat.cooperatives.models import Officer, Person
from kopdiklat.core import keys
from kopdiklat.core.db import db, flush_unless
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_


class NumberOfAnother(RuleViolation):
    """A citizen number on file under another name, which only who may know it is told: `holder`."""

    def __init__(self, holder: Person | None = None):
        super().__init__(N_("NIK ini sudah tercatat atas nama orang lain. Periksa kembali di KTP."))
        self.holder = holder


class People:
    """Persons, read once: by citizen number, and by the cooperatives that know them."""

    def __init__(self) -> None:
        self.by_number: dict[tuple[int, str], Person] = {}
        self.numbers: dict[Person, str] = {}
        self.positions: dict[int, dict[Person, set[str]]] = defaultdict(lambda: defaultdict(set))

    def note_number(self, person: Person, number_index: str | None) -> None:
        if number_index:
            self.by_number[person.office_id, number_index] = person
            self.numbers[person] = number_index

    def note_position(self, person: Person, cooperative_id: int, position: str) -> None:
        self.positions[cooperative_id][person].add(position)

    def find(self, office_id: int, cooperative_id: int, said: rules.Identity) -> Person | None:
        """By citizen number, else among those whom the cooperative knows.

        :raises NumberOfAnother: the number is on file under another name
        """
        holder = self.by_number.get((office_id, said.number)) if said.number else None
        if holder:
            if not rules.same_name(holder.full_name, said.full_name):
                raise NumberOfAnother(holder)
            return holder
        known = {
            person: rules.Identity(
                person.full_name, self.numbers.get(person), person.phone, frozenset(positions)
            )
            for person, positions in self.positions[cooperative_id].items()
        }
        return rules.likeliest(known, said)


def read_people(
    office_ids: Collection[int],
    cooperative_id: int | None = None,
    numbers: Collection[str] = (),
) -> People:
    """The persons of these offices.

    :param cooperative_id: only those whom it knows, and who holds one of these numbers
    :param numbers: as number_index gives them
    """
    places = queries.places_of_people(office_ids, cooperative_id)
    persons = sa.select(Person).where(Person.office_id.in_(office_ids))
    if cooperative_id is not None:
        here = Person.id.in_(sa.select(places.subquery().c.person_id))
        holds = Person.citizen_number_index.in_(numbers)
        persons = persons.where(here | holds if numbers else here)
    people, by_id = People(), {}
    for person in db.session.scalars(persons.options(defer(Person.citizen_number))):
        by_id[person.id] = person
        people.note_number(person, person.citizen_number_index)
    for place in db.session.execute(places):
        if place.person_id in by_id:
            people.note_position(by_id[place.person_id], place.cooperative_id, place.position)
    return people


def number_index(citizen_number: str | None) -> str | None:
    """The keyed hash under which a citizen number is found again."""
    return keys.blind_index(citizen_number, "citizen number") if citizen_number else None


def find_person(
    office_id: int, cooperative_id: int, said: rules.Identity, citizen_number: str | None
) -> Person | None:
    """Who this is, if the office knows; what was not known of the person yet is kept."""
    people = read_people([office_id], cooperative_id, [said.number] if said.number else ())
    person = people.find(office_id, cooperative_id, said)
    if person:
        person.phone = person.phone or said.phone
        keep_number(person, citizen_number)
    return person


def keep_number(person: Person, citizen_number: str | None) -> None:
    """:raises NumberOfAnother: somebody else has it"""
    if citizen_number and not person.citizen_number_index:
        person.citizen_number = citizen_number
        person.citizen_number_index = number_index(citizen_number)
        flush_people()


def add_person(
    office_id: int,
    cooperative_id: int,
    said: rules.Identity,
    position: str,
    citizen_number: str | None,
    now: datetime,
) -> Person:
    """Somebody whom the office did not know, in a position of the cooperative.

    :raises NumberOfAnother: the number was given to somebody a moment ago
    """
    person = Person(
        office_id=office_id,
        full_name=said.full_name,
        phone=said.phone,
        citizen_number=citizen_number,
        citizen_number_index=said.number,
        created_at=now,
    )
    db.session.add(person)
    flush_people()
    db.session.add(Officer(cooperative_id=cooperative_id, person_id=person.id, position=position))
    return person


def flush_people() -> None:
    """Write persons; whom another request gave the number meanwhile is told as if it stood there.

    :raises NumberOfAnother: a citizen number is on file
    """
    flush_unless({"uq_persons_office_id_citizen_number_index": NumberOfAnother()})
