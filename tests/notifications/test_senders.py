"""Three sender processes on one outbox, some of them killed: the bench in small (bench/outbox.py)."""

import pytest

from bench import outbox


@pytest.fixture
def race(app):
    with outbox.arena(app.config["SQLALCHEMY_DATABASE_URI"]) as race:
        yield race


@pytest.mark.race
def test_three_senders_send_every_message_once(race):
    told = race(300)

    assert (told.duplicates, told.missing, told.unmarked) == (0, 0, 0)


@pytest.mark.race
def test_of_killed_senders_no_message_is_lost_and_at_most_one_each_comes_twice(race):
    told = race(150, 12, delay=0.02)

    assert (told.missing, told.unmarked) == (0, 0)
    assert told.duplicates <= told.kills


@pytest.mark.race
def test_senders_that_mark_first_lose_messages_when_they_are_killed(race):
    """The canary: the round above would tell."""
    assert race(80, 12, outbox.marks_first, delay=0.05).missing > 0


@pytest.mark.race
def test_senders_that_claim_nothing_send_messages_twice(race):
    """The canary: the first round would tell."""
    assert race(100, 0, outbox.no_claim).duplicates > 0
