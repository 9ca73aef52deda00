"""What the tests of the pages of an invitation share: a link, and a form filled and sent."""

import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Registration
from tests.factories import make_batch, make_invitation

NAMES = ("full_name", "phone", "position", "citizen_number")


def open_batch(**columns):
    now = datetime.now(UTC)
    columns = {
        "registration_opens_at": now - timedelta(days=1),
        "registration_closes_at": now + timedelta(days=2),
        "sessions": 0,
    } | columns
    return make_batch(**columns)


def invite(batch=None, **columns):
    """(token, cooperative) of a new invitation."""
    invitation = make_invitation(batch or open_batch(), **columns)
    return tokens.invitation_token(invitation), invitation.cooperative


def hidden(page):
    """The hidden answers of a page, as a browser sends them."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
    pairs = []
    for tag in found:
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name:
            pairs.append((name[1], value[1] if value else ""))
    return pairs


def fields(client, address, *, form=-1):
    page = client.get(address).get_data(as_text=True)
    return dict(hidden(page))


def other(n=0, name="Yoga Pratama", phone="0812 3456 7890", position="manager", number=""):
    values = (name, phone, position, number)
    return {f"others-{n}-{key}": value for key, value in zip(NAMES, values)}


def send(client, token, answers, step="pendaftaran"):
    """The page of the form that a press leads on to, or the way to the proof; sent as from the check."""
    if step == "pendaftaran":
        answers = answers | {"checked": "y"}
    answer = client.post(f"/daftar/{token}/{step}", data=answers)
    is_form = answer.location and answer.location.startswith(f"/daftar/{token}")
    return client.get(answer.location) if is_form else answer


def rows(batch_id=None):
    return db.session.scalars(sa.select(Registration).order_by(Registration.id)).all()
