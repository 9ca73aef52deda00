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
    """A migrated template database of one test worker, copied by the server."""

    name = "postgresql"

    def __init__(self, folder: Path, worker: str):
        self.prefix = f"kopdiklat_test_{worker}"
        self.count = 0
        template = f"{self.prefix}_template"
        self._run(f"DROP DATABASE IF EXISTS {template}", f"CREATE DATABASE {template}")
        migrate(f"{POSTGRES}/{template}", folder)
        self.template = template

    def _run(self, *statements: str) -> None:
        with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def database(self, folder: Path):
        self.count += 1
        name = f"{self.prefix}_{self.count}"
        self._run(
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"CREATE DATABASE {name} TEMPLATE {self.template}",
        )
        yield f"{POSTGRES}/{name}"
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        self._run(f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)")


def postgres_is_there() -> bool:
    try:
        psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        if IN_CI:
            raise
        return False
    return True


def engines() -> list:
    """The databases that this machine can test on; with CI=true both or a failure."""
    names = ["sqlite"]
    if postgres_is_there():
        names.append("postgresql")
    return [pytest.param(name, id=name) for name in names]
