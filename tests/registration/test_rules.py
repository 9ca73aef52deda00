"""Seats as an officer would explain them."""

from datetime import UTC, datetime, timedelta

import pytest

from kopdiklat.core.errors import TransitionRefused
from kopdiklat.registration import rules

NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)
ACTIONS = sorted({action for steps in rules.TRANSITIONS.values() for action in steps})


def window(state="published", opens=-1, closes=1):
    return rules.Window(
        state=state,
        opens_at=NOW + timedelta(hours=opens),
        closes_at=NOW + timedelta(hours=closes),
        opens_on="20 Juli 2026, 08.00 WIB",
        closes_on="5 Januari 2026, 16.00 WIB",
        contact="Ibu Rina, 0812-3300-4471",
    )


def sentence(refusal) -> str:
    return refusal.value.sentence.format(**refusal.value.values)


@pytest.mark.parametrize("state", rules.TRANSITIONS)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_step_is_taken_or_refused_by_the_table(state, action):
    allowed = rules.TRANSITIONS[state].get(action)
    if allowed:
        assert rules.next_state(state, action) == allowed
    else:
        with pytest.raises(TransitionRefused):
            rules.next_state(state, action)


def test_registration_is_open_from_the_first_moment_to_just_before_the_last():
    rules.check_registration_open(window(opens=0), NOW)
    rules.check_registration_open(window(closes=1), NOW + timedelta(minutes=59))

    with pytest.raises(rules.RegistrationClosed):
        rules.check_registration_open(window(closes=1), NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (window("cancelled"), "Angkatan ini dibatalkan. Hubungi Ibu Rina, 0812-3300-4471."),
        (window("draft"), "Pendaftaran belum dibuka. Hubungi Ibu Rina, 0812-3300-4471."),
        (window("closed"), "Pendaftaran sudah ditutup. Hubungi Ibu Rina, 0812-3300-4471."),
        (
            window(closes=0),
            "Pendaftaran ditutup 5 Januari 2026, 16.00 WIB. Hubungi Ibu Rina, 0812-3300-4471.",
        ),
        (
            window(opens=1, closes=2),
            "Pendaftaran dibuka 20 Juli 2026, 08.00 WIB. Hubungi Ibu Rina, 0812-3300-4471.",
        ),
    ],
)
def test_a_closed_registration_says_since_when_and_whom_to_call(given, words):
    with pytest.raises(rules.RegistrationClosed) as refusal:
        rules.check_registration_open(given, NOW)

    assert sentence(refusal) == words


@pytest.mark.parametrize(
    ("invited", "registered", "added", "words"),
    [
        (2, 0, 0, "Pilih paling sedikit satu orang."),
        (2, 0, 3, "Koperasi Anda mendapat 2 kursi, Anda memilih 3 orang. Kurangi pilihan."),
        (2, 1, 2, "Koperasi Anda mendapat 1 kursi, Anda memilih 2 orang. Kurangi pilihan."),
        (2, 2, 1, "Semua 2 kursi koperasi Anda sudah dipakai. Ubah lewat bukti daftar."),
    ],
)
def test_a_cooperative_sends_at_most_as_many_as_it_was_invited_for(
    invited, registered, added, words
):
    with pytest.raises(rules.TooManyPeople) as refusal:
        rules.check_people(invited, registered, added)

    assert sentence(refusal) == words


def test_the_quota_may_not_fall_below_what_is_used():
    rules.check_seats(5, 5)

    with pytest.raises(rules.SeatsBelowUsed) as refusal:
        rules.check_seats(4, 5)

    assert (
        sentence(refusal) == "Kursi tidak dapat kurang dari 5, sebab sebanyak itu sudah terpakai."
    )


@pytest.mark.parametrize(
    ("held", "seated", "minutes_left", "still_open"),
    [(2, 0, 1, 2), (2, 1, 1, 1), (2, 3, 1, 0), (2, 0, 0, 0)],
)
def test_a_hold_shrinks_with_who_registered_and_ends_in_time(
    held, seated, minutes_left, still_open
):
    until = NOW + timedelta(minutes=minutes_left)

    assert rules.open_hold(held, until, seated, NOW) == still_open


def test_the_queue_runs_until_the_first_session_begins():
    assert rules.is_queue_running("published", NOW + timedelta(minutes=1), NOW)
    assert rules.is_queue_running("closed", None, NOW)
    assert not rules.is_queue_running("published", NOW, NOW)
    assert not rules.is_queue_running("draft", None, NOW)
    assert not rules.is_queue_running("cancelled", None, NOW)
