"""One session moves: what refuses it, what is asked first, who hears of it, and two at once."""

from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core import clock
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications.letters import compose
from kopdiklat.registration import letters, session_moves
from kopdiklat.registration.session_moves import MovePaused
from kopdiklat.training.models import TrainingSession
from kopdiklat.training.session_moves import Move
from tests.at_once import at_once, meanwhile, refusal_of, the_refusal
from tests.factories import (
    make_attendance,
    make_batch,
    make_course,
    make_door_duty,
    make_holiday,
    make_registration,
    make_training_session,
    make_user,
)

DAY = timedelta(days=1)


def begins(session_id):
    db.session.rollback()
    return db.session.get_one(TrainingSession, session_id).starts_at


def go(session, to, now, *, seen=None, reason=None, confirmed=True):
    move = Move(session.id, to, seen or begins(session.id), reason)
    with transaction():
        return session_moves.move(move, now=now, confirmed=confirmed)


def paused(session, to, now, **options):
    with pytest.raises(MovePaused) as pause:
        go(session, to, now, **options)
    return pause.value.effect


def refused(session, to, now, **options):
    before = begins(session.id)
    with pytest.raises(RuleViolation) as refusal:
        go(session, to, now, **options)
    assert begins(session.id) == before
    return str(refusal.value)


def draft(**columns):
    return make_batch(state="draft", sessions=0, **columns)


def said():
    db.session.rollback()
    found = sa.select(OutboxMessage).where(OutboxMessage.kind == "batch.moved")
    return db.session.scalars(found.order_by(OutboxMessage.id)).all()


def trail(session):
    found = sa.select(AuditEntry).where(
        AuditEntry.object_type == "training_sessions",
        AuditEntry.object_id == session.id,
        AuditEntry.action == "update",
    )
    return [(e.before, e.after) for e in db.session.scalars(found)]


# -- at once -------------------------------------------------------------------------------------------


def test_a_draft_moves_at_once_keeps_its_length_and_stands_in_the_trail_once(app, now):
    session = make_training_session(draft(), now + 3 * DAY, minutes=75)
    was, to = session.starts_at, now + 4 * DAY + timedelta(hours=2)

    effect = go(session, to, now, confirmed=False)

    moved = db.session.get_one(TrainingSession, session.id)
    assert (moved.starts_at, moved.ends_at) == (to, to + timedelta(minutes=75))
    assert effect.can_be_undone
    assert said() == []
    (entry,) = trail(session)
    assert (entry[0]["starts_at"], entry[1]["starts_at"]) == (was.isoformat(), to.isoformat())


def test_back_again_is_a_move_like_any_other(app, now):
    session = make_training_session(draft(), now + 3 * DAY)
    was, to = session.starts_at, now + 4 * DAY

    go(session, to, now, confirmed=False)
    go(session, was, now, seen=to, confirmed=False)

    assert begins(session.id) == was


def test_a_session_of_another_zone_over_midnight_keeps_its_wall_clock_and_length(app, now):
    starts_at = clock.moment(date(2026, 7, 20), time(22, 30), "WIT")
    batch = draft(time_zone="WIT")
    session = make_training_session(batch, starts_at, minutes=180)

    go(session, clock.moment(date(2026, 7, 21), time(23, 30), "WIT"), now, confirmed=False)

    moved = db.session.get_one(TrainingSession, session.id)
    assert moved.day == date(2026, 7, 21)
    assert clock.local(moved.ends_at, "WIT").strftime("%d %H.%M") == "22 02.30"


# -- what refuses it -----------------------------------------------------------------------------------


def test_what_was_held_has_begun_or_will_not_be_held_stays(app, now):
    held = make_training_session(make_batch(seats=3, sessions=0), now + DAY)
    make_attendance(make_registration(held.batch), held)
    begun = make_training_session(draft(), now - timedelta(minutes=1))
    off = make_training_session(make_batch(sessions=0, state="cancelled"), now + DAY)

    assert refused(held, now + 2 * DAY, now) == (
        "Sesi “Pembukuan harian” sudah punya presensi; waktunya tetap."
    )
    assert refused(begun, now + 2 * DAY, now) == (
        "Sesi “Pembukuan harian” sudah mulai atau lewat; waktunya tetap."
    )
    assert refused(off, now + 2 * DAY, now) == (
        "Angkatan dibatalkan; sesinya tidak dapat dipindahkan."
    )


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=1), 2 * DAY])
def test_nothing_is_moved_into_the_past(app, now, late):
    session = make_training_session(draft(), now + DAY)

    assert refused(session, now - late, now) == (
        "Waktu itu sudah lewat. Pilih hari atau jam yang akan datang."
    )


