"""The queue, for the jobs process: seats that time gave back, and queues that time ended."""

import logging
from collections.abc import Callable
from datetime import datetime

from kopdiklat.core.db import db, transaction
from kopdiklat.registration import queries, service

logger = logging.getLogger(__name__)


def move_queues(now: Callable[[], datetime]) -> int:
    """Look at each batch in which somebody waits, each in a transaction of its own.

    :return: how many people got a seat, or stopped waiting because the batch had begun
    """
    batch_ids = queries.batches_with_queue()
    db.session.rollback()
    moved = 0
    for batch_id in batch_ids:
        try:
            with transaction():
                moved += service.fill_free_seats(batch_id, now=now())
        except Exception:
            # One batch that fails must not keep the others waiting.
            logger.exception("the queue of batch %s did not move", batch_id)
    return moved
