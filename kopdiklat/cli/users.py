"""`flask users create`: the first admin, before anybody can invite anybody."""

import click
from flask import current_app

from kopdiklat.accounts import passwords, rules, service
from kopdiklat.cli.schema import TableGroup
from kopdiklat.core.audit import Actor, acting
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import KopdiklatError
from kopdiklat.offices import queries as offices
from kopdiklat.offices.rules import clean_code
from kopdiklat.policy import ROLE_LABELS, STAFF_ROLES, belongs_to_office

users = TableGroup("users", help="Akun.")


@users.command("create")
@click.option("--role", type=click.Choice(STAFF_ROLES), default="office_admin", show_default=True)
@click.option("--office", "office_code", help="Kode kantor; tidak untuk platform_admin.")
@click.option("--name", prompt="Nama lengkap")
@click.option("--email", prompt="Email (boleh kosong bila ada nomor HP)", default="")
@click.option("--phone", prompt="Nomor HP (boleh kosong bila ada email)", default="")
@click.password_option(prompt="Kata sandi", confirmation_prompt="Ulangi kata sandi")
@click.option("--demo", is_flag=True, help="Akun contoh; ditolak di produksi.")
def create_user(role, office_code, name, email, phone, password, demo):
    """Buat akun dengan satu peran. Rekan berikutnya diundang dari halaman Pengguna & Peran."""
    if demo and current_app.config["PRODUCTION"]:
        raise click.ClickException("Akun contoh tidak dibuat di produksi.")
    try:
        office_id = _find_office(role, office_code)
        contact = service.read_contact(email.strip().casefold() or None, phone.strip() or None)
        rules.check_password(password, [name, email])
        password_hash = passwords.make_hash(password)
        with acting(Actor(None, "flask users create")), transaction():
            service.create_user(
                name,
                *contact,
                password_hash,
                role=role,
                office_id=office_id,
                is_demo=demo,
                now=utc_now(),
            )
    except KopdiklatError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"{name} dibuat sebagai {ROLE_LABELS[role]}. Masuk di {_sign_in_url()}")


def _find_office(role: str, code: str | None) -> int | None:
    if not belongs_to_office(role):
        if code:
            raise click.UsageError("Admin platform tidak terikat kantor; jangan pakai --office.")
        return None
    if not code:
        raise click.UsageError("Sebutkan kantornya: --office KODE.")
    office = offices.find_office(clean_code(code))
    if office is None:
        raise click.ClickException(
            f"Kantor {code} belum ada. Buat dahulu: flask offices create KODE NAMA"
        )
    return office.id


def _sign_in_url() -> str:
    return current_app.config["BASE_URL"] + "/masuk"
