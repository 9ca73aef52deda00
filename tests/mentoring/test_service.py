"""Assigning, visiting, noting and following up, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.mentoring import follow_up_queries, rules, service, visit_queries
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit, VisitNote
from kopdiklat.mentoring.rules import Agreement, MetPerson, NoteContent, NotePhoto, Outcome, Period
from tests.factories import (
    NOW,
    make_assignment,
    make_cooperative,
    make_follow_up,
    make_officer,
    make_person,
    make_user,
    make_visit,
    make_visit_note,
)

HOUR = timedelta(hours=1)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def content(visit, **changes):
    plain = NoteContent(
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        met_people=(MetPerson("Siti Aminah", "Bendahara"),),
        condition="Pembukuan belum harian.",
    )
    return replace(plain, **changes)


def visit_of_mentor(**columns):
    assignment = make_assignment()
    return make_visit(assignment.mentor, assignment.cooperative, **columns)


def record(visit, what=None, note_uuid=None, **options):
    note_uuid = note_uuid or str(uuid4())
    with transaction():
        note = service.record_note(
            visit,
            what or content(visit),
            note_uuid=note_uuid,
            writer=visit.mentor,
            **{"now": NOW + 2 * HOUR} | options,
        )
        return note.id


def count(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


# -- assignments


def test_assign_mentor_gives_several_cooperatives_at_once(app):
    mentor = make_user("mentor")
    cooperatives = [make_cooperative(), make_cooperative()]

    with transaction():
        service.assign_mentor(mentor, cooperatives, YEAR, letter_number="500/1/2026", now=NOW)

    rows = db.session.scalars(sa.select(MentoringAssignment)).all()
    assert {row.cooperative_id for row in rows} == {c.id for c in cooperatives}
    assert {(row.letter_number, row.ends_on) for row in rows} == {
        ("500/1/2026", date(2026, 12, 31))
    }


def test_assign_mentor_refuses_an_officer_of_the_cooperative_without_a_reason(app):
    mentor = make_user("mentor", name="Hj. Siti Rahmawati, S.E.")
    cooperative = make_cooperative(name="KSP Mulia Karya")
    make_officer(cooperative, make_person(full_name="Siti Rahmawati"))

    with pytest.raises(rules.MentorIsOfficer, match="KSP Mulia Karya"), transaction():
        service.assign_mentor(mentor, [cooperative], YEAR, now=NOW)
    assert count(MentoringAssignment) == 0

    with transaction():
        service.assign_mentor(
            mentor, [cooperative], YEAR, conflict_reason="Tidak ada pendamping lain.", now=NOW
        )
    assert db.session.scalars(sa.select(MentoringAssignment)).one().conflict_reason


def test_assign_mentor_refuses_all_when_one_overlaps(app):
    taken = make_assignment(ends_on=date(2026, 6, 30))
    free = make_cooperative()

    with pytest.raises(rules.AlreadyAssigned, match=taken.cooperative.name), transaction():
        service.assign_mentor(
            taken.mentor, [free, taken.cooperative], Period(date(2026, 6, 30), None), now=NOW
        )
    assert count(MentoringAssignment) == 1

    with transaction():
        service.assign_mentor(
            taken.mentor, [free, taken.cooperative], Period(date(2026, 7, 1), None), now=NOW
        )
    assert count(MentoringAssignment) == 3


def test_end_assignment_keeps_the_history_and_refuses_new_visits(app):
    visit = visit_of_mentor(starts_at=NOW - timedelta(days=40), state="held")
    assignment = db.session.scalars(sa.select(MentoringAssignment)).one()

    with transaction():
        service.end_assignment(assignment, date(2026, 7, 1), "Kontrak tiga bulan selesai.")

    with pytest.raises(rules.OutsideAssignment), transaction():
        service.plan_visit(
            visit.mentor, visit.cooperative, NOW, NOW + HOUR, time_zone="WIB", now=NOW
        )
    assert count(MentoringVisit) == 1
    entry = db.session.scalars(
        sa.select(AuditEntry).where(
            AuditEntry.object_type == "mentoring_assignments", AuditEntry.action == "update"
        )
    ).one()
    assert entry.reason == "Kontrak tiga bulan selesai."


# -- visits


def test_plan_visit_takes_the_programme_of_the_assignment(app):
    assignment = make_assignment()

    with transaction():
        visit = service.plan_visit(
            assignment.mentor, assignment.cooperative, NOW, NOW + HOUR, time_zone="WIB", now=NOW
        )
        ident = visit.id

    visit = db.session.get_one(MentoringVisit, ident)
    assert (visit.state, visit.day, visit.programme_id) == ("planned", date(2026, 7, 13), None)


def test_plan_visit_refuses_a_second_visit_at_the_same_time(app):
    visit = visit_of_mentor()

    with pytest.raises(rules.VisitClash, match=visit.cooperative.name), transaction():
        service.plan_visit(
            visit.mentor, visit.cooperative, NOW, NOW + HOUR, time_zone="WIB", now=NOW
        )

    assert count(MentoringVisit) == 1


def test_plan_visit_refuses_a_cooperative_of_another_mentor(app):
    assignment, stranger = make_assignment(), make_user("mentor")

    with pytest.raises(rules.OutsideAssignment, match="Belum ada penugasan"), transaction():
        service.plan_visit(
            stranger, assignment.cooperative, NOW, NOW + HOUR, time_zone="WIB", now=NOW
        )


def test_postpone_visit_moves_it_and_keeps_the_reason_in_the_trail(app):
    visit = visit_of_mentor()

    with transaction():
        service.postpone_visit(
            visit, NOW + 24 * HOUR, NOW + 25 * HOUR, "Ketua berhalangan.", now=NOW
        )

    assert db.session.get_one(MentoringVisit, visit.id).day == date(2026, 7, 14)
    entry = follow_up_queries.history_of(visit)[-1]
    assert entry.reason == "Ketua berhalangan."
    assert set(entry.before) == {"starts_at", "ends_at"}


def test_cancel_visit_needs_a_reason_and_ends_it(app):
    visit = visit_of_mentor()

    with pytest.raises(RuleViolation, match="Alasan"), transaction():
        service.cancel_visit(visit, " ")
    with transaction():
        service.cancel_visit(visit, "Kantor tutup.")

    with pytest.raises(TransitionRefused, match="dibatalkan"):
        record(visit)
    assert count(VisitNote) == 0


# -- notes


def test_record_note_holds_the_visit_and_numbers_the_note(app):
    first, second = visit_of_mentor(), visit_of_mentor()

    record(first)
    record(second)

    notes = db.session.scalars(sa.select(VisitNote).order_by(VisitNote.id)).all()
    assert [note.number for note in notes] == ["K-0001", "K-0002"]
    assert notes[0].met_people == [{"name": "Siti Aminah", "position": "Bendahara"}]
    assert db.session.get_one(MentoringVisit, first.id).state == "held"


def test_record_note_keeps_agreements_outcomes_and_photos(app):
    visit = visit_of_mentor()
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
    visit = visit_of_mentor()
    same = str(uuid4())
    what = content(visit, agreements=(Agreement("RAT", "Ketua", date(2026, 7, 27)),))

    assert record(visit, what, same) == record(visit, what, same)

    assert count(VisitNote) == 1
    assert count(FollowUp) == 1


def test_record_note_refuses_other_content_under_the_same_uuid(app):
    visit = visit_of_mentor()
    same = str(uuid4())
    record(visit, None, same)

    with pytest.raises(rules.NoteConflict) as refusal:
        record(visit, content(visit, condition="Isi lain."), same)

    assert refusal.value.status == 409
    assert [note.condition for note in visit_queries.notes_of(visit.id)] == [
        "Pembukuan belum harian."
    ]


def test_record_note_refuses_the_uuid_of_another_visit(app):
    same = str(uuid4())
    record(visit_of_mentor(), None, same)
    other = visit_of_mentor()

    with pytest.raises(rules.NoteConflict):
        record(other, None, same)

    assert db.session.get_one(MentoringVisit, other.id).state == "planned"


def test_record_note_again_is_a_conflict_until_it_is_a_correction_with_a_reason(app):
    visit = visit_of_mentor()
    record(visit)
    better = content(visit, condition="Pembukuan harian sejak Mei.")

    with pytest.raises(rules.NoteConflict, match="K-0001 versi 1"):
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


def test_record_note_refuses_a_day_after_the_assignment(app):
    visit = visit_of_mentor()
    assignment = db.session.scalars(sa.select(MentoringAssignment)).one()
    with transaction():
        service.end_assignment(assignment, date(2026, 7, 12), "Kontrak selesai.")

    with pytest.raises(rules.OutsideAssignment, match="berakhir 12 Jul 2026"):
        record(visit)

    assert count(VisitNote) == 0


def test_record_note_takes_a_visit_of_the_last_day_after_the_contract(app):
    visit = visit_of_mentor()
    assignment = db.session.scalars(sa.select(MentoringAssignment)).one()
    with transaction():
        service.end_assignment(assignment, date(2026, 7, 13), "Kontrak selesai.")

    record(visit, now=NOW + timedelta(days=3))

    assert count(VisitNote) == 1


def test_record_note_leaves_a_follow_up_that_was_closed_meanwhile(app):
    visit = visit_of_mentor()
    closed = make_follow_up(visit.cooperative, closed_on=date(2026, 7, 5), result="Selesai dini.")

    record(visit, content(visit, outcomes=(Outcome(closed.id, result="Baru selesai."),)))

    row = db.session.get_one(FollowUp, closed.id)
    assert (row.closed_on, row.result) == (date(2026, 7, 5), "Selesai dini.")


def test_record_note_ignores_a_follow_up_of_another_cooperative(app):
    visit = visit_of_mentor()
    foreign = make_follow_up(make_cooperative())

    record(visit, content(visit, outcomes=(Outcome(foreign.id, result="Bukan milik saya."),)))

    assert db.session.get_one(FollowUp, foreign.id).closed_on is None
    assert visit_queries.notes_of(visit.id)[0].outcomes == []


def test_record_note_of_two_at_once_is_one_note_and_one_conflict(app):
    visit = visit_of_mentor()
    visit_id, mentor_id = visit.id, visit.mentor_id
    what = content(visit)
    db.session.remove()

    def send(note_uuid):
        with app.app_context():
            try:
                with transaction():
                    service.record_note(
                        db.session.get_one(MentoringVisit, visit_id),
                        what,
                        note_uuid=note_uuid,
                        writer=db.session.get_one(service.User, mentor_id),
                        now=NOW + 2 * HOUR,
                    )
            except rules.NoteConflict:
                return "conflict"
            finally:
                db.session.remove()
            return "kept"

    with ThreadPoolExecutor(2) as two:
        answers = list(two.map(send, [str(uuid4()), str(uuid4())]))

    assert sorted(answers) == ["conflict", "kept"]
    assert count(VisitNote) == 1


def test_record_note_of_the_same_uuid_at_once_is_one_note(app):
    visit = visit_of_mentor()
    visit_id, mentor_id, same = visit.id, visit.mentor_id, str(uuid4())
    what = content(visit)
    db.session.remove()

    def send(_):
        with app.app_context():
            with transaction():
                ident = service.record_note(
                    db.session.get_one(MentoringVisit, visit_id),
                    what,
                    note_uuid=same,
                    writer=db.session.get_one(service.User, mentor_id),
                    now=NOW + 2 * HOUR,
                ).id
            db.session.remove()
            return ident

    with ThreadPoolExecutor(4) as four:
        assert len(set(four.map(send, range(4)))) == 1
    assert count(VisitNote) == 1


def test_a_note_locks_its_follow_ups_by_id_so_that_two_never_wait_in_a_circle(app):
    visit = visit_of_mentor()
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


# -- follow-ups


def test_close_follow_up_twice_keeps_the_first_result(app):
    follow_up = make_follow_up()
    mentor, coordinator = make_user("mentor"), make_user()
    today = date(2026, 7, 13)

    with transaction():
        service.close_follow_up(
            follow_up, "Neraca  Juni tersusun.", date(2026, 7, 10), closer=mentor, today=today
        )
    with pytest.raises(rules.FollowUpClosed, match="sudah ditutup 10 Jul 2026"), transaction():
        service.close_follow_up(follow_up, "Lain.", today, closer=coordinator, today=today)

    row = db.session.get_one(FollowUp, follow_up.id)
    assert (row.result, row.closed_by_id) == ("Neraca Juni tersusun.", mentor.id)


def test_reopen_follow_up_keeps_the_former_result_in_the_trail(app):
    follow_up = make_follow_up(closed_on=date(2026, 7, 5), result="Selesai.")

    with transaction():
        service.reopen_follow_up(follow_up, "Neraca ternyata belum dicetak.")

    row = db.session.get_one(FollowUp, follow_up.id)
    assert (row.closed_on, row.result) == (None, None)
    entry = follow_up_queries.history_of(row)[-1]
    assert (entry.before["result"], entry.reason) == ("Selesai.", "Neraca ternyata belum dicetak.")


def test_postpone_follow_up_keeps_the_former_day_in_the_trail(app):
    follow_up = make_follow_up()

    with transaction():
        service.postpone_follow_up(follow_up, date(2026, 8, 15), "Menunggu bendahara baru.")

    entry = follow_up_queries.history_of(follow_up)[-1]
    assert (entry.before, entry.after) == ({"due_on": "2026-08-01"}, {"due_on": "2026-08-15"})
    assert entry.reason == "Menunggu bendahara baru."
