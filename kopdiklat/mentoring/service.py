"""Assigning mentors, planning visits, and following up what was agreed."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import clock, formats
from kopdiklat.core.audit import because
from kopdiklat.core.db import db, lock
from kopdiklat.core.text import N_, collapse_spaces
from kopdiklat.mentoring import assignment_queries, rules, visit_queries
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit
from kopdiklat.mentoring.rules import Period

# -- assignments ------------------------------------------------------------------------------------


def assign_mentor(
    mentor: User,
    cooperatives: Sequence[Cooperative],
    period: Period,
    *,
    programme_id: int | None = None,
    letter_number: str | None = None,
    conflict_reason: str = "",
    now: datetime,
) -> list[MentoringAssignment]:
    """Give one mentor several cooperatives for a period: all of them or none.

    Locks the mentor's row, so that two officers cannot both make the same assignment.
    """
    lock(User, mentor.id)
    rules.check_period(period)
    names = {c.id: c.name for c in cooperatives}
    known = assignment_queries.periods(mentor.id, names)
    rules.check_no_overlap(period, {names[ident]: held for ident, held in known.items()})
    officers = {
        names[ident]: [
            rules.Human(o.person.full_name, o.person.phone, o.person.email) for o in held
        ]
        for ident, held in assignment_queries.officers_by_cooperative(names).items()
    }
    human = rules.Human(mentor.name, mentor.phone, mentor.email)
    rules.check_not_officer(human, officers, conflict_reason)
    made = [
        MentoringAssignment(
            office_id=cooperative.office_id,
            mentor_id=mentor.id,
            cooperative_id=cooperative.id,
            programme_id=programme_id,
            letter_number=letter_number,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            conflict_reason=conflict_reason or None,
            created_at=now,
        )
        for cooperative in cooperatives
    ]
    db.session.add_all(made)
    db.session.flush()
    return made


def end_assignment(assignment: MentoringAssignment, ends_on: date, reason: str) -> None:
    """Its last day; visits up to then stay readable and keep their notes.

    Locks the mentor's row, so that no visit is planned meanwhile for a later day.
    """
    lock(User, assignment.mentor_id)
    assignment = lock(MentoringAssignment, assignment.id)
    rules.check_reason(reason)
    held = Period(assignment.starts_on, assignment.ends_on)
    rules.check_ending(held, ends_on)
    planned = visit_queries.planned_days(assignment.mentor_id, assignment.cooperative_id)
    rules.check_no_visit_left(held, ends_on, planned)
    with because(reason):
        assignment.ends_on = ends_on
        db.session.flush()


# -- visits -----------------------------------------------------------------------------------------


def plan_visit(
    mentor: User,
    cooperative: Cooperative,
    starts_at: datetime,
    ends_at: datetime,
    *,
    time_zone: str,
    mode: str = "visit",
    purpose: str | None = None,
    programme_id: int | None = None,
    now: datetime,
) -> MentoringVisit:
    """Put a visit on a mentor's plan. Locks the mentor, so that no two visits overlap."""
    lock(User, mentor.id)
    day = clock.local_day(starts_at, time_zone)
    rules.check_hours(starts_at, ends_at)
    rules.check_not_long_ago(day, clock.local_day(now, time_zone))
    rules.check_assigned(
        day, assignment_queries.periods(mentor.id, [cooperative.id]).get(cooperative.id, ())
    )
    _check_free(mentor.id, starts_at, ends_at)
    visit = MentoringVisit(
        office_id=cooperative.office_id,
        mentor_id=mentor.id,
        cooperative_id=cooperative.id,
        programme_id=programme_id or _programme_of(mentor.id, cooperative.id, day),
        mode=mode,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=time_zone,
        purpose=purpose or None,
        created_at=now,
    )
    db.session.add(visit)
    db.session.flush()
    return visit


def _programme_of(mentor_id: int, cooperative_id: int, day: date) -> int | None:
    """The programme of the assignment that this visit stands on."""
    return db.session.scalar(
        sa.select(MentoringAssignment.programme_id)
        .where(
            MentoringAssignment.mentor_id == mentor_id,
            MentoringAssignment.cooperative_id == cooperative_id,
            assignment_queries.is_running(day),
        )
        .limit(1)
    )


def _check_free(mentor_id: int, starts_at, ends_at, but: int | None = None) -> None:
    others = visit_queries.visits_between(mentor_id, starts_at, ends_at, but)
    rules.check_free(
        starts_at,
        ends_at,
        [
            (v.starts_at, v.ends_at, v.cooperative.name, formats.hours(
                v.starts_at, v.ends_at, v.time_zone
            ))
            for v in others
        ],
    )  # fmt: skip


def postpone_visit(
    visit: MentoringVisit, starts_at: datetime, ends_at: datetime, reason: str, *, now: datetime
) -> None:
    """Move a planned visit; the trail keeps the former time and the reason."""
    lock(User, visit.mentor_id)
    visit = lock(MentoringVisit, visit.id)
    visit.state = rules.next_visit_state(visit.state, "postpone")
    rules.check_reason(reason)
    rules.check_hours(starts_at, ends_at)
    day = clock.local_day(starts_at, visit.time_zone)
    rules.check_not_long_ago(day, clock.local_day(now, visit.time_zone))
    held = assignment_queries.periods(visit.mentor_id, [visit.cooperative_id])
    rules.check_assigned(day, held.get(visit.cooperative_id, ()))
    _check_free(visit.mentor_id, starts_at, ends_at, but=visit.id)
    with because(reason):
        visit.starts_at, visit.ends_at = starts_at, ends_at
        db.session.flush()


def cancel_visit(visit: MentoringVisit, reason: str) -> None:
    visit = lock(MentoringVisit, visit.id)
    visit.state = rules.next_visit_state(visit.state, "cancel")
    rules.check_reason(reason)
    with because(reason):
        visit.cancelled_reason = reason
        db.session.flush()


# -- follow-ups -------------------------------------------------------------------------------------


def close_follow_up(
    follow_up: FollowUp, result: str, closed_on: date, *, closer: User, today: date
) -> None:
    """Locks the follow-up: of two who close it at once, the second reads when it was closed."""
    follow_up = lock(FollowUp, follow_up.id)
    rules.check_open(follow_up.closed_on)
    rules.check_closure(closed_on, follow_up.agreed_on, today)
    follow_up.closed_on = closed_on
    follow_up.result = collapse_spaces(result)
    follow_up.closed_by_id = closer.id
    db.session.flush()


def reopen_follow_up(follow_up: FollowUp, reason: str) -> None:
    """Open again; the row keeps the result that was there, the trail the reason."""
    follow_up = lock(FollowUp, follow_up.id)
    rules.check_reason(reason)
    if follow_up.closed_on is None:
        raise rules.TransitionRefused(N_("Tindak lanjut ini masih terbuka."))
    with because(reason):
        follow_up.former_result = follow_up.result
        follow_up.closed_on = follow_up.result = follow_up.closed_by_id = None
        db.session.flush()


def postpone_follow_up(follow_up: FollowUp, due_on: date, reason: str) -> None:
    """Move the due day; the trail keeps the former day and the reason."""
    follow_up = lock(FollowUp, follow_up.id)
    rules.check_open(follow_up.closed_on)
    rules.check_reason(reason)
    rules.check_due(due_on, follow_up.agreed_on)
    with because(reason):
        follow_up.due_on = due_on
        db.session.flush()
