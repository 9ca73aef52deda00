"""The register and the page of one cooperative, as each role meets them."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import python_calamine
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from tests.factories import (
    NOW,
    make_annual_meeting,
    make_assessment,
    make_assignment,
    make_attendance,
    make_batch,
    make_cooperative,
    make_follow_up,
    make_office,
    make_officer,
    make_past_contact,
    make_person,
    make_registration,
    make_user,
    make_visit,
    make_yearly_figures,
)


def text_of(response):
    """What a person reads: the text without tags, spaces collapsed."""
    body = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.get_data(as_text=True))
    return " ".join(body.split())


def rich_cooperative(office=None, citizen_number=None, **columns):
    cooperative = make_cooperative(office, **columns)
    for year, score in ((2023, "45.60"), (2024, "52.80"), (2025, "57.20")):
        make_assessment(cooperative, score, fiscal_year=year)
        make_annual_meeting(cooperative, year)
        make_yearly_figures(cooperative, year, members=100 + year, surplus=48_700_000)
    make_officer(
        cooperative,
        make_person(full_name="Siti Aminah", citizen_number=citizen_number, phone="+6281234567890"),
        "treasurer",
    )
    make_past_contact(cooperative)
    batch = make_batch()
    make_attendance(make_registration(batch, cooperative), batch.training_sessions[0])
    visit = make_visit(cooperative=cooperative, state="held", starts_at=NOW - timedelta(days=40))
    make_follow_up(cooperative, visit_id=visit.id)
    return cooperative


def test_register_shows_each_cooperative_with_its_status(app, login_as):
    make_assessment(make_cooperative(name="KSU Tunas Karya"), "57.20")
    make_cooperative(name="Kopwan Dahlia")

    page = login_as(make_user("coordinator")).get("/cooperatives")

    shown = text_of(page)
    assert "KSU Tunas Karya Kranggan Konsumen Dalam Pengawasan 57,20" in shown
    assert "Kopwan Dahlia Kranggan Konsumen Belum Dinilai –" in shown


def test_register_keeps_its_filters_in_the_address_and_shows_them_set(app, login_as):
    make_cooperative(name="KSU Satu", grade="A")
    make_cooperative(name="KSU Dua", grade="D")

    page = login_as(make_user("coordinator")).get("/cooperatives?grade=A&sort=score")

    shown = page.get_data(as_text=True)
    assert "KSU Satu" in shown
    assert "KSU Dua" not in shown
    assert '<option value="A" selected>Peringkat: A</option>' in shown
    assert "Hapus filter" in shown
    assert "/cooperatives/export.xlsx?grade=A&amp;sort=score" in shown


def test_register_names_the_filter_that_removes_most(app, login_as):
    for n in range(3):
        make_cooperative(name=f"KSU {n}", grade="A")

    shown = text_of(login_as(make_user("coordinator")).get("/cooperatives?grade=A&text=zzz"))

    assert "Paling banyak disaring oleh Pencarian: tanpa itu 3 koperasi." in shown


def test_register_of_an_empty_office_offers_import_and_adding(app, login_as):
    shown = text_of(login_as(make_user("coordinator")).get("/cooperatives"))

    assert "Belum ada koperasi" in shown
    assert "Tambah koperasi" in shown


def test_register_makes_as_many_queries_for_three_rows_as_for_one(app, login_as):
    office = make_office()
    client = login_as(make_user("coordinator", office))
    made = []
    for _ in range(3):
        rich_cooperative(office)
        made.append(count_queries(client, "/cooperatives"))

    assert made[0] == made[2] <= 12


def count_queries(client, path):
    statements = []

    def note(*args):
        statements.append(args[2])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    assert client.get(path).status_code == 200
    sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)


def test_register_pages_are_real_links(app, login_as):
    office = make_office()
    for n in range(27):
        make_cooperative(office, f"KSU {n:02d}")

    client = login_as(make_user("coordinator", office))

    assert 'href="/cooperatives?page=2"' in client.get("/cooperatives").get_data(as_text=True)
    assert "KSU 26" in text_of(client.get("/cooperatives?page=2"))
    assert "KSU 26" in text_of(client.get("/cooperatives?page=99"))


def test_export_holds_exactly_the_filtered_list_and_no_formula(app, login_as):
    make_cooperative(name="=2+5+cmd|' /C calc'!A0", grade="A")
    make_cooperative(name="KSU Dua", grade="D")

    answer = login_as(make_user("coordinator")).get("/cooperatives/export.xlsx?grade=A")

    book = python_calamine.load_workbook(io.BytesIO(answer.data))
    rows = book.get_sheet_by_index(0).to_python()
    names = [
        row[0] for row in rows[rows.index(next(r for r in rows if r[0] == "Nama Koperasi")) + 1 :]
    ]
    assert names == ["=2+5+cmd|' /C calc'!A0"]
    assert b"<f>" not in answer.data
    assert "Peringkat: A" in rows[1][0]


def test_export_is_not_for_the_assessor(app, login_as):
    assert login_as(make_user("assessor")).get("/cooperatives/export.xlsx").status_code == 404


def test_page_of_a_cooperative_tells_its_whole_history(app, login_as):
    cooperative = rich_cooperative(name="KSU Tunas Karya")

    shown = text_of(login_as(make_user("coordinator")).get(f"/cooperatives/{cooperative.id}"))

    assert "Skor 57,20 · posisi 31 Des 2025 · dua tahun sebelumnya 45,60" in shown
    assert "Urutan waktu saja. Garis waktu ini tidak menunjukkan sebab." in shown
    for what in ("RAT", "Bimtek", "Kunjungan", "Tindak lanjut", "Penilaian kesehatan"):
        assert what in shown


def test_header_says_when_the_signed_status_is_not_the_one_of_the_score_and_why(app, login_as):
    cooperative = make_cooperative()
    make_assessment(
        cooperative,
        "80.00",
        health_status="fairly_healthy",
        mismatch_reason="Batas 80 ikut kelas bawah",
    )
    client = login_as(make_user("coordinator"))

    for page in ("", "?tab=profile", "/profile"):
        shown = text_of(client.get(f"/cooperatives/{cooperative.id}{page}"))
        assert "Menurut skornya Sehat" in shown
        assert "Status yang disahkan berbeda. Alasan: Batas 80 ikut kelas bawah" in shown


def test_header_says_nothing_of_the_score_when_its_status_was_signed(app, login_as):
    cooperative = make_cooperative()
    make_assessment(cooperative, "80.00")

    shown = text_of(login_as(make_user("coordinator")).get(f"/cooperatives/{cooperative.id}"))

    assert "Menurut skornya" not in shown


@pytest.mark.parametrize(
    "tab", ["summary", "profile", "officers", "health", "activities", "follow_ups"]
)
def test_page_of_a_cooperative_makes_at_most_twelve_queries(app, login_as, tab):
    office = make_office()
    client = login_as(make_user("coordinator", office))
    rich, bare = rich_cooperative(office), make_cooperative(office)

    for cooperative in (rich, bare):
        assert count_queries(client, f"/cooperatives/{cooperative.id}?tab={tab}") <= 12


def test_officers_are_shown_with_masked_phone_and_number(app, login_as):
    cooperative = rich_cooperative(citizen_number="9904014508900007")

    page = login_as(make_user("coordinator")).get(f"/cooperatives/{cooperative.id}?tab=officers")

    shown = page.get_data(as_text=True)
    assert "0812-••••-7890" in shown
    assert "9904••••••••0007" in shown
    assert "9904014508900007" not in shown
    assert "81234567890" not in shown


def test_trail_of_a_cooperative_reads_as_sentences_and_is_for_those_who_may(app, login_as):
    admin = make_user("office_admin", name="Hendra Wijaya")
    cooperative = make_cooperative(name="KSU Lama", cooperative_number="3576020030014")
    client = login_as(admin)
    form = edit_values(client, cooperative) | {"name": "KSU Baru"}
    assert client.post(f"/cooperatives/{cooperative.id}/edit", data=form).status_code == 303

    shown = text_of(client.get(f"/cooperatives/{cooperative.id}?tab=history"))

    assert "Hendra Wijaya mengubah koperasi KSU Baru" in shown
    assert "nama: dari “KSU Lama” menjadi “KSU Baru”" in shown
    hidden = login_as(make_user("coordinator")).get(f"/cooperatives/{cooperative.id}?tab=history")
    assert hidden.status_code == 404


def token(client, path):
    page = client.get(path).get_data(as_text=True)
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def edit_values(client, cooperative):
    return {
        "csrf_token": token(client, f"/cooperatives/{cooperative.id}/edit"),
        "name": cooperative.name,
        "cooperative_number": cooperative.cooperative_number,
        "village": "Kedundung",
        "district": "Magersari",
        "form": "primary",
        "membership_scope": "regency",
        "cooperative_type": "consumer",
        "region_code": "35.76.02",
        "activity_status": "active",
        "activity_source": "office",
    }


def test_trail_of_a_cooperative_says_codes_in_words(app, login_as):
    cooperative = make_cooperative()
    make_visit(cooperative=cooperative)

    page = login_as(make_user("auditor")).get(f"/cooperatives/{cooperative.id}?tab=history")

    assert "cara: Kunjungan" in text_of(page)
    assert "cara: visit" not in text_of(page)


def test_add_cooperative_by_form(app, login_as):
    make_office()
    client = login_as(make_user("coordinator"))
    values = {
        "csrf_token": token(client, "/cooperatives/new"),
        "name": "  KSU   Tunas Karya ",
        "cooperative_number": "3576 0200 30014",
        "village": "Kedundung",
        "district": "Magersari",
        "form": "primary",
        "membership_scope": "regency",
        "cooperative_type": "consumer",
        "region_code": "35.76.02",
        "activity_status": "active",
        "activity_source": "office",
    }

    answer = client.post("/cooperatives/new", data=values)

    cooperative = db.session.scalars(sa.select(Cooperative)).one()
    assert answer.headers["Location"] == f"/cooperatives/{cooperative.id}"
    assert (cooperative.name, cooperative.cooperative_number, cooperative.region_code) == (
        "KSU Tunas Karya",
        "3576020030014",
        "357602",
    )


def test_add_cooperative_shows_a_namesake_first_and_keeps_what_was_typed(app, login_as):
    known = make_cooperative(name="KSU Tunas Karya")
    client = login_as(make_user("coordinator"))
    values = edit_values(client, known) | {
        "cooperative_number": "",
        "name": "KSU TUNAS KARYA",
        "address": "Jl. Raya 88",
    }

    refused = client.post("/cooperatives/new", data=values)

    shown = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Ada koperasi dengan nama hampir sama." in shown
    assert f'href="/cooperatives/{known.id}"' in shown
    assert "Jl. Raya 88" in shown
    saved = client.post("/cooperatives/new", data=values | {"is_another": "yes"})
    assert saved.status_code == 303


def test_add_cooperative_of_the_province_is_refused_with_the_reason(app, login_as):
    known = make_cooperative()
    client = login_as(make_user("coordinator"))
    values = edit_values(client, known) | {
        "name": "Koperasi Lintas Kota",
        "cooperative_number": "",
        "membership_scope": "province",
    }

    refused = client.post("/cooperatives/new", data=values)

    assert refused.status_code == 422
    assert "menjadi kewenangan dinas provinsi" in text_of(refused)
    assert db.session.scalar(sa.select(sa.func.count(Cooperative.id))) == 1


def test_mentor_sees_the_assigned_cooperative_and_no_other(app, login_as):
    mentor = make_user("mentor")
    today = datetime.now(UTC).date()
    mine = make_assignment(mentor, starts_on=today - timedelta(days=9)).cooperative
    other = make_cooperative()
    client = login_as(mentor)

    assert client.get(f"/cooperatives/{mine.id}").status_code == 200
    assert client.get(f"/cooperatives/{other.id}").status_code == 404
    assert client.get("/cooperatives").status_code == 404


def test_manager_sees_the_own_cooperative_and_cannot_change_it(app, login_as):
    mine, other = make_cooperative(), make_cooperative()
    client = login_as(make_user("manager", cooperative=mine))

    assert client.get(f"/cooperatives/{mine.id}").status_code == 200
    assert client.get(f"/cooperatives/{other.id}").status_code == 404
    assert client.get(f"/cooperatives/{mine.id}/edit").status_code == 403


def test_coordinator_of_another_office_finds_nothing(app, login_as):
    cooperative = make_cooperative()
    stranger = make_user("coordinator", make_office("3516", "Dinas Koperasi Kabupaten"))

    for path in ("", "/profile", "/edit"):
        answer = login_as(stranger).get(f"/cooperatives/{cooperative.id}{path}")
        assert answer.status_code == 404


def test_profile_is_printed_without_navigation(app, login_as):
    cooperative = rich_cooperative(name="KSU Tunas Karya")

    page = login_as(make_user("coordinator")).get(f"/cooperatives/{cooperative.id}/profile")

    assert "KSU Tunas Karya" in text_of(page)
    assert "places__list" not in page.get_data(as_text=True)
