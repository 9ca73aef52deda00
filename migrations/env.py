"""Alembic: runs on the app's own engine, with names for every constraint and a time limit on locks."""

from alembic import context
from flask import current_app
from sqlalchemy import text

config = context.config
target = current_app.extensions["migrate"].db


def run_migrations() -> None:
    options = current_app.extensions["migrate"].configure_args
    with target.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = '4s'"))
            connection.execute(text("SET statement_timeout = '60s'"))
            connection.commit()
        else:
            # Rebuilding a table would fire ON DELETE of its children: constraints are checked after.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        connection = connection.execution_options(writing=True)
        context.configure(connection=connection, target_metadata=target.metadata, **options)
        with context.begin_transaction():
            context.run_migrations()
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    raise SystemExit("Migrasi memerlukan basis data yang tersambung.")
run_migrations()
