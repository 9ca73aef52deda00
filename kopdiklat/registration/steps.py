"""One step of a registration: its state by the table, and an append-only row that says why."""

from datetime import datetime

from kopdiklat.core.db import db
from kopdiklat.registration import rules
from kopdiklat.registration.models import Registration, RegistrationEvent


def take(
    registration: Registration, action: str, reason: str | None, *, by: str, now: datetime
) -> None:
    """Move the registration; the caller holds its batch.

    :raises TransitionRefused: its state does not allow this
    """
    registration.state = rules.next_state(registration.state, action)
    note(registration, action, reason, by=by, now=now)


def note(
    registration: Registration, action: str, reason: str | None, *, by: str, now: datetime
) -> None:
    """Write down what happened to it, without moving it."""
    db.session.add(
        RegistrationEvent(
            office_id=registration.office_id,
            registration=registration,
            action=action,
            state=registration.state,
            reason=reason,
            at=now,
            by=by,
        )
    )
