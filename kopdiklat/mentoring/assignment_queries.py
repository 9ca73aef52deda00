"""Mentors, the cooperatives assigned to them, and the officers they meet there."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat import policy
from kopdiklat.accounts.models import Membership, User
from kopdiklat.cooperatives.models import Cooperative, Officer
from kopdiklat.core.db import db
from kopdiklat.mentoring.models import MentoringAssignment
from kopdiklat.mentoring.rules import Period
from kopdiklat.offices.models import Office


def at_offices(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """A condition on Membership: held at an office for which this condition is true."""
    return Membership.office_id.in_(sa.select(Office.id).where(condition))


def mentors(offices: sa.ColumnElement[bool], today: date) -> list[User]:
    """Everyone who mentors in these offices today, by name.

    :param offices: a condition on Membership
    """
    found = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            policy.mentors(Membership),
            offices,
            sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
            User.disabled_at.is_(None),
        )
        .order_by(User.name)
        .distinct()
    )
    return list(db.session.scalars(found))


def find_mentor(mentor_id: int, offices: sa.ColumnElement[bool]) -> User | None:
    """A mentor of these offices, also one whose time there is over."""
    found = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(User.id == mentor_id, policy.mentors(Membership), offices)
    )
    return db.session.scalars(found).unique().first()


def officers_by_cooperative(cooperative_ids: Iterable[int]) -> dict[int, list[Officer]]:
    found = (
        sa.select(Officer)
        .where(Officer.cooperative_id.in_(list(cooperative_ids)))
        .options(joinedload(Officer.person))
    )
    held: dict[int, list[Officer]] = {}
    for officer in db.session.scalars(found):
        held.setdefault(officer.cooperative_id, []).append(officer)
    return held


def is_running(day: date) -> sa.ColumnElement[bool]:
    """rules.Period.covers, as a condition on MentoringAssignment."""
    return sa.and_(
        MentoringAssignment.starts_on <= day,
        sa.or_(MentoringAssignment.ends_on.is_(None), MentoringAssignment.ends_on >= day),
    )


def periods(mentor_id: int, cooperative_ids: Iterable[int]) -> dict[int, list[Period]]:
    """This mentor's periods by cooperative, ended ones too."""
    found = sa.select(
        MentoringAssignment.cooperative_id,
        MentoringAssignment.starts_on,
        MentoringAssignment.ends_on,
    ).where(
        MentoringAssignment.mentor_id == mentor_id,
        MentoringAssignment.cooperative_id.in_(list(cooperative_ids)),
    )
    held: dict[int, list[Period]] = {}
    for row in db.session.execute(found):
        held.setdefault(row.cooperative_id, []).append(Period(row.starts_on, row.ends_on))
    return held


def assignments_of_mentor(mentor_id: int, where: sa.ColumnElement[bool]) -> list:
    found = (
        sa.select(MentoringAssignment)
        .where(MentoringAssignment.mentor_id == mentor_id, where)
        .options(joinedload(MentoringAssignment.cooperative))
        .order_by(MentoringAssignment.starts_on.desc(), MentoringAssignment.id)
    )
    return list(db.session.scalars(found))


def assigned_cooperatives(mentor_id: int, day: date) -> list[Cooperative]:
    """The cooperatives that a mentor may visit on this day, by name."""
    found = (
        sa.select(Cooperative)
        .join(MentoringAssignment, MentoringAssignment.cooperative_id == Cooperative.id)
        .where(MentoringAssignment.mentor_id == mentor_id, is_running(day))
        .order_by(Cooperative.name)
        .distinct()
    )
    return list(db.session.scalars(found))
