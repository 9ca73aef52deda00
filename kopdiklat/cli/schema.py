"""Commands that work on the tables: refused in one sentence until these are those of the code."""

import click
from flask.cli import AppGroup, with_appcontext

from kopdiklat.core.migrations import current_revision, head_revision


class TableCommand(click.Command):
    def invoke(self, ctx: click.Context):
        _check_schema()
        return super().invoke(ctx)


class TableGroup(AppGroup):
    command_class = TableCommand


@with_appcontext
def _check_schema() -> None:
    if current_revision() != head_revision():
        raise click.ClickException(
            "Basis data masih kosong atau tertinggal dari kode. Jalankan dahulu: flask db upgrade"
        )
