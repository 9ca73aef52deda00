"""The register as a list: what each filter keeps, in which order, and how many queries it takes."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.dashboard.register import Filters, Register, Sorting, months_before
from tests.factories import (
    make_annual_meeting,
    make_assessment,
    make_attendance,
    make_batch,
    make_cooperative,
    make_follow_up,
    make_office,
    make_past_contact,
    make_registration,
    make_user,
    make_visit,
)

TODAY = date(2026, 7, 13)


@pytest.fixture
def register(app):
    user = make_user("coordinator")
    user.current_memberships = user.memberships
    user.today = TODAY
    return Register(user, TODAY, "WIB", 2025)


def names(register, sort=Sorting(), **filters):
    return [row.cooperative.name for row in register.every(Filters(**filters), sort)]


@pytest.mark.parametrize(
    "text",
    ["tunas karya", "K.S.U. Tunas", "KSU", "ksu-tunas karya!", "karya tunas", "030014",
     "357602 003.0014", "518.08/96", "518 08 96 BH", "96/bh"],
)  # fmt: skip
def test_search_finds_a_fragment_whatever_its_case_and_punctuation(register, text):
    make_cooperative(
        name="K.S.U. Tunas Karya",
        cooperative_number="3576020030014",
        legal_number="518.08/96/BH/XIV.10",
    )
    make_cooperative(name="Kopwan Dahlia", cooperative_number=None, legal_number="1/AHU/2020")

    assert names(register, text=text) == ["K.S.U. Tunas Karya"]


@pytest.mark.parametrize("text", ["%", "_", "tunas%", "'; --"])
def test_search_takes_wildcards_for_letters(register, text):
    make_cooperative(name="KSU Tunas", cooperative_number=None, legal_number="7/BH")

    assert names(register, text=text) == ([] if text != "tunas%" else ["KSU Tunas"])


def test_status_filter_keeps_the_current_status_and_belum_dinilai_apart(register):
    risen = make_cooperative(name="A Naik")
    make_assessment(risen, "40", fiscal_year=2024)
    make_assessment(risen, "85", fiscal_year=2025)
    make_cooperative(name="B Belum")

    assert names(register, status="healthy") == ["A Naik"]
    assert names(register, status="under_special_supervision") == []
    assert names(register, status="none") == ["B Belum"]


def test_counts_by_status_ignore_the_status_filter_only(register):
    for n, score in enumerate(("85", "85", "40")):
        make_assessment(make_cooperative(district="Magersari" if n else "Kranggan"), score)
    make_cooperative(district="Magersari")

    counts = register.counts(Filters(status="healthy", district="Magersari"))

    assert counts == {
        "healthy": 1,
        "fairly_healthy": 0,
        "under_supervision": 0,
        "under_special_supervision": 1,
        "none": 1,
    }


def test_last_training_counts_presence_and_what_was_before(register):
    make_cooperative(name="Belum")
    make_past_contact(make_cooperative(name="Lama"), held_on=date(2024, 7, 12))
    make_past_contact(make_cooperative(name="Setahun"), held_on=date(2025, 7, 13))
    batch = make_batch()
    (session,) = batch.training_sessions
    present = make_registration(batch, make_cooperative(name="Hadir"))
    make_attendance(present, session)
    make_attendance(
        make_registration(batch, make_cooperative(name="Alpa")), session, state="absent"
    )

    assert names(register, training="never") == ["Alpa", "Belum"]
    assert names(register, training="12m") == ["Hadir", "Setahun"]
    assert names(register, training="over12m") == ["Lama"]
    assert names(register, training="over24m") == ["Lama"]
    assert names(register, training="3m") == ["Hadir"]


def test_last_visit_counts_held_visits_only(register):
    make_visit(cooperative=make_cooperative(name="Direncanakan"))
    make_visit(cooperative=make_cooperative(name="Dikunjungi"), state="held")
    make_past_contact(
        make_cooperative(name="Dahulu"), kind="visit", held_on=date(2025, 1, 5), mentor_name="Dedi"
    )

    assert names(register, visit="never") == ["Direncanakan"]
    assert names(register, visit="3m") == ["Dikunjungi"]
    assert names(register, visit="over12m") == ["Dahulu"]


def test_last_training_day_is_asked_in_local_time(app):
    """23.30 UTC on 12 July is 13 July already in WIT."""
    office = make_office("9471", "Dinas Koperasi Kota Jayapura", time_zone="WIT")
    user = make_user("coordinator", office)
    user.current_memberships = user.memberships
    register = Register(user, TODAY, "WIT", 2025)
    make_visit(
        cooperative=make_cooperative(office),
        state="held",
        starts_at=datetime(2026, 7, 12, 23, 30, tzinfo=UTC),
    )

    (row,) = register.every(Filters(), Sorting())

    assert row.last_visit_on == date(2026, 7, 13)


def test_meeting_filter_knows_held_and_reported_apart(register):
    make_annual_meeting(make_cooperative(name="Lapor"), reported_on=date(2026, 4, 1))
    make_annual_meeting(make_cooperative(name="Rapat"))
    make_annual_meeting(make_cooperative(name="Tahun lalu"), fiscal_year=2024)

    assert names(register, meeting="2025.held") == ["Lapor", "Rapat"]
    assert names(register, meeting="2025.reported") == ["Lapor"]
    assert names(register, meeting="2025.missing") == ["Tahun lalu"]
    assert names(register, meeting="2024.held") == ["Tahun lalu"]


def test_sorting_puts_missing_scores_last_both_ways(register):
    make_assessment(make_cooperative(name="Rendah"), "40")
    make_assessment(make_cooperative(name="Tinggi"), "85")
    make_cooperative(name="Belum")

    assert names(register, Sorting("score")) == ["Rendah", "Tinggi", "Belum"]
    assert names(register, Sorting("score", True)) == ["Tinggi", "Rendah", "Belum"]
    assert names(register, Sorting("status")) == ["Tinggi", "Rendah", "Belum"]


def test_open_follow_ups_are_counted_and_sorted(register):
    busy = make_cooperative(name="Sibuk")
    make_follow_up(busy)
    make_follow_up(busy, closed_on=date(2026, 7, 2), result="Selesai")
    make_cooperative(name="Tenang")

    rows = register.every(Filters(), Sorting("open", True))

    assert [(r.cooperative.name, r.open_follow_ups) for r in rows] == [("Sibuk", 1), ("Tenang", 0)]


def test_strictest_filter_is_the_one_without_which_most_is_left(register):
    make_cooperative(name="Satu", district="Kranggan", grade="A")
    make_cooperative(name="Dua", district="Kranggan", grade="A")
    make_cooperative(name="Tiga", district="Magersari", grade="D")

    assert register.strictest(Filters(district="Kranggan", grade="D")) == ("grade", 2)
    assert register.strictest(Filters(district="Kranggan", grade="B", text="zzz")) is None


def test_filters_read_from_an_address_leave_out_what_no_filter_knows():
    args = {"status": "sehat", "grade": "A", "meeting": "20x5.held", "text": "  a   b ", "x": "1"}

    assert Filters.read(args).given == {"text": "a b", "grade": "A"}


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 7, 13), 12, date(2025, 7, 13)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 15), 3, date(2025, 10, 15)),
    ],
)
def test_months_before_stays_in_the_month(day, months, before):
    assert months_before(day, months) == before


def test_list_of_another_office_stays_closed(register):
    make_cooperative(make_office("3516", "Dinas Koperasi Kabupaten Mojokerto"))

    assert names(register) == []


def test_page_takes_one_query_whatever_it_shows(register):
    statements = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    for wanted in (1, 3):
        while register.total() < wanted:
            make_assessment(make_cooperative())
        statements.clear()
        page = register.page(Filters(), Sorting(), 1, wanted)
        assert len(page.rows) == wanted
        assert len(statements) == 1
