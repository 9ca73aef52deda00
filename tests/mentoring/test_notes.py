"""Keeping notes and their versions, one by one and two at once, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.mentoring import follow_up_queries, notes, rules, service, visit_queries
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit, VisitNote
from kopdiklat.mentoring.note_rules import (
    Agreement,
    MetPerson,
    NoteConflict,
    NoteContent,
    NotePhoto,
    Outcome,
)
from tests.factories import NOW, make_cooperative, make_follow_up, make_visit_note
from tests.mentoring.pages import HOUR, count, planned


def content(visit, **changes):
    plain = NoteContent(
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        met_people=(MetPerson("Siti Aminah", "Bendahara"),),
        condition="Pembukuan belum harian.",
    )
    return replace(plain, **changes)


def record(visit, what=None, note_uuid=None, **options):
    note_uuid = note_uuid or str(uuid4())
    with transaction():
        note = notes.record_note(
            visit,
            what or content(visit),
            note_uuid=note_uuid,
            writer=visit.mentor,
            **{"now": NOW + 2 * HOUR} | options,
        )
        return note.id


def test_record_note_holds_the_visit_and_numbers_the_note(app):
    first, second = planned(), planned()

    record(first)
    record(second)

    notes = db.session.scalars(sa.select(VisitNote).order_by(VisitNote.id)).all()
    assert [note.number for note in notes] == ["K-0001", "K-0002"]
    assert notes[0].met_people == [{"name": "Siti Aminah", "position": "Bendahara"}]
    assert db.session.get_one(MentoringVisit, first.id).state == "held"


def test_record_note_keeps_agreements_outcomes_and_photos(app):
    visit = planned()
    closing = make_follow_up(visit.cooperative, what="Susun neraca")
    going_on = make_follow_up(visit.cooperative, what="Pisahkan kas")

    record(
        visit,
        content(
            visit,
            outcomes=(
                Outcome(closing.id, result="Neraca Juni tersusun."),
                Outcome(going_on.id, due_on=date(2026, 8, 15)),
            ),
            agreements=(Agreement("Tetapkan tanggal RAT", "Siti, Ketua", date(2026, 7, 27)),),
            photos=(NotePhoto("a" * 64, 1920, 1440, 300_000, "Buku kas"),),
            photo_consent=True,
        ),
    )

    closing = db.session.get_one(FollowUp, closing.id)
    assert (closing.closed_on, closing.result) == (date(2026, 7, 13), "Neraca Juni tersusun.")
    assert closing.closed_by_id == visit.mentor_id
    assert db.session.get_one(FollowUp, going_on.id).due_on == date(2026, 8, 15)
    new = follow_up_queries.follow_ups_of_visit(visit.id)
    assert [(f.what, f.owner_name, f.agreed_on, f.due_on) for f in new] == [
        ("Tetapkan tanggal RAT", "Siti, Ketua", date(2026, 7, 13), date(2026, 7, 27))
    ]
    [note] = visit_queries.notes_of(visit.id)
    assert [o["what"] for o in note.outcomes] == ["Susun neraca", "Pisahkan kas"]
    assert [(p.caption, p.file.sha256, p.file.content_type) for p in note.photos] == [
        ("Buku kas", "a" * 64, "image/jpeg")
    ]


def test_record_note_sent_twice_is_one_note(app):
    visit = planned()
    same = str(uuid4())
    what = content(visit, agreements=(Agreement("RAT", "Ketua", date(2026, 7, 27)),))

    assert record(visit, what, same) == record(visit, what, same)

    assert count(VisitNote) == 1
    assert count(FollowUp) == 1


def test_record_note_refuses_other_content_under_the_same_uuid(app):
    visit = planned()
    same = str(uuid4())
    record(visit, None, same)

    with pytest.raises(NoteConflict) as refusal:
        record(visit, content(visit, condition="Isi lain."), same)

    assert refusal.value.status == 409
    assert [note.condition for note in visit_queries.notes_of(visit.id)] == [
        "Pembukuan belum harian."
    ]


def test_record_note_refuses_the_uuid_of_another_visit(app):
    same = str(uuid4())
    record(planned(), None, same)
    other = planned()

    with pytest.raises(NoteConflict):
        record(other, None, same)

    assert db.session.get_one(MentoringVisit, other.id).state == "planned"


def test_record_note_again_is_a_conflict_until_it_is_a_correction_with_a_reason(app):
    visit = planned()
    record(visit)
    better = content(visit, condition="Pembukuan harian sejak Mei.")

    with pytest.raises(NoteConflict, match="K-0001 versi 1"):
        record(visit, better)
    with pytest.raises(RuleViolation, match="alasan perbaikan"):
        record(visit, better, base_version=1)
    record(visit, better, base_version=1, correction_reason="Salah mencatat bulan.")

    first, second = visit_queries.notes_of(visit.id)
    assert (first.version, first.condition) == (1, "Pembukuan belum harian.")
    assert (second.version, second.number, second.correction_reason) == (
        2,
        "K-0001",
        "Salah mencatat bulan.",
    )


def test_record_note_refuses_a_visit_that_was_cancelled(app):
    visit = planned(state="cancelled", cancelled_reason="Kantor tutup.")

    with pytest.raises(TransitionRefused, match="dibatalkan"):
        record(visit)

    assert count(VisitNote) == 0


def test_record_note_refuses_a_day_after_the_assignment(app):
    visit = planned()
    assignment = db.session.scalars(sa.select(MentoringAssignment)).one()
    with transaction():
        assignment.ends_on = date(2026, 7, 12)  # a visit from before endings looked at the plan

    with pytest.raises(rules.OutsideAssignment, match="berakhir 12 Jul 2026"):
        record(visit)

    assert count(VisitNote) == 0


def test_record_note_takes_a_visit_of_the_last_day_after_the_contract(app):
    visit = planned()
    assignment = db.session.scalars(sa.select(MentoringAssignment)).one()
    with transaction():
        service.end_assignment(assignment, date(2026, 7, 13), "Kontrak selesai.")

    record(visit, now=NOW + timedelta(days=3))

    assert count(VisitNote) == 1


def test_record_note_leaves_a_follow_up_that_was_closed_meanwhile(app):
    visit = planned()
    closed = make_follow_up(visit.cooperative, closed_on=date(2026, 7, 5), result="Selesai dini.")

    record(visit, content(visit, outcomes=(Outcome(closed.id, result="Baru selesai."),)))

    row = db.session.get_one(FollowUp, closed.id)
    assert (row.closed_on, row.result) == (date(2026, 7, 5), "Selesai dini.")


def test_record_note_refuses_a_follow_up_of_another_cooperative(app):
    visit = planned()
    foreign = make_follow_up(make_cooperative())

    with pytest.raises(RuleViolation, match="bukan milik koperasi ini"):
        record(visit, content(visit, outcomes=(Outcome(foreign.id, result="Bukan milik saya."),)))

    assert db.session.get_one(FollowUp, foreign.id).closed_on is None
    assert visit_queries.notes_of(visit.id) == []


def test_record_note_of_two_at_once_is_one_note_and_one_conflict(app):
    visit = planned()
    visit_id, mentor_id = visit.id, visit.mentor_id
    what = content(visit)
    db.session.remove()

    def send(note_uuid):
        with app.app_context():
            try:
                with transaction():
                    notes.record_note(
                        db.session.get_one(MentoringVisit, visit_id),
                        what,
                        note_uuid=note_uuid,
                        writer=db.session.get_one(User, mentor_id),
                        now=NOW + 2 * HOUR,
                    )
            except NoteConflict:
                return "conflict"
            finally:
                db.session.remove()
            return "kept"

    with ThreadPoolExecutor(2) as two:
        answers = list(two.map(send, [str(uuid4()), str(uuid4())]))

    assert sorted(answers) == ["conflict", "kept"]
    assert count(VisitNote) == 1


def test_record_note_of_the_same_uuid_at_once_is_one_note(app):
    visit = planned()
    visit_id, mentor_id, same = visit.id, visit.mentor_id, str(uuid4())
    what = content(visit)
    db.session.remove()

    def send(_):
        with app.app_context():
            with transaction():
                ident = notes.record_note(
                    db.session.get_one(MentoringVisit, visit_id),
                    what,
                    note_uuid=same,
                    writer=db.session.get_one(User, mentor_id),
                    now=NOW + 2 * HOUR,
                ).id
            db.session.remove()
            return ident

    with ThreadPoolExecutor(4) as four:
        assert len(set(four.map(send, range(4)))) == 1
    assert count(VisitNote) == 1


def test_a_note_locks_its_follow_ups_by_id_so_that_two_never_wait_in_a_circle(app):
    visit = planned()
    ids = [make_follow_up(visit.cooperative).id for _ in range(4)]
    backwards = content(visit, outcomes=tuple(Outcome(i, "Selesai") for i in reversed(ids)))
    locked = []

    def note(connection, cursor, statement, parameters, *rest):
        if statement.startswith("SELECT") and "WHERE follow_ups.id = " in statement:
            [ident] = parameters.values() if isinstance(parameters, dict) else parameters
            locked.append(ident)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    kept = db.session.get_one(VisitNote, record(visit, backwards)).outcomes

    assert locked == ids
    assert [one["follow_up_id"] for one in kept] == ids[::-1]


def test_a_note_is_never_changed_in_the_database(app):
    note = make_visit_note()

    with pytest.raises(sa.exc.DBAPIError), transaction() as session:
        session.execute(sa.update(VisitNote).where(VisitNote.id == note.id).values(condition="x"))
