"""Two requests at the same moment, each on a connection of its own: one wins, the other reads why."""

from datetime import UTC, date, datetime
from functools import partial

import pyotp
import pytest
import sqlalchemy as sa

from kopdiklat.accounts import people, recovery, second_factor, service, sessions
from kopdiklat.accounts.models import LoginSession, Membership, PasswordReset, User
from kopdiklat.core import clock
from kopdiklat.core.db import db, lock, transaction
from tests.at_once import at_once as changes_at_once
from tests.at_once import meanwhile, refusal_of, the_refusal
from tests.factories import make_office, make_user

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def at_once(app):
    return partial(changes_at_once, app)


def count(model, *conditions):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions))


def test_a_code_of_the_second_factor_is_taken_once(app, now, at_once):
    user = make_user(totp_secret=SECRET, totp_confirmed_at=now)
    with app.test_request_context(), transaction() as session:
        logins = [sessions.start(user, remember=True, user_agent=w, now=now) for w in "ab"]
        session.flush()
        ids = [login.id for login in logins]
    code = pyotp.TOTP(SECRET).at(now)

    def verify(ident):
        return lambda: second_factor.verify(db.session.get_one(LoginSession, ident), code, now=now)

    sentence = the_refusal(at_once(*(verify(ident) for ident in ids)))

    assert sentence == "Kode ini sudah dipakai. Tunggu kode berikutnya."
    assert count(LoginSession, LoginSession.second_factor_at.is_not(None)) == 1


def invited(now, email="ahmad@contoh.id", role="mentor", admin=None, ends_on=None):
    admin = admin or make_user("office_admin")
    with transaction():
        made = people.invite(
            admin.memberships[0].office_id,
            role,
            "Ahmad Fauzi",
            email,
            None,
            ends_on=ends_on,
            by=admin,
            now=now,
        )
        return made.id


def test_an_invitation_makes_one_account(app, now, at_once):
    ident = invited(now)

    def accept(name):
        return lambda: people.accept_as_new(ident, name, "hash", now=now)

    sentence = the_refusal(at_once(accept("Ahmad"), accept("Ahmad Fauzi")))

    assert sentence == people.NOT_OPEN
    assert count(User, User.email == "ahmad@contoh.id") == 1
    assert count(Membership, Membership.role == "mentor") == 1


def test_an_invitation_gives_one_role_to_an_account_that_is_there(app, now, at_once):
    ident = invited(now)
    user_id = make_user(None, email="ahmad@contoh.id").id

    def accept():
        people.accept_as(ident, user_id, now=now)

    assert the_refusal(at_once(accept, accept)) == people.NOT_OPEN
    assert count(Membership, Membership.role == "mentor") == 1


TAKEN = "Email atau nomor HP ini sudah dipakai akun lain."


def test_two_offices_that_invite_one_address_make_one_account(app, now):
    jombang = make_user("office_admin", make_office("3517", "Dinas Koperasi Jombang"))
    first, second = invited(now), invited(now, admin=jombang)

    with meanwhile(app, lambda: people.accept_as_new(first, "Ahmad", "hash", now=now)):
        sentence = refusal_of(lambda: people.accept_as_new(second, "Ahmad", "hash", now=now))

    assert sentence == TAKEN
    assert count(User, User.email == "ahmad@contoh.id") == 1


@pytest.mark.parametrize("contact", [("rina@contoh.id", None), (None, "+6281234567890")])
def test_an_address_that_two_write_at_once_belongs_to_the_first(app, contact):
    one, other = ((u.id, u.password_hash) for u in (make_user(), make_user()))

    with meanwhile(app, lambda: service.save_contact(one[0], *contact, one[1])):
        sentence = refusal_of(lambda: service.save_contact(other[0], *contact, other[1]))

    assert sentence == TAKEN
    held = [(user.email, user.phone) for user in db.session.scalars(sa.select(User))]
    assert held.count(contact) == 1


def two_admins():
    """(user, membership) of each of the two."""
    office = make_office()
    admins = [make_user("office_admin", office) for _ in range(2)]
    return office.id, [(admin.id, admin.memberships[0].id) for admin in admins]


def test_two_admins_who_end_each_other_leave_one(app, now, at_once):
    _office, ((one, ones), (other, others)) = two_admins()

    sentence = the_refusal(
        at_once(
            lambda: people.end_role(others, by_id=one, now=now),
            lambda: people.end_role(ones, by_id=other, now=now),
        )
    )

    assert "admin kantor terakhir" in sentence
    assert count(Membership, Membership.ends_on.is_(None)) == 1


