"""Verbs of seats. Each locks the batch row first, so who counts also writes; then, where it looks
for a person or makes one, the cooperative that knows them.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kopdiklat.cooperatives.models import Cooperative, Officer, Person
from kopdiklat.cooperatives.people import add_person, find_person, keep_number, number_index
from kopdiklat.cooperatives.rules import Identity
from kopdiklat.core import keys
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.numbers import next_number
from kopdiklat.core.outbox import withdraw
from kopdiklat.core.text import N_, match_key
from kopdiklat.registration import (
    deadlines,
    halls,
    letters,
    offers,
    open_requests,
    queries,
    reasons,
    rules,
    steps,
    tokens,
)
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch

SERIES = "registration"
ONE_SERIES = 0  # registration numbers run on over the years, so that each stays unique


@dataclass(frozen=True)
class Participant:
    """One person as a form gives it: a known officer, or somebody new to the office.

    :param phone: as stored, +62…
    """

    officer_id: int | None = None
    full_name: str = ""
    phone: str | None = None
    position: str = "member"
    citizen_number: str | None = None
    needs: str | None = None


def new_team() -> str:
    """Names the form that is about to be shown: sent twice, it is still one."""
    return str(uuid.uuid4())


def register_team(
    batch_id: int,
    cooperative_id: int,
    people: Sequence[Participant],
    *,
    team: str,
    by: str,
    now: datetime,
    invitation_id: int | None = None,
    accept_waiting: bool = False,
    by_staff: bool = False,
) -> list[Registration]:
    """Seat these people together, or let them wait together when they accepted that.

    Locks the batch and the cooperative. The same form sent again, and the same people from a second
    tab, are answered with the registrations that are there.
    :param by_staff: outside the registration window too
    :raises BatchFull: they do not fit whole, and waiting was not accepted
    :raises AlreadyRegistered: some of them are in this batch
    """
    batch = lock(Batch, batch_id, *letters.FACTS)
    cooperative = lock(Cooperative, cooperative_id)
    before = queries.team(batch_id, team)
    if sent := _still_there(before, people):
        return sent
    if before:
        team = new_team()  # Back, and another wish: its people stand or fall apart from the first
    persons = [_find_person(batch.office_id, cooperative_id, someone) for someone in people]
    rules.check_nobody_twice(
        [_name_and_key(someone, person) for someone, person in zip(people, persons)]
    )
    known = [person.id for person in persons if person]
    there = queries.registrations_of_persons(batch_id, known)
    if there and len(there) == len(people) and _are_of(there, cooperative_id):
        return there
    if there:
        raise _already_registered(there[0], cooperative_id)
    if by_staff:
        rules.check_batch_alive(batch.state)
    else:
        rules.check_registration_open(letters.window(batch), now)
    invitation = _invitation(batch_id, cooperative_id, invitation_id)
    rules.check_people(
        invitation.people if invitation else batch.people_per_cooperative,
        queries.count_registered_people(batch_id, cooperative_id),
        len(people),
    )
    hall = halls.hall(batch, now)
    offers.offer_free_seats(batch, now=now, hall=hall)
    own = invitation.id if invitation else None
    obstacle = halls.obstacle_in(hall, cooperative, len(people), own)
    fits = obstacle is None
    if obstacle:
        rules.check_waiting_places(batch.waiting_places, hall.waiting, len(people))
    if obstacle and not accept_waiting:
        raise rules.BatchFull(halls.count_waiting_teams(batch_id) + 1, obstacle)
    made = []
    for someone, person in zip(people, persons):
        person = person or _new_person(batch.office_id, cooperative_id, someone, now)
        position = _position(someone, cooperative_id)
        made.append(
            _new_registration(
                batch, cooperative_id, invitation, person, position, team, someone.needs,
                action="queue" if obstacle else "confirm",
                reason=reasons.queued(obstacle, len(people)) if obstacle else reasons.SEAT_FREE,
                by=by, now=now,
            )
        )  # fmt: skip
    if invitation:
        invitation.opened_at = invitation.opened_at or now
        invitation.declined_at = invitation.declined_reason = None
        withdraw([letters.message_key(invitation)], now=now)  # who has come need not be asked
    db.session.flush()
    for registration in made:
        letters.tell(
            "registration.confirmed" if fits else "registration.waitlisted", registration, now
        )
    return made


def sent_already(batch_id: int, team: str, people: Sequence[Participant]) -> list[Registration]:
    """The registrations that this form made of these people before, as far as they stand."""
    return _still_there(queries.team(batch_id, team), people)


def _still_there(team: list[Registration], people: Sequence[Participant]) -> list[Registration]:
    seated = [r for r in team if r.state in rules.ACTIVE]
    return seated if seated and _are_all_in(seated, people) else []


def _name_and_key(someone: Participant, person: Person | None) -> tuple[str, tuple]:
    """Who this is within one form: a person on file, else a citizen number, else name and phone."""
    if person:
        return person.full_name, ("person", person.id)
    if someone.citizen_number:
        return someone.full_name, ("number", someone.citizen_number)
    return someone.full_name, ("name", match_key(someone.full_name), someone.phone)


def _are_all_in(registrations: list[Registration], people: Sequence[Participant]) -> bool:
    """The form came again unchanged; one with other names is a new wish."""
    officers = {p.officer_id for p in people if p.officer_id}
    known = set()
    if officers:
        known = {o.person_id for o in (db.session.get(Officer, i) for i in officers) if o}
    names = {p.full_name for p in people if not p.officer_id}
    persons = {r.person_id for r in registrations}
    return known <= persons and names <= {r.person.full_name for r in registrations}


def _are_of(registrations: list[Registration], cooperative_id: int) -> bool:
    return all(r.cooperative_id == cooperative_id for r in registrations)


def _already_registered(registration: Registration, cooperative_id: int) -> RuleViolation:
    if registration.cooperative_id != cooperative_id:
        return rules.AlreadyRegistered(
            N_("Salah satu peserta sudah terdaftar di angkatan ini lewat koperasi lain.")
        )
    return rules.AlreadyRegistered(
        N_("{name} sudah terdaftar dengan nomor {number}."),
        name=registration.person.full_name,
        number=registration.number,
    )


def _invitation(batch_id: int, cooperative_id: int, invitation_id: int | None) -> Invitation | None:
    if invitation_id is None:
        return queries.invitation_of(batch_id, cooperative_id)
    invitation = lock(Invitation, invitation_id)
    if invitation.cancelled_at:
        raise rules.InvitationRefused(N_("Undangan ini sudah ditarik oleh dinas."))
    return invitation


def _find_person(office_id: int, cooperative_id: int, someone: Participant) -> Person | None:
    """Who this is, if the office knows: a chosen officer, or the person of this name."""
    if someone.officer_id:
        officer = db.session.get(Officer, someone.officer_id)
        if officer is None or officer.cooperative_id != cooperative_id:
            raise RuleViolation(N_("Pilihan ini bukan pengurus koperasi Anda. Pilih lagi."))
        keep_number(officer.person, someone.citizen_number)
        return officer.person
    return find_person(office_id, cooperative_id, _identity(someone), someone.citizen_number)


def _new_person(office_id: int, cooperative_id: int, someone: Participant, now: datetime) -> Person:
    said, position = _identity(someone), someone.position
    return add_person(office_id, cooperative_id, said, position, someone.citizen_number, now)


def _identity(someone: Participant) -> Identity:
    return Identity(
        someone.full_name,
        number_index(someone.citizen_number),
        someone.phone,
        frozenset({someone.position}),
    )


def _position(someone: Participant, cooperative_id: int) -> str:
    if someone.officer_id:
        return db.session.get_one(Officer, someone.officer_id).position
    return someone.position


def _new_registration(
    batch: Batch,
    cooperative_id: int,
    invitation: Invitation | None,
    person: Person,
    position: str,
    team: str,
    needs: str | None,
    *,
    action: str,
    reason: str | None,
    by: str,
    now: datetime,
) -> Registration:
    nonce = keys.new_nonce()
    registration = Registration(
        office_id=batch.office_id,
        batch_id=batch.id,
        invitation_id=invitation.id if invitation else None,
        cooperative_id=cooperative_id,
        person=person,
        position=position,
        team=team,
        number=f"D-{next_number(batch.office_id, SERIES, ONE_SERIES):04d}",
        state=rules.FIRST_STATES[action],
        needs=needs,
        nonce=nonce,
        **tokens.hashes_of(nonce),
        registered_at=now,
        queued_at=now if action == "queue" else None,
    )
    db.session.add(registration)
    steps.note(registration, action, reason, by=by, now=now)
    return registration


def cancel(
    registration_id: int, reason: str, *, by: str, now: datetime, by_staff: bool = False
) -> Registration:
    """Give the seat back, or leave the queue; the next in the queue moves up at once.

    :param by_staff: when the link does not do it any more, too
    """
    registration = db.session.get_one(Registration, registration_id)
    batch = lock(Batch, registration.batch_id)
    registration = lock(Registration, registration_id)
    if registration.state == "cancelled":
        return registration  # pressed twice
    if not by_staff:
        deadlines.check_by_link(registration, "cancel", now)
    check_no_presence(registration)
    end(registration, reason, by=by, now=now)
    db.session.flush()
    letters.tell("registration.cancelled", registration, now, reason=reason)
    offers.offer_free_seats(batch, now=now)
    return registration


def end(registration: Registration, reason: str, *, by: str, now: datetime) -> None:
    """Cancel an active registration, whatever it is; the caller holds the batch."""
    action = "decline" if registration.state == "offered" else "cancel"
    steps.take(registration, action, reason, by=by, now=now)
    open_requests.withdraw(registration, reasons.ENDED, by=by, now=now)
    offers.end_if_nobody_is_left(registration, now=now)
    letters.withdraw_about(registration, now)


def check_no_presence(registration: Registration) -> None:
    if queries.has_presence(registration.id):
        raise RuleViolation(
            N_("Sudah ada presensi atas nama {name}. Pendaftarannya tidak dapat diubah lagi."),
            name=registration.person.full_name,
        )


def replace(
    registration_id: int,
    substitute: Participant,
    reason: str,
    *,
    by: str,
    now: datetime,
    by_staff: bool = False,
) -> Registration:
    """Somebody else of the same cooperative takes the seat; the old row stays as `replaced`.

    The seat stays in its team. Pressed twice, it is the same substitute.
    :param by_staff: when the link does not do it any more, too
    """
    old = db.session.get_one(Registration, registration_id)
    batch = lock(Batch, old.batch_id)
    lock(Cooperative, old.cooperative_id)
    old = lock(Registration, registration_id)
    person = _find_person(batch.office_id, old.cooperative_id, substitute)
    if old.state == "replaced" and (sent := _sent_instead(old, person)):
        return sent
    rules.next_state(old.state, "replace")
    if by_staff:
        rules.check_batch_alive(batch.state)
    else:
        deadlines.check_by_link(old, "substitute", now)
    check_no_presence(old)
    if person:
        there = queries.registrations_of_persons(batch.id, [person.id])
        if there:
            raise _already_registered(there[0], old.cooperative_id)
    person = person or _new_person(batch.office_id, old.cooperative_id, substitute, now)
    steps.take(old, "replace", reason, by=by, now=now)
    open_requests.withdraw(old, reasons.ENDED, by=by, now=now)
    letters.withdraw_about(old, now)
    db.session.flush()
    new = _new_registration(
        batch,
        old.cooperative_id,
        old.invitation,
        person,
        _position(substitute, old.cooperative_id),
        _team_of_seat(old, person),
        substitute.needs,
        action="confirm",
        reason=reasons.REPLACES % {"number": old.number},
        by=by,
        now=now,
    )
    new.replaces_id = old.id
    db.session.flush()
    letters.tell("registration.confirmed", new, now)
    letters.tell("registration.replaced", old, now, substitute=person.full_name)
    return new


def _sent_instead(old: Registration, person: Person | None) -> Registration | None:
    """The substitute who is there, when it is this person."""
    substitute = queries.substitute_of(old.id)
    return substitute if substitute and person and substitute.person_id == person.id else None


def _team_of_seat(old: Registration, person: Person) -> str:
    """Its team; a new one for who comes back into it, for a person stands in a team once."""
    stood = {r.person_id for r in queries.team(old.batch_id, old.team)}
    return new_team() if person.id in stood else old.team


def change_seats(batch_id: int, seats: int, *, by: str, now: datetime) -> Batch:
    """Raise the quota, and the queue moves up; lower it, but never below what is used or reserved."""
    batch = lock(Batch, batch_id)
    if seats == batch.seats:
        return batch
    rules.check_seats(seats, halls.count_used_seats(batch_id, now))
    if seats < batch.seats:
        rules.check_shares(halls.shares_of(batch, now), seats)
    batch.seats = seats
    db.session.flush()
    offers.offer_free_seats(batch, now=now)
    return batch
