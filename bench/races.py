"""Sixteen processes race for the last ten seats; and the same without the lock, which must oversell.

The processes live through all rounds and start each one together at a barrier. Every third round
has teams of two, every fourth is a full batch in which half cancel while half register and the
quota is raised.
"""

import multiprocessing
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bench.office import BenchOffice
from kopdiklat import create_app
from kopdiklat.cooperatives.models import Officer
from kopdiklat.core import keys
from kopdiklat.core.db import db, transaction
from kopdiklat.registration import halls, offers, rules, seating, service, tokens
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from kopdiklat.training.models import Batch

PROCESSES = 16
SEATS = 10
TEAMS = 32
NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)
CANARY_ROUNDS = 20


@dataclass
class Tally:
    """What the rounds showed."""

    rounds: int = 0
    oversold: int = 0
    left_empty: int = 0
    errors: int = 0
    sentences: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def p95_ms(self) -> int:
        ordered = sorted(self.seconds) or [0]
        return round(1000 * ordered[int(len(ordered) * 0.95)])


def run(database_url: str, rounds: int) -> dict:
    """Race on a migrated database.

    :return: rounds, oversold, left_empty, errors, p95_ms, canary_oversold (rounds that oversold)
    """
    with arena(database_url) as race:
        tally = race.race(rounds)
        naive = race.race_without_lock(CANARY_ROUNDS)
    return {
        "rounds": tally.rounds,
        "oversold": tally.oversold,
        "left_empty": tally.left_empty,
        "errors": tally.errors,
        "p95_ms": tally.p95_ms(),
        "canary_oversold": naive,
    }


@contextmanager
def arena(database_url: str, processes: int = PROCESSES, kind: "type[Arena] | None" = None):
    """The processes, their app on this database, and cooperatives with two officers each."""
    with tempfile.TemporaryDirectory() as folder:
        app = _app(database_url, folder)
        with app.app_context():
            race = (kind or Arena)(database_url, folder, processes)
            try:
                yield race
            finally:
                race.close()
                db.session.remove()
                db.engine.dispose()


def _app(database_url: str, folder: str):
    return create_app(
        {
            "DATABASE_URL": database_url,
            "INSTANCE_PATH": folder,
            "SECRET_KEY": "b" * 48,
            "DATA_KEY": "d" * 48,
            "RATELIMIT_ENABLED": False,
            "BASE_URL": "http://127.0.0.1:8000",
        }
    )


