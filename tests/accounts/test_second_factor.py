"""Six digits of an app beside the password: works once, one step early or late, required of staff."""

from datetime import UTC, datetime

import pyotp
import pytest
import sqlalchemy as sa

from kopdiklat import create_app
from kopdiklat.accounts import second_factor
from kopdiklat.accounts.models import LoginSession, SignInThrottle, User
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from tests.databases import settings
from tests.factories import PASSWORD, make_user
from tests.test_web import HOST, PRODUCTION

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PAGE = "/masuk/faktor-kedua"


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def make_user_with_factor(**columns):
    return make_user(
        email="rina@contoh.go.id",
        totp_secret=SECRET,
        totp_confirmed_at=datetime.now(UTC),
        **columns,
    )


def sign_in(app, **options):
    client = app.test_client()
    form = {"name": "rina@contoh.go.id", "password": PASSWORD}
    assert client.post("/masuk", data=form, **options).status_code == 303
    return client


def code(secret=SECRET, steps=0):
    return pyotp.TOTP(secret).at(int(datetime.now(UTC).timestamp()) + 30 * steps)


def test_the_password_alone_opens_nothing_once_a_factor_is_set_up(app):
    make_user_with_factor()
    client = sign_in(app)

    assert client.get("/account").headers["Location"] == f"{PAGE}?next=/account?"
    answer = client.post(PAGE, data={"code": code(), "next": "/account"})

    assert answer.headers["Location"] == "/account"
    assert client.get("/account").status_code == 200


def test_the_session_goes_on_under_a_new_token(app):
    make_user_with_factor()
    client, before = sign_in(app), app.test_client()
    with client.session_transaction() as mine, before.session_transaction() as copied:
        copied.update(mine)

    client.post(PAGE, data={"code": code()})

    assert client.get("/account").status_code == 200
    assert before.get("/account").status_code == 302


def test_a_code_works_once(app):
    make_user_with_factor()
    used = code()
    assert sign_in(app).post(PAGE, data={"code": used}).status_code == 303

    answer = sign_in(app).post(PAGE, data={"code": used})

    assert answer.status_code == 422
    assert "Kode ini sudah dipakai" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_may_be_one_step_early_or_late(app, now, steps, fits):
    step = int(now.timestamp()) // 30 + steps
    typed = pyotp.TOTP(SECRET).at(step * 30)

    if fits:
        assert second_factor._accepted_step(SECRET, typed, None, now) == step
    else:
        with pytest.raises(RuleViolation, match="Kode belum cocok"):
            second_factor._accepted_step(SECRET, typed, None, now)


def test_an_older_code_than_the_last_is_refused(app, now):
    step = int(now.timestamp()) // 30
    typed = pyotp.TOTP(SECRET).at((step - 1) * 30)

    with pytest.raises(RuleViolation, match="sudah dipakai"):
        second_factor._accepted_step(SECRET, typed, step, now)


def test_attempts_are_limited(app):
    make_user_with_factor()
    client = sign_in(app)
    for _ in range(5):
        client.post(PAGE, data={"code": "000000"})

    answer = client.post(PAGE, data={"code": code()})

    if answer.status_code == 422:  # within the first second after the fifth
        assert "Coba lagi 1 detik lagi" in answer.get_data(as_text=True)
    with transaction() as session:
        throttles = session.scalars(sa.select(SignInThrottle)).all()
        for throttle in throttles:
            throttle.failures, throttle.last_failed_at = 9, datetime.now(UTC)
    waiting = client.post(PAGE, data={"code": code()})
    assert "detik lagi" in waiting.get_data(as_text=True) or answer.status_code == 303


def test_setting_up_shows_code_and_secret_and_asks_for_the_first_code(app, login_as):
    user = make_user()
    client = login_as(user)
    page = client.get("/account/second-factor").get_data(as_text=True)
    login = db.session.scalars(sa.select(LoginSession)).one()
    secret = second_factor.new_secret(login)
    assert "<svg viewBox" in page
    assert second_factor.spelled(secret) in page

    wrong = client.post("/account/second-factor", data={"code": "000000"})
    right = client.post("/account/second-factor", data={"code": code(secret)})

    assert (wrong.status_code, right.status_code) == (422, 303)
    saved = db.session.get_one(User, user.id)
    assert saved.totp_secret == secret
    assert saved.totp_confirmed_at
    assert client.get("/account").status_code == 200


def test_looking_at_the_set_up_page_changes_nothing(app, login_as):
    user = make_user()
    login_as(user).get("/account/second-factor")

    assert db.session.get_one(User, user.id).totp_secret is None


def test_the_secret_cannot_be_read_from_the_database(app):
    user = make_user_with_factor()
    stored = db.session.execute(
        sa.text("SELECT totp_secret FROM users WHERE id = :id"), {"id": user.id}
    ).scalar()

    assert SECRET.encode() not in bytes(stored)


def test_removal_asks_the_password(app, login_as):
    user = make_user_with_factor()
    client = login_as(user)

    wrong = client.post("/account/second-factor/removal", data={"current_password": "bukan ini"})
    assert (wrong.status_code, db.session.get_one(User, user.id).totp_secret) == (422, SECRET)
    right = client.post("/account/second-factor/removal", data={"current_password": PASSWORD})

    assert right.status_code == 303
    assert db.session.get_one(User, user.id).totp_secret is None


def test_removal_ends_the_other_sessions(app, login_as):
    user = make_user_with_factor()
    here, elsewhere = login_as(user), login_as(user)

    here.post("/account/second-factor/removal", data={"current_password": PASSWORD})

    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("role", "asked"),
    [
        ("platform_admin", True),
        ("office_admin", True),
        ("coordinator", True),
        ("door_staff", True),
        ("mentor", True),
        ("assessor", True),
        ("head", True),
        ("auditor", True),
        ("manager", False),
    ],
)
def test_production_asks_every_staff_role_to_set_it_up(app, tmp_path, role, asked):
    make_user(role, email="rina@contoh.go.id")
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    production = create_app(settings(url, tmp_path) | PRODUCTION)
    production.config["WTF_CSRF_ENABLED"] = False
    client = sign_in(production, base_url=HOST)

    answer = client.get("/account", base_url=HOST)

    assert (answer.status_code == 302) == asked
    if asked:
        page = client.get(PAGE, base_url=HOST).get_data(as_text=True)
        assert "Pasang faktor kedua" in page
        with production.app_context():
            login = db.session.scalars(sa.select(LoginSession)).one()
            secret = second_factor.new_secret(login)
        client.post(PAGE, data={"code": code(secret)}, base_url=HOST)
        assert client.get("/account", base_url=HOST).status_code == 200
    with production.app_context():
        db.session.remove()
        db.engine.dispose()
