"""What participants ask of the coordinator: found, listed, and ended."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.cooperatives.models import Officer
from kopdiklat.core.db import UTC, db
from kopdiklat.core.paging import Page, paginate
from kopdiklat.registration import change_rules, steps
from kopdiklat.registration.models import ChangeRequest, Registration
from kopdiklat.training.models import Batch


def find(registration_id: int) -> ChangeRequest | None:
    """The one that waits for a decision."""
    found = sa.select(ChangeRequest).where(
        ChangeRequest.registration_id == registration_id, ChangeRequest.state == "open"
    )
    return db.session.scalar(found)


def last(registration_id: int) -> ChangeRequest | None:
    """What was asked of the coordinator last."""
    found = sa.select(ChangeRequest).where(ChangeRequest.registration_id == registration_id)
    return db.session.scalar(found.order_by(ChangeRequest.id.desc()).limit(1))


def listed(batch_id: int, page: int) -> Page:
    """What participants asked for: what is open first, the oldest of it first; then the last."""
    is_open = ChangeRequest.state == "open"
    found = (
        sa.select(ChangeRequest)
        .where(ChangeRequest.batch_id == batch_id)
        .options(
            joinedload(ChangeRequest.registration).joinedload(Registration.person),
            joinedload(ChangeRequest.registration).joinedload(Registration.cooperative),
            joinedload(ChangeRequest.officer).joinedload(Officer.person),
        )
        .order_by(
            sa.case((is_open, 0), else_=1),
            sa.case((is_open, ChangeRequest.id), else_=-ChangeRequest.id),
        )
    )
    return paginate(found, page)


def count(batch_id: int) -> int:
    found = sa.select(sa.func.count(ChangeRequest.id)).where(
        ChangeRequest.batch_id == batch_id, ChangeRequest.state == "open"
    )
    return db.session.scalar(found) or 0


def end(request: ChangeRequest, action: str, reason: str | None, *, by: str, now: datetime) -> None:
    """Decide it by the table; the caller holds its registration.

    :raises TransitionRefused: it is decided
    """
    request.state = change_rules.next_state(request.state, action)
    request.decided_at, request.decided_by, request.decision_reason = now, by, reason
    request.citizen_number = None


def withdraw(registration: Registration, reason: str, *, by: str, now: datetime) -> bool:
    """What was asked is no longer to be decided; the caller holds the registration.

    :return: whether there was a request
    """
    return bool(withdraw_all([registration], reason, by=by, now=now))


def withdraw_all(
    registrations: Iterable[Registration], reason: str, *, by: str, now: datetime
) -> int:
    """As `withdraw`, of several whom the caller holds.

    :return: how many requests ended
    """
    by_id = {registration.id: registration for registration in registrations}
    found = sa.select(ChangeRequest).where(
        ChangeRequest.registration_id.in_(by_id), ChangeRequest.state == "open"
    )
    requests = db.session.scalars(found.order_by(ChangeRequest.id).with_for_update()).all()
    for request in requests:
        end(request, "withdraw", reason, by=by, now=now)
        steps.note(by_id[request.registration_id], "withdraw", reason, by=by, now=now)
    return len(requests)


def open_request_columns() -> tuple[sa.ColumnElement[int], sa.ColumnElement[datetime]]:
    """How many requests wait for a decision, and since when: columns to add to a select of Batch."""
    open_ones = (ChangeRequest.batch_id == Batch.id, ChangeRequest.state == "open")
    count = sa.select(sa.func.count(ChangeRequest.id)).where(*open_ones).scalar_subquery()
    since = sa.select(sa.func.min(ChangeRequest.asked_at)).where(*open_ones).scalar_subquery()
    return count, sa.type_coerce(since, UTC)
