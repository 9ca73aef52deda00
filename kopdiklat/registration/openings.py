"""What is open to one cooperative of the seats of a batch, and what keeps it from the others."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from kopdiklat.cooperatives.rules import TYPE_LABELS
from kopdiklat.registration import halls, queries
from kopdiklat.registration.models import Invitation
from kopdiklat.registration.seating import Group, Hall, Obstacle, Team


@dataclass(frozen=True)
class Opening:
    """The seats as one cooperative may count on them.

    :param free: seats that nobody has, its own hold among them
    :param own: how many of these it may have, under caps and reserves
    :param obstacle: why it may not have one more than `own`; None while it may have every free seat
    :param may_wait: whether the queue has a place left
    """

    seats: int
    used_percent: int
    free: int
    own: int
    obstacle: Obstacle | None
    may_wait: bool


def seats_open_to(hall: Hall, groups: Collection[Group], invitation_id: int | None) -> int:
    """The most people of such a cooperative that could sit together now."""
    hold = hall.holds.get(invitation_id or 0)
    more = max(0, hall.free) - hall.kept_for_others(groups)
    for share in hall.shares:
        if share.cap is not None and share.group in groups:
            more = min(more, share.cap - hall.has(share.group))
    return (hold.people if hold else 0) + max(0, more)


def of_invitation(invitation: Invitation, now: datetime) -> Opening:
    """Four queries, one more where the queue has a limit."""
    batch = invitation.batch
    hall = halls.hall(batch, now)
    groups = halls.groups_of(invitation.cooperative, hall.shares)
    hold = hall.holds.get(invitation.id)
    free = max(0, hall.free) + (hold.people if hold else 0)
    own = seats_open_to(hall, groups, invitation.id)
    return Opening(
        seats=hall.seats,
        used_percent=min(100, 100 * hall.used // hall.seats),
        free=free,
        own=own,
        obstacle=None if 0 < free == own else hall.obstacle(_team(own + 1, groups, invitation.id)),
        may_wait=batch.waiting_places is None
        or queries.count_waiting_people(batch.id) < batch.waiting_places,
    )


def _team(people: int, groups: Collection[Group], invitation_id: int) -> Team:
    return Team("", people, frozenset(groups), invitation_id)


def group_name(group: Group | None) -> str:
    """`Kecamatan Kranggan`, `koperasi simpan pinjam`: as a sentence names a group."""
    if group is None:
        return ""
    facet, value = group
    if facet == "cooperative_type":
        return _("koperasi %(type)s", type=_(TYPE_LABELS.get(value, value)).lower())
    return _("Kecamatan %(name)s", name=value)
