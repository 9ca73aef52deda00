"""A free seat goes to the queue as an offer with a deadline; who does not answer gives it on.

Everything here is called with the lock of the batch held, so an offer is made in the transaction
that freed the seat.
"""

from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core.db import db, lock
from kopdiklat.core.outbox import OutboxMessage, withdraw
from kopdiklat.core.text import N_
from kopdiklat.registration import halls, letters, queries, reasons, rules, seating, steps
from kopdiklat.registration.models import Registration, SeatOffer
from kopdiklat.registration.offer_times import Patience, answer_by
from kopdiklat.registration.seating import Hall, Obstacle, Team
from kopdiklat.training.models import Batch

SYSTEM = "sistem"


def offer_free_seats(batch: Batch, *, now: datetime, hall: Hall | None = None) -> list[SeatOffer]:
    """Offer what is free to the queue, each team whole; who is passed by learns why.

    :param hall: the batch's, when it was read under this lock; afterwards it knows who was offered
    """
    hall = hall or halls.hall(batch, now)
    if not halls.somebody_fits(batch.id, hall):
        return []
    if not rules.is_queue_running(batch.state, queries.begins_at(batch.id), now):
        return []
    chosen, passed = seating.next_to_sit(hall, halls.waiting_teams(batch.id, hall.shares))
    hall.waiting -= sum(team.people for team in chosen)
    for one in passed:
        _note_passed(batch, one.team, one.obstacle, now)
    return [_offer(batch, team, now) for team in chosen]


def put_first(batch_id: int, team: str, reason: str, *, by: str, now: datetime) -> None:
    """A coordinator puts a waiting team before the others, and says why. Locks the batch.

    :raises NotWaiting: it left the queue meanwhile
    """
    batch = lock(Batch, batch_id)
    rules.check_queue_running(batch.state, queries.begins_at(batch_id), now)
    members = [r for r in queries.team(batch_id, team) if r.state == "waitlisted"]
    if not members:
        raise rules.NotWaiting(N_("Rombongan ini tidak lagi di daftar tunggu."))
    order = [waiting.name for waiting in halls.waiting_teams(batch_id)]
    overtaken = set(order[: order.index(team)])
    before = queries.highest_priority(batch_id)
    for registration in members:
        registration.priority = before + 1
        steps.note(registration, "move", reason, by=by, now=now)
    for other in queries.waiting(batch_id):
        if other.team in overtaken:
            why = (reasons.BEHIND % {"why": reason})[:300]
            steps.note(other, "behind", why, by=by, now=now)
    db.session.flush()
    offer_free_seats(batch, now=now)


def _offer(batch: Batch, team: Team, now: datetime) -> SeatOffer:
    offer = SeatOffer(office_id=batch.office_id, batch_id=batch.id, team=team.name, made_at=now)
    db.session.add(offer)
    members = [r for r in queries.team(batch.id, team.name) if r.state == "waitlisted"]
    for registration in members:
        steps.take(registration, "offer", reasons.FREE_SEAT, by=SYSTEM, now=now)
    db.session.flush()
    letters.tell_offer(offer, members, now)
    return offer


def _note_passed(batch: Batch, team: Team, obstacle: Obstacle, now: datetime) -> None:
    """Say once why a seat went by; the same reason again is no news."""
    reason = reasons.passed(obstacle, team.people)
    for registration in queries.team(batch.id, team.name):
        if registration.state != "waitlisted":
            continue
        last = queries.last_event(registration.id)
        if last is None or (last.action, last.reason) != ("pass", reason):
            steps.note(registration, "pass", reason, by=SYSTEM, now=now)


def accept(registration_id: int, *, by: str, now: datetime) -> list[Registration]:
    """One of the team takes the offer for all of it. Locks the batch.

    :return: who has a seat now; the same again when it was pressed twice
    :raises OfferOver: the time is over, or the offer went on
    """
    batch, registration = _lock(registration_id)
    members = queries.team(batch.id, registration.team)
    if registration.state == "confirmed":
        return [r for r in members if r.state == "confirmed"]
    offer = queries.open_offer(batch.id, registration.team)
    if registration.state != "offered" or offer is None:
        raise rules.OfferOver(N_("Tawaran kursi ini sudah berakhir."))
    rules.check_offer_open(offer.answer_by, letters.deadline_of(offer), now)
    taken = [r for r in members if r.state == "offered"]
    for one in taken:
        steps.take(one, "accept", reasons.IN_TIME, by=by, now=now)
    _end(offer, "accepted", now)
    for one in taken:
        letters.tell("registration.confirmed", one, now)
    return taken


