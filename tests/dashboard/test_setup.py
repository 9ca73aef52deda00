"""The first page of an empty installation, and the start page after it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat import create_app, demo
from kopdiklat.accounts import service
from kopdiklat.accounts.models import Membership, User
from kopdiklat.cooperatives.models import ActivityStatus, Cooperative
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.offices.models import Office
from kopdiklat.policy import ROLE_LABELS
from tests.databases import settings
from tests.factories import (
    make_batch,
    make_course,
    make_office,
    make_registration,
    make_training_session,
    make_user,
)
from tests.test_web import HOST, PRODUCTION

FORM = {
    "office_name": "Dinas Koperasi dan UKM Kota Mojokerto",
    "region_name": "Kota Mojokerto",
    "code": "35.76",
    "time_zone": "WIB",
    "name": "Rina Wulandari",
    "contact": "rina@contoh.go.id",
    "password": "gunung kuda lemari biru",
}


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def text(answer):
    return answer.get_data(as_text=True)


def test_an_empty_installation_offers_an_example_and_an_office(app):
    page = text(app.test_client().get("/"))

    assert "Coba contoh" in page
    assert "Mulai kantor" in page


def test_start_office_makes_the_office_and_its_admin(app):
    client = app.test_client()

    assert client.post("/mulai-kantor", data=FORM).headers["Location"] == "/masuk"

    office = db.session.scalars(sa.select(Office)).one()
    admin = db.session.scalars(sa.select(Membership)).one()
    assert (office.code, office.time_zone) == ("3576", "WIB")
    assert (admin.role, admin.office_id, admin.user.email) == (
        "office_admin",
        office.id,
        "rina@contoh.go.id",
    )
    signed_in = client.post("/masuk", data={"name": FORM["contact"], "password": FORM["password"]})
    assert signed_in.status_code == 303
    assert app.test_client().get("/mulai-kantor").status_code == 404
    assert app.test_client().post("/mulai-kantor", data=FORM).status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"code": "357"}, "Kode wilayah terdiri dari 2 atau 4 angka"),
        ({"contact": "12"}, "contoh 0812-3456-7890"),
        ({"password": "dinaskoperasi2026"}, "mudah ditebak"),
        ({"office_name": ""}, "Nama kantor perlu diisi"),
    ],
)
def test_start_office_says_what_is_wrong_and_makes_nothing(app, fields, sentence):
    answer = app.test_client().post("/mulai-kantor", data=FORM | fields)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "Rina Wulandari" in text(answer)
    assert db.session.scalar(sa.select(sa.func.count(Office.id))) == 0
    assert db.session.scalar(sa.select(sa.func.count(User.id))) == 0


def test_the_demo_is_loaded_once_and_its_accounts_are_shown(app):
    client = app.test_client()

    assert client.post("/contoh").headers["Location"] == "/"

    page = text(client.get("/"))
    assert "Akun contoh" in page
    assert db.session.scalar(sa.select(sa.func.count(Office.id)).where(Office.is_demo)) > 0
    assert client.post("/contoh").status_code == 404


def test_each_demo_account_is_called_by_the_role_that_it_holds(app):
    demo.load(now=utc_now())
    labels = {email: label for label, email, _password in demo.sign_ins()}

    for user in db.session.scalars(sa.select(User)):
        (membership,) = user.memberships
        assert labels[user.email].startswith(ROLE_LABELS[membership.role])


def test_no_cooperative_of_the_demo_is_active_before_it_was_founded(app):
    demo.load(now=utc_now())

    early = sa.select(Cooperative.name).where(
        Cooperative.activity_status_on < Cooperative.legal_date
    )
    assert db.session.scalars(early).all() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ActivityStatus)) == 192
    differing = sa.select(Cooperative.name).where(
        Cooperative.id == ActivityStatus.cooperative_id,
        Cooperative.activity_status_on != ActivityStatus.as_of,
    )
    assert db.session.scalars(differing).all() == []


def test_the_sign_in_does_not_call_the_contact_of_the_office_its_admin(app):
    make_office(contact_name="Ibu Rina Wulandari", contact_phone="+6281234567890")

    page = app.test_client().get("/").get_data(as_text=True)

    assert 'Belum punya akun? Hubungi kantor: <span class="keep">Ibu Rina Wulandari' in page


def test_production_asks_for_the_setup_code_and_loads_no_demo(app, tmp_path):
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    production = create_app(settings(url, tmp_path) | PRODUCTION)
    production.config["WTF_CSRF_ENABLED"] = False
    client = production.test_client()
    with production.app_context():
        code = service.setup_code()

    def send(**fields):
        return client.post("/mulai-kantor", data=FORM | fields, base_url=HOST)

    assert "Coba contoh" not in text(client.get("/", base_url=HOST))
    assert client.post("/contoh", base_url=HOST).status_code == 404
    assert send().status_code == 422
    assert "flask doctor" in text(send(setup_code="salah"))
    assert send(setup_code=code).status_code == 303
    with production.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_start_page_shows_the_next_dates_with_seats_in_words(app):
    office = make_office(contact_name="Ibu Rina", contact_phone="+6281234567890")
    make_user("office_admin", office)
    now = utc_now()
    for name, seats, taken, waiting, opens, closes in (
        ("Masih ada", 5, 2, 0, -7, 1),
        ("Sudah penuh", 2, 2, 1, -7, 1),
        ("Belum dibuka", 2, 0, 0, 1, 2),
    ):
        batch = make_batch(
            office,
            seats=seats,
            taken=taken,
            sessions=0,
            course=make_course(office, name=name),
            registration_opens_at=now + timedelta(days=opens),
            registration_closes_at=now + timedelta(days=closes),
        )
        make_training_session(batch, starts_at=now + timedelta(days=3, hours=seats))
        for _ in range(waiting):
            make_registration(batch, state="waitlisted")
    make_batch(office, course=make_course(office, name="Masih rancangan"), state="draft")

    page = text(app.test_client().get("/"))

    assert "Masih ada, angkatan 1" in page
    assert "3 kursi lagi" in page
    assert "Penuh, daftar tunggu 1" in page
    assert "Dibuka " in page
    assert "Masih rancangan" not in page
    assert "0812-3456-7890" in page


def test_the_start_page_makes_as_many_queries_for_one_date_as_for_three(app):
    office = make_office()
    make_user("office_admin", office)
    client, counts = app.test_client(), []
    for more in (1, 2):
        for _ in range(more):
            batch = make_batch(office, taken=1, sessions=0)
            make_training_session(batch, starts_at=utc_now() + timedelta(days=3))
        db.session.rollback()
        seen = []
        listener = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        client.get("/")
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize("path", ["/jadwal", "/bantuan", "/kebijakan-privasi"])
def test_public_pages_need_no_office_and_no_account(app, path):
    assert app.test_client().get(path).status_code == 200
    make_office()
    assert app.test_client().get(path).status_code == 200


def test_a_batch_closed_by_hand_stays_in_the_schedule_like_one_closed_by_its_date(app):
    now = utc_now()
    for state, closes in (("closed", timedelta(days=1)), ("published", timedelta(hours=-1))):
        batch = make_batch(
            state=state,
            sessions=0,
            registration_opens_at=now - timedelta(days=2),
            registration_closes_at=now + closes,
        )
        make_training_session(batch, now + timedelta(days=2))

    page = app.test_client().get("/jadwal").get_data(as_text=True)

    assert page.count("Pendaftaran ditutup") == 2


def test_an_invitation_code_or_its_link_leads_to_the_invitation(app):
    client, code = app.test_client(), "Fox8qe-civqKt-nniBSXbg"

    for typed in (code, f"http://127.0.0.1:8000/daftar/{code}", f"  {code} "):
        answer = client.get("/kode", query_string={"kode": typed})
        assert answer.headers["Location"] == f"/daftar/{code}"
    assert client.get("/kode?kode=12").headers["Location"] == "/"
