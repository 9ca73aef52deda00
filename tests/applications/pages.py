"""What the tests of applications share: an open batch, a form filled and sent."""

import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from kopdiklat.applications.models import Application
from kopdiklat.core.db import db
from tests.factories import make_batch, make_programme
from tests.registration.pages import hidden, other

__all__ = ["apply", "applications", "filled", "hidden", "opening", "other", "send", "words"]


def opening(**columns):
    """A published batch whose programme takes those who were not invited."""
    now = datetime.now(UTC)
    columns = {
        "programme": make_programme(open_registration=True, open_to="Koperasi di Mojokerto"),
        "registration_opens_at": now - timedelta(days=1),
        "registration_closes_at": now + timedelta(days=2),
        "sessions": 0,
        "seats": 9,
    } | columns
    return make_batch(**columns)


def filled(client, batch, **answers):
    """The answers of a form that was opened and filled."""
    page = client.get(f"/jadwal/{batch.id}/pengajuan").get_data(as_text=True)
    answers = {"cooperative_name": "KSP Mulia Karya", "district": "Kranggan"} | answers
    return dict(hidden(page)) | other() | answers


def send(client, batch, answers):
    return client.post(f"/jadwal/{batch.id}/pengajuan/kirim", data=answers)


def apply(client, batch, **answers):
    """The address of a new application."""
    return send(client, batch, filled(client, batch, **answers)).location


def applications():
    db.session.rollback()
    return db.session.scalars(sa.select(Application).order_by(Application.id)).all()


def words(answer):
    page = answer.get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
