"""Reminders: each once, on the venue's clock, never at night, never two at once, never too late."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from kopdiklat.attendance.reminders import _remind, remind_participants
from kopdiklat.core import clock, formats
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage, withdraw
from kopdiklat.notifications.letters import compose
from kopdiklat.notifications.service import send_due_messages
from kopdiklat.notifications.transport import SmtpTransport
from kopdiklat.registration import batches, letters
from kopdiklat.registration.models import RegistrationEvent
from kopdiklat.training.models import Batch, TrainingSession
from tests.at_once import run_at_once
from tests.factories import (
    make_batch,
    make_office,
    make_person,
    make_registration,
    make_training_session,
)
from tests.notifications.mail import all_messages, smtp_server
from tests.registration.test_moves import change

DAY = date(2026, 7, 15)


def batch_on(day=DAY, at=time(8), zone="WIB", office=None, **columns):
    batch = make_batch(
        office or make_office(time_zone=zone), sessions=0, time_zone=zone, seats=9, **columns
    )
    make_training_session(batch, starts_at=clock.moment(day, at, zone))
    return batch


def at(day, hour, minute=0, zone="WIB"):
    return clock.moment(day, time(hour, minute), zone)


def reminders():
    return [m for m in all_messages() if m.kind.startswith("batch.reminder")]


LONG_AGO = at(date(2026, 6, 1), 9)


def only_the_eve(office=None):
    """An office as those that want one reminder."""
    return office or make_office(reminders="1")


def test_remind_participants_the_day_before_at_nine(app):
    make_registration(batch_on())
    before, due = at(date(2026, 7, 14), 8, 59), at(date(2026, 7, 14), 9)

    assert [remind_participants(now=moment) for moment in (before, due, due)] == [0, 1, 0]
    [message] = reminders()
    assert (message.channel, message.due_at) == ("whatsapp", due)
    assert message.expires_at == at(DAY, 7)  # from when the morning says it


def test_remind_participants_asks_the_clock_of_the_venue(app):
    make_registration(
        batch_on(zone="WIT", office=make_office("9171", "Dinas Jayapura", time_zone="WIT"))
    )

    nine_in_jayapura = datetime(2026, 7, 14, 0, 0, tzinfo=UTC)
    assert remind_participants(now=nine_in_jayapura - timedelta(seconds=1)) == 0
    assert remind_participants(now=nine_in_jayapura) == 1
    assert reminders()[0].payload["hours"] == "08.00–09.30 WIT"


def test_remind_participants_at_2330_wib_waits_for_the_morning(app):
    make_registration(batch_on(office=only_the_eve()))

    assert remind_participants(now=at(date(2026, 7, 14), 23, 30)) == 1
    assert reminders()[0].due_at == at(DAY, 7)


def test_at_2330_wib_it_is_already_the_day_itself_in_jayapura(app):
    office = make_office("9171", "Dinas Jayapura", time_zone="WIT", reminders="1")
    make_registration(batch_on(zone="WIT", office=office))  # 08.00 WIT is 06.00 WIB

    assert remind_participants(now=at(date(2026, 7, 14), 23, 30, "WIB")) == 1
    assert reminders()[0].due_at == at(DAY, 7, 0, "WIT")


def test_remind_participants_never_after_the_start_nor_when_the_morning_is_too_late(app):
    make_registration(batch_on(at=time(6, 30)))

    assert remind_participants(now=at(date(2026, 7, 14), 23)) == 0
    assert remind_participants(now=at(DAY, 6, 30)) == 0


def test_remind_participants_again_when_the_batch_was_moved(app):
    batch = batch_on()
    make_registration(batch)
    remind_participants(now=at(date(2026, 7, 14), 9))
    with transaction() as session:
        block = session.scalar(sa.select(TrainingSession))
        block.starts_at += timedelta(days=7)
        block.ends_at += timedelta(days=7)

    assert remind_participants(now=at(date(2026, 7, 21), 9)) == 1
    assert len(reminders()) == 2


def test_a_reminder_withdrawn_by_a_move_within_its_day_has_a_successor_and_a_sent_one_has_none(app):
    batch = batch_on()
    unsent, sent = make_registration(batch), make_registration(batch)
    remind_participants(now=at(date(2026, 7, 14), 9))
    with transaction() as session:
        session.get(Batch, batch.id).moves += 1
        key = f"batch.reminder:{sent.id}:1:2026-07-15"
        went_out = sa.select(OutboxMessage).where(OutboxMessage.dedupe_key == key)
        session.scalars(went_out).one().sent_at = at(date(2026, 7, 14), 9)
        withdraw([f"batch.reminder:{r.id}:" for r in (unsent, sent)], now=at(date(2026, 7, 14), 10))

    counts = [remind_participants(now=at(date(2026, 7, 14), hour)) for hour in (11, 12)]

    assert counts == [1, 0]
    assert [m.dedupe_key for m in reminders()][-1] == f"batch.reminder:{unsent.id}:1:2026-07-15:1"


@pytest.mark.parametrize("state", ["waitlisted", "cancelled", "replaced"])
def test_remind_participants_only_those_with_a_seat(app, state):
    batch = batch_on()
    make_registration(batch, state=state)

    assert remind_participants(now=at(date(2026, 7, 14), 9)) == 0


@pytest.mark.parametrize(
    ("state", "told"), [("draft", 0), ("published", 1), ("closed", 1), ("cancelled", 0)]
)
def test_remind_participants_of_batches_that_take_place(app, state, told):
    make_registration(batch_on(state=state))

    assert remind_participants(now=at(date(2026, 7, 14), 9)) == told


def test_remind_participants_not_who_registered_after_it_was_due(app):
    make_registration(batch_on(), registered_at=at(date(2026, 7, 14), 15))

    assert remind_participants(now=at(date(2026, 7, 14), 15, 5)) == 0
    assert remind_participants(now=at(DAY, 7)) == 1  # the morning speaks to all


def test_remind_participants_not_who_was_offered_the_seat_after_it_was_due(app):
    old, late = make_registration(batch := batch_on()), make_registration(batch)
    note_acceptance(late, at(date(2026, 7, 14), 15))

    remind_participants(now=at(date(2026, 7, 14), 15, 5))

    assert [m.dedupe_key.split(":")[1] for m in reminders()] == [str(old.id)]


def note_acceptance(registration, moment):
    with transaction() as session:
        session.add(
            RegistrationEvent(
                office_id=registration.office_id, registration_id=registration.id,
                action="accept", state="confirmed", at=moment, by="uji",
            )
        )  # fmt: skip


def test_each_of_the_four_is_told_once_and_says_what_matters_then(app):
    make_registration(batch_on(at=time(9)), registered_at=LONG_AGO)
    moments = [
        *(at(date(2026, 7, day), 9) for day in (8, 12, 14)),
        at(DAY, 7),
    ]

    counts = [
        remind_participants(now=moment + timedelta(minutes=late))
        for moment in moments
        for late in (0, 5)
    ]

    assert counts == [1, 0] * 4
    told = reminders()
    assert [m.kind for m in told] == [
        "batch.reminder_7",
        "batch.reminder_3",
        "batch.reminder",
        "batch.reminder_0",
    ]
    assert [m.due_at for m in told] == moments
    assert [m.expires_at for m in told] == [*moments[1:], at(DAY, 9)]
    bodies = [compose(m).body for m in told]
    assert "Berhalangan? Ganti peserta atau batalkan sekarang" in bodies[0]
    assert "kursi dapat dipakai koperasi lain" in bodies[1]
    assert "Tunjukkan QR nomor" in bodies[2]
    assert "dimulai hari ini pukul 09.00 WIB di Aula Balai Kota" in bodies[3]


def test_each_of_the_four_goes_out_by_real_mail(app):
    person = make_person(email="siti@contoh.id")
    make_registration(batch_on(at=time(9)), person=person, registered_at=LONG_AGO)
    with smtp_server() as (url, mailbox):
        for moment in (*(at(date(2026, 7, day), 9) for day in (8, 12, 14)), at(DAY, 7)):
            remind_participants(now=moment)
            send_due_messages(SmtpTransport(url, "dinas@contoh.id"), lambda moment=moment: moment)

    assert [mail["Subject"].strip().partition(":")[0].partition("?")[0] for mail in mailbox.messages] == [
        "Persiapan", "Masih bisa hadir", "Pengingat", "Hari ini pukul 09.00 WIB",
    ]  # fmt: skip


def test_a_process_that_was_away_tells_only_the_nearest(app):
    make_registration(batch_on(), registered_at=LONG_AGO)

    assert remind_participants(now=at(date(2026, 7, 13), 10)) == 1
    assert [m.kind for m in reminders()] == ["batch.reminder_3"]


def test_two_processes_at_once_tell_each_participant_once(app):
    batch = batch_on()
    for _ in range(5):
        make_registration(batch)
    moment = at(date(2026, 7, 14), 9)

    queued = run_at_once(app, lambda: remind_participants(now=moment), 3)

    assert sorted(queued) == [0, 0, 5]
    assert len(reminders()) == 5


def test_a_batch_that_moves_withdraws_what_is_unsent_and_is_reminded_anew(app):
    batch = batch_on()
    make_registration(batch, registered_at=LONG_AGO)
    remind_participants(now=at(date(2026, 7, 8), 9))
    change(db.session.get_one(Batch, batch.id), at(date(2026, 7, 8), 10), timedelta(days=7))

    (old,) = reminders()
    assert old.expires_at == at(date(2026, 7, 8), 10)
    assert remind_participants(now=at(date(2026, 7, 15), 9)) == 1
    assert [m.dedupe_key.rpartition(":")[2] for m in reminders()] == ["2026-07-15", "2026-07-22"]


def test_remind_participants_by_email_where_there_is_one(app):
    make_registration(batch_on(), person=make_person(email="siti@contoh.id"))

    remind_participants(now=at(date(2026, 7, 14), 9))

    assert [(m.channel, m.recipient) for m in all_messages()] == [("email", "siti@contoh.id")]


def test_the_proof_names_the_moment_of_the_reminder(app):
    batch = batch_on(zone="WIT", office=make_office("9171", "Dinas Jayapura", time_zone="WIT"))
    make_registration(batch)

    promised = letters.step_names(batch, at(date(2026, 7, 14), 8, zone="WIT"))["reminder"]

    remind_participants(now=at(date(2026, 7, 14), 9, zone="WIT"))
    assert promised == "Selasa, 14 Juli 2026, 09.00 WIT"
    assert formats.moment(reminders()[0].due_at, "WIT", "full") == promised


def test_a_reminder_looks_only_for_its_own_participants(app):
    batch = batch_on()
    first = make_registration(batch)
    remind_participants(now=at(date(2026, 7, 14), 9))
    second = make_registration(batch, registered_at=at(date(2026, 7, 13), 9))

    assert remind_participants(now=at(date(2026, 7, 14), 10)) == 1
    assert [m.dedupe_key.split(":")[1] for m in reminders()] == [str(first.id), str(second.id)]


def test_a_message_counts_once_however_often_it_is_announced(app):
    make_registration(batch_on())
    for _ in range(3):
        remind_participants(now=at(date(2026, 7, 14), 9))

    assert len(reminders()) == 1
    assert reminders()[0].dedupe_key.endswith(":1:2026-07-15")
    assert OutboxMessage.__table__.c.dedupe_key.unique


def test_a_batch_that_was_cancelled_meanwhile_is_not_reminded(app):
    batch = batch_on()
    make_registration(batch)
    with transaction():
        batches.cancel(batch.id, "Aula dipakai", by="Rina", now=at(date(2026, 7, 13), 9))

    # What the select of batches saw a moment before the cancellation.
    assert _remind(batch.id, at(date(2026, 7, 14), 9)) == 0
    assert reminders() == []


def test_one_batch_that_fails_does_not_keep_the_others_from_their_reminder(app):
    for _ in range(2):
        make_registration(batch_on())
    failures = []

    def fail_once(connection, cursor, statement, *rest):
        if statement.startswith("INSERT INTO outbox_messages") and not failures:
            failures.append(statement)
            raise RuntimeError("the disk said no")

    event.listen(db.engine, "before_cursor_execute", fail_once)
    try:
        queued = remind_participants(now=at(date(2026, 7, 14), 9))
    finally:
        event.remove(db.engine, "before_cursor_execute", fail_once)

    assert (queued, len(reminders())) == (1, 1)
    assert remind_participants(now=at(date(2026, 7, 14), 9, 5)) == 1  # and it is caught up with
