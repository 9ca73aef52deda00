"""Taking a saved import back: what comes back, what refuses it, and that nothing is left half."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import ActivityStatus, Cooperative, Officer, Person
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.health.models import HealthAssessment, YearlyFigures
from kopdiklat.imports import reversal, runs, service
from kopdiklat.imports.kinds.base import Options
from kopdiklat.imports.models import ImportRun
from kopdiklat.offices.models import Office
from tests.factories import (
    make_annual_meeting,
    make_batch,
    make_cooperative,
    make_invitation,
    make_office,
    make_officer,
    make_person,
)
from tests.imports.files import register, xlsx

TABLES = ("cooperatives", "activity_statuses", "yearly_figures", "persons", "officers", "offices")


def save(kind, content, now, office=None):
    """Import it for the office and return its run."""
    office_id = (office or make_office()).id
    book = service.Workbook(kind, content, f"{kind}.xlsx")
    with transaction() as session:
        office = session.get_one(Office, office_id)
        _, run_id = runs.save_at_once(book, office, Options(), valid_only=True, now=now)
    return db.session.get_one(ImportRun, run_id)


def reverse(run, now):
    with transaction():
        run = db.session.get_one(ImportRun, run.id)
        reversal.reverse(run, now)
        run.state = "reversed"
    db.session.expire_all()


def content():
    """Every row of the tables that an import writes."""
    found = {t: db.session.execute(sa.text(f"SELECT * FROM {t} ORDER BY id")).all() for t in TABLES}
    db.session.rollback()
    return found


def count(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_new_cooperatives_go_with_all_that_came_with_them(app, now):
    make_cooperative(name="KSP Lama")
    before = content()
    run = save("cooperatives", register({}, {"Koperasi": "KSP Dua", "NIK": ""}), now)
    assert (count(Cooperative), count(YearlyFigures), count(ActivityStatus)) == (3, 2, 2)

    reverse(run, now)

    assert content() == before


def test_changed_cooperatives_get_their_former_values(app, now):
    save("cooperatives", register(), now)
    before = content()
    changes = {"Total Anggota": 130, "Alamat": "Jl. Baru", "Tanggal RAT Terakhir": "5 Maret 2026"}
    run = save("cooperatives", register(changes | {"Status Koperasi": "Tidak Aktif"}), now)
    assert content() != before

    reverse(run, now)

    assert content() == before


OFFICER = {
    "Nama Koperasi": "KSP Maju",
    "Nama Lengkap": "Siti Aminah",
    "NIK KTP": "9901016505738546",
    "Jabatan": "Bendahara",
    "No. HP/WA": "081299999999",
    "Email": "siti@contoh.id",
}


def test_personal_values_that_the_trail_masks_come_back(app, now):
    maju = make_cooperative(name="KSP Maju")
    siti = make_person(full_name="Siti Aminah", phone="+6281234567890", email=None)
    make_officer(maju, siti, "treasurer")
    before = content()
    run = save("officers", xlsx([OFFICER, OFFICER | {"Nama Lengkap": "Budi", "NIK KTP": ""}]), now)
    assert (count(Person), count(Officer)) == (2, 2)
    assert db.session.get_one(Person, siti.id).phone == "+6281299999999"

    reverse(run, now)

    assert content() == before
    kept = db.session.scalar(sa.text("SELECT replaced FROM import_runs"))
    assert b"6281234567890" not in bytes(kept)


def test_a_province_takes_the_offices_back_that_its_import_made(app, now):
    province = make_office("35", "Dinas Koperasi Jawa Timur", region_name="Jawa Timur")
    before = content()
    rows = {"Koperasi": "KSP Dua", "NIK": "", "Kode Wilayah": "35.15.01", "Kabupaten": "Sidoarjo"}
    run = save("cooperatives", register(rows), now, province)
    assert count(Office) == 2

    reverse(run, now)

    assert content() == before


def test_taking_back_leaves_its_own_entries_in_the_trail(app, now):
    run = save("cooperatives", register(), now)
    last = db.session.scalar(sa.select(sa.func.max(AuditEntry.id)))

    reverse(run, now)

    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.id > last)).all()
    assert {(e.object_type, e.action, e.reason) for e in entries} == {
        ("import_runs", "update", None),
        *(
            (table, "delete", "Pembatalan impor cooperatives.xlsx")
            for table in ("cooperatives", "activity_statuses", "yearly_figures")
        ),
    }


def test_what_depends_on_it_refuses_and_is_counted(app, now):
    run = save("cooperatives", register({}, {"Koperasi": "KSP Dua", "NIK": ""}), now)
    first, second = db.session.scalars(sa.select(Cooperative).order_by(Cooperative.id)).all()
    batch = make_batch(seats=9)
    make_invitation(batch, first)
    make_invitation(batch, second)
    make_annual_meeting(first)
    with transaction():
        db.session.get_one(Cooperative, second.id).address = "Jl. Lain"
    before = content()

    with pytest.raises(RuleViolation) as refusal:
        reverse(run, now)

    assert str(refusal.value) == (
        "Tidak dapat dibatalkan, karena sudah dipakai: "
        "1 RAT, 2 undangan, 1 data yang diubah sesudah impor."
    )
    assert content() == before


def test_two_imports_of_the_same_rows_are_taken_back_the_last_one_first(app, now):
    office = make_office()
    first = save("cooperatives", register(), now, office)
    second = save("cooperatives", register({"Alamat": "Jl. Baru"}), now, office)

    with pytest.raises(RuleViolation, match="1 data yang diubah sesudah impor"):
        reverse(first, now)
    reverse(second, now)
    reverse(first, now)

    assert count(Cooperative) == 0


def test_it_is_possible_for_a_day(app, now):
    run = save("cooperatives", register(), now)

    with pytest.raises(RuleViolation, match="hanya dapat dibatalkan dalam 24 jam"):
        reversal.check(run, now + timedelta(hours=24))
    reversal.check(run, now + timedelta(hours=24, seconds=-1))


def test_assessments_stay(app, now):
    make_cooperative(name="KSP Maju")
    row = {"Nama Koperasi": "KSP Maju", "Tahun Buku": 2025, "Skor": "73,71"}
    run = save("assessments", xlsx([row]), now)

    with pytest.raises(RuleViolation, match="Hasil penilaian tidak dapat dihapus"):
        reverse(run, now)

    assert count(HealthAssessment) == 1


def test_a_run_from_before_there_was_a_way_back_says_so(app, now):
    run = save("cooperatives", register(), now)
    with transaction():
        db.session.get_one(ImportRun, run.id).request_id = None

    with pytest.raises(RuleViolation, match="Impor ini tidak dapat dibatalkan"):
        reverse(run, now)


def test_a_failure_on_the_way_leaves_the_import_whole(app, now):
    run = save("cooperatives", register(), now)
    before = content()

    def fail(connection, cursor, statement, *rest):
        if statement.startswith("DELETE FROM cooperatives"):
            raise RuntimeError("listrik padam")

    sa.event.listen(db.engine, "after_cursor_execute", fail)
    try:
        with pytest.raises(RuntimeError, match="listrik padam"):
            reverse(run, now)
    finally:
        sa.event.remove(db.engine, "after_cursor_execute", fail)

    assert content() == before


def cooperatives(names):
    return register(*({"Koperasi": name, "NIK": "", "Kode Wilayah": ""} for name in names))


def officers(names):
    for name in names:
        make_cooperative(name=name)
    return xlsx([OFFICER | {"Nama Koperasi": name, "NIK KTP": ""} for name in names])


@pytest.mark.parametrize("file", [cooperatives, officers])
def test_taking_back_makes_as_many_queries_for_thirty_rows_as_for_thirteen(app, now, file):
    office = make_office()

    def queries_for(rows):
        content = file([f"KSP {rows} {n}" for n in range(rows)])
        run = save(file.__name__, content, now, office)
        statements = []
        listen = lambda *a: statements.append(a[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listen)
        reverse(run, now)
        sa.event.remove(db.engine, "before_cursor_execute", listen)
        return len(statements)

    assert queries_for(13) == queries_for(30)