class Arena:
    """Rounds of one race after another on one database."""

    def __init__(self, database_url: str, folder: str, processes: int):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["bench.races"])
        self.barrier = context.Barrier(processes)
        self.ends = []
        self.workers = []
        for _ in range(processes):
            here, there = context.Pipe()
            worker = context.Process(
                target=_work, args=(there, self.barrier, database_url, folder), daemon=True
            )
            worker.start()
            self.ends.append(here)
            self.workers.append(worker)
        office = BenchOffice("9101", TEAMS, NOW)
        self.teams, self._make_batch = office.teams, office.make_batch
        self._last_seats(Tally(), in_teams=True)  # warm: a worker that runs has its queries ready

    def close(self) -> None:
        for end in self.ends:
            end.send(None)
        for worker in self.workers:
            worker.join(10)

    def race(self, rounds: int) -> Tally:
        tally = Tally()
        for n in range(rounds):
            if n % 4 == 3:
                self._churn(tally)
            else:
                self._last_seats(tally, in_teams=n % 3 == 2)
            tally.rounds += 1
        return tally

    def _last_seats(self, tally: Tally, in_teams: bool) -> None:
        batch_id, invited = self._make_batch(SEATS)
        actions = [
            (register_now, batch_id, cooperative_id, officers[: 2 if in_teams and n % 2 else 1],
             invited[cooperative_id])
            for n, (cooperative_id, officers) in enumerate(self.teams)
        ]  # fmt: skip
        self._run(actions, tally)
        self._judge(batch_id, tally, expected=SEATS)

    def _churn(self, tally: Tally) -> None:
        """Full with a queue; then cancel, register and raise the quota at once."""
        batch_id, invited = self._make_batch(SEATS)
        first = self.teams[: TEAMS // 2]
        seated = []
        with transaction():
            for cooperative_id, officers in first:
                seated += register(batch_id, cooperative_id, officers[:1], invited[cooperative_id])
            cancelled = [r.id for r in seated if r.state == "confirmed"][:8]
        actions = [(cancel, registration_id) for registration_id in cancelled]
        actions += [
            (register_now, batch_id, cooperative_id, officers, invited[cooperative_id])
            for cooperative_id, officers in self.teams[TEAMS // 2 :]
        ]
        actions.insert(3, (change_seats, batch_id, SEATS + 3))
        self._run(actions, tally)
        self._judge(batch_id, tally, expected=0)  # teams of two may leave a seat that fits nobody

    def race_without_lock(self, rounds: int) -> int:
        """How many rounds oversell when each counts first and then writes."""
        oversold = 0
        for _ in range(rounds):
            batch_id, _ = self._make_batch(SEATS)
            actions = [
                (_count_then_insert, batch_id, cooperative_id, officers)
                for cooperative_id, officers in self.teams
            ]
            self._run(actions, Tally())
            oversold += halls.count_seated(batch_id) > SEATS
            db.session.rollback()
        return oversold

    def _run(self, actions: list[tuple], tally: Tally) -> None:
        for n, end in enumerate(self.ends):
            end.send(actions[n :: len(self.ends)])
        for end in self.ends:
            seconds, errors = end.recv()
            tally.seconds += seconds
            tally.errors += len(errors)
            tally.sentences += errors

    def _judge(self, batch_id: int, tally: Tally, expected: int) -> None:
        db.session.rollback()
        batch = db.session.get_one(Batch, batch_id)
        hall = halls.hall(batch, NOW)
        used = hall.used
        fitting, _ = seating.next_to_sit(hall, halls.waiting_teams(batch_id, hall.shares))
        tally.oversold += max(0, used - batch.seats)
        tally.left_empty += max(sum(team.people for team in fitting), expected - used)
        db.session.rollback()


def _work(end, barrier, database_url: str, folder: str) -> None:
    app = _app(database_url, folder)
    with app.app_context():
        while (actions := end.recv()) is not None:
            seconds, errors = [], []
            barrier.wait()
            for action in actions:
                started = time.perf_counter()
                try:
                    action[0](*action[1:])
                except (rules.BatchFull, rules.OfferOver):
                    pass  # an answer, not a failure
                except Exception as error:
                    errors.append(f"{type(error).__name__}: {error}"[:300])
                    db.session.rollback()
                seconds.append(time.perf_counter() - started)
            end.send((seconds, errors))


def register(batch_id: int, cooperative_id: int, officers: list[int], invitation_id: int):
    return service.register_team(
        batch_id,
        cooperative_id,
        [Participant(officer_id=officer_id) for officer_id in officers],
        team=service.new_team(),
        by="balap",
        now=NOW,
        invitation_id=invitation_id,
        accept_waiting=True,
    )


def register_now(*arguments) -> None:
    with transaction():
        register(*arguments)


def cancel(registration_id: int) -> None:
    with transaction():
        service.cancel(registration_id, "tidak jadi", by="balap", now=NOW)


def change_seats(batch_id: int, seats: int) -> None:
    with transaction():
        service.change_seats(batch_id, seats, by="balap", now=NOW)


def _count_then_insert(batch_id: int, cooperative_id: int, officers: list[int]) -> None:
    """What the lock is there against: what was counted is old when the row is written."""
    taken = halls.count_seated(batch_id)
    officer = db.session.get_one(Officer, officers[0])
    person_id = officer.person_id
    if taken >= SEATS:
        db.session.rollback()
        return
    nonce = keys.new_nonce()
    with transaction() as session:
        session.execute(
            sa.insert(Registration).values(
                office_id=db.session.get_one(Batch, batch_id).office_id,
                batch_id=batch_id,
                cooperative_id=cooperative_id,
                person_id=person_id,
                position="member",
                team=service.new_team(),
                number=nonce[:20],
                state="confirmed",
                nonce=nonce,
                **tokens.hashes_of(nonce),
                registered_at=NOW,
            )
        )


def accept(registration_id: int) -> None:
    with transaction():
        offers.accept(registration_id, by="balap", now=NOW)


def decline(registration_id: int) -> None:
    with transaction():
        offers.decline(registration_id, None, by="balap", now=NOW)


def move_on(batch_id: int) -> None:
    """As the jobs process does, two hours later: offers whose time is over go on."""
    with transaction():
        offers.move_on(batch_id, now=NOW + timedelta(hours=2))
