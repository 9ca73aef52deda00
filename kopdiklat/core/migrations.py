"""Whether the database has the schema of this code."""

from functools import lru_cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from kopdiklat.core.db import db


@lru_cache(maxsize=4)
def _head(directory: str) -> str | None:
    return ScriptDirectory(directory).get_current_head()


def head_revision() -> str | None:
    """The newest revision of the code."""
    return _head(current_app.extensions["migrate"].directory)


def current_revision() -> str | None:
    """The revision of the database; None when it is empty."""
    context = MigrationContext.configure(db.session.connection())
    return context.get_current_revision()
