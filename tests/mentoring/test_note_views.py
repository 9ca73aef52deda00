"""The note of a visit and its photos, signed in, on both databases."""

import io
import re
from datetime import date, timedelta

import sqlalchemy as sa

from kopdiklat.core.clock import standing_at
from kopdiklat.core.db import db
from kopdiklat.mentoring import follow_up_queries, visit_queries
from kopdiklat.mentoring.models import FollowUp, VisitNote, VisitPhoto
from tests.factories import (
    NOW,
    make_assignment,
    make_follow_up,
    make_office,
    make_officer,
    make_person,
    make_user,
    make_visit,
    make_visit_note,
)
from tests.mentoring.pages import count, get, note_data, photo, planned, post, token


def test_note_is_sent_and_shown_with_its_number(app, login_as):
    visit = planned()
    make_officer(visit.cooperative, make_person(full_name="Dewi Kartika"), "treasurer")
    officer = visit.cooperative.officers[0]
    earlier = make_follow_up(visit.cooperative, what="Susun neraca Juni")
    client = login_as(visit.mentor)

    answer = post(
        client,
        f"/visits/{visit.id}/note",
        note_data(
            **{
                "met_officers": officer.id,
                "issue_areas": ["accounting", "annual_meeting"],
                "advice": "Tutup buku setiap tanggal 5.",
                "outcomes-0-follow_up_id": earlier.id,
                "outcomes-0-outcome": "closed",
                "outcomes-0-result": "Neraca Juni tersusun.",
                "agreements-0-what": "Tetapkan tanggal RAT",
                "agreements-0-owner": "Dewi Kartika, Bendahara",
                "agreements-0-when": "2w",
                "files": (io.BytesIO(photo()), "papan.jpg"),
                "photo_consent": "y",
            }
        ),
        content_type="multipart/form-data",
    )

    assert answer.location == f"/visits/{visit.id}"
    [note] = visit_queries.notes_of(visit.id)
    assert note.met_people == [
        {"name": "Dewi Kartika", "position": "Bendahara"},
        {"name": "Siti Aminah", "position": "Bendahara"},
    ]
    assert db.session.get_one(FollowUp, earlier.id).result == "Neraca Juni tersusun."
    agreed = follow_up_queries.follow_ups_of_visit(visit.id)[0]
    assert (agreed.owner_name, agreed.due_on) == ("Dewi Kartika, Bendahara", date(2026, 7, 27))
    page = get(client, f"/visits/{visit.id}")[1]
    for words in (
        "nomor K-0001",
        "Dewi Kartika",
        "RAT",
        "Tutup buku setiap tanggal 5.",
        "27 Jul 2026",
    ):
        assert words in page
    assert f"/visit-photos/{note.photos[0].id}" in page


def test_note_keeps_everything_typed_and_the_photos_when_something_is_missing(app, login_as):
    visit = planned()
    client = login_as(visit.mentor)
    data = note_data(
        **{
            "condition": "",
            "problem": "Bendahara baru.",
            "agreements-0-what": "Tetapkan tanggal RAT",
            "agreements-0-owner": "",
            "files": (io.BytesIO(photo()), "papan.jpg"),
        }
    )

    answer = post(client, f"/visits/{visit.id}/note", data, content_type="multipart/form-data")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Galat:" in page
    for words in (
        "Tulis keadaan yang Anda lihat.",
        "Pilih siapa yang mengerjakan.",
        "Pilih kapan selesai.",
        "Bendahara baru.",
        'value="Siti Aminah"',
        "Tetapkan tanggal RAT",
    ):
        assert words in page
    kept = re.search(r'name="(photos-\d+-token)" value="([^"]+)"', page)
    assert client.get(f"/visits/{visit.id}/photos/{kept[2]}").mimetype == "image/jpeg"
    assert count(VisitNote) == 0

    again = note_data(**{kept[1]: kept[2]})
    post(client, f"/visits/{visit.id}/note", again)
    assert count(VisitPhoto) == 1


