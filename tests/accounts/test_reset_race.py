"""A password that is set anew between the look at the old one and what it was shown for."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from kopdiklat.accounts import passwords, recovery, service
from kopdiklat.accounts.models import LoginSession, User
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from tests.factories import PASSWORD, make_user

EMAIL = "rina@contoh.go.id"
NEW = "gunung kuda lemari biru"


@pytest.fixture
def rina(app):
    return make_user(email=EMAIL)


def reset(user_id):
    """The whole way of a forgotten password, as another request takes it meanwhile."""
    now, new_hash = datetime.now(UTC), passwords.make_hash(NEW)
    with transaction():
        link = recovery.make_reset(user_id, made_by_id=None, now=now)
        db.session.flush()
        recovery.set_password(link.id, new_hash, now=now)


def sign_in(app, account):
    with app.test_request_context(), transaction():
        service.sign_in(account, EMAIL, remember=False, user_agent="x", now=datetime.now(UTC))


def live_sessions():
    found = sa.select(sa.func.count(LoginSession.id)).where(LoginSession.revoked_at.is_(None))
    return db.session.scalar(found)


def test_an_old_password_that_was_just_looked_at_signs_nobody_in(app, rina):
    account = service.find_account(EMAIL, PASSWORD, allow_demo=False)
    reset(rina.id)

    with pytest.raises(RuleViolation, match="belum cocok"):
        sign_in(app, account)

    assert live_sessions() == 0


def test_an_account_that_was_just_closed_signs_nobody_in(app, rina):
    account = service.find_account(EMAIL, PASSWORD, allow_demo=False)
    with transaction():
        db.session.get_one(User, rina.id).disabled_at = datetime.now(UTC)

    with pytest.raises(RuleViolation, match="belum cocok"):
        sign_in(app, account)


def test_an_old_password_sets_no_new_one_and_no_address_after_a_reset(app, rina, login_as):
    login_as(rina)
    login = db.session.scalars(sa.select(LoginSession)).one()
    shown = service.check_own_password(db.session.get_one(User, rina.id), PASSWORD)
    reset(rina.id)
    taken, now = passwords.make_hash("merpati putih di atas"), datetime.now(UTC)

    with pytest.raises(RuleViolation, match="belum cocok"), transaction():
        service.change_password(rina.id, login, shown, taken, now=now)
    with pytest.raises(RuleViolation, match="belum cocok"), transaction():
        service.save_contact(rina.id, "lain@contoh.id", None, shown)

    person = db.session.get_one(User, rina.id)
    assert (person.email, live_sessions()) == (EMAIL, 0)
    assert passwords.verify(person.password_hash, NEW)


@pytest.mark.parametrize(
    "work", [lambda: passwords.make_hash(NEW), lambda: passwords.verify(None, NEW)]
)
def test_no_password_is_worked_on_while_others_wait_to_write(app, work):
    with pytest.raises(RuntimeError), transaction():
        work()
