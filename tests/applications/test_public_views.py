"""The public schedule and an application on a phone: what each page says, what each press changes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import g
from flask.signals import request_finished

from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.registration import answers, shares
from kopdiklat.registration.seating import Share
from tests.applications.pages import (
    applications,
    apply,
    filled,
    hidden,
    opening,
    other,
    send,
    words,
)
from tests.factories import (
    make_batch,
    make_cooperative,
    make_course,
    make_office,
    make_programme,
    make_training_session,
)
from tests.registration.pages import open_batch


@pytest.fixture
def client(app):
    app.config["FORM_MIN_SECONDS"] = 0
    return app.test_client()


def held(batch, days=9):
    make_training_session(batch, utc_now().replace(microsecond=0) + timedelta(days=days))
    return batch


def test_the_schedule_says_for_whom_until_when_and_which_are_open(client):
    held(opening(venue="Gedung Serbaguna"))
    held(open_batch(course=make_course(audience="Bendahara")))

    page = words(client.get("/jadwal"))

    assert "Untuk: Koperasi di Mojokerto" in page
    assert "Terbuka tanpa undangan." in page
    assert "Untuk: Bendahara" in page
    assert "Khusus yang diundang." in page
    assert page.count("Ditutup") == 2
    assert "9 kursi lagi" in page


def test_the_schedule_has_a_heading_per_month_and_25_on_a_page(client):
    course, programme = make_course(), make_programme(open_registration=True)
    for n in range(27):
        batch = opening(course=course, programme=programme, number=n + 1)
        held(batch, days=9 + 2 * n)

    first, second = (
        client.get(path).get_data(as_text=True) for path in ("/jadwal", "/jadwal?page=2")
    )

    assert [page.count("schedule__row") for page in (first, second)] == [25, 2]
    assert "1–25 dari 27" in words(client.get("/jadwal"))
    months = re.findall(r'<h2 id="month-\d+">([^<]+)</h2>', first)
    assert len(months) == len(set(months)) >= 2


def test_as_many_queries_for_one_batch_as_for_three(app, client):

    counts = []
    with request_finished.connected_to(lambda *_, **__: counts.append(g.queries), app):
        for batches in (1, 2):
            for _ in range(batches):
                held(opening())
            client.get("/jadwal")

    assert counts[0] == counts[1]


def test_an_opening_shows_what_is_left_and_leads_to_the_form(client):
    batch = opening(course=make_course(name="Akuntabilitas", summary="Dua hari belajar."))
    with transaction():
        group = ("district", "Magersari")
        shares.change_shares(batch.id, [Share(group, None, 4)], None, now=datetime.now(UTC))

    page = words(client.get(f"/jadwal/{batch.id}"))

    assert "Bimtek Akuntabilitas angkatan" in page
    assert "Sisa 9 kursi" in page
    assert "4 di antaranya disediakan untuk kelompok koperasi tertentu." in page
    assert "Pengajuan belum menahan kursi." in page
    assert "NIK tidak diminta." in page


@pytest.mark.parametrize("step", ["", "/pengajuan", "/pengajuan/periksa"])
def test_what_is_not_open_to_all_does_not_exist(client, step):
    batches = [open_batch(), opening(state="draft"), opening(state="cancelled")]

    for ident in [b.id for b in batches] + [987654]:
        assert client.get(f"/jadwal/{ident}{step}").status_code == 404


def test_a_closed_opening_says_since_when_and_takes_nothing(client):
    batch = opening(registration_closes_at=datetime.now(UTC) - timedelta(hours=1))

    page = words(client.get(f"/jadwal/{batch.id}"))
    form = client.get(f"/jadwal/{batch.id}/pengajuan")

    assert "Pendaftaran ditutup" in page
    assert "Ajukan pendaftaran" not in page
    assert form.location == f"/jadwal/{batch.id}"


def test_an_application_is_checked_sent_and_followed(client):
    batch = opening()
    form = filled(client, batch)

    check = client.post(f"/jadwal/{batch.id}/pengajuan", data=form)
    page = client.get(check.location)
    answer = send(client, batch, dict(hidden(page.get_data(as_text=True))))
    follow = words(client.get(answer.location))

    (one,) = applications()
    assert check.location == f"/jadwal/{batch.id}/pengajuan/periksa"
    assert "0812-3456-7890" in words(page)
    assert answer.location.startswith("/pengajuan/")
    assert "Menunggu keputusan dinas" in follow
    assert one.number in follow
    assert (one.contact_name, one.contact_phone) == ("Yoga Pratama", "+6281234567890")
    assert "81234567890" not in follow


def test_somebody_else_may_be_the_contact(client):
    batch = opening()

    apply(client, batch, contact_name="Ibu Tutik", contact_phone="0813 1111 2222")

    (one,) = applications()
    assert (one.contact_name, one.contact_phone) == ("Ibu Tutik", "+6281311112222")


def test_errors_stand_at_the_fields_and_everything_typed_is_still_there(client):
    batch = opening(people_per_cooperative=1)
    wrong = {"cooperative_name": "", "cooperative_number": "abc", "contact_name": "Ibu Tutik"}
    form = filled(client, batch, **wrong)

    answer = client.get(client.post(f"/jadwal/{batch.id}/pengajuan", data=form).location)
    page = answer.get_data(as_text=True)
    many = client.post(
        f"/jadwal/{batch.id}/pengajuan", data=filled(client, batch) | other(1, "Wiwik", "08131")
    )

    assert answer.status_code == 422
    assert "<title>Galat:" in page
    for sentence in (
        "Nama koperasi perlu diisi.",
        "NIK koperasi hanya terdiri dari angka.",
        "Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890.",
    ):
        assert page.count(sentence) == 2
    for typed in ("Yoga Pratama", "0812 3456 7890", "abc", "Ibu Tutik"):
        assert f'value="{typed}"' in page
    assert many.location.endswith("/pengajuan?galat=")
    assert applications() == []


def test_nobody_and_too_many_are_answered_by_a_sentence(client):
    batch = opening(people_per_cooperative=1)
    nobody = filled(client, batch) | other(0, "", "", "")
    many = filled(client, batch) | other(1, "Wiwik", "0813 1111 2222", "chair")

    pages = [
        words(client.get(client.post(f"/jadwal/{batch.id}/pengajuan", data=form).location))
        for form in (nobody, many)
    ]

    assert "Tulis paling sedikit satu orang yang ikut." in pages[0]
    assert "Paling banyak 1 orang dari satu koperasi." in pages[1]


def test_rows_are_added_and_removed_and_the_answers_stay(client):
    batch = opening()
    form = filled(client, batch)
    path = f"/jadwal/{batch.id}/pengajuan"

    two = client.get(client.post(path, data=form | {"add": "1"}).location).get_data(as_text=True)
    one = client.post(path, data=form | other(1, "Suwarno") | {"remove": "0"})
    one = client.get(one.location).get_data(as_text=True)

    assert "others-1-full_name" in two
    assert 'value="Yoga Pratama"' in two
    assert 'value="Suwarno"' in one
    assert 'value="KSP Mulia Karya"' in one
    assert "Yoga Pratama" not in one


def test_the_number_is_asked_for_only_with_the_reason_of_the_course(client):
    why = "Untuk laporan dana DAK ke kementerian"
    asking = opening(course=make_course(needs_citizen_number=True, citizen_number_reason=why))
    plain = opening()

    page = words(client.get(f"/jadwal/{asking.id}/pengajuan"))
    missing = client.post(f"/jadwal/{asking.id}/pengajuan", data=filled(client, asking))
    without = words(client.get(f"/jadwal/{plain.id}/pengajuan"))

    assert f"{why}. Hanya petugas laporan yang bisa melihatnya." in page
    assert "NIK perlu diisi, 16 angka." in words(client.get(missing.location))
    assert "16 angka" not in without


def test_the_same_form_twice_and_a_second_tab_are_one_application(client):
    batch = opening()
    first, second = filled(client, batch), filled(client, batch)

    places = {send(client, batch, form).location for form in (first, first, second)}

    assert len(places) == 1
    assert [a.number for a in applications()] == ["P-0001"]


def test_back_from_the_proof_shows_that_it_was_sent(client):
    batch = opening()
    form = filled(client, batch)
    client.post(f"/jadwal/{batch.id}/pengajuan", data=form)
    proof = send(client, batch, form).location

    page = client.get(f"/jadwal/{batch.id}/pengajuan/periksa").get_data(as_text=True)

    assert "Sudah terkirim. Mengirim lagi tidak perlu." in page
    assert f'href="{proof}"' in page
    assert "Kirim pengajuan" not in page


def test_the_form_tells_nobody_who_is_in_the_register(client):
    batch = opening()
    make_cooperative(name="KSP Rahasia Makmur", cooperative_number="3576010009999")
    known = {"cooperative_name": "KSP Rahasia Makmur", "cooperative_number": "3576010009999"}
    unknown = {"cooperative_name": "KSP Tidak Ada Satu", "cooperative_number": "3576010008888"}

    def pages(names):
        client.delete_cookie(answers.COOKIE, path=f"/jadwal/{batch.id}")
        form = filled(client, batch, **names)
        client.post(f"/jadwal/{batch.id}/pengajuan", data=form)
        check = words(client.get(f"/jadwal/{batch.id}/pengajuan/periksa"))
        sent = words(client.get(send(client, batch, form).location))
        for name, value in names.items():
            check, sent = check.replace(value, name), sent.replace(value, name)
        return check, re.sub(r"P-\d{4}", "P", sent)

    assert pages(known) == pages(unknown)


def test_an_application_is_withdrawn_by_its_link_only(client):
    address = apply(client, opening())
    token = dict(hidden(client.get(address).get_data(as_text=True)))

    foreign = client.post("/pengajuan/AAAAAAAAAAAAAAAAAAAAAA/penarikan", data=token)
    client.post(f"{address}/penarikan", data=token)
    again = client.post(f"{address}/penarikan", data=token)

    assert foreign.status_code == 404
    assert again.location == address
    assert [a.state for a in applications()] == ["withdrawn"]
    assert "Pengajuan ditarik" in words(client.get(address))


def test_a_batch_of_another_zone_prints_its_own(client):
    office = make_office()
    batch = held(make_batch(
        office,
        sessions=0,
        time_zone="WIT",
        venue="Aula Jayapura",
        programme=make_programme(office, open_registration=True),
        registration_opens_at=datetime.now(UTC) - timedelta(days=1),
        registration_closes_at=datetime.now(UTC) + timedelta(days=2),
    ))  # fmt: skip

    page = words(client.get(f"/jadwal/{batch.id}"))

    assert "WIT" in page
    assert "WIB" not in page
