"""The queue, for the jobs process: offers whose time began or ended, holds that ran out, requests
that nobody decided before the training began.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from kopdiklat.core.db import db, transaction
from kopdiklat.registration import changes, offers, queries

logger = logging.getLogger(__name__)


def move_queues(now: Callable[[], datetime]) -> int:
    """Look at each batch in which somebody waits, thinks or asks, each in a transaction of its own.

    :return: how many people were offered a seat, let one go by, or waited in vain
    """
    batch_ids = queries.batches_to_look_at()
    db.session.rollback()
    moved = 0
    for batch_id in batch_ids:
        try:
            with transaction():
                moved += offers.move_on(batch_id, now=now())
                changes.withdraw_late(batch_id, now=now())
        except Exception:
            # One batch that fails must not keep the others waiting.
            logger.exception("the queue of batch %s did not move", batch_id)
    return moved
