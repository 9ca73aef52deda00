"""Sixteen processes, one series, on the databases that we run on."""

import pytest

from bench import numbers


@pytest.fixture
def race(app):
    with numbers.arena(app.config["SQLALCHEMY_DATABASE_URI"]) as arena:
        yield arena


@pytest.mark.race
def test_numbers_taken_at_once_have_no_gap_and_no_twin(race):
    tally = race.race(20)

    assert tally.sentences == []
    assert (tally.duplicates, tally.gaps, tally.errors) == (0, 0, 0)


@pytest.mark.race
def test_reading_before_the_count_hands_a_number_out_twice(race):
    """The canary: were this to pass without a twin, the test above would prove nothing."""
    assert race.race_without_lock(3) > 0
