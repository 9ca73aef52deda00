"""`flask jobs run`: the second process of an office."""

import os
import signal
import threading

import click
from flask import current_app
from flask.cli import AppGroup

from kopdiklat.jobs import process

jobs = AppGroup("jobs", help="Pekerjaan latar: kirim pesan, ingatkan peserta, kerjakan tugas.")


@jobs.command("run")
def run_jobs():
    """Jalankan pekerjaan latar sampai dihentikan; proses kedua menunggu giliran."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    process.run(current_app._get_current_object(), stop, _tell)  # type: ignore[attr-defined]
    click.echo("Pekerjaan latar berhenti.")
    # A long task may still hold a thread; it is safe to end, and is taken up again.
    os._exit(0)


def _tell(leads: bool) -> None:
    words = "berjalan" if leads else "menunggu giliran, proses lain sedang berjalan"
    click.echo(f"Pekerjaan latar {words} ({process.whoami()}).")
