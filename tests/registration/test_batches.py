"""Opening, closing and cancelling a batch: every step from every state, and who is told."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import batches, invitations, letters, rules, service
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from kopdiklat.training.models import Batch
from kopdiklat.training.rules import BATCH_TRANSITIONS
from tests.factories import (
    make_attendance,
    make_batch,
    make_cooperative,
    make_invitation,
    make_person,
    make_registration,
)

STEPS = {
    "publish": lambda ident, now: batches.publish(ident, now=now),
    "close": lambda ident, now: batches.close(ident),
    "reopen": lambda ident, now: batches.reopen(ident, now=now),
    "cancel": lambda ident, now: batches.cancel(ident, "Aula dipakai", by="Rina", now=now),
}
NEXT = {
    ("draft", "publish"): "published",
    ("draft", "cancel"): "cancelled",
    ("published", "close"): "closed",
    ("published", "cancel"): "cancelled",
    ("closed", "reopen"): "published",
    ("closed", "cancel"): "cancelled",
}


def register(batch, name, now, **more):
    cooperative = make_cooperative()
    with transaction():
        return service.register_team(
            batch.id,
            cooperative.id,
            [Participant(full_name=name, phone="+6281234567890", position="treasurer")],
            team=service.new_team(),
            by="uji",
            now=now,
            **more,
        )[0]


def states(batch):
    found = sa.select(Registration.state).where(Registration.batch_id == batch.id)
    return list(db.session.scalars(found.order_by(Registration.id)))


def live(now):
    """Keys of the messages that still go out."""
    found = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    return [m.dedupe_key for m in found if not m.expires_at or m.expires_at > now]


@pytest.mark.parametrize("action", STEPS)
@pytest.mark.parametrize("state", BATCH_TRANSITIONS)
def test_a_step_leads_on_or_is_refused_and_changes_nothing(app, now, state, action):
    batch = make_batch(state=state)
    expected = NEXT.get((state, action))

    if expected:
        with transaction():
            STEPS[action](batch.id, now)
    else:
        with pytest.raises(TransitionRefused), transaction():
            STEPS[action](batch.id, now)

    batch = db.session.get_one(Batch, batch.id)
    assert batch.state == (expected or state)
    assert (batch.cancelled_reason == "Aula dipakai") is (expected == "cancelled")


@pytest.mark.parametrize("minutes", [-1, 0])
@pytest.mark.parametrize("state", ["draft", "published", "closed"])
def test_a_batch_that_has_begun_is_not_cancelled_unless_it_is_a_draft(app, now, state, minutes):
    batch = make_batch(state=state, taken=1)
    moment = batch.training_sessions[0].starts_at + timedelta(minutes=minutes)

    if minutes < 0 or state == "draft":
        with transaction():
            batches.cancel(batch.id, "Aula dipakai", by="Rina", now=moment)
    else:
        with pytest.raises(RuleViolation, match="Sesi pertama sudah mulai"), transaction():
            batches.cancel(batch.id, "Aula dipakai", by="Rina", now=moment)

    ended = db.session.get_one(Batch, batch.id).state == "cancelled"
    assert ended is (minutes < 0 or state == "draft")
    assert states(batch) == ["cancelled" if ended else "confirmed"]


@pytest.mark.parametrize("state", ["published", "closed"])
def test_cancelling_ends_every_live_registration_and_tells_each_why(app, now, state):
    batch = make_batch(seats=9, state=state)
    for one in rules.TRANSITIONS:
        make_registration(batch, person=make_person(phone="+6281234567890"), state=one)

    with transaction():
        told = batches.cancel(batch.id, "Aula dipakai", by="Rina", now=now)

    ended = {"waitlisted": "cancelled", "offered": "cancelled", "confirmed": "cancelled"}
    assert states(batch) == [ended.get(one, one) for one in rules.TRANSITIONS]
    messages = db.session.scalars(sa.select(OutboxMessage)).all()
    assert len(told) == len(messages) == 3
    assert {(m.kind, m.payload["reason"]) for m in messages} == {
        ("batch.cancelled", "Aula dipakai")
    }


def test_cancelling_takes_back_what_was_not_sent_and_tells_who_waited_too(app, now):
    batch = make_batch(seats=1)
    seated = register(batch, "Dewi", now)
    waiting = register(batch, "Yoga", now, accept_waiting=True)

    with transaction():
        batches.cancel(batch.id, "Aula dipakai", by="Rina", now=now)

    assert live(now) == [f"batch.cancelled:{seated.id}", f"batch.cancelled:{waiting.id}"]


def test_cancelling_tells_who_was_invited_and_has_not_answered(app, now):
    batch = make_batch()
    sent, seen, waiting, declined = (
        make_invitation(batch, make_cooperative(phone="+6281234567890")) for _ in range(4)
    )
    with transaction():
        invitations.send_all(batch.id, now=now, due_at=now)
    with transaction():
        invitations.mark_told(sent.id, None, user_id=1, now=now)
        invitations.mark_opened(seen.id, now=now)
        invitations.decline(declined.id, None, now=now)

    with transaction():
        batches.cancel(batch.id, "Aula dipakai", by="Rina", now=now)

    assert live(now) == [
        letters.message_key(sent),
        f"batch.cancelled:invitation:{sent.id}",
        f"batch.cancelled:invitation:{seen.id}",
    ]


def test_cancelling_a_closed_batch_is_silent_to_who_cannot_answer_any_more(app, now):
    batch = make_batch(state="closed")
    make_invitation(batch, make_cooperative(phone="+6281234567890"), opened_at=now)

    with transaction():
        told = batches.cancel(batch.id, "Aula dipakai", by="Rina", now=now)

    assert (told, live(now)) == ([], [])


def test_reopening_lets_the_queue_move_up(app, now):
    batch = make_batch(seats=2, taken=1, state="closed")
    make_registration(batch, state="waitlisted")

    with transaction():
        batches.reopen(batch.id, now=now)

    assert states(batch) == ["confirmed", "offered"]


def test_a_batch_to_which_people_were_admitted_is_not_cancelled(app, now):
    batch = make_batch()
    make_attendance(make_registration(batch), batch.training_sessions[0])

    with pytest.raises(RuleViolation, match="Sudah ada presensi 1 peserta."), transaction():
        batches.cancel(batch.id, "Aula dipakai", by="Rina", now=now)

    db.session.rollback()
    assert (db.session.get_one(Batch, batch.id).state, states(batch)) == (
        "published",
        ["confirmed"],
    )
