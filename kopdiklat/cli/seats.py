"""`flask seats …`: the promise of the seats, checked on the rows."""

import sys

import click

from kopdiklat.cli.schema import TableGroup
from kopdiklat.core.clock import utc_now
from kopdiklat.registration.audit import faults

seats = TableGroup("seats", help="Kursi angkatan.")


@seats.command()
def audit() -> None:
    """Periksa setiap janji kursi di basis data ini; keluar 1 bila ada yang dilanggar."""
    found = faults(utc_now())
    for fault in found:
        click.echo(str(fault))
    click.echo(f"{len(found)} pelanggaran." if found else "Semua kursi sesuai.")
    sys.exit(1 if found else 0)