def decline(registration_id: int, reason: str | None, *, by: str, now: datetime) -> None:
    """One of the team lets the offer go for all of it; the next gets it at once. Locks the batch."""
    batch, registration = _lock(registration_id)
    if registration.state in ("cancelled", "expired"):
        return
    offer = queries.open_offer(batch.id, registration.team)
    if registration.state != "offered" or offer is None:
        raise rules.OfferOver(N_("Tawaran kursi ini sudah berakhir."))
    for one in queries.team(batch.id, registration.team):
        if one.state == "offered":
            steps.take(one, "decline", reason, by=by, now=now)
    _end(offer, "declined", now)
    offer_free_seats(batch, now=now)


def end_if_nobody_is_left(registration: Registration, *, now: datetime) -> None:
    """The last of a team has left it: nothing is offered to it any longer."""
    offer = queries.open_offer(registration.batch_id, registration.team)
    members = queries.team(registration.batch_id, registration.team)
    if offer and not any(r.state == "offered" for r in members):
        _end(offer, "declined", now)


def move_on(batch_id: int, *, now: datetime) -> int:
    """What time does to a batch, for the jobs process. Locks the batch.

    The clock of an offer starts when its message went out; one that nobody answered in time goes to
    the next; seats that a hold gave back are offered; when the batch has begun, nobody waits.
    :return: how many people moved
    """
    batch = lock(Batch, batch_id)
    begins = queries.begins_at(batch_id)
    has_begun = begins is not None and now >= begins
    moved = 0
    for offer in queries.open_offers(batch_id):
        start_clock(offer, batch, begins)
        if has_begun or (offer.answer_by is not None and now >= offer.answer_by):
            moved += _expire(offer, now)
    if has_begun:
        return moved + _send_home(batch_id, now)
    made = offer_free_seats(batch, now=now)
    return moved + sum(len(queries.team(batch_id, offer.team)) for offer in made)


def start_clock(offer: SeatOffer, batch: Batch, begins: datetime | None) -> None:
    """From when the message was sent, or opened in WhatsApp, the offer may be thought about."""
    if offer.told_at is not None:
        return
    key = letters.offer_key(offer)
    told = db.session.execute(
        sa.select(OutboxMessage.sent_at, OutboxMessage.opened_at).where(
            OutboxMessage.dedupe_key == key
        )
    ).first()
    told_at = told and (told.sent_at or told.opened_at)
    if told_at:
        office = batch.office
        patience = Patience(
            office.offer_hours, office.near_offer_hours, office.quiet_from, office.quiet_to
        )
        offer.told_at = told_at
        offer.answer_by = answer_by(told_at, begins, office.time_zone, patience)


def _expire(offer: SeatOffer, now: datetime) -> int:
    members = [r for r in queries.team(offer.batch_id, offer.team) if r.state == "offered"]
    for registration in members:
        steps.take(registration, "expire", reasons.OUT_OF_TIME, by=SYSTEM, now=now)
    _end(offer, "expired", now)
    for registration in members[:1]:
        letters.tell("seat.offer_over", registration, now)
    return len(members)


def _send_home(batch_id: int, now: datetime) -> int:
    waiting = db.session.scalars(
        sa.select(Registration).where(
            Registration.batch_id == batch_id, Registration.state == "waitlisted"
        )
    ).all()
    for registration in waiting:
        steps.take(registration, "expire", reasons.BEGUN, by=SYSTEM, now=now)
    return len(waiting)


def _end(offer: SeatOffer, outcome: str, now: datetime) -> None:
    offer.ended_at, offer.outcome = now, outcome
    withdraw([letters.offer_key(offer)], now=now)
    db.session.flush()


def _lock(registration_id: int) -> tuple[Batch, Registration]:
    registration = db.session.get_one(Registration, registration_id)
    batch = lock(Batch, registration.batch_id)
    return batch, lock(Registration, registration_id)
