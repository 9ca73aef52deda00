"""transaction(): one commit, its audit entries, and the reading transaction that it ends."""

from datetime import date, time

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.core import audit
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.data_classes import K2
from kopdiklat.core.db import db, flush_unless, lock, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.offices.models import Office
from kopdiklat.training.models import Course
from tests.factories import (
    make_assessment,
    make_cooperative,
    make_course,
    make_follow_up,
    make_office,
    make_officer,
    make_person,
    make_user,
)


def entries(object_type):
    return db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.object_type == object_type).order_by(AuditEntry.id)
    ).all()


def write(row, taken):
    with transaction() as session:
        session.add(row)
        flush_unless(taken)


def copy_of(row):
    columns = [column.key for column in sa.inspect(type(row)).columns if column.key != "id"]
    return type(row)(**{key: getattr(row, key) for key in columns})


def test_transaction_writes_who_what_before_and_after(app):
    office = make_office()
    with audit.acting(audit.Actor(7, "Rina", "req-1")), transaction():
        lock(Office, office.id).name = "Diskopukmperindag"

    entry = entries("offices")[-1]

    assert (entry.actor_id, entry.actor, entry.request_id) == (7, "Rina", "req-1")
    assert entry.before == {"name": "Dinas Koperasi Kota Mojokerto"}
    assert entry.after == {"name": "Diskopukmperindag"}


def test_transaction_knows_the_old_value_of_a_column_that_was_set_unread(app):
    office = make_office()
    with transaction():
        office.address = "Jl. Benteng Pancasila 23"
    with transaction():
        office.address = "Jl. Gajah Mada 145"

    assert entries("offices")[-1].before == {"address": "Jl. Benteng Pancasila 23"}


def test_transaction_leaves_nothing_when_it_fails(app):
    office = make_office()
    before = len(entries("offices"))

    def fail() -> None:
        with transaction():
            office.name = "Tidak jadi"
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert db.session.get_one(Office, office.id).name == "Dinas Koperasi Kota Mojokerto"
    assert len(entries("offices")) == before


def test_transaction_masks_personal_values_in_the_trail(app):
    make_person(citizen_number="9901014508900001", phone="+6281234567890")

    after = entries("persons")[-1].after

    assert after["citizen_number"] == after["phone"] == audit.MASK


def test_transaction_masks_what_is_typed_freely_about_people(app):
    follow_up = make_follow_up(closed_on=date(2026, 7, 5), result="Sudah dicetak Bu Siti.")
    with transaction():
        follow_up.owner_name = "Bendahara"

    added, changed = entries("follow_ups")

    assert added.after["what"] == "Susun neraca bulanan"
    assert added.after["owner_name"] == added.after["result"] == audit.MASK
    assert changed.after == changed.before == {"owner_name": audit.MASK}


def test_transaction_leaves_out_a_masked_value_that_stays_as_it_was(app):
    office = make_office(contact_phone="+6281234567890")
    with transaction():
        office.contact_phone = "+6281234567890"

    assert [entry.action for entry in entries("offices")] == ["insert"]


def test_transaction_names_an_append_only_row_by_its_id_only(app):
    assessment = make_assessment(make_cooperative())

    (entry,) = entries("health_assessments")

    assert (entry.object_id, entry.before, entry.after) == (assessment.id, None, None)


def test_a_column_without_a_class_is_masked(app):
    column = sa.Column("opens_at", sa.Time)

    assert audit.shown(column, time(9, 30)) == audit.MASK
    assert audit.shown(column, None) is None


def test_a_time_of_day_is_told(app):
    assert audit.shown(sa.Column("opens_at", sa.Time, info=K2), time(9, 30)) == "09:30:00"


def test_audit_entries_hold_known_actions_only(app, now):
    entry = AuditEntry(at=now, actor="x", action="drop", object_type="users", object_id=1)

    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.add(entry)


