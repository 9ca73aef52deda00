"""Passwords, delays and who may change whom."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kopdiklat.accounts import rules
from kopdiklat.core.errors import RuleViolation

NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "gunung kuda lemari biru",
        "Xk7#pQ2!vR9z",
        "hujan-di-bulan-itu",
        "ñandú ñame ümläut",
        "a" * 3 + "Zebra kuning 48",
    ],
)
def test_a_password_of_unrelated_words_is_taken(password):
    rules.check_password(password, ["Rina Wulandari", "rina@contoh.go.id"])


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("a" * 11, "paling sedikit 12"),
        ("x1" * 65, "paling panjang 128"),
        ("koperasi2026", "mudah ditebak"),
        ("koperasikoperasi", "mudah ditebak"),
        ("DinasKoperasi2026!", "mudah ditebak"),
        ("katasandirahasia", "mudah ditebak"),
        ("123456789012345", "mudah ditebak"),
        ("aaaaaaaaaaaaaaaa", "mudah ditebak"),
        ("qwertyuiop1234", "mudah ditebak"),
        ("bismillah bismillah", "mudah ditebak"),
        ("RinaWulandari1990", "mudah ditebak"),
        ("kotamojokerto 2026", "mudah ditebak"),
        ("abcdefghijklmnop", "mudah ditebak"),
    ],
)
def test_a_password_that_is_guessed_from_here_is_refused(password, sentence):
    with pytest.raises(RuleViolation, match=sentence):
        rules.check_password(password, ["Rina Wulandari", "Dinas Koperasi Kota Mojokerto"])


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 16), (10, 32), (11, 60), (1000, 60)],
)
def test_the_delay_doubles_after_five_failures_up_to_a_minute(failures, seconds):
    assert rules.delay_after(failures) == seconds


def test_the_wait_is_told_in_whole_seconds_and_ends():
    at = NOW - timedelta(milliseconds=500)

    assert rules.seconds_to_wait(8, at, NOW) == 8
    assert rules.seconds_to_wait(8, NOW - timedelta(seconds=8), NOW) == 0
    assert rules.seconds_to_wait(8, NOW - timedelta(hours=5), NOW) == 0


def test_a_role_has_an_end_where_it_needs_one_and_none_has_ended():
    with pytest.raises(RuleViolation, match="sampai tanggal tertentu"):
        rules.check_membership_end(None, date(2026, 7, 13), is_needed=True)
    rules.check_membership_end(date(2026, 7, 13), date(2026, 7, 13), is_needed=True)
    rules.check_membership_end(None, date(2026, 7, 13), is_needed=False)
    with pytest.raises(RuleViolation, match="sudah lewat"):
        rules.check_membership_end(date(2026, 7, 12), date(2026, 7, 13), is_needed=False)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 13; SM-A047F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("curl/8.0", "Peramban lain"),
    ],
)  # fmt: skip
def test_a_device_is_named_so_that_its_owner_knows_it(user_agent, name):
    assert rules.browser_name(user_agent) == name
