"""`flask offices create`: an office and its place in the tree."""

import click

from kopdiklat.cli.schema import TableGroup
from kopdiklat.core.audit import Actor, acting
from kopdiklat.core.clock import ZONES, utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import KopdiklatError
from kopdiklat.offices import service

offices = TableGroup("offices", help="Kantor: dinas provinsi, kabupaten, kota.")


@offices.command("create")
@click.argument("code")
@click.argument("name")
@click.option("--parent", "parent_code", help="Kode kantor induk (provinsi).")
@click.option("--time-zone", type=click.Choice(list(ZONES)), help="Bawaan: menurut provinsi.")
def create_office(code, name, parent_code, time_zone):
    """Buat kantor dengan kode wilayah CODE (35.76 atau 3576)."""
    try:
        with acting(Actor(None, "flask offices create")), transaction():
            office = service.create_office(
                code, name, parent_code=parent_code, time_zone=time_zone, now=utc_now()
            )
            done = f"{office.name} ({office.dotted_code}, {office.time_zone}) dibuat."
    except KopdiklatError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(done)
