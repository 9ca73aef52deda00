"""A batch that moves to other days or another place, and who hears of it.

Nothing goes out before somebody has seen whom it reaches and what it says: without `confirmed` the
change is tried, measured and undone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.core.db import db, lock
from kopdiklat.core.letters import in_letters
from kopdiklat.core.outbox import OutboxMessage, announce, withdraw
from kopdiklat.offices.models import Office
from kopdiklat.registration import letters, queries, rules, service
from kopdiklat.registration.invitations import Recipient, silent_recipients
from kopdiklat.registration.letters import Told
from kopdiklat.registration.models import Registration
from kopdiklat.training import rules as training_rules
from kopdiklat.training import service as training
from kopdiklat.training.models import Batch

WAYS = ("none", "email", "whatsapp")  # who has neither first: they have to be called


@dataclass(frozen=True)
class Telling:
    """Who would be told, and the first message as it would go.

    :param everybody: (name, cooperative, way), by way and name; way is one of WAYS
    """

    everybody: tuple[tuple[str, str, str], ...]
    kind: str
    name: str
    payload: Mapping[str, Any]

    @property
    def people(self) -> int:
        return len(self.everybody)

    @property
    def by_way(self) -> dict[str, int]:
        """Way -> people, of every way."""
        counts = Counter(way for _name, _cooperative, way in self.everybody)
        return {way: counts[way] for way in WAYS}


def _way(message: OutboxMessage | None) -> str:
    if message is None:
        return "none"
    return "email" if message.channel == "email" else "whatsapp"


class NotConfirmed(Exception):
    """People would be told, and nobody has said yes: undoes the change that was tried."""

    def __init__(self, telling: Telling):
        super().__init__()
        self.telling = telling


def check_confirmed(told: Sequence[Told], confirmed: bool) -> None:
    """:raises NotConfirmed: with whom it concerns and what they would read"""
    if not confirmed and told:
        raise NotConfirmed(telling_of(told))


def telling_of(told: Sequence[Told]) -> Telling:
    reached = [one.message for one in told if one.message]
    first = reached[0] if reached else None
    return Telling(
        everybody=tuple(
            (one.name, one.cooperative, _way(one.message))
            for one in sorted(told, key=lambda one: (WAYS.index(_way(one.message)), one.name))
        ),
        kind=first.kind if first else "",
        name=first.recipient_name if first else "",
        payload=first.payload if first else {},
    )


def change_batch(
    batch_id: int,
    values: Mapping[str, Any],
    rows: Sequence[training.SessionRow],
    seats: int,
    *,
    by: str,
    now: datetime,
    confirmed: bool = True,
) -> Batch:
    """Change a batch with its timetable and its quota; who is in it hears of new days or places.

    Locks the office, for its trainers and rooms, and then the batch.
    :raises ClashUndecided: a trainer, the room or a participant is elsewhere then
    :raises SeatsBelowUsed: fewer seats than are given out
    :raises NotConfirmed: people would be told
    """
    lock(Office, db.session.get_one(Batch, batch_id).office_id)
    batch = lock(Batch, batch_id)
    training_rules.check_numbers(seats, values["minimum_people"])
    standing = standing_of(batch)
    others = queries.participants_elsewhere(batch_id, training.planned_of(rows))
    training.change_batch(batch, values, rows, others=others, now=now)
    service.change_seats(batch_id, seats, by=by, now=now)
    check_confirmed(tell_if_moved(batch, standing, now), confirmed)
    return batch


@dataclass(frozen=True)
class Standing:
    """What people keep in their diary: when each day begins and ends, and where; and in words."""

    diary: tuple
    facts: dict


def standing_of(batch: Batch) -> Standing:
    diary = letters.bounds_of_days(batch), batch.venue, batch.venue_address
    return Standing(diary, _facts(batch))


def tell_if_moved(batch: Batch, was: Standing, now: datetime) -> list[Told]:
    """Tell of the change where there was a diary and it is no longer right."""
    if not was.diary[0] or standing_of(batch).diary == was.diary:
        return []
    return _tell_moved(batch, was.facts, now)


def _facts(batch: Batch) -> dict:
    with in_letters():
        return letters.facts_of(batch)


def _hours(facts: dict) -> str:
    """In one line: `08.00–16.00 WIB`, or those of each day where days differ."""
    return facts["hours"] or "; ".join(f"{days}: {hours}" for days, hours in facts["hours_by_day"])


def _tell_moved(batch: Batch, was: dict, now: datetime) -> list[Told]:
    """One message per person or silent cooperative; what is unsent speaks of the new days."""
    batch.moves += 1
    db.session.flush()
    active = db.session.scalars(
        sa.select(Registration)
        .where(Registration.batch_id == batch.id, Registration.state.in_(rules.ACTIVE))
        .options(joinedload(Registration.person), joinedload(Registration.cooperative))
        .order_by(Registration.id)
    ).all()
    silent = silent_recipients(batch, now)
    withdraw(
        [
            key
            for registration in active
            for key in (f"batch.moved:{registration.id}:", f"batch.reminder:{registration.id}:")
        ]
        + [f"batch.moved:invitation:{one.invitation.id}:" for one in silent],
        now=now,
    )
    _renew_unsent(batch, active)
    old = {"was_days": was["days"], "was_hours": _hours(was), "was_place": was["place"]}
    told = [
        letters.told("batch.moved", registration, now, edition=str(batch.moves), **old)
        for registration in active
    ]
    return told + [_tell_silent(batch, one, old, now) for one in silent]


def _tell_silent(batch: Batch, one: Recipient, old: dict, now: datetime) -> Told:
    message = announce(
        "batch.moved",
        office_id=batch.office_id,
        **one.address,
        dedupe_key=f"batch.moved:invitation:{one.invitation.id}:{batch.moves}",
        now=now,
        topic=letters.topic_of(batch.id),
        person=one.address["name"],
        nonce=None,
        **_facts(batch),
        **old,
    )
    return Told(one.address["name"], one.invitation.cooperative.name, message)


def _renew_unsent(batch: Batch, active: Iterable[Registration]) -> None:
    """Confirmations and invitations that nobody sent yet carry the new facts."""
    keys = [
        f"{kind}:{registration.id}" for registration in active for kind in letters.STANDING_KINDS
    ]
    keys += [letters.offer_key(offer) for offer in queries.open_offers(batch.id)]
    keys += queries.invitation_message_keys(batch.id)
    waiting = sa.select(OutboxMessage).where(
        OutboxMessage.dedupe_key.in_(keys),
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.opened_at.is_(None),
    )
    facts = _facts(batch)
    for message in db.session.scalars(waiting.with_for_update()):
        message.payload = {**message.payload, **facts}
