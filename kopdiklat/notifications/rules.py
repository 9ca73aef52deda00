"""What a message is called; when to try again, and when to stop."""

from datetime import timedelta

from kopdiklat.messages.catalogue import KINDS

# Kind of message: what a list calls it, in the reader's language.
KIND_LABELS = {name: kind.label for name, kind in KINDS.items()}
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(hours=48)
LEASE = timedelta(minutes=5)  # longer than one message can take, see transport.TIMEOUT


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after this many failures: 30 s, doubled each time, at most 30 minutes."""
    return min(FIRST_DELAY * 2 ** min(attempts - 1, 10), LONGEST_DELAY)


def is_hopeless(due_at, now) -> bool:
    """Two days after it was due nobody waits for a message any more."""
    return now - due_at >= GIVE_UP_AFTER
