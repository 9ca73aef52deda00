import re
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from kopdiklat.core.db import db
from tests.factories import (
    make_activity_status,
    make_assessment,
    make_attendance,
    make_batch,
    make_cooperative,
    make_office,
    make_past_contact,
    make_programme,
    make_registration,
    make_user,
    make_visit,
)

ACTIVITY = "Bimtek Akuntabilitas Koperasi"
HELD_ON = date(2022, 7, 12)
NOTICE = "Nilai yang sedang sangat rendah cenderung naik sendiri"


def make_assessed(office, before, after, name=None):
    cooperative = make_cooperative(office, name)
    make_activity_status(cooperative)
    for year, score in ((2021, before), (2023, after)):
        if score is not None:
            make_assessment(cooperative, score, fiscal_year=year)
    return cooperative


def make_participant(office, before, after, name=None):
    cooperative = make_assessed(office, before, after, name)
    make_past_contact(cooperative, activity=ACTIVITY, held_on=HELD_ON)
    return cooperative


def address(office):
    """Of the imported activity of that office, under the id of its first row."""
    contacts = sa.table("past_contacts", sa.column("id"), sa.column("office_id"))
    found = sa.select(sa.func.min(contacts.c.id)).where(contacts.c.office_id == office.id)
    return f"/changes/activity/{db.session.scalar(found)}"


def text_of(response):
    """The words of a page, without markup, on one line."""
    main = response.text.split("<main", 1)[1]
    bare = re.sub(r"<svg\b.*?</svg>|</(h1|h2|td|th|p|dt|li)>", " ", main, flags=re.DOTALL)
    bare = re.sub(r"<[^>]+>", "", bare)
    return " ".join(unescape(bare).split())


def count_statements(app, action):
    """Statements of a request with a context of its own, as in service."""
    seen = []

    def listen(connection, cursor, statement, *rest):
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        with app.app_context():
            action()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    return len(seen)


def test_index_is_empty_until_somebody_took_part(app, login_as):
    office = make_office()
    make_batch(office)

    page = login_as(make_user("coordinator", office)).get("/changes")

    assert page.status_code == 200
    assert "<h1>Perubahan</h1>" in page.text
    assert "Belum ada yang dapat dibandingkan" in page.text


def test_index_lists_every_kind_with_its_counts(app, login_as):
    office = make_office()
    make_participant(office, "55.00", "70.00")
    make_participant(office, "55.00", None)
    batch = make_batch(office)
    make_attendance(make_registration(batch), batch.training_sessions[0])
    programme = make_programme(office, name="Dampingan", year=2026)
    make_visit(cooperative=make_cooperative(office), state="held", programme_id=programme.id)

    text = text_of(login_as(make_user("head", office)).get("/changes"))

    assert f"{ACTIVITY}, 2022 12 Jul 2022 2 1 dari 2 dinilai dua kali" in text
    assert (
        f"{batch.title}, 2026 15 Jul 2026 1 Belum ada. Dihitung mulai posisi 15 Jan 2027." in text
    )
    assert "Pendampingan Dampingan, 2026" in text


def test_index_takes_the_same_number_of_queries_for_one_and_for_three(app, login_as):
    client = login_as(make_user("coordinator", make_office()))

    def fill(year):
        office = make_office()
        cooperative = make_assessed(office, "55.00", "70.00")
        make_past_contact(cooperative, activity=ACTIVITY, held_on=date(year, 7, 12))
        batch = make_batch(office)
        make_attendance(make_registration(batch, cooperative), batch.training_sessions[0])

    fill(2020)
    one = count_statements(app, lambda: client.get("/changes"))
    fill(2021)
    fill(2022)
    three = count_statements(app, lambda: client.get("/changes"))

    assert one == three
    assert three <= 12


def test_page_takes_the_same_number_of_queries_for_one_and_for_three(app, login_as):
    client = login_as(make_user("coordinator", make_office()))
    make_participant(make_office(), "55.00", "70.00")
    url = address(make_office())
    one = count_statements(app, lambda: client.get(url))
    for _ in range(2):
        make_participant(make_office(), "55.00", "70.00")
        make_assessed(make_office(), "55.00", "70.00")
    three = count_statements(app, lambda: client.get(url))

    assert one == three
    assert three <= 12


@pytest.mark.parametrize("kind", ["programme", "batch", "mentoring"])
def test_page_of_our_own_programmes_stays_within_twelve_queries(app, login_as, kind):
    office = make_office()
    programme = make_programme(office)
    batch = make_batch(office, programme=programme)
    make_attendance(make_registration(batch), batch.training_sessions[0])
    make_visit(cooperative=make_cooperative(office), state="held", programme_id=programme.id)
    ident = batch.id if kind == "batch" else programme.id
    client = login_as(make_user("coordinator", office))
    pages = []

    statements = count_statements(app, lambda: pages.append(client.get(f"/changes/{kind}/{ident}")))

    assert pages[0].status_code == 200
    assert "1 koperasi, 0 dinilai dua kali" in text_of(pages[0])
    assert statements <= 12


