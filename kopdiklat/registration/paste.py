"""A pasted list judged against the register and the batch: what each row would do, and doing it.

Judging writes nothing. Every row has one verdict: `ready`, `there` (it is registered already),
`double` (it repeats a row above), `skipped`, or `wrong` with what is to be mended.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kopdiklat.cooperatives import rules as register
from kopdiklat.cooperatives.citizen_numbers import check_citizen_number
from kopdiklat.cooperatives.models import Cooperative, Person
from kopdiklat.cooperatives.people import NumberOfAnother, People, number_index, read_people
from kopdiklat.cooperatives.rules import Identity, same_person
from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_digits, read_name, read_phone
from kopdiklat.core.text import N_, match_key
from kopdiklat.core.workbooks import heading_key
from kopdiklat.registration import halls, pasted, queries, rules
from kopdiklat.registration.directory import Directory
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.pasted import Row
from kopdiklat.registration.seating import Team
from kopdiklat.registration.service import Participant
from kopdiklat.training.models import Batch

NEEDED = N_("Nama lengkap perlu diisi.")
LETTERS = N_("Nama perlu huruf, seperti di KTP.")
BAD_PHONE = N_("Nomor HP belum benar. Contoh 0812-3456-7890, atau kosongkan.")
BAD_POSITION = N_("Jabatan tidak dikenal. Pilih dari daftar.")
NUMBER_NEEDED = N_("NIK perlu diisi, 16 angka.")
WHICH = N_("Koperasi mana yang dimaksud? Pilih dari daftar.")
UNKNOWN = N_("Koperasi tidak ditemukan. Tulis sebagian namanya atau NIK koperasi.")
MISSING = N_("Koperasinya belum tertulis.")
OTHER_COOPERATIVE = N_("Sudah terdaftar lewat koperasi lain, nomor {number}.")
OVER = N_("Melebihi batas {most} orang untuk koperasi ini.")
NO_PLACE = N_("Kuota dan daftar tunggu sudah penuh.")


@dataclass
class Verdict:
    """What is known of one row, and what it would do.

    :param errors: key of a cell -> sentence
    :param seat: of a ready one: `seat` or `queue`, as it looks now
    """

    row: Row
    state: str = "wrong"
    cooperative: Cooperative | None = None
    candidates: list[Cooperative] = field(default_factory=list)
    name: str = ""
    phone: str | None = None
    position: str | None = None
    citizen_number: str | None = None
    person: Person | None = None
    registration: Registration | None = None
    double_of: int = 0
    seat: str = ""
    errors: dict[str, RuleViolation] = field(default_factory=dict)

    @property
    def participant(self) -> Participant:
        return Participant(
            full_name=self.name,
            phone=self.phone,
            position=self.position or "member",
            citizen_number=self.citizen_number,
            needs=self.row["needs"][:300] or None,
        )

    def refuse(self, key: str, refusal: str | RuleViolation, **values: Any) -> None:
        self.state = "wrong"
        if isinstance(refusal, str):
            refusal = RuleViolation(refusal, **values)
        self.errors.setdefault(key, refusal)


@dataclass
class Judged:
    """All verdicts, in the order of the list."""

    verdicts: list[Verdict]

    def of(self, *states: str) -> list[Verdict]:
        return [v for v in self.verdicts if v.state in states]

    @property
    def teams(self) -> dict[int, list[Verdict]]:
        """Cooperative -> its people who are ready, in the order of the list."""
        found: dict[int, list[Verdict]] = defaultdict(list)
        for verdict in self.of("ready"):
            if verdict.cooperative:
                found[verdict.cooperative.id].append(verdict)
        return found


def judge(batch: Batch, rows: Sequence[Row], now: datetime) -> Judged:
    """What each row would do now. Writes nothing."""
    verdicts = [Verdict(row) for row in rows]
    _find_cooperatives(batch.office_id, verdicts)
    for verdict in verdicts:
        _read_cells(verdict, batch.course.needs_citizen_number)
    _find_people(batch, verdicts)
    _find_doubles(verdicts)
    for verdict in verdicts:
        if verdict.row["skip"]:
            verdict.state = "skipped"
        elif verdict.state == "wrong" and not verdict.errors:
            verdict.state = "ready"
    judged = Judged(verdicts)
    _count_heads(batch, judged)
    _look_for_seats(batch, judged, now)
    return judged


# -- the cooperative -------------------------------------------------------------------------------


def _find_cooperatives(office_id: int, verdicts: list[Verdict]) -> None:
    """Each spelling is looked up once."""
    directory = Directory(office_id)
    known: dict[str, list[Cooperative]] = {}
    for verdict in verdicts:
        text = verdict.row["cooperative"].strip()
        if not text:
            verdict.refuse("cooperative", MISSING)
            continue
        if text not in known:
            known[text] = directory.find(text)
        found = known[text]
        if len(found) == 1 and directory.is_certain(found[0], text):
            verdict.cooperative = found[0]
        else:
            verdict.candidates = found
            verdict.refuse("cooperative", WHICH if found else UNKNOWN)


# -- the cells -------------------------------------------------------------------------------------


def _read_cells(verdict: Verdict, needs_number: bool) -> None:
    row = verdict.row
    try:
        verdict.name = read_name(row["name"], length=120) or ""
        if not verdict.name:
            verdict.refuse("name", NEEDED)
        elif not any(c.isalpha() for c in verdict.name):
            verdict.refuse("name", LETTERS)
    except RuleViolation as refusal:
        verdict.refuse("name", refusal)
    if phone := row["phone"].strip().lstrip("'’"):
        if phone.startswith("8"):  # the worksheet dropped the zero
            phone = "0" + phone
        number, is_possible = read_phone(phone) or (None, True)
        verdict.phone = number if is_possible else None
        if not is_possible:
            verdict.refuse("phone", BAD_PHONE)
    if position := row["position"].strip():
        verdict.position = _position(position)
        if verdict.position is None:
            verdict.refuse("position", BAD_POSITION)
    _read_number(verdict, needs_number)


def _position(text: str) -> str | None:
    if text in register.POSITION_LABELS:
        return text
    key = heading_key(text)
    labels = {heading_key(label): value for value, label in register.POSITION_LABELS.items()}
    return pasted.POSITIONS.get(key) or labels.get(key)


def _read_number(verdict: Verdict, needs_number: bool) -> None:
    """A citizen number is kept only where the programme asks for it."""
    if not needs_number:
        return
    try:
        digits = read_digits(verdict.row["citizen_number"])
        if digits:
            check_citizen_number(digits)
        verdict.citizen_number = digits
    except RuleViolation as refusal:
        verdict.refuse("citizen_number", refusal)


# -- the people ------------------------------------------------------------------------------------


def _find_people(batch: Batch, verdicts: list[Verdict]) -> None:
    """Who is known, and who is in the batch already."""
    said_of = {
        verdict.row.number: _identity(verdict)
        for verdict in verdicts
        if verdict.cooperative and verdict.name and "name" not in verdict.errors
    }
    numbers: dict[int, set[str]] = defaultdict(set)
    for verdict in verdicts:
        said = said_of.get(verdict.row.number)
        if verdict.cooperative and said and said.number:
            numbers[verdict.cooperative.id].add(said.number)
    people: dict[int, People] = {}
    for verdict in verdicts:
        cooperative, said = verdict.cooperative, said_of.get(verdict.row.number)
        if cooperative is None or said is None:
            continue
        if cooperative.id not in people:
            people[cooperative.id] = read_people(
                [batch.office_id], cooperative.id, numbers[cooperative.id]
            )
        of = people[cooperative.id]
        try:
            verdict.person = of.find(batch.office_id, cooperative.id, said)
        except NumberOfAnother as refusal:
            verdict.refuse("citizen_number", refusal)
        if verdict.person:
            held = of.positions[cooperative.id][verdict.person]
            verdict.position = verdict.position or next(iter(sorted(held)), None)
        is_known = bool(verdict.person and verdict.person.citizen_number_index)
        if batch.course.needs_citizen_number and not (verdict.citizen_number or is_known):
            verdict.refuse("citizen_number", NUMBER_NEEDED)
    known = [v.person.id for v in verdicts if v.person]
    there = {r.person_id: r for r in queries.registrations_of_persons(batch.id, known)}
    for verdict in verdicts:
        registration = there.get(verdict.person.id) if verdict.person else None
        if registration is None or verdict.cooperative is None:
            continue
        if registration.cooperative_id != verdict.cooperative.id:
            verdict.refuse("name", OTHER_COOPERATIVE, number=registration.number)
        else:
            verdict.registration, verdict.state = registration, "there"
            verdict.errors.clear()


def _find_doubles(verdicts: list[Verdict]) -> None:
    """The same person further up in the list: on file, or of one name and not of two phones."""
    on_file: dict[int, int] = {}
    named: dict[tuple[int, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.cooperative is None or not verdict.name or verdict.row["skip"]:
            continue
        first = 0
        if verdict.person:
            first = on_file.setdefault(verdict.person.id, verdict.row.number)
        else:
            alike = named[verdict.cooperative.id, match_key(verdict.name)]
            first = next(
                (v.row.number for v in alike if same_person(_identity(v), _identity(verdict))), 0
            )
            alike.append(verdict)
        if first and first != verdict.row.number:
            verdict.state, verdict.double_of = "double", first
            verdict.errors.clear()


def _identity(verdict: Verdict) -> Identity:
    return Identity(
        verdict.name,
        number_index(verdict.citizen_number),
        verdict.phone,
        frozenset({verdict.position} if verdict.position else ()),
    )


# -- the batch -------------------------------------------------------------------------------------


def _count_heads(batch: Batch, judged: Judged) -> None:
    """A cooperative sends as many as it may; who comes after them in the list is too many."""
    teams = judged.teams
    invited = dict(
        db.session.execute(
            sa.select(Invitation.cooperative_id, Invitation.people).where(
                Invitation.batch_id == batch.id,
                Invitation.cooperative_id.in_(teams),
                Invitation.cancelled_at.is_(None),
            )
        ).all()
    )
    there = dict(
        db.session.execute(
            sa.select(Registration.cooperative_id, sa.func.count(Registration.id))
            .where(
                Registration.batch_id == batch.id,
                Registration.cooperative_id.in_(teams),
                Registration.state.in_(rules.ACTIVE),
            )
            .group_by(Registration.cooperative_id)
        ).all()
    )
    for ident, team in teams.items():
        most = invited.get(ident, batch.people_per_cooperative)
        for verdict in team[max(0, most - there.get(ident, 0)) :]:
            verdict.refuse("name", OVER, most=most)


def _look_for_seats(batch: Batch, judged: Judged, now: datetime) -> None:
    """Seats or places in the queue in the order of the list, as they stand now."""
    teams = judged.teams
    hall = halls.hall(batch, now)
    waiting = queries.count_waiting_people(batch.id)
    own = _invitation_ids(batch.id, teams)
    for ident, people in teams.items():
        cooperative = people[0].cooperative
        groups = halls.groups_of(cooperative, hall.shares)
        team = Team("", len(people), groups, own.get(ident))
        if hall.obstacle(team) is None:
            hall.seat(team)
            seat = "seat"
        elif batch.waiting_places is None or waiting + len(people) <= batch.waiting_places:
            waiting += len(people)
            seat = "queue"
        else:
            seat = ""
        for verdict in people:
            verdict.seat = seat
            if not seat:
                verdict.refuse("name", NO_PLACE)


def _invitation_ids(batch_id: int, cooperatives: Mapping[int, Any]) -> dict[int, int]:
    found = sa.select(Invitation.cooperative_id, Invitation.id).where(
        Invitation.batch_id == batch_id,
        Invitation.cooperative_id.in_(cooperatives),
        Invitation.cancelled_at.is_(None),
    )
    return dict(db.session.execute(found).all())
