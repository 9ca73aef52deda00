"""The seats of a batch as they stand: who has them, what is kept for whom, who waits.

To decide on them, hold the lock of the batch.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from kopdiklat.registration import rules
from kopdiklat.registration.models import Invitation, Registration, SeatShare
from kopdiklat.registration.seating import FACETS, Group, Hall, Hold, Obstacle, Share, Team
from kopdiklat.training.models import Batch

GROUP_COLUMNS = tuple(getattr(Cooperative, facet) for facet in FACETS)


def count_seated(batch_id: int) -> int:
    """Persons who have a seat: confirmed, or offered one."""
    return (
        db.session.scalar(
            sa.select(sa.func.count(Registration.id)).where(
                Registration.batch_id == batch_id, Registration.state.in_(rules.SEATED)
            )
        )
        or 0
    )


def groups_of(row, shares: Iterable[Share]) -> frozenset[Group]:
    """The groups with a cap or a reserve that a cooperative belongs to.

    :param row: a cooperative, or anything else that has its facets
    """
    mine = {(facet, getattr(row, facet) or "") for facet in FACETS}
    return frozenset(share.group for share in shares if share.group in mine)


def shares_set(batch_id: int) -> dict[Group, Share]:
    """The caps and reserves as they were set, whatever the day."""
    found = db.session.scalars(sa.select(SeatShare).where(SeatShare.batch_id == batch_id))
    return {
        (row.facet, row.value): Share((row.facet, row.value), row.cap, row.reserve) for row in found
    }


def shares_of(batch: Batch, now: datetime) -> list[Share]:
    """The caps and reserves of a batch; from `reserves_until` on nothing is kept for anyone."""
    found = db.session.scalars(
        sa.select(SeatShare)
        .where(SeatShare.batch_id == batch.id)
        .order_by(SeatShare.facet, SeatShare.value)
    )
    over = batch.reserves_until is not None and now >= batch.reserves_until
    return [
        Share((row.facet, row.value), row.cap, 0 if over else row.reserve)
        for row in found
        if row.cap is not None or not over
    ]


def _holds(batch_ids: Collection[int], now: datetime) -> Iterator[tuple[sa.Row, int]]:
    """Invitations with seats still kept, and how many; whether a hold is open the rule says alone."""
    seated = (
        sa.select(sa.func.count(Registration.id))
        .where(Registration.invitation_id == Invitation.id, Registration.state.in_(rules.SEATED))
        .scalar_subquery()
    )
    found = (
        sa.select(
            Invitation.id,
            Invitation.batch_id,
            Invitation.held_seats,
            Invitation.held_until,
            seated.label("seated"),
            *GROUP_COLUMNS,
        )
        .join(Cooperative, Invitation.cooperative_id == Cooperative.id)
        .where(
            Invitation.batch_id.in_(batch_ids),
            Invitation.held_seats > 0,
            Invitation.cancelled_at.is_(None),
            Invitation.declined_at.is_(None),
        )
    )
    for row in db.session.execute(found):
        if held := rules.open_hold(row.held_seats, row.held_until, row.seated, now):
            yield row, held


def open_holds(batch_id: int, now: datetime) -> dict[int, int]:
    """Seats still kept, per invitation that keeps any."""
    return open_holds_of([batch_id], now)[batch_id]


def open_holds_of(batch_ids: Collection[int], now: datetime) -> dict[int, dict[int, int]]:
    """As open_holds, per batch."""
    holds: dict[int, dict[int, int]] = {batch_id: {} for batch_id in batch_ids}
    for row, held in _holds(batch_ids, now):
        holds[row.batch_id][row.id] = held
    return holds


def seats_by_group(batch_id: int, now: datetime) -> Counter[Group]:
    """Seats that each kecamatan and type has, held ones too."""
    count = sa.func.count(Registration.id).label("people")
    seated = (
        sa.select(count, *GROUP_COLUMNS)
        .join(Cooperative, Registration.cooperative_id == Cooperative.id)
        .where(Registration.batch_id == batch_id, Registration.state.in_(rules.SEATED))
        .group_by(*GROUP_COLUMNS)
    )
    found: Counter[Group] = Counter()
    rows = [(row, row.people) for row in db.session.execute(seated)]
    for row, people in [*rows, *_holds([batch_id], now)]:
        found.update({(facet, getattr(row, facet) or ""): people for facet in FACETS})
    return found


def hall(batch: Batch, now: datetime) -> Hall:
    """The seats of a batch as they stand: to decide on it, hold the lock of the batch."""
    shares = shares_of(batch, now)
    count = sa.func.count(Registration.id).label("people")
    seated = (
        sa.select(count, *GROUP_COLUMNS)
        .join(Cooperative, Registration.cooperative_id == Cooperative.id)
        .where(Registration.batch_id == batch.id, Registration.state.in_(rules.SEATED))
        .group_by(*GROUP_COLUMNS)
    )
    found = Hall(seats=batch.seats, shares=shares)
    for row in db.session.execute(seated):
        found.seat(Team("", row.people, groups_of(row, shares)))
    found.holds = {
        row.id: Hold(held, groups_of(row, shares)) for row, held in _holds([batch.id], now)
    }
    return found


def obstacle(
    batch: Batch, cooperative: Cooperative, people: int, invitation_id: int | None, now: datetime
) -> Obstacle | None:
    """What keeps so many of a cooperative from sitting together now; None when they fit.

    :param invitation_id: whose hold they may use
    """
    found = hall(batch, now)
    return found.obstacle(Team("", people, groups_of(cooperative, found.shares), invitation_id))


def count_used_seats(batch_id: int, now: datetime) -> int:
    """Confirmed, offered, and kept by open holds."""
    return count_seated(batch_id) + sum(open_holds(batch_id, now).values())


def waiting_teams(batch_id: int, shares: Iterable[Share] = ()) -> list[Team]:
    """The queue: who was put first by a coordinator, then first come first."""
    shares = list(shares)
    found = (
        sa.select(
            Registration.team,
            sa.func.count(Registration.id).label("people"),
            sa.func.min(Registration.invitation_id).label("invitation_id"),
            *GROUP_COLUMNS,
        )
        .join(Cooperative, Registration.cooperative_id == Cooperative.id)
        .where(Registration.batch_id == batch_id, Registration.state == "waitlisted")
        .group_by(Registration.team, *GROUP_COLUMNS)
        .order_by(
            sa.func.max(Registration.priority).desc(),
            sa.func.min(Registration.queued_at),
            sa.func.min(Registration.id),
        )
    )
    return [
        Team(row.team, row.people, groups_of(row, shares), row.invitation_id)
        for row in db.session.execute(found)
    ]
