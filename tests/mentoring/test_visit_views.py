"""Visits: the list, planning, moving and calling off, signed in, on both databases."""

from datetime import date, timedelta

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.mentoring.models import MentoringVisit
from tests.factories import (
    NOW,
    make_assignment,
    make_cooperative,
    make_office,
    make_user,
    make_visit,
    make_visit_note,
)
from tests.mentoring.pages import count, get, planned, post


def test_visits_lists_upcoming_and_done(app, login_as):
    visit = planned(starts_at=NOW + timedelta(days=1))
    done = make_visit(visit.mentor, visit.cooperative, NOW - timedelta(days=9), state="held")
    make_visit_note(done, number="K-0007")
    client = login_as(visit.mentor)

    assert "Selasa, 14 Juli 2026" in get(client, "/visits")[1]
    assert "K-0007" in get(client, "/visits?show=done")[1]


def test_visits_marks_only_what_did_not_go_as_the_list_says(app, login_as):
    visit = planned(starts_at=NOW + timedelta(days=1))
    forgotten = make_visit(visit.mentor, visit.cooperative, NOW - timedelta(days=3))
    held = make_visit(visit.mentor, visit.cooperative, NOW - timedelta(days=9), state="held")
    make_visit_note(held)
    make_visit(
        visit.mentor,
        visit.cooperative,
        NOW - timedelta(days=8),
        state="cancelled",
        cancelled_reason="Kantor tutup.",
    )
    client = login_as(visit.mentor)

    upcoming, done = get(client, "/visits")[1], get(client, "/visits?show=done")[1]

    assert f'href="/visits/{forgotten.id}"' in upcoming
    assert (upcoming.count("Belum ada catatan"), "Direncanakan" in upcoming) == (1, False)
    assert (done.count("Dibatalkan"), "Sudah dicatat" in done) == (1, False)


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


def test_plan_visit_starts_without_a_cooperative_and_asks_for_one(app, login_as):
    assignment = make_assignment()
    client = login_as(assignment.mentor)

    fresh = get(client, "/visits/new")[1]
    answer = post(client, "/visits/new", plan_data(assignment.cooperative, cooperative_id=""))

    page = answer.get_data(as_text=True)
    assert '<option selected value="">Pilih koperasi</option>' in fresh
    assert answer.status_code == 422
    assert '<a href="#cooperative_id">Pilih koperasi.</a>' in page
    assert 'value="2026-07-15"' in page
    assert count(MentoringVisit) == 0


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
