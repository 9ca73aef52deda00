"""Reminders to each confirmed participant: those that the office has switched on, each once.

One dedupe key per logical reminder (registration, how many days before, first day): a batch that
moves to other days makes new ones, and its move withdraws those that nobody sent yet.
"""

import logging
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.core import clock
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.core.letters import in_letters
from kopdiklat.core.outbox import OutboxMessage, announce
from kopdiklat.offices.quiet import when_awake
from kopdiklat.registration import letters, reminder_rules
from kopdiklat.registration.models import Registration, RegistrationEvent
from kopdiklat.registration.reminder_rules import Reminder
from kopdiklat.training.models import Batch, TrainingSession

logger = logging.getLogger(__name__)

RUNNING = ("published", "closed")
GOT_A_SEAT = ("confirm", "promote", "accept")


def remind_participants(*, now: datetime) -> int:
    """Queue the reminders that are due. Safe to run as often as one likes.

    A process that starts late, or a batch moved to another day, is caught up with, by the nearest
    reminder alone; once the first session has begun nobody is reminded.
    :return: how many were queued
    """
    batches = db.session.scalars(_batches_starting(now)).all()
    db.session.rollback()
    queued = 0
    for batch_id in batches:
        try:
            queued += _remind(batch_id, now)
        except Exception:
            # One batch that fails must not keep the others from their reminder.
            logger.exception("nobody of batch %s was reminded", batch_id)
    return queued


def _batches_starting(now: datetime) -> sa.Select:
    first = (
        sa.select(
            TrainingSession.batch_id, sa.func.min(TrainingSession.starts_at).label("starts_at")
        )
        .group_by(TrainingSession.batch_id)
        .subquery()
    )
    return (
        sa.select(Batch.id)
        .join(first, first.c.batch_id == Batch.id)
        .where(
            Batch.state.in_(RUNNING),
            first.c.starts_at > now,
            first.c.starts_at <= now + reminder_rules.FURTHEST,
        )
        .order_by(first.c.starts_at, Batch.id)
    )


def _remind(batch_id: int, now: datetime) -> int:
    """One batch, one transaction: many participants, each told once by the key of the message.

    Locks the batch: a cancellation either sees these messages and withdraws them, or is seen here.
    """
    with transaction():
        batch = lock(Batch, batch_id)
        if batch.state not in RUNNING or not batch.training_sessions:
            return 0
        first = batch.training_sessions[0]
        habits = letters.habits_of(batch.office)
        reminder = reminder_rules.current(first.starts_at, first.time_zone, habits, now)
        if reminder is None:
            return 0
        day = clock.local_day(first.starts_at, first.time_zone)
        seated = {
            f"{letters.REMINDED}:{r.id}:{reminder.days}:{day}": r
            for r in db.session.scalars(_seated(batch_id, reminder.due_at))
        }
        keys = _keys_to_tell(list(seated), batch.moves, now)
        send_at = when_awake(max(reminder.due_at, now), first.time_zone, habits.quiet)
        with in_letters():
            facts = letters.facts_of(batch)
        messages = [
            _announce(seated[first_key], reminder, key, facts, now, send_at)
            for first_key, key in keys.items()
        ]
        return sum(message is not None for message in messages)


def _announce(
    registration: Registration,
    reminder: Reminder,
    key: str,
    facts: dict,
    now: datetime,
    send_at: datetime,
) -> OutboxMessage | None:
    person = registration.person
    return announce(
        reminder.kind,
        office_id=registration.office_id,
        name=person.full_name,
        email=person.email,
        phone=person.phone,
        dedupe_key=key,
        now=now,
        due_at=send_at,
        expires_at=reminder.holds_until,
        topic=letters.topic_of(registration.batch_id),
        person=person.full_name,
        cooperative=registration.cooperative.name,
        number=registration.number,
        nonce=registration.nonce,
        **facts,
    )


def _keys_to_tell(keys: list[str], moves: int, now: datetime) -> dict[str, str]:
    """Key -> the key to tell under, of those who were not told.

    A reminder that was withdrawn before it went out, for the batch has moved within its day, keeps
    its key: its successor counts the moves.
    """
    moved = {key: f"{key}:{moves}" for key in keys}
    found = sa.select(
        OutboxMessage.dedupe_key,
        sa.or_(
            OutboxMessage.sent_at.is_not(None),
            OutboxMessage.opened_at.is_not(None),
            OutboxMessage.expires_at > now,
        ),
    ).where(OutboxMessage.dedupe_key.in_([*keys, *moved.values()]))
    stands = {key: bool(holds) for key, holds in db.session.execute(found)}
    return {
        key: moved[key] if key in stands else key
        for key in keys
        if not stands.get(key) and moved[key] not in stands
    }


def _seated(batch_id: int, due_at: datetime) -> sa.Select:
    """Who got a seat after the reminder was due has just been told everything."""
    got_it_since = (
        sa.select(RegistrationEvent.id)
        .where(
            RegistrationEvent.registration_id == Registration.id,
            RegistrationEvent.action.in_(GOT_A_SEAT),
            RegistrationEvent.at > due_at,
        )
        .exists()
    )
    return (
        sa.select(Registration)
        .where(
            Registration.batch_id == batch_id,
            Registration.state == "confirmed",
            Registration.registered_at <= due_at,
            ~got_it_since,
        )
        .options(joinedload(Registration.person), joinedload(Registration.cooperative))
        .order_by(Registration.id)
    )
