"""Every text, filled with what the real services put into the outbox."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.accounts import people, recovery
from kopdiklat.accounts.models import User
from kopdiklat.applications import service as applications
from kopdiklat.applications.service import Asked
from kopdiklat.attendance.reminders import remind_participants
from kopdiklat.core import placeholders
from kopdiklat.core.db import db, transaction
from kopdiklat.digest.service import send_digests
from kopdiklat.messages import catalogue
from kopdiklat.messages.catalogue import KINDS
from kopdiklat.messages.letters import shipped
from kopdiklat.notifications.letters import compose
from kopdiklat.notifications.rules import KIND_LABELS
from kopdiklat.registration import (
    batches,
    changes,
    invitations,
    offers,
    queries,
    service,
    telling,
    tokens,
)
from kopdiklat.registration.changes import Wish
from kopdiklat.registration.invitations import Choice
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.service import Participant
from tests.factories import (
    make_batch,
    make_cooperative,
    make_office,
    make_officer,
    make_programme,
    make_registration,
    make_training_session,
    make_user,
)
from tests.notifications.mail import all_messages
from tests.registration.test_moves import change

WITH_A_LINK = (
    "application.approved",
    "application.received",
    "batch.moved",
    "batch.reminder",
    "batch.reminder_0",
    "batch.reminder_3",
    "batch.reminder_7",
    "invitation.reminder",
    "invitation.sent",
    "registration.confirmed",
    "registration.corrected",
    "registration.waitlisted",
    "request.declined",
    "seat.offered",
)
# Written by earlier versions, which the lists still show; of the editor, tests/dashboard.
FORMER = {"registration.promoted", "message.sample"}


def participant(name):
    return Participant(full_name=name, phone="+6281234567890", position="treasurer")


def register(batch, name, now):
    cooperative = make_cooperative(name=f"KSP {name}")
    with transaction():
        return service.register_team(
            batch.id,
            cooperative.id,
            [participant(name)],
            team=service.new_team(),
            by="uji",
            now=now,
            accept_waiting=True,
        )[0]


def let_time_run_out(registration, now):
    """The offer that was made to it is not answered, and goes on."""
    with transaction():
        offer = queries.open_offer(registration.batch_id, registration.team)
        offer.told_at = offer.answer_by = now
    with transaction():
        offers.move_on(registration.batch_id, now=now)


def ask_in_vain(batch, now):
    """The one who has the seat corrects a name, and is refused a cancellation."""
    found = sa.select(Registration).where(
        Registration.batch_id == batch.id, Registration.state == "confirmed"
    )
    seat = db.session.scalars(found).one()
    wanted = Participant(full_name="Wiwik Lestari", phone=seat.person.phone, position="treasurer")
    with transaction():
        changes.correct(seat.id, wanted, by="uji", now=now)
    late = batch.registration_closes_at
    with transaction():
        request = changes.ask(seat.id, Wish("cancel"), form="uji", by="uji", now=late)
        changes.decline(request.id, "Konsumsi sudah dipesan", by="uji", now=late)


def apply(batch, name, now):
    """Somebody who was not invited asks for a seat."""
    asked = Asked(
        cooperative_name="KSP Mulia Karya",
        district="Kranggan",
        cooperative_number=None,
        contact_name=name,
        contact_phone="+6281234567890",
        people=(participant(name),),
        needs=None,
    )
    with transaction():
        return applications.send(batch.id, asked, team=service.new_team(), now=now).id


def apply_twice(office, now):
    """One application gets a seat, another is declined."""
    open_to_all = make_programme(office, open_registration=True, name="Terbuka")
    batch = make_batch(office, number=7, programme=open_to_all, venue_address="Jl. Gajah Mada 145")
    approved, declined = apply(batch, "Rahma", now), apply(batch, "Wawan", now)
    known = make_cooperative(office).id
    with transaction():
        applications.approve(approved, known, by="uji", now=now)
    with transaction():
        applications.decline(declined, "Di luar wilayah", by="uji", now=now)


@pytest.fixture
def letters(app, now):
    """What is told on a day on which everything happens: kind -> letter."""
    office = make_office(
        contact_name="Ibu Rina", contact_phone="+6281234567890", email="dinas@contoh.id"
    )
    batch = make_batch(office, seats=1, venue_address="Jl. Gajah Mada 145")
    begins = batch.training_sessions[0].starts_at
    names = ("Siti Aminah", "Yoga Pratama", "Budi Santoso")
    first, silent, waiting = (register(batch, name, now) for name in names)
    inviter, invited = make_user(office=office), make_officer().cooperative_id
    with transaction():
        service.cancel(first.id, "Berhalangan", by="uji", now=now)
    let_time_run_out(silent, now)
    with transaction():
        offers.accept(waiting.id, by="uji", now=now)
    with transaction():
        service.replace(waiting.id, participant("Wiwik"), "Tugas lain", by="uji", now=now)
    ask_in_vain(batch, now)
    afternoon = make_batch(office, number=9, sessions=0, venue_address="Jl. Gajah Mada 145")
    make_training_session(afternoon, starts_at=begins + timedelta(hours=4))
    make_registration(afternoon, registered_at=now - timedelta(days=30))
    for hours in (7 * 24, 3 * 24, 20, 2):
        remind_participants(now=begins - timedelta(hours=hours))
    send_digests(now=now + timedelta(hours=22))  # Tuesday, 07.00
    with transaction():
        (invitation,) = invitations.invite(batch.id, [Choice(invited)], now=now)
        invitations.send_all(batch.id, now=now, due_at=now)
    with transaction():
        telling.remind(invitation.id, None, now=now)
    with transaction():
        invitations.join(invitation.id, "Dewi", "dewi@contoh.id", "-", now=now)
    change(batch, now, venue_address="Jl. Benteng Pancasila 23")
    with transaction():
        batches.cancel(batch.id, "Anggaran", by="uji", now=now)
    apply_twice(office, now)
    with transaction():
        recovery.request_reset(inviter.email, now=now)
    with transaction():
        by = db.session.get_one(User, inviter.id)
        email = "dedi@contoh.id"
        people.invite(office.id, "mentor", "Dedi", email, None, ends_on=None, by=by, now=now)
    return {message.kind: compose(message) for message in all_messages()}


def test_every_text_is_filled_by_a_real_service(letters):
    assert set(letters) | FORMER == set(KINDS) == set(KIND_LABELS)


def test_real_services_fill_every_placeholder_that_a_text_names(letters):
    """Of a kind told several times, the first; what only some messages have may be empty."""
    firsts = {message.kind: message for message in reversed(all_messages())}
    empty = {
        (kind, name)
        for kind, message in firsts.items()
        for name, value in catalogue.values(KINDS[kind], message.payload).items()
        if name in placeholders.named("\n".join(vars(shipped(kind)).values())) and not value
    }

    assert {name for _, name in empty} <= {"alasan", "bawaan", "nomor_tunggu"}


def test_every_letter_has_a_subject_a_body_and_no_hole(letters):
    for kind, letter in letters.items():
        assert 5 < len(letter.subject) < 110, kind
        assert "\n" not in letter.subject, kind
        assert len(letter.body) > 80, kind
        assert "None" not in letter.body, kind
        assert "{" not in letter.subject + letter.body, kind
        assert "\n\n\n" not in letter.body, kind


def test_the_reminder_says_when_where_and_how(letters):
    letter = letters["batch.reminder"]

    assert letter.subject.endswith("Rabu, 15 Juli 2026 pukul 13.00 WIB")
    assert "Waktu: 15 Juli 2026, pukul 13.00–14.30 WIB" in letter.body
    assert "Tempat: Aula Balai Kota, Jl. Gajah Mada 145" in letter.body
    assert "http://127.0.0.1:8000/bukti/" in letter.body
    assert "Ibu Rina, 0812-3456-7890" in letter.body


def test_a_cancelled_registration_says_why(letters):
    assert "Alasan: Berhalangan" in letters["registration.cancelled"].body


def test_links_that_let_somebody_in_are_made_only_when_the_letter_is_sent(letters):
    kept = {message.kind: str(message.payload) for message in all_messages()}
    for kind in ("password_reset", "account_invitation", *WITH_A_LINK):
        link = next(word for word in letters[kind].body.split() if word.startswith("http"))
        assert link.rpartition("/")[2] not in kept[kind]


def test_no_message_keeps_a_token_of_a_registration_or_an_invitation(letters):
    registrations = db.session.scalars(sa.select(Registration)).all()
    (invitation,) = db.session.scalars(sa.select(Invitation)).all()
    made = {tokens.ticket_token(r) for r in registrations}
    made |= {tokens.door_token(r) for r in registrations} | {tokens.invitation_token(invitation)}

    kept = [str(message.payload) for message in all_messages()]

    assert len(made) == 2 * 6 + 1
    assert [token for token in made for text in kept if token in text] == []
    assert sorted(kind for kind, letter in letters.items() if "http" in letter.body) == sorted(
        ["password_reset", "account_invitation", "digest.daily", *WITH_A_LINK]
    )


def test_a_link_opens_what_it_speaks_of(app, letters):
    pages = {
        kind: next(word for word in letters[kind].body.split() if word.startswith("http"))
        for kind in WITH_A_LINK
    }

    answers = {
        kind: app.test_client().get(address.removeprefix("http://127.0.0.1:8000")).status_code
        for kind, address in pages.items()
    }

    assert answers == dict.fromkeys(WITH_A_LINK, 200)


def test_a_letter_is_indonesian_also_when_its_officer_reads_english(app, now):
    batch = make_batch(number=1)

    with app.test_request_context(headers={"Cookie": "bahasa=en"}):
        register(batch, "Siti Aminah", now)
        (letter,) = [compose(message) for message in all_messages()]

    assert letter.subject.startswith("Pendaftaran diterima: ")
    assert "Waktu: 15 Juli 2026, pukul 09.00–10.30 WIB" in letter.body
