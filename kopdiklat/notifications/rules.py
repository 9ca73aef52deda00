"""What a message is called; when to try again, and when to stop."""

from datetime import datetime, timedelta

from kopdiklat.messages.catalogue import KINDS, Kind
from kopdiklat.offices import quiet
from kopdiklat.offices.quiet import QuietHours

# Kind of message: what a list calls it, in the reader's language.
KIND_LABELS = {name: kind.label for name, kind in KINDS.items()}
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(hours=48)
# What WhatsApp does not take, an officer opens there: so long after it could first be tried.
HAND_OVER_AFTER = timedelta(hours=2)
LEASE = timedelta(minutes=5)  # longer than one message can take, see transport.DEADLINE


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after this many failures: 30 s, doubled each time, at most 30 minutes."""
    return min(FIRST_DELAY * 2 ** min(attempts - 1, 10), LONGEST_DELAY)


def is_hopeless(due_at: datetime, now: datetime) -> bool:
    """Two days after it was due nobody waits for a message any more."""
    return now - due_at >= GIVE_UP_AFTER


def wakes_at(kind: Kind | None, now: datetime, zone: str, hours: QuietHours) -> datetime | None:
    """When a message may go out that may not now, for its recipient is not to be disturbed.

    :param kind: None: of a kind that nobody knows, which keeps quiet
    :param zone: of the recipient
    """
    awake = quiet.when_awake(now, zone, hours)
    return awake if awake > now and (kind is None or kind.keeps_quiet) else None