def test_page_counts_participants_beside_those_who_took_no_part(app, login_as):
    office = make_office()
    for n in range(20):
        make_participant(office, "55.00", "70.00" if n < 12 else "55.00")
        make_assessed(office, "70.00", "70.00" if n < 15 else "50.00")

    text = text_of(login_as(make_user("coordinator", office)).get(address(office)))

    assert "Peserta 20 koperasi, 20 dinilai dua kali" in text
    assert "Naik status 12 60% (kisaran 39–78%)" in text
    assert "Pembanding, tidak ikut 20 koperasi, 20 dinilai dua kali" in text
    assert "Turun 5 25% (kisaran 11–47%)" in text
    assert "Posisi 31 Des 2021 dibanding posisi 31 Des 2023." in text
    assert "12 dari 20 peserta naik (60%), 0 dari 0 pembanding naik." in text


def test_page_is_headed_perubahan_and_never_dampak(app, login_as):
    office = make_office()
    for _ in range(10):
        make_participant(office, "55.00", "70.00")

    page = login_as(make_user("head", office)).get(address(office))

    assert "<h1>Perubahan status, sebelum dan sesudah</h1>" in page.text
    assert "Dampak" not in page.text
    assert "karena program" not in page.text


@pytest.mark.parametrize(("before", "shown"), [("40.00", True), ("70.00", False)])
def test_page_warns_of_regression_when_the_weak_were_chosen(app, login_as, before, shown):
    office = make_office()
    for n in range(6):
        make_participant(office, before, "70.00")
        make_assessed(office, f"{60 + n}.00", "70.00")

    page = login_as(make_user("coordinator", office)).get(address(office))

    assert (NOTICE in page.text) == shown


def test_page_of_few_shows_counts_and_the_table_only(app, login_as):
    office = make_office()
    for _ in range(4):
        make_participant(office, "55.00", "70.00")
    for _ in range(30):
        make_assessed(office, "55.00", "70.00")

    page = login_as(make_user("coordinator", office)).get(address(office))

    text = text_of(page)
    assert "Baru 4 koperasi punya penilaian awal dan akhir." in text
    assert "Terlalu sedikit untuk disimpulkan." in text
    assert "%" not in text.split("Penilaian awal: posisi terakhir")[0]
    assert "Gambar perpindahan" not in text
    assert "Rata-rata skor" not in text
    assert 'class="matrix"' in page.text


def test_page_of_five_to_nine_says_how_many_of_how_many_without_a_range(app, login_as):
    office = make_office()
    for n in range(6):
        make_participant(office, "55.00", "70.00" if n < 4 else "55.00")

    text = text_of(login_as(make_user("coordinator", office)).get(address(office)))

    assert "Naik status 4 dari 6" in text
    assert "Perubahan skor: nilai tengah +15,0 poin" in text
    assert "kisaran" not in text.split("Penilaian awal: posisi terakhir")[0]


def test_page_says_how_many_were_left_out_and_why(app, login_as):
    office = make_office()
    for _ in range(5):
        make_participant(office, "55.00", "70.00")
    make_participant(office, None, "70.00")
    make_participant(office, "55.00", None)
    make_assessed(office, None, None)
    elsewhere = make_assessed(office, "55.00", "70.00")
    make_past_contact(elsewhere, activity="Magang", held_on=date(2022, 9, 1))

    text = text_of(login_as(make_user("coordinator", office)).get(address(office)))

    assert (
        "Peserta yang tidak dapat dibandingkan: 1 tanpa penilaian awal,"
        " 1 tidak dinilai lagi dalam jangka waktunya." in text
    )
    assert (
        "2 koperasi lain tidak masuk: 1 ikut program lain, 1 belum dinilai sebelum kegiatan."
        in text
    )


def test_page_of_a_batch_that_nobody_attended_long_enough_says_so(app, login_as):
    office = make_office()
    batch = make_batch(office, sessions=4)
    registration = make_registration(batch)
    make_attendance(registration, batch.training_sessions[0])

    text = text_of(login_as(make_user("coordinator", office)).get(f"/changes/batch/{batch.id}"))

    assert "Belum ada koperasi yang ikut" in text


def test_names_behind_a_cell_carry_both_scores_and_dates(app, login_as):
    office = make_office()
    cooperative = make_participant(office, "55.00", "70.50", name="Koperasi Onde-onde")
    make_participant(office, "55.00", "55.00")
    cell = "group=participants&before=under_supervision&after=fairly_healthy&moved=up"

    page = login_as(make_user("coordinator", office)).get(f"{address(office)}/names?{cell}")

    text = text_of(page)
    assert "<h1>Peserta: Dalam Pengawasan ke Cukup Sehat</h1>" in page.text
    assert "1 koperasi" in text
    assert "Koperasi Onde-onde 12 Jul 2022" in text
    assert "posisi 31 Des 2021, skor 55,00" in text
    assert "posisi 31 Des 2023, skor 70,50 70,50 +15,50" in text
    assert f'href="/cooperatives/{cooperative.id}"' in page.text


