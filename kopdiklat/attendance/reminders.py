"""One reminder to each confirmed participant, the day before the first session."""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.attendance import rules
from kopdiklat.core import formats
from kopdiklat.core.clock import ZONES
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.core.outbox import OutboxMessage, announce
from kopdiklat.registration import letters
from kopdiklat.registration.models import Registration
from kopdiklat.registration.rules import reminder_due_at
from kopdiklat.training.models import Batch, TrainingSession

logger = logging.getLogger(__name__)

KIND = "batch.reminder"
RUNNING = ("published", "closed")
HORIZON = timedelta(days=2)  # a reminder is due 15 hours to almost two days before the start


def remind_participants(*, now: datetime) -> int:
    """Queue the reminders that are due. Safe to run as often as one likes.

    A process that starts late that day, or a batch moved to another day, is caught up with; once
    the first session has begun nobody is reminded.
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
            first.c.starts_at <= now + HORIZON,
        )
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
        zone = ZONES[first.time_zone]
        due_at = reminder_due_at(first.starts_at, zone)
        send_at = rules.after_quiet_hours(max(due_at, now), zone)
        if now < due_at or send_at >= first.starts_at:
            return 0
        day = due_at.astimezone(zone).date()
        seated = {
            f"{KIND}:{r.id}:{day}": r for r in db.session.scalars(_confirmed(batch_id, due_at))
        }
        told = set(db.session.scalars(_told(list(seated))))
        facts = letters.facts_of(batch) | {
            "first_day": formats.day(first.day, "full"),
            "begins": formats.hour(first.starts_at, first.time_zone),
            "bring": batch.course.bring or "",
        }
        queued = 0
        for key, registration in seated.items():
            if key in told:
                continue
            person = registration.person
            message = announce(
                KIND,
                office_id=batch.office_id,
                name=person.full_name,
                email=person.email,
                phone=person.phone,
                dedupe_key=key,
                now=now,
                due_at=send_at,
                expires_at=first.starts_at,
                person=person.full_name,
                cooperative=registration.cooperative.name,
                number=registration.number,
                nonce=registration.nonce,
                **facts,
            )
            queued += message is not None
        return queued


def _told(keys: list[str]) -> sa.Select:
    return sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(keys))


def _confirmed(batch_id: int, due_at: datetime) -> sa.Select:
    """Who registered after the reminder was due has just been told everything."""
    return (
        sa.select(Registration)
        .where(
            Registration.batch_id == batch_id,
            Registration.state == "confirmed",
            Registration.registered_at <= due_at,
        )
        .options(joinedload(Registration.person), joinedload(Registration.cooperative))
        .order_by(Registration.id)
    )
