"""The writer of calendar files, read back by a strict reader and by other people's library."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kopdiklat.core import clock
from kopdiklat.core.calendar_files import Event, calendar_file, plain
from tests import calendars

NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)
ZONES = tuple(clock.ZONES)


def event(**values):
    return Event(
        **{
            "uid": "sesi-1@kopdiklat",
            "title": "Pembukuan harian",
            "starts_at": NOW,
            "ends_at": NOW + timedelta(hours=1),
            "time_zone": "WIB",
            "changed_at": NOW,
        }
        | values
    )


def read_one(**values):
    (found,) = calendars.read(calendar_file([event(**values)]))
    return found


@given(
    day=st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    at=st.times().map(lambda t: t.replace(microsecond=0)),
    minutes=st.integers(1, 24 * 60),
    zone=st.sampled_from(ZONES),
)
@example(day=date(2026, 7, 13), at=time(23, 30), minutes=90, zone="WIB")
@example(day=date(2026, 12, 31), at=time(23, 59, 59), minutes=1, zone="WIT")
@example(day=date(2026, 7, 14), at=time(0, 0), minutes=24 * 60, zone="WITA")
def test_every_hour_of_every_zone_comes_back_as_the_same_moment_and_wall_clock(
    day, at, minutes, zone
):
    starts_at = clock.moment(day, at, zone)
    ends_at = starts_at + timedelta(minutes=minutes)

    found = read_one(starts_at=starts_at, ends_at=ends_at, time_zone=zone)

    assert (found.starts_at, found.ends_at) == (starts_at, ends_at)
    assert found.local == f"{day:%Y%m%d}T{at:%H%M%S}"
    assert found.zone == clock.ZONES[zone].key


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=600))
@example("Rapat, laba; rugi\\modal\r\nBaris dua", "Aula “Ki Hajar”, lt. 2;", "a\rb\nc\r\nd")
@example("😀" * 60, "é" * 75, "👩‍👩‍👧‍👦" * 40)
@example("BEGIN:VEVENT\r\nUID:palsu", ':;,="', "\\n\\,")
def test_every_text_comes_back_as_it_was_written(title, place, description):
    found = read_one(title=title, place=place, description=description)

    assert (found.title, found.place, found.description) == (
        plain(title), plain(place), plain(description),
    )  # fmt: skip


def test_a_file_explains_each_zone_that_it_names_once_and_no_other():
    events = [event(uid=str(n), time_zone=zone) for n, zone in enumerate(["WIT", "WIB", "WIT"])]

    zones = calendars.parse(calendar_file(events)).of("VTIMEZONE")

    assert sorted((z.get("TZID"), z.of("STANDARD")[0].get("TZNAME")) for z in zones) == [
        ("Asia/Jakarta", "WIB"),
        ("Asia/Jayapura", "WIT"),
    ]


def test_the_same_hour_on_two_clocks_is_told_on_the_clock_of_its_place():
    """23.30 WIB is already the next day in Jayapura."""
    at = clock.moment(date(2026, 7, 13), time(23, 30), "WIB")
    events = [
        event(uid=zone, starts_at=at, ends_at=at + timedelta(hours=1), time_zone=zone)
        for zone in ZONES
    ]

    found = calendars.read(calendar_file(events))

    assert [one.local for one in found] == ["20260713T233000", "20260714T003000", "20260714T013000"]
    assert {one.starts_at for one in found} == {at}


def test_a_change_keeps_the_name_of_the_event_and_counts_up():
    moved = read_one(sequence=3, changed_at=NOW + timedelta(days=1), status="CANCELLED")

    assert (moved.uid, moved.sequence, moved.status) == ("sesi-1@kopdiklat", 3, "CANCELLED")
    assert moved.changed_at == NOW + timedelta(days=1)


def test_a_subscription_says_its_name_and_how_often_to_look():
    file = calendars.parse(
        calendar_file([event()], name="Aula, lantai 2", refresh_every=timedelta(hours=1))
    )

    assert file.get("X-WR-CALNAME") == "Aula\\, lantai 2"
    assert (file.get("REFRESH-INTERVAL"), file.parameters("REFRESH-INTERVAL")) == (
        "PT1H", {"VALUE": "DURATION"},
    )  # fmt: skip
    assert file.get("X-PUBLISHED-TTL") == "PT1H"


def test_no_event_is_a_file_too():
    assert calendars.read(calendar_file([], name="Kosong")) == []


def test_a_state_that_no_calendar_knows_is_a_mistake():
    with pytest.raises(ValueError, match="DRAFT"):
        calendar_file([event(status="DRAFT")])


@pytest.mark.parametrize(
    "broken",
    [
        b"\n", b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n",
        calendar_file([event()]).replace(b"SUMMARY:", b"SUMMARY:a,b "),
        calendar_file([event()]).replace(b"Asia/Jakarta:2026", b"Asia/Jayapura:2026"),
        calendar_file([event(description="x" * 200)]).replace(b"\r\n x", b"x", 1),
        calendar_file([event()]).replace(b"DTEND;TZID=Asia/Jakarta:2026", b"DTEND;TZID=Asia/Jakarta:2025"),
    ],
)  # fmt: skip
def test_the_reader_refuses_what_is_no_calendar_file(broken):
    with pytest.raises(AssertionError):
        calendars.read(broken)
