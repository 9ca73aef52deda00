"""Whether the database has the schema of this code.

Asked by every /readyz, so it reads the names of the steps and one row, and leaves Alembic, which
only commands need, out of the web workers.
"""

from functools import lru_cache
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask, current_app
from werkzeug.local import LocalProxy

from kopdiklat.core.db import db

VERSION = sa.table("alembic_version", sa.column("version_num"))


def init_app(app: Flask, directory: Path, **options) -> None:
    """As `Migrate(app, db, …)`, which is loaded when a command first asks for it."""

    def load():
        from flask_migrate import Migrate  # noqa: PLC0415, heavy

        Migrate(app, db, directory=str(directory), **options)
        return app.extensions["migrate"]

    app.config["MIGRATIONS"] = directory
    app.extensions["migrate"] = LocalProxy(load)
    app.cli.add_command(Commands("db", help="Migrasi basis data."))


class Commands(click.Command):
    """`flask db …` of Flask-Migrate, which takes over when it is called."""

    def make_context(self, *args, **extra) -> click.Context:
        from flask_migrate.cli import db as commands  # noqa: PLC0415, heavy

        return commands.make_context(*args, **extra)


@lru_cache(maxsize=4)
def _head(directory: Path) -> str | None:
    steps = sorted(path.name for path in (directory / "versions").glob("[0-9]*_*.py"))
    return steps[-1].partition("_")[0] if steps else None


def head_revision() -> str | None:
    """The newest revision of the code: steps are numbered, and their files carry the number."""
    return _head(current_app.config["MIGRATIONS"])


def current_revision() -> str | None:
    """The revision of the database; None when it is empty."""
    if not sa.inspect(db.session.connection()).has_table(VERSION.name):
        return None
    return db.session.scalar(sa.select(VERSION.c.version_num))
