"""What a digest counts: each of one office, without a name of a person."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kopdiklat import policy
from kopdiklat.accounts.models import Membership, User
from kopdiklat.applications.models import Application
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration.models import ChangeRequest, Registration, SeatOffer
from kopdiklat.registration.rules import ACTIVE
from kopdiklat.training.models import Batch, TrainingSession

RUNNING = ("published", "closed")


def coordinators(office_id: int, today: date) -> list[User]:
    """Who coordinates at the office today, can be written to and did not switch it off."""
    found = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            policy.coordinates(Membership),
            Membership.office_id == office_id,
            sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
            User.disabled_at.is_(None),
            User.email.is_not(None),
            User.daily_digest,
        )
        .order_by(User.id)
    )
    return list(db.session.scalars(found))


def batches(ids: set[int]) -> dict[int, Batch]:
    found = (
        sa.select(Batch)
        .where(Batch.id.in_(ids))
        .options(joinedload(Batch.course), selectinload(Batch.training_sessions))
    )
    return {batch.id: batch for batch in db.session.scalars(found)}


def new_registrations(office_id: int, since: datetime, now: datetime) -> dict[int, int]:
    """Batch -> people who were registered in this time and are still in it."""
    return _per_batch(
        sa.select(Registration.batch_id, sa.func.count(Registration.id)).where(
            Registration.office_id == office_id,
            Registration.state.in_(ACTIVE),
            Registration.registered_at > since,
            Registration.registered_at <= now,
        ),
        Registration.batch_id,
    )


def waiting(office_id: int) -> dict[int, int]:
    """Batch -> people on its waiting list."""
    return _per_batch(
        sa.select(Registration.batch_id, sa.func.count(Registration.id)).where(
            Registration.office_id == office_id, Registration.state == "waitlisted"
        ),
        Registration.batch_id,
    )


def open_offers(office_id: int) -> dict[int, int]:
    """Batch -> offers of seats that were not answered yet."""
    return _per_batch(
        sa.select(SeatOffer.batch_id, sa.func.count(SeatOffer.id)).where(
            SeatOffer.office_id == office_id, SeatOffer.ended_at.is_(None)
        ),
        SeatOffer.batch_id,
    )


def open_requests(office_id: int) -> dict[int, int]:
    """Batch -> what participants asked for and nobody decided, while there is something to decide."""
    return _per_batch(
        sa.select(ChangeRequest.batch_id, sa.func.count(ChangeRequest.id))
        .join(Batch, Batch.id == ChangeRequest.batch_id)
        .where(
            ChangeRequest.office_id == office_id,
            ChangeRequest.state == "open",
            Batch.state.in_(RUNNING),
        ),
        ChangeRequest.batch_id,
    )


def open_applications(office_id: int) -> dict[int, int]:
    """Batch -> applications that nobody decided, while there is something to decide."""
    return _per_batch(
        sa.select(Application.batch_id, sa.func.count(Application.id))
        .join(Batch, Batch.id == Application.batch_id)
        .where(
            Application.office_id == office_id,
            Application.state == "open",
            Batch.state.in_(RUNNING),
        ),
        Application.batch_id,
    )


def expired_offers(office_id: int, since: datetime, now: datetime) -> dict[int, int]:
    """Batch -> offers whose time ran out without an answer."""
    return _per_batch(
        sa.select(SeatOffer.batch_id, sa.func.count(SeatOffer.id)).where(
            SeatOffer.office_id == office_id,
            SeatOffer.outcome == "expired",
            SeatOffer.ended_at > since,
            SeatOffer.ended_at <= now,
        ),
        SeatOffer.batch_id,
    )


def below_minimum(office_id: int, first: date, last: date) -> dict[int, int]:
    """Batch that is decided on in these days -> people confirmed, fewer than it needs."""
    confirmed = (
        sa.select(sa.func.count(Registration.id))
        .where(Registration.batch_id == Batch.id, Registration.state == "confirmed")
        .scalar_subquery()
    )
    found = sa.select(Batch.id, confirmed).where(
        Batch.office_id == office_id,
        Batch.state.in_(RUNNING),
        Batch.decide_on.between(first, last),
        confirmed < Batch.minimum_people,
    )
    return dict(tuple(row) for row in db.session.execute(found.order_by(Batch.id)))


def coming_sessions(office_id: int, first: datetime, end: datetime) -> dict[int, int]:
    """Batch -> training sessions that begin in this time."""
    return _per_batch(
        sa.select(TrainingSession.batch_id, sa.func.count(TrainingSession.id))
        .join(Batch, Batch.id == TrainingSession.batch_id)
        .where(
            Batch.office_id == office_id,
            Batch.state.in_(RUNNING),
            TrainingSession.starts_at >= first,
            TrainingSession.starts_at < end,
        ),
        TrainingSession.batch_id,
    )


def undelivered_invitations(office_id: int, now: datetime) -> int:
    """Invitations that wait to be opened in WhatsApp, or that no mail server took."""
    found = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.office_id == office_id,
        OutboxMessage.kind == "invitation.sent",
        OutboxMessage.due_at <= now,
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.opened_at.is_(None),
        sa.or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > now),
        sa.or_(OutboxMessage.channel == "whatsapp", OutboxMessage.given_up_at.is_not(None)),
    )
    return db.session.scalar(found) or 0


def failed_messages(office_id: int, since: datetime, now: datetime) -> int:
    """Other messages that were given up in this time although they still said something true."""
    found = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.office_id == office_id,
        OutboxMessage.kind != "invitation.sent",
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.given_up_at > since,
        OutboxMessage.given_up_at <= now,
        sa.or_(
            OutboxMessage.expires_at.is_(None),
            OutboxMessage.expires_at > OutboxMessage.given_up_at,
        ),
    )
    return db.session.scalar(found) or 0


def _per_batch(select: sa.Select, batch_id) -> dict[int, int]:
    return dict(
        tuple(row) for row in db.session.execute(select.group_by(batch_id).order_by(batch_id))
    )
