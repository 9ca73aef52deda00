"""The request of a registration that waits for a decision, and how it ends."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.registration import change_rules, steps
from kopdiklat.registration.models import ChangeRequest, Registration


def find(registration_id: int) -> ChangeRequest | None:
    found = sa.select(ChangeRequest).where(
        ChangeRequest.registration_id == registration_id, ChangeRequest.state == "open"
    )
    return db.session.scalar(found)


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
