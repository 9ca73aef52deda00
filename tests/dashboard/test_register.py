"""The register as a list: what each filter keeps, in which order, and how many queries it takes."""

from datetime import date

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.dashboard.register_filters import Filters, Sorting
from tests.factories import (
    make_annual_meeting,
    make_assessment,
    make_cooperative,
    make_follow_up,
    make_office,
)

TODAY = date(2026, 7, 13)


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
