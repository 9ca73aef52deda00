"""A forgotten password: the same answer for everybody, a link that works once for 30 minutes."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.accounts import passwords, recovery
from kopdiklat.accounts.models import PasswordReset, User
from kopdiklat.core import keys
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications import letters
from tests.factories import PASSWORD, make_user

NEW = "gunung kuda lemari biru"


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def ask(app, name):
    return app.test_client().post("/lupa-kata-sandi", data={"name": name})


def messages():
    return db.session.scalars(sa.select(OutboxMessage)).all()


def link_of(message):
    text = letters.compose(message).body
    return next(word for word in text.split() if word.startswith("http"))


def make_link(user, now=None):
    with transaction():
        nonce = recovery.make_reset(user.id, made_by_id=None, now=now or datetime.now(UTC)).nonce
    return "/kata-sandi/" + keys.token_for(recovery.PURPOSE, nonce)


def test_known_and_unknown_addresses_get_the_same_answer(app):
    make_user(email="rina@contoh.go.id")
    make_user(email=None, phone="+6281234567890")
    pages = [
        ask(app, name).get_data(as_text=True)
        for name in ("rina@contoh.go.id", "tidak.ada@contoh.go.id", "0812-3456-7890")
    ]

    assert "Jika alamat ini terdaftar, kami mengirim tautan yang berlaku 30 menit." in pages[0]
    assert "minta admin kantor" in pages[0]
    assert len({page.split("<main")[1].split("</main>")[0] for page in pages}) == 1
    assert [message.recipient for message in messages()] == ["rina@contoh.go.id"]


def test_the_letter_holds_a_link_that_sets_a_new_password(app):
    user = make_user(email="rina@contoh.go.id")
    ask(app, "Rina@Contoh.go.id")
    message = messages()[0]
    link = link_of(message)
    assert link.startswith("http://127.0.0.1:8000/kata-sandi/")
    token = link.rsplit("/", 1)[1]

    client = app.test_client()
    answer = client.post(f"/kata-sandi/{token}", data={"password": NEW})

    assert answer.headers["Location"] == "/masuk"
    assert client.get("/account").status_code == 302  # it signs nobody in
    assert passwords.verify(db.session.get_one(User, user.id).password_hash, NEW)


def test_the_database_keeps_no_token_that_could_be_used(app):
    make_user(email="rina@contoh.go.id")
    ask(app, "rina@contoh.go.id")
    token = link_of(messages()[0]).rsplit("/", 1)[1]
    reset = db.session.scalars(sa.select(PasswordReset)).one()

    assert token not in (reset.nonce, reset.token_hash)
    assert token not in str(messages()[0].payload)


def test_a_link_works_once(app):
    link = make_link(make_user())
    client = app.test_client()
    assert client.post(link, data={"password": NEW}).status_code == 303

    again = client.post(link, data={"password": "kursi merah di atap"})

    assert again.status_code == 404
    assert "sudah dipakai, sudah lewat waktunya" in again.get_data(as_text=True)


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (30, 404), (31, 404)])
def test_a_link_lasts_thirty_minutes(app, minutes, status):
    made_at = datetime.now(UTC) - timedelta(minutes=minutes)

    assert app.test_client().get(make_link(make_user(), made_at)).status_code == status


def test_a_newer_link_ends_the_older_one(app):
    user = make_user()
    old, new = make_link(user), make_link(user)

    assert app.test_client().get(old).status_code == 404
    assert app.test_client().get(new).status_code == 200


def test_a_link_of_a_closed_account_is_dead(app):
    link = make_link(make_user(disabled_at=datetime.now(UTC)))

    assert app.test_client().get(link).status_code == 404


def test_an_invented_link_is_not_found_and_says_what_to_do(app):
    answer = app.test_client().get("/kata-sandi/" + "A" * 22)

    assert answer.status_code == 404
    assert "Minta tautan baru" in answer.get_data(as_text=True)


def test_a_weak_password_keeps_the_link_open(app):
    user = make_user()
    link = make_link(user)

    answer = app.test_client().post(link, data={"password": "koperasi2026koperasi"})

    assert answer.status_code == 422
    assert passwords.verify(db.session.get_one(User, user.id).password_hash, PASSWORD)
    assert app.test_client().get(link).status_code == 200


def test_a_new_password_ends_every_session_but_not_the_second_factor(app, login_as):
    user = make_user(totp_secret="JBSWY3DPEHPK3PXP", totp_confirmed_at=datetime.now(UTC))
    client = login_as(user)

    app.test_client().post(make_link(user), data={"password": NEW})

    assert client.get("/account").status_code == 302
    assert db.session.get_one(User, user.id).totp_secret
