"""How long an application that led to nothing is kept."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from kopdiklat.applications.models import Application
from kopdiklat.core.db import db
from kopdiklat.training.models import Batch, TrainingSession

KEPT_FOR = timedelta(days=30)


def sweep(now: datetime) -> int:
    """Delete, with their people, those declined or withdrawn, and those that nobody decided before
    the training was over, each after some days. What was approved is part of its registration.

    :return: how many went
    """
    limit = now - KEPT_FOR
    to_come = sa.exists().where(
        TrainingSession.batch_id == Application.batch_id, TrainingSession.ends_at > limit
    )
    open_still = sa.exists().where(
        Batch.id == Application.batch_id, Batch.registration_closes_at > limit
    )
    found = sa.select(Application).where(
        sa.or_(
            sa.and_(
                Application.state.in_(("declined", "withdrawn")), Application.decided_at <= limit
            ),
            sa.and_(Application.state == "open", ~to_come, ~open_still),
        )
    )
    late = list(db.session.scalars(found.with_for_update(skip_locked=True)))
    for application in late:
        for person in application.people:
            db.session.delete(person)
        db.session.flush()
        db.session.delete(application)
    db.session.flush()
    return len(late)
