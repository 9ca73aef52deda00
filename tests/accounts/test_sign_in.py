"""Signing in and out: one sentence for every failure, sessions that can be ended."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from kopdiklat import create_app
from kopdiklat.accounts import sessions
from kopdiklat.accounts.models import LoginSession, SignInThrottle, User
from kopdiklat.core.db import db, transaction
from tests.databases import settings
from tests.factories import PASSWORD, make_user
from tests.test_web import HOST, PRODUCTION

NO_MATCH = "Email atau kata sandi belum cocok."


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def try_to_sign_in(app, name, password=PASSWORD, **fields):
    client = app.test_client()
    return client, client.post("/masuk", data={"name": name, "password": password, **fields})


def is_signed_in(client):
    return client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "rina@contoh.go.id",
        " Rina@Contoh.GO.ID ",
        "0812-3456-7890",
        "+62 812 3456 7890",
        "62812.3456.7890",
    ],
)
def test_a_person_signs_in_by_email_or_phone_however_typed(app, name):
    make_user(email="rina@contoh.go.id", phone="+6281234567890")

    client, answer = try_to_sign_in(app, name)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert is_signed_in(client)


def test_every_failure_reads_the_same(app):
    make_user(email="rina@contoh.go.id")
    make_user(email="tutup@contoh.go.id", disabled_at=datetime.now(UTC))
    make_user(email="tanpa@contoh.go.id", password_hash=None)

    answers = [
        try_to_sign_in(app, name, password)[1]
        for name, password in (
            ("rina@contoh.go.id", "bukan ini kata sandinya"),
            ("tidak.ada@contoh.go.id", PASSWORD),
            ("tutup@contoh.go.id", PASSWORD),
            ("tanpa@contoh.go.id", PASSWORD),
            ("0812-9999-9999", PASSWORD),
            ("bukan nomor", PASSWORD),
        )
    ]

    assert {answer.status_code for answer in answers} == {422}
    for answer in answers:
        assert NO_MATCH in answer.get_data(as_text=True)
        assert "detik" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("name", ["rina@contoh.go.id", "tidak.ada@contoh.go.id"])
def test_the_sixth_failure_must_wait_with_and_without_account(app, name):
    make_user(email="rina@contoh.go.id")

    pages = [
        try_to_sign_in(app, name, "salah sekali ini")[1].get_data(as_text=True) for _ in range(6)
    ]

    assert all("detik" not in page for page in pages[:4])
    assert f"{NO_MATCH} Coba lagi 1 detik lagi." in pages[4]
    assert "Coba lagi" in pages[5]
    assert len(db.session.scalars(sa.select(SignInThrottle)).all()) == 1


def test_the_right_password_waits_too_while_the_delay_runs(app):
    make_user(email="rina@contoh.go.id")
    for _ in range(5):
        try_to_sign_in(app, "rina@contoh.go.id", "salah sekali ini")
    with transaction() as session:
        throttle = session.scalars(sa.select(SignInThrottle)).one()
        throttle.failures, throttle.last_failed_at = 8, datetime.now(UTC)

    client, answer = try_to_sign_in(app, "rina@contoh.go.id")

    assert "Coba lagi 8 detik lagi." in answer.get_data(as_text=True)
    assert not is_signed_in(client)


def test_a_success_forgets_the_failures(app):
    make_user(email="rina@contoh.go.id")
    for _ in range(4):
        try_to_sign_in(app, "RINA@contoh.go.id", "salah sekali ini")

    try_to_sign_in(app, "rina@contoh.go.id")

    assert db.session.scalars(sa.select(SignInThrottle)).one().failures == 0


def test_demo_accounts_do_not_sign_in_in_production(app, tmp_path):
    make_user("manager", email="contoh@contoh.go.id", is_demo=True)
    assert try_to_sign_in(app, "contoh@contoh.go.id")[1].status_code == 303
    production = create_app(settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path) | PRODUCTION)
    production.config["WTF_CSRF_ENABLED"] = False

    client = production.test_client()
    form = {"name": "contoh@contoh.go.id", "password": PASSWORD}
    answer = client.post("/masuk", data=form, base_url=HOST)

    assert answer.status_code == 422
    assert NO_MATCH in answer.get_data(as_text=True)
    with production.app_context():
        db.engine.dispose()


def test_sign_in_leads_on_to_where_the_person_wanted_to_go(app):
    make_user(email="rina@contoh.go.id")
    client = app.test_client()
    assert client.get("/account/devices").headers["Location"] == "/masuk?next=/account/devices?"

    page = client.get("/masuk?next=/account/devices").get_data(as_text=True)
    answer = client.post(
        "/masuk",
        data={"name": "rina@contoh.go.id", "password": PASSWORD, "next": "/account/devices"},
    )

    assert 'value="/account/devices"' in page
    assert answer.headers["Location"] == "/account/devices"


def test_a_cookie_that_was_set_before_is_never_signed_in(app):
    make_user(email="rina@contoh.go.id")
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["login"] = "token-yang-ditanam-lebih-dulu"

    client.post("/masuk", data={"name": "rina@contoh.go.id", "password": PASSWORD})

    with client.session_transaction() as cookie:
        assert cookie["login"] != "token-yang-ditanam-lebih-dulu"


def test_signing_out_kills_a_copied_cookie(app):
    make_user(email="rina@contoh.go.id")
    client, _answer = try_to_sign_in(app, "rina@contoh.go.id")
    thief = app.test_client()
    with client.session_transaction() as mine, thief.session_transaction() as copied:
        copied.update(mine)
    assert is_signed_in(thief)

    client.post("/keluar")

    assert not is_signed_in(thief)
    assert not is_signed_in(client)


def test_disabling_a_person_ends_the_session_at_once(app):
    user = make_user(email="rina@contoh.go.id")
    client, _answer = try_to_sign_in(app, "rina@contoh.go.id")

    with transaction():
        db.session.get_one(User, user.id).disabled_at = datetime.now(UTC)

    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("remember", "idle", "alive"),
    [(False, 29, True), (False, 31, False), (True, 60, True), (True, 60 * 25, False)],
)
def test_a_session_ends_when_it_was_not_used(app, remember, idle, alive):
    make_user(email="rina@contoh.go.id")
    fields = {"remember": "y"} if remember else {}
    client, _answer = try_to_sign_in(app, "rina@contoh.go.id", **fields)

    with transaction() as session:
        login = session.scalars(sa.select(LoginSession)).one()
        login.last_seen_at = datetime.now(UTC) - timedelta(minutes=idle)

    assert is_signed_in(client) == alive


def test_an_old_hash_is_made_again_with_todays_parameters(app):
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    user = make_user(email="rina@contoh.go.id", password_hash=weak)

    try_to_sign_in(app, "rina@contoh.go.id")

    stored = db.session.get_one(User, user.id).password_hash
    assert stored != weak
    assert "m=19456,t=2,p=1" in stored
    assert try_to_sign_in(app, "rina@contoh.go.id")[1].status_code == 303


def test_changing_the_password_ends_the_other_sessions(app):
    make_user(email="rina@contoh.go.id")
    here, _answer = try_to_sign_in(app, "rina@contoh.go.id")
    there, _answer = try_to_sign_in(app, "rina@contoh.go.id")
    copy = app.test_client()
    with here.session_transaction() as mine, copy.session_transaction() as copied:
        copied.update(mine)

    answer = here.post(
        "/account/password",
        data={"current_password": PASSWORD, "password": "gunung kuda lemari biru"},
    )

    assert answer.status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert not is_signed_in(copy)
    assert try_to_sign_in(app, "rina@contoh.go.id", "gunung kuda lemari biru")[1].status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "sentence"),
    [
        ("bukan kata sandi saya", "gunung kuda lemari biru", "Kata sandi Anda belum cocok."),
        (PASSWORD, "pendek", "paling sedikit 12 karakter"),
        (PASSWORD, "koperasi mojokerto 2026", "mudah ditebak"),
    ],
)
def test_a_password_is_not_changed_when_a_rule_is_broken(app, login_as, current, new, sentence):
    user = make_user()
    client = login_as(user)

    answer = client.post("/account/password", data={"current_password": current, "password": new})

    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_a_person_ends_another_device_but_not_that_of_somebody_else(app, login_as):
    user, other = make_user(), make_user()
    client, old, foreign = login_as(user), login_as(user), login_as(other)
    newest = {
        login.user_id: login.id
        for login in db.session.scalars(sa.select(LoginSession).order_by(LoginSession.id.desc()))
    }
    first = db.session.scalars(
        sa.select(LoginSession.id).where(LoginSession.user_id == user.id).order_by(LoginSession.id)
    ).all()

    assert client.post(f"/account/devices/{first[1]}/revocation").status_code == 303
    assert client.post(f"/account/devices/{newest[other.id]}/revocation").status_code == 404

    assert is_signed_in(client)
    assert not is_signed_in(old)
    assert is_signed_in(foreign)


def test_contact_changes_ask_the_password_and_refuse_a_taken_address(app, login_as):
    make_user(email="lain@contoh.go.id")
    user = make_user(email="rina@contoh.go.id")
    client = login_as(user)

    def send(**fields):
        return client.post("/account/contact", data={"current_password": PASSWORD} | fields)

    assert send(email="baru@contoh.go.id", current_password="salah sekali").status_code == 422
    assert "sudah dipakai" in send(email="lain@contoh.go.id").get_data(as_text=True)
    assert "0812-3456-7890" in send(phone="123").get_data(as_text=True)
    assert "Isi email atau nomor HP" in send(email="", phone="").get_data(as_text=True)
    assert send(email="Baru@Contoh.go.id", phone="0812 3456 7890").status_code == 303
    saved = db.session.get_one(User, user.id)
    assert (saved.email, saved.phone) == ("baru@contoh.go.id", "+6281234567890")


def test_the_sweep_forgets_what_no_longer_matters(app, login_as):
    client, user = login_as(make_user()), make_user()
    old = datetime.now(UTC) - timedelta(days=61)
    with transaction() as session:
        for key, at in (("lama", old), ("baru", datetime.now(UTC))):
            session.add(SignInThrottle(key_hash=key, failures=3, last_failed_at=at))
        session.add(LoginSession(user_id=user.id, token_hash="x", created_at=old, last_seen_at=old))

    with transaction():
        sessions.sweep(datetime.now(UTC))

    assert db.session.scalars(sa.select(SignInThrottle.key_hash)).all() == ["baru"]
    assert db.session.scalar(sa.select(sa.func.count(LoginSession.id))) == 1
    assert is_signed_in(client)
