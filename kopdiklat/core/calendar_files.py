"""Calendar files that any calendar program opens (RFC 5545, iCalendar): the one writer of them.

Hours stand on the wall clock of their place, with a VTIMEZONE for WIB, WITA or WIT, so that a phone
in another zone shows both. A file without METHOD tells of each event when it was last changed
(DTSTAMP) and how often (SEQUENCE): with the same UID, that is how a subscriber's entry moves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kopdiklat.core import clock

STATUSES = ("CONFIRMED", "TENTATIVE", "CANCELLED")
MIMETYPE = "text/calendar"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # not allowed in a text, and no phone shows them


@dataclass(frozen=True)
class Event:
    """One event in its own zone.

    :param uid: stays with the event for ever, whatever becomes of it
    :param changed_at: when it, or what it prints, was last changed
    :param sequence: grows with every change
    :param alarm: so long before, the phone rings; None never
    """

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    changed_at: datetime
    place: str = ""
    description: str = ""
    url: str = ""
    status: str = "CONFIRMED"
    sequence: int = 0
    alarm: timedelta | None = None


def calendar_file(
    events: Sequence[Event], *, name: str = "", refresh_every: timedelta | None = None
) -> bytes:
    """Lines of at most 75 octets, CRLF. The same events make the same file.

    :param name: what the subscriber's program calls it
    :param refresh_every: how often that program is asked to look again
    """
    from icalendar import Calendar, vDuration, vText  # noqa: PLC0415, heavy

    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", "-//Kopdiklat//Kopdiklat//ID")
    file.add("calscale", "GREGORIAN")
    if name:  # both younger than the library's table of types: it would leave their commas bare
        file.add("name", vText(plain(name)))
        file.add("x-wr-calname", vText(plain(name)))
    if refresh_every:
        file.add("refresh-interval", refresh_every, parameters={"VALUE": "DURATION"})
        file.add("x-published-ttl", vDuration(refresh_every))
    for event in events:
        file.add_component(_component(event))
    file.add_missing_timezones()
    for zone in file.timezones:
        zone.pop(
            "COMMENT", None
        )  # says that it ends in 2038; none of the three has changed since 1964
    return file.to_ical()


def _component(event: Event):
    from icalendar import Alarm  # noqa: PLC0415
    from icalendar import Event as Component  # noqa: PLC0415

    if event.status not in STATUSES:
        raise ValueError(f"no status of an event: {event.status}")
    made = Component()
    made.add("uid", event.uid)
    made.add("dtstamp", event.changed_at)
    made.add("last-modified", event.changed_at)
    made.add("sequence", event.sequence)
    made.add("dtstart", clock.local(event.starts_at, event.time_zone))
    made.add("dtend", clock.local(event.ends_at, event.time_zone))
    made.add("summary", plain(event.title))
    made.add("status", event.status)
    for key, value in (("location", event.place), ("description", event.description)):
        if value:
            made.add(key, plain(value))
    if event.url:
        made.add("url", event.url)
    if event.alarm:
        ring = Alarm()
        ring.add("action", "DISPLAY")
        ring.add("description", plain(event.title))
        ring.add("trigger", -event.alarm)
        made.add_component(ring)
    return made


def plain(text: str) -> str:
    """One kind of line end, and no control character."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
