"""Limits per address and per name, kept in a small file of their own."""

import pytest

from kopdiklat import create_app
from kopdiklat.core.db import db
from tests.databases import settings
from tests.factories import make_user


@pytest.fixture
def limited(app, tmp_path):
    """The same database with the limits switched on."""
    folder = tmp_path / "limits"
    other = create_app(
        settings(app.config["SQLALCHEMY_DATABASE_URI"], folder) | {"RATELIMIT_ENABLED": True}
    )
    other.config["WTF_CSRF_ENABLED"] = False
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_fourth_reset_of_one_address_within_the_hour_is_refused(limited):
    make_user(email="rina@contoh.go.id")
    client = limited.test_client()

    def ask(name):
        return client.post("/lupa-kata-sandi", data={"name": name}).status_code

    assert [ask("rina@contoh.go.id") for _ in range(4)] == [200, 200, 200, 429]
    assert ask("RINA@contoh.go.id") == 429
    assert ask("lain@contoh.go.id") == 200


def test_a_refusal_by_limit_says_when_to_come_back(limited):
    client = limited.test_client()
    for _ in range(4):
        answer = client.post("/lupa-kata-sandi", data={"name": "rina@contoh.go.id"})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_only_failed_sign_ins_count_against_an_address(limited):
    make_user(email="rina@contoh.go.id")
    client = limited.test_client()

    for n in range(100):
        client.post("/masuk", data={"name": f"orang{n}@contoh.id", "password": ""})

    answer = client.post("/masuk", data={"name": "rina@contoh.go.id", "password": "x"})
    assert answer.status_code == 429
    assert client.get("/masuk").status_code == 200
