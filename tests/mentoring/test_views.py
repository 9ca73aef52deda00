"""The mentor's pages and the office's, signed in, on both databases."""

import io
import re
import subprocess
import sys
from contextlib import ExitStack
from datetime import date, timedelta
from unittest import mock
from uuid import uuid4

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import event

from kopdiklat.core.db import db
from kopdiklat.mentoring import queries
from kopdiklat.mentoring.models import (
    FollowUp,
    MentoringAssignment,
    MentoringVisit,
    VisitNote,
    VisitPhoto,
)
from tests.factories import (
    NOW,
    make_assessment,
    make_assignment,
    make_cooperative,
    make_follow_up,
    make_office,
    make_officer,
    make_person,
    make_user,
    make_visit,
    make_visit_note,
)

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _monday_noon():
    with at(NOW + 3 * HOUR):
        yield


def at(moment):
    """A stand-in for the clock of every view."""
    stack = ExitStack()
    for name, module in list(sys.modules.items()):
        if name.startswith("kopdiklat") and hasattr(module, "utc_now"):
            stack.enter_context(mock.patch.object(module, "utc_now", return_value=moment))
    return stack


def get(client, address):
    answer = client.get(address)
    return answer.status_code, answer.get_data(as_text=True)


def token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def post(client, address, data, page_address=None, **options):
    page = client.get(page_address or address).get_data(as_text=True)
    return client.post(address, data={"csrf_token": token(page)} | data, **options)


def photo(colour="red", size=(640, 480), kind="JPEG"):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def planned(**columns):
    assignment = make_assignment()
    return make_visit(assignment.mentor, assignment.cooperative, **columns)


def note_data(**changes):
    return {
        "note_uuid": str(uuid4()),
        "base_version": "0",
        "people-0-name": "Siti Aminah",
        "people-0-position": "Bendahara",
        "held_on": "2026-07-13",
        "starts": "09:00",
        "ends": "10:00",
        "condition": "Pembukuan belum harian.",
    } | changes


