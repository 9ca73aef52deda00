"""Lateness, totals and their rounding, which session is on, times as people type them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from kopdiklat.attendance import rules
from kopdiklat.core import clock
from kopdiklat.core.errors import RuleViolation

START = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 08.00 WIB
TODAY = date(2026, 7, 15)


@dataclass(frozen=True)
class Block:
    id: int
    starts_at: datetime
    ends_at: datetime
    lesson_hours: Decimal = Decimal(2)
    zone: str = "WIB"

    @property
    def day(self):
        return clock.local_day(self.starts_at, self.zone)


def block(ident, hour, minutes=90, **columns):
    starts_at = clock.moment(TODAY, time(hour), "WIB")
    return Block(ident, starts_at, starts_at + timedelta(minutes=minutes), **columns)


@pytest.mark.parametrize(
    ("minutes", "late"), [(-20, 0), (0, 0), (15, 0), (15.01, 15), (16, 16), (52.9, 52)]
)
def test_minutes_late_counts_from_the_start_once_the_grace_is_over(minutes, late):
    assert rules.minutes_late(START + timedelta(minutes=minutes), START, 15) == late


def test_minutes_late_is_nothing_when_the_arrival_is_not_known():
    assert rules.minutes_late(None, START, 0) == 0


@pytest.mark.parametrize(
    ("attended", "whole", "printed", "reaches"),
    [
        ("7.99", "10", "79.9", False),
        ("7.996", "10", "79.9", False),
        ("8", "10", "80.0", True),
        ("2", "3", "66.6", False),
        ("10", "10", "100.0", True),
        ("0", "10", "0.0", False),
    ],
)
def test_share_is_printed_downwards_and_decided_exactly(attended, whole, printed, reaches):
    totals = rules.Totals(Decimal(attended), Decimal(whole))

    assert totals.printed_share == Decimal(printed)
    assert totals.reaches(80) == reaches


def test_share_is_unknown_without_lesson_hours():
    totals = rules.totals({1: "present"}, [block(1, 8, lesson_hours=Decimal(0))])

    assert (totals.share, totals.printed_share, totals.reaches(80)) == (None, None, False)


@pytest.mark.parametrize(
    ("state", "attended"), [("present", 2), ("excused", 0), ("sick", 0), ("absent", 0)]
)
def test_totals_count_only_the_present(state, attended):
    totals = rules.totals({1: state}, [block(1, 8), block(2, 10)])

    assert (totals.attended, totals.whole) == (attended, 4)


MORNING, LATER, AFTERNOON = block(1, 8), block(2, 10), block(3, 13)


@pytest.mark.parametrize(
    ("hour", "minute", "chosen"),
    [
        (6, 59, None),
        (7, 0, MORNING),  # the door opens an hour before
        (9, 29, MORNING),
        (9, 30, LATER),
        (11, 45, LATER),  # over, and the next door is still closed
        (12, 0, AFTERNOON),
        (14, 29, AFTERNOON),
        (20, 0, AFTERNOON),
    ],
)
def test_on_now_takes_what_runs_then_what_comes_then_what_was(hour, minute, chosen):
    now = clock.moment(TODAY, time(hour, minute), "WIB")

    on = rules.on_now([AFTERNOON, MORNING, LATER], now, TODAY)

    assert on.chosen == chosen
    assert on.choices == (MORNING, LATER, AFTERNOON)


def test_on_now_leaves_the_choice_when_two_run_side_by_side():
    here, there = block(1, 8), block(2, 8)

    on = rules.on_now([here, there], clock.moment(TODAY, time(8, 30), "WIB"), TODAY)

    assert (on.chosen, on.choices) == (None, (here, there))


def test_on_now_knows_only_the_day_of_the_venue():
    assert rules.on_now([MORNING], START + timedelta(days=1), date(2026, 7, 16)).choices == ()


def test_on_now_keeps_a_session_that_runs_past_midnight():
    late = block(1, 23, minutes=120)

    on = rules.on_now([late], late.starts_at + timedelta(minutes=90), date(2026, 7, 16))

    assert on.chosen == late


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.41", time(8, 41)),
        ("08:41", time(8, 41)),
        ("0841", time(8, 41)),
        (" 23 59 ", time(23, 59)),
    ],
)
def test_parse_clock_reads_what_people_type(text, expected):
    assert rules.parse_clock(text) == expected


@pytest.mark.parametrize("text", ["", "8", "24.00", "8.60", "pagi", "8.4"])
def test_parse_clock_refuses_the_rest(text):
    with pytest.raises(RuleViolation, match="08.41"):
        rules.parse_clock(text)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("H. Slamet Riyadi", "slamet riyadi"),
        ("Hj. Umi Kulsum", "umi kulsum"),
        ("K.H. Ir. Ma'ruf", "ma'ruf"),
        ("Sukarti", "sukarti"),
        ("H.", "h."),
    ],
)
def test_sorting_name_ignores_titles(name, key):
    assert rules.sorting_name(name) == key


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("waitlisted", "daftar tunggu"),
        ("offered", "daftar tunggu"),
        ("cancelled", "tidak berlaku"),
        ("expired", "tidak berlaku"),
        ("replaced", "sudah diganti"),
    ],
)
def test_check_can_attend_refuses_who_has_no_seat(state, sentence):
    with pytest.raises(RuleViolation) as refusal:
        rules.check_can_attend(state)
    assert sentence in refusal.value.sentence


def test_check_correction_asks_for_a_reason_only_after_the_day():
    rules.check_correction(TODAY, TODAY, None)
    rules.check_correction(TODAY, TODAY + timedelta(days=1), "Salah orang")
    with pytest.raises(RuleViolation):
        rules.check_correction(TODAY, TODAY + timedelta(days=1), "  ")


@pytest.mark.parametrize(
    ("by", "minutes", "allowed"),
    [(7, 0, True), (7, 15, True), (7, 16, False), (8, 0, False), (None, 0, False)],
)
def test_check_undo_is_for_the_one_who_did_it_soon_after(by, minutes, allowed):
    try:
        rules.check_undo(by, 7, START, START + timedelta(minutes=minutes))
    except RuleViolation:
        assert not allowed
    else:
        assert allowed
