"""The digest: once per coordinator and day, only with news, with counts and links and no person."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from kopdiklat.accounts.models import User
from kopdiklat.core import clock
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.digest import items
from kopdiklat.digest.service import edition_for, send_digests
from kopdiklat.notifications.letters import compose
from kopdiklat.notifications.service import send_due_messages
from kopdiklat.notifications.transport import SmtpTransport
from kopdiklat.offices.models import Office
from kopdiklat.registration.models import SeatOffer
from kopdiklat.training.models import Batch
from tests.at_once import run_at_once
from tests.attendance.test_views import counting
from tests.factories import (
    make_application,
    make_batch,
    make_change_request,
    make_cooperative,
    make_holiday,
    make_message_template,
    make_office,
    make_registration,
    make_training_session,
    make_user,
)
from tests.notifications.mail import all_messages, smtp_server

TUESDAY = date(2026, 7, 14)


def at(hour, day=TUESDAY, zone="WIB"):
    return clock.moment(day, time.fromisoformat(hour), zone)


def news(office=None, since=at("10:00", TUESDAY - timedelta(days=1)), **columns):
    """A batch far ahead in which somebody was registered yesterday."""
    batch = make_batch(office or make_office(), sessions=0, seats=9, **columns)
    make_training_session(batch, starts_at=at("09:00", date(2026, 8, 20)))
    make_registration(batch, registered_at=since)
    return batch


def digests():
    return [m for m in all_messages() if m.kind == "digest.daily"]


def lines(office, now=at("07:00")):
    office = db.session.get_one(Office, office.id)
    return [i.sentence for i in items.items_of(office, edition_for(office, now), now)]


def test_each_coordinator_gets_one_on_the_morning(app):
    news()
    first, second = make_user("coordinator"), make_user("coordinator")
    for role in ("office_admin", "mentor", "head"):
        make_user(role)

    counts = [send_digests(now=moment) for moment in (at("06:59"), at("07:00"), at("07:05"))]

    assert counts == [0, 2, 0]
    assert [m.recipient for m in digests()] == [first.email, second.email]
    assert [m.dedupe_key for m in digests()] == [
        f"digest.daily:{user.id}:{make_office().id}:2026-07-14" for user in (first, second)
    ]


def test_the_hour_is_that_of_the_office(app):
    office = make_office("9171", "Dinas Jayapura", time_zone="WIT", digest_at=time(6, 30))
    news(office)
    make_user("coordinator", office)

    at_half_past_six_there = datetime(2026, 7, 13, 21, 30, tzinfo=UTC)
    assert send_digests(now=at_half_past_six_there - timedelta(seconds=1)) == 0
    assert send_digests(now=at_half_past_six_there) == 1
    assert digests()[0].payload["day"] == "Selasa, 14 Juli 2026"


@pytest.mark.parametrize(
    "change", [{"daily_digest": False}, {"email": None}, {"disabled_at": at("06:00")}]
)
def test_who_switched_it_off_left_or_has_no_address_gets_none(app, change):
    news()
    user = make_user("coordinator")
    with transaction() as session:
        session.execute(
            sa.update(User).where(User.id == user.id).values(phone="+6281234567890", **change)
        )

    assert send_digests(now=at("07:00")) == 0


def test_nobody_gets_one_without_news_nor_when_news_comes_later_that_day(app):
    make_user("coordinator")

    assert send_digests(now=at("07:00")) == 0
    news(since=at("07:10"))
    assert send_digests(now=at("07:15")) == 0
    assert send_digests(now=at("07:00", TUESDAY + timedelta(days=1))) == 1


def test_who_only_waits_is_told_beside_news_but_is_none(app):
    office = make_office()
    make_user("coordinator")
    batch = make_batch(office, sessions=0, seats=9)
    make_registration(batch, state="waitlisted", registered_at=at("10:00", date(2026, 6, 1)))

    assert send_digests(now=at("07:00")) == 0
    assert lines(office) == [f"{batch.title}: 1 orang di daftar tunggu"]


def test_what_waits_for_a_decision_is_told_until_it_is_decided(app):
    office = make_office()
    batch = make_batch(office, sessions=0, seats=9)
    long_ago = at("10:00", date(2026, 6, 1))
    make_change_request(make_registration(batch, registered_at=long_ago))
    ended = {"state": "withdrawn", "decided_at": long_ago, "decided_by": "Rina"}
    make_change_request(make_registration(batch, registered_at=long_ago), **ended)
    make_application(batch)

    office = db.session.get_one(Office, office.id)
    told = items.items_of(office, edition_for(office, at("07:00")), at("07:00"))
    assert [(i.sentence, i.url.split("/batches/")[1]) for i in told] == [
        (f"{batch.title}: 1 permintaan peserta menunggu keputusan", f"{batch.id}?tab=requests"),
        (f"{batch.title}: 1 pengajuan menunggu keputusan", f"{batch.id}/applications"),
    ]
    assert all(i.is_news for i in told)


@pytest.mark.parametrize(
    ("state", "told"),
    [("published", 2), ("closed", 2), ("draft", 0), ("cancelled", 0)],
)
def test_what_waits_for_a_decision_is_told_only_of_a_batch_that_runs(app, state, told):
    office = make_office()
    batch = make_batch(office, sessions=0, seats=9)
    make_change_request(make_registration(batch, registered_at=at("10:00", date(2026, 6, 1))))
    make_application(batch)
    with transaction() as session:
        session.get_one(Batch, batch.id).state = state

    assert len(lines(office)) == told


def test_holidays_and_weekends_have_none_and_the_next_speaks_of_them(app):
    office = make_office()
    make_holiday(TUESDAY, office=office)
    batch = news(since=at("10:00"))
    make_user("coordinator")

    assert send_digests(now=at("07:00")) == 0
    assert send_digests(now=at("07:00", TUESDAY + timedelta(days=1))) == 1
    assert f"{batch.title}: 1 pendaftaran baru" in compose(digests()[0]).body


def test_a_process_that_was_away_catches_up_while_it_is_morning(app):
    news()
    make_user("coordinator")

    assert send_digests(now=at("13:00")) == 0
    assert send_digests(now=at("11:30")) == 1


@pytest.mark.parametrize("moment", [at("06:59"), at("13:00"), at("07:00", date(2026, 7, 18))])
def test_outside_the_hour_nothing_is_read_but_the_offices(app, moment):
    for code in ("3516", "3517", "3518"):
        make_office(code, f"Dinas {code}")

    with counting() as statements:
        assert send_digests(now=moment) == 0

    assert len(statements) == 1


def test_a_holiday_is_read_once_at_its_hour(app):
    make_holiday(TUESDAY, office=make_office())

    with counting() as statements:
        assert send_digests(now=at("07:00")) == 0

    assert len(statements) == 2


def test_two_processes_at_once_send_each_digest_once(app):
    news()
    for _ in range(2):
        make_user("coordinator")

    queued = run_at_once(app, lambda: send_digests(now=at("07:00")), 3)

    assert sorted(queued) == [0, 0, 2]
    assert len(digests()) == 2


def test_without_a_mail_server_there_is_none(app):
    news()
    make_user("coordinator")
    app.config["MAIL_URL"] = ""

    assert send_digests(now=at("07:00")) == 0


def test_one_office_that_fails_does_not_keep_the_others_and_is_caught_up_with(app):
    for office in (make_office(), make_office("3516", "Dinas Koperasi Kabupaten")):
        news(office)
        make_user("coordinator", office)
    failures = []

    def fail_once(connection, cursor, statement, *rest):
        if statement.startswith("INSERT INTO outbox_messages") and not failures:
            failures.append(statement)
            raise RuntimeError("the disk said no")

    event.listen(db.engine, "before_cursor_execute", fail_once)
    try:
        queued = send_digests(now=at("07:00"))
    finally:
        event.remove(db.engine, "before_cursor_execute", fail_once)

    assert (queued, len(digests())) == (1, 1)
    assert send_digests(now=at("07:05")) == 1


def test_a_digest_counts_everything_that_needs_a_hand(app):
    office, now = make_office(), at("07:00")
    new = news()
    tomorrow = make_batch(office, sessions=0, seats=9, number=7)
    make_training_session(tomorrow, starts_at=at("08:00", TUESDAY + timedelta(days=1)))
    small = make_batch(
        office, sessions=0, seats=9, number=8, minimum_people=5, decide_on=date(2026, 7, 20)
    )
    make_message_template(office, body="{ruang} {jadwal} {tempat} {tautan}")
    with transaction() as session:
        for number, outcome in ((1, "expired"), (2, None)):
            ended = at("20:00", TUESDAY - timedelta(days=1)) if outcome else None
            session.add(
                SeatOffer(office_id=office.id, batch_id=new.id, team=f"t{number}",
                          made_at=now - timedelta(days=2), outcome=outcome, ended_at=ended)
            )  # fmt: skip
        for kind, channel, given_up in (
            ("invitation.sent", "whatsapp", None),
            ("registration.confirmed", "email", now - timedelta(hours=3)),
        ):
            session.add(
                OutboxMessage(office_id=office.id, kind=kind, channel=channel, recipient="x",
                              recipient_name="Siti Rahasia", payload={}, dedupe_key=kind,
                              created_at=now - timedelta(days=1), due_at=now - timedelta(days=1),
                              given_up_at=given_up)
            )  # fmt: skip

    assert lines(office) == [
        f"{small.title}: 0 peserta dari minimum 5, putuskan sampai Senin, 20 Juli 2026",
        f"{tomorrow.title}: 1 sesi, mulai Rab, 15 Jul, 08.00 WIB",
        f"{new.title}: 1 pendaftaran baru",
        f"{new.title}: 1 tawaran kursi lewat tanpa jawaban",
        "1 undangan belum sampai",
        "1 pesan gagal dikirim",
        "1 templat pesan perlu diperbaiki; teks bawaan yang dikirim",
        f"{new.title}: 1 tawaran kursi menunggu jawaban",
    ]


def test_a_digest_speaks_of_the_own_office_only(app):
    office, other = make_office(), make_office("3516", "Dinas Koperasi Kabupaten")
    batch = make_batch(other, sessions=0, seats=9, minimum_people=5, decide_on=TUESDAY)
    make_training_session(batch, starts_at=at("09:00", TUESDAY + timedelta(days=1)))
    make_registration(batch, cooperative=make_cooperative(other), registered_at=at("05:00"))
    make_message_template(other, body="{ruang}")

    assert len(lines(other)) == 4
    assert lines(office) == []


def test_a_digest_goes_out_by_real_mail_with_links_and_without_names(app):
    batch = news()
    make_user("coordinator", email="rina@contoh.id", name="Rina")
    send_digests(now=at("07:00"))
    with smtp_server() as (url, mailbox):
        send_due_messages(SmtpTransport(url, "dinas@contoh.id"), lambda: at("07:01"))

    (mail,) = mailbox.messages
    text = mail.get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "Ringkasan Selasa, 14 Juli 2026: Dinas Koperasi Kota Mojokerto"
    assert (
        f"– {batch.title}: 1 pendaftaran baru\n  http://127.0.0.1:8000/batches/{batch.id}" in text
    )
    assert "Matikan di http://127.0.0.1:8000/account" in text
    assert "Siti" not in text
