"""Lists that leave as files: what the trail keeps of each, and how many are made at a time."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.departures import Export, TooManyExports, exporting
from tests import doors
from tests.factories import (
    make_batch,
    make_cooperative,
    make_follow_up,
    make_invitation,
    make_office,
    make_user,
)

FULL = "Unduhan lain sedang dibuat. Tunggu sebentar, lalu coba sekali lagi."


def entries():
    found = sa.select(AuditEntry).where(AuditEntry.action == "export").order_by(AuditEntry.id)
    return list(db.session.scalars(found))


def make_running(office_id, age=timedelta(seconds=5)):
    with transaction() as session:
        started_at = datetime.now(UTC) - age
        session.add(Export(office_id=office_id, kind="x", filters={}, started_at=started_at))


@pytest.fixture
def rina(app, login_as):
    return login_as(make_user("coordinator", make_office(), name="Rina"))


def test_the_register_that_leaves_is_in_the_trail_with_filters_and_rows(rina):
    make_cooperative(name="KSU Satu", district="Kranggan")
    make_cooperative(name="KSU Dua", district="Magersari")

    answer = rina.get("/cooperatives/export.xlsx?district=Kranggan&text=")

    assert answer.status_code == 200
    (entry,) = entries()
    assert (entry.actor, entry.office_id) == ("Rina", make_office().id)
    assert entry.after == {"kind": "cooperatives", "filters": {"district": "Kranggan"}, "rows": 1}


def test_follow_ups_invitations_and_sheets_leave_entries_too(rina):
    make_follow_up()
    batch = make_batch(seats=3, taken=2)
    make_invitation(batch)
    day = batch.days[0].isoformat()

    for path in (
        "/follow-ups/export",
        f"/batches/{batch.id}/invitations.xlsx",
        f"/batches/{batch.id}/attendance-sheets/{day}.pdf",
    ):
        assert rina.get(path).status_code == 200

    assert [entry.after for entry in entries()] == [
        {"kind": "follow_ups", "filters": {}, "rows": 1},
        {"kind": "invitations", "filters": {"batch_id": str(batch.id)}, "rows": 1},
        {"kind": "attendance_sheet", "filters": {"batch_id": str(batch.id), "day": day}, "rows": 2},
    ]


def test_a_list_that_was_not_made_leaves_no_entry_and_holds_no_place(rina):
    batch = make_batch()

    answer = rina.get(f"/batches/{batch.id}/attendance-sheets/2031-01-01.pdf")

    assert answer.status_code == 404
    assert entries() == []
    assert db.session.scalar(sa.select(sa.func.count(Export.id))) == 0


def test_the_trail_says_who_took_which_list_away(rina, login_as):
    make_cooperative(name="KSU Satu", district="Kranggan")
    rina.get("/cooperatives/export.xlsx?district=Kranggan")
    auditor = login_as(make_user("auditor"))

    page = auditor.get("/audit?action=export").get_data(as_text=True)

    shown = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Rina mengunduh daftar" in shown
    assert "jenis koperasi, saringan kecamatan Kranggan, baris 1" in shown


def test_a_third_list_of_an_office_waits_for_the_others(rina):
    office_id = make_office().id
    make_running(office_id)
    assert rina.get("/cooperatives/export.xlsx").status_code == 200
    make_running(office_id)

    answer = rina.get("/cooperatives/export.xlsx", follow_redirects=True)

    assert FULL in answer.get_data(as_text=True)
    assert len(entries()) == 1


def test_a_fifth_list_of_all_offices_waits_for_the_others(rina):
    for office_id in (101, 102, 103, 103):
        make_running(office_id)

    answer = rina.get("/cooperatives/export.xlsx", follow_redirects=True)

    assert FULL in answer.get_data(as_text=True)


def test_a_list_whose_maker_died_holds_its_place_for_two_minutes(rina):
    office_id = make_office().id
    for _ in range(2):
        make_running(office_id, age=timedelta(minutes=2, seconds=1))

    assert rina.get("/cooperatives/export.xlsx").status_code == 200


def test_of_four_lists_at_once_an_office_gets_two(app):
    office_id = make_office().id
    db.session.remove()
    ready, made = threading.Barrier(4), threading.Barrier(4)

    def one(_):
        with app.test_request_context():
            ready.wait(timeout=20)
            try:
                with exporting("cooperatives", office_id):
                    made.wait(timeout=20)  # all four have asked
                return True
            except TooManyExports:
                made.wait(timeout=20)
                return False
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as threads:
        got = list(threads.map(one, range(4)))

    assert sorted(got) == [False, False, True, True]
    assert len(entries()) == 2


def test_every_address_of_a_file_is_known_to_leave_its_entry(app):
    """A new one must use `exporting`, and stand in the list that the walk of all doors reads."""
    files = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if re.search(r"\.(xlsx|csv|pdf|txt)$|/export", rule.rule)
    }

    assert files - {"imports.template"} == doors.EXPORTS
