"""Applications that led to nothing go after thirty days, with the people in them."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from kopdiklat.applications import kept
from kopdiklat.applications.models import Application, ApplicationPerson
from kopdiklat.core.db import db, transaction
from tests.factories import make_application, make_batch, make_cooperative, make_training_session

NOW = datetime(2026, 7, 14, 3, tzinfo=UTC)
THIRTY = timedelta(days=30)


def sweep(now=NOW):
    with transaction():
        return kept.sweep(now)


def remaining():
    db.session.rollback()
    return sorted(db.session.scalars(sa.select(Application.state)))


def decided(state, at, **columns):
    return make_application(state=state, decided_at=at, decided_by="Rina", **columns)


def test_what_was_turned_down_or_taken_back_goes_after_thirty_days(app):
    decided("declined", NOW - THIRTY, reason="Penuh", people=("Siti", "Budi"))
    decided("withdrawn", NOW - THIRTY)
    decided("declined", NOW - THIRTY + timedelta(seconds=1), reason="Penuh")

    assert sweep() == 2
    assert remaining() == ["declined"]
    assert db.session.scalar(sa.select(sa.func.count(ApplicationPerson.id))) == 1
    assert sweep() == 0


def test_what_was_approved_stays(app):
    decided("approved", NOW - 9 * THIRTY, cooperative_id=make_cooperative().id)

    assert sweep() == 0
    assert remaining() == ["approved"]


def test_one_that_nobody_decided_stays_until_the_training_is_long_over(app):
    opened, closed = NOW - 3 * THIRTY, NOW - 2 * THIRTY
    batch = make_batch(sessions=0, registration_opens_at=opened, registration_closes_at=closed)
    ends_at = make_training_session(batch, starts_at=NOW - timedelta(hours=3)).ends_at
    make_application(batch)

    assert sweep(ends_at + THIRTY - timedelta(seconds=1)) == 0
    assert sweep(ends_at + THIRTY) == 1
