"""Test databases: migrated once into a template, copied for each test."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask_migrate import upgrade

from kopdiklat import create_app

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")
IN_CI = os.environ.get("CI") == "true"


def settings(database_url: str, folder: Path) -> dict:
    return {
        "TESTING": True,
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(folder),
        "SECRET_KEY": "kunci sesi untuk pengujian saja 0123456789",
        "DATA_KEY": "kunci data untuk pengujian saja 0123456789",
        "BASE_URL": "http://127.0.0.1:8000",
        "MAIL_URL": "smtp://127.0.0.1:1",
        "RATELIMIT_ENABLED": False,
        "SERVER_NAME": None,
    }


def migrate(database_url: str, folder: Path) -> None:
    app = create_app(settings(database_url, folder))
    with app.app_context():
        upgrade()
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()


class Sqlite:
    """A migrated file, copied."""

    name = "sqlite"

    def __init__(self, folder: Path):
        self.template = folder / "template.db"
        migrate(f"sqlite:///{self.template}", folder)
        with contextmanager(self.database)(folder):
            pass

    def database(self, folder: Path):
        path = folder / "test.db"
        shutil.copyfile(self.template, path)
        yield f"sqlite:///{path}"


class Postgres:
    """A migrated template database of one test worker, copied by the server.

    A copy that a test has left is emptied for the next one, which is quicker than another copy; one
    whose schema a test has changed is dropped.
    """

    name = "postgresql"
    SCHEMA = """
        SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
            SELECT concat(oid, relkind, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT oid::text FROM pg_constraint
            UNION ALL SELECT concat(oid, tgenabled) FROM pg_trigger
            UNION ALL SELECT concat(oid, md5(prosrc)) FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT concat(attrelid, ' ', attnum, attname, attnotnull) FROM pg_attribute
                WHERE attrelid > 16383 AND attnum > 0
        ) AS lines (line)"""
    TABLES = """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"""
    EMPTY = f"""
        SET session_replication_role = replica;  -- past append-only guards and foreign keys
        DO $$ DECLARE it text; BEGIN
            FOR it IN {TABLES} LOOP EXECUTE format('DELETE FROM %I', it); END LOOP;
            PERFORM setval(oid::regclass, 1, false) FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
        END $$"""  # noqa: S608, no input in it
    COUNTED = "SELECT format('%I', sequencename), last_value FROM pg_sequences WHERE last_value > 0"

    def __init__(self, folder: Path, worker: str):
        self.prefix = f"kopdiklat_test_{worker}"
        self.count = 0
        self.free: list[str] = []
        self.template = f"{self.prefix}_template"
        self._run(f"DROP DATABASE IF EXISTS {self.template}", f"CREATE DATABASE {self.template}")
        migrate(f"{POSTGRES}/{self.template}", folder)
        with psycopg.connect(f"{POSTGRES}/{self.template}") as connection:
            self.schema = connection.execute(self.SCHEMA).fetchone()
            self.seeds = self._seeds(connection)
            self.counted = connection.execute(self.COUNTED).fetchall()

    def _seeds(self, connection) -> dict[str, bytes]:
        """Table -> its rows, of those that the migrations filled."""
        found = {}
        for (table,) in connection.execute(self.TABLES).fetchall():
            with connection.cursor().copy(f"COPY {table} TO STDOUT") as rows:
                found[table] = b"".join(rows)
        return {table: rows for table, rows in found.items() if rows}

    def _run(self, *statements: str) -> None:
        with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def database(self, folder: Path):
        name = self.free.pop() if self.free else self._copy()
        yield f"{POSTGRES}/{name}"
        if self._empty(name):
            self.free.append(name)
        else:
            self._drop(name)

    def _copy(self) -> str:
        self.count += 1
        name = f"{self.prefix}_{self.count}"
        self._drop(name)
        self._run(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        return name

    def _empty(self, name: str) -> bool:
        """Whether the database is again as the template is."""
        self._run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{name}' AND backend_type = 'client backend'"
        )
        with psycopg.connect(f"{POSTGRES}/{name}", autocommit=True) as connection:
            if connection.execute(self.SCHEMA).fetchone() != self.schema:
                return False
            connection.execute(self.EMPTY)
            for table, rows in self.seeds.items():
                with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(rows)
            for sequence, last in self.counted:
                connection.execute("SELECT setval(%s, %s)", (sequence, last))
        return True

    def _drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        for name in (*self.free, self.template):
            self._drop(name)


def postgres_is_there() -> bool:
    try:
        psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        if IN_CI:
            raise
        return False
    return True


def engines(*wanted: str) -> list:
    """The databases that this machine can test on, of these or all; with CI=true both or a failure."""
    names = ["sqlite"]
    if postgres_is_there():
        names.append("postgresql")
    return [pytest.param(name, id=name) for name in names if not wanted or name in wanted]
