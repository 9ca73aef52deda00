"""The WhatsApp channel against a real server that answers as the documentation says."""

import json
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic

import pytest
import sqlalchemy as sa

from kopdiklat.core import clock
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxAttempt, announce, way_to
from kopdiklat.notifications import rules, service
from kopdiklat.notifications import whatsapp_answers as answers
from kopdiklat.notifications.channels import BrokenOff, ChannelUnavailable, Deferred, Refused
from kopdiklat.notifications.letters import Letter
from kopdiklat.notifications.whatsapp import BadGatewayAddress, WhatsAppTransport, endpoint
from tests.factories import make_office
from tests.notifications.gateway import TOKEN, error, gateway
from tests.notifications.mail import all_messages

NAMES = {
    "registration.cancelled": "kursi_batal",
    "invitation.sent": "undangan_pelatihan",
    "application.received": "pengajuan",  # whose words have no blanks
}
QUICK = 0.5
TRIES = ("06:30", "07:00", "09:00")  # quiet, awake, and two hours later


@pytest.fixture
def configured(app):
    app.config.update(WHATSAPP_TEMPLATES=NAMES)


def make_message(n=1, now=None, **more):
    """One message over the gateway."""
    office = make_office()
    with transaction():
        return announce(
            "registration.cancelled",
            office_id=office.id,
            name="Siti Aminah",
            email=None,
            phone=f"+62812345678{n:02d}",
            dedupe_key=f"wa:{n}",
            now=now,
            **{
                "person": "Siti\nAminah",
                "cooperative": "KSP Bina Artha",
                "number": "D-0001",
                "title": "Akuntabilitas Koperasi, angkatan 1",
                "contact": "",
                "office": office.name,
                "reason": "",
                **more,
            },
        )


def transport(url, token=TOKEN, **more):
    return WhatsAppTransport(url, token, NAMES, **({"timeout": QUICK} | more))


def letter(kind="registration.cancelled"):
    payload = {"person": "Siti", "title": "Akuntabilitas", "contact": "Rina"}
    return Letter("+6281234567890", "Siti", "Perihal", "Isi", "uji-1", kind, payload)


def send(url, now, **more):
    return service.send_due_messages(transport(url, **more), lambda: now, "gateway")


def log():
    db.session.rollback()
    found = sa.select(OutboxAttempt).order_by(OutboxAttempt.id)
    return [(a.channel, a.outcome, a.provider_id, a.error) for a in db.session.scalars(found)]


def test_a_message_goes_out_as_the_documentation_says(configured, app, now):
    message = make_message(now=now)

    with gateway() as (url, there):
        assert send(url, now) == 1

    (taken,) = there.taken
    assert taken == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "6281234567801",
        "type": "template",
        "template": {
            "name": "kursi_batal",
            "language": {"code": "id"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "Siti Aminah"},
                        {"type": "text", "text": "Akuntabilitas Koperasi, angkatan 1"},
                        {"type": "text", "text": "–"},
                    ],
                }
            ],
        },
        "biz_opaque_callback_data": f"kopdiklat-{message.id}-20260713020000",
    }
    assert all_messages()[0].sent_at == now
    assert log() == [("gateway", "accepted", "wamid.UJI1", None)]


def test_the_link_is_made_when_the_message_is_sent(configured, app, now):
    make_message(now=now)
    db.session.rollback()
    payload = {"nonce": "a" * 32, "cooperative": "KSP", "title": "T", "days": "1", "closes": "2"}

    with gateway() as (url, there):
        transport(url)(Letter("+628123", "KSP", "", "", "uji", "invitation.sent", payload))

    texts = there.taken[0]["template"]["components"][0]["parameters"]
    assert texts[4]["text"].startswith("http://127.0.0.1:8000/daftar/")


