"""What a mentor wants to know of a visit before knocking, on both databases."""

from datetime import date, timedelta

from kopdiklat.mentoring import visit_queries
from tests.factories import (
    NOW,
    make_assignment,
    make_cooperative,
    make_follow_up,
    make_office,
    make_past_contact,
    make_user,
    make_visit,
)


def test_with_context_counts_visits_and_open_follow_ups(app):
    assignment = make_assignment(make_user("mentor"), make_cooperative(make_office()))
    mentor, cooperative = assignment.mentor, assignment.cooperative
    make_past_contact(cooperative, kind="visit", held_on=date(2025, 5, 2))
    make_visit(mentor, cooperative, NOW - timedelta(days=30), state="held")
    make_visit(mentor, cooperative, NOW - timedelta(days=10), state="cancelled")
    make_visit(mentor, cooperative, NOW)
    make_follow_up(cooperative, due_on=date(2026, 7, 12))
    make_follow_up(cooperative, due_on=date(2026, 7, 13))
    make_follow_up(cooperative, closed_on=date(2026, 7, 5), result="Selesai.")

    select = visit_queries.with_context(
        visit_queries.visits_around(mentor.id, NOW), date(2026, 7, 13)
    )
    [planned] = visit_queries.read_planned(select)

    assert planned.ordinal == 3
    assert (planned.open_follow_ups, planned.late_follow_ups) == (2, 1)
    assert planned.next_due_on == date(2026, 7, 12)
    assert planned.last_visit_on == date(2026, 6, 13)
