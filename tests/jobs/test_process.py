"""Real jobs processes on one database: one leads, one stands by and takes over."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from kopdiklat.core import heartbeats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.heartbeats import JobHeartbeat
from kopdiklat.jobs import process
from kopdiklat.jobs.leader import leader_lock
from kopdiklat.jobs.process import Leadership
from kopdiklat.jobs.schedule import JOBS, Job
from tests.notifications.mail import all_messages, make_messages, never_quiet, smtp_server

pytestmark = pytest.mark.race


@contextmanager
def jobs_processes(app, mail_url, count=2):
    names = ("INSTANCE_PATH", "SECRET_KEY", "DATA_KEY", "BASE_URL")
    environment = os.environ | {name: app.config[name] for name in names}
    environment |= {
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "MAIL_URL": mail_url,
        "FLASK_APP": "app",
    }
    command = [sys.executable, "-m", "flask", "jobs", "run"]
    processes = [subprocess.Popen(command, env=environment) for _ in range(count)]
    try:
        yield {process.pid: process for process in processes}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=20)


def wait_for(answer, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < deadline, "nothing within the time"
        time.sleep(0.05)
    return found


def leader_pid():
    db.session.rollback()
    name = db.session.scalar(
        sa.select(JobHeartbeat.process).where(JobHeartbeat.name == heartbeats.PROCESS)
    )
    return int(name.rpartition(":")[2]) if name else None


def all_are_sent():
    return all(message.sent_at for message in all_messages())


def test_one_process_leads_and_the_other_takes_over_when_it_is_killed(app):
    make_messages(40)
    never_quiet()
    with smtp_server() as (url, mailbox), jobs_processes(app, url) as processes:
        leader = wait_for(leader_pid)
        wait_for(all_are_sent)

        os.kill(leader, signal.SIGKILL)
        killed_at = time.monotonic()
        successor = wait_for(lambda: (pid := leader_pid()) != leader and pid)
        takeover = time.monotonic() - killed_at
        with transaction():
            db.session.execute(sa.text("UPDATE outbox_messages SET sent_at = NULL WHERE id <= 5"))
        wait_for(all_are_sent)

    assert leader in processes
    assert successor in processes
    assert takeover < 30, takeover
    print(f"takeover {takeover:.2f} s")
    assert len(mailbox.messages) == 45
    assert len(set(mailbox.recipients)) == 40


def test_the_process_ends_cleanly_when_it_is_told_to(app):
    with smtp_server() as (url, _), jobs_processes(app, url, count=1) as processes:
        pid = wait_for(leader_pid)
        os.kill(pid, signal.SIGTERM)

        assert processes[pid].wait(timeout=10) == 0
    assert leader_lock(app.config["SQLALCHEMY_DATABASE_URI"]).acquire()


def test_a_process_says_that_it_stands_by_and_when_it_leads(app):
    told, stop = [], threading.Event()
    other = leader_lock(app.config["SQLALCHEMY_DATABASE_URI"])
    assert other.acquire()
    waiting = threading.Thread(target=process.run, args=(app, stop, told.append))
    waiting.start()
    try:
        wait_for(lambda: told)
        time.sleep(2 * process.STAND_BY)
        alone = list(told)
        other.release()
        wait_for(lambda: len(told) > 1)
    finally:
        stop.set()
        waiting.join(timeout=20)

    assert alone == [False]
    assert told == [False, True]


def test_leader_lock_is_held_by_one_at_a_time(app):
    first, second = (leader_lock(app.config["SQLALCHEMY_DATABASE_URI"]) for _ in range(2))

    answers = [first.acquire(), second.acquire(), first.is_held(), second.is_held()]
    first.release()

    assert answers == [True, False, True, False]
    assert second.acquire()
    second.release()


def test_leader_lock_notices_that_it_was_lost(app):
    lock = leader_lock(app.config["SQLALCHEMY_DATABASE_URI"])
    assert lock.acquire()
    if db.engine.dialect.name == "sqlite":
        lock.path.unlink()
    else:
        lost = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        db.session.execute(
            sa.text(
                lost
                + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )

    assert lock.is_held() is False
    assert lock.acquire()
    lock.release()


def test_a_job_that_fails_is_told_by_the_heartbeat_and_stops_nothing(app):
    def fail():
        raise OSError("disk penuh")

    term = Leadership(app)
    term.do(Job("good", "Baik", 1, lambda: None))
    term.do(Job("bad", "Buruk", 1, fail))
    term.beat()

    known = {beat.name: beat for beat in heartbeats.all_heartbeats()}
    assert known["good"].beat_at
    assert (known["bad"].beat_at, known["bad"].error) == (None, "OSError: disk penuh")
    assert heartbeats.is_alive(utc_now())


def test_every_job_can_run_twice_on_an_empty_office(app):
    for job in JOBS + JOBS:
        job.run()

    assert all_messages() == []