@pytest.mark.parametrize(
    ("kind", "email", "phone", "mail_url", "channel"),
    [
        ("registration.cancelled", "a@contoh.id", "+6281234567890", "smtp://x", "email"),
        ("registration.cancelled", "a@contoh.id", "+6281234567890", "", "gateway"),
        ("registration.cancelled", None, "+6281234567890", "smtp://x", "gateway"),
        ("registration.cancelled", None, "+62321123456", "smtp://x", "whatsapp"),  # no mobile
        ("registration.replaced", None, "+6281234567890", "smtp://x", "whatsapp"),  # no template
        ("application.received", None, "+6281234567890", "smtp://x", "whatsapp"),  # no blanks
    ],
)
def test_the_channel_is_email_then_the_gateway_then_the_officer(
    configured, app, kind, email, phone, mail_url, channel
):
    app.config["MAIL_URL"] = mail_url

    assert way_to(kind, email, phone)[0] == channel


def test_without_a_gateway_the_officer_opens_whatsapp(app, now):
    assert make_message(now=now).channel == "whatsapp"


REFUSED = [
    (400, 131026, answers.UNDELIVERABLE),
    (400, 131030, answers.UNDELIVERABLE),
    (400, 131047, answers.RE_ENGAGE),
    (400, 131049, answers.NOT_NOW),
    (400, 132000, answers.TEMPLATE),
    (404, 132001, answers.TEMPLATE),
    (400, 132015, answers.TEMPLATE),
    (400, 132016, answers.TEMPLATE),
    (400, 100, answers.REFUSED),
    (400, 131051, answers.REFUSED),
]


@pytest.mark.parametrize(("status", "code", "words"), REFUSED)
def test_what_whatsapp_refuses_for_good_goes_to_the_officer_with_the_reason(
    configured, app, now, status, code, words
):
    make_message(1, now=now)
    make_message(2, now=now)

    with gateway() as (url, there):
        there.answers = [(status, error(code))]
        assert send(url, now) == 1

    refused, other = all_messages()
    assert (refused.channel, refused.sent_at) == ("whatsapp", None)
    assert refused.last_error == words % {"code": code}
    assert other.sent_at == now
    assert log()[0] == ("gateway", "refused", None, words % {"code": code})


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, 131000), (503, 2), (500, 131016), (400, 1), (400, 131056), (502, None)],
)
def test_what_whatsapp_takes_later_is_tried_later_and_the_others_are_sent(
    configured, app, now, status, code
):
    make_message(1, now=now)
    make_message(2, now=now)

    with gateway() as (url, there):
        there.answers = [(status, error(code) if code else b"<html>Bad gateway</html>")]
        assert send(url, now) == 1
        assert send(url, now + rules.FIRST_DELAY) == 1

    assert [outcome for _channel, outcome, *_ in log()] == ["deferred", "accepted", "accepted"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, None), (400, 130429), (429, 130429), (400, 131048), (400, 80007), (400, 4)],
)
def test_a_limit_rests_the_whole_channel(configured, app, now, status, code):
    make_message(1, now=now)
    make_message(2, now=now)

    with gateway() as (url, there):
        there.answers = [(status, error(code) if code else b"")]
        sender = transport(url)
        assert service.send_due_messages(sender, lambda: now, "gateway") == 0
        assert sender.is_resting

    assert len(there.requests) == 1
    first, second = all_messages()
    assert first.last_error.startswith("WhatsApp membatasi pengiriman")
    assert second.attempts == 0


def test_retry_after_is_kept(configured, app, now):
    with gateway() as (url, there):
        there.answers = [(429, b"", {"Retry-After": "1200"})]
        sender = transport(url)
        with pytest.raises(BrokenOff):
            sender(letter())

    assert 1190 < sender._rests_until - monotonic() <= 1200


