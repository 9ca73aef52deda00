"""Sending, taking back, sending again and reminding: each logical message once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core import keys
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications import service as sending
from kopdiklat.notifications.channels import Receipt
from kopdiklat.offices.models import Office
from kopdiklat.registration import (
    chase,
    invitations,
    letters,
    queries,
    rules,
    service,
    telling,
    tokens,
)
from kopdiklat.registration.chase_rules import TooOften
from kopdiklat.registration.models import Invitation
from tests.at_once import at_once, the_refusal
from tests.factories import (
    make_batch,
    make_cooperative,
    make_invitation,
    make_officer,
    make_person,
    make_registration,
)

HOLD = timedelta(seconds=60)
DAY = timedelta(days=1)


@pytest.fixture
def batch(app, now):
    app.config["MAIL_URL"] = "smtp://localhost"
    return make_batch(registration_closes_at=now + 20 * DAY)


def invite(batch, n=1, email=None, **columns):
    cooperative = make_cooperative(name=f"KSP {n}")
    person = make_person(email=email or f"ksp{n}@contoh.id", phone=f"+62812345678{n:02d}")
    make_officer(cooperative, person)
    return make_invitation(batch, cooperative, **columns)


def send(batch, now, hold=HOLD):
    with transaction():
        return invitations.send_all(batch.id, now=now, due_at=now + hold)


def deliver(at):
    """Whom a sender reached that runs at this moment."""
    reached = []

    def take(letter):
        reached.append(letter.to)
        return Receipt()

    sending.send_due_messages(take, lambda: at)
    return reached


def messages():
    db.session.rollback()
    found = sa.select(OutboxMessage).order_by(OutboxMessage.id)
    return list(db.session.scalars(found))


def keys_after(invitation):
    """What follows the name of the invitation in the key of each of its messages."""
    thing = letters.message_key(invitation)
    return [m.dedupe_key.removeprefix(thing) for m in messages()]


# -- the hold --------------------------------------------------------------------------------------


def test_recall_within_the_minute_leaves_nothing_to_send(batch, now):
    for n in range(1, 41):
        invite(batch, n)
    send(batch, now)

    assert deliver(now + timedelta(seconds=59)) == []
    with transaction():
        told = invitations.recall(batch.id, now=now + timedelta(seconds=59))

    assert told == invitations.Recall(40, 0)
    assert (messages(), deliver(now + HOLD)) == ([], [])


def test_recall_tells_honestly_what_had_gone_out(batch, now):
    for n in (1, 2, 3):
        invite(batch, n)
    send(batch, now)
    deliver(now + HOLD)

    with transaction():
        assert invitations.recall(batch.id, now=now + HOLD) == invitations.Recall(0, 3)


def test_recall_leaves_alone_what_was_opened_in_whatsapp_meanwhile(batch, now):
    opened, _held = invite(batch, 1), invite(batch, 2)
    send(batch, now)
    with transaction():
        invitations.mark_told(opened.id, None, user_id=1, now=now)

    with transaction():
        assert invitations.recall(batch.id, now=now) == invitations.Recall(1, 1)
    assert [m.thing for m in messages()] == [letters.message_key(opened)]


def test_recall_takes_back_only_the_last_press_while_the_first_is_told(batch, now):
    invite(batch, 1)
    send(batch, now)
    deliver(now + HOLD)
    invite(batch, 2)
    send(batch, now + timedelta(minutes=5))

    with transaction():
        told = invitations.recall(batch.id, now=now + timedelta(minutes=5))

    assert told == invitations.Recall(1, 0)


def test_two_presses_send_once_and_a_recalled_invitation_may_be_sent_again(app, batch, now):
    invite(batch, 1)
    batch_id = batch.id
    sends = [lambda: invitations.send_all(batch_id, now=now, due_at=now + HOLD)] * 2
    assert at_once(app, *sends) == [None, None]
    assert len(messages()) == 1

    with transaction():
        invitations.recall(batch_id, now=now)
    send(db.session.get_one(type(batch), batch_id), now)

    assert len(messages()) == 1


# -- again -----------------------------------------------------------------------------------------


def test_a_resend_goes_to_the_mended_address_and_what_waited_never_goes_out(batch, now):
    invitation = invite(batch, 1, email="salah@contoh.id")
    send(batch, now)
    contact = queries.current_officers(invitation.cooperative_id, now.date())[0].person
    with transaction():
        telling.change_contact(
            invitation.id, contact.id, "+6281299990000", "benar@contoh.id", today=now.date()
        )
    token, held = tokens.invitation_token(invitation), invitation.held_until

    with transaction():
        telling.resend(invitation.id, messages()[-1].id, now=now)

    assert deliver(now + HOLD) == ["benar@contoh.id"]
    db.session.refresh(invitation)
    assert (tokens.invitation_token(invitation), invitation.held_until) == (token, held)


def test_a_second_press_sends_nothing_more(batch, now):
    invitation = invite(batch, 1)
    send(batch, now)
    seen = messages()[-1].id

    for _ in range(2):
        with transaction():
            telling.resend(invitation.id, seen, now=now)

    assert keys_after(invitation) == ["", f":again:{seen}"]


def test_two_resends_at_once_send_once(app, batch, now):
    invitation = invite(batch, 1)
    send(batch, now)
    seen, ident = messages()[-1].id, invitation.id

    at_once(app, *[lambda: telling.resend(ident, seen, now=now)] * 2)

    assert len(messages()) == 2


def test_the_fourth_message_to_one_address_within_an_hour_is_refused(batch, now):
    invitation = invite(batch, 1)
    send(batch, now)
    for _ in range(2):
        with transaction():
            telling.resend(invitation.id, None, now=now)

    with pytest.raises(TooOften), transaction():
        telling.resend(invitation.id, None, now=now + timedelta(minutes=59))
    with transaction():
        telling.resend(invitation.id, None, now=now + timedelta(minutes=60))


def test_the_first_sending_of_one_is_its_only_one_for_all(batch, now):
    invitation = invite(batch, 1)

    with transaction():
        telling.resend(invitation.id, 0, now=now)

    assert send(batch, now)["email"] == 0
    assert keys_after(invitation) == [""]


@pytest.mark.parametrize("answer", ["declined", "registered"])
def test_who_has_answered_is_neither_told_again_nor_reminded(batch, now, answer):
    invitation = invite(batch, 1, declined_at=now if answer == "declined" else None)
    if answer == "registered":
        make_registration(batch, invitation.cooperative, invitation_id=invitation.id)

    for verb in (telling.resend, telling.remind):
        with pytest.raises(RuleViolation, match="sudah menjawab"), transaction():
            verb(invitation.id, None, now=now)
    assert messages() == []


def test_nobody_is_told_again_after_the_closing(batch, now):
    invitation = invite(batch, 1)

    with pytest.raises(rules.RegistrationClosed), transaction():
        telling.resend(invitation.id, None, now=now + 20 * DAY)


def test_a_cooperative_without_any_address_is_said_so(batch, now):
    invitation = make_invitation(batch, make_cooperative(phone=None))

    with pytest.raises(RuleViolation, match="belum punya nomor HP atau email"), transaction():
        telling.resend(invitation.id, None, now=now)


def test_a_contact_of_another_cooperative_is_not_changed(batch, now):
    invitation, stranger = invite(batch, 1), make_person(phone="+6281200000000")

    with pytest.raises(RuleViolation, match="baru saja berubah"), transaction():
        telling.change_contact(invitation.id, stranger.id, "+62811", None, today=now.date())

    db.session.refresh(stranger)
    assert stranger.phone == "+6281200000000"


# -- another link ----------------------------------------------------------------------------------


def test_another_link_kills_the_old_one_and_keeps_the_seat(batch, now):
    invitation = invite(batch, 1, opened_at=now)
    make_registration(batch, invitation.cooperative, invitation_id=invitation.id)
    old = invitation.token_hash
    send(batch, now)

    with transaction():
        invitations.replace_link(invitation.id, now=now)

    db.session.refresh(invitation)
    found = db.session.scalars(sa.select(Invitation.token_hash)).all()
    token = tokens.invitation_token(invitation)
    assert found == [keys.token_hash("invitation", token)] != [old]
    assert invitation.opened_at is None
    assert len(queries.active_registrations(batch.id, invitation.cooperative_id)) == 1


def test_a_message_with_the_dead_link_never_goes_out(batch, now):
    invitation = invite(batch, 1)
    send(batch, now)

    with transaction():
        invitations.replace_link(invitation.id, now=now)

    assert deliver(now + HOLD) == []
    assert send(db.session.get_one(type(batch), batch.id), now)["email"] == 1


# -- reminders -------------------------------------------------------------------------------------


def remind_at(at):
    return chase.remind_the_silent(lambda: at)


def test_the_silent_are_reminded_on_the_days_of_the_office_and_once(batch, now):
    silent, declined = invite(batch, 1), invite(batch, 2)
    send(batch, now)
    deliver(now + HOLD)
    with transaction():
        invitations.decline(declined.id, None, now=now)

    days = [0, 1, 2, 3, 4, 7, 8, 19]
    assert [[remind_at(now + n * DAY) for _ in range(2)] for n in days] == [
        [0, 0],
        [0, 0],
        [0, 0],
        [1, 0],
        [0, 0],
        [1, 0],
        [0, 0],
        [1, 0],
    ]
    things = {m.thing for m in messages() if m.kind == telling.REMINDER}
    assert things == {letters.message_key(silent)}


def test_a_process_that_slept_reminds_once_for_the_days_it_missed(batch, now):
    invite(batch, 1)
    send(batch, now)
    deliver(now + HOLD)

    assert [remind_at(now + n * DAY) for n in (9, 10, 11)] == [1, 0, 0]


def test_who_was_never_told_is_not_reminded(batch, now):
    invite(batch, 1)
    send(batch, now)

    assert remind_at(now + 3 * DAY) == 0


def test_nobody_is_reminded_before_nine_in_the_zone_of_the_office(batch, now):
    invite(batch, 1)
    send(batch, now)
    deliver(now + HOLD)

    assert remind_at(now + 3 * DAY - timedelta(minutes=1)) == 0
    with transaction():
        db.session.get_one(Office, batch.office_id).time_zone = "WIT"
    assert remind_at(now + 3 * DAY - timedelta(hours=2)) == 1


def test_an_office_that_sets_no_days_reminds_nobody(batch, now):
    invite(batch, 1)
    with transaction():
        office = db.session.get_one(Office, batch.office_id)
        office.remind_after_days = office.remind_before_days = ""
    send(batch, now)
    deliver(now + HOLD)

    assert [remind_at(now + n * DAY) for n in (3, 7, 19)] == [0, 0, 0]


def test_a_reminder_that_waits_for_the_morning_is_dropped_when_it_is_answered(batch, now):
    invitation = invite(batch, 1)
    send(batch, now)
    deliver(now + HOLD)
    remind_at(now + 3 * DAY)
    with transaction():
        invitations.cancel_invitation(invitation.id, now=now + 3 * DAY)

    assert deliver(now + 3 * DAY + HOLD) == []


def test_reminding_all_now_reaches_those_who_were_told_and_once(batch, now):
    told, _untold = invite(batch, 1), invite(batch, 2)
    officer = queries.current_officers(told.cooperative_id, now.date())[0].person
    with transaction():
        invitations.mark_told(told.id, officer, user_id=1, now=now)
    seen = messages()[-1].id

    with transaction():
        first = telling.remind_all(batch.id, seen, now=now)
    with transaction():
        second = telling.remind_all(batch.id, seen, now=now)

    assert first == {"reminded": 1, "too_often": 0, "unreachable": 0}
    assert second == {"reminded": 0, "too_often": 0, "unreachable": 0}


def test_pressed_again_on_a_page_read_anew_it_reminds_nobody_twice_a_day(batch, now):
    told = invite(batch, 1)
    officer = queries.current_officers(told.cooperative_id, now.date())[0].person
    with transaction():
        invitations.mark_told(told.id, officer, user_id=1, now=now)

    counts = []
    for moment in (now, now + timedelta(hours=2), now + DAY):
        seen = messages()[-1].id
        with transaction():
            counts.append(telling.remind_all(batch.id, seen, now=moment))

    assert [c["reminded"] for c in counts] == [1, 0, 1]
    assert [c["too_often"] for c in counts] == [0, 1, 0]


def test_an_invitation_that_waits_is_dropped_when_somebody_of_the_cooperative_registers(batch, now):
    invitation = invite(batch, 1)
    send(batch, now)
    officer = queries.current_officers(invitation.cooperative_id, now.date())[0]
    with transaction():
        service.register_team(
            batch.id,
            invitation.cooperative_id,
            [service.Participant(officer_id=officer.id)],
            team=service.new_team(),
            by="uji",
            now=now,
            invitation_id=invitation.id,
            by_staff=True,
        )

    deliver(now + HOLD)

    kinds = [m.kind for m in messages() if m.sent_at]
    assert kinds == ["registration.confirmed"]


def test_a_reminder_by_hand_counts_for_the_day(batch, now):
    invitation = invite(batch, 1)
    send(batch, now)
    deliver(now + HOLD)
    with transaction():
        telling.remind(invitation.id, None, now=now + 3 * DAY - timedelta(minutes=10))

    assert remind_at(now + 3 * DAY) == 0


def test_a_withdrawn_and_a_reminded_invitation_at_once_leave_no_reminder_behind(app, batch, now):
    invitation = invite(batch, 1)
    send(batch, now)
    deliver(now + HOLD)
    ident = invitation.id

    sentences = at_once(
        app,
        lambda: invitations.cancel_invitation(ident, now=now + DAY),
        lambda: telling.remind(ident, None, now=now + DAY),
    )

    if any(sentences):
        assert "sudah ditarik" in the_refusal(sentences)
    assert deliver(now + DAY) == []
