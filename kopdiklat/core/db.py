"""Database: SQLite embedded, PostgreSQL in production, one code.

Reading needs nothing. Writing happens only inside `with transaction():`, opened by the outermost
caller (a POST view, a command, one step of a job), which commits once.
"""

import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC as UTC_ZONE
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import Pool

from kopdiklat.core.errors import KopdiklatError, NotFound
from kopdiklat.core.text import N_

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base)

# Seconds that a writer waits for another on SQLite. The longest is an import of 5,000 rows, which
# writes for 4 seconds where the processor is free (bench/imports.py); a busy machine takes thrice.
WAIT_FOR_WRITER = 30

if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True

else:
    Model = db.Model

M = TypeVar("M", bound=Model)

GONE = N_("Data ini baru saja dihapus.")


class UTC(sa.types.TypeDecorator[datetime]):
    """A moment. Refuses naive datetimes, stores UTC, returns aware UTC on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC_ZONE)

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        return (
            value.replace(tzinfo=UTC_ZONE) if value.tzinfo is None else value.astimezone(UTC_ZONE)
        )


JSON = sa.JSON(none_as_null=True)


def one_of(column: str, values: tuple[str, ...], name: str | None = None) -> sa.CheckConstraint:
    """A check constraint beside a state column: the column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=name or column)


@contextmanager
def transaction() -> Iterator[Session]:
    """One change, one commit.

    Ends the reading transaction and opens a writing one (BEGIN IMMEDIATE on SQLite), so that what
    was loaded before is read again under the lock. On PostgreSQL, lock the deciding row first
    with `lock()`. The audit entries of the change are written in the same transaction.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("transaction() does not nest: services never open one")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed before transaction() was opened")
    session.rollback()
    session.info["writing"] = True
    try:
        session.connection(execution_options={"writing": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False


def is_writing() -> bool:
    """Whether a transaction() is open in this request or thread."""
    return bool(db.session().info.get("writing"))


def lock(model: type[M], ident: Any, *with_it: Any) -> M:
    """Read one row again, held until the commit (a row lock on PostgreSQL; SQLite has the file).

    FOR NO KEY UPDATE: keeps other writers out, and lets rows be inserted that only refer to it.
    :param with_it: what is read along with it and not locked: `joinedload(Batch.office)`
    :raises NotFound: it was deleted after it was loaded
    """
    row = db.session.scalar(_locking(model, with_it), {"ident": ident})
    if row is None:
        raise NotFound(GONE)
    return row


@cache
def _locking(model: type[M], with_it: tuple) -> sa.Select[M]:
    (key,) = sa.inspect(model).primary_key
    return (
        sa.select(model)
        .where(key == sa.bindparam("ident"))
        .options(*with_it)
        .with_for_update(key_share=True, of=model)
        .execution_options(populate_existing=True)
    )


def lock_name(name: str) -> None:
    """As `lock`, where what is counted has no row of its own to lock: one at a time by this name."""
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))


def flush_unless(taken: Mapping[str, KopdiklatError]) -> None:
    """Write. What somebody else took a moment ago is refused as if it had stood there before.

    :param taken: name of a unique constraint or index -> the refusal when it is broken
    :raises IntegrityError: another one is broken, which is a fault of ours
    """
    try:
        db.session.flush()
    except sa.exc.IntegrityError as error:
        refusals = (taken[name] for name in _broken(error.orig) if name in taken)
        refusal = next(refusals, None)
        if refusal is None:
            raise
        raise refusal from None


def _broken(cause: BaseException | None) -> list[str]:
    """What was to be unique. PostgreSQL names it, SQLite its columns: `users.email, users.phone`."""
    named = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if named:
        return [named]
    columns = str(cause).partition("UNIQUE constraint failed: ")[2].split(", ")
    table = Base.metadata.tables.get(columns[0].partition(".")[0])
    if table is None:
        return []
    uniques: list[sa.UniqueConstraint | sa.Index] = [
        *(c for c in table.constraints if isinstance(c, sa.UniqueConstraint)),
        *(i for i in table.indexes if i.unique),
    ]
    return [
        str(unique.name)
        for unique in uniques
        if [f"{table.name}.{column.name}" for column in unique.columns] == columns
    ]


@event.listens_for(Session, "before_flush")
def _refuse_flush_outside_transaction(session, flush_context, instances):
    if not session.info.get("writing"):
        raise RuntimeError("a flush outside transaction()")


@event.listens_for(Engine, "connect")
def _set_sqlite_pragmas(connection, record):
    if not type(connection).__module__.startswith("sqlite3"):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={WAIT_FOR_WRITER * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Pool, "checkout")
def _leave_a_dead_connection(connection, record, proxy):
    """A server that restarted has closed its end, which makes the socket readable at rest.

    Asking the socket costs nothing; asking the server, as `pool_pre_ping` does, is one more query
    with every request.
    """
    if type(connection).__module__.startswith("psycopg") and (
        connection.closed or _is_readable(connection.fileno())
    ):
        raise sa.exc.DisconnectionError("the server has closed this connection")


def _is_readable(descriptor: int) -> bool:
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()  # takes descriptors beyond 1024, of which a busy worker has some
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


@event.listens_for(Engine, "begin")
def _begin(connection):
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def engine_options(url: str) -> dict:
    """Pool and time limits of one web or jobs process."""
    quiet = {"hide_parameters": True}  # what a person typed never enters a log by way of a failure
    if url.startswith("sqlite"):
        return {**quiet, "connect_args": {"timeout": WAIT_FOR_WRITER}}
    return {
        **quiet,
        "pool_size": 8,
        "pool_use_lifo": True,  # the last one used has its statements prepared
        "max_overflow": 8,
        "connect_args": {
            "options": "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"
        },
    }
