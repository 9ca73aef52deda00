"""Every promise about seats, checked on the rows of a whole database."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.registration import halls, queries, rules, seating
from kopdiklat.registration.models import Invitation, Registration, RegistrationEvent
from kopdiklat.training.models import Batch


@dataclass(frozen=True)
class Fault:
    """One broken promise: where, which one, and what is wrong in words."""

    batch_id: int
    promise: str
    words: str


def faults(now: datetime) -> list[Fault]:
    """What is broken in this database, batch by batch; empty when all is well."""
    batches = db.session.scalars(sa.select(Batch).order_by(Batch.id))
    return [fault for batch in batches for fault in faults_of(batch, now)]


def faults_of(batch: Batch, now: datetime) -> list[Fault]:
    """What is broken in one batch."""
    found = db.session.scalars(
        sa.select(Registration).where(Registration.batch_id == batch.id).order_by(Registration.id)
    ).all()
    registrations = list(found)
    return [
        *_quota_and_queue(batch, now),
        *_offers(batch, registrations),
        *_persons(batch, registrations),
        *_teams(batch, registrations),
        *_states(batch, registrations),
        *_invitations(batch, registrations),
    ]


def _quota_and_queue(batch: Batch, now: datetime) -> list[Fault]:
    hall = halls.hall(batch, now)
    waiting = []
    if rules.is_queue_running(batch.state, queries.begins_at(batch.id), now):
        waiting = halls.waiting_teams(batch.id, hall.shares)
    return [Fault(batch.id, "kursi", text) for text in seating.faults(hall, waiting)]


def _offers(batch: Batch, registrations: list[Registration]) -> list[Fault]:
    offered = {r.team for r in registrations if r.state == "offered"}
    open_ = {offer.team for offer in queries.open_offers(batch.id)}
    return [
        Fault(batch.id, "tawaran", f"rombongan {team} {words}")
        for teams, words in (
            (offered - open_, "ditawari kursi tanpa tawaran"),
            (open_ - offered, "punya tawaran tanpa kursi"),
        )
        for team in sorted(teams)
    ]


def _persons(batch: Batch, registrations: list[Registration]) -> list[Fault]:
    active = Counter(r.person_id for r in registrations if r.state in rules.ACTIVE)
    return [
        Fault(batch.id, "satu orang satu kursi", f"orang {person} terdaftar {count} kali")
        for person, count in active.items()
        if count > 1
    ]


def _teams(batch: Batch, registrations: list[Registration]) -> list[Fault]:
    states: dict[str, set[str]] = {}
    for registration in registrations:
        if registration.state in rules.ACTIVE:
            states.setdefault(registration.team, set()).add(registration.state)
    return [
        Fault(batch.id, "rombongan utuh", f"rombongan {team} terbagi: {', '.join(sorted(held))}")
        for team, held in states.items()
        if "waitlisted" in held and len(held) > 1
    ]


def _states(batch: Batch, registrations: list[Registration]) -> list[Fault]:
    last = {
        row.registration_id: row.state
        for row in db.session.execute(
            sa.select(RegistrationEvent.registration_id, RegistrationEvent.state)
            .join(Registration, Registration.id == RegistrationEvent.registration_id)
            .where(Registration.batch_id == batch.id)
            .order_by(RegistrationEvent.id)
        )
    }
    found = []
    for r in registrations:
        if last.get(r.id) != r.state:
            words = f"{r.number} berstatus {r.state}, riwayatnya {last.get(r.id, 'kosong')}"
            found.append(Fault(batch.id, "riwayat", words))
        if r.state == "waitlisted" and r.queued_at is None:
            found.append(Fault(batch.id, "urutan", f"{r.number} menunggu tanpa waktu antre"))
        if batch.state == "cancelled" and r.state in rules.ACTIVE:
            found.append(Fault(batch.id, "batal", f"{r.number} masih aktif di angkatan yang batal"))
    return found


def _invitations(batch: Batch, registrations: list[Registration]) -> list[Fault]:
    people = Counter(r.invitation_id for r in registrations if r.state in rules.ACTIVE)
    found = []
    for i in db.session.scalars(sa.select(Invitation).where(Invitation.batch_id == batch.id)):
        if people[i.id] > i.people:
            words = f"undangan {i.id} untuk {i.people} orang, terdaftar {people[i.id]}"
            found.append(Fault(batch.id, "jumlah per koperasi", words))
        if i.held_seats and (i.held_until is None or i.declined_at or i.cancelled_at):
            found.append(Fault(batch.id, "tahanan", f"undangan {i.id} menahan kursi tanpa alasan"))
    return found
