"""The mentor's day and who mentors whom, signed in, on both databases."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from kopdiklat.core.clock import standing_at
from kopdiklat.core.db import db
from kopdiklat.mentoring.models import MentoringAssignment
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
)
from tests.mentoring.pages import HOUR, count, get, planned, post, text_of


@pytest.fixture(autouse=True)
def _monday_noon():
    with standing_at(NOW + 3 * HOUR):
        yield


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
        assert words in text_of(page)


def test_today_without_visits_names_the_next_one(app, login_as):
    visit = planned(starts_at=NOW + timedelta(days=2))

    page = get(login_as(visit.mentor), "/today")[1]

    assert "Tidak ada kunjungan hari ini" in page
    assert "Rabu, 15 Juli 2026 pukul 09.00 WIB" in page


def test_today_follows_the_zone_of_the_visit(app, login_as):
    """At 23.30 WIB it is already tomorrow in WIT."""
    visit = planned(starts_at=NOW + 15 * HOUR, time_zone="WIT")
    client = login_as(visit.mentor)

    with standing_at(NOW + 14.5 * HOUR):
        assert "1 kunjungan" in get(client, "/today")[1]
    with standing_at(NOW + 12 * HOUR):
        assert "Tidak ada kunjungan hari ini" in get(client, "/today")[1]


def test_today_remembers_visits_without_a_note(app, login_as):
    visit = planned(starts_at=NOW - timedelta(days=3))

    page = get(login_as(visit.mentor), "/today")[1]

    assert "1 kunjungan belum ada catatannya" in page
    assert f"/visits/{visit.id}/note" in page


def test_my_cooperatives_leaves_out_those_whose_assignment_ended(app, login_as):
    mine = make_assignment()
    ended = make_assignment(mine.mentor, ends_on=date(2026, 7, 12))

    page = get(login_as(mine.mentor), "/my-cooperatives")[1]

    assert mine.cooperative.name in page
    assert ended.cooperative.name not in page


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


def test_assign_starts_without_a_mentor_and_asks_for_one(app, login_as):
    mentor, cooperative = make_user("mentor"), make_cooperative()
    client = login_as(make_user("coordinator"))
    data = {"mentor_id": "", "cooperative_ids": cooperative.id, "starts_on": "2026-07-13"}

    fresh = get(client, "/mentoring/assignments/new")[1]
    chosen = get(client, f"/mentoring/assignments/new?mentor={mentor.id}")[1]
    answer = post(client, "/mentoring/assignments/new", data)

    page = answer.get_data(as_text=True)
    assert '<option selected value="">Pilih pendamping</option>' in fresh
    assert f'<option selected value="{mentor.id}">' in chosen
    assert answer.status_code == 422
    assert '<a href="#mentor_id">Pilih pendamping.</a>' in page
    assert re.search(rf'value="{cooperative.id}" checked', page)
    assert count(MentoringAssignment) == 0


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
    refused = post(client, f"/mentoring-assignments/{assignment.id}/ending", ended)
    assert refused.status_code == 422
    assert "Masih ada 1 kunjungan terencana" in refused.get_data(as_text=True)

    post(client, f"/visits/{visit.id}/cancellation", {"reason": "Kontrak selesai."})
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
