"""`flask demo load|list`: the demo office."""

import click
from flask import current_app

from kopdiklat import demo
from kopdiklat.cli.schema import TableGroup
from kopdiklat.core.clock import utc_now
from kopdiklat.core.errors import KopdiklatError

commands = TableGroup("demo", help="Kantor contoh.")


@commands.command("load")
@click.argument("scenario", default="mojokerto")
def load(scenario):
    """Muat kantor contoh ke basis data yang kosong."""
    if current_app.config["PRODUCTION"]:
        raise click.ClickException("Kantor contoh tidak dimuat di lingkungan produksi.")
    try:
        demo.load(now=utc_now(), scenario=scenario)
    except KopdiklatError as refusal:
        raise click.ClickException(str(refusal)) from None
    for role, name, password in demo.sign_ins():
        click.echo(f"{role:<22} {name:<28} {password}")


@commands.command("list")
def show():
    """Daftar contoh yang ada."""
    for name, title in demo.SCENARIOS.items():
        click.echo(f"{name:<14} {title}")
