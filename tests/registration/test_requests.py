"""What a participant asks after the deadline, decided once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.attendance import service as attendance
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import batches, change_rules, changes, queue, service
from kopdiklat.registration.changes import Wish
from kopdiklat.registration.models import ChangeRequest, Registration
from kopdiklat.registration.service import Participant
from tests.at_once import at_once, meanwhile, refusal_of, the_refusal
from tests.factories import make_attendance, make_person, make_registration, make_user
from tests.registration.test_substitutes import WIWIK, closed_batch

CANCEL = Wish("cancel", reason="Sakit")


def ask(registration, wish=CANCEL, *, now, form="form-1"):
    with transaction():
        return changes.ask(registration.id, wish, form=form, by="KSP Maju", now=now)


def grant(request, *, now):
    with transaction():
        return changes.grant(request.id, by="Rina", now=now)


def requests():
    return list(db.session.scalars(sa.select(ChangeRequest).order_by(ChangeRequest.id)))


def kinds():
    return set(db.session.scalars(sa.select(OutboxMessage.kind)))


def steps_of(registration):
    db.session.refresh(registration)
    return [(e.action, e.reason, e.by) for e in registration.events]


def test_after_the_deadline_the_link_neither_cancels_nor_corrects(app, now):
    seat = make_registration(closed_batch(now))

    for change in (
        lambda: service.cancel(seat.id, "sakit", by="KSP Maju", now=now),
        lambda: changes.correct(seat.id, WIWIK, by="KSP Maju", now=now),
    ):
        assert refusal_of(change) == (
            "Batas waktunya sudah lewat. Kirim sebagai permintaan kepada koordinator."
        )

    assert seat.state == "confirmed"


def test_a_granted_cancellation_offers_the_seat_in_the_same_transaction(app, now):
    batch = closed_batch(now, seats=1)
    seat = make_registration(batch)
    waiting = make_registration(batch, state="waitlisted")
    request = ask(seat, now=now)

    grant(request, now=now)

    assert (seat.state, waiting.state, request.state) == ("cancelled", "offered", "granted")
    assert (request.decided_by, request.decided_at) == ("Rina", now)
    assert kinds() == {"registration.cancelled", "seat.offered"}
    assert steps_of(seat)[1:] == [
        ("ask", "Minta dibatalkan", "KSP Maju"),
        ("cancel", "Sakit", "Rina"),
    ]


def test_a_granted_substitute_keeps_the_seat_and_the_citizen_number_is_forgotten(app, now):
    seat = make_registration(closed_batch(now, begins=timedelta(hours=3)))
    someone = Participant(
        full_name="Wiwik", phone=WIWIK.phone, position="chair", citizen_number="3576014508900001"
    )
    request = ask(seat, Wish("substitute", someone), now=now)
    kept = request.citizen_number

    grant(request, now=now)

    new = db.session.scalars(sa.select(Registration).order_by(Registration.id.desc())).first()
    assert (new.person.full_name, new.person.citizen_number) == ("Wiwik", "3576014508900001")
    assert (seat.state, new.replaces_id) == ("replaced", seat.id)
    assert (kept, request.citizen_number) == ("3576014508900001", None)


def test_granted_data_are_written_and_told_where_the_person_is_reached_now_and_was(app, now):
    person = make_person(full_name="Siti Aminha")
    former = person.phone
    seat = make_registration(closed_batch(now), person=person)
    wanted = Participant(full_name="Siti Aminah", phone="+6281200000001", position="treasurer")
    request = ask(seat, Wish("data", wanted), now=now)

    grant(request, now=now)

    assert (person.full_name, person.phone) == ("Siti Aminah", "+6281200000001")
    assert seat.position == "treasurer"
    told = db.session.execute(sa.select(OutboxMessage.recipient, OutboxMessage.payload)).all()
    assert {to: payload["nonce"] is None for to, payload in told} == {
        "+6281200000001": False,
        former: True,  # brings no link: whoever has the old number may be anybody
    }
    assert steps_of(seat)[-1][1] == "Diperbaiki: nama, nomor HP, jabatan"


def test_another_persons_name_is_no_correction(app, now):
    person = make_person(full_name="Siti Aminah")
    seat = make_registration(closed_batch(now), person=person)
    other = Participant(full_name="Bambang Susilo", phone=person.phone, position="chair")

    with pytest.raises(RuleViolation, match="Ganti orang"):
        ask(seat, Wish("data", other), now=now)

    assert requests() == []


def test_the_same_form_is_one_request_and_a_second_waits_for_the_first(app, now):
    seat = make_registration(closed_batch(now))

    first = ask(seat, now=now)
    again = ask(seat, now=now)

    assert again == first
    with pytest.raises(change_rules.AnotherRequest, match="masih menunggu"):
        ask(seat, Wish("substitute", WIWIK), now=now, form="form-2")
    assert [r.kind for r in requests()] == ["cancel"]


def test_a_declined_one_says_why_and_another_may_follow(app, now):
    seat = make_registration(closed_batch(now))
    request = ask(seat, now=now)

    with pytest.raises(RuleViolation, match="Tulis alasannya"), transaction():
        changes.decline(request.id, "  ", by="Rina", now=now)
    with transaction():
        changes.decline(request.id, "Konsumsi sudah dipesan", by="Rina", now=now)
    ask(seat, now=now, form="form-2")

    assert [(r.state, r.decision_reason) for r in requests()] == [
        ("declined", "Konsumsi sudah dipesan"),
        ("open", None),
    ]
    assert kinds() == {"request.declined"}
    assert seat.state == "confirmed"


def test_taken_back_it_is_not_decided_any_more(app, now):
    seat = make_registration(closed_batch(now))
    request = ask(seat, now=now)

    for _twice in range(2):
        with transaction():
            changes.withdraw(seat.id, by="KSP Maju", now=now)

    with pytest.raises(TransitionRefused, match="sudah ditarik"):
        grant(request, now=now)
    assert [action for action, *_ in steps_of(seat)] == ["confirm", "ask", "withdraw"]


def test_once_the_training_has_begun_nothing_is_asked_and_what_is_open_ends(app, now):
    batch = closed_batch(now, begins=timedelta(hours=1))
    first, second = make_registration(batch), make_registration(batch)
    ask(first, now=now)
    begun = now + timedelta(hours=1)

    with pytest.raises(change_rules.RegistrationClosed, match="tidak dapat diubah"):
        ask(second, now=begun, form="form-2")
    queue.move_queues(lambda: begun)

    (request,) = requests()
    assert (request.state, request.decision_reason, request.decided_by) == (
        "withdrawn",
        "Angkatan sudah dimulai",
        "sistem",
    )


def test_who_has_come_asks_for_nothing_any_more(app, now):
    batch = closed_batch(now, begins=timedelta(hours=1))
    block, door = batch.training_sessions[0], make_user("door_staff")
    seat, there = make_registration(batch), make_registration(batch)
    request = ask(seat, now=now)
    make_attendance(there, block)

    with transaction():
        attendance.tick(block.id, seat.id, method="qr", user=door, now=now)

    assert (request.state, request.decision_reason) == ("withdrawn", "Sudah hadir")
    with pytest.raises(RuleViolation, match="Sudah ada presensi"):
        ask(there, now=now, form="form-2")


@pytest.mark.parametrize("end", ["batch", "cancel", "replace"])
def test_with_its_registration_a_request_ends(app, now, end):
    batch = closed_batch(now)
    seat = make_registration(batch)
    request = ask(seat, now=now)

    with transaction():
        if end == "batch":
            batches.cancel(batch.id, "Banjir", by="Rina", now=now)
        elif end == "cancel":
            service.cancel(seat.id, "Sakit", by="Rina", now=now, by_staff=True)
        else:
            service.replace(seat.id, WIWIK, "Sakit", by="KSP Maju", now=now)

    db.session.refresh(request)
    assert (request.state, request.decision_reason) == (
        "withdrawn",
        "Pendaftarannya sudah berakhir",
    )


def test_two_coordinators_at_once_decide_once(app, now):
    seat = make_registration(closed_batch(now))
    ident = ask(seat, now=now).id

    sentence = the_refusal(
        at_once(
            app,
            lambda: changes.grant(ident, by="Rina", now=now),
            lambda: changes.decline(ident, "Konsumsi", by="Sari", now=now),
        )
    )

    (request,) = requests()
    assert (request.state, sentence) in (
        ("granted", "Permintaan ini sudah dikabulkan."),
        ("declined", "Permintaan ini sudah ditolak."),
    )
    assert db.session.get(Registration, request.registration_id).state == (
        "cancelled" if request.state == "granted" else "confirmed"
    )


def test_two_forms_at_once_are_one_request(app, now):
    seat = make_registration(closed_batch(now)).id

    def form(name):
        return lambda: changes.ask(seat, CANCEL, form=name, by="KSP Maju", now=now)

    the_refusal(at_once(app, form("form-1"), form("form-2")))

    assert len(requests()) == 1


def test_a_mark_at_the_door_and_a_decision_do_not_wait_in_a_circle(app, now):
    batch = closed_batch(now, begins=timedelta(hours=1))
    block_id, user_id = batch.training_sessions[0].id, make_user("door_staff").id
    seat = make_registration(batch)
    ident, seat_id = ask(seat, now=now).id, seat.id

    def tick():
        user = db.session.get_one(User, user_id)
        attendance.tick(block_id, seat_id, method="qr", user=user, now=now)

    with meanwhile(app, tick):
        sentence = refusal_of(lambda: changes.grant(ident, by="Rina", now=now))

    assert sentence == "Permintaan ini sudah ditarik."
    assert db.session.get(Registration, seat_id).state == "confirmed"


def test_the_database_keeps_one_open_request_and_no_half_decision(app, now):
    seat = make_registration(closed_batch(now))
    ask(seat, now=now)

    for half in (
        "INSERT INTO change_requests (office_id, batch_id, registration_id, form, kind, state,"
        " asked_at) SELECT office_id, batch_id, registration_id, 'x', kind, 'open', asked_at"
        " FROM change_requests",
        "UPDATE change_requests SET state = 'granted'",
        "UPDATE change_requests SET decided_at = asked_at",
    ):
        with pytest.raises(sa.exc.IntegrityError), transaction() as session:
            session.execute(sa.text(half))
