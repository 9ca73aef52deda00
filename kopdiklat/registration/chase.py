"""Reminding those who do not answer, for the jobs process."""

import logging
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.registration import telling
from kopdiklat.training.models import Batch

logger = logging.getLogger(__name__)


def remind_the_silent(now: Callable[[], datetime]) -> int:
    """Look at each batch that may be joined, each in a transaction of its own.

    :return: how many cooperatives were reminded; safe to run as often as one likes
    """
    at = now()
    running = sa.select(Batch.id).where(
        Batch.state == "published",
        Batch.registration_opens_at <= at,
        Batch.registration_closes_at > at,
    )
    batch_ids = list(db.session.scalars(running))
    db.session.rollback()
    reminded = 0
    for batch_id in batch_ids:
        try:
            with transaction():
                reminded += telling.remind_due(batch_id, now=now())
        except Exception:
            # One batch that fails must not keep the others waiting.
            logger.exception("the silent of batch %s were not reminded", batch_id)
    return reminded
