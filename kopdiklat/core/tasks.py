"""Long work with progress: a row that the jobs process takes, survives a restart and ends in a result.

A handler is registered by name and must be safe to run twice: a task whose process died is taken
again when its heartbeat is old.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kopdiklat.core.audit import Actor, acting
from kopdiklat.core.db import JSON, UTC, Model, db, lock, one_of, transaction
from kopdiklat.core.errors import KopdiklatError

logger = logging.getLogger(__name__)

STATES = ("queued", "running", "done", "failed", "cancelled")
LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 3

Progress = Callable[[int, int], None]
HANDLERS: dict[str, Callable[["Task", Progress], dict]] = {}


class Task(Model):
    __tablename__ = "tasks"
    __audited__ = False
    __table_args__ = (one_of("state", STATES), sa.Index("ix_tasks_state", "state", "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int]
    user_id: Mapped[int | None]
    user_name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(40))
    payload: Mapped[dict] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(sa.String(10), default="queued")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(sa.String(300))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTC)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UTC)
    finished_at: Mapped[datetime | None] = mapped_column(UTC)

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


def handler(kind: str):
    """Register the function that does tasks of this kind: `(task, progress) -> result dict`."""

    def register(function):
        HANDLERS[kind] = function
        return function

    return register


def enqueue(kind: str, payload: dict, *, office_id: int, user, now: datetime) -> Task:
    """Queue long work inside the caller's transaction; its id is known after the flush."""
    if kind not in HANDLERS:
        raise LookupError(f"no handler for task kind {kind}")
    task = Task(
        kind=kind,
        payload=payload,
        office_id=office_id,
        user_id=user.id if user else None,
        user_name=user.name if user else "sistem",
        created_at=now,
    )
    db.session.add(task)
    db.session.flush()
    return task


def run_next_task(now: Callable[[], datetime]) -> bool:
    """Take the oldest waiting (or abandoned) task and do it.

    :return: whether there was one
    """
    claimed = _claim(now())
    if claimed is None:
        return False
    task_id, attempt = claimed
    task = db.session.get_one(Task, task_id)
    who = Actor(task.user_id, task.user_name, f"task-{task_id}", office_id=task.office_id)
    with acting(who):
        outcome = _attempt(task, _reporter(task_id, attempt, now))
    with transaction():
        owned = _owned(task_id, attempt)
        if owned is None:
            logger.warning("task %s: attempt %s was overtaken", task_id, attempt)
            return True
        owned.finished_at = now()
        for name, value in outcome.items():
            setattr(owned, name, value)
    return True


def _attempt(task: Task, progress: Progress) -> dict:
    try:
        return {"state": "done", "result": HANDLERS[task.kind](task, progress)}
    except KopdiklatError as refusal:
        db.session.rollback()
        return {"state": "failed", "error": str(refusal)[:300]}
    except Exception:
        # One task that breaks must not stop the others; the trace is in the log under its id.
        db.session.rollback()
        logger.exception("task %s failed", task.id)
        return {"state": "failed", "error": f"Pekerjaan berhenti. Kode bantuan: task-{task.id}."}


def _owned(task_id: int, attempt: int) -> Task | None:
    """The task, locked, while this attempt has it: a lease that ran out gives it to the next."""
    task = lock(Task, task_id)
    return task if task.state == "running" and task.attempts == attempt else None


def _claim(now: datetime) -> tuple[int, int] | None:
    """:return: the id of the task and the number of this attempt"""
    waiting = sa.or_(
        Task.state == "queued",
        sa.and_(Task.state == "running", Task.heartbeat_at < now - LEASE),
    )
    candidate = sa.select(Task.id).where(waiting).order_by(Task.created_at, Task.id).limit(1)
    if db.session.scalar(candidate) is None:
        db.session.rollback()
        return None
    with transaction() as session:
        task = session.scalar(
            sa.select(Task)
            .where(waiting)
            .order_by(Task.created_at, Task.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if task is None:
            return None
        if task.attempts >= MAX_ATTEMPTS:
            task.state = "failed"
            task.error = f"Pekerjaan terhenti berulang kali. Kode bantuan: task-{task.id}."
            task.finished_at = now
            return None
        task.state = "running"
        task.attempts += 1
        task.heartbeat_at = now
        return task.id, task.attempts


def _reporter(task_id: int, attempt: int, now: Callable[[], datetime]) -> Progress:
    """A progress callback that writes at most once a second. Never call it inside transaction()."""
    last = None

    def report(done: int, total: int) -> None:
        nonlocal last
        moment = now()
        if last and moment - last < timedelta(seconds=1):
            return
        last = moment
        with transaction():
            task = _owned(task_id, attempt)
            if task is not None:
                task.done, task.total, task.heartbeat_at = done, total, moment

    return report
