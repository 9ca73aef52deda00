"""flask offices create, flask users create, flask doctor."""

import contextvars

import pytest
import sqlalchemy as sa

from kopdiklat import create_app
from kopdiklat.accounts.models import User
from kopdiklat.core import heartbeats
from kopdiklat.core.db import db, transaction
from kopdiklat.offices.models import Office
from tests.databases import settings
from tests.factories import make_office, make_user
from tests.test_web import PRODUCTION

PASSWORD = "gunung kuda lemari biru"
USER = ["users", "create", "--name", "Rina", "--phone", "", "--password", PASSWORD]


def run(app, *arguments):
    result = app.test_cli_runner().invoke(args=list(arguments))
    db.session.rollback()
    return result


def run_alone(other, arguments):
    """Run a command of another app than the one whose context the test stands in."""
    return contextvars.Context().run(other.test_cli_runner().invoke, args=arguments)


def test_offices_create_makes_a_tree_from_the_codes(app):
    run(app, "offices", "create", "35.76", "Dinas Koperasi Kota Mojokerto")
    result = run(app, "offices", "create", "35", "Dinas Koperasi Provinsi Jawa Timur")
    run(app, "offices", "create", "3517", "Dinas Koperasi Kabupaten Jombang", "--parent", "35")
    run(app, "offices", "create", "91.71", "Dinas Koperasi Kota Jayapura")

    assert result.exit_code == 0
    offices = {o.code: o for o in db.session.scalars(sa.select(Office))}
    assert offices["3576"].parent_id == offices["3517"].parent_id == offices["35"].id
    assert offices["3576"].region_name == "Kota Mojokerto"
    assert offices["9171"].time_zone == "WIT"
    assert (offices["3517"].level, offices["3576"].level) == ("regency", "city")


def test_offices_create_refuses_what_cannot_be(app):
    make_office()
    for arguments, sentence in (
        (("35.76", "Kantor kedua"), "sudah ada"),
        (("357", "Kantor"), "2 atau 4 angka"),
        (("35.17", "Kantor", "--parent", "33"), "Kantor induk adalah provinsi"),
        (("35.17", "Kantor", "--parent", "35"), "belum ada"),
    ):
        result = run(app, "offices", "create", *arguments)

        assert result.exit_code == 1
        assert sentence in result.output


def test_users_create_makes_the_first_admin(app):
    make_office()

    result = run(app, *USER, "--email", "Rina@Contoh.go.id", "--office", "35.76")

    assert result.exit_code == 0, result.output
    user = db.session.scalars(sa.select(User)).one()
    assert user.email == "rina@contoh.go.id"
    assert [m.role for m in user.memberships] == ["office_admin"]


def test_users_create_makes_a_platform_admin_without_office(app):
    result = run(app, *USER, "--email", "rina@contoh.go.id", "--role", "platform_admin")

    assert result.exit_code == 0, result.output
    user = db.session.scalars(sa.select(User)).one()
    assert [(m.role, m.office_id) for m in user.memberships] == [("platform_admin", None)]


def test_users_create_refuses_what_cannot_be(app):
    make_office()
    make_user(None, email="lain@contoh.go.id")
    for arguments, sentence in (
        (("--email", "rina@contoh.go.id"), "Sebutkan kantornya"),
        (("--email", "rina@contoh.go.id", "--office", "9999"), "belum ada"),
        (("--email", "", "--office", "3576"), "Isi email atau nomor HP"),
        (("--email", "lain@contoh.go.id", "--office", "3576"), "sudah dipakai"),
        (("--email", "r@contoh.go.id", "--office", "3576", "--password", "pendek"), "12 karakter"),
    ):
        result = run(app, *USER, *arguments)

        assert result.exit_code != 0
        assert sentence in result.output


def test_users_create_refuses_demo_accounts_in_production(app, tmp_path):
    make_office()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    production = create_app(settings(url, tmp_path) | PRODUCTION)
    arguments = [*USER, "--email", "rina@contoh.go.id", "--office", "3576", "--demo"]

    result = run_alone(production, arguments)

    assert result.exit_code == 1
    assert "tidak dibuat di produksi" in result.output
    with production.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    "arguments",
    [
        ["offices", "create", "3576", "Dinas Koperasi Kota Mojokerto"],
        [*USER, "--email", "rina@contoh.go.id", "--office", "3576"],
        ["import", "cooperatives", __file__, "--office", "3576"],
        ["demo", "load"],
        ["seats", "audit"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_on_an_empty_database_says_to_upgrade_it(tmp_path, arguments):
    empty = create_app(settings(f"sqlite:///{tmp_path}/kosong.db", tmp_path))

    result = run_alone(empty, arguments)

    assert (result.exit_code, result.output) == (
        1,
        "Error: Basis data masih kosong atau tertinggal dari kode. "
        "Jalankan dahulu: flask db upgrade\n",
    )
    with empty.app_context():
        db.engine.dispose()


def test_doctor_explains_every_setting_and_hides_secrets(app):
    result = run(app, "doctor")

    assert result.exit_code == 0
    for name in ("DATABASE_URL", "SECRET_KEY", "DATA_KEY", "BASE_URL", "MAIL_URL", "FILES_URL"):
        assert name in result.output
    assert app.config["SECRET_KEY"] not in result.output
    assert app.config["DATA_KEY"] not in result.output
    assert "flask users create" in result.output
    assert "SALAH" not in result.output


def test_doctor_tells_what_the_whatsapp_gateway_complained_of(app, now):
    app.config["WHATSAPP_TEMPLATES"] = {"invitation.sent": "undangan", "salah.ketik": "x"}
    with transaction():
        heartbeats.note_failure("channel gateway", "uji", now, "Kunci gerbang ditolak (190).")

    result = run(app, "doctor")

    assert "CATAT  WHATSAPP_URL: Kunci gerbang ditolak (190)." in result.output
    assert "CATAT  WHATSAPP_TEMPLATES: Jenis pesan salah.ketik tidak dikenal." in result.output


def test_doctor_fails_where_production_would_not_start(app, tmp_path, monkeypatch):
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    monkeypatch.setattr("sys.argv", ["flask", "doctor"])
    bad = create_app(
        settings(url, tmp_path)
        | PRODUCTION
        | {"BASE_URL": "http://kopdiklat.contoh.go.id", "DATA_KEY": PRODUCTION["SECRET_KEY"]}
    )

    result = run_alone(bad, ["doctor"])

    assert result.exit_code == 1
    assert "SALAH  BASE_URL: Harus https" in result.output
    assert "SALAH  DATA_KEY: Sama dengan SECRET_KEY" in result.output
    with bad.app_context():
        db.engine.dispose()
