"""Caps and reserves of a batch: what its groups of cooperatives may have, and are left."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db, lock
from kopdiklat.registration import halls, offers, rules
from kopdiklat.registration.models import SeatShare
from kopdiklat.registration.seating import FACETS, Group, Share
from kopdiklat.training.models import Batch


def groups_of_office(office_id: int) -> dict[Group, int]:
    """Every kecamatan and type of the office's cooperatives, with how many there are."""
    found: dict[Group, int] = {}
    for facet in FACETS:
        column = getattr(Cooperative, facet)
        rows = db.session.execute(
            sa.select(column, sa.func.count())
            .where(Cooperative.office_id == office_id, column.is_not(None))
            .group_by(column)
            .order_by(column)
        )
        found |= {(facet, value): count for value, count in rows}
    return found


def change_shares(
    batch_id: int, wanted: Sequence[Share], reserves_until: datetime | None, *, now: datetime
) -> None:
    """Make the caps and reserves of the batch these; who fits now is offered a seat. Locks the batch.

    :param reserves_until: from then on what was kept for a group is free for all; None keeps it
    :raises ShareRefused: a cap below what the group has, or reserves that do not fit into the seats
    """
    batch = lock(Batch, batch_id)
    rules.check_batch_alive(batch.state)
    batch.reserves_until = reserves_until
    there = {
        (row.facet, row.value): row
        for row in db.session.scalars(sa.select(SeatShare).where(SeatShare.batch_id == batch_id))
    }
    names = {share.group for share in wanted}
    for group, row in there.items():
        if group not in names:
            db.session.delete(row)
    for share in wanted:
        row = there.get(share.group) or SeatShare(
            office_id=batch.office_id,
            batch_id=batch_id,
            facet=share.group[0],
            value=share.group[1],
        )
        row.cap, row.reserve = share.cap, share.reserve
        db.session.add(row)
    rules.check_shares(wanted, batch.seats)
    db.session.flush()
    rules.check_caps_hold(halls.hall(batch, now))
    offers.offer_free_seats(batch, now=now)
