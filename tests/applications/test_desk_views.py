"""Applications on the coordinator's desk."""

from datetime import UTC, datetime

import pytest
from flask import g
from flask.signals import request_finished

from kopdiklat.applications import letters, tokens
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications.letters import compose
from tests.applications.pages import applications, opening, words
from tests.factories import (
    make_application,
    make_cooperative,
    make_office,
    make_registration,
    make_training_session,
    make_user,
)


@pytest.fixture
def desk(login_as, app):
    app.config["WTF_CSRF_ENABLED"] = False
    return login_as(make_user("coordinator"))


def test_the_list_shows_those_that_wait_first_and_filters(desk):
    batch = opening()
    make_application(
        batch, cooperative_name="Sudah ditarik", state="withdrawn", decided_at=batch.created_at
    )
    make_application(batch, ["Siti Aminah"], cooperative_name="Menunggu")

    page = words(desk.get(f"/batches/{batch.id}/applications"))
    only = words(desk.get(f"/batches/{batch.id}/applications?state=withdrawn"))

    assert page.index("Menunggu P-") < page.index("Sudah ditarik P-")
    assert "Siti Aminah" in page
    assert "Sudah ditarik" in only
    assert "Siti Aminah" not in only


def test_as_many_queries_for_one_application_as_for_three(app, desk):

    batch, counts = opening(), []
    with request_finished.connected_to(lambda *_, **__: counts.append(g.queries), app):
        for more in (1, 2):
            for _ in range(more):
                make_application(batch)
            desk.get(f"/batches/{batch.id}/applications")

    assert counts[0] == counts[1]


def test_a_near_name_is_offered_with_its_reason_and_chosen_only_when_it_is_the_same(desk):
    batch = opening()
    near = make_cooperative(name="KSP Mulya Karya")
    one = make_application(batch, cooperative_name="KSP Mulia Karya")

    page = desk.get(f"/applications/{one.id}").get_data(as_text=True)
    same = make_cooperative(name="KSP Mulia Karya")
    after = desk.get(f"/applications/{one.id}").get_data(as_text=True)

    assert "nama mirip" in page
    assert f'value="{near.id}"' in page
    assert "checked" not in page
    assert f'id="cooperative-{same.id}" value="{same.id}" checked' in after


def test_a_name_that_nobody_knows_leads_to_the_register_with_what_was_typed(desk):
    one = make_application(opening(), cooperative_name="KSP Belum Ada", district="Prajurit Kulon")

    page = desk.get(f"/applications/{one.id}").get_data(as_text=True)
    form = desk.get("/cooperatives/new?name=KSP+Belum+Ada&district=Prajurit+Kulon")

    assert "Tidak ada nama yang mirip di buku kantor ini." in page
    assert "/cooperatives/new?name=KSP+Belum+Ada&amp;district=Prajurit+Kulon" in page
    assert 'value="KSP Belum Ada"' in form.get_data(as_text=True)
    assert 'value="Prajurit Kulon"' in form.get_data(as_text=True)


def test_a_number_of_another_office_names_it(desk):
    make_office("3517", "Dinas Koperasi Jombang")
    one = make_application(opening(), cooperative_number="3517010000001")

    page = words(desk.get(f"/applications/{one.id}"))

    assert "wilayah lain: Dinas Koperasi Jombang." in page


def test_doubles_and_a_full_batch_are_said_before_the_decision(desk):
    batch = opening(seats=1)
    seat = make_registration(batch)
    one = make_application(batch, [seat.person.full_name])
    twin = make_application(batch, cooperative_name=one.cooperative_name)

    page = words(desk.get(f"/applications/{one.id}"))

    assert "Mungkin ganda" in page
    assert f"sudah di angkatan ini, nomor {seat.number}" in page
    assert twin.number in page
    assert "Kursi tidak cukup untuk 1 orang" in page


def test_approving_registers_and_the_applicant_finds_the_proof(desk, app):
    batch, cooperative = opening(), make_cooperative()
    one = make_application(batch)
    follow = f"/pengajuan/{tokens.token_of(one)}"

    desk.post(f"/applications/{one.id}/approval", data={"cooperative": cooperative.id})
    page = app.test_client().get(follow).get_data(as_text=True)

    assert [a.state for a in applications()] == ["approved"]
    assert "Pengajuan disetujui" in page
    assert "/bukti/" in page
    assert cooperative.name not in page  # the register is not shown outside


def test_a_refused_decision_says_why_and_keeps_it_open(desk):
    one = make_application(opening())

    nothing = desk.post(f"/applications/{one.id}/approval")
    no_reason = desk.post(f"/applications/{one.id}/refusal", data={"reason": "  "})

    assert (nothing.status_code, no_reason.status_code) == (422, 422)
    assert "Pilih koperasinya dari buku kantor Anda dulu." in words(nothing)
    assert "Tulis alasannya; pengaju akan membacanya." in words(no_reason)
    assert [a.state for a in applications()] == ["open"]


def test_declining_tells_the_reason(desk, app):
    one = make_application(opening())
    follow = f"/pengajuan/{tokens.token_of(one)}"

    desk.post(f"/applications/{one.id}/refusal", data={"reason": "Di luar wilayah kami"})

    (message,) = db.session.query(OutboxMessage).all()
    assert "Alasan: Di luar wilayah kami" in compose(message).body
    assert "Alasan dinas: Di luar wilayah kami" in words(app.test_client().get(follow))


def test_the_first_page_counts_what_waits(desk):
    batch = opening()
    make_training_session(batch, batch.registration_closes_at)
    for _ in range(2):
        make_application(batch)

    page = words(desk.get("/"))

    assert "Putuskan 2 pengajuan" in page


def test_the_batch_leads_to_its_applications_only_where_they_can_come(desk):
    batch, closed = opening(), opening()
    with transaction():
        closed.programme.open_registration = False

    there = desk.get(f"/batches/{batch.id}").get_data(as_text=True)
    not_there = desk.get(f"/batches/{closed.id}").get_data(as_text=True)

    assert f'href="/batches/{batch.id}/applications"' in there
    assert "/applications" not in not_there


def test_a_programme_is_opened_on_its_form_and_a_course_says_why_it_asks(desk):
    batch = opening()
    form = {"name": "Bimtek 2026", "year": "2026", "funding_source": "apbd"}

    desk.post(
        f"/programmes/{batch.programme_id}/edit",
        data=form | {"open_registration": "y", "open_to": "Semua koperasi kota"},
    )
    refused = desk.post(
        "/courses/new",
        data={"name": "Baru", "activity_type": "bimtek", "needs_citizen_number": "y"},
    )

    assert (applications(), batch.programme.open_to) == ([], "Semua koperasi kota")
    assert "Tulis mengapa NIK diminta" in words(refused)


def test_the_letters_of_an_application_lead_to_its_page(app):

    one = make_application(opening())
    with transaction():
        letters.tell("application.received", one, datetime.now(UTC))

    (message,) = db.session.query(OutboxMessage).all()
    letter = compose(message)
    assert letter.subject == f"Pengajuan {one.number} diterima: {one.batch.title}"
    assert f"/pengajuan/{tokens.token_of(one)}" in letter.body
