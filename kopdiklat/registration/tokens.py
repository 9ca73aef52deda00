"""What is shown outside instead of an id: the link of an invitation, the proof and the door code.

A registration has two tokens of one nonce. `ticket` opens its proof, where it is changed and
cancelled; `door` stands in the QR, which strangers see, and does nothing but admit.
"""

from kopdiklat.core import keys
from kopdiklat.registration.models import Invitation, Registration

INVITATION, TICKET, DOOR = "invitation", "ticket", "door"


def invitation_token(invitation: Invitation) -> str:
    return keys.token_for(INVITATION, invitation.nonce)


def ticket_token(registration: Registration) -> str:
    return keys.token_for(TICKET, registration.nonce)


def door_token(registration: Registration) -> str:
    return keys.token_for(DOOR, registration.nonce)


def hashes_of(nonce: str) -> dict[str, str]:
    """The columns under which both tokens of a registration are found again."""
    return {
        "ticket_hash": keys.token_hash(TICKET, keys.token_for(TICKET, nonce)),
        "door_hash": keys.token_hash(DOOR, keys.token_for(DOOR, nonce)),
    }
