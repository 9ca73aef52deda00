"""The quota, caps and reserves of a batch, as pure arithmetic."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopdiklat.registration.seating import Hall, Hold, Share, Team, faults, next_to_sit

NORTH, SOUTH, SAVINGS = ("district", "Utara"), ("district", "Selatan"), ("type", "simpan pinjam")


def team(name, people=1, *groups, invitation=None):
    return Team(name, people, frozenset(groups), invitation)


def sit(hall, *waiting):
    return [chosen.name for chosen in next_to_sit(hall, waiting)[0]]


def test_a_team_that_does_not_fit_whole_is_passed_by_and_the_next_gets_the_seat():
    queue = [team("a", 2), team("b"), team("c")]

    assert sit(Hall(seats=1), *queue) == ["b"]
    assert sit(Hall(seats=3), *queue) == ["a", "b"]
    assert sit(Hall(seats=0), *queue) == []


def test_a_team_uses_the_hold_of_its_own_invitation_only():
    queue = [team("a", 2, invitation=7), team("b", 2, invitation=8)]

    assert sit(Hall(seats=2, holds={7: Hold(1)}), *queue) == ["a"]
    assert sit(Hall(seats=2, holds={8: Hold(1)}), *queue) == ["b"]
    assert sit(Hall(seats=2, holds={9: Hold(1)}), *queue) == []


def test_a_cap_counts_who_sits_and_what_is_held_for_the_group():
    hall = Hall(
        seats=10,
        shares=[Share(NORTH, cap=3)],
        taken=1,
        taken_by=Counter({NORTH: 1}),
        holds={7: Hold(1, frozenset({NORTH}))},
    )

    assert hall.obstacle(team("a", 1, NORTH)) is None
    refused = hall.obstacle(team("b", 2, NORTH))
    assert (refused.kind, refused.free, refused.group) == ("cap", 1, NORTH)
    assert hall.obstacle(team("c", 2, NORTH, invitation=7)) is None
    assert hall.obstacle(team("d", 2, SOUTH)) is None


def test_a_reserve_is_left_to_its_group_and_shrinks_with_who_sits_there():
    hall = Hall(seats=4, shares=[Share(NORTH, reserve=2)], taken=1)

    assert hall.obstacle(team("south", 1, SOUTH)) is None
    refused = hall.obstacle(team("south", 2, SOUTH))
    assert (refused.kind, refused.free) == ("reserve", 1)
    assert hall.obstacle(team("north", 3, NORTH)) is None

    hall.seat(team("north", 2, NORTH))

    assert hall.kept_for_others([SOUTH]) == 0
    assert hall.obstacle(team("south", 1, SOUTH)) is None


def test_a_hold_for_the_group_fills_its_reserve():
    hall = Hall(seats=3, shares=[Share(NORTH, reserve=2)], holds={7: Hold(2, frozenset({NORTH}))})

    assert hall.kept_for_others([]) == 0
    assert hall.obstacle(team("south", 1, SOUTH)) is None


def test_who_sits_in_two_reserves_opens_a_seat_to_those_passed_by():
    shares = [Share(NORTH, reserve=1), Share(SAVINGS, reserve=1)]
    queue = [team("south", 1, SOUTH), team("both", 1, NORTH, SAVINGS)]

    chosen, passed = next_to_sit(Hall(seats=2, shares=shares), queue)

    assert [t.name for t in chosen] == ["both", "south"]
    assert passed == []


def test_those_in_front_of_a_chosen_team_learn_why_they_were_passed_by():
    hall = Hall(seats=3, shares=[Share(NORTH, cap=0)])
    queue = [team("north", 1, NORTH), team("five", 5), team("one"), team("later", 4)]

    chosen, passed = next_to_sit(hall, queue)

    assert [t.name for t in chosen] == ["one"]
    assert [(p.team.name, p.obstacle.kind) for p in passed] == [("north", "cap"), ("five", "whole")]


@pytest.mark.parametrize(
    ("hall", "people", "kind"),
    [
        (Hall(seats=2, taken=2), 1, "full"),
        (Hall(seats=2, taken=1), 2, "whole"),
        (Hall(seats=1, taken=2), 1, "full"),
    ],
)
def test_a_full_hall_and_one_with_too_few_seats_are_told_apart(hall, people, kind):
    assert hall.obstacle(team("a", people)).kind == kind


def test_an_invitation_holds_all_of_its_seats_or_none():
    hall = Hall(seats=3, shares=[Share(NORTH, cap=2)])

    assert hall.hold(1, 2, frozenset({NORTH})) == 2
    assert hall.hold(2, 1, frozenset({NORTH})) == 0
    assert hall.hold(3, 2, frozenset({SOUTH})) == 0
    assert hall.hold(4, 1, frozenset({SOUTH})) == 1
    assert hall.free == 0


def test_faults_name_what_is_broken():
    hall = Hall(seats=2, shares=[Share(NORTH, cap=1)], taken=3, taken_by=Counter({NORTH: 2}))

    assert faults(hall, []) == [
        "3 terisi dan 0 ditahan, kursi hanya 2",
        "Utara: 2 kursi, paling banyak 1",
    ]
    assert faults(Hall(seats=1), [team("a")]) == ["rombongan a (1 orang) menunggu padahal muat"]


GROUPS = [("district", n) for n in "abc"] + [("type", n) for n in "xy"]
COOPERATIVES = st.tuples(st.sampled_from(GROUPS[:3]), st.sampled_from(GROUPS[3:])).map(frozenset)
SHARES = st.lists(
    st.builds(
        Share,
        st.sampled_from(GROUPS),
        st.none() | st.integers(0, 6),
        st.integers(0, 3),
    ).filter(lambda s: s.cap is None or s.cap >= s.reserve),
    max_size=4,
    unique_by=lambda s: s.group,
)
QUEUES = st.lists(st.tuples(st.integers(1, 3), COOPERATIVES), max_size=12).map(
    lambda rows: [Team(str(n), people, groups) for n, (people, groups) in enumerate(rows)]
)


@given(seats=st.integers(0, 15), shares=SHARES, queue=QUEUES)
def test_nobody_waits_who_fits_and_no_bound_is_passed(seats, shares, queue):
    hall = Hall(seats=seats, shares=shares)

    chosen, _ = next_to_sit(hall, queue)

    left = [t for t in queue if t not in chosen]
    assert faults(hall, left) == []
    assert hall.taken == sum(t.people for t in chosen) <= seats


@given(seats=st.integers(1, 12), queue=QUEUES)
def test_without_shares_the_first_in_the_queue_that_fits_is_never_overtaken(seats, queue):
    chosen, _ = next_to_sit(Hall(seats=seats), queue)

    if queue and queue[0].people <= seats:
        assert chosen[0] == queue[0]
    assert [int(t.name) for t in chosen] == sorted(int(t.name) for t in chosen)
