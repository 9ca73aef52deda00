"""Refusals and failures: what a person reads, and what stays."""

import sqlalchemy as sa

from kopdiklat.core.db import db
from tests.factories import make_office, make_user

OWN = {"Sec-Fetch-Site": "same-origin"}


def test_a_post_after_the_session_ended_keeps_what_was_typed(app):
    make_office()

    answer = app.test_client().post("/cooperatives/new", data={"name": "KSP <Baru>"}, headers=OWN)

    assert answer.status_code in (400, 401)
    assert 'name="name" value="KSP &lt;Baru&gt;"' in answer.text
    assert "Kirim sekali lagi" in answer.text


def test_a_strangers_post_is_not_offered_for_sending_again(app, login_as):
    client = login_as(make_user("coordinator"))

    answer = client.post(
        "/cooperatives/new", data={"name": "KSP Asing"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 303
    assert "KSP Asing" not in answer.text


def test_a_failing_database_answers_a_page_without_its_words(app, login_as):
    client = login_as(make_user("coordinator"))
    with db.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE cooperatives RENAME TO gone"))

    answer = client.get("/cooperatives")

    assert answer.status_code in (500, 503)
    assert "Layanan sedang terganggu" in answer.text
    assert "no such table" not in answer.text
    assert "UndefinedTable" not in answer.text


def test_a_missing_page_is_404_for_everybody(app, login_as):
    assert app.test_client().get("/tidak-ada").status_code == 404
    assert login_as(make_user("coordinator")).get("/cooperatives/999999").status_code == 404
