"""What the ways in and out leave in the audit trail: who, what, and the request.

Never a password or a code, and no network address: the trail is kept for years, an address for
90 days. The id of the request leads to its line in the log for as long as that is there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from kopdiklat.accounts import sessions
from kopdiklat.accounts.models import User
from kopdiklat.core.audit import acting_with
from kopdiklat.core.db import db
from kopdiklat.policy import office_of


@contextmanager
def by(user: User, now: datetime) -> Iterator[None]:
    """What happens here is done by this person, though the request began as a visitor's."""
    with acting_with(user_id=user.id, label=user.name), about(user, now):
        yield


@contextmanager
def about(user: User, now: datetime) -> Iterator[None]:
    """What happens to this account is read at the office where the person works."""
    with at_office(office_of(sessions.prepare(user, now))):
        yield


@contextmanager
def at_office(office_id: int | None) -> Iterator[None]:
    """The entries of this block go to the trail of this office; they are written at its end."""
    with acting_with(office_id=office_id):
        yield
        db.session.flush()