def test_retry_after_of_one_message_moves_its_next_try(configured, app, now):
    make_message(now=now)

    with gateway() as (url, there):
        there.answers = [(503, error(131016), {"Retry-After": "600"})]
        send(url, now)

    assert all_messages()[0].try_at == now + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("999999999999", 86400),
        ("Mon, 13 Jul 2026 02:05:00 GMT", 300),
        ("Mon, 13 Jul 2026 01:00:00 GMT", 0),
        ("sebentar", None),
        ("", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_moment(said, seconds):
    now = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)

    assert answers.retry_after({"retry-after": said}, now) == seconds


@pytest.mark.parametrize(
    ("status", "code", "subcode"),
    [
        (401, 190, None),
        (401, 0, None),
        (403, 10, None),
        (403, 200, None),
        (403, 131005, None),
        (403, 368, None),
        (403, 131031, None),
        (400, 131042, None),
        (400, 133010, None),
        (400, 100, 33),
        (401, None, None),
        (403, None, None),
        (404, None, None),
        (302, None, None),
    ],
)
def test_an_account_that_may_not_send_rests_the_channel_for_minutes(
    configured, app, now, status, code, subcode
):
    make_message(1, now=now)
    make_message(2, now=now)

    with gateway() as (url, there):
        body = b"" if code is None else error(code, subcode=subcode)
        there.answers = [(status, body, {"Location": "http://127.0.0.1:1/"})]
        sender = transport(url)
        service.send_due_messages(sender, lambda: now, "gateway")

    assert len(there.requests) == 1
    assert sender._rests_until - monotonic() > 290
    assert [m.channel for m in all_messages()] == ["gateway", "gateway"]


def test_a_wrong_token_is_told_as_such(configured, app, now):
    make_message(now=now)

    with gateway() as (url, _there):
        send(url, now, token="salah")  # noqa: S106

    assert "Perbarui WHATSAPP_TOKEN" in all_messages()[0].last_error


@pytest.mark.parametrize("answer", ["drop", "hang"])
def test_a_line_that_breaks_off_is_tried_again(configured, app, now, answer):
    make_message(now=now)

    with gateway() as (url, there):
        there.answers = [answer]
        assert send(url, now) == 0
        assert send(url, now + rules.FIRST_DELAY) == 1

    assert [outcome for _channel, outcome, *_ in log()] == ["deferred", "accepted"]


def test_a_gateway_that_drips_for_ever_is_hung_up_on(configured, app, now):
    make_message(now=now)

    with gateway() as (url, there):
        there.answers = ["drip"]
        begun = monotonic()
        assert send(url, now, timeout=5, deadline=0.5) == 0

    assert monotonic() - begun < 4


@pytest.mark.parametrize(
    "body",
    [b"", b"bukan json", b"[]", b'{"messages": []}', b'{"messages": [{"id": 7}]}', b"[" * 9000],
)
def test_an_answer_that_says_nothing_is_no_receipt(configured, app, now, body):
    make_message(now=now)

    with gateway() as (url, there):
        there.answers = [(200, body)]
        assert send(url, now) == 0

    assert log() == [("gateway", "deferred", None, answers.GARBAGE % {"code": 200})]


def test_an_endless_answer_is_read_only_at_its_beginning(configured, app, now):
    with gateway() as (url, there):
        there.answers = [(200, b'{"a": "' + b"x" * 5_000_000)]
        with pytest.raises(Deferred):
            transport(url)(letter())


def test_held_for_quality_is_no_promise(configured, app, now):
    make_message(now=now)
    held = {"messages": [{"id": "wamid.1", "message_status": "held_for_quality_assessment"}]}

    with gateway() as (url, there):
        there.answers = [(200, held)]
        assert send(url, now) == 1

    assert log() == [("gateway", "accepted", "wamid.1", answers.HELD)]


def test_a_gateway_that_is_away_costs_no_attempt(configured, app, now):
    make_message(now=now)

    assert send("http://127.0.0.1:1/v23.0/1", now) == 0
    assert (all_messages()[0].attempts, log()) == (0, [])


