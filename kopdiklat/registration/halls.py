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
from kopdiklat.registration.models import (
    HOLDS_SEATS,
    SITS,
    STANDS,
    Invitation,
    Registration,
    SeatShare,
)
from kopdiklat.registration.seating import FACETS, Group, Hall, Hold, Obstacle, Share, Team
from kopdiklat.training.models import Batch

GROUP_COLUMNS = tuple(getattr(Cooperative, facet) for facet in FACETS)


# What is read under the lock is built once: building a statement costs more than running it.
_BATCH: sa.BindParameter[int] = sa.bindparam("batch_id")
_SHARES = (
    sa.select(SeatShare)
    .where(SeatShare.batch_id == _BATCH)
    .order_by(SeatShare.facet, SeatShare.value)
)
_BY_STATE = (
    sa.select(Registration.state, sa.func.count().label("people"))
    .where(Registration.batch_id == _BATCH, STANDS)
    .group_by(Registration.state)
)
_BY_STATE_AND_GROUP = (
    _BY_STATE.add_columns(*GROUP_COLUMNS)
    .join(Cooperative, Registration.cooperative_id == Cooperative.id)
    .group_by(*GROUP_COLUMNS)
)
_HOLDS = (
    sa.select(
        Invitation.id,
        Invitation.batch_id,
        Invitation.held_seats,
        Invitation.held_until,
        sa.select(sa.func.count(Registration.id))
        .where(Registration.invitation_id == Invitation.id, SITS)
        .scalar_subquery()
        .label("seated"),
        *GROUP_COLUMNS,
    )
    .join(Cooperative, Invitation.cooperative_id == Cooperative.id)
    .where(
        Invitation.batch_id.in_(sa.bindparam("batch_ids", expanding=True)),
        HOLDS_SEATS,
        Invitation.cancelled_at.is_(None),
        Invitation.declined_at.is_(None),
    )
)


def count_seated(batch_id: int) -> int:
    """Persons who have a seat: confirmed, or offered one."""
    return (
        db.session.scalar(
            sa.select(sa.func.count(Registration.id)).where(Registration.batch_id == batch_id, SITS)
        )
        or 0
    )


def count_by_state(batch_id: int) -> dict[str, int]:
    """Persons per state, of those that stand: the others are not counted."""
    return dict(db.session.execute(_BY_STATE, {"batch_id": batch_id}).all())


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
    found = db.session.scalars(_SHARES, {"batch_id": batch.id})
    over = batch.reserves_until is not None and now >= batch.reserves_until
    return [
        Share((row.facet, row.value), row.cap, 0 if over else row.reserve)
        for row in found
        if row.cap is not None or not over
    ]


def _holds(batch_ids: Collection[int], now: datetime) -> Iterator[tuple[sa.Row, int]]:
    """Invitations with seats still kept, and how many; whether a hold is open the rule says alone."""
    for row in db.session.execute(_HOLDS, {"batch_ids": list(batch_ids)}):
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
        .where(Registration.batch_id == batch_id, SITS)
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
    found = Hall(seats=batch.seats, shares=shares)
    for state, people, groups in _people(batch.id, shares):
        if state == "waitlisted":
            found.waiting += people
        else:
            found.seat(Team("", people, groups))
    found.holds = {
        row.id: Hold(held, groups_of(row, shares)) for row, held in _holds([batch.id], now)
    }
    return found


def _people(batch_id: int, shares: list[Share]) -> list[tuple[str, int, frozenset[Group]]]:
    """(state, how many, their groups) of all who sit or wait. Who has no groups is only counted."""
    of = {"batch_id": batch_id}
    if not shares:
        return [(state, people, frozenset()) for state, people in db.session.execute(_BY_STATE, of)]
    rows = db.session.execute(_BY_STATE_AND_GROUP, of)
    return [(row.state, row.people, groups_of(row, shares)) for row in rows]


def obstacle(
    batch: Batch, cooperative: Cooperative, people: int, invitation_id: int | None, now: datetime
) -> Obstacle | None:
    """What keeps so many of a cooperative from sitting together now; None when they fit.

    :param invitation_id: whose hold they may use
    """
    return obstacle_in(hall(batch, now), cooperative, people, invitation_id)


def obstacle_in(
    found: Hall, cooperative: Cooperative, people: int, invitation_id: int | None
) -> Obstacle | None:
    """As `obstacle`, in a hall that was read."""
    return found.obstacle(Team("", people, groups_of(cooperative, found.shares), invitation_id))


def count_used_seats(batch_id: int, now: datetime) -> int:
    """Confirmed, offered, and kept by open holds."""
    return count_seated(batch_id) + sum(open_holds(batch_id, now).values())


def _waiting(batch_id: int) -> sa.Select:
    """One row per waiting team."""
    return (
        sa.select(
            Registration.team,
            sa.func.count(Registration.id).label("people"),
            sa.func.min(Registration.invitation_id).label("invitation_id"),
            *GROUP_COLUMNS,
        )
        .join(Cooperative, Registration.cooperative_id == Cooperative.id)
        .where(Registration.batch_id == batch_id, Registration.state == "waitlisted")
        .group_by(Registration.team, *GROUP_COLUMNS)
    )


def waiting_teams(batch_id: int, shares: Iterable[Share] = ()) -> list[Team]:
    """The queue: who was put first by a coordinator, then first come first."""
    shares = list(shares)
    found = _waiting(batch_id).order_by(
        sa.func.max(Registration.priority).desc(),
        sa.func.min(Registration.queued_at),
        sa.func.min(Registration.id),
    )
    return [
        Team(row.team, row.people, groups_of(row, shares), row.invitation_id)
        for row in db.session.execute(found)
    ]


def somebody_fits(batch_id: int, found: Hall) -> bool:
    """Whether any waiting team could sit now, however long the queue: it is not read for that.

    Of teams of the same groups the smallest fits if any does; those with a hold are asked too.
    """
    if not found.waiting or (found.free <= 0 and not found.holds):
        return False
    teams = _waiting(batch_id).subquery()
    holder = sa.case((teams.c.invitation_id.in_(found.holds), teams.c.invitation_id))
    kinds = (holder, *(teams.c[facet] for facet in FACETS))
    smallest = sa.select(
        sa.func.min(teams.c.people).label("people"), holder.label("invitation_id"), *kinds[1:]
    ).group_by(*kinds)
    return any(
        found.obstacle(Team("", row.people, groups_of(row, found.shares), row.invitation_id))
        is None
        for row in db.session.execute(smallest)
    )


def count_waiting_teams(batch_id: int) -> int:
    """How long the queue is."""
    return (
        db.session.scalar(
            sa.select(sa.func.count(Registration.team.distinct())).where(
                Registration.batch_id == batch_id, Registration.state == "waitlisted"
            )
        )
        or 0
    )
