"""Trainers, rooms and participants in two places, and the ways out."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopdiklat.core import clock
from kopdiklat.training.clashes import (
    Busy,
    Clash,
    ClashUndecided,
    Planned,
    check_decided,
    find_clashes,
    free_trainer,
    free_venue,
    overlaps,
    swap_partner,
    together,
)
from kopdiklat.training.patterns import moments

DAY = date(2026, 8, 12)


def at(text: str, day: date = DAY, zone: str = "WIB"):
    starts, ends = (time.fromisoformat(part.replace(".", ":")) for part in text.split("-"))
    return moments(day, starts, ends, zone)


def planned(row, text, trainer="hendra", day=DAY, number=1, zone="WIB"):
    return Planned(row, number, *at(text, day, zone), trainer)


def busy(text, trainer="hendra", venue_id=7, day=DAY, zone="WIB", batch_id=3):
    return Busy(
        batch_id, "Pengurus KKMP, angkatan 3", "Aula Magersari", venue_id,
        trainer.title(), trainer, *at(text, day, zone), zone,
    )  # fmt: skip


def test_a_trainer_elsewhere_at_that_time_is_found_with_the_row_and_the_session():
    there = busy("10.00-11.30")

    found = find_clashes([planned(0, "08.00-09.30"), planned(1, "09.45-11.15")], None, [there])

    assert found == [Clash("trainer", (1,), there)]


@pytest.mark.parametrize(
    ("text", "is_clash"),
    [
        ("08.30-10.00", False),  # ends as the other begins
        ("08.30-10.01", True),
        ("11.29-12.00", True),
        ("11.30-12.00", False),
        ("10.15-10.30", True),
        ("09.00-12.00", True),
    ],
)
def test_only_a_true_overlap_is_a_clash(text, is_clash):
    assert bool(find_clashes([planned(0, text)], None, [busy("10.00-11.30")])) is is_clash


def test_two_zones_meet_on_the_same_moment_not_on_the_same_wall_clock():
    wit = busy("10.00-11.30", zone="WIT")  # 08.00 to 09.30 in WIB

    assert find_clashes([planned(0, "10.00-11.30")], None, [wit]) == []
    assert find_clashes([planned(0, "08.00-09.30")], None, [wit]) == [Clash("trainer", (0,), wit)]


def test_a_session_over_midnight_meets_the_early_one_of_the_next_day():
    early = busy("00.15-01.00", day=DAY + timedelta(days=1))

    assert find_clashes([planned(0, "22.00-00.30")], None, [early]) == [
        Clash("trainer", (0,), early)
    ]


def test_a_room_is_told_once_per_day_of_the_other_batch_with_every_row():
    rows = [planned(n, text, trainer="") for n, text in enumerate(("08.00-09.30", "09.45-11.15"))]
    there = [busy("08.00-09.30", trainer=""), busy("09.45-11.15", trainer="")]

    assert find_clashes(rows, 7, there) == [Clash("venue", (0, 1), there[0])]
    assert find_clashes(rows, 8, there) == []
    assert find_clashes(rows, None, there) == []


def test_participants_are_told_by_name():
    there = busy("08.00-09.30")

    assert together("participants", [planned(0, "09.00-10.00")], [there], ("Siti",)) == [
        Clash("participants", (0,), there, ("Siti",))
    ]


def test_the_way_out_is_somebody_who_is_free_then():
    block, there = planned(0, "09.45-11.15"), [busy("10.00-11.30"), busy("10.00-11.30", "luluk")]
    people = [("hendra", "Hendra"), ("luluk", "Luluk"), ("endang", "Endang")]

    assert free_trainer(block, people, there) == "Endang"
    assert free_trainer(block, people[:2], there) is None


def test_the_way_out_of_a_room_is_one_that_is_free_the_whole_time():
    rows, there = (
        [planned(0, "08.00-09.30")],
        [busy("08.00-09.30"), busy("09.00-10.00", venue_id=8)],
    )

    assert free_venue(rows, [(7, "A"), (8, "B"), (9, "C")], there) == (9, "C")


def test_a_swap_takes_the_same_place_of_the_nearest_day_where_both_are_free():
    second, third = DAY, DAY + timedelta(days=1)
    rows = [
        planned(0, "08.00-09.30", "endang", second, 2),
        planned(1, "09.45-11.15", "hendra", second, 2),
        planned(2, "08.00-09.30", "endang", third, 3),
        planned(3, "09.45-11.15", "luluk", third, 3),
    ]
    there = [busy("10.00-11.30")]

    assert swap_partner(rows[1], rows, there) == rows[3]
    there.append(busy("10.00-11.30", "luluk"))
    assert swap_partner(rows[1], rows, there) == rows[2]
    there.append(busy("10.00-11.30", "endang"))
    assert swap_partner(rows[1], rows, there) is None


def test_a_clash_needs_a_reason_and_one_reason_carries_its_rows():
    clash = Clash("venue", (0, 1), busy("08.00-09.30"))

    with pytest.raises(ClashUndecided) as refusal:
        check_decided([clash], {1: "bukan di sini"})
    assert refusal.value.clashes == [clash]
    assert check_decided([clash], {0: "aula dibagi dua"}) == {
        0: "aula dibagi dua",
        1: "aula dibagi dua",
    }
    assert check_decided([], {0: "sudah tidak bentrok"}) == {}


ZONES = st.sampled_from(sorted(clock.ZONES))
TIMES = st.builds(lambda minute: time(minute // 60, minute % 60), st.integers(0, 16 * 60))


@given(one=TIMES, other=TIMES, zones=st.tuples(ZONES, ZONES), length=st.integers(1, 400))
def test_overlap_is_mutual_and_is_what_two_clocks_in_utc_say(one, other, zones, length):
    def block(starts, zone):
        begins = clock.moment(DAY, starts, zone)
        return Planned(0, 1, begins, begins + timedelta(minutes=length))

    a, b = block(one, zones[0]), block(other, zones[1])

    together_for = min(a.ends_at, b.ends_at) - max(a.starts_at, b.starts_at)
    assert overlaps(a, b) is overlaps(b, a) is (together_for > timedelta(0))


@given(
    rows=st.lists(st.tuples(TIMES, st.sampled_from("abc")), max_size=6),
    others=st.lists(st.tuples(TIMES, st.sampled_from("abc"), ZONES), max_size=6),
)
def test_what_is_offered_as_free_is_free(rows, others):
    def block(n, starts, trainer):
        begins = clock.moment(DAY + timedelta(days=n), starts, "WIB")
        return Planned(n, n + 1, begins, begins + timedelta(minutes=90), trainer)

    plan = [block(n, starts, trainer) for n, (starts, trainer) in enumerate(rows)]
    there = []
    for n, (starts, trainer, zone) in enumerate(others):
        begins = clock.moment(DAY + timedelta(days=n % 3), starts, zone)
        there.append(
            Busy(n, "", "", None, trainer, trainer, begins, begins + timedelta(hours=1), zone)
        )
    people = [(key, key) for key in "abcd"]

    for clash in find_clashes(plan, None, there):
        row = plan[clash.row]
        name = free_trainer(row, people, there)
        assert not any(name == b.trainer_key and overlaps(row, b) for b in there)
        if partner := swap_partner(row, plan, there):
            for key, place in ((row.trainer_key, partner), (partner.trainer_key, row)):
                assert not any(key == b.trainer_key and overlaps(place, b) for b in there)


def test_moments_of_a_clash_are_real_moments():
    assert at("10.00-11.30") == (
        datetime(2026, 8, 12, 3, 0, tzinfo=UTC),
        datetime(2026, 8, 12, 4, 30, tzinfo=UTC),
    )
