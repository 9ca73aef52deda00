"""Long work: an attempt that was overtaken says nothing more."""

from datetime import timedelta

import pytest

from kopdiklat.core import tasks
from kopdiklat.core.db import db, transaction
from kopdiklat.core.tasks import Task
from tests.factories import make_office


@pytest.fixture
def slow():
    """A kind of task whose first attempt is overtaken while it works."""
    attempts = []

    @tasks.handler("slow")
    def work(task, progress):
        attempts.append(task.attempts)
        number = len(attempts)
        if number == 1:
            work.overtake(task, progress)
        return {"attempt": number}

    yield work
    del tasks.HANDLERS["slow"]


def test_an_attempt_that_was_overtaken_leaves_the_outcome_to_the_next(app, now, slow):
    later = now + tasks.LEASE * 2

    def overtake(task, progress):
        ident = task.id
        claimed = tasks._claim(later)
        assert claimed == (ident, 2)
        progress(1, 2)

    slow.overtake = overtake
    task_id = queued(now)

    assert tasks.run_next_task(lambda: now)

    task = db.session.get_one(Task, task_id)
    assert (task.state, task.result, task.finished_at) == ("running", None, None)
    assert (task.done, task.heartbeat_at) == (0, later)


def test_an_outcome_is_that_of_the_attempt_that_owns_the_task(app, now, slow):
    later = now + tasks.LEASE * 2

    def overtake(task, progress):
        tasks.run_next_task(lambda: later)

    slow.overtake = overtake
    task_id = queued(now)

    assert tasks.run_next_task(lambda: now + timedelta(seconds=1))

    task = db.session.get_one(Task, task_id)
    assert (task.state, task.result, task.attempts) == ("done", {"attempt": 2}, 2)
    assert task.finished_at == later


def queued(now):
    office = make_office()
    with transaction():
        return tasks.enqueue("slow", {}, office_id=office.id, user=None, now=now).id
