"""Colleagues: invited by link, given roles, closed; an office always keeps an admin."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.accounts import passwords, people, service, sessions
from kopdiklat.accounts.models import Membership, User, UserInvitation
from kopdiklat.core import keys
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications import letters
from kopdiklat.policy import INVITABLE_ROLES, ROLE_LABELS
from tests.factories import (
    PASSWORD,
    make_cooperative,
    make_membership,
    make_office,
    make_user,
)

NEW = "gunung kuda lemari biru"


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def invite(client, **fields):
    form = {"name": "Ahmad Fauzi", "email": "ahmad@contoh.id", "role": "mentor"} | fields
    form.setdefault("office_id", make_office().id)
    db.session.rollback()
    return client.post("/users/invitations/new", data=form)


def invitation():
    return db.session.scalars(sa.select(UserInvitation).order_by(UserInvitation.id.desc())).first()


def link_of(made):
    return "/undangan-akun/" + keys.token_for(people.PURPOSE, made.nonce)


def accept(app, link, **fields):
    form = {"name": "Ahmad Fauzi", "password": NEW} | fields
    return app.test_client().post(link, data=form)


def roles_of(user):
    found = db.session.scalars(sa.select(Membership).where(Membership.user_id == user.id))
    return {(m.role, m.office_id, m.ends_on) for m in found}


# -- invitations -----------------------------------------------------------------------------------


def test_an_invited_colleague_makes_an_account_with_the_role(app, login_as):
    office = make_office()
    client = login_as(make_user("office_admin", office))

    shown = client.get(invite(client).headers["Location"]).get_data(as_text=True)
    link = link_of(invitation())
    answer = accept(app, link)

    assert link in shown
    assert answer.headers["Location"] == "/masuk"
    user = db.session.scalars(sa.select(User).where(User.email == "ahmad@contoh.id")).one()
    assert roles_of(user) == {("mentor", office.id, None)}
    assert passwords.verify(user.password_hash, NEW)


def test_the_link_is_shown_once(app, login_as):
    client = login_as(make_user("office_admin"))
    place = invite(client).headers["Location"]
    client.get(place)

    again = client.get(place).get_data(as_text=True)

    assert link_of(invitation()) not in again
    assert "Kirim ulang dengan tautan baru" in again


def test_the_letter_goes_by_email_and_without_one_to_the_whatsapp_list(app, login_as):
    client = login_as(make_user("office_admin"))
    invite(client)
    invite(client, email="", phone="0812-3456-7890", name="Siti")

    by_mail, by_phone = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))

    assert (by_mail.channel, by_mail.recipient) == ("email", "ahmad@contoh.id")
    assert (by_phone.channel, by_phone.recipient) == ("whatsapp", "+6281234567890")
    letter = letters.compose(by_mail)
    assert "http://127.0.0.1:8000/undangan-akun/" in letter.body
    assert "sebagai Pendamping" in letter.body
    assert "24 jam" in letter.body


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "", "phone": ""}, "Isi email atau nomor HP"),
        ({"email": "", "phone": "123"}, "contoh 0812-3456-7890"),
        ({"email": "bukan alamat"}, "alamat email yang lengkap"),
        ({"role": "auditor"}, "sampai tanggal tertentu"),
        ({"role": "auditor", "ends_on": "2020-01-01"}, "sudah lewat"),
        ({"role": "platform_admin"}, "Pilih salah satu dari daftar."),
        ({"role": "manager"}, "Pilih salah satu dari daftar."),
        ({"name": " "}, "Nama lengkap perlu diisi"),
    ],
)
def test_an_invitation_says_what_is_missing_and_keeps_what_was_typed(
    app, login_as, fields, sentence
):
    client = login_as(make_user("office_admin"))

    answer = invite(client, **fields)

    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert invitation() is None


def test_an_admin_invites_to_the_own_office_only(app, login_as):
    other = make_office("3517", "Dinas Koperasi Jombang")
    client = login_as(make_user("office_admin"))

    assert invite(client, office_id=other.id).status_code == 422
    assert invitation() is None


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({}, 200),
        ({"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, 404),
        ({"used_at": datetime.now(UTC)}, 404),
        ({"cancelled_at": datetime.now(UTC)}, 404),
    ],
)
def test_a_used_expired_or_cancelled_link_says_so(app, login_as, columns, status):
    client = login_as(make_user("office_admin"))
    invite(client)
    link = link_of(invitation())
    with transaction():
        row = invitation()
        for name, value in columns.items():
            setattr(row, name, value)

    answer = app.test_client().get(link)

    assert answer.status_code == status
    assert ("Minta admin kantor mengirim undangan baru" in answer.get_data(as_text=True)) == (
        status == 404
    )


def test_an_accepted_link_is_dead(app, login_as):
    client = login_as(make_user("office_admin"))
    invite(client)
    link = link_of(invitation())
    assert accept(app, link).status_code == 303

    assert accept(app, link, name="Orang lain").status_code == 404


def test_a_renewed_invitation_has_a_new_link_and_a_new_day(app, login_as):
    client = login_as(make_user("office_admin"))
    invite(client)
    old = link_of(invitation())
    with transaction():
        invitation().expires_at = datetime.now(UTC) - timedelta(days=2)

    client.post(f"/users/invitations/{invitation().id}/renewal")

    assert app.test_client().get(old).status_code == 404
    assert app.test_client().get(link_of(invitation())).status_code == 200


def test_a_cancelled_invitation_cannot_be_renewed(app, login_as):
    client = login_as(make_user("office_admin"))
    invite(client)
    client.post(f"/users/invitations/{invitation().id}/cancellation")
    before = invitation().nonce

    client.post(f"/users/invitations/{invitation().id}/renewal")

    assert invitation().nonce == before


def test_an_address_with_an_account_gets_no_second_one(app, login_as):
    client = login_as(make_user("office_admin"))
    make_user(None, email="ahmad@contoh.id")
    invite(client)

    answer = accept(app, link_of(invitation()))

    assert answer.status_code == 422
    assert "sudah dipakai akun lain" in answer.get_data(as_text=True)
    assert invitation().used_at is None


def test_the_invited_person_who_has_an_account_takes_the_role_signed_in(app, login_as):
    office = make_office()
    client = login_as(make_user("office_admin", office))
    person = make_user(None, email="ahmad@contoh.id")
    invite(client)
    link = link_of(invitation())
    stranger, invited = login_as(make_user("assessor", office)), login_as(person)

    assert "untuk email atau nomor HP lain" in stranger.get(link).get_data(as_text=True)
    stranger.post(link)
    assert roles_of(person) == set()
    answer = invited.post(link, follow_redirects=True)

    assert roles_of(person) == {("mentor", office.id, None)}
    assert answer.request.path == "/masuk"
    assert "Peran baru Anda berlaku. Silakan masuk lagi." in answer.get_data(as_text=True)
    assert invited.get("/account").status_code == 302


# -- roles -----------------------------------------------------------------------------------------

ACTORS = ("platform_admin", *INVITABLE_ROLES, "manager")


@pytest.mark.parametrize("role", [*ROLE_LABELS])
@pytest.mark.parametrize("actor", ACTORS)
def test_only_an_office_admin_grants_and_never_above_the_own_role(app, login_as, actor, role):
    office = make_office()
    target = make_user("door_staff", office)
    client = login_as(make_user(actor, None if actor == "platform_admin" else office))
    form = {
        "role": role,
        "office_id": office.id,
        "ends_on": "2999-01-01",
        "current_password": PASSWORD,
    }

    answer = client.post(f"/users/{target.id}/roles", data=form)

    if actor != "office_admin":
        assert answer.status_code == 404
    else:
        assert answer.status_code == (303 if role in INVITABLE_ROLES else 422)
    granted = {held[0] for held in roles_of(target)} - {"door_staff"}
    allowed = actor == "office_admin" and role in INVITABLE_ROLES and role != "door_staff"
    assert granted == ({role} if allowed else set())


def test_granting_asks_the_admins_own_password_and_ends_the_persons_sessions(app, login_as):
    office = make_office()
    target = make_user("door_staff", office)
    there, client = login_as(target), login_as(make_user("office_admin", office))
    form = {"role": "mentor", "office_id": office.id, "current_password": "bukan ini"}

    assert client.post(f"/users/{target.id}/roles", data=form).status_code == 422
    client.post(f"/users/{target.id}/roles", data=form | {"current_password": PASSWORD})

    assert ("mentor", office.id, None) in roles_of(target)
    assert there.get("/account").status_code == 302


def test_nobody_changes_the_own_roles_or_account(app, login_as):
    office = make_office()
    admin = make_user("office_admin", office)
    make_user("office_admin", office)
    client = login_as(admin)
    form = {"role": "head", "office_id": office.id, "current_password": PASSWORD}

    client.post(f"/users/{admin.id}/roles", data=form)
    client.post(f"/memberships/{admin.memberships[0].id}/end")
    client.post(f"/users/{admin.id}/closing")

    assert roles_of(admin) == {("office_admin", office.id, None)}
    assert client.get("/account").status_code == 200


def test_the_last_admin_of_an_office_stays(app, now):
    office = make_office()
    last, boss = make_user("office_admin", office), make_user("office_admin", office)
    closed = make_user("office_admin", office, disabled_at=now)
    make_membership(make_user(None), "office_admin", office, ends_on=date(2020, 1, 1))
    membership = last.memberships[0].id

    with transaction():
        people.end_role(boss.memberships[0].id, by_id=last.id, now=now)
    for step in (
        lambda: people.end_role(membership, by_id=boss.id, now=now),
        lambda: people.disable(last.id, by_id=boss.id, offices={office.id}, now=now),
        lambda: people.grant_role(
            last.id, "office_admin", office.id, ends_on=date(2030, 1, 1), by_id=boss.id, now=now
        ),
    ):
        with pytest.raises(RuleViolation, match="admin kantor terakhir"), transaction():
            step()

    assert closed.disabled_at
    assert db.session.get_one(Membership, membership).ends_on is None


def test_the_last_admin_takes_another_role_for_a_time(app, now):
    office = make_office()
    last, day = make_user("office_admin", office), date(2030, 1, 1)

    with transaction():
        people.grant_role(last.id, "mentor", office.id, ends_on=day, by_id=0, now=now)

    assert roles_of(last) == {("office_admin", office.id, None), ("mentor", office.id, day)}


def test_an_ended_role_is_over_today_and_can_be_given_again(app, now):
    office = make_office()
    admin, mentor = make_user("office_admin", office), make_user("mentor", office)

    with transaction():
        people.end_role(mentor.memberships[0].id, by_id=admin.id, now=now)
    assert sessions.prepare(db.session.get_one(User, mentor.id), now).current_memberships == []
    with transaction():
        people.grant_role(mentor.id, "mentor", office.id, ends_on=None, by_id=admin.id, now=now)

    assert roles_of(mentor) == {("mentor", office.id, None)}


@pytest.mark.parametrize("elsewhere", ["platform_admin", "office_admin"])
def test_an_admin_does_not_reach_above_through_a_shared_person(app, login_as, elsewhere):
    office, other = make_office(), make_office("3517", "Dinas Koperasi Jombang")
    shared = make_user("mentor", office)
    make_membership(shared, elsewhere, None if elsewhere == "platform_admin" else other)
    client = login_as(make_user("office_admin", office))
    form = {"reason": "HP hilang", "current_password": PASSWORD}

    closing = client.post(f"/users/{shared.id}/closing", follow_redirects=True)
    link = client.post(f"/users/{shared.id}/password-link", data=form)
    factor = client.post(f"/users/{shared.id}/second-factor/release", data=form)

    for answer in (closing, link, factor):
        assert "berperan di luar kantor Anda" in answer.get_data(as_text=True)
    assert db.session.get_one(User, shared.id).is_active


# -- helping somebody in again ---------------------------------------------------------------------


def test_an_admin_releases_a_factor_with_a_reason_that_the_trail_keeps(app, login_as):
    office = make_office()
    person = make_user(
        "mentor", office, totp_secret="JBSWY3DPEHPK3PXP", totp_confirmed_at=datetime.now(UTC)
    )
    client = login_as(make_user("office_admin", office))
    address = f"/users/{person.id}/second-factor/release"

    assert client.post(address, data={"current_password": PASSWORD}).status_code == 422
    client.post(address, data={"reason": "HP hilang di pasar", "current_password": PASSWORD})

    assert db.session.get_one(User, person.id).totp_confirmed_at is None
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.object_type, entry.reason) == ("users", "HP hilang di pasar")


def test_a_password_link_to_hand_over_is_shown_once_and_works(app, login_as):
    office = make_office()
    person = make_user("mentor", office, email=None, phone="+6281234567890")
    client = login_as(make_user("office_admin", office))
    form = {"reason": "Lupa kata sandi", "current_password": PASSWORD}

    client.post(f"/users/{person.id}/password-link", data=form)
    page = client.get(f"/users/{person.id}").get_data(as_text=True)
    link = page.split("http://127.0.0.1:8000")[1].split("<")[0].split('"')[0]
    app.test_client().post(link, data={"password": NEW})

    assert passwords.verify(db.session.get_one(User, person.id).password_hash, NEW)
    assert "/kata-sandi/" not in client.get(f"/users/{person.id}").get_data(as_text=True)


def test_closing_an_account_ends_its_sessions_and_reopening_lets_it_in(app, login_as):
    office = make_office()
    person = make_user("mentor", office)
    there, client = login_as(person), login_as(make_user("office_admin", office))

    client.post(f"/users/{person.id}/closing")
    assert there.get("/account").status_code == 302
    client.post(f"/users/{person.id}/reopening")

    assert db.session.get_one(User, person.id).is_active
    assert login_as(person).get("/account").status_code == 200


# -- managers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "email", "phone"),
    [
        ("0812 3456 7890", None, "+6281234567890"),
        ("Ketua@Koperasi.id", "ketua@koperasi.id", None),
    ],
)
def test_a_manager_gets_an_account_for_the_own_cooperative(app, now, contact, email, phone):
    cooperative = make_cooperative()

    with transaction():
        user = service.create_manager(
            cooperative.id, cooperative.office_id, "Siti", contact, "hash", now=now
        )
        ident = user.id

    user = db.session.get_one(User, ident)
    assert (user.email, user.phone) == (email, phone)
    assert [(m.role, m.cooperative_id) for m in user.memberships] == [("manager", cooperative.id)]


def test_a_manager_is_refused_a_number_that_is_taken_or_impossible(app, now):
    cooperative = make_cooperative()
    make_user(None, email=None, phone="+6281234567890")

    for contact, sentence in (("081234567890", "sudah dipakai"), ("12", "0812-3456-7890")):
        with pytest.raises(RuleViolation, match=sentence), transaction():
            service.create_manager(
                cooperative.id, cooperative.office_id, "Siti", contact, "hash", now=now
            )


def test_the_list_of_people_makes_as_many_queries_for_one_as_for_three(app, login_as):
    office = make_office()
    client = login_as(make_user("office_admin", office))
    client.get("/users")
    counts = []
    for more in (0, 3):
        for _ in range(more):
            make_user("mentor", office)
        db.session.rollback()
        statements = []
        listener = lambda *args, seen=statements: seen.append(args[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        client.get("/users")
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_each_role_ends_with_the_day_of_its_own_office(app):
    late = datetime(2026, 7, 13, 16, 30, tzinfo=UTC)  # 23.30 WIB, 01.30 WIT of the 14th
    user = make_user(None)
    west = make_membership(user, "mentor", make_office(), ends_on=date(2026, 7, 13))
    east = make_office("9171", "Dinas Jayapura", time_zone="WIT")
    make_membership(user, "coordinator", east, ends_on=date(2026, 7, 13))

    prepared = sessions.prepare(db.session.get_one(User, user.id), late)

    assert [m.id for m in prepared.current_memberships] == [west.id]
    assert (prepared.time_zone, prepared.today) == ("WIB", date(2026, 7, 13))


def test_a_person_lives_in_the_zone_of_a_role_that_holds(app, now):
    user = make_user(None)
    make_membership(user, "mentor", make_office(), ends_on=date(2020, 1, 1))
    make_membership(user, "mentor", make_office("9171", "Dinas Jayapura", time_zone="WIT"))

    assert sessions.prepare(db.session.get_one(User, user.id), now).time_zone == "WIT"
