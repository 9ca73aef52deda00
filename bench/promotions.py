"""Sixteen processes free seats while others register: who is next gets each, once, and at once.

Before a round some sit, some have an offer whose time is over by then, and a queue of single
persons and pairs waits. Then people cancel, take and let go their offers, offers expire, the quota
is raised, and new teams register, all at the same moment. What the rows say
afterwards is judged by `flask seats audit`. Without the lock (the canary) seats stay empty.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bench import races
from bench.races import NOW, SEATS, Tally
from kopdiklat.core.db import db, transaction
from kopdiklat.registration import audit, halls, seating, service
from kopdiklat.registration.models import Registration, SeatOffer
from kopdiklat.training.models import Batch

FIRST = 20  # teams that are there before the round
CANARY_ROUNDS = 20


@dataclass
class PromotionTally(Tally):
    """As of the seats; `broken` counts promises that the rows do not keep."""

    broken: int = 0
    offered: int = 0  # teams that were offered a seat in the rounds


def run(database_url: str, rounds: int) -> dict:
    """Race on a migrated database.

    :return: rounds, broken, oversold, left_empty, errors, offered, p95_ms, canary_faulty and
        canary_rounds
    """
    with arena(database_url) as race:
        tally = race.race(rounds)
        naive = race.race_without_lock(CANARY_ROUNDS)
    return {
        "rounds": tally.rounds,
        "broken": tally.broken,
        "oversold": tally.oversold,
        "left_empty": tally.left_empty,
        "errors": tally.errors,
        "offered": tally.offered,
        "p95_ms": tally.p95_ms(),
        "canary_faulty": naive,
        "canary_rounds": CANARY_ROUNDS,
    }


@contextmanager
def arena(database_url: str, processes: int = races.PROCESSES):
    with races.arena(database_url, processes, Promotions) as race:
        yield race


class Promotions(races.Arena):
    """Rounds in which seats become free while others ask for them."""

    def race(self, rounds: int) -> PromotionTally:
        tally = PromotionTally()
        for _ in range(rounds):
            batch_id, actions = self._make_round()
            before = _count_offers(batch_id)
            self._run(actions, tally)
            self._judge_promises(batch_id, tally)
            tally.offered += _count_offers(batch_id) - before
            tally.rounds += 1
        return tally

    def _make_round(self) -> tuple[int, list[tuple]]:
        batch_id, invited = self._make_batch(SEATS)
        self._fill(batch_id, invited)
        states = self._ids_by_state(batch_id)
        offered = states["offered"]
        actions: list[tuple] = [(races.cancel, ident) for ident in states["confirmed"][:3]]
        actions += [
            (races.accept, offered[0]),
            (races.accept, offered[0]),
            (races.decline, offered[1]),
        ]
        actions += [(races.move_on, batch_id), (races.cancel, states["waitlisted"][0])]
        actions += [(races.change_seats, batch_id, SEATS + 2)]
        actions += [
            (
                races.register_now,
                batch_id,
                cooperative_id,
                officers[: 1 + n % 2],
                invited[cooperative_id],
            )
            for n, (cooperative_id, officers) in enumerate(self.teams[FIRST:])
        ]
        return batch_id, actions

    def _fill(self, batch_id: int, invited: dict[int, int]) -> None:
        """Ten sit, teams wait; three cancel, so that three seats are offered until an hour later."""
        with transaction():
            for n, (cooperative_id, officers) in enumerate(self.teams[:FIRST]):
                races.register(
                    batch_id, cooperative_id, officers[: 1 + (n % 4 == 3)], invited[cooperative_id]
                )
        seated = self._ids_by_state(batch_id)["confirmed"]
        with transaction():
            for ident in seated[:3]:
                service.cancel(ident, "tidak jadi", by="balap", now=NOW)
        with transaction():
            db.session.execute(
                sa.update(SeatOffer)
                .where(SeatOffer.batch_id == batch_id)
                .values(told_at=NOW, answer_by=NOW + timedelta(hours=1))
            )

    def _ids_by_state(self, batch_id: int) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {"confirmed": [], "offered": [], "waitlisted": []}
        rows = sa.select(Registration.state, Registration.id).where(
            Registration.batch_id == batch_id
        )
        for state, ident in db.session.execute(rows.order_by(Registration.id)):
            found.setdefault(state, []).append(ident)
        db.session.rollback()
        return found

    def _judge_promises(self, batch_id: int, tally: PromotionTally) -> None:
        self._judge(batch_id, tally, expected=0)
        faults = audit.faults_of(db.session.get_one(Batch, batch_id), NOW)
        tally.broken += len(faults)
        tally.sentences += [str(fault) for fault in faults]
        db.session.rollback()

    def race_without_lock(self, rounds: int) -> int:
        """In how many rounds a seat stays empty, or is given twice, when each looks first, then acts."""
        faulty = 0
        for _ in range(rounds):
            batch_id, invited = self._make_batch(SEATS)
            with transaction():
                for cooperative_id, officers in self.teams:
                    races.register(batch_id, cooperative_id, officers[:1], invited[cooperative_id])
            seated = self._ids_by_state(batch_id)["confirmed"]
            tally = PromotionTally()
            self._run([(cancel_naively, ident) for ident in seated], tally)
            self._judge_promises(batch_id, tally)
            faulty += bool(tally.broken or tally.oversold or tally.left_empty or tally.errors)
        return faulty


def _count_offers(batch_id: int) -> int:
    found = sa.select(sa.func.count(SeatOffer.id)).where(SeatOffer.batch_id == batch_id)
    count = db.session.scalar(found)
    db.session.rollback()
    return count or 0


def cancel_naively(registration_id: int) -> None:
    """What the lock is there against: who is next was read before the seat was freed."""
    registration = db.session.get_one(Registration, registration_id)
    batch = db.session.get_one(Batch, registration.batch_id)
    hall = halls.hall(batch, NOW)
    hall.taken -= 1
    chosen, _ = seating.next_to_sit(hall, halls.waiting_teams(batch.id))
    ident, office_id, batch_id = registration.id, batch.office_id, batch.id
    with transaction() as session:
        session.execute(
            sa.update(Registration).where(Registration.id == ident).values(state="cancelled")
        )
        for team in chosen:
            session.execute(
                sa.update(Registration)
                .where(Registration.team == team.name)
                .values(state="offered")
            )
            session.execute(
                sa.insert(SeatOffer).values(
                    office_id=office_id, batch_id=batch_id, team=team.name, made_at=NOW
                )
            )
