"""A mentor's plan changed by two at the same moment: the second waits, and reads why not."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from kopdiklat.mentoring import service
from kopdiklat.mentoring.models import MentoringAssignment, MentoringVisit
from kopdiklat.mentoring.rules import Period
from tests.at_once import meanwhile, refusal_of
from tests.factories import NOW, make_assignment, make_cooperative
from tests.mentoring.pages import HOUR, count

LATER = NOW + timedelta(days=10)


@pytest.fixture
def assignment(app):
    return make_assignment()


def plan(mentor_id, cooperative_id, starts_at=LATER):
    service.plan_visit(
        db.session.get_one(User, mentor_id),
        db.session.get_one(Cooperative, cooperative_id),
        starts_at,
        starts_at + HOUR,
        time_zone="WIB",
        now=NOW,
    )


def assign(mentor_id, cooperative_id, starts_on):
    service.assign_mentor(
        db.session.get_one(User, mentor_id),
        [db.session.get_one(Cooperative, cooperative_id)],
        Period(starts_on, None),
        now=NOW,
    )


def end(assignment_id):
    assignment = db.session.get_one(MentoringAssignment, assignment_id)
    service.end_assignment(assignment, date(2026, 7, 14), "Pindah tugas.")


def test_no_visit_is_planned_after_an_assignment_that_is_being_ended(app, assignment):
    ident, mentor, cooperative = assignment.id, assignment.mentor_id, assignment.cooperative_id

    with meanwhile(app, lambda: end(ident)):
        sentence = refusal_of(lambda: plan(mentor, cooperative))

    assert sentence.startswith("Penugasan di koperasi ini berakhir 14 Jul 2026.")
    assert count(MentoringVisit) == 0


def test_an_assignment_is_not_ended_before_a_visit_that_is_being_planned(app, assignment):
    ident, mentor, cooperative = assignment.id, assignment.mentor_id, assignment.cooperative_id

    with meanwhile(app, lambda: plan(mentor, cooperative)):
        sentence = refusal_of(lambda: end(ident))

    assert sentence.startswith("Masih ada 1 kunjungan terencana sesudah hari itu")
    assert db.session.get_one(MentoringAssignment, ident).ends_on is None


def test_two_visits_of_one_hour_leave_the_first(app, assignment):
    mentor, here = assignment.mentor_id, assignment.cooperative_id
    there = make_assignment(assignment.mentor, make_cooperative()).cooperative_id

    with meanwhile(app, lambda: plan(mentor, here)):
        sentence = refusal_of(lambda: plan(mentor, there, LATER + HOUR / 2))

    assert "Pendamping sudah punya kunjungan" in sentence
    visits = sa.select(MentoringVisit.cooperative_id)
    assert db.session.scalars(visits).all() == [here]


def test_two_assignments_of_one_period_leave_the_first(app, assignment):
    mentor, there = assignment.mentor_id, make_cooperative().id

    with meanwhile(app, lambda: assign(mentor, there, date(2026, 7, 1))):
        sentence = refusal_of(lambda: assign(mentor, there, date(2026, 8, 1)))

    assert sentence.startswith("Sudah didampingi orang ini pada masa yang sama")
    assert count(MentoringAssignment) == 2
