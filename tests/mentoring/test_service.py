"""Assigning, visiting and following up, on both databases."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.mentoring import follow_up_queries, rules, service
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit
from kopdiklat.mentoring.rules import Period
from tests.at_once import refusal_of
from tests.factories import (
    NOW,
    make_assignment,
    make_cooperative,
    make_follow_up,
    make_officer,
    make_person,
    make_user,
    make_visit,
)
from tests.mentoring.pages import HOUR, count, planned

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


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
    visit = planned(starts_at=NOW - timedelta(days=40), state="held")
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


@pytest.mark.parametrize(
    ("ends_on", "left"),
    [
        (date(2026, 7, 12), "2 kunjungan"),
        (date(2026, 7, 13), "1 kunjungan"),
        (date(2026, 7, 14), None),
    ],
)
def test_end_assignment_names_the_visits_that_are_still_planned_after_it(app, ends_on, left):
    visit = planned(starts_at=NOW)
    # 23.30 WIB, still the 14th where the cooperative is
    make_visit(visit.mentor, visit.cooperative, starts_at=NOW + timedelta(hours=38.5))
    make_visit(
        visit.mentor, visit.cooperative, starts_at=NOW + timedelta(days=5), state="cancelled"
    )
    make_visit(visit.mentor, make_cooperative(), starts_at=NOW + timedelta(days=5))
    make_assignment(visit.mentor, visit.cooperative, starts_on=date(2027, 1, 1))
    make_visit(visit.mentor, visit.cooperative, starts_at=NOW + timedelta(days=365))
    assignment = db.session.scalars(sa.select(MentoringAssignment).limit(1)).one()
    with transaction():
        assignment.ends_on = date(2026, 12, 31)

    def end():
        service.end_assignment(assignment, ends_on, "Pindah tugas.")

    sentence = refusal_of(end)

    assert sentence == (
        left
        and (
            f"Masih ada {left} terencana sesudah hari itu, yang pertama"
            f" {(ends_on + timedelta(days=1)).day} Jul 2026. Catat, pindahkan, atau batalkan dahulu."
        )
    )
    assert assignment.ends_on == (date(2026, 12, 31) if left else ends_on)


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
    visit = planned()

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
    visit = planned()

    with transaction():
        service.postpone_visit(
            visit, NOW + 24 * HOUR, NOW + 25 * HOUR, "Ketua berhalangan.", now=NOW
        )

    assert db.session.get_one(MentoringVisit, visit.id).day == date(2026, 7, 14)
    entry = follow_up_queries.history_of(visit)[-1]
    assert entry.reason == "Ketua berhalangan."
    assert set(entry.before) == {"starts_at", "ends_at"}


def test_cancel_visit_needs_a_reason_and_ends_it(app):
    visit = planned()

    with pytest.raises(RuleViolation, match="Alasan"), transaction():
        service.cancel_visit(visit, " ")
    with transaction():
        service.cancel_visit(visit, "Kantor tutup.")

    visit = db.session.get_one(MentoringVisit, visit.id)
    assert (visit.state, visit.cancelled_reason) == ("cancelled", "Kantor tutup.")


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


def test_reopen_follow_up_keeps_the_former_result_and_the_reason(app):
    follow_up = make_follow_up(closed_on=date(2026, 7, 5), result="Selesai.")

    with transaction():
        service.reopen_follow_up(follow_up, "Neraca ternyata belum dicetak.")

    row = db.session.get_one(FollowUp, follow_up.id)
    assert (row.closed_on, row.result, row.former_result) == (None, None, "Selesai.")
    entry = follow_up_queries.history_of(row)[-1]
    assert entry.reason == "Neraca ternyata belum dicetak."


def test_postpone_follow_up_keeps_the_former_day_in_the_trail(app):
    follow_up = make_follow_up()

    with transaction():
        service.postpone_follow_up(follow_up, date(2026, 8, 15), "Menunggu bendahara baru.")

    entry = follow_up_queries.history_of(follow_up)[-1]
    assert (entry.before, entry.after) == ({"due_on": "2026-08-01"}, {"due_on": "2026-08-15"})
    assert entry.reason == "Menunggu bendahara baru."
