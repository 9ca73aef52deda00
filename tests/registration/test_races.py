"""Sixteen processes, the last ten seats, on the databases that we run on."""

import pytest

from bench import promotions as bench_promotions
from bench import races


@pytest.fixture
def race(app):
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    with races.arena(url) as arena:
        yield arena


@pytest.mark.race
def test_the_last_seats_are_sold_once_and_all_of_them(race):
    tally = race.race(20)

    assert tally.sentences == []
    assert (tally.oversold, tally.left_empty, tally.errors) == (0, 0, 0)


@pytest.mark.race
def test_counting_before_the_write_sells_a_seat_twice(race):
    """The canary: were this to pass without overselling, the test above would prove nothing."""
    assert race.race_without_lock(3) > 0


@pytest.fixture
def promotions(app):
    with bench_promotions.arena(app.config["SQLALCHEMY_DATABASE_URI"]) as arena:
        yield arena


@pytest.mark.race
def test_every_freed_seat_goes_to_the_next_that_fits_and_to_nobody_twice(promotions):
    tally = promotions.race(20)

    assert tally.sentences == []
    assert (tally.broken, tally.oversold, tally.left_empty, tally.errors) == (0, 0, 0, 0)
    assert tally.offered >= 20  # seats were freed and given on


@pytest.mark.race
def test_looking_before_the_seat_is_freed_gives_it_to_nobody_or_to_two(promotions):
    """The canary: were this to pass without a fault, the test above would prove nothing."""
    assert promotions.race_without_lock(3) > 0