def test_what_no_gateway_takes_for_two_hours_the_officer_opens(configured, app, now):
    make_message(1, now=now)
    make_message(2, now=now)
    make_message(3, now=now + timedelta(hours=1))

    send("http://127.0.0.1:1/v23.0/1", now + rules.HAND_OVER_AFTER)

    assert [m.channel for m in all_messages()] == ["whatsapp", "whatsapp", "gateway"]
    assert [outcome for _channel, outcome, *_ in log()] == ["given_up", "given_up"]


def at(hour):
    return clock.moment(date(2026, 7, 14), time.fromisoformat(hour), "WIB")


@pytest.mark.parametrize("address", ["away", "busy"])
def test_the_two_hours_of_what_was_due_at_night_begin_in_the_morning(configured, app, address):
    make_message(now=at("07:00") - timedelta(hours=10, minutes=30))

    with gateway() as (url, there):
        there.answers = [(503, error(131016))] * 2
        where = url if address == "busy" else "http://127.0.0.1:1/v23.0/1"
        channels = [send(where, at(hour)) or all_messages()[0].channel for hour in TRIES]

    assert channels == ["gateway", "gateway", "whatsapp"]


@pytest.mark.parametrize(
    ("kind", "due", "channel"),
    [
        ("registration.cancelled", "19:59", "whatsapp"),  # there was a minute for it
        ("registration.cancelled", "20:00", "gateway"),
        ("registration.cancelled", "23:30", "gateway"),
        ("batch.moved", "20:00", "whatsapp"),  # goes out at any hour
    ],
)
def test_what_could_be_tried_in_the_evening_is_handed_over_in_the_night(
    configured, app, kind, due, channel
):
    message = make_message(now=at(due))
    with transaction():
        message.kind = kind

    service.give_up_the_old("gateway", at("23:45") + timedelta(hours=2))

    assert all_messages()[0].channel == channel


def test_without_a_gateway_all_that_waits_for_it_goes_to_the_officer(configured, app, now):
    make_message(now=now)

    service.hand_all_over(now)

    assert all_messages()[0].channel == "whatsapp"


def test_a_kind_without_a_template_is_refused_before_anybody_is_asked(configured, app, now):
    with gateway() as (url, there), pytest.raises(Refused, match="Belum ada templat"):
        transport(url)(letter("batch.moved"))

    assert there.requests == []


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://graph.facebook.com/v23.0/1", "https://graph.facebook.com/v23.0/1/messages"),
        ("https://waba.contoh.id/1/messages", "https://waba.contoh.id/1/messages"),
        ("http://127.0.0.1:9/1/", "http://127.0.0.1:9/1/messages"),
    ],
)
def test_the_endpoint_stands_below_the_address_of_the_number(url, address):
    assert endpoint(url) == address


@pytest.mark.parametrize("url", ["", "graph.facebook.com", "ftp://a/1", "http://waba.contoh.id/1"])
def test_a_token_never_travels_in_the_clear(app, url):
    with pytest.raises(BadGatewayAddress, match="WHATSAPP_URL"):
        endpoint(url)
    with pytest.raises(ChannelUnavailable):
        transport(url)(letter())


def test_no_code_stands_in_two_groups():
    groups = [
        answers.TOKEN_CODES, answers.ACCOUNT_CODES, answers.NUMBER_CODES, answers.LIMIT_CODES,
        {answers.PAIR_LIMIT}, answers.BUSY_CODES, answers.UNDELIVERABLE_CODES,
        answers.NOT_NOW_CODES, {answers.RE_ENGAGE_CODE}, answers.TEMPLATE_CODES,
    ]  # fmt: skip

    assert sum(map(len, groups)) == len(set().union(*groups))


def test_no_word_of_the_log_is_personal(configured, app, now):
    make_message(now=now)
    leak = error(131051, message="+6281234567801 Siti", details="Siti Aminah")

    with gateway() as (url, there):
        there.answers = [(400, leak)]
        send(url, now)

    told = json.dumps(log())
    assert "Siti" not in told
    assert "81234" not in told
