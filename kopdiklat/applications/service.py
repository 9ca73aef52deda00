"""Verbs of applications. None holds a seat; approving gives one, or a place in the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.applications import letters, queries, rules, tokens
from kopdiklat.applications.models import Application, ApplicationPerson
from kopdiklat.core import keys
from kopdiklat.core.db import db, lock, lock_name
from kopdiklat.core.numbers import next_number
from kopdiklat.registration import letters as batch_letters
from kopdiklat.registration import queries as seats
from kopdiklat.registration import rules as seat_rules
from kopdiklat.registration import service as registration
from kopdiklat.registration.letters import Told
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from kopdiklat.training.models import Batch

ONE_SERIES = 0  # application numbers run on over the years, so that each stays unique


@dataclass(frozen=True)
class Asked:
    """What was typed, cleaned.

    :param contact_phone: as stored, +62…
    """

    cooperative_name: str
    district: str
    cooperative_number: str | None
    contact_name: str
    contact_phone: str
    needs: str | None
    people: Sequence[Participant]


def send(batch_id: int, asked: Asked, *, team: str, now: datetime) -> Application:
    """Write the application down.

    Locks the batch. The same form sent again, and the same words from a second tab, are answered with
    the one that is there.
    :raises RegistrationClosed: outside the registration window
    """
    batch = lock(Batch, batch_id)
    lock_name(f"application {team}")
    if there := _sent_already(batch_id, asked):
        return there
    if queries.by_team(team):
        team = registration.new_team()  # Back, and another wish
    rules.check_open_to_all(batch.programme.open_registration)
    seat_rules.check_registration_open(batch_letters.window(batch), now)
    rules.check_people(batch.people_per_cooperative, len(asked.people))
    nonce = keys.new_nonce()
    number = next_number(batch.office_id, "application", ONE_SERIES)
    application = Application(
        office_id=batch.office_id,
        batch_id=batch_id,
        number=f"P-{number:04d}",
        team=team,
        nonce=nonce,
        token_hash=tokens.hash_of(keys.token_for(tokens.APPLICATION, nonce)),
        state=rules.FIRST_STATE,
        cooperative_name=asked.cooperative_name,
        district=asked.district,
        cooperative_number=asked.cooperative_number,
        contact_name=asked.contact_name,
        contact_phone=asked.contact_phone,
        needs=asked.needs,
        created_at=now,
    )
    application.people = [
        ApplicationPerson(
            full_name=someone.full_name,
            phone=someone.phone,
            position=someone.position,
            citizen_number=someone.citizen_number,
        )
        for someone in asked.people
    ]
    db.session.add(application)
    db.session.flush()
    letters.tell("application.received", application, now)
    return application


def _sent_already(batch_id: int, asked: Asked) -> Application | None:
    wanted = _fingerprint(asked)
    for application in queries.standing_of(batch_id, asked.contact_phone):
        if _fingerprint(application) == wanted:
            return application
    return None


def _fingerprint(one: Asked | Application) -> tuple:
    names = [person.full_name for person in one.people]
    return rules.fingerprint(one.cooperative_name, one.contact_phone, names)


def approve(
    application_id: int, cooperative_id: int, *, by: str, now: datetime
) -> list[Registration]:
    """Register its people for this cooperative: seated together, or waiting together.

    Locks the batch, the application and the cooperative.
    :return: the registrations; the same again when it was pressed twice
    """
    application = db.session.get_one(Application, application_id)
    lock(Batch, application.batch_id)
    application = lock(Application, application_id)
    if application.state == "approved" and application.cooperative_id == cooperative_id:
        return [person.registration for person in application.people if person.registration]
    state = rules.next_state(application.state, "approve")
    known = seats.cooperative_of(cooperative_id, application.office_id)
    rules.check_is_of_office(known is not None)
    people = [_participant(person, application.needs) for person in application.people]
    try:
        made = registration.register_team(
            application.batch_id,
            cooperative_id,
            people,
            team=application.team,
            by=by,
            now=now,
            accept_waiting=True,
            by_staff=True,
        )
    except seat_rules.TooManyPeople:  # its words are for the cooperative
        raise rules.NoRoomForMore(rules.NO_ROOM_FOR_MORE) from None
    if any(seat.team != application.team for seat in made):  # their proofs are not this sender's
        raise rules.AllThere(rules.ALL_THERE)
    for person, seat in zip(application.people, made, strict=True):
        person.registration = seat
    application.cooperative_id = cooperative_id
    _decide(application, state, None, by=by, now=now)
    letters.tell("application.approved", application, now, registrations=made)
    return made


def _participant(person: ApplicationPerson, needs: str | None) -> Participant:
    return Participant(
        full_name=person.full_name,
        phone=person.phone,
        position=person.position,
        citizen_number=person.citizen_number,
        needs=needs,
    )


def decline(application_id: int, reason: str, *, by: str, now: datetime) -> Application:
    """Turn it down with a reason that the applicant reads."""
    rules.check_reason(reason)
    application = lock(Application, application_id)
    if application.state == "declined":
        return application  # pressed twice
    state = rules.next_state(application.state, "decline")
    _decide(application, state, reason, by=by, now=now)
    letters.tell("application.declined", application, now, reason=reason)
    return application


def decline_all(batch_id: int, reason: str, *, by: str, now: datetime) -> list[Told]:
    """Turn down what nobody decided, for the batch is cancelled; the caller holds it.

    :return: whom it concerns
    """
    found = sa.select(Application.id).where(
        Application.batch_id == batch_id, Application.state == "open"
    )
    declined = []
    for application_id in db.session.scalars(found.order_by(Application.id)).all():
        application = lock(Application, application_id)
        if application.state == "open":
            state = rules.next_state(application.state, "decline")
            _decide(application, state, reason, by=by, now=now)
            message = letters.tell("application.declined", application, now, reason=reason)
            declined.append(Told(application.contact_name, application.cooperative_name, message))
    return declined


def withdraw(application_id: int, *, now: datetime) -> Application:
    """The applicant takes it back before it is decided."""
    application = lock(Application, application_id)
    if application.state == "withdrawn":
        return application  # pressed twice
    state = rules.next_state(application.state, "withdraw")
    _decide(application, state, None, by=application.contact_name, now=now)
    letters.withdraw_about(application, now)
    return application


def _decide(
    application: Application, state: str, reason: str | None, *, by: str, now: datetime
) -> None:
    """Close it. What is most private has reached its person and seat by now, or is needed no more."""
    application.state, application.reason = state, reason
    application.decided_at, application.decided_by = now, by
    application.needs = None
    for person in application.people:
        person.citizen_number = None
    db.session.flush()