def test_two_admins_who_close_each_other_leave_one(app, now, at_once):
    office, ((one, _), (other, _)) = two_admins()

    sentence = the_refusal(
        at_once(
            lambda: people.disable(other, by_id=one, offices={office}, now=now),
            lambda: people.disable(one, by_id=other, offices={office}, now=now),
        )
    )

    assert "admin kantor terakhir" in sentence
    assert count(User, User.disabled_at.is_(None)) == 1


def test_an_admin_who_takes_a_last_day_while_the_other_ends_stays(app, now):
    office = make_office()
    one = make_user("office_admin", office, email="ahmad@contoh.id")
    other = make_user("office_admin", office)
    one_id, others = one.id, other.memberships[0].id
    ident = invited(now, role="office_admin", admin=other, ends_on=date(2026, 7, 13))

    with meanwhile(app, lambda: people.end_role(others, by_id=one_id, now=now)):
        sentence = refusal_of(lambda: people.accept_as(ident, one_id, now=now))

    assert "admin kantor terakhir" in sentence
    assert count(Membership, Membership.ends_on.is_(None)) == 1


def test_a_role_ends_while_its_person_is_closed(app, now, at_once):
    """Office, person, membership: in one order nobody waits in a circle."""
    office = make_office()
    admin, person = make_user("office_admin", office), make_user("mentor", office)
    role, closed, by, place = person.memberships[0].id, person.id, admin.id, office.id

    for _ in range(5):
        assert at_once(
            lambda: people.end_role(role, by_id=by, now=now),
            lambda: people.disable(closed, by_id=by, offices={place}, now=now),
            lambda: people.grant_role(closed, "mentor", place, ends_on=None, by_id=by, now=now),
        ) == [None, None, None]


def test_a_link_that_is_used_while_the_admin_makes_another_is_over(app, now):
    """Person, reset: the admin holds the person, and then ends the link that is being used."""
    office = make_office()
    admin, person = make_user("office_admin", office), make_user("mentor", office)
    with transaction() as session:
        link = recovery.make_reset(person.id, made_by_id=None, now=now)
        session.flush()
        link_id = link.id
    by, ident, place = admin.id, person.id, office.id

    with meanwhile(
        app,
        lambda: lock(User, ident),
        then=lambda: people.hand_over_reset(ident, by_id=by, offices={place}, now=now),
    ):
        sentence = refusal_of(lambda: recovery.set_password(link_id, "hash", now=now))

    assert sentence == recovery.NOT_THERE
    assert count(PasswordReset, PasswordReset.used_at.is_(None)) == 1


# -- a busy database ---------------------------------------------------------------------------------


def be_impatient(connection):
    wait = (
        "PRAGMA busy_timeout=50"
        if connection.dialect.name == "sqlite"
        else ("SET statement_timeout=200")
    )
    connection.exec_driver_sql(wait)
    connection.commit()


def test_a_page_is_shown_though_the_visit_cannot_be_noted(app, login_as):
    client = login_as(make_user())
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction() as session:
        login = session.scalars(sa.select(LoginSession)).one()
        login.last_seen_at = seen = clock.utc_now() - sessions.TOUCH_EVERY * 2
        ident = login.id
    db.session.remove()
    busy = db.engine.connect().execution_options(writing=True)
    with busy, db.engine.connect() as waiting:
        be_impatient(waiting)
        waiting.close()
        busy.execute(
            sa.update(LoginSession).where(LoginSession.id == ident).values(created_at=long_ago)
        )
        answer = client.get("/account")
        db.session.remove()

    assert answer.status_code == 200
    assert db.session.get_one(LoginSession, ident).last_seen_at == seen


# -- one membership ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["mentor", "manager", "platform_admin"])
def test_the_database_refuses_the_same_membership_twice(app, role):
    user = make_user(role)
    held = user.memberships[0]
    place = held.office_id, held.cooperative_id
    where = "memberships" if db.engine.dialect.name == "sqlite" else "uq_memberships"

    with pytest.raises(sa.exc.IntegrityError, match=where), transaction() as session:
        session.add(
            Membership(
                user_id=user.id,
                role=role,
                office_id=place[0],
                cooperative_id=place[1],
                created_at=held.created_at,
            )
        )