@pytest.mark.parametrize(
    ("minutes", "is_refused"), [(-90, False), (-89, True), (89, True), (90, False)]
)
def test_two_sessions_of_a_batch_may_touch_and_not_overlap(app, now, minutes, is_refused):
    batch = draft()
    session = make_training_session(batch, now + 2 * DAY, minutes=90)
    other = make_training_session(batch, now + 3 * DAY, topic="Neraca", minutes=90)
    to = other.starts_at + timedelta(minutes=minutes)

    if is_refused:
        assert refused(session, to, now) == (
            "Waktu itu dipakai sesi “Neraca” angkatan ini, 09.00–10.30 WIB. Pilih jam lain."
        )
    else:
        go(session, to, now, confirmed=False)
        assert begins(session.id) == to


def test_registration_still_ends_before_the_first_session(app, now):
    session = make_training_session(
        make_batch(sessions=0, registration_closes_at=now + 2 * DAY), now + 3 * DAY
    )

    assert refused(session, now + DAY, now) == (
        "Pendaftaran perlu ditutup sebelum sesi pertama mulai."
    )


# -- what is asked first -------------------------------------------------------------------------------


def test_clashes_of_trainer_room_and_participants_wait_for_a_reason(app, now):
    busy = make_batch(sessions=0, course=make_course(name="Sibuk"), seats=3)
    make_training_session(busy, now + 4 * DAY, trainer_name="Luluk")
    batch = make_batch(sessions=0, seats=3, state="closed")
    session = make_training_session(batch, now + 3 * DAY, trainer_name="Luluk")
    seat = make_registration(batch)
    make_registration(busy, person=seat.person, cooperative=seat.cooperative)

    effect = paused(session, now + 4 * DAY, now)
    go(session, now + 4 * DAY, now, reason="Ruang terpisah")

    assert [clash.kind for clash in effect.clashes] == ["trainer", "venue", "participants"]
    assert effect.told.people == 1
    assert db.session.get_one(TrainingSession, session.id).clash_reason == "Ruang terpisah"


def test_a_reason_goes_with_its_clash(app, now):
    make_training_session(make_batch(sessions=0), now + 4 * DAY, trainer_name="Luluk")
    session = make_training_session(draft(venue="Aula B"), now + 3 * DAY, trainer_name="Luluk")
    go(session, now + 4 * DAY, now, reason="Daring")

    go(session, now + 5 * DAY, now, confirmed=False)

    assert db.session.get_one(TrainingSession, session.id).clash_reason is None


def test_an_old_clash_of_another_session_of_the_batch_is_not_asked_again(app, now):
    busy = make_batch(sessions=0)
    make_training_session(busy, now + 3 * DAY, trainer_name="Luluk")
    batch = draft(venue="Aula B")
    make_training_session(batch, now + 3 * DAY, trainer_name="Luluk", clash_reason="Daring")
    session = make_training_session(batch, now + 4 * DAY)

    go(session, now + 5 * DAY, now, confirmed=False)

    assert begins(session.id) == now + 5 * DAY


def test_a_closed_day_is_named_and_asked_unless_it_is_a_draft(app, now):
    make_holiday(date(2026, 7, 16), "Hari Koperasi")
    published = make_training_session(make_batch(sessions=0), now + 4 * DAY)
    planned = make_training_session(draft(), now + 4 * DAY)

    holiday = paused(published, now + 3 * DAY, now, confirmed=False)
    weekend = paused(published, now + 5 * DAY, now, confirmed=False)
    at_once_ = go(planned, now + 5 * DAY, now, confirmed=False)

    assert (holiday.closed, weekend.closed, at_once_.closed) == ("Hari Koperasi", True, True)
    assert begins(published.id) == now + 4 * DAY


def test_who_keeps_the_door_of_a_day_without_sessions_is_named(app, now):
    batch = make_batch(sessions=0)
    session = make_training_session(batch, now + 3 * DAY)
    make_door_duty(make_user("door_staff", name="Sari"), batch, session.day)

    effect = go(session, now + 4 * DAY, now)

    assert effect.guards == ["Sari"]


