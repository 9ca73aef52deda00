"""`flask seats …`: the promise of the seats, and a lottery computed again, from the rows."""

import sys

import click

from kopdiklat.cli.schema import TableGroup
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.registration.audit import faults
from kopdiklat.targeting import lotteries
from kopdiklat.targeting.models import Lottery

seats = TableGroup("seats", help="Kursi angkatan.")
lottery = TableGroup("lottery", help="Undian sasaran.")
seats.add_command(lottery)


@seats.command()
def audit() -> None:
    """Periksa setiap janji kursi di basis data ini; keluar 1 bila ada yang dilanggar."""
    found = faults(utc_now())
    for fault in found:
        click.echo(str(fault))
    click.echo(f"{len(found)} pelanggaran." if found else "Semua kursi sesuai.")
    sys.exit(1 if found else 0)


@lottery.command()
@click.argument("lottery_id", type=int, metavar="ID")
def verify(lottery_id: int) -> None:
    """Hitung ulang satu undian; keluar 1 bila hasilnya tidak sama, 2 bila tidak dapat dihitung."""
    row = db.session.get(Lottery, lottery_id)
    found = lotteries.differences(row) if row else None
    if row is None or found is None:
        click.echo(
            "Undian ini tidak ada." if row is None else "Undian ini belum atau tidak diundi."
        )
        sys.exit(2)
    for difference in found:
        click.echo(difference)
    click.echo(
        f"{len(found)} perbedaan." if found else f"Sama: {row.drawn_places} dari {row.eligible}."
    )
    sys.exit(1 if found else 0)
