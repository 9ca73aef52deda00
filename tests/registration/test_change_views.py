"""Changing and cancelling by link, and the requests that a coordinator decides."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.registration import tokens
from kopdiklat.registration.models import ChangeRequest, Registration
from tests.factories import (
    make_batch,
    make_cooperative,
    make_office,
    make_officer,
    make_person,
    make_registration,
    make_training_session,
    make_user,
)
from tests.registration.pages import fields, rows
from tests.registration.test_staff_views import count_queries


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def coordinator(app, login_as):
    return login_as(make_user("coordinator"))


def closed(begins=timedelta(days=9), **columns):
    """A batch whose registration closed yesterday."""
    now = datetime.now(UTC)
    columns = {
        "seats": 5,
        "registration_opens_at": now - timedelta(days=9),
        "registration_closes_at": now - timedelta(days=1),
    } | columns
    batch = make_batch(sessions=0, **columns)
    make_training_session(batch, starts_at=now + begins)
    return batch


def opened(**columns):
    return closed(registration_closes_at=datetime.now(UTC) + timedelta(days=2), **columns)


def ticket(registration):
    return f"/bukti/{tokens.ticket_token(registration)}"


def text_of(client, address):
    """The words of a page, as they are read."""
    page = re.sub(r"<[^>]+>", " ", client.get(address).get_data(as_text=True))
    return " ".join(html.unescape(page).split())


def requests():
    db.session.rollback()
    return list(db.session.scalars(sa.select(ChangeRequest).order_by(ChangeRequest.id)))


def test_a_substitute_of_the_roster_is_two_taps_after_the_deadline(client):
    cooperative = make_cooperative()
    seat = make_registration(closed(), cooperative)
    yoga = make_officer(cooperative, make_person(full_name="Yoga Pratama"), position="manager")
    address = ticket(seat)
    form = fields(client, f"{address}/ubah")

    answer = client.post(f"{address}/ubah", data=form | {"officer_id": str(yoga.id)})

    new = rows()[-1]
    assert answer.location == ticket(new)
    assert (new.person_id, new.position) == (yoga.person_id, "manager")
    told = text_of(client, address)
    assert f"Yoga Pratama dari {cooperative.name} memakai kursi ini, nomor {new.number}." in told
    assert "QR yang lama tidak berlaku lagi." in told


def test_who_chooses_nobody_is_asked_and_keeps_the_reason(client):
    cooperative = make_cooperative()
    seat = make_registration(closed(), cooperative)
    make_officer(cooperative)
    address = ticket(seat)
    form = fields(client, f"{address}/ubah")

    page = client.post(f"{address}/ubah", data=form | {"reason": "sakit keras"})

    assert page.status_code == 422
    assert "Pilih penggantinya, atau Orang lain." in page.get_data(as_text=True)
    assert 'value="sakit keras"' in page.get_data(as_text=True)


def test_a_form_from_before_the_deadline_is_told_that_it_is_a_request_by_now(client):
    """It was opened in time and sent too late: nothing is done unasked, nothing is lost."""
    seat = make_registration(closed())
    address = ticket(seat)
    form = fields(client, f"{address}/ubah")
    late = {name: value for name, value in form.items() if not name.startswith("ask")}
    typed = {"data-full_name": seat.person.full_name, "data-position": "treasurer"}

    page = client.post(f"{address}/data", data=late | typed)
    cancelled = client.post(f"{address}/pembatalan", data=late)

    assert page.status_code == 422
    assert "Kirim sebagai permintaan kepada koordinator." in page.get_data(as_text=True)
    assert cancelled.location == f"{address}/ubah"
    assert (requests(), [r.state for r in rows()]) == ([], ["confirmed"])


def test_a_request_is_sent_once_seen_on_the_ticket_and_taken_back(client):
    seat = make_registration(closed())
    address = ticket(seat)
    form = fields(client, f"{address}/ubah") | {"reason": "sakit"}

    for _twice in range(2):
        client.post(f"{address}/pembatalan", data=form)
    shown = text_of(client, address)
    sent = [(r.kind, r.state, r.reason) for r in requests()]
    client.post(f"{address}/permintaan/penarikan", data=form)

    assert sent == [("cancel", "open", "sakit")]
    assert "Menunggu keputusan koordinator Minta dibatalkan. Alasan: sakit" in shown
    assert "Ubah peserta atau batalkan" not in shown
    assert [r.state for r in requests()] == ["withdrawn"]
    assert "Ubah peserta atau batalkan" in text_of(client, address)


def test_data_are_corrected_by_link_until_the_deadline(client):
    person = make_person(full_name="Siti Aminha")
    seat = make_registration(opened(), person=person, position="chair")
    address = ticket(seat)
    form = fields(client, f"{address}/ubah")
    wanted = {
        "data-full_name": "Siti Aminah, S.E.",
        "data-phone": "0812 0000 0001",
        "data-position": "treasurer",
        "data-needs": "kursi roda",
    }

    answer = client.post(f"{address}/data", data=form | wanted)

    db.session.rollback()
    assert answer.location == address
    assert (person.full_name, person.phone) == ("Siti Aminah, S.E.", "+6281200000001")
    assert (seat.position, seat.needs) == ("treasurer", "kursi roda")
    assert requests() == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"data-full_name": "Bambang"}, "pakai Ganti orang."),
        ({"data-full_name": " "}, "Nama lengkap perlu diisi"),
        ({"data-phone": "08"}, "Tulis nomor HP yang aktif WhatsApp"),
        ({}, "Belum ada yang diubah."),
    ],
)
def test_wrong_data_get_a_sentence_and_keep_what_was_typed(client, wrong, words):
    seat = make_registration(opened(), person=make_person(full_name="Siti Aminah"))
    address = ticket(seat)
    form = fields(client, f"{address}/ubah")
    typed = {"data-full_name": "Siti Aminah", "data-position": "chair"} | wrong

    page = client.post(f"{address}/data", data=form | typed)

    assert page.status_code == 422
    body = html.unescape(page.get_data(as_text=True))
    assert words in body
    assert all(f'value="{value.strip()}"' in body for value in wrong.values())


def test_once_the_training_has_begun_the_page_says_whom_to_call(client):
    seat = make_registration(
        closed(begins=-timedelta(hours=1), contact_name="Ibu Rina", contact_phone="+6281233004471")
    )
    address = ticket(seat)

    assert "Berhalangan? Hubungi Ibu Rina, 0812-3300-4471" in text_of(client, address)
    assert "tidak dapat diubah lewat tautan lagi" in text_of(client, f"{address}/ubah")


def test_who_waits_leaves_the_queue_after_the_deadline_too(client):
    seat = make_registration(closed(seats=1), state="waitlisted")
    make_registration(db.session.get_one(Registration, seat.id).batch)
    address = ticket(seat)

    client.post(f"{address}/pembatalan", data=fields(client, f"{address}/ubah"))

    db.session.rollback()
    assert (seat.state, requests()) == ("cancelled", [])


def send(client, seat, step="pembatalan", **more):
    address = ticket(seat)
    client.post(f"{address}/{step}", data=fields(client, f"{address}/ubah") | more)
    return requests()[-1]


def decide(client, batch, address, **data):
    form = fields(client, f"/batches/{batch.id}?tab=requests")
    return client.post(address, data={"csrf_token": form["csrf_token"]} | data)


def test_on_the_training_day_a_substitute_is_asked_for_and_granted(client, coordinator):
    late = datetime.now(UTC).hour in (16, 17)  # in three minutes it may be another day of WIB
    batch = closed(begins=timedelta(minutes=3), time_zone="WIT" if late else "WIB")
    seat = make_registration(batch, person=make_person(full_name="Paijan"))
    request = send(
        client, seat, "ubah", officer_id="", full_name="Wiwik", phone="081298765432",
        position="treasurer", reason="sakit",
    )  # fmt: skip
    tab = text_of(coordinator, f"/batches/{batch.id}?tab=requests")

    answer = decide(coordinator, batch, f"/change-requests/{request.id}/approval")

    assert "Minta ganti orang Paijan → Wiwik Jabatan: Bendahara Alasan: sakit" in tab
    assert answer.location == f"/batches/{batch.id}?tab=requests#tabs"
    assert [r.state for r in requests()] == ["granted"]
    assert [(r.person.full_name, r.state) for r in rows()] == [
        ("Paijan", "replaced"),
        ("Wiwik", "confirmed"),
    ]


def test_a_refusal_needs_a_reason_and_stands_on_the_ticket(client, coordinator):
    batch = closed()
    seat = make_registration(batch)
    request = send(client, seat)

    decide(coordinator, batch, f"/change-requests/{request.id}/refusal", reason=" ")
    unheard = requests()[0].state
    decide(
        coordinator, batch, f"/change-requests/{request.id}/refusal",
        reason="Konsumsi sudah dipesan",
    )  # fmt: skip

    assert (unheard, requests()[0].state) == ("open", "declined")
    told = text_of(client, ticket(seat))
    assert "tidak dikabulkan: Minta dibatalkan. Alasan: Konsumsi sudah dipesan" in told


def test_another_office_decides_nothing(app, client, login_as):
    batch = closed()
    request = send(client, make_registration(batch))
    stranger = login_as(make_user("coordinator", make_office("3517", "Dinas Jombang")))
    token = fields(stranger, "/akun")["csrf_token"]

    answer = stranger.post(f"/change-requests/{request.id}/approval", data={"csrf_token": token})

    assert answer.status_code == 404
    assert requests()[0].state == "open"


def test_the_tab_of_requests_makes_as_many_queries_with_three_as_with_one(client, coordinator):
    batch = closed()

    send(client, make_registration(batch))
    one = count_queries(coordinator, f"/batches/{batch.id}?tab=requests")
    for _more in range(2):
        send(client, make_registration(batch))

    assert count_queries(coordinator, f"/batches/{batch.id}?tab=requests") == one


def test_a_request_is_a_duty_of_the_day(client, coordinator):
    batch = closed()
    send(client, make_registration(batch))

    home = text_of(coordinator, "/")

    assert "Putuskan 1 permintaan peserta" in home
