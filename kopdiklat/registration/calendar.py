"""A batch as a calendar file: one event per training day, in UTC, so every phone shows its zone."""

from datetime import UTC, datetime


def calendar_file(
    *,
    uid: str,
    title: str,
    place: str,
    description: str,
    days: list[tuple[datetime, datetime]],
    stamp: datetime,
) -> str:
    """RFC 5545, lines of at most 75 octets, CRLF.

    :param days: when each day begins and ends
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kopdiklat//Pendaftaran//ID"]
    for n, (begins, ends) in enumerate(days, 1):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}-{n}@kopdiklat",
            f"DTSTAMP:{_moment(stamp)}",
            f"DTSTART:{_moment(begins)}",
            f"DTEND:{_moment(ends)}",
            f"SUMMARY:{_text(title)}",
            f"LOCATION:{_text(place)}",
            f"DESCRIPTION:{_text(description)}",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(title)}",
            "TRIGGER:-PT2H",
            "END:VALARM",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_fold(line) + "\r\n" for line in lines)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, "\\" + mark)
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "")


def _fold(line: str) -> str:
    """At most 75 octets a line; a letter of several octets stays whole."""
    parts: list[str] = []
    size, part = 0, ""
    for letter in line:
        octets = len(letter.encode())
        if size + octets > (75 if not parts else 74):
            parts.append(part)
            part, size = "", 0
        part += letter
        size += octets
    return "\r\n ".join([*parts, part])
