"""Until when a registration is changed by its link, from the rows that say so."""

from datetime import datetime

from kopdiklat.core import clock
from kopdiklat.registration import change_rules, letters, queries
from kopdiklat.registration.change_rules import Moments, Ways
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch


def moments_of(batch: Batch) -> Moments:
    return Moments(
        state=batch.state,
        closes_at=batch.registration_closes_at,
        begins_at=queries.begins_at(batch.id),
        zone=clock.ZONES[batch.time_zone],
    )


def ways_of(registration: Registration, now: datetime) -> Ways:
    """What its link does now. To decide on it, hold the lock of the batch."""
    return change_rules.ways(registration.state, moments_of(registration.batch), now)


def check_by_link(registration: Registration, kind: str, now: datetime) -> None:
    """:raises RequestNeeded: the coordinator decides it
    :raises RegistrationClosed: the link changes nothing any more
    """
    way = getattr(ways_of(registration, now), kind)
    change_rules.check_by_link(way, letters.contact_of(registration.batch))