# -- who hears of it -----------------------------------------------------------------------------------


def test_before_anything_goes_it_says_who_is_told_and_what(app, now):
    batch = make_batch(sessions=0, seats=3, taken=2)
    session = make_training_session(batch, now + 3 * DAY)

    effect = paused(session, now + 4 * DAY, now, confirmed=False)

    assert (effect.told.people, effect.told.kind) == (2, "batch.moved")
    assert effect.told.payload["was_days"] == "16 Juli 2026"
    assert effect.told.payload["days"] == "17 Juli 2026"
    assert said() == []
    assert begins(session.id) == now + 3 * DAY


def test_letters_that_nobody_sent_carry_the_new_days_and_old_news_is_withdrawn(app, now):
    batch = make_batch(sessions=0, seats=3)
    session = make_training_session(batch, now + 3 * DAY)
    registration = make_registration(batch)
    with transaction():
        letters.tell("registration.confirmed", registration, now)

    go(session, now + 4 * DAY, now)
    go(session, now + 7 * DAY, now)

    first, second = said()
    confirmed = db.session.scalar(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "registration.confirmed")
    )
    assert (first.expires_at, second.expires_at) == (now, None)
    assert second.payload["days"] == confirmed.payload["days"] == "20 Juli 2026"
    assert "16 Juli" not in compose(second).body


def test_an_hour_within_the_day_that_changes_no_diary_tells_nobody(app, now):
    batch = make_batch(sessions=0, seats=3, taken=1)
    for hours in (0, 6):
        make_training_session(batch, now + 3 * DAY + timedelta(hours=hours))
    session = make_training_session(batch, now + 3 * DAY + timedelta(hours=2))

    effect = go(session, now + 3 * DAY + timedelta(hours=3), now, confirmed=False)

    assert effect.told is None
    assert said() == []


# -- two at once ---------------------------------------------------------------------------------------


def test_of_two_who_move_one_session_the_second_is_told_where_it_is_now(app, now):
    session = make_training_session(draft(), now + 3 * DAY)
    seen = session.starts_at
    moves = [Move(session.id, now + n * DAY, seen) for n in (7, 8)]

    refusals = at_once(
        app,
        *(lambda move=move: session_moves.move(move, now=now, confirmed=True) for move in moves),
    )

    sentence = the_refusal(refusals)
    won = begins(session.id)
    assert won == moves[refusals.index(None)].starts_at
    day = "Senin, 20 Juli 2026" if won == now + 7 * DAY else "Selasa, 21 Juli 2026"
    assert sentence == (
        f"Sesi ini baru saja dipindahkan ke {day}, 09.00–10.30 WIB oleh sistem."
        " Periksa dulu, lalu pilih lagi."
    )
    assert len(trail(session)) == 1


def test_the_same_move_pressed_twice_is_one(app, now):
    session = make_training_session(draft(), now + 3 * DAY)
    move = Move(session.id, now + 7 * DAY, session.starts_at)

    def press():
        return session_moves.move(move, now=now, confirmed=True)

    with meanwhile(app, press):
        assert refusal_of(press) is None

    assert len(trail(session)) == 1


def test_two_sessions_for_one_hour_of_a_batch_are_one_move_and_one_refusal(app, now):
    batch = draft()
    one, other = (make_training_session(batch, now + n * DAY) for n in (3, 4))
    moves = [Move(s.id, now + 7 * DAY, s.starts_at) for s in (one, other)]

    refusals = at_once(
        app,
        *(lambda move=move: session_moves.move(move, now=now, confirmed=True) for move in moves),
    )

    assert "Waktu itu dipakai sesi" in the_refusal(refusals)


def test_two_batches_that_take_one_trainer_at_once_meet_each_other(app, now):
    sessions = [
        make_training_session(draft(venue=f"Aula {n}"), now + n * DAY, trainer_name="Luluk")
        for n in (3, 4)
    ]
    moves = [Move(s.id, now + 7 * DAY, s.starts_at) for s in sessions]
    seen = []

    def go_(move):
        try:
            session_moves.move(move, now=now, confirmed=True)
        except MovePaused as pause:
            seen.append([clash.kind for clash in pause.effect.clashes])
            raise RuleViolation("bentrok") from None

    refusals = at_once(app, *(lambda move=move: go_(move) for move in moves))

    assert the_refusal(refusals) == "bentrok"
    assert seen == [["trainer"]]
