"""Registering, waiting, moving up, replacing: rows, history and messages."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Officer, Person
from kopdiklat.cooperatives.people import NumberOfAnother
from kopdiklat.core import keys, outbox
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import (
    audit,
    halls,
    invitations,
    letters,
    offers,
    queries,
    rules,
    service,
    tokens,
)
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from kopdiklat.training import service as training
from tests.at_once import at_once, the_refusal
from tests.factories import (
    make_attendance,
    make_batch,
    make_cooperative,
    make_invitation,
    make_officer,
    make_person,
    make_registration,
)


def register(batch, people, now, cooperative=None, team=None, **more):
    cooperative = cooperative or make_cooperative()
    with transaction():
        return service.register_team(
            batch.id,
            cooperative.id,
            people,
            team=team or service.new_team(),
            by="uji",
            now=now,
            **more,
        )


def someone(name="Dewi Kartika Ningrum", **more):
    return Participant(full_name=name, phone="+6281234567890", position="treasurer", **more)


def states(batch):
    found = sa.select(Registration).where(Registration.batch_id == batch.id)
    return [r.state for r in db.session.scalars(found.order_by(Registration.id))]


def messages():
    found = sa.select(OutboxMessage).order_by(OutboxMessage.id)
    return [(m.kind, m.channel, m.recipient) for m in db.session.scalars(found)]


def test_a_team_gets_its_seats_numbers_history_and_messages(app, now):
    batch = make_batch(seats=2)

    first, second = register(
        batch, [someone("Dewi"), Participant(full_name="Yoga", position="manager")], now
    )

    assert (first.number, second.number) == ("D-0001", "D-0002")
    assert [(e.action, e.state, e.by) for e in first.events] == [("confirm", "confirmed", "uji")]
    assert messages() == [("registration.confirmed", "whatsapp", "+6281234567890")]
    assert first.ticket_hash == keys.token_hash("ticket", tokens.ticket_token(first))
    assert first.door_hash == keys.token_hash("door", tokens.door_token(first))
    assert db.session.scalar(sa.select(OutboxMessage)).payload["nonce"] == first.nonce


def test_a_new_name_becomes_a_person_with_a_position_in_the_cooperative(app, now):
    cooperative = make_cooperative()

    register(make_batch(), [someone(citizen_number="9901015504900002")], now, cooperative)

    officer = db.session.scalars(sa.select(Officer)).one()
    assert (officer.cooperative_id, officer.position) == (cooperative.id, "treasurer")
    assert officer.person.citizen_number == "9901015504900002"


def test_a_known_citizen_number_is_the_known_person(app, now):
    person = make_person(full_name="DEWI KARTIKA-NINGRUM", citizen_number="9901015504900002")

    made = register(make_batch(), [someone(citizen_number="9901015504900002")], now)

    assert made[0].person_id == person.id
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 1


def test_a_citizen_number_of_another_name_is_refused_and_tells_no_name(app, now):
    make_person(full_name="Sukarti", citizen_number="9901015504900002")

    with pytest.raises(RuleViolation, match="NIK ini sudah tercatat") as refusal:
        register(make_batch(), [someone(citizen_number="9901015504900002")], now)

    assert "Sukarti" not in str(refusal.value)


def test_a_treasurer_with_a_degree_and_a_new_phone_is_the_one_on_file(app, now):
    cooperative = make_cooperative()
    known = make_officer(cooperative, make_person(full_name="Dewi Kartika"), "treasurer").person_id

    made = register(make_batch(), [someone("Dewi Kartika, S.E.")], now, cooperative)

    assert made[0].person_id == known


def test_a_person_whom_the_cooperative_sent_before_is_known_there(app, now):
    make_person(full_name="Dewi Kartika", citizen_number="9901015504900002", phone=None)
    cooperative = make_cooperative()
    number = {"citizen_number": "9901015504900002"}
    first = register(make_batch(), [someone("Dewi Kartika", **number)], now, cooperative)[0]

    second = register(make_batch(), [someone("Dewi Kartika")], now, cooperative)[0]

    assert second.person_id == first.person_id


def test_the_number_of_a_chosen_officer_may_not_be_that_of_another(app, now):
    make_person(full_name="Sukarti", citizen_number="9901015504900002")
    cooperative = make_cooperative()
    officer = make_officer(cooperative, make_person(full_name="Dewi"))
    chosen = Participant(officer_id=officer.id, citizen_number="9901015504900002")

    with pytest.raises(NumberOfAnother, match="NIK ini sudah tercatat atas nama orang lain"):
        register(make_batch(), [chosen], now, cooperative)


def test_one_citizen_number_for_two_names_at_once_is_a_sentence(app, now):
    batches, place = [make_batch().id for _ in "ab"], make_cooperative().id

    def enter(batch_id, name):
        people = [someone(name, citizen_number="9901015504900002")]
        team = service.new_team()
        service.register_team(batch_id, place, people, team=team, by="uji", now=now)

    first, second = batches
    sentence = the_refusal(
        at_once(app, lambda: enter(first, "Dewi"), lambda: enter(second, "Sukarti"))
    )

    assert sentence == "NIK ini sudah tercatat atas nama orang lain. Periksa kembali di KTP."
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 1


def test_the_last_seat_is_not_given_twice(app, now):
    batch = make_batch(seats=1)
    register(batch, [someone()], now)

    with pytest.raises(rules.BatchFull, match="urutan ke-1"):
        register(batch, [someone("Sukarti")], now)

    assert states(batch) == ["confirmed"]


def test_a_team_that_does_not_fit_whole_may_wait_whole(app, now):
    batch = make_batch(seats=3, taken=2)
    pair = [someone("Dewi"), someone("Yoga")]

    with pytest.raises(rules.BatchFull) as full:
        register(batch, pair, now)
    waiting = register(batch, pair, now, accept_waiting=True)

    assert full.value.free == 1
    assert [r.state for r in waiting] == ["waitlisted", "waitlisted"]
    assert {r.queued_at for r in waiting} == {now}


def test_the_same_form_sent_twice_is_one_registration(app, now):
    batch, cooperative, team = make_batch(), make_cooperative(), service.new_team()

    first = register(batch, [someone()], now, cooperative, team)
    again = register(batch, [someone()], now, cooperative, team)

    assert [r.number for r in again] == [r.number for r in first] == ["D-0001"]
    assert states(batch) == ["confirmed"]


def test_two_tabs_with_the_same_people_are_one_registration(app, now):
    batch, cooperative = make_batch(), make_cooperative()

    first = register(batch, [someone()], now, cooperative)
    other_tab = register(batch, [someone()], now, cooperative)

    assert other_tab[0].number == first[0].number
    assert states(batch) == ["confirmed"]


def test_back_after_cancelling_gives_a_seat_and_a_ticket_of_its_own(app, now):
    batch, cooperative, team = make_batch(), make_cooperative(), service.new_team()
    (first,) = register(batch, [someone()], now, cooperative, team)
    with transaction():
        service.cancel(first.id, "berhalangan", by="uji", now=now)

    (again,) = register(batch, [someone()], now, cooperative, team)
    (twice,) = register(batch, [someone()], now, cooperative, team)

    assert (again.number, again.state, twice.id) == ("D-0002", "confirmed", again.id)
    assert states(batch) == ["cancelled", "confirmed"]


def test_back_with_one_who_was_cancelled_and_somebody_new_is_a_new_team(app, now):
    batch, cooperative, team = make_batch(seats=9), make_cooperative(), service.new_team()
    invited = make_invitation(batch, cooperative, people=3)
    first, _ = register(batch, [someone("A"), someone("B")], now, cooperative, team)
    with transaction():
        service.cancel(first.id, "berhalangan", by="uji", now=now)

    again = register(
        batch, [someone("A"), someone("C")], now, cooperative, team, invitation_id=invited.id
    )

    assert [r.state for r in again] == ["confirmed", "confirmed"]
    assert {r.team for r in again} != {team}


def test_a_person_is_in_a_batch_once_and_the_refusal_names_the_number(app, now):
    batch, cooperative = make_batch(people_per_cooperative=3), make_cooperative()
    register(batch, [someone("Dewi")], now, cooperative)

    with pytest.raises(rules.AlreadyRegistered, match="Dewi sudah terdaftar dengan nomor D-0001"):
        register(batch, [someone("Dewi"), someone("Yoga")], now, cooperative)


def test_a_person_of_two_cooperatives_gets_one_seat_and_no_number_of_the_other(app, now):
    batch, person = make_batch(seats=3), make_person(full_name="Sukarti")
    one, two = make_officer(person=person), make_officer(make_cooperative(), person)
    register(
        batch,
        [Participant(officer_id=one.id)],
        now,
        db.session.get_one(Officer, one.id).cooperative,
    )

    with pytest.raises(rules.AlreadyRegistered, match="lewat koperasi lain") as refusal:
        register(batch, [Participant(officer_id=two.id)], now, two.cooperative)

    assert "Sukarti" not in str(refusal.value)


def test_an_officer_of_another_cooperative_cannot_be_chosen(app, now):
    stranger = make_officer()

    with pytest.raises(RuleViolation, match="bukan pengurus koperasi Anda"):
        register(make_batch(), [Participant(officer_id=stranger.id)], now)


def test_more_people_than_invited_are_refused(app, now):
    batch = make_batch(seats=9)
    invitation = make_invitation(batch, people=1)

    with pytest.raises(rules.TooManyPeople, match="mendapat 1 kursi"):
        register(
            batch,
            [someone("Dewi"), someone("Yoga")],
            now,
            invitation.cooperative,
            invitation_id=invitation.id,
        )


def test_a_closed_registration_is_refused_but_not_for_staff(app, now):
    batch = make_batch(
        registration_closes_at=now, contact_name="Ibu Rina", contact_phone="+6281233004471"
    )

    with pytest.raises(
        rules.RegistrationClosed,
        match="Pendaftaran ditutup 13 Juli 2026, 09.00 WIB. Hubungi Ibu Rina, 0812-3300-4471.",
    ):
        register(batch, [someone()], now)

    assert register(batch, [someone()], now, by_staff=True)[0].state == "confirmed"


def test_cancelling_moves_the_next_up_in_the_same_transaction_and_tells_both(app, now):
    batch = make_batch(seats=1)
    (seated,) = register(batch, [someone("Dewi")], now)
    (waiting,) = register(batch, [someone("Yoga")], now, accept_waiting=True)

    with transaction():
        service.cancel(seated.id, "berhalangan", by="Rina", now=now)

    assert states(batch) == ["cancelled", "offered"]
    assert [e.action for e in waiting.events] == ["queue", "offer"]
    assert [kind for kind, _, _ in messages()] == [
        "registration.confirmed",
        "registration.waitlisted",
        "registration.cancelled",
        "seat.offered",
    ]


def test_cancelling_twice_is_cancelling_once(app, now):
    batch = make_batch()
    (seated,) = register(batch, [someone()], now)

    for _ in range(2):
        with transaction():
            service.cancel(seated.id, "berhalangan", by="uji", now=now)

    assert [e.action for e in seated.events] == ["confirm", "cancel"]


def test_who_waits_together_moves_up_together_and_a_smaller_team_passes(app, now):
    batch = make_batch(seats=2)
    (a,) = register(batch, [someone("A")], now)
    (b,) = register(batch, [someone("B")], now)
    register(batch, [someone("C"), someone("D")], now, accept_waiting=True)
    register(batch, [someone("E")], now + timedelta(minutes=1), accept_waiting=True)

    with transaction():
        service.cancel(a.id, "-", by="uji", now=now)
    assert states(batch) == ["cancelled", "confirmed", "waitlisted", "waitlisted", "offered"]

    with transaction():
        service.change_seats(batch.id, 4, by="uji", now=now)
    assert states(batch) == ["cancelled", "confirmed", "offered", "offered", "offered"]


def test_lowering_the_quota_below_what_is_used_is_refused_with_the_number(app, now):
    batch = make_batch(seats=5, taken=3)

    with pytest.raises(rules.SeatsBelowUsed, match="kurang dari 3"), transaction():
        service.change_seats(batch.id, 2, by="uji", now=now)

    assert batch.seats == 5


def test_a_hold_keeps_the_seat_for_its_cooperative_until_its_time(app, now):
    batch, cooperative = make_batch(seats=2), make_cooperative()
    with transaction():
        invitations.invite(
            batch.id,
            [invitations.Choice(cooperative.id)],
            now=now,
            hold_until=now + timedelta(hours=1),
        )
    assert halls.count_used_seats(batch.id, now) == 2

    with pytest.raises(rules.BatchFull):
        register(batch, [someone("Lain")], now)
    (own,) = register(batch, [someone("Sendiri")], now, cooperative)

    assert own.state == "confirmed"
    assert halls.count_used_seats(batch.id, now) == 2
    assert register(batch, [someone("Lain")], now + timedelta(hours=1))[0].state == "confirmed"


def test_declining_gives_the_held_seats_to_the_queue(app, now):
    batch, cooperative = make_batch(seats=2), make_cooperative()
    with transaction():
        (invitation,) = invitations.invite(
            batch.id,
            [invitations.Choice(cooperative.id)],
            now=now,
            hold_until=now + timedelta(hours=1),
        )
    register(batch, [someone("Lain")], now, accept_waiting=True)

    with transaction():
        invitations.decline(invitation.id, "Sedang RAT", now=now)

    assert states(batch) == ["offered"]
    assert (invitation.held_seats, invitation.declined_reason) == (0, "Sedang RAT")


def test_an_invitation_beyond_the_quota_holds_nothing(app, now):
    batch = make_batch(seats=3)
    chosen = [invitations.Choice(make_cooperative().id) for _ in range(2)]

    with transaction():
        made = invitations.invite(batch.id, chosen, now=now, hold_until=now + timedelta(hours=1))

    assert [i.held_seats for i in made] == [2, 0]


def test_a_hold_that_ends_lets_the_queue_move_up(app, now):
    batch, cooperative = make_batch(seats=2), make_cooperative()
    later = now + timedelta(hours=1)
    with transaction():
        invitations.invite(
            batch.id, [invitations.Choice(cooperative.id)], now=now, hold_until=later
        )
    register(batch, [someone("Lain")], now, accept_waiting=True)

    with transaction():
        moved = offers.move_on(batch.id, now=later)

    assert (moved, states(batch)) == (1, ["offered"])


def test_nobody_waits_any_longer_when_the_batch_has_begun(app, now):
    batch = make_batch(seats=1, taken=1)
    register(batch, [someone()], now, accept_waiting=True)

    with transaction():
        moved = offers.move_on(batch.id, now=now + timedelta(days=2))

    assert (moved, states(batch)) == (1, ["confirmed", "expired"])


def test_a_substitute_takes_the_seat_and_the_old_row_stays(app, now):
    batch, cooperative = make_batch(seats=1), make_cooperative()
    (old,) = register(batch, [someone("Paijan")], now, cooperative)

    with transaction():
        new = service.replace(old.id, someone("Wiwik Lestari"), "sakit", by="Rina", now=now)

    assert (old.state, new.state, new.number) == ("replaced", "confirmed", "D-0002")
    assert new.events[0].reason == "Menggantikan nomor D-0001"
    assert len({old.ticket_hash, old.door_hash, new.ticket_hash, new.door_hash}) == 4
    assert halls.count_used_seats(batch.id, now) == 1


def test_somebody_who_has_a_seat_cannot_be_a_substitute(app, now):
    batch, cooperative = make_batch(), make_cooperative()
    old, other = register(batch, [someone("Paijan"), someone("Wiwik")], now, cooperative)

    with pytest.raises(rules.AlreadyRegistered, match="Wiwik"), transaction():
        service.replace(old.id, someone("Wiwik"), "sakit", by="uji", now=now)

    assert states(batch) == ["confirmed", "confirmed"]


def test_a_waiting_list_that_is_full_takes_nobody_more(app, now):
    batch = make_batch(seats=1, taken=1, waiting_places=1)
    register(batch, [someone("Dewi")], now, accept_waiting=True)

    with pytest.raises(rules.WaitingListFull, match="daftar tunggu sudah penuh"):
        register(batch, [someone("Yoga")], now, accept_waiting=True)

    assert states(batch) == ["confirmed", "waitlisted"]


def test_cancelling_withdraws_what_was_not_sent_about_the_seat(app, now):
    batch = make_batch(seats=2)
    mine, other = register(batch, [someone("Dewi"), someone("Yoga")], now)
    for registration in (mine, other):
        remember(f"batch.reminder:{registration.id}:2026-07-14", now)
    open_messages_before = live(now)

    with transaction():
        service.cancel(mine.id, "berhalangan", by="uji", now=now)

    assert f"registration.confirmed:{mine.id}" in open_messages_before
    assert live(now) == [
        f"registration.confirmed:{other.id}",
        f"batch.reminder:{other.id}:2026-07-14",
        f"registration.cancelled:{mine.id}",
    ]


def test_a_reminder_of_somebody_who_was_replaced_never_goes_out(app, now):
    batch, cooperative = make_batch(seats=1), make_cooperative()
    (old,) = register(batch, [someone("Paijan")], now, cooperative)
    remember(f"batch.reminder:{old.id}:2026-07-14", now)

    with transaction():
        new = service.replace(old.id, someone("Wiwik"), "sakit", by="Rina", now=now)

    assert live(now) == [f"registration.confirmed:{new.id}", f"registration.replaced:{old.id}"]


def remember(key, now):
    with transaction():
        outbox.announce(
            key.partition(":")[0], office_id=1, name="Dewi", email=None, phone="+6281234567890",
            dedupe_key=key, now=now,
        )  # fmt: skip


def live(now):
    """Keys of the messages that still go out."""
    found = sa.select(OutboxMessage).order_by(OutboxMessage.id)
    return [
        m.dedupe_key for m in db.session.scalars(found) if not m.expires_at or m.expires_at > now
    ]


def test_a_withdrawn_invitation_is_not_sent_any_more(app, now):
    batch = make_batch()
    taken, kept = (make_invitation(batch, make_cooperative(phone="+6281234567890")) for _ in "ab")
    with transaction():
        invitations.send_all(batch.id, now=now, due_at=now)

    with transaction():
        invitations.cancel_invitation(taken.id, now=now)

    assert live(now) == [letters.message_key(kept)]


def test_invitations_are_sent_only_while_registration_is_open(app, now):
    batch = make_batch(state="closed")
    make_invitation(batch, make_cooperative(phone="+6281234567890"))

    with pytest.raises(RuleViolation, match="Buka pendaftaran dulu"), transaction():
        invitations.send_all(batch.id, now=now, due_at=now)

    assert messages() == []


@pytest.mark.parametrize("state", ["draft", "closed", "cancelled"])
def test_whatsapp_opens_no_invitation_before_or_after_registration(app, now, state):
    invitation = make_invitation(make_batch(state=state), make_cooperative(phone="+6281234567890"))

    with pytest.raises(RuleViolation, match="Buka pendaftaran dulu"), transaction():
        invitations.mark_told(invitation.id, None, user_id=1, now=now)

    assert messages() == []


def test_whatsapp_opens_no_invitation_that_was_taken_back(app, now):
    cooperative = make_cooperative(phone="+6281234567890")
    invitation = make_invitation(make_batch(), cooperative, cancelled_at=now)

    with pytest.raises(rules.InvitationRefused, match="sudah ditarik"), transaction():
        invitations.mark_told(invitation.id, None, user_id=1, now=now)

    assert messages() == []


@pytest.mark.parametrize("sent_first", [True, False], ids=["mail waits", "no mail yet"])
def test_who_is_told_in_whatsapp_gets_no_mail_as_well(app, now, sent_first):
    app.config["MAIL_URL"] = "smtp://localhost"
    batch = make_batch()
    invitation = make_invitation(batch)
    officer = make_person(email="dewi@contoh.id", phone="+6281234567890")
    make_officer(invitation.cooperative, officer)
    if sent_first:
        with transaction():
            invitations.send_all(batch.id, now=now, due_at=now)
        assert messages() == [("invitation.sent", "email", "dewi@contoh.id")]

    with transaction():
        invitations.mark_told(invitation.id, officer, user_id=1, now=now)

    assert messages() == [("invitation.sent", "whatsapp", "+6281234567890")]


def test_a_mail_that_went_out_stays_one_when_whatsapp_is_opened_too(app, now):
    app.config["MAIL_URL"] = "smtp://localhost"
    batch = make_batch()
    invitation = make_invitation(batch)
    officer = make_person(email="dewi@contoh.id", phone="+6281234567890")
    make_officer(invitation.cooperative, officer)
    with transaction():
        invitations.send_all(batch.id, now=now, due_at=now)
        db.session.scalars(sa.select(OutboxMessage)).one().sent_at = now

    with transaction():
        invitations.mark_told(invitation.id, officer, user_id=1, now=now)

    (message,) = db.session.scalars(sa.select(OutboxMessage))
    assert (message.channel, message.sent_at, message.opened_at) == ("email", now, now)


@pytest.mark.parametrize(
    "step",
    [service.cancel, lambda ident, *why, **by: service.replace(ident, someone(), *why, **by)],
    ids=["cancel", "replace"],
)
def test_who_has_a_presence_mark_is_neither_cancelled_nor_replaced(app, now, step):
    batch = make_batch(taken=1)
    registration = db.session.scalars(sa.select(Registration)).one()
    make_attendance(registration, batch.training_sessions[0])

    with pytest.raises(RuleViolation, match="Sudah ada presensi"), transaction():
        step(registration.id, "salah", by="uji", now=now, by_staff=True)

    assert states(batch) == ["confirmed"]


def test_a_cancelled_batch_is_not_changed(app, now):
    batch = make_batch(state="cancelled")

    with pytest.raises(RuleViolation, match="dibatalkan"), transaction():
        training.change_batch(batch, {"venue": "Aula lain"}, [], now=now)

    assert batch.venue == "Aula Balai Kota"


def test_inviting_twice_keeps_the_first_link(app, now):
    batch, cooperative = make_batch(), make_cooperative()
    choice = invitations.Choice(cooperative.id)
    with transaction():
        (first,) = invitations.invite(batch.id, [choice], now=now, basis="baseline_score")
    nonce = first.nonce

    with transaction():
        assert invitations.invite(batch.id, [choice], now=now, basis="baseline_score") == []

    assert (first.nonce, batch.selection_basis) == (nonce, "baseline_score")


def test_a_cancelled_invitation_refuses_the_link(app, now):
    batch = make_batch()
    invitation = make_invitation(batch)
    with transaction():
        invitations.cancel_invitation(invitation.id, now=now)

    with pytest.raises(rules.InvitationRefused, match="ditarik"):
        register(batch, [someone()], now, invitation.cooperative, invitation_id=invitation.id)


def test_the_audit_names_what_is_broken(app, now):
    make_batch(seats=2, taken=2)
    broken = make_batch(seats=1, taken=1, number=2)
    make_registration(broken)
    make_registration(make_batch(seats=1), state="waitlisted")

    words = [fault.words for fault in audit.faults(now)]

    assert words[0] == "2 terisi dan 0 ditahan, kursi hanya 1"
    assert words[1].endswith("menunggu padahal muat")
    assert len(words) == 2


@pytest.mark.parametrize(("extra", "code"), [(0, 0), (1, 1)])
def test_flask_seats_audit_says_by_its_exit_status_whether_all_is_well(app, extra, code):
    batch = make_batch(seats=1, taken=1)
    for _ in range(extra):
        make_registration(batch)

    result = app.test_cli_runner().invoke(args=["seats", "audit"])

    assert result.exit_code == code
    assert ("Semua kursi sesuai." in result.output) is (code == 0)


def twice_by_position(cooperative):
    person = make_person()
    officers = [make_officer(cooperative, person, position) for position in ("chair", "manager")]
    return [Participant(officer_id=officer.id) for officer in officers]


def ticked_and_typed(cooperative):
    officer = make_officer(
        cooperative, make_person(full_name="Siti Aminah", phone="+6281234567890")
    )
    return [Participant(officer_id=officer.id), someone("Siti  Aminah")]


def two_lines_with_one_number(cooperative):
    return [
        someone("Siti Aminah", citizen_number="3576014105800001"),
        someone("Aminah", citizen_number="3576014105800001"),
    ]


def two_lines_with_one_name_and_phone(cooperative):
    return [someone("Siti Aminah"), someone("siti aminah")]


@pytest.mark.parametrize(
    "people",
    [
        twice_by_position,
        ticked_and_typed,
        two_lines_with_one_number,
        two_lines_with_one_name_and_phone,
    ],
)
def test_one_person_named_twice_takes_no_second_seat(app, now, people):
    batch, cooperative = make_batch(seats=4), make_cooperative()
    chosen = people(cooperative)

    with pytest.raises(rules.ChosenTwice, match="tertulis dua kali. Pilih sekali saja."):
        register(batch, chosen, now, cooperative)

    db.session.rollback()
    assert states(batch) == []


def test_an_officer_with_two_positions_is_offered_once(app, now):
    cooperative, person = make_cooperative(), make_person()
    first = make_officer(cooperative, person, "chair")
    make_officer(cooperative, person, "manager")

    assert queries.current_officers(cooperative.id, now.date()) == [first]
