"""Logs name what failed, never whose data it was."""

import json
import logging
import sys

import pytest
import sqlalchemy as sa
from flask import g

from kopdiklat.core.db import db, transaction
from kopdiklat.core.logs import JsonLines
from kopdiklat.offices.models import Office
from tests.factories import NOW, make_office


def test_a_database_error_is_logged_without_the_row_it_quotes(app):
    make_office(code="3576")
    line = None

    try:
        with transaction() as session:
            session.add(
                Office(code="3576", name="Nama Rahasia", region_name="Kota", created_at=NOW)
            )
    except sa.exc.IntegrityError:
        record = logging.LogRecord(
            "kopdiklat", logging.ERROR, __file__, 1, "failed", None, sys.exc_info()
        )
        line = json.loads(JsonLines().format(record))

    assert line is not None
    assert "Rahasia" not in line["trace"]
    assert "3576" not in line["trace"]
    assert "UniqueViolation" in line["trace"] or "UNIQUE" in line["trace"]


@pytest.mark.parametrize("failure", [ValueError("angka salah")])
def test_other_failures_keep_their_words(failure):
    try:
        raise failure
    except ValueError:
        record = logging.LogRecord("k", logging.ERROR, __file__, 1, "x", None, sys.exc_info())

    assert "angka salah" in json.loads(JsonLines().format(record))["trace"]


def test_the_beginning_of_a_transaction_is_no_query(app):
    with app.test_request_context():
        db.session.execute(sa.text("SELECT 1"))

        assert g.queries == 1