def test_note_before_the_planned_hour_asks_for_the_hours_as_they_were(app, login_as):
    visit = planned(starts_at=NOW + timedelta(hours=4, minutes=30))
    client = login_as(visit.mentor)
    address = f"/visits/{visit.id}/note"

    early = post(client, address, note_data(starts="13:30", ends="15:00"))
    kept = count(VisitNote)
    mended = post(client, address, note_data(starts="10:30", ends="11:30"))

    assert (early.status_code, kept) == (422, 0)
    page = early.get_data(as_text=True)
    assert "Kunjungan ini baru mulai pukul 13.30 WIB. Bila sudah berlangsung lebih awal" in page
    assert "Pembukuan belum harian." in page
    assert mended.status_code == 303
    assert [n.visit.starts_at for n in visit_queries.notes_of(visit.id)] == [
        NOW + timedelta(hours=1, minutes=30)
    ]


def test_note_refuses_a_bomb_in_a_sentence_and_keeps_the_rest(app, login_as):
    visit = planned()
    bomb = photo(size=(8001, 5000), kind="PNG")
    data = note_data(files=[(io.BytesIO(bomb), "bom.png"), (io.BytesIO(photo()), "baik.jpg")])

    answer = post(
        login_as(visit.mentor), f"/visits/{visit.id}/note", data, content_type="multipart/form-data"
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "bom.png: Foto terlalu besar" in page
    assert len(re.findall(r'name="photos-\d+-token"', page.split("<template")[0])) == 1
    assert "Pembukuan belum harian." in page
    assert count(VisitNote) == 0


def test_note_sent_twice_is_one_note_with_the_same_answer(app, login_as):
    visit = planned()
    client = login_as(visit.mentor)
    data = note_data()

    first = post(client, f"/visits/{visit.id}/note", data)
    second = post(client, f"/visits/{visit.id}/note", data)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert count(VisitNote) == 1


def test_note_with_other_content_is_a_conflict_that_becomes_a_correction(app, login_as):
    visit = planned()
    client = login_as(visit.mentor)
    data = note_data()
    post(client, f"/visits/{visit.id}/note", data)

    answer = post(client, f"/visits/{visit.id}/note", data | {"condition": "Sudah harian."})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "sudah terkirim dengan isi lain" in page
    assert "Sudah harian." in page
    fresh = re.search(r'name="note_uuid"[^>]*value="([^"]+)"', page)[1]
    base = re.search(r'name="base_version"[^>]*value="([^"]+)"', page)[1]
    assert fresh != data["note_uuid"]
    assert base == "1"
    better = data | {
        "note_uuid": fresh,
        "base_version": base,
        "condition": "Sudah harian.",
        "correction_reason": "Salah melihat buku.",
    }
    assert post(client, f"/visits/{visit.id}/note", better).status_code == 303
    assert [n.condition for n in visit_queries.notes_of(visit.id)] == [
        "Pembukuan belum harian.",
        "Sudah harian.",
    ]
    shown = get(client, f"/visits/{visit.id}?version=1")[1]
    assert "Pembukuan belum harian." in shown
    assert "Ini versi lama." in shown


def test_correction_starts_from_the_note_and_keeps_its_photos(app, login_as):
    visit = planned()
    client = login_as(visit.mentor)
    sent = note_data(**{"files": (io.BytesIO(photo()), "papan.jpg"), "advice": "Saran pertama."})
    post(client, f"/visits/{visit.id}/note", sent, content_type="multipart/form-data")

    page = get(client, f"/visits/{visit.id}/note")[1]
    assert "Saran pertama." in page
    kept = re.search(r'name="(photos-\d+-token)" value="([^"]+)"', page)
    again = note_data(
        **{"base_version": "1", "correction_reason": "Ejaan.", kept[1]: kept[2], "advice": "Baru."}
    )
    post(client, f"/visits/{visit.id}/note", again)

    first, second = visit_queries.notes_of(visit.id)
    assert first.photos[0].file_id == second.photos[0].file_id


def test_note_of_another_mentors_visit_is_not_there(app, login_as):
    visit = planned()
    client = login_as(make_assignment().mentor)

    for address in (
        f"/visits/{visit.id}",
        f"/visits/{visit.id}/note",
        f"/visits/{visit.id}/advice-entry",
        f"/visits/{visit.id}/postponement",
        f"/visits/{visit.id}/cancellation",
    ):
        assert client.get(address).status_code == 404
    own_page = client.get("/visits/new").get_data(as_text=True)
    stranger = client.post(f"/visits/{visit.id}/note", data=note_data(csrf_token=token(own_page)))
    assert stranger.status_code == 404
    assert count(VisitNote) == 0


def test_note_is_seen_but_not_written_by_the_coordinator(app, login_as):
    visit = planned()
    client = login_as(make_user("coordinator"))

    assert client.get(f"/visits/{visit.id}").status_code == 200
    assert client.get(f"/visits/{visit.id}/note").status_code in (403, 404)


def test_note_after_the_contract_leads_to_the_visit_which_stays_readable(app, login_as):
    assignment = make_assignment(ends_on=date(2026, 7, 12))
    old = make_visit(
        assignment.mentor, assignment.cooperative, NOW - timedelta(days=9), state="held"
    )
    make_visit_note(old, number="K-0009")
    late = make_visit(assignment.mentor, assignment.cooperative)
    client = login_as(assignment.mentor)

    answer = client.get(f"/visits/{late.id}/note")

    assert answer.location == f"/visits/{late.id}"
    assert "berakhir 12 Jul 2026" in get(client, f"/visits/{late.id}")[1]
    assert "K-0009" in get(client, f"/visits/{old.id}")[1]


def test_note_of_a_cancelled_visit_is_refused(app, login_as):
    visit = planned(state="cancelled", cancelled_reason="Kantor tutup.")
    client = login_as(visit.mentor)
    page = get(client, "/visits/new")[1]

    answer = client.post(f"/visits/{visit.id}/note", data=note_data(csrf_token=token(page)))

    assert answer.location == f"/visits/{visit.id}"
    assert count(VisitNote) == 0


def upload(client, visit, content, name="foto.jpg"):
    page = client.get(f"/visits/{visit.id}/note").get_data(as_text=True)
    return client.post(
        f"/visits/{visit.id}/photos",
        data={"photo": (io.BytesIO(content), name), "csrf_token": token(page)},
        content_type="multipart/form-data",
    )


def test_photo_goes_ahead_of_its_note(app, login_as):
    visit = planned()
    client = login_as(visit.mentor)

    answer = upload(client, visit, photo())
    refused = upload(client, visit, b"GIF89a")
    post(client, f"/visits/{visit.id}/note", note_data(**{"photos-0-token": answer.json["token"]}))

    assert answer.status_code == 201
    assert (refused.status_code, refused.json) == (
        422,
        {"error": "Berkas ini bukan foto JPEG, PNG, atau WebP. Pilih foto lain."},
    )
    assert count(VisitPhoto) == 1


def test_photo_of_another_visit_does_not_come_into_a_note(app, login_as):
    visit = planned()
    other = make_visit(visit.mentor, visit.cooperative, NOW + timedelta(days=1))
    client = login_as(visit.mentor)
    foreign = upload(client, visit, photo()).json["token"]

    data = note_data(**{"photos-0-token": foreign, "photos-1-token": "dibuat-sendiri"})
    with standing_at(NOW + timedelta(days=1, hours=3)):
        post(client, f"/visits/{other.id}/note", data | {"held_on": "2026-07-14"})

    assert count(VisitNote) == 1
    assert count(VisitPhoto) == 0


def test_photo_is_served_to_those_who_may_see_the_visit_only(app, login_as):
    visit = planned()
    client = login_as(visit.mentor)
    made = upload(client, visit, photo()).json["token"]
    post(client, f"/visits/{visit.id}/note", note_data(**{"photos-0-token": made}))
    address = f"/visit-photos/{db.session.scalars(sa.select(VisitPhoto.id)).one()}"

    answer = client.get(address)

    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert login_as(make_user("coordinator")).get(address).status_code == 200
    assert login_as(make_assignment().mentor).get(address).status_code == 404
    sidoarjo = make_office("3515", "Dinas Sidoarjo")
    assert login_as(make_user("coordinator", sidoarjo)).get(address).status_code == 404
    assert app.test_client().get(address).status_code == 302