def count(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


# -- the mentor's day


def test_today_shows_the_visits_with_chip_ordinal_and_late_follow_ups(app, login_as):
    visit = planned()
    make_assessment(visit.cooperative, "40.00")
    make_follow_up(visit.cooperative, due_on=date(2026, 7, 10), what="Susun neraca Juni")

    status, page = get(login_as(visit.mentor), "/today")

    assert status == 200
    for words in (
        "Senin, 13 Juli 2026",
        "1 kunjungan",
        "09.00 WIB",
        "Kunjungan ke-1",
        "Dalam Pengawasan Khusus",
        "1 lewat tenggat, 10 Jul 2026",
        "Lewat 3 hari, tenggat 10 Jul 2026",
        "Mulai catatan",
    ):
        assert words in page


def test_today_without_visits_names_the_next_one(app, login_as):
    visit = planned(starts_at=NOW + timedelta(days=2))

    page = get(login_as(visit.mentor), "/today")[1]

    assert "Tidak ada kunjungan hari ini" in page
    assert "Rabu, 15 Juli 2026 pukul 09.00 WIB" in page


def test_today_follows_the_zone_of_the_visit(app, login_as):
    """At 23.30 WIB it is already tomorrow in WIT."""
    visit = planned(starts_at=NOW + 15 * HOUR, time_zone="WIT")
    client = login_as(visit.mentor)

    with at(NOW + 14.5 * HOUR):
        assert "1 kunjungan" in get(client, "/today")[1]
    with at(NOW + 12 * HOUR):
        assert "Tidak ada kunjungan hari ini" in get(client, "/today")[1]


def test_today_remembers_visits_without_a_note(app, login_as):
    visit = planned(starts_at=NOW - timedelta(days=3))

    page = get(login_as(visit.mentor), "/today")[1]

    assert "1 kunjungan belum ada catatannya" in page
    assert f"/visits/{visit.id}/note" in page


def test_visits_lists_upcoming_and_done(app, login_as):
    visit = planned(starts_at=NOW + timedelta(days=1))
    done = make_visit(visit.mentor, visit.cooperative, NOW - timedelta(days=9), state="held")
    make_visit_note(done, number="K-0007")
    client = login_as(visit.mentor)

    assert "Selasa, 14 Juli 2026" in get(client, "/visits")[1]
    assert "K-0007" in get(client, "/visits?show=done")[1]


def test_my_cooperatives_leaves_out_those_whose_assignment_ended(app, login_as):
    mine = make_assignment()
    ended = make_assignment(mine.mentor, ends_on=date(2026, 7, 12))

    page = get(login_as(mine.mentor), "/my-cooperatives")[1]

    assert mine.cooperative.name in page
    assert ended.cooperative.name not in page


# -- planning


def plan_data(cooperative, **changes):
    return {
        "cooperative_id": cooperative.id,
        "day": "2026-07-15",
        "starts": "10:00",
        "ends": "11:30",
        "time_zone": "WIB",
        "mode": "visit",
    } | changes


def test_plan_visit_by_the_mentor(app, login_as):
    assignment = make_assignment()

    answer = post(login_as(assignment.mentor), "/visits/new", plan_data(assignment.cooperative))

    visit = db.session.scalars(sa.select(MentoringVisit)).one()
    assert answer.location == f"/visits/{visit.id}"
    assert (visit.day, visit.mentor_id) == (date(2026, 7, 15), assignment.mentor_id)


def test_plan_visit_by_the_coordinator_for_a_mentor(app, login_as):
    assignment = make_assignment()
    client = login_as(make_user("coordinator"))

    address = f"/visits/new?mentor={assignment.mentor_id}"
    post(client, address, plan_data(assignment.cooperative, mentor=assignment.mentor_id))

    assert db.session.scalars(sa.select(MentoringVisit)).one().mentor_id == assignment.mentor_id


def test_plan_visit_keeps_what_was_typed_when_it_clashes(app, login_as):
    visit = planned(starts_at=NOW + timedelta(days=2))

    data = plan_data(visit.cooperative, starts="09:30", purpose="Memeriksa neraca")
    answer = post(login_as(visit.mentor), "/visits/new", data)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Pendamping sudah punya kunjungan" in page
    assert 'value="Memeriksa neraca"' in page
    assert count(MentoringVisit) == 1


def test_plan_visit_for_a_mentor_of_another_office_is_not_there(app, login_as):
    other = make_assignment(cooperative=make_cooperative(make_office("3515", "Dinas Sidoarjo")))

    status, _ = get(login_as(make_user("coordinator")), f"/visits/new?mentor={other.mentor_id}")

    assert status == 404


def test_postpone_and_cancel_visit_need_a_reason(app, login_as):
    visit = planned()
    client = login_as(visit.mentor)
    moved = {"day": "2026-07-16", "starts": "09:00", "ends": "10:00"}

    refused = post(client, f"/visits/{visit.id}/postponement", moved)
    assert refused.status_code == 422
    post(client, f"/visits/{visit.id}/postponement", moved | {"reason": "Ketua sakit."})
    assert db.session.get_one(MentoringVisit, visit.id).day == date(2026, 7, 16)

    post(client, f"/visits/{visit.id}/cancellation", {"reason": "Kantor tutup."})
    visit = db.session.get_one(MentoringVisit, visit.id)
    assert (visit.state, visit.cancelled_reason) == ("cancelled", "Kantor tutup.")
    assert "Kantor tutup." in get(client, f"/visits/{visit.id}")[1]


# -- the note


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
    [note] = queries.notes_of(visit.id)
    assert note.met_people == [
        {"name": "Dewi Kartika", "position": "Bendahara"},
        {"name": "Siti Aminah", "position": "Bendahara"},
    ]
    assert db.session.get_one(FollowUp, earlier.id).result == "Neraca Juni tersusun."
    agreed = queries.follow_ups_of_visit(visit.id)[0]
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
    assert [n.condition for n in queries.notes_of(visit.id)] == [
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

    first, second = queries.notes_of(visit.id)
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


def test_advice_entry_has_the_layout_of_the_advice_book(app, login_as):
    visit = planned(state="held")
    make_visit_note(visit, number="K-0003", advice="Tutup buku setiap bulan.")

    page = get(login_as(visit.mentor), f"/visits/{visit.id}/advice-entry")[1]

    for words in (
        "Hari, tanggal",
        "Nama petugas",
        "Jabatan",
        "Instansi",
        "Anjuran",
        "Tanggapan pengurus",
        "K-0003",
    ):
        assert words in page


# -- photos


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


def test_no_reading_transaction_is_open_while_photos_are_made_small(app, login_as, monkeypatch):
    visit = planned()
    client = login_as(visit.mentor)
    was_open, run = [], subprocess.run

    def watched(*args, **options):
        was_open.append(db.session().in_transaction())
        return run(*args, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    upload(client, visit, photo())
    data = note_data(files=[(io.BytesIO(photo()), "papan.jpg"), (io.BytesIO(photo()), "buku.jpg")])
    post(client, f"/visits/{visit.id}/note", data, content_type="multipart/form-data")

    assert was_open == [False, False, False]
    assert count(VisitNote) == 1


def test_photo_of_another_visit_does_not_come_into_a_note(app, login_as):
    visit = planned()
    other = make_visit(visit.mentor, visit.cooperative, NOW + timedelta(days=1))
    client = login_as(visit.mentor)
    foreign = upload(client, visit, photo()).json["token"]

    data = note_data(**{"photos-0-token": foreign, "photos-1-token": "dibuat-sendiri"})
    with at(NOW + timedelta(days=1, hours=3)):
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


# -- follow-ups


def test_follow_up_is_closed_with_result_and_day(app, login_as):
    assignment = make_assignment()
    follow_up = make_follow_up(assignment.cooperative)
    client = login_as(assignment.mentor)
    address = f"/follow-ups/{follow_up.id}/closure"

    refused = post(client, address, {"result": "", "closed_on": "2026-07-12"})
    future = post(client, address, {"result": "Neraca Juni.", "closed_on": "2026-07-14"})
    answer = post(client, address, {"result": "Neraca Juni.", "closed_on": "12 Juli 2026"})

    assert refused.status_code == 422
    assert "Tulis hasilnya" in refused.get_data(as_text=True)
    assert "belum tiba" in future.get_data(as_text=True)
    assert "Neraca Juni." in future.get_data(as_text=True)
    assert answer.location == f"/follow-ups/{follow_up.id}"
    row = db.session.get_one(FollowUp, follow_up.id)
    assert (row.closed_on, row.result) == (date(2026, 7, 12), "Neraca Juni.")


def test_follow_up_closed_twice_keeps_the_first_and_shows_the_second(app, login_as):
    assignment = make_assignment()
    follow_up = make_follow_up(assignment.cooperative)
    mentor, coordinator = login_as(assignment.mentor), login_as(make_user("coordinator"))
    address = f"/follow-ups/{follow_up.id}/closure"
    open_page = coordinator.get(address).get_data(as_text=True)
    post(mentor, address, {"result": "Selesai oleh pendamping.", "closed_on": "2026-07-12"})

    answer = coordinator.post(
        address,
        data={"result": "Isian kedua.", "closed_on": "2026-07-13", "csrf_token": token(open_page)},
    )

    page = answer.get_data(as_text=True)
    assert "sudah ditutup 12 Jul 2026" in page
    assert "Isian kedua." in page
    assert db.session.get_one(FollowUp, follow_up.id).result == "Selesai oleh pendamping."


def test_follow_up_is_reopened_and_moved_with_a_history(app, login_as):
    follow_up = make_follow_up(closed_on=date(2026, 7, 5), result="Selesai dini.")
    client = login_as(make_user("coordinator"))

    post(client, f"/follow-ups/{follow_up.id}/reopening", {"reason": "Belum dicetak."})
    moved = {"due_on": "2026-08-20", "reason": "Menunggu bendahara baru."}
    post(client, f"/follow-ups/{follow_up.id}/postponement", moved)

    page = get(client, f"/follow-ups/{follow_up.id}")[1]
    for words in (
        "hasil semula: Selesai dini.",
        "Belum dicetak.",
        "Tenggat dipindah dari 1 Agt 2026 ke 20 Agt 2026",
        "Menunggu bendahara baru.",
    ):
        assert words.replace("Agt", "Agu") in page.replace("Agt", "Agu")


def test_follow_up_of_a_strange_cooperative_is_not_there(app, login_as):
    follow_up = make_follow_up()
    client = login_as(make_assignment().mentor)

    assert client.get(f"/follow-ups/{follow_up.id}").status_code == 404
    assert client.get(f"/follow-ups/{follow_up.id}/closure").status_code == 404


def test_follow_up_list_filters_by_state_words_and_mentor(app, login_as):
    assignment = make_assignment()
    make_follow_up(assignment.cooperative, what="Susun neraca", due_on=date(2026, 7, 12))
    make_follow_up(what="Tetapkan tanggal RAT")
    make_follow_up(what="Perpanjang NIK", closed_on=date(2026, 7, 5), result="Terbit.")
    client = login_as(make_user("coordinator"))

    def shown(query):
        page = get(client, f"/follow-ups?{query}")[1]
        return {w for w in ("Susun neraca", "Tetapkan tanggal RAT", "Perpanjang NIK") if w in page}

    assert shown("") == {"Susun neraca", "Tetapkan tanggal RAT"}
    assert shown("state=late") == {"Susun neraca"}
    assert shown("state=done") == {"Perpanjang NIK"}
    assert shown("text=rat") == {"Tetapkan tanggal RAT"}
    assert shown(f"mentor={assignment.mentor_id}") == {"Susun neraca"}
    assert "Tidak ada yang cocok" in get(client, "/follow-ups?text=tidakada")[1]


def test_follow_up_export_writes_text_as_text(app, login_as):
    make_follow_up(what="=HYPERLINK(1)")

    answer = login_as(make_user("coordinator")).get("/follow-ups/export")

    sheet = load_workbook(io.BytesIO(answer.data)).active
    cells = {(cell.value, cell.data_type) for row in sheet.iter_rows() for cell in row}
    assert ("=HYPERLINK(1)", "s") in cells


# -- the office


def test_index_shows_loads_and_unassigned_cooperatives_worst_first(app, login_as):
    assignment = make_assignment(make_user("mentor", name="Dedi Prasetyo"))
    make_visit(assignment.mentor, assignment.cooperative, NOW - timedelta(days=5), state="held")
    make_follow_up(assignment.cooperative, due_on=date(2026, 7, 1))
    healthy, special = make_cooperative(name="KSP Sehat"), make_cooperative(name="KSP Khusus")
    make_assessment(healthy, "85.00")
    make_assessment(special, "40.00")
    make_cooperative(name="KSP Baru")

    status, page = get(login_as(make_user("coordinator")), "/mentoring")

    assert status == 200
    names = [page.index(name) for name in ("KSP Khusus", "KSP Sehat", "KSP Baru")]
    assert names == sorted(names)
    assert f'href="/mentors/{assignment.mentor_id}"' in page
    assert "3 koperasi, dari status terendah" in page
    assert assignment.cooperative.name not in page


def test_assign_several_cooperatives_and_keep_them_while_searching(app, login_as):
    mentor = make_user("mentor")
    first, second = make_cooperative(name="KSP Mulia"), make_cooperative(name="Kopkar Tirta")
    client = login_as(make_user("coordinator"))
    data = {
        "mentor_id": mentor.id,
        "cooperative_ids": [first.id],
        "starts_on": "2026-07-13",
        "ends_on": "2026-10-12",
        "letter_number": "500.3.5/112/2026",
    }

    found = post(client, "/mentoring/assignments/new", data | {"search": "1", "text": "tirta"})
    page = found.get_data(as_text=True)
    assert found.status_code == 200
    assert re.search(rf'value="{first.id}" checked', page)
    assert "500.3.5/112/2026" in page
    assert count(MentoringAssignment) == 0

    chosen = data | {"cooperative_ids": [first.id, second.id]}
    answer = post(client, "/mentoring/assignments/new", chosen)
    assert answer.location == f"/mentors/{mentor.id}"
    assert count(MentoringAssignment) == 2


def test_assign_an_officer_asks_for_a_reason(app, login_as):
    mentor = make_user("mentor", name="Siti Rahmawati")
    cooperative = make_cooperative()
    make_officer(cooperative, make_person(full_name="Hj. Siti Rahmawati, S.E."))
    client = login_as(make_user("coordinator"))
    data = {"mentor_id": mentor.id, "cooperative_ids": cooperative.id, "starts_on": "2026-07-13"}

    refused = post(client, "/mentoring/assignments/new", data)
    assert refused.status_code == 422
    assert 'name="conflict_reason"' in refused.get_data(as_text=True)

    post(client, "/mentoring/assignments/new", data | {"conflict_reason": "Tidak ada yang lain."})
    assert count(MentoringAssignment) == 1


def test_assign_refuses_a_cooperative_of_another_office(app, login_as):
    mentor = make_user("mentor")
    foreign = make_cooperative(make_office("3515", "Dinas Sidoarjo"))
    client = login_as(make_user("coordinator"))
    data = {"mentor_id": mentor.id, "cooperative_ids": foreign.id, "starts_on": "2026-07-13"}

    answer = post(client, "/mentoring/assignments/new", data)

    assert answer.status_code == 422
    assert count(MentoringAssignment) == 0


def test_mentor_page_shows_cooperatives_visits_and_ends_an_assignment(app, login_as):
    visit = planned(starts_at=NOW + timedelta(days=1))
    assignment = db.session.scalars(sa.select(MentoringAssignment)).one()
    client = login_as(make_user("coordinator"))

    page = get(client, f"/mentors/{visit.mentor_id}")[1]
    assert visit.cooperative.name in page
    assert "Selasa, 14 Juli 2026" in page

    ended = {"ends_on": "2026-07-12", "reason": "Kontrak selesai."}
    post(client, f"/mentoring-assignments/{assignment.id}/ending", ended)
    assert db.session.get_one(MentoringAssignment, assignment.id).ends_on == date(2026, 7, 12)
    assert "Penugasan lain: 1" in get(client, f"/mentors/{visit.mentor_id}")[1]


def test_mentor_page_of_another_office_is_not_there(app, login_as):
    other = make_user("mentor", make_office("3515", "Dinas Sidoarjo"))

    assert get(login_as(make_user("coordinator")), f"/mentors/{other.id}")[0] == 404


def test_pages_make_as_many_queries_for_three_rows_as_for_one(app, login_as):
    visit = planned()
    make_follow_up(visit.cooperative, visit_id=visit.id)
    mentor, coordinator = login_as(visit.mentor), login_as(make_user("coordinator"))
    make_cooperative()
    addresses = [
        (mentor, "/today"),
        (mentor, "/visits"),
        (mentor, "/my-cooperatives"),
        (mentor, f"/visits/{visit.id}/note"),
        (coordinator, "/mentoring"),
        (coordinator, "/follow-ups"),
        (coordinator, f"/mentors/{visit.mentor_id}"),
        (coordinator, "/mentoring/assignments/new"),
    ]

    def queries_of(client, address):
        made = []

        def hear(*heard):
            made.append(heard[2])

        event.listen(db.engine, "before_cursor_execute", hear)
        assert client.get(address).status_code == 200
        event.remove(db.engine, "before_cursor_execute", hear)
        return len(made)

    before = {address: queries_of(client, address) for client, address in addresses}
    for n in (1, 2):
        more = make_cooperative()
        make_assignment(visit.mentor, more)
        make_assessment(more)
        make_visit(visit.mentor, more, NOW + n * 2 * HOUR)
        make_follow_up(visit.cooperative, visit_id=visit.id)
        make_follow_up(more, due_on=date(2026, 7, 1))
        make_user("mentor")
        make_cooperative()
    after = {address: queries_of(client, address) for client, address in addresses}

    assert before == after
    assert max(before.values()) <= 12, before
