import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import (
    make_assignment,
    make_batch,
    make_cooperative,
    make_course,
    make_office,
    make_officer,
    make_person,
    make_registration,
    make_user,
)


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


@pytest.fixture
def coordinator(app, login_as):
    return login_as(make_user("coordinator"))


def test_search_finds_cooperatives_people_and_batches(coordinator):
    cooperative = make_cooperative(name="KSU Sari Makmur")
    make_officer(cooperative, make_person(full_name="Sari Dewi"), "treasurer")
    make_batch(course=make_course(name="Sari Akuntansi"), number=3)

    shown = text_of(coordinator.get("/search?q=SARI"))

    assert "KSU Sari Makmur" in shown
    assert "Sari Dewi Bendahara, KSU Sari Makmur" in shown
    assert "Sari Akuntansi, angkatan 3" in shown


def test_search_finds_a_participant_who_is_no_officer(coordinator):
    make_registration(
        make_batch(), make_cooperative(name="KSU Satu"), make_person(full_name="Yohanes Kristanto")
    )

    assert "Yohanes Kristanto Ketua, KSU Satu" in text_of(coordinator.get("/search?q=kristanto"))


def test_search_never_finds_a_person_by_number(coordinator):
    person = make_person(
        full_name="Sari Dewi", citizen_number="9904014508900007", phone="+6281234567890"
    )
    make_officer(make_cooperative(cooperative_number="3576020030014"), person)

    for text in ("9904014508900007", "99040145", "081234567890", "81234567890"):
        assert "Sari Dewi" not in text_of(coordinator.get(f"/search?q={text}"))
    assert "Koperasi Contoh" in text_of(coordinator.get("/search?q=030014"))


def test_search_shows_nothing_of_another_office(coordinator):
    other = make_office("3516", "Dinas Koperasi Kabupaten")
    make_officer(make_cooperative(other, "KSU Jauh"), make_person(other, "Jauhari"))
    make_batch(other, course=make_course(other, name="Jauh Sekali"))

    shown = text_of(coordinator.get("/search?q=jauh"))

    assert "Tidak ada yang cocok dengan “jauh”" in shown


def test_search_of_a_mentor_stays_with_the_assigned_cooperatives(app, login_as):
    mentor = make_user("mentor")
    mine, other = make_cooperative(name="KSU Dekat"), make_cooperative(name="KSU Dekatan")
    make_assignment(mentor, mine, starts_on=datetime.now(UTC).date() - timedelta(days=9))
    make_officer(other, make_person(full_name="Dekati Saja"))

    shown = text_of(login_as(mentor).get("/search?q=dekat"))

    assert "KSU Dekat" in shown
    assert "KSU Dekatan" not in shown
    assert "Dekati Saja" not in shown


@pytest.mark.parametrize("text", ["", "k", "!!", "_"])
def test_search_waits_for_two_letters(coordinator, text):
    assert "Ketik paling sedikit 2 huruf" in text_of(coordinator.get(f"/search?q={text}"))


def test_search_shows_at_most_25_of_a_kind_and_says_so(coordinator):
    for n in range(27):
        make_cooperative(name=f"KSU Nomor {n:02d}")

    shown = text_of(coordinator.get("/search?q=nomor"))

    assert shown.count("KSU Nomor") == 25
    assert "Hanya 25 yang pertama dari tiap jenis." in shown


def test_live_search_answers_with_a_short_list_only(coordinator):
    for n in range(7):
        make_cooperative(name=f"KSU Nomor {n}")

    answer = coordinator.get("/search?q=nomor", headers={"HX-Target": "search-live"})

    page = answer.get_data(as_text=True)
    assert text_of(answer).count("KSU Nomor") == 5
    assert "<html" not in page
    assert 'href="/search?q=nomor"' in page


def test_search_is_not_for_a_manager(app, login_as):
    assert login_as(make_user("manager")).get("/search?q=ksu").status_code == 404
