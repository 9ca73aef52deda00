"""Fresh databases for the benchmarks: one SQLite file, one PostgreSQL database, both migrated."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask_migrate import upgrade

from kopdiklat import create_app

POSTGRES = os.environ.get("TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432"
NAMES = ("sqlite", "postgresql")


@contextmanager
def fresh(name: str):
    """An app on an empty, migrated database, as it runs in earnest (rate limits off)."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        database = f"kopdiklat_bench_{os.getpid()}"
        if name == "postgresql":
            _admin(
                f"DROP DATABASE IF EXISTS {database} WITH (FORCE)", f"CREATE DATABASE {database}"
            )
            url = f"{POSTGRES}/{database}"
        app = create_app(
            {
                "DATABASE_URL": url,
                "INSTANCE_PATH": folder,
                "SECRET_KEY": "b" * 48,
                "DATA_KEY": "d" * 48,
                "RATELIMIT_ENABLED": False,
                "WTF_CSRF_ENABLED": False,
                "TESTING": True,
            }
        )
        try:
            with app.app_context():
                upgrade()
                yield app, url
                for engine in app.extensions["sqlalchemy"].engines.values():
                    engine.dispose()
        finally:
            if name == "postgresql":
                _admin(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def _admin(*statements: str) -> None:
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
