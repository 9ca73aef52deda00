"""What the ways in and out leave in the audit trail, and how it reads there."""

import re
from datetime import UTC, datetime

import pyotp
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from kopdiklat.accounts import people, recovery
from kopdiklat.accounts.models import PasswordReset, User
from kopdiklat.core import keys
from kopdiklat.core.audit import MASK, AuditEntry
from kopdiklat.core.db import db, transaction
from tests.factories import PASSWORD, make_office, make_user

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EMAIL = "rina@contoh.go.id"
NEW = "sungai lebar batu kuning"


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def office(app):
    return make_office()


@pytest.fixture
def rina(office):
    return make_user("coordinator", office, name="Rina Wulandari", email=EMAIL)


def sign_in(app, password=PASSWORD, name=EMAIL, **options):
    client = app.test_client()
    client.post("/masuk", data={"name": name, "password": password}, **options)
    return client


def code(secret=SECRET):
    return pyotp.TOTP(secret).now()


def since(moment):
    """(who, action, table, row, office) of every entry from then on."""
    found = sa.select(AuditEntry).where(AuditEntry.at >= moment).order_by(AuditEntry.id)
    return [
        (e.actor, e.action, e.object_type, e.object_id, e.office_id)
        for e in db.session.scalars(found)
    ]


def test_a_sign_in_and_a_sign_out_are_of_the_person(app, rina, office):
    start = datetime.now(UTC)

    sign_in(app).post("/keluar")

    assert since(start) == [
        ("Rina Wulandari", "sign_in", "users", rina.id, office.id),
        ("Rina Wulandari", "sign_out", "users", rina.id, office.id),
    ]


def test_the_entry_names_the_request_and_holds_no_password_and_no_address(app, rina):
    start = datetime.now(UTC)

    sign_in(app, environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
    sign_in(app, "salah sekali ini", environ_overrides={"REMOTE_ADDR": "203.0.113.7"})

    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.at >= start)).all()
    assert len(entries) == 2
    for entry in entries:
        assert entry.request_id
        assert (entry.before, entry.after, entry.reason) == (None, None, None)
        for column in AuditEntry.__table__.columns:
            assert "203.0.113.7" not in str(getattr(entry, column.name))


def test_a_failed_sign_in_is_a_visitors_and_stands_at_the_account(app, rina, office):
    start = datetime.now(UTC)

    sign_in(app, "salah sekali ini", " Rina@Contoh.GO.ID ")

    assert since(start) == [("pengunjung", "sign_in_failed", "users", rina.id, office.id)]


def test_a_closed_account_has_its_failed_sign_ins_too(app, office):
    closed = make_user("mentor", office, email=EMAIL, disabled_at=datetime.now(UTC))
    start = datetime.now(UTC)

    sign_in(app)

    assert since(start) == [("pengunjung", "sign_in_failed", "users", closed.id, office.id)]


def test_a_name_without_account_and_an_attempt_that_must_wait_leave_nothing(app, rina):
    for _ in range(5):
        sign_in(app, "salah sekali ini")
    start = datetime.now(UTC)

    sign_in(app)
    sign_in(app, name="tidak.ada@contoh.go.id")

    assert since(start) == []


def test_a_hash_made_stronger_says_that_the_password_is_the_same(app, rina):
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
    with transaction():
        db.session.get_one(User, rina.id).password_hash = weak.hash(PASSWORD)
    start = datetime.now(UTC)

    sign_in(app)

    found = sa.select(AuditEntry).where(AuditEntry.at >= start, AuditEntry.action == "update")
    entry = db.session.scalars(found).one()
    assert entry.after == {"password_hash": MASK}
    assert entry.reason == "Kata sandi yang sama, disimpan lebih kuat."


def test_a_code_that_fits_and_one_that_does_not_are_of_the_person(app, office):
    rina = make_user(
        "coordinator", office, name="Rina", email=EMAIL,
        totp_secret=SECRET, totp_confirmed_at=datetime.now(UTC),
    )  # fmt: skip
    start = datetime.now(UTC)

    client = sign_in(app)
    client.post("/masuk/faktor-kedua", data={"code": "000000"})
    client.post("/masuk/faktor-kedua", data={"code": code()})

    assert since(start) == [
        ("Rina", action, "users", rina.id, office.id)
        for action in ("sign_in", "second_factor_failed", "second_factor")
    ]


def test_setting_up_a_factor_is_a_change_of_the_account(app, rina, office):
    client = sign_in(app)
    page = client.get("/account/second-factor").get_data(as_text=True)
    secret = re.search(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", page)[0].replace(" ", "")
    start = datetime.now(UTC)

    client.post("/account/second-factor", data={"code": code(secret)})

    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.at >= start)).one()
    assert (entry.actor, entry.office_id, entry.action) == ("Rina Wulandari", office.id, "update")
    assert entry.after["totp_secret"] == MASK
    assert entry.before == {"totp_secret": None, "totp_confirmed_at": None}


