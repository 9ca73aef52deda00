"""Sixteen processes take letter numbers of one office at the same moment.

Every round is a series of its own, so its first number is raced for too. Each process takes two:
one in four is rolled back after the number was known, one in four is cancelled. Without the lock
(the canary) a number is handed out twice.
"""

import itertools
import multiprocessing
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from kopdiklat import create_app
from kopdiklat.core import numbers
from kopdiklat.core.db import db, transaction
from kopdiklat.core.numbers import IssuedNumber, NumberRegister, Use
from kopdiklat.offices.models import Office

PROCESSES = 16
EACH = 2
YEAR = 2026
NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)
CANARY_ROUNDS = 20
USE = Use("Balap", "semua", "balap")


class RolledBack(Exception):
    """What happened after the number was known."""


@dataclass
class Tally:
    """What the rounds showed."""

    rounds: int = 0
    duplicates: int = 0
    gaps: int = 0
    errors: int = 0
    sentences: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def p95_ms(self) -> int:
        ordered = sorted(self.seconds) or [0]
        return round(1000 * ordered[int(len(ordered) * 0.95)])


def run(database_url: str, rounds: int) -> dict:
    """Race on a migrated database.

    :return: rounds, duplicates, gaps, errors, p95_ms, canary_duplicates (rounds that had some)
    """
    with arena(database_url) as race:
        tally = race.race(rounds)
        naive = race.race_without_lock(CANARY_ROUNDS)
    return {
        "rounds": tally.rounds,
        "duplicates": tally.duplicates,
        "gaps": tally.gaps,
        "errors": tally.errors,
        "p95_ms": tally.p95_ms(),
        "canary_duplicates": naive,
        "canary_rounds": CANARY_ROUNDS,
    }


@contextmanager
def arena(database_url: str, processes: int = PROCESSES):
    """The processes, their app on this database, and an office."""
    with tempfile.TemporaryDirectory() as folder:
        app = _app(database_url, folder)
        with app.app_context():
            race = Arena(database_url, folder, processes)
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
        context.set_forkserver_preload(["bench.numbers"])
        barrier = context.Barrier(processes)
        self.ends, self.workers = [], []
        for _ in range(processes):
            here, there = context.Pipe()
            worker = context.Process(
                target=_work, args=(there, barrier, database_url, folder), daemon=True
            )
            worker.start()
            self.ends.append(here)
            self.workers.append(worker)
        self.count = itertools.count(1)
        with transaction() as session:
            office = Office(
                code="9102", name="Dinas Balap", region_name="Kota Balap", created_at=NOW
            )
            session.add(office)
            session.flush()
            self.office_id = office.id
        self._round(Tally())  # warm: a worker that runs has its queries ready

    def close(self) -> None:
        for end in self.ends:
            end.send(None)
        for worker in self.workers:
            worker.join(10)

    def race(self, rounds: int) -> Tally:
        tally = Tally()
        for _ in range(rounds):
            self._round(tally)
            tally.rounds += 1
        return tally

    def _round(self, tally: Tally) -> None:
        series = f"round {next(self.count)}"
        verbs = ("take", "roll back", "cancel", "take")
        actions = [
            (verbs[n % len(verbs)], self.office_id, series) for n in range(EACH * len(self.ends))
        ]
        given = self._run(actions, tally)
        wanted = sum(verb != "roll back" for verb, _, _ in actions)
        cancelled = sum(verb == "cancel" for verb, _, _ in actions)
        self._judge(series, given, wanted, cancelled, tally)

    def _judge(
        self, series: str, given: list[int], wanted: int, cancelled: int, tally: Tally
    ) -> None:
        """Rows, what the processes were told, and the register must say the same."""
        db.session.rollback()
        rows = db.session.scalars(
            sa.select(IssuedNumber).where(IssuedNumber.series == series)
        ).all()
        held = [row.number for row in rows]
        last = numbers.last_number(self.office_id, series, YEAR)
        for found in (held, given):
            tally.duplicates += sum(n - 1 for n in Counter(found).values())
            tally.gaps += len(set(range(1, wanted + 1)) ^ set(found))
        tally.gaps += last != wanted
        tally.errors += sum(row.cancelled_at is not None for row in rows) != cancelled
        db.session.rollback()

    def race_without_lock(self, rounds: int) -> int:
        """In how many rounds a number is handed out twice when each reads first, then counts."""
        faulty = 0
        for _ in range(rounds):
            series = f"naive {next(self.count)}"
            with transaction():
                numbers.next_number(self.office_id, series, YEAR)
            actions = [("naive", self.office_id, series)] * EACH * len(self.ends)
            given = self._run(actions, Tally())
            faulty += len(set(given)) < len(given)
        return faulty

    def _run(self, actions: list[tuple], tally: Tally) -> list[int]:
        """:return: the numbers that the processes were told"""
        given = []
        for n, end in enumerate(self.ends):
            end.send(actions[n :: len(self.ends)])
        for end in self.ends:
            told, seconds, errors = end.recv()
            given += told
            tally.seconds += seconds
            tally.errors += len(errors)
            tally.sentences += errors
        return given


def _work(end, barrier, database_url: str, folder: str) -> None:
    app = _app(database_url, folder)
    with app.app_context():
        while (actions := end.recv()) is not None:
            told, seconds, errors = [], [], []
            barrier.wait()
            for verb, office_id, series in actions:
                started = time.perf_counter()
                try:
                    told.append(VERBS[verb](office_id, series))
                except RolledBack:
                    pass
                except Exception as error:
                    errors.append(f"{type(error).__name__}: {error}"[:300])
                    db.session.rollback()
                seconds.append(time.perf_counter() - started)
            end.send((told, seconds, errors))


def _issue(office_id: int, series: str) -> IssuedNumber:
    return numbers.issue(
        office_id, series, YEAR, lambda n: f"400/{n:04d}/{series}/{YEAR}", USE, now=NOW
    )


def _take(office_id: int, series: str) -> int:
    with transaction():
        return _issue(office_id, series).number


def _roll_back(office_id: int, series: str) -> int:
    with transaction():
        _issue(office_id, series)
        raise RolledBack


def _cancel(office_id: int, series: str) -> int:
    with transaction():
        issued = _issue(office_id, series)
        ident, number = issued.id, issued.number
    with transaction():
        numbers.cancel(ident, "salah cetak", by="balap", now=NOW)
    return number


def _read_then_count(office_id: int, series: str) -> int:
    """What the lock is there against: what was read is old when the register moves on."""
    where = (NumberRegister.office_id == office_id, NumberRegister.series == series)
    last = db.session.scalar(sa.select(NumberRegister.last).where(*where))
    with transaction() as session:
        session.execute(
            sa.update(NumberRegister).where(*where).values(last=NumberRegister.last + 1)
        )
    return last + 1


VERBS = {"take": _take, "roll back": _roll_back, "cancel": _cancel, "naive": _read_then_count}
