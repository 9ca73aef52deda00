"""What several of these pages are made of: the facts of the day, and the register."""

from datetime import date

import pytest

from kopdiklat.accounts.models import User
from kopdiklat.core.db import db
from kopdiklat.dashboard import agenda
from kopdiklat.dashboard.register import Register
from tests.factories import make_user


@pytest.fixture
def facts(app, now):
    """The facts of the coordinator's office as of a Monday, 09.00 WIB."""
    user = make_user("coordinator")

    def read():
        reader = db.session.get_one(User, user.id)
        reader.current_memberships = reader.memberships
        reader.today = now.date()
        return agenda.facts_of(reader, now, "WIB")

    return read


@pytest.fixture
def register(app):
    user = make_user("coordinator")
    user.current_memberships = user.memberships
    user.today = date(2026, 7, 13)
    return Register(user, user.today, "WIB", 2025)
