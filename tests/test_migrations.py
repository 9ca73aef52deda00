"""An empty database, upgraded, equals the models; down and up again keeps rows and guards."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask_migrate import check, upgrade
from flask_migrate import downgrade as move_down

from kopdiklat.core import keys, migrations, outbox
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.files import StoredFile
from kopdiklat.health import queries
from kopdiklat.health.models import HealthAssessment
from kopdiklat.imports.models import ImportRun
from kopdiklat.registration import service, tokens
from kopdiklat.registration.service import Participant
from tests import doors, factories

NAMES = ("a.xlsx", "b.xlsx")
FILE = {"content_type": "application/octet-stream", "size": 1, "sha256": "a" * 64}
GUARDED = (
    "audit_entries",
    "health_assessments",
    "issued_numbers",
    "lotteries",
    "lottery_entries",
    "lottery_outcomes",
    "message_templates",
    "number_registers",
    "registration_events",
    "selected_cooperatives",
    "selections",
    "visit_notes",
)


def downgrade(revision):
    """Move the schema down; who still reads would hold the tables that go."""
    db.session.rollback()
    move_down(revision=revision)


def fill():
    """Something in most tables."""
    office = factories.make_office()
    cooperative = factories.make_cooperative(office)
    factories.make_officer(cooperative)
    factories.make_assessment(cooperative)
    factories.make_annual_meeting(cooperative)
    factories.make_yearly_figures(cooperative)
    factories.make_past_contact(cooperative)
    batch = factories.make_batch(office, seats=3, taken=2)
    factories.make_training_session(batch, factories.NOW, trainer_name="Luluk Farida, S.E.")
    factories.make_invitation(batch, cooperative)
    factories.make_registration(batch, cooperative)
    factories.make_course(office, needs_citizen_number=True)
    note = factories.make_visit_note()
    factories.make_follow_up(cooperative, visit_id=note.visit_id)
    factories.make_user("coordinator", office)
    db.session.rollback()  # reads nothing while the schema moves


def go_down(revision):
    """Reads nothing while the schema moves: a table that goes lets go of those that it refers to."""
    db.session.rollback()
    downgrade(revision=revision)


def choose():
    """A list that was chosen and a lottery; older revisions know neither."""
    factories.make_selection()
    factories.make_lottery(outcome="withdrawn")
    factories.make_segment()
    db.session.rollback()


def rows():
    return doors.hash_rows(None)


def guards():
    """Names of the triggers that stand."""
    if db.engine.dialect.name == "postgresql":
        found = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    else:
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    names = set(db.session.scalars(sa.text(found)))
    db.session.rollback()
    return names


def test_the_schema_equals_the_models(app):
    check()  # leaves with an error when something differs

    assert migrations.current_revision() == migrations.head_revision()


def test_down_and_up_again_keeps_every_row_and_guard(app):
    fill()
    before, stood = rows(), guards()

    go_down("0001")
    assert guards() == set()
    upgrade()

    check()
    assert rows() == before
    assert guards() == stood
    assert all(any(name.startswith(table) for name in stood) for table in GUARDED)


def test_each_registration_gets_a_token_for_the_door_and_no_message_keeps_a_link(app):
    batch = factories.make_batch(seats=3, taken=1)
    registration, invitation = factories.make_registration(batch), factories.make_invitation(batch)
    dead = keys.new_nonce()  # of an invitation that was made anew since
    with transaction():
        tell("registration.confirmed", 1, registration.nonce)
        tell("batch.cancelled", 2, registration.nonce)
        tell("invitation.sent", 3, invitation.nonce)
        tell("invitation.sent", 4, dead)
        tell("password_reset", 5, dead)
    nonces = {1: registration.nonce, 2: registration.nonce, 3: invitation.nonce, 4: "", 5: dead}
    ticket, link = tokens.ticket_token(registration), tokens.invitation_token(invitation)
    hashes = doors_of_all()

    go_down("0002")
    links = {n: payload.get("link") for n, payload in payloads().items()}
    upgrade()

    base = app.config["BASE_URL"]
    assert (links[1], links[2]) == (f"{base}/bukti/{ticket}", f"{base}/bukti/{ticket}")
    assert (links[3], links[5]) == (f"{base}/daftar/{link}", None)
    assert payloads() == {n: {"person": "Siti", "nonce": nonce} for n, nonce in nonces.items()}
    assert doors_of_all() == hashes
    assert hashes[registration.id] == keys.token_hash("door", tokens.door_token(registration))


def tell(kind, n, nonce):
    outbox.announce(
        kind, office_id=1, name="Siti", email="siti@contoh.id", phone=None, dedupe_key=f"uji:{n}",
        now=factories.NOW, person="Siti", nonce=nonce,
    )  # fmt: skip


def payloads():
    """Number of the message -> its payload."""
    found = sa.select(outbox.OutboxMessage.dedupe_key, outbox.OutboxMessage.payload)
    kept = {int(key.removeprefix("uji:")): payload for key, payload in db.session.execute(found)}
    db.session.rollback()
    return kept


def doors_of_all():
    found = db.session.execute(sa.text("SELECT id, door_hash FROM registrations")).all()
    db.session.rollback()
    return dict(map(tuple, found))


def test_a_substitute_names_whose_seat_it_took_also_from_before(app):
    batch, cooperative = factories.make_batch(seats=5, taken=1), factories.make_cooperative()
    seat = factories.make_registration(batch, cooperative)
    factories.make_change_request(seat)
    wiwik = Participant(full_name="Wiwik Lestari", position="treasurer")
    with transaction():
        new = service.replace(seat.id, wiwik, "sakit", by="uji", now=factories.NOW)
    number, ident = seat.id, new.id
    db.session.rollback()

    downgrade(revision="0012")
    assert sa.inspect(db.engine).has_table("change_requests") is False
    db.session.rollback()
    upgrade()

    taken = db.session.execute(sa.text("SELECT id, replaces_id FROM registrations")).all()
    assert {new_id: old for new_id, old in taken if old} == {ident: number}


def test_a_course_that_asks_for_the_number_keeps_the_reason_that_its_pages_gave(app):
    asking = factories.make_course(needs_citizen_number=True, citizen_number_reason="Untuk DAK.")
    plain = factories.make_course()
    factories.make_application(factories.make_batch())
    ids = (asking.id, plain.id)

    downgrade(revision="0012")
    upgrade()

    why = sa.text("SELECT id, citizen_number_reason FROM courses")
    found = dict(map(tuple, db.session.execute(why)))
    assert [found[i] for i in ids] == ["Untuk laporan sumber dana.", None]
    assert not any(db.session.scalars(sa.text("SELECT open_registration FROM programmes")))


def test_of_two_results_of_one_year_the_later_position_becomes_the_correction(app):
    cooperative = factories.make_cooperative()
    go_down("0008")
    last = factories.make_assessment(cooperative, "60", 2025)
    middle = factories.make_assessment(cooperative, "70", 2025, position_on=date(2025, 9, 30))
    early = factories.make_assessment(cooperative, "80", 2025, position_on=date(2025, 6, 30))
    right = factories.make_assessment(
        cooperative, "81", 2025, position_on=date(2025, 6, 30), replaces_id=early.id
    )
    other = factories.make_assessment(cooperative, "50", 2024)
    counted = queries.current_assessment(cooperative.id).id
    last, middle, early, right, other = (a.id for a in (last, middle, early, right, other))
    db.session.rollback()

    upgrade()

    assert corrected() == {early: None, right: early, middle: right, last: middle, other: None}
    assert queries.current_assessment(cooperative.id).id == counted == last
    trail = db.session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.object_type == "health_assessments", AuditEntry.action == "update")
        .order_by(AuditEntry.id)
    ).all()
    assert [(e.object_id, e.before["replaces_id"], e.after["replaces_id"]) for e in trail] == [
        (middle, None, right),
        (last, None, middle),
    ]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
        session.execute(sa.text("UPDATE health_assessments SET score = 99"))


def test_a_correction_of_another_year_leaves_both_years_what_counted(app):
    """The first of 2025 was in truth that of 2024; then 2025 got its own."""
    cooperative = factories.make_cooperative()
    go_down("0008")
    wrong = factories.make_assessment(cooperative, "60", 2025).id
    moved = factories.make_assessment(cooperative, "60", 2024, replaces_id=wrong).id
    right = factories.make_assessment(cooperative, "70", 2025).id
    stood = standing()

    upgrade()

    assert corrected() == {wrong: None, moved: None, right: wrong}
    assert standing() == stood == {(2024, moved), (2025, right)}


@pytest.mark.parametrize("later", ["moved", "own"])
def test_of_a_correction_from_another_year_beside_a_first_the_later_counts(app, later):
    cooperative = factories.make_cooperative()
    go_down("0008")
    half = {"position_on": date(2025, 6, 30)}
    of_2024 = factories.make_assessment(cooperative, "60", 2024).id
    moved = factories.make_assessment(
        cooperative, "70", 2025, replaces_id=of_2024, **(half if later == "own" else {})
    ).id
    own = factories.make_assessment(
        cooperative, "80", 2025, **(half if later == "moved" else {})
    ).id
    db.session.rollback()

    upgrade()

    first, counted = (own, moved) if later == "moved" else (moved, own)
    assert standing() == {(2025, counted)}
    assert corrected() == {of_2024: of_2024, first: None, counted: first}


def test_a_year_that_was_corrected_into_another_has_no_result_and_may_get_one(app):
    cooperative = factories.make_cooperative()
    go_down("0008")
    alone = factories.make_assessment(cooperative, "60", 2025).id
    factories.make_assessment(cooperative, "60", 2024, replaces_id=alone)
    both = [factories.make_assessment(cooperative, "60", 2023).id for _ in range(2)]
    for year, ident in zip((2021, 2022), both):
        factories.make_assessment(cooperative, "60", year, replaces_id=ident)
    stood = standing()

    upgrade()
    new = factories.make_assessment(cooperative, "75", 2025).id
    db.session.rollback()

    assert {year for year, _ in stood} == {2021, 2022, 2024}
    assert standing() == stood | {(2025, new)}
    assert corrected()[alone] == alone
    assert {ident: corrected()[ident] for ident in both} == dict(zip(both, reversed(both)))
    go_down("0008")
    upgrade()
    assert standing() == stood | {(2025, new)}


def standing():
    """(fiscal year, assessment) of those that none replaces."""
    found = sa.select(HealthAssessment.fiscal_year, HealthAssessment.id)
    rows = db.session.execute(found.where(queries.is_not_replaced())).all()
    db.session.rollback()
    return set(map(tuple, rows))


def corrected():
    """Assessment -> the one that it replaces."""
    found = db.session.execute(sa.text("SELECT id, replaces_id FROM health_assessments")).all()
    db.session.rollback()
    return dict(map(tuple, found))


@pytest.mark.parametrize("change", ["state = 'lost'", "position = 'king'", "door_hash = NULL"])
def test_a_registration_keeps_its_constraints_when_its_table_is_rebuilt(app, change):
    factories.make_registration()

    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(sa.text(f"UPDATE registrations SET {change}"))


def test_a_registration_keeps_its_partial_index_when_its_table_is_rebuilt(app):
    batch, person = factories.make_batch(), factories.make_person()
    for state in ("cancelled", "cancelled", "confirmed"):
        factories.make_registration(batch, person=person, state=state)

    with pytest.raises(sa.exc.IntegrityError):
        factories.make_registration(batch, person=person, state="waitlisted")


def test_runs_of_imports_keep_their_names_and_states_and_old_ones_get_them(app, now):
    run_of = make_runs(now)

    go_down("0005")
    kept = "SELECT file_id, state FROM import_runs ORDER BY id"
    assert everything(kept) == [(run_of["saved"], "saved"), (run_of["reversed"], "discarded")]
    assert everything("SELECT name FROM stored_files ORDER BY id") == [("a.xlsx",), ("b.xlsx",)]
    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(sa.text("UPDATE import_runs SET file_id = NULL"))
    upgrade()

    check()
    kept = "SELECT file_name, state, refused_file_id FROM import_runs ORDER BY id"
    assert everything(kept) == [("a.xlsx", "saved", None), ("b.xlsx", "discarded", None)]


def make_runs(now):
    """One saved with refused rows, one taken back, one whose file is gone; state -> id of its file."""
    office_id = factories.make_office().id
    common = {"office_id": office_id, "created_at": now}
    with transaction() as session:
        uploads = [StoredFile(name=n, purpose="import", **FILE, **common) for n in NAMES]
        refused = StoredFile(name="a.xlsx", purpose="import.refused", **FILE, **common)
        session.add_all([*uploads, refused])
        session.flush()
        ids = [stored.id for stored in uploads]
        run = {"kind": "cooperatives", "created_by_name": "uji", **common}
        for state, file_id, name, refused_id in (
            ("saved", ids[0], "a.xlsx", refused.id),
            ("reversed", ids[1], "b.xlsx", None),
            ("failed", None, "c.xlsx", None),
        ):
            session.add(
                ImportRun(
                    state=state, file_id=file_id, file_name=name, refused_file_id=refused_id, **run
                )
            )
            session.flush()
    return {"saved": ids[0], "reversed": ids[1]}


def everything(query):
    found = [tuple(row) for row in db.session.execute(sa.text(query))]
    db.session.rollback()
    return found


def test_all_the_way_down_and_up_again_is_an_empty_office(app):
    fill()

    go_down("base")
    upgrade()

    check()
    assert db.session.scalar(sa.text("SELECT count(*) FROM offices")) == 0
    assert db.session.scalar(sa.text("SELECT count(*) FROM assessment_schemes")) == 2


def test_a_series_counts_on_after_down_and_up(app):
    factories.make_issued_number()
    db.session.rollback()
    go_down("0009")
    upgrade()

    assert factories.make_issued_number().number == 2


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_guards_still_refuse_after_down_and_up(app, table, change):
    fill()
    go_down("0001")
    upgrade()
    factories.make_issued_number()
    factories.make_message_template()
    choose()

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
        session.execute(sa.text(change.format(table)))


def test_a_batch_keeps_its_basis_when_its_lists_come_and_go(app):
    batch = factories.make_batch(selection_basis="baseline_score")
    choose()

    go_down("0012")
    upgrade()

    check()
    basis = "SELECT selection_basis FROM batches WHERE id = :id"
    assert db.session.scalar(sa.text(basis), {"id": batch.id}) == "baseline_score"
    assert everything("SELECT count(*) FROM selections") == [(0,)]


def test_trainers_and_venues_of_before_become_rows_called_as_they_were_typed(app):
    first = factories.make_batch(sessions=0, venue="Aula Balai Kota")
    second = factories.make_batch(
        sessions=0, venue="AULA  Balai Kota", venue_address="Jl. Gajah Mada 145"
    )
    for batch, name in ((first, "Hendra Wijaya, S.E., Ak."), (second, "hendra wijaya  S.E. Ak")):
        factories.make_training_session(batch, trainer_name=name)
    factories.make_training_session(second, factories.NOW, trainer_name="-", trainer_id=None)
    db.session.rollback()
    go_down("0010")

    upgrade()

    found = db.session.execute(sa.text("SELECT name, address, time_zone FROM venues")).all()
    assert [tuple(row) for row in found] == [("Aula Balai Kota", "Jl. Gajah Mada 145", "WIB")]
    assert db.session.scalars(sa.text("SELECT name FROM trainers")).all() == [
        "Hendra Wijaya, S.E., Ak."
    ]
    kept = "SELECT trainer_name, trainer_id IS NOT NULL FROM training_sessions ORDER BY id"
    assert [tuple(row) for row in db.session.execute(sa.text(kept))] == [
        ("Hendra Wijaya, S.E., Ak.", True),
        ("hendra wijaya  S.E. Ak", True),
        ("-", False),
    ]


def test_messages_of_before_learn_what_they_are_about_and_keep_the_moment_of_the_next_try(app):
    batch = factories.make_batch(seats=3, taken=1)
    registration, invitation = factories.make_registration(batch), factories.make_invitation(batch)
    retry = factories.NOW + timedelta(minutes=8)
    with transaction():
        for kind, n in (
            ("invitation.sent", invitation.id),
            ("registration.confirmed", registration.id),
        ):
            outbox.announce(
                kind, office_id=1, name="Siti", email="siti@contoh.id", phone=None,
                dedupe_key=f"{kind}:{n}:abc" if kind == "invitation.sent" else f"{kind}:{n}",
                now=factories.NOW, person="Siti", nonce="a" * 32,
            )  # fmt: skip
        tell("manager_joined", 9, "b" * 32)
    with transaction() as session:
        session.execute(sa.text("UPDATE outbox_messages SET channel = 'gateway' WHERE id = 1"))
    batch_id = batch.id
    db.session.rollback()
    downgrade(revision="0012")
    with transaction() as session:
        session.execute(
            sa.text("UPDATE outbox_messages SET claimed_until = :at WHERE id = 2").bindparams(
                sa.bindparam("at", retry, sa.DateTime(timezone=True))
            )
        )

    upgrade()

    M = outbox.OutboxMessage
    found = sa.select(M.channel, M.topic, M.thing, M.try_at).order_by(M.id)
    assert [tuple(row) for row in db.session.execute(found)] == [
        ("whatsapp", f"batch:{batch_id}", f"invitation.sent:{invitation.id}:abc", factories.NOW),
        ("email", f"batch:{batch_id}", None, retry),
        ("email", None, None, factories.NOW),
    ]
    db.session.rollback()


def test_the_log_of_attempts_is_guarded_after_down_and_up(app):
    downgrade(revision="0012")
    upgrade()
    with transaction():
        tell("manager_joined", 1, "b" * 32)
    with transaction():
        outbox.note(db.session.get_one(outbox.OutboxMessage, 1), "accepted", now=factories.NOW)

    for change in ("UPDATE outbox_attempts SET id = id", "DELETE FROM outbox_attempts"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
            session.execute(sa.text(change))
