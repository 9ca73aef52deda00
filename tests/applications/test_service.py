"""Verbs of applications on real rows: no seat is held, and one decision is all there is."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from kopdiklat.applications import queries, rules, service
from kopdiklat.applications.models import Application, ApplicationPerson
from kopdiklat.applications.service import Asked
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import halls
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant, new_team
from tests.applications.pages import opening
from tests.attendance.test_views import counting
from tests.factories import (
    make_application,
    make_cooperative,
    make_course,
    make_invitation,
    make_office,
    make_programme,
    make_registration,
)
from tests.registration.pages import open_batch

SITI = Participant(full_name="Siti Aminah", phone="+6281234567890", position="chair")
BUDI = Participant(full_name="Budi Santoso", phone="+6281234567891", position="treasurer")


def asked(*people, **values):
    people = people or (SITI,)
    values = {
        "cooperative_name": "KSP Mulia Karya",
        "district": "Kranggan",
        "cooperative_number": None,
        "contact_name": people[0].full_name,
        "contact_phone": people[0].phone,
        "needs": None,
    } | values
    return Asked(people=people, **values)


def send(batch, what, team=None):
    with transaction():
        made = service.send(batch.id, what, team=team or new_team(), now=datetime.now(UTC))
        return made.id


def approve(ident, cooperative):
    with transaction():
        made = service.approve(ident, cooperative.id, by="Rina", now=datetime.now(UTC))
        return [r.id for r in made]


def told():
    return [m.kind for m in db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))]


def row(ident):
    db.session.rollback()
    return db.session.get_one(Application, ident)


def test_an_application_has_a_number_holds_no_seat_and_is_answered(app):
    batch = opening()

    one = row(send(batch, asked(SITI, BUDI)))

    assert (one.state, one.number, len(one.people)) == ("open", "P-0001", 2)
    assert halls.count_used_seats(batch.id, datetime.now(UTC)) == 0
    assert told() == ["application.received"]


def test_the_same_form_and_the_same_words_are_one_application(app):
    batch, team = opening(), new_team()

    first = send(batch, asked(), team)
    again = send(batch, asked(), team)
    second_tab = send(batch, asked(cooperative_name="ksp mulia karya"))
    corrected = send(batch, asked(SITI, BUDI), team)

    assert first == again == second_tab
    assert corrected != first
    assert told() == ["application.received"] * 2


def test_who_withdrew_may_ask_again(app):
    batch, team = opening(), new_team()
    first = send(batch, asked(), team)
    with transaction():
        service.withdraw(first, now=datetime.now(UTC))

    again = send(batch, asked(), team)

    assert again != first
    assert [row(i).state for i in (first, again)] == ["withdrawn", "open"]


def test_a_programme_for_invited_ones_takes_nobody_and_neither_does_a_closed_batch(app):
    closed = opening(state="closed")

    with pytest.raises(rules.NotOpenToAll):
        send(open_batch(), asked())
    with pytest.raises(RuleViolation, match="Pendaftaran sudah ditutup"):
        send(closed, asked())
    with pytest.raises(RuleViolation, match="Paling banyak 1 orang"):
        send(opening(people_per_cooperative=1), asked(SITI, BUDI))


def test_approval_registers_its_people_together_and_tells_both(app):
    batch, cooperative = opening(), make_cooperative()
    ident = send(batch, asked(SITI, BUDI, needs="Kursi roda"))

    made = approve(ident, cooperative)
    twice = approve(ident, cooperative)

    one = row(ident)
    seats = db.session.scalars(sa.select(Registration).order_by(Registration.id)).all()
    assert made == twice == [seat.id for seat in seats]
    assert (one.state, one.cooperative_id, one.decided_by) == ("approved", cooperative.id, "Rina")
    assert [(s.state, s.team, s.needs) for s in seats] == [
        ("confirmed", one.team, "Kursi roda")
    ] * 2
    assert [(p.full_name, p.registration.person.full_name) for p in one.people] == [
        ("Siti Aminah", "Siti Aminah"),
        ("Budi Santoso", "Budi Santoso"),
    ]
    assert told() == [
        "application.received",
        "registration.confirmed",
        "registration.confirmed",
        "application.approved",
    ]


def test_people_who_are_there_already_are_not_handed_to_who_applied_for_them(app):
    batch, cooperative = opening(), make_cooperative()
    approve(send(batch, asked(SITI, BUDI)), cooperative)
    stranger = send(batch, asked(BUDI, contact_name="Bukan Budi", contact_phone="+6281299999999"))

    with pytest.raises(rules.AllThere, match="sudah terdaftar lewat cara lain"):
        approve(stranger, cooperative)

    one = row(stranger)
    assert (one.state, [person.registration for person in one.people]) == ("open", [None])


def test_a_cancelled_batch_turns_down_its_applications_and_tells_their_senders(app):
    batch = opening()
    open_one, withdrawn = send(batch, asked()), send(batch, asked(BUDI))
    with transaction():
        service.withdraw(withdrawn, now=datetime.now(UTC))

    for _press in range(2):
        with transaction():
            declined = service.decline_all(
                batch.id, "Aula dipakai", by="Rina", now=datetime.now(UTC)
            )
            names = [(one.name, one.message is not None) for one in declined]
        assert names == ([("Siti Aminah", True)] if _press == 0 else [])

    assert [row(i).state for i in (open_one, withdrawn)] == ["declined", "withdrawn"]
    assert row(open_one).reason == "Aula dipakai"


def test_approval_of_a_full_batch_is_a_place_in_the_queue(app):
    batch, cooperative = opening(seats=1), make_cooperative()
    ident = send(batch, asked())
    make_registration(batch)

    approve(ident, cooperative)

    states = db.session.scalars(sa.select(Registration.state).order_by(Registration.id)).all()
    assert states == ["confirmed", "waitlisted"]


def test_approval_uses_the_invitation_that_the_cooperative_has(app):
    batch, cooperative = opening(), make_cooperative()
    invitation = make_invitation(batch, cooperative)
    ident = send(batch, asked())

    (seat,) = approve(ident, cooperative)

    assert db.session.get_one(Registration, seat).invitation_id == invitation.id


def test_a_cooperative_of_another_office_is_not_a_choice_and_a_refusal_leaves_it_open(app):
    batch = opening(people_per_cooperative=1)
    ident = send(batch, asked())
    stranger = make_cooperative(make_office("3517", "Dinas Koperasi Jombang"))
    full = make_cooperative()
    make_registration(batch, full)

    with pytest.raises(RuleViolation, match="Pilih koperasinya dari buku kantor Anda"):
        approve(ident, stranger)
    with pytest.raises(RuleViolation, match="tidak boleh mengirim sebanyak itu lagi"):
        approve(ident, full)

    assert row(ident).state == "open"


def test_declining_needs_a_reason_and_is_final(app):
    ident = send(opening(), asked())

    with pytest.raises(RuleViolation, match="Tulis alasannya"), transaction():
        service.decline(ident, "", by="Rina", now=datetime.now(UTC))
    for _ in range(2):
        with transaction():
            service.decline(ident, "Di luar wilayah", by="Rina", now=datetime.now(UTC))
    with pytest.raises(RuleViolation, match="tidak dapat diubah lagi"):
        approve(ident, make_cooperative())

    assert (row(ident).state, row(ident).reason) == ("declined", "Di luar wilayah")
    assert told().count("application.declined") == 1


def test_a_citizen_number_goes_to_its_person_and_stays_nowhere_else(app):
    batch = opening(course=make_course(needs_citizen_number=True))
    number = "3576014508900001"
    known = Participant(None, "Siti Aminah", "+6281234567890", "chair", number)
    ident = send(batch, asked(known))
    kept = sa.text("SELECT citizen_number FROM application_people")
    sealed = db.session.scalar(kept)

    approve(ident, make_cooperative())

    db.session.rollback()
    seat = db.session.scalars(sa.select(Registration)).one()
    assert number.encode() not in bytes(sealed)
    assert seat.person.citizen_number == number
    assert db.session.scalar(kept) is None
    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.object_type == "application_people")
    ).all()
    assert entries
    assert all(number not in f"{e.before} {e.after}" for e in entries)


def test_candidates_are_those_of_the_number_then_of_the_name_then_alike(app):
    batch = opening()
    other_office = make_office("3517", "Dinas Koperasi Jombang")
    by_number = make_cooperative(name="Koperasi Lain", cooperative_number="3576010009999")
    same = make_cooperative(name="KSP Mulia Karya", district="Magersari")
    near = make_cooperative(name="KSP Mulya Karya")
    make_cooperative(name="Koperasi Tani Jaya")
    make_cooperative(other_office, name="KSP Mulia Karya")
    make_invitation(batch, same)
    make_registration(batch, near)

    found = queries.candidates(
        make_application(
            batch, cooperative_name="KSP Mulia Karya", cooperative_number="3576010009999"
        )
    )

    assert [(c.cooperative.id, c.reason, c.same_district) for c in found] == [
        (by_number.id, "number", True),
        (same.id, "name", False),
        (near.id, "alike", True),
    ]
    assert [(c.invited, c.registered) for c in found] == [(False, 0), (True, 0), (False, 1)]


def test_doubles_are_people_of_the_batch_and_applications_that_say_the_same(app):
    batch = opening()
    seat = make_registration(batch)
    make_registration(opening())
    one = make_application(batch, [seat.person.full_name.upper()])
    same_name = make_application(batch, cooperative_name=one.cooperative_name.lower())
    same_phone = make_application(batch, contact_phone=one.contact_phone)
    make_application(batch)
    make_application(
        batch, cooperative_name=one.cooperative_name, state="withdrawn", decided_at=one.created_at
    )

    found = queries.doubles(one)

    assert [r.id for r in found.people] == [seat.id]
    assert [a.id for a in found.applications] == [same_name.id, same_phone.id]


def test_of_applications_that_repeat_nothing_only_name_and_phone_are_read(app):
    batch = opening()
    one = make_application(batch)
    make_application(batch)
    assert one.people

    with counting() as statements:
        assert queries.doubles(one).applications == []

    assert len(statements) == 2
    assert "contact_name" not in "".join(statements)


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "approved"},
        {"state": "declined"},
        {"state": "open", "decided_at": datetime(2026, 7, 13, tzinfo=UTC)},
        {"state": "lost", "decided_at": datetime(2026, 7, 13, tzinfo=UTC)},
    ],
)
def test_the_database_refuses_what_cannot_be(app, broken):
    batch = opening()

    with pytest.raises(sa.exc.IntegrityError):
        make_application(batch, **broken)


def test_a_course_that_asks_for_the_number_says_why(app):
    with pytest.raises(sa.exc.IntegrityError):
        make_course(needs_citizen_number=True, citizen_number_reason=None)
    assert make_programme().open_registration is False
    assert db.session.scalar(sa.select(sa.func.count(ApplicationPerson.id))) == 0