def test_audit_entries_refuse_change(app):
    make_office()

    for statement in ("UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
            session.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("uq_offices_code", make_office),
        ("uq_courses_office_id_name", make_course),
        ("uq_memberships_office_role", lambda: make_user("head").memberships[0]),
        ("uq_health_assessments_first_of_year", lambda: make_assessment(make_cooperative())),
    ],
)
def test_flush_unless_refuses_what_is_taken_by_the_name_of_its_constraint(app, name, make):
    again = copy_of(make())
    taken = {name: RuleViolation("Sudah ada."), "uq_users_email": RuleViolation("Lain.")}

    with pytest.raises(RuleViolation, match="Sudah ada"):
        write(again, taken)


def test_flush_unless_leaves_every_other_fault_as_it_is(app, now):
    taken = {"uq_users_phone": RuleViolation("Sudah ada.")}
    make_user(email="rina@contoh.id")
    twice = User(name="Rina", email="rina@contoh.id", created_at=now)
    unreachable = User(name="Rina", created_at=now)
    nowhere = Course(office_id=0, name="Akuntansi")

    for row in (twice, unreachable, nowhere):
        with pytest.raises(sa.exc.IntegrityError):
            write(row, taken)


def test_flush_outside_a_transaction_is_refused(app):
    office = make_office()
    office.name = "Diubah tanpa transaksi"

    with pytest.raises(RuntimeError, match="outside transaction"):
        db.session.flush()
    db.session.rollback()


def test_transaction_does_not_nest(app):
    with transaction(), pytest.raises(RuntimeError, match="nest"), transaction():
        pass


def test_transaction_reads_again_what_was_read_before(app):
    office = make_office()
    assert office.name == "Dinas Koperasi Kota Mojokerto"
    with db.engine.connect().execution_options(writing=True) as other:
        db.session.rollback()
        assert office.name
        db.session.rollback()
        other.execute(sa.text("UPDATE offices SET name = 'Diubah proses lain'"))
        other.commit()

    with transaction():
        assert office.name == "Diubah proses lain"
        office.address = "Jl. Gajah Mada 145"


def test_sqlite_keeps_its_promises(app):
    if db.engine.dialect.name != "sqlite":
        assert db.session.scalar(sa.text("SHOW transaction_isolation")) == "read committed"
        return
    pragmas = {
        name: db.session.scalar(sa.text(f"PRAGMA {name}"))
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }


def test_a_lock_lets_rows_be_inserted_that_refer_to_the_locked_one(app):
    office = make_office()
    if db.engine.dialect.name == "sqlite":
        return  # one writer at a time holds the whole file
    insert = sa.text(
        "INSERT INTO programmes (office_id, name, year, funding_source, target_statuses,"
        " open_registration, created_at)"
        " VALUES (:office_id, 'Bimtek', 2026, 'apbd', '[]', false, now())"
    )
    office_id = office.id

    with transaction():
        lock(Office, office_id)
        with db.engine.connect() as other:
            other.execute(sa.text("SET lock_timeout = '1s'"))
            inserted = other.execute(insert, {"office_id": office_id}).rowcount
            other.rollback()

    assert inserted == 1


def test_a_row_that_was_deleted_meanwhile_is_not_found_by_its_lock(app):
    office_id = make_office().id
    with transaction() as session:
        session.delete(lock(Office, office_id))

    with pytest.raises(NotFound, match="Data ini baru saja dihapus."), transaction():
        lock(Office, office_id)


def test_rows_without_an_office_are_filed_where_the_actor_works(app):
    office = make_office()
    user = make_user("coordinator", office)

    with audit.acting(audit.Actor(7, "Admin", office_id=office.id)), transaction():
        user.name = "Nama Baru"

    assert entries("users")[-1].office_id == office.id


def test_officers_are_filed_under_their_cooperatives_office(app):
    officer = make_officer()

    assert entries("officers")[-1].office_id == officer.cooperative.office_id


def test_a_connection_that_the_server_has_closed_is_replaced_unseen(app):
    if db.engine.dialect.name == "sqlite":
        return  # no server
    mine = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    db.session.remove()
    other = sa.create_engine(app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.pool.NullPool)
    with other.connect() as connection:
        ended = connection.scalar(sa.text(f"SELECT pg_terminate_backend({mine}, 5000)"))

    assert ended
    assert db.session.scalar(sa.text("SELECT pg_backend_pid()")) != mine
