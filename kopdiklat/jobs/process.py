"""The jobs process: lead or stand by, run the schedule, end cleanly."""

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from kopdiklat.core import heartbeats
from kopdiklat.core.audit import Actor, acting
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.logs import describe
from kopdiklat.jobs.leader import LeaderLock, leader_lock
from kopdiklat.jobs.schedule import HEARTBEAT_EVERY, JOBS, Job

logger = logging.getLogger(__name__)

STAND_BY = 1.0  # seconds between two tries for the lock
WATCH = 0.5  # seconds between two looks whether it is still held
LAST_WORDS = 8.0  # seconds that running jobs get at the end


def run(app: Flask, stop: threading.Event, tell: Callable[[bool], None]) -> None:
    """Lead whenever the lock is free, until `stop` is set.

    :param tell: called with True when this process begins to lead, with False when it begins to wait
    """
    lock = leader_lock(app.config["SQLALCHEMY_DATABASE_URI"])
    waits = False
    while not stop.is_set():
        if lock.acquire():
            waits = False
            tell(True)
            logger.info("jobs process %s leads", whoami())
            try:
                Leadership(app).last_while(lock, stop)
            finally:
                lock.release()
        else:
            if not waits:
                tell(False)
            waits = True
            stop.wait(STAND_BY)


def whoami() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:80]


class Leadership:
    """One term of running the schedule. Remembers how each job fared, for the heartbeat."""

    def __init__(self, app: Flask):
        self.app = app
        self.running = 0
        self._outcomes: dict[str, str | None] = {}  # job -> error of its last run since the beat
        self._guard = threading.Lock()

    def last_while(self, lock: LeaderLock, stop: threading.Event) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor  # noqa: PLC0415, heavy
        from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415

        scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(len(JOBS) + 1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600},
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for job in JOBS:
            self._add(scheduler, job.name, job.every, lambda job=job: self.do(job))
        self._add(scheduler, "heartbeat", HEARTBEAT_EVERY, self.beat)
        scheduler.start()
        while not stop.wait(WATCH) and lock.is_held():
            pass
        scheduler.shutdown(wait=False)
        self._wait_for_running_jobs()

    def _add(self, scheduler, name: str, every: float, function) -> None:
        first = utc_now() + timedelta(milliseconds=50)
        scheduler.add_job(function, "interval", seconds=every, id=name, next_run_time=first)

    def do(self, job: Job) -> None:
        """Run one job; a failure is logged, kept for the heartbeat, and tried again next time."""
        with self._at_work(job.name):
            error = None
            try:
                job.run()
            except Exception as failure:
                logger.exception("job %s failed", job.name)
                db.session.rollback()
                error = describe(failure)
            with self._guard:
                self._outcomes[job.name] = error

    def beat(self) -> None:
        with self._guard:
            outcomes, self._outcomes = self._outcomes, {}
        with self._at_work("heartbeat"):
            try:
                self._write(outcomes)
            except Exception:
                # The database is away; the next beat says so by being late.
                logger.exception("no heartbeat")

    def _write(self, outcomes: dict[str, str | None]) -> None:
        now = utc_now()
        with transaction():
            heartbeats.beat(heartbeats.PROCESS, whoami(), now)
            for name, error in outcomes.items():
                if error is None:
                    heartbeats.beat(name, whoami(), now)
                else:
                    heartbeats.note_failure(name, whoami(), now, error)

    @contextlib.contextmanager
    def _at_work(self, name: str):
        with self._guard:
            self.running += 1
        try:
            with self.app.app_context(), acting(Actor(label="sistem", request_id=f"job-{name}")):
                yield
        finally:
            with self._guard:
                self.running -= 1

    def _wait_for_running_jobs(self) -> None:
        deadline = time.monotonic() + LAST_WORDS
        while self.running and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.running:
            logger.warning("jobs still running: %s; they are taken up again later", self.running)