def test_names_are_shown_in_pages_of_twenty_five(app, login_as):
    office = make_office()
    for n in range(26):
        make_participant(office, "55.00", "70.00", name=f"Koperasi {n:02d}")
    client = login_as(make_user("coordinator", office))

    second = text_of(client.get(f"{address(office)}/names?group=participants&page=2"))

    assert "26–26 dari 26" in second
    assert "Koperasi 25" in second


def test_names_ignore_a_filter_that_they_do_not_know(app, login_as):
    office = make_office()
    make_participant(office, "55.00", "70.00")
    client = login_as(make_user("coordinator", office))

    page = client.get(
        f"{address(office)}/names?group=semua&before=baik&moved=%3Cb%3E&kind=x&page=-3"
    )

    assert page.status_code == 200
    assert "<h1>Peserta</h1>" in page.text


def test_export_holds_one_row_for_every_cooperative(app, login_as):
    office = make_office()
    make_participant(office, "55.00", "70.50", name="=HYPERLINK(1)")
    make_assessed(office, "66.00", "60.00", name="Koperasi Pembanding")
    client = login_as(make_user("coordinator", office))

    page = client.get(f"{address(office)}/export.xlsx")

    rows = CalamineWorkbook.from_filelike(BytesIO(page.data)).get_sheet_by_index(0).to_python()
    table = rows[next(n for n, row in enumerate(rows) if row[0] == "Koperasi") :]
    shown = [[row[0], row[3], row[6], row[9], row[11], row[12]] for row in table[1:]]
    assert shown == [
        ["=HYPERLINK(1)", "Peserta", 55.0, 70.5, 15.5, "naik"],
        ["Koperasi Pembanding", "Pembanding", 66.0, 60.0, -6.0, "turun"],
    ]


@pytest.mark.parametrize("role", ["coordinator", "office_admin", "head", "auditor"])
def test_page_is_for_those_who_read_the_office(app, login_as, role):
    office = make_office()
    make_participant(office, "55.00", "70.00")

    assert login_as(make_user(role, office)).get(address(office)).status_code == 200


@pytest.mark.parametrize("path", ["", "/names", "/export.xlsx"])
@pytest.mark.parametrize("role", ["mentor", "door_staff", "assessor", "manager", "platform_admin"])
def test_page_does_not_exist_for_others(app, login_as, role, path):
    office = make_office()
    make_participant(office, "55.00", "70.00")

    user = make_user(role, None if role == "platform_admin" else office)

    assert login_as(user).get(address(office) + path).status_code == 404


def test_page_of_another_office_does_not_exist(app, login_as):
    other = make_office("3515", "Dinas Sidoarjo")
    make_participant(other, "55.00", "70.00")
    batch = make_batch(other)
    client = login_as(make_user("coordinator", make_office()))

    for path in (
        address(other),
        f"/changes/batch/{batch.id}",
        f"/changes/programme/{batch.programme_id}",
        f"/changes/mentoring/{batch.programme_id}",
        f"/changes/mentoring/{other.id}-2022",
    ):
        assert client.get(path).status_code == 404


def test_page_of_a_child_office_is_open_to_the_head_above(app, login_as):
    province = make_office("35", "Dinas Koperasi Provinsi Jawa Timur")
    city = make_office("3576", parent_id=province.id)
    make_participant(city, "55.00", "70.00")
    client = login_as(make_user("head", province))

    assert client.get(address(city)).status_code == 200
    assert "Dinas Koperasi Kota Mojokerto" in text_of(client.get("/changes"))


def test_page_of_a_child_office_does_not_exist_for_the_coordinator_above(app, login_as):
    province = make_office("35", "Dinas Koperasi Provinsi Jawa Timur")
    city = make_office("3576", parent_id=province.id)
    make_participant(city, "55.00", "70.00")

    assert login_as(make_user("coordinator", province)).get(address(city)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "activity/999",
        "activity/x",
        f"batch/{10**20}",
        "batch/0",
        "programme/1-2022",
        "mentoring/1-2-3",
        "sesuatu/1",
    ],
)
def test_page_of_nothing_does_not_exist(app, login_as, path):
    assert login_as(make_user("coordinator")).get(f"/changes/{path}").status_code == 404


def test_page_asks_a_visitor_to_sign_in(app):
    assert app.test_client().get("/changes").status_code == 302


def test_page_in_the_year_of_the_first_visit(app, login_as):
    office = make_office()
    cooperative = make_assessed(office, "55.00", "70.00")
    started = datetime(2022, 7, 12, 2, 0, tzinfo=UTC)
    make_visit(cooperative=cooperative, state="held", starts_at=started)

    page = login_as(make_user("coordinator", office)).get(f"/changes/mentoring/{office.id}-2022")

    assert "Koperasi didampingi 1 koperasi, 1 dinilai dua kali" in text_of(page)
    assert "Pendampingan yang dimulai 2022" in text_of(page)
