"""A participant's data corrected, and what is asked of the coordinator: each once.

Each verb locks the batch, the cooperative where a person is looked for, the registration, and then
the request; `withdraw_late` leaves the batch to its caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative, Person
from kopdiklat.core import formats
from kopdiklat.core.db import db, lock
from kopdiklat.core.text import N_, match_key
from kopdiklat.registration import (
    change_rules,
    deadlines,
    letters,
    open_requests,
    queries,
    reasons,
    service,
    steps,
)
from kopdiklat.registration.models import ChangeRequest, Registration
from kopdiklat.registration.service import Participant
from kopdiklat.training.models import Batch

SYSTEM = "sistem"
DATA = ("full_name", "phone", "position", "needs")


@dataclass(frozen=True)
class Wish:
    """What somebody wants changed.

    :param kind: one of change_rules.KINDS
    :param someone: the substitute, or the data as they should be
    """

    kind: str
    someone: Participant | None = None
    reason: str | None = None


def correct(
    registration_id: int, wanted: Participant, *, by: str, now: datetime, by_staff: bool = False
) -> Registration:
    """Write a participant's name, phone, position and needs anew, and tell them.

    :raises RuleViolation: nothing is changed, or the name is another person's
    """
    registration = _lock(registration_id)
    if not by_staff:
        deadlines.check_by_link(registration, "data", now)
    _correct(registration, wanted, by=by, now=now)
    return registration


def _correct(registration: Registration, wanted: Participant, *, by: str, now: datetime) -> None:
    lock(Person, registration.person_id)
    changes = changes_of(registration, wanted)
    change_rules.check_something_changes(changes)
    if "full_name" in changes:
        change_rules.check_spelling(_likeness(registration.person.full_name, wanted.full_name))
    former_phone = registration.person.phone
    said = reasons.of_correction(changes)
    for name, value in changes.items():
        setattr(
            registration.person if name in ("full_name", "phone") else registration, name, value
        )
    db.session.flush()
    steps.note(registration, "correct", said, by=by, now=now)
    edition = str(len(queries.events_of(registration.id)))
    letters.tell("registration.corrected", registration, now, edition=edition, changed=said)
    if "phone" in changes and former_phone:
        # Whoever changed the number, its former owner hears of it.
        letters.tell(
            "registration.corrected", registration, now, edition=f"{edition}:former", changed=said,
            former_phone=former_phone,
        )  # fmt: skip


def changes_of(registration: Registration, wanted: Participant) -> dict[str, Any]:
    """Column -> new value, of those that differ."""
    person = registration.person
    known = (person.full_name, person.phone, registration.position, registration.needs)
    return {
        name: value
        for name, value, was in zip(DATA, (getattr(wanted, n) or None for n in DATA), known)
        if value != was and (value or name == "needs")
    }


def _likeness(one: str, other: str) -> float:
    from rapidfuzz import fuzz  # noqa: PLC0415, heavy

    return fuzz.token_set_ratio(match_key(one), match_key(other))  # Wiwik is Wiwik Lestari


def ask(registration_id: int, wish: Wish, *, form: str, by: str, now: datetime) -> ChangeRequest:
    """Ask the coordinator; the same form again is the same request.

    :raises AnotherRequest: one is open already
    :raises RegistrationClosed: the training has begun
    """
    registration = _lock(registration_id)
    sent = db.session.scalar(sa.select(ChangeRequest).where(ChangeRequest.form == form))
    if sent and sent.registration_id == registration_id:
        return sent
    way = getattr(deadlines.ways_of(registration, now), wish.kind)
    change_rules.check_changeable(way, letters.contact_of(registration.batch))
    service.check_no_presence(registration)
    if open_requests.find(registration_id):
        raise change_rules.AnotherRequest(
            N_("Permintaan Anda yang lalu masih menunggu. Tarik dulu bila berubah.")
        )
    if wish.kind == "data" and wish.someone:
        changes = changes_of(registration, wish.someone)
        change_rules.check_something_changes(changes)
        if "full_name" in changes:
            change_rules.check_spelling(
                _likeness(registration.person.full_name, wish.someone.full_name)
            )
    request = ChangeRequest(
        office_id=registration.office_id,
        batch_id=registration.batch_id,
        registration_id=registration_id,
        form=form,
        kind=wish.kind,
        state="open",
        reason=wish.reason,
        asked_at=now,
        **_said(wish.someone),
    )
    db.session.add(request)
    db.session.flush()
    steps.note(registration, "ask", reasons.ASKED[wish.kind], by=by, now=now)
    return request


def _said(someone: Participant | None) -> dict[str, Any]:
    if someone is None:
        return {}
    if someone.officer_id:
        return {"officer_id": someone.officer_id, "citizen_number": someone.citizen_number}
    names = ("full_name", "phone", "position", "needs", "citizen_number")
    return {name: getattr(someone, name) or None for name in names}


def withdraw(registration_id: int, *, by: str, now: datetime) -> None:
    """The participant takes it back; pressed twice, it is once."""
    registration = _lock(registration_id)
    open_requests.withdraw(registration, reasons.TAKEN_BACK, by=by, now=now)


def grant(request_id: int, *, by: str, now: datetime) -> ChangeRequest:
    """Do what was asked. A seat that it frees is offered in the same transaction.

    :raises TransitionRefused: it is decided
    """
    request, registration = _lock_request(request_id)
    someone = _someone(request)  # before its citizen number is forgotten
    open_requests.end(request, "grant", None, by=by, now=now)
    db.session.flush()
    match request.kind:
        case "cancel":
            why = request.reason or reasons.CANCELLED
            service.cancel(registration.id, why, by=by, now=now, by_staff=True)
        case "substitute":
            why = request.reason or reasons.REPLACED
            service.replace(registration.id, someone, why, by=by, now=now, by_staff=True)
        case "data":
            _correct(registration, someone, by=by, now=now)
    return request


def _someone(request: ChangeRequest) -> Participant:
    return Participant(
        officer_id=request.officer_id,
        full_name=request.full_name or "",
        phone=request.phone,
        position=request.position or "member",
        citizen_number=request.citizen_number,
        needs=request.needs,
    )


def decline(request_id: int, reason: str, *, by: str, now: datetime) -> ChangeRequest:
    """Say no, with the reason, and tell the participant.

    :raises TransitionRefused: it is decided
    """
    request, registration = _lock_request(request_id)
    change_rules.check_reason(reason)
    open_requests.end(request, "decline", reason, by=by, now=now)
    steps.note(registration, "refuse", reason, by=by, now=now)
    letters.tell(
        "request.declined", registration, now, edition=str(request.id), reason=reason,
        what=reasons.ASKED[request.kind],
    )  # fmt: skip
    return request


def _lock(registration_id: int) -> Registration:
    found = db.session.get_one(Registration, registration_id)
    lock(Batch, found.batch_id)
    lock(Cooperative, found.cooperative_id)
    return lock(Registration, registration_id)


def _lock_request(request_id: int) -> tuple[ChangeRequest, Registration]:
    request = db.session.get_one(ChangeRequest, request_id)
    registration = _lock(request.registration_id)
    return lock(ChangeRequest, request_id), registration


def withdraw_late(batch_id: int, *, now: datetime) -> int:
    """The training has begun: what nobody decided is no longer to be decided. For the jobs process.

    :return: how many requests ended
    """
    begins = queries.begins_at(batch_id)
    if begins is None or now < begins:
        return 0
    found = sa.select(ChangeRequest.registration_id).where(
        ChangeRequest.batch_id == batch_id, ChangeRequest.state == "open"
    )
    ids = db.session.scalars(found.order_by(ChangeRequest.registration_id)).all()
    late = [lock(Registration, ident) for ident in ids]
    return open_requests.withdraw_all(late, reasons.BEGUN, by=SYSTEM, now=now)


def told(request: ChangeRequest) -> list[tuple[str, str, str]]:
    """(what, was, wanted) of a request, for who decides it."""
    registration = request.registration
    if request.kind == "cancel":
        return []
    if request.kind == "substitute":
        officer = request.officer
        name = officer.person.full_name if officer else request.full_name or ""
        position = officer.position if officer else request.position or "member"
        return [("substitute", registration.person.full_name, name), ("position", "", position)]
    wanted = changes_of(registration, _someone(request))
    was: Mapping[str, Any] = {
        "full_name": registration.person.full_name,
        "phone": formats.phone(registration.person.phone),
        "position": registration.position,
        "needs": registration.needs or "",
    }
    return [
        (name, was[name] or "", formats.phone(value) if name == "phone" else value or "")
        for name, value in wanted.items()
    ]
