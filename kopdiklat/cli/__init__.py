"""CLI: the `flask …` commands. Owns no rules."""

from flask import Flask

from kopdiklat.cli.demo import commands as demo
from kopdiklat.cli.doctor import doctor
from kopdiklat.cli.imports import import_command
from kopdiklat.cli.jobs import jobs
from kopdiklat.cli.offices import offices
from kopdiklat.cli.seats import seats
from kopdiklat.cli.serve import serve
from kopdiklat.cli.users import users


def register_commands(app: Flask) -> None:
    """Hang every command group on the app."""
    app.cli.add_command(serve)
    app.cli.add_command(demo)
    app.cli.add_command(doctor)
    app.cli.add_command(offices)
    app.cli.add_command(users)
    app.cli.add_command(import_command)
    app.cli.add_command(jobs)
    app.cli.add_command(seats)
