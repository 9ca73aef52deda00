"""Who coordinates may switch the digest off and on again; nobody else is asked."""

import pytest

from kopdiklat.accounts.models import User
from kopdiklat.core.db import db
from tests.factories import make_user


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def gets_digest(user):
    db.session.expire_all()
    return db.session.get_one(User, user.id).daily_digest


def test_a_coordinator_switches_the_digest_off_and_on(app, login_as):
    user = make_user("coordinator")
    client, own = login_as(user), {"name": "Rina", "locale": "id"}
    page = client.get("/account").text

    client.post("/account", data=own)
    off = gets_digest(user)
    client.post("/account", data=own | {"daily_digest": "y"})

    assert 'name="daily_digest"' in page
    assert (off, gets_digest(user)) == (False, True)


def test_others_are_not_asked_and_nothing_changes_for_them(app, login_as):
    user = make_user("mentor")
    client = login_as(user)

    client.post("/account", data={"name": "Dedi", "locale": "id"})

    assert "daily_digest" not in client.get("/account").text
    assert gets_digest(user) is True
