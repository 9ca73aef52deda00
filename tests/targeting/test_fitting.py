"""Whether the chosen can all sit, and who is passed over on the way to the first n."""

from collections import Counter

from kopdiklat.registration.seating import Hall, Share
from kopdiklat.targeting.fitting import fit, pick_first

MAGERSARI, KRANGGAN = ("district", "Magersari"), ("district", "Kranggan")


def hall(seats=10, *shares, taken=0):
    return Hall(seats=seats, shares=shares, taken=taken)


def of(*groups):
    return frozenset(groups)


def test_everybody_fits_where_there_are_seats_enough():
    found = fit(hall(10), [of(), of(), of()], 2)

    assert (found.sit, found.left, found.groups) == (3, 0, [])


def test_a_cap_says_how_many_are_beyond_it():
    found = fit(hall(20, Share(MAGERSARI, cap=5)), [of(MAGERSARI)] * 3 + [of(KRANGGAN)], 2)

    (line,) = found.groups
    assert (line.chosen, line.used, line.over, line.percent) == (3, 6, 1, 100)
    assert (found.sit, found.left) == (3, 1)
    assert found.obstacles == Counter({("cap", MAGERSARI): 1})


def test_a_reserve_says_how_many_seats_stay_without_a_taker():
    found = fit(hall(6, Share(KRANGGAN, reserve=4)), [of(MAGERSARI)] * 2 + [of(KRANGGAN)], 2)

    (line,) = found.groups
    assert (line.used, line.short, line.mark) == (2, 2, 100)
    assert found.obstacles == Counter({("reserve", None): 1})


def test_beyond_the_quota_some_find_no_seat():
    found = fit(hall(5), [of()] * 3, 2)

    assert found.obstacles == Counter({("whole", None): 1})
    assert fit(hall(4, taken=4), [of()], 2).obstacles == Counter({("full", None): 1})


def test_the_hall_itself_is_not_changed():
    real = hall(4)

    fit(real, [of()] * 2, 2)
    pick_first(real, [(1, of()), (2, of())], 2, 2)

    assert (real.taken, real.free) == (0, 4)


def test_the_first_skip_those_whose_group_has_all_it_may_have():
    listed = [(n, of(MAGERSARI if n % 2 else KRANGGAN)) for n in range(1, 7)]

    picked = pick_first(hall(20, Share(MAGERSARI, cap=2)), listed, 3, 2)

    assert picked.ids == [1, 2, 4]
    assert {ident: o.kind for ident, o in picked.skipped.items()} == {3: "cap"}
    assert picked.after == 5


def test_beyond_the_quota_the_next_are_picked_as_reserves():
    picked = pick_first(hall(2), [(n, of()) for n in range(1, 4)], 3, 2)

    assert (picked.ids, picked.skipped, picked.after) == ([1, 2, 3], {}, None)
