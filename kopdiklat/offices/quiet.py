"""Quiet hours: when nobody is disturbed, in the civil time of a zone. They may run over midnight."""

from datetime import datetime, time, timedelta
from typing import Protocol

from kopdiklat.core import clock


class QuietHours(Protocol):
    """Quiet from here until there; never when both are the same. An office is such a thing."""

    @property
    def quiet_from(self) -> time: ...

    @property
    def quiet_to(self) -> time: ...


def is_quiet(at: time, hours: QuietHours) -> bool:
    """Whether this wall-clock time lies in the quiet hours; their end does not."""
    begins, ends = hours.quiet_from, hours.quiet_to
    if begins == ends:
        return False
    if begins < ends:
        return begins <= at < ends
    return at >= begins or at < ends


def when_awake(moment: datetime, zone: str, hours: QuietHours) -> datetime:
    """This moment, or the end of the quiet hours that it falls into."""
    there = clock.local(moment, zone)
    if not is_quiet(there.time(), hours):
        return moment
    day = there.date()
    if there.time() >= hours.quiet_to:
        day += timedelta(days=1)
    return clock.moment(day, hours.quiet_to, zone)


def quiet_since(moment: datetime, zone: str, hours: QuietHours) -> datetime | None:
    """When the quiet hours began that a moment falls into; None outside them."""
    there = clock.local(moment, zone)
    if not is_quiet(there.time(), hours):
        return None
    day = there.date()
    if there.time() < hours.quiet_from:
        day -= timedelta(days=1)
    return clock.moment(day, hours.quiet_from, zone)


def next_quiet(moment: datetime, zone: str, hours: QuietHours) -> datetime:
    """When the quiet hours begin after a moment outside them."""
    there = clock.local(moment, zone)
    day = there.date()
    if there.time() >= hours.quiet_from:
        day += timedelta(days=1)
    return clock.moment(day, hours.quiet_from, zone)
