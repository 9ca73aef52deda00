"""A calendar file read as strictly as RFC 5545 is written, then again by a library of other people.

`read` fails on anything that some program might stumble over: a bare line feed, a line of more than
75 octets, a letter cut in two, an unescaped comma, a zone that the file does not explain.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import vobject

LINE = re.compile(
    r'(?P<name>[A-Za-z0-9-]+)(?P<parameters>(;[A-Za-z0-9-]+=("[^"\x00-\x1f]*"|[^";:,\x00-\x1f]*))*)'
    r":(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)"
)
TEXTS = {"SUMMARY", "LOCATION", "DESCRIPTION", "NAME", "TZNAME"}
TEXT = re.compile(r"([^\\,;]|\\[\\,;nN])*")
MOMENT = re.compile(r"\d{8}T\d{6}Z?")
ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "SEQUENCE", "LAST-MODIFIED"}
INSIDE = {
    None: {"VCALENDAR"},
    "VCALENDAR": {"VEVENT", "VTIMEZONE"},
    "VTIMEZONE": {"STANDARD"},
    "VEVENT": {"VALARM"},
}


@dataclass
class Component:
    kind: str
    lines: list[tuple[str, dict, str]] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def get(self, name: str) -> str:
        found = [value for key, _parameters, value in self.lines if key == name]
        assert len(found) == 1, f"{name} stands {len(found)} times in {self.kind}"
        return found[0]

    def parameters(self, name: str) -> dict:
        return next(parameters for key, parameters, _value in self.lines if key == name)

    def has(self, name: str) -> bool:
        return any(key == name for key, _parameters, _value in self.lines)

    def of(self, kind: str) -> list["Component"]:
        return [part for part in self.parts if part.kind == kind]


@dataclass(frozen=True)
class Read:
    """One event, its moments in UTC and its texts as a person reads them."""

    uid: str
    title: str
    place: str
    description: str
    starts_at: datetime
    ends_at: datetime
    local: str
    zone: str
    status: str
    sequence: int
    changed_at: datetime
    url: str


def lines_of(content: bytes) -> list[str]:
    """Content lines, unfolded."""
    assert content.endswith(b"\r\n")
    physical = content[:-2].split(b"\r\n")
    found: list[bytes] = []
    for line in physical:
        assert line, "an empty line"
        assert len(line) <= 75, f"{len(line)} octets: {line!r}"
        assert not set(line) & {10, 13}, "a bare line end"
        line.decode("utf-8")  # a letter that was cut in two fails here
        if line[:1] in (b" ", b"\t"):
            found[-1] += line[1:]
        else:
            found.append(line)
    return [line.decode("utf-8") for line in found]


def parse(content: bytes) -> Component:
    stack: list[Component] = []
    root = None
    for line in lines_of(content):
        match = LINE.fullmatch(line)
        assert match, f"no content line: {line!r}"
        name, value = match["name"].upper(), match["value"]
        pairs = re.findall(r';([A-Za-z0-9-]+)=("[^"]*"|[^;:]*)', match["parameters"])
        if name == "BEGIN":
            around = stack[-1] if stack else None
            assert value in INSIDE[around.kind if around else None], f"{value} stands elsewhere"
            made = Component(value)
            (around.parts if around else []).append(made)
            stack.append(made)
            root = root or made
        elif name == "END":
            assert stack.pop().kind == value
        else:
            if name in TEXTS:
                assert TEXT.fullmatch(value), f"not escaped: {value!r}"
            stack[-1].lines.append((name, {k.upper(): v.strip('"') for k, v in pairs}, value))
    assert not stack
    assert root is not None
    assert root.get("VERSION") == "2.0"
    assert root.get("PRODID")
    return root


def read(content: bytes) -> list[Read]:
    """The events of a file that every rule was kept in, in the order of the file."""
    root = parse(content)
    zones = {zone.get("TZID"): _offset(zone) for zone in root.of("VTIMEZONE")}
    events = root.of("VEVENT")
    named = {e.parameters(n).get("TZID") for e in events for n in ("DTSTART", "DTEND")} - {None}
    assert named == set(zones), "zones that are named and zones that are explained differ"
    found = [_event(event, zones) for event in events]
    assert len({one.uid for one in found}) == len(found), "a UID stands twice"
    _read_by_others(content, found)
    return found


def _offset(zone: Component) -> timezone:
    (standard,) = zone.of("STANDARD")
    assert standard.get("TZOFFSETFROM") == standard.get("TZOFFSETTO")
    assert not standard.parameters("DTSTART")
    text = standard.get("TZOFFSETTO")
    assert re.fullmatch(r"\+\d{4}", text)
    assert standard.get("TZNAME") in ("WIB", "WITA", "WIT")
    return timezone(timedelta(hours=int(text[1:3]), minutes=int(text[3:])))


def _event(event: Component, zones: dict) -> Read:
    for name in ONCE:
        event.get(name)
    starts, ends = (_moment(event, name, zones) for name in ("DTSTART", "DTEND"))
    assert starts < ends
    stamp, changed = (_moment(event, name, {}) for name in ("DTSTAMP", "LAST-MODIFIED"))
    assert stamp == changed  # without METHOD they mean the same
    assert event.get("STATUS") in ("CONFIRMED", "TENTATIVE", "CANCELLED")
    for alarm in event.of("VALARM"):
        assert (alarm.get("ACTION"), alarm.get("TRIGGER")[:2]) == ("DISPLAY", "-P")
        assert alarm.get("DESCRIPTION")
    return Read(
        uid=event.get("UID"),
        title=_text(event, "SUMMARY"),
        place=_text(event, "LOCATION"),
        description=_text(event, "DESCRIPTION"),
        starts_at=starts,
        ends_at=ends,
        local=event.get("DTSTART"),
        zone=event.parameters("DTSTART").get("TZID", ""),
        status=event.get("STATUS"),
        sequence=int(event.get("SEQUENCE")),
        changed_at=changed,
        url=event.get("URL") if event.has("URL") else "",
    )


def _moment(component: Component, name: str, zones: dict) -> datetime:
    value, zone = component.get(name), component.parameters(name).get("TZID")
    assert MOMENT.fullmatch(value), value
    assert value.endswith("Z") != bool(zone), f"{name} is neither in UTC nor in a zone, or in both"
    at = datetime.fromisoformat(value.rstrip("Z"))
    return at.replace(tzinfo=zones[zone] if zone else UTC).astimezone(UTC)


def _text(component: Component, name: str) -> str:
    if not component.has(name):
        return ""
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], component.get(name))


def _read_by_others(content: bytes, found: list[Read]) -> None:
    """vobject reads the same moments and words, and misses nothing that it requires."""
    file = vobject.readOne(content.decode("utf-8"))
    file.validate(raiseException=True)
    theirs = [
        (e.uid.value, e.summary.value, _utc(e.dtstart.value), _utc(e.dtend.value))
        for e in file.contents.get("vevent", [])
    ]
    assert theirs == [(one.uid, one.title, one.starts_at, one.ends_at) for one in found]


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
