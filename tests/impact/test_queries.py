from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.impact import queries, subjects
from tests.factories import (
    default_scheme,
    make_activity_status,
    make_assessment,
    make_attendance,
    make_batch,
    make_cooperative,
    make_invitation,
    make_office,
    make_past_contact,
    make_programme,
    make_registration,
    make_training_session,
    make_visit,
)

LATE = datetime(2026, 7, 13, 16, 30, tzinfo=UTC)  # 23.30 WIB, already the 14th in WIT


def facts_of(cooperative):
    facts = queries.office_facts([cooperative.office_id])
    return next(c for c in facts.cooperatives if c.id == cooperative.id)


def count_statements(action):
    seen = []

    def listen(connection, cursor, statement, *rest):
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        action()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    return len(seen)


def test_contact_is_computed_from_presence_in_the_civil_time_of_the_session(app):
    batch = make_batch(sessions=0)
    session = make_training_session(batch, starts_at=LATE, time_zone="WIT")
    registration = make_registration(batch)
    make_attendance(registration, session)

    contacts = facts_of(registration.cooperative).contacts

    assert [(c.on, c.programme) for c in contacts] == [
        (date(2026, 7, 14), ("programme", batch.programme_id))
    ]


def test_contact_is_not_a_seat_without_presence(app):
    batch = make_batch(sessions=1)
    registration = make_registration(batch)
    make_attendance(registration, batch.training_sessions[0], state="sick")

    assert facts_of(registration.cooperative).contacts == ()


def test_contact_is_a_visit_once_it_was_held(app):
    cooperative = make_cooperative()
    make_visit(cooperative=cooperative, state="planned")
    make_visit(cooperative=cooperative, state="held", starts_at=LATE)

    contacts = facts_of(cooperative).contacts

    assert [(c.on, c.programme) for c in contacts] == [
        (date(2026, 7, 13), ("visits", cooperative.office_id))
    ]


def test_contact_is_a_past_activity_and_a_mentoring_keeps_the_year_it_began(app):
    cooperative = make_cooperative()
    make_past_contact(cooperative, activity="Bimtek", held_on=date(2023, 5, 1))
    for day in (date(2022, 12, 1), date(2023, 2, 1)):
        make_past_contact(cooperative, kind="visit", activity="Dampingan", held_on=day)

    programmes = {c.programme for c in facts_of(cooperative).contacts}

    assert programmes == {
        ("past", "training", "Bimtek", 2023),
        ("past", "visit", "Dampingan", 2022),
    }


def test_hours_of_a_batch_count_sessions_that_nobody_attended(app):
    batch = make_batch(sessions=0)
    first = make_training_session(batch, starts_at=LATE, minutes=90)
    make_training_session(batch, starts_at=LATE + timedelta(hours=3), minutes=90)
    make_attendance(make_registration(batch), first)

    facts = queries.office_facts([batch.office_id])

    assert facts.hours_of_batches == {batch.id: Decimal(4)}
    assert [presence.hours for presence in facts.presences] == [Decimal(2)]


def test_assessment_that_was_replaced_is_not_valid(app):
    cooperative = make_cooperative()
    wrong = make_assessment(cooperative, "40.00", fiscal_year=2025)
    right = make_assessment(
        cooperative, "60.00", 2025, replaces_id=wrong.id, replacement_reason="Salah ketik"
    )

    assessments = facts_of(cooperative).assessments

    assert [(a.id, a.score) for a in assessments] == [(right.id, Decimal("60.00"))]
    assert queries.office_facts([cooperative.office_id]).main_scheme == default_scheme().code


def test_activity_is_what_was_dated_never_what_was_unverified(app):
    cooperative = make_cooperative(activity_status="inactive", activity_status_on=date(2026, 1, 1))
    make_activity_status(cooperative, "active", as_of=date(2022, 1, 1))
    make_activity_status(cooperative, "unverified", as_of=date(2023, 1, 1))

    statuses = facts_of(cooperative).statuses

    assert [(s.status, s.as_of) for s in statuses] == [("active", date(2022, 1, 1))]


def test_activity_of_the_register_is_used_when_no_history_was_kept(app):
    cooperative = make_cooperative(activity_status="active", activity_status_on=None)

    assert [(s.status, s.as_of) for s in facts_of(cooperative).statuses] == [("active", None)]


def test_facts_of_one_office_never_hold_another(app):
    make_past_contact(make_cooperative(make_office("3515", "Dinas Sidoarjo")))
    mine = make_cooperative()

    facts = queries.office_facts([mine.office_id])

    assert [c.id for c in facts.cooperatives] == [mine.id]
    assert facts.past == []


def test_facts_take_the_same_number_of_queries_for_one_and_for_three(app):
    def fill(times):
        for _ in range(times):
            cooperative = make_cooperative()
            make_assessment(cooperative)
            make_past_contact(cooperative)
            make_visit(cooperative=cooperative, state="held")
            batch = make_batch()
            registration = make_registration(batch, cooperative)
            make_attendance(registration, batch.training_sessions[0])

    office_id = make_office().id
    fill(1)
    one = count_statements(lambda: queries.office_facts([office_id]))
    fill(2)
    three = count_statements(lambda: queries.office_facts([office_id]))

    assert (one, three) == (5, 5)


def test_invited_are_those_with_a_link_or_a_seat(app):
    batch = make_batch()
    invitation = make_invitation(batch)
    registration = make_registration(batch)
    make_invitation()

    found = queries.invited_cooperatives([batch.id])

    assert found == {invitation.cooperative_id, registration.cooperative_id}
    assert queries.invited_cooperatives(queries.batches_of(batch.programme_id)) == found


def test_comparable_lists_what_has_a_contact_and_nothing_else(app):
    office = make_office()
    attended, empty = make_batch(office), make_batch(office)
    make_attendance(make_registration(attended), attended.training_sessions[0])
    mentoring = make_programme(office, name="Pendampingan 2026")
    make_visit(cooperative=make_cooperative(office), state="held", programme_id=mentoring.id)
    make_visit(cooperative=make_cooperative(office), state="held")
    make_visit(cooperative=make_cooperative(office), state="planned")
    past = make_past_contact(make_cooperative(office), activity="Bimtek", held_on=date(2022, 7, 1))

    found = subjects.comparable(
        queries.office_facts([office.id]), [office], queries.programmes_with_batches([office.id])
    )

    assert {kind: [s.ident for s in rows] for kind, rows in found.items()} == {
        "programme": [str(attended.programme_id)],
        "batch": [str(attended.id)],
        "mentoring": [str(mentoring.id), f"{office.id}-2026"],
        "activity": [str(past.id)],
    }
    assert str(empty.id) not in [s.ident for s in found["batch"]]


def test_mentoring_of_a_year_holds_those_whose_first_visit_was_in_it(app):
    office = make_office()
    old, new = make_cooperative(office), make_cooperative(office)
    make_visit(cooperative=old, state="held", starts_at=LATE - timedelta(days=400))
    make_visit(cooperative=old, state="held", starts_at=LATE)
    make_visit(cooperative=new, state="held", starts_at=LATE)
    facts = queries.office_facts([office.id])

    this_year = subjects.of_mentoring_year(office, 2026).exposure(facts)
    last_year = subjects.of_mentoring_year(office, 2025).exposure(facts)

    assert this_year.starts == {new.id: date(2026, 7, 13)}
    assert list(last_year.starts) == [old.id]
