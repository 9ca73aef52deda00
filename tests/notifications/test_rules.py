from datetime import timedelta

import pytest

from kopdiklat.notifications.rules import GIVE_UP_AFTER, is_hopeless, retry_delay
from kopdiklat.notifications.transport import BadMailAddress, Server, parse


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (6, 960), (7, 1800), (500, 1800)]
)
def test_retry_delay_doubles_up_to_half_an_hour(attempts, seconds):
    assert retry_delay(attempts) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("age", "hopeless"), [(timedelta(hours=47, minutes=59), False), (GIVE_UP_AFTER, True)]
)
def test_is_hopeless_after_two_days(now, age, hopeless):
    assert is_hopeless(now - age, now) == hopeless


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:1025", Server("smtp", "127.0.0.1", 1025, None, None)),
        ("smtp://localhost", Server("smtp", "localhost", 25, None, None)),
        ("smtps://a%40b.id:r%2Fs@surel.id", Server("smtps", "surel.id", 465, "a@b.id", "r/s")),
        ("smtp+starttls://surel.id", Server("smtp+starttls", "surel.id", 587, None, None)),
        (
            "smtp://surel.id:2525?tls=starttls",
            Server("smtp+starttls", "surel.id", 2525, None, None),
        ),
        ("smtp://surel.id?unsafe=plain", Server("smtp", "surel.id", 25, None, None)),
    ],
)
def test_parse_reads_the_address_of_a_mail_server(url, server):
    assert parse(url) == server


@pytest.mark.parametrize(
    "url", ["", "http://surel.id", "smtp://", "smtp://surel.id", "surel.id:25"]
)
def test_parse_refuses_what_is_no_server_or_not_safe(url):
    with pytest.raises(BadMailAddress, match="MAIL_URL"):
        parse(url)
