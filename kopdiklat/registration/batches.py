"""Verbs of a batch: its invitations, seats and queue go with it."""

from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core.db import db, lock
from kopdiklat.core.letters import in_letters
from kopdiklat.core.outbox import announce, withdraw
from kopdiklat.registration import letters, offers, queries, rules, service
from kopdiklat.registration.invitations import Recipient, silent_recipients
from kopdiklat.registration.letters import Told
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch
from kopdiklat.training.rules import (
    check_ready_to_publish,
    check_still_cancellable,
    next_batch_state,
)


def publish(batch_id: int, *, now: datetime) -> Batch:
    """Open the batch for registration."""
    batch = lock(Batch, batch_id)
    check_ready_to_publish(len(batch.training_sessions), batch.registration_closes_at, now)
    batch.state = next_batch_state(batch.state, "publish")
    return batch


def close(batch_id: int) -> Batch:
    batch = lock(Batch, batch_id)
    batch.state = next_batch_state(batch.state, "close")
    return batch


def reopen(batch_id: int, *, now: datetime) -> Batch:
    batch = lock(Batch, batch_id)
    batch.state = next_batch_state(batch.state, "reopen")
    db.session.flush()
    offers.offer_free_seats(batch, now=now)
    return batch


def cancel(batch_id: int, reason: str, *, by: str, now: datetime) -> list[Told]:
    """Cancel the batch with everything in it, and tell everybody in it.

    :return: whom it concerns
    """
    batch = lock(Batch, batch_id)
    check_still_cancellable(batch.state, queries.begins_at(batch_id), now)
    active = _lock_active(batch_id)
    rules.check_nobody_came(len(queries.present_in([r.id for r in active])))
    silent = silent_recipients(batch, now) if batch.state == "published" else []
    batch.state = next_batch_state(batch.state, "cancel")
    batch.cancelled_reason = reason
    for registration in active:
        service.end(registration, reason, by=by, now=now)
    invited = db.session.scalars(sa.select(Invitation).where(Invitation.batch_id == batch_id)).all()
    for invitation in invited:
        invitation.held_seats, invitation.held_until = 0, None
    withdraw([letters.message_key(invitation) for invitation in invited], now=now)
    db.session.flush()
    told = [letters.told("batch.cancelled", one, now, reason=reason) for one in active]
    return told + [_tell_silent(batch, one, reason, now) for one in silent]


def _lock_active(batch_id: int) -> list[Registration]:
    """Everybody who has a seat or waits; a tick at the door waits for this, and this for it."""
    found = (
        sa.select(Registration)
        .where(Registration.batch_id == batch_id, Registration.state.in_(rules.ACTIVE))
        .order_by(Registration.id)
        .with_for_update(key_share=True)
    )
    return list(db.session.scalars(found))


def _tell_silent(batch: Batch, one: Recipient, reason: str, now: datetime) -> Told:
    """Who got the invitation, or opened it, need not answer any more."""
    with in_letters():
        facts = letters.facts_of(batch)
    message = announce(
        "batch.cancelled",
        office_id=batch.office_id,
        **one.address,
        dedupe_key=f"batch.cancelled:invitation:{one.invitation.id}",
        now=now,
        topic=letters.topic_of(batch.id),
        person=one.address["name"],
        reason=reason,
        **facts,
    )
    return Told(one.address["name"], one.invitation.cooperative.name, message)
