"""CLI: the `flask …` commands. Owns no rules."""

from flask import Flask

from kopdiklat.cli.imports import import_command
from kopdiklat.cli.jobs import jobs
from kopdiklat.cli.seats import seats


def register_commands(app: Flask) -> None:
    """Hang every command group on the app."""
    app.cli.add_command(import_command)
    app.cli.add_command(jobs)
    app.cli.add_command(seats)
