from datetime import timedelta

import sqlalchemy as sa

from kopdiklat.core.db import db
from tests.factories import (
    make_batch,
    make_invitation,
    make_visit,
)


def test_facts_take_as_many_queries_for_three_batches_as_for_one(app, facts, now):
    statements = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    made = []

    for _ in range(3):
        batch = make_batch(seats=5, taken=2)
        make_invitation(batch)
        make_visit(starts_at=now + timedelta(hours=4))
        statements.clear()
        facts()
        made.append(len(statements))

    assert made[0] == made[2]
