"""`flask doctor`: everything that production needs, checked at once, and each setting explained."""

from dataclasses import replace

import click
from flask import current_app
from flask.cli import with_appcontext

from kopdiklat.accounts import queries, service
from kopdiklat.core import checks, heartbeats, keys
from kopdiklat.core.db import db
from kopdiklat.core.migrations import current_revision, head_revision
from kopdiklat.messages.catalogue import KINDS


@click.command("doctor")
@with_appcontext
def doctor():
    """Periksa lingkungan dan jelaskan setiap pengaturan."""
    settings = current_app.config
    production = settings["PRODUCTION"]
    click.echo(
        f"Alamat: {settings['BASE_URL']} ({'produksi' if production else 'bukan produksi'})\n"
    )
    for name, purpose in checks.VARIABLES.items():
        click.echo(f"{name:<16} {_shown(name, settings)}\n{'':<16} {purpose}")
    click.echo(f"{'/readyz':<16} rinciannya dengan Authorization: Bearer {keys.monitor_token()}")
    facts = checks.gather(settings)
    errors = _database_errors()
    if not errors:
        facts = replace(facts, revision=current_revision(), head=head_revision())
        _explain_setup(production)
    errors += [found for found in checks.look(facts) if found.is_error]
    warnings = [found for found in checks.look(facts) if not found.is_error]
    warnings += _whatsapp_warnings(settings, bool(facts.revision))
    click.echo()
    for found in errors:
        click.secho(f"SALAH  {found.name}: {found.sentence}", fg="red" if production else "yellow")
    for found in warnings:
        click.secho(f"CATAT  {found.name}: {found.sentence}", fg="yellow")
    if errors and production:
        click.echo("\nProduksi tidak akan dijalankan seperti ini.")
        raise SystemExit(1)
    if errors:
        click.echo("\nBukan produksi, jadi tetap berjalan. Untuk produksi, perbaiki yang di atas.")
    else:
        click.echo("Semua pemeriksaan lulus.")


def _shown(name: str, settings) -> str:
    value = settings.get("SQLALCHEMY_DATABASE_URI" if name == "DATABASE_URL" else name)
    if isinstance(value, dict):
        value = [f"{key}={text}" for key, text in value.items()]
    if isinstance(value, list):
        value = ", ".join(value)
    if value in (None, ""):
        return "(kosong)"
    if name == "DATABASE_URL":
        return db.engine.url.render_as_string(hide_password=True)
    return "(terisi)" if name in checks.SECRETS else str(value)


def _whatsapp_warnings(settings, has_schema: bool) -> list[checks.Finding]:
    """Kinds that nobody sends over WhatsApp, and what the gateway last complained of."""
    names = set(settings["WHATSAPP_TEMPLATES"])
    found = [
        checks.Finding("WHATSAPP_TEMPLATES", f"Jenis pesan {name} tidak dikenal.", is_error=False)
        for name in sorted(names - {name for name, kind in KINDS.items() if kind.blanks})
    ]
    trouble = heartbeats.trouble(heartbeats.channel("gateway")) if names and has_schema else None
    if trouble:
        found.append(checks.Finding("WHATSAPP_URL", trouble, is_error=False))
    return found


def _database_errors() -> list[checks.Finding]:
    try:
        db.session.execute(db.text("SELECT 1"))
    except db.exc.SQLAlchemyError as failure:
        reason = str(failure.__cause__ or failure).splitlines()[0]
        return [checks.Finding("DATABASE_URL", f"Basis data tidak terjangkau: {reason}")]
    return []


def _explain_setup(production: bool) -> None:
    if current_revision() is None:
        click.echo("\nBasis data masih kosong. Jalankan: flask db upgrade")
    elif not queries.anybody():
        click.echo("\nBelum ada pengguna. Buka alamat di atas dan pilih Mulai kantor,")
        click.echo("atau jalankan: flask users create --role office_admin --office KODE")
        if production:
            click.echo(f"Kode penyiapan untuk halaman Mulai kantor: {service.setup_code()}")