def test_a_forgotten_password_is_in_the_trail_of_the_office(app, rina, office):
    start = datetime.now(UTC)
    app.test_client().post("/lupa-kata-sandi", data={"name": EMAIL})
    reset = db.session.scalars(sa.select(PasswordReset)).one()
    token = keys.token_for(recovery.PURPOSE, reset.nonce)

    app.test_client().post(f"/kata-sandi/{token}", data={"password": NEW})

    assert sorted(since(start)) == [
        ("pengunjung", "insert", "password_resets", reset.id, office.id),
        ("pengunjung", "update", "password_resets", reset.id, office.id),
        ("pengunjung", "update", "users", rina.id, office.id),
    ]


def test_an_invited_account_is_in_the_trail_of_the_office(app, office):
    admin = make_user("office_admin", office)
    with transaction():
        invitation = people.invite(
            office.id, "mentor", "Dedi", "dedi@contoh.id", None,
            ends_on=None, by=admin, now=datetime.now(UTC),
        )  # fmt: skip
    token = keys.token_for(people.PURPOSE, invitation.nonce)
    start = datetime.now(UTC)

    app.test_client().post(f"/undangan-akun/{token}", data={"name": "Dedi", "password": NEW})

    assert {entry[2:3] + entry[4:] for entry in since(start)} == {
        ("user_invitations", office.id), ("users", office.id), ("memberships", office.id),
    }  # fmt: skip


def test_signing_somebody_out_is_the_admins(app, rina, office, login_as):
    sign_in(app)
    admin = login_as(make_user("office_admin", office, name="Ani"))
    start = datetime.now(UTC)

    admin.post(f"/users/{rina.id}/sign-out")
    admin.post(f"/users/{rina.id}/sign-out")

    assert since(start) == [("Ani", "sign_out", "users", rina.id, office.id)]


def test_signing_out_another_browser_of_ones_own_is_the_persons(app, rina, office):
    client, _other, third = sign_in(app), sign_in(app), sign_in(app)
    page = third.get("/account/devices").get_data(as_text=True)
    first = re.search(r"/account/devices/(\d+)/revocation", page)[0]
    start = datetime.now(UTC)

    client.get("/account")
    third.post(first)
    third.post("/account/devices/revocation")

    assert since(start) == [("Rina Wulandari", "sign_out", "users", rina.id, office.id)] * 2


# -- how it reads ----------------------------------------------------------------------------------


def read(client, **given):
    page = client.get("/audit", query_string=given).get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_trail_tells_it_in_words(app, office, rina, login_as):
    sign_in(app, "salah sekali ini")
    sign_in(app).post("/keluar")
    sign_in(app)
    admin = login_as(make_user("office_admin", office, name="Ani"))
    admin.post(f"/users/{rina.id}/sign-out")

    shown = read(admin)

    assert "pengunjung gagal masuk sebagai pengguna Rina Wulandari" in shown
    assert "Rina Wulandari masuk dengan kata sandi" in shown
    assert "Rina Wulandari keluar" in shown
    assert "Ani mengakhiri sesi masuk pengguna Rina Wulandari" in shown
    assert "Rina Wulandari keluar" not in read(admin, action="sign_in_failed")


def test_the_trail_names_whose_password_factor_and_role_changed(app, office, login_as):
    person = make_user(
        "mentor", office, name="Dedi", totp_secret=SECRET, totp_confirmed_at=datetime.now(UTC)
    )
    admin = login_as(make_user("office_admin", office, name="Ani"))
    sure = {"current_password": PASSWORD, "reason": "HP hilang di pasar"}
    admin.post(f"/users/{person.id}/second-factor/release", data=sure)
    admin.post(
        f"/users/{person.id}/roles", data=sure | {"role": "assessor", "office_id": office.id}
    )
    admin.post(f"/memberships/{person.memberships[0].id}/end")
    admin.post(f"/users/{person.id}/password-link", data=sure)
    reset = db.session.scalars(sa.select(PasswordReset)).one()
    token = keys.token_for(recovery.PURPOSE, reset.nonce)
    app.test_client().post(f"/kata-sandi/{token}", data={"password": NEW})

    shown = read(admin)

    assert "Ani mengubah pengguna Dedi faktor kedua dipasang: dari “" in shown
    assert "Alasan: HP hilang di pasar" in shown
    assert "Ani menambahkan peran Dedi peran Penilai" in shown
    assert "Ani mengubah peran Dedi sampai: dari “–” menjadi “" in shown
    assert "Ani menambahkan tautan kata sandi Dedi" in shown
    assert "pengunjung mengubah pengguna Dedi kata sandi: diganti" in shown
