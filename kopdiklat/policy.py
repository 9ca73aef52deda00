"""Who may do what: one table. Besides the ways in (kopdiklat/ways.py) nothing else knows roles.

Every view names its action with `@guard("batch.edit")`; a view without one is refused. What a
person may not see does not exist for that person (404); what may be seen but not done is 403.
Lists are narrowed in the query with `visible()`, never in a loop.
"""

from typing import Any

import sqlalchemy as sa
from flask import g
from flask_login import current_user

from kopdiklat.core.db import M, Model, db
from kopdiklat.core.errors import Forbidden, NotFound
from kopdiklat.core.text import N_
from kopdiklat.ways import (
    ANYONE,
    ASSESSOR,
    AUDITOR,
    COORDINATOR,
    HEAD,
    HEAD_ABOVE,
    ITS_MANAGER,
    ITS_MENTOR,
    ITSELF,
    OFFICE_ADMIN,
    ON_DOOR_DUTY,
    PLATFORM_ADMIN,
    SIGNED_IN,
    Way,
    offices_as,
)

ROLE_LABELS = {
    "platform_admin": N_("Admin platform"),
    "office_admin": N_("Admin kantor"),
    "coordinator": N_("Koordinator diklat"),
    "door_staff": N_("Petugas pintu"),
    "mentor": N_("Pendamping"),
    "assessor": N_("Penilai"),
    "head": N_("Kepala"),
    "auditor": N_("Pemeriksa"),
    "manager": N_("Pengurus koperasi"),
}
ROLES = tuple(ROLE_LABELS)
STAFF_ROLES = tuple(role for role in ROLES if role != "manager")
# An office admin invites these; a manager comes from the cooperative's invitation.
INVITABLE_ROLES = tuple(role for role in STAFF_ROLES if role != "platform_admin")
DOOR_ROLE = "door_staff"  # who may be given a batch and a day
# The places of each role (ux.md section 3): five on the phone's bar, one more in the menu beside it.
PLACES = {
    "platform_admin": ("offices", "system"),
    "office_admin": ("home", "programmes", "cooperatives", "mentoring", "changes", "settings"),
    "coordinator": ("home", "programmes", "cooperatives", "mentoring", "changes"),
    "head": ("changes", "programmes", "cooperatives"),
    "assessor": ("home", "assessments", "cooperatives"),
    "auditor": ("programmes", "cooperatives", "audit"),
    "mentor": ("today", "visits", "my_cooperatives"),
    "door_staff": ("door",),
    "manager": ("my_cooperative", "my_batches"),
}


RUNS_IT = (OFFICE_ADMIN, COORDINATOR)
READS_IT = (OFFICE_ADMIN, COORDINATOR, HEAD, HEAD_ABOVE, AUDITOR)

WAYS_IN: dict[str, tuple[Way, ...]] = {  # one way is enough
    # outsiders and everybody
    "page.public": (ANYONE,),
    "invitation.answer": (ANYONE,),  # by unguessable link
    "registration.own": (ANYONE,),  # by unguessable link
    "application.send": (ANYONE,),  # to a batch whose programme allows it
    "application.own": (ANYONE,),  # by unguessable link
    "account.sign_in": (ANYONE,),
    "account.self": (SIGNED_IN,),
    "device.end": (ITSELF,),
    "search.use": (*READS_IT, ASSESSOR, ITS_MENTOR),
    # offices and people
    "office.see": (PLATFORM_ADMIN, *READS_IT, ASSESSOR),
    "office.create": (PLATFORM_ADMIN,),
    "office.edit": (PLATFORM_ADMIN, OFFICE_ADMIN),
    "holiday.edit": RUNS_IT,
    "user.see": (OFFICE_ADMIN,),
    "user.invite": (OFFICE_ADMIN,),
    "user.edit": (OFFICE_ADMIN,),
    "system.see": (PLATFORM_ADMIN, OFFICE_ADMIN),
    "audit.see": (OFFICE_ADMIN, AUDITOR),
    # register
    "cooperative.see": (*READS_IT, ASSESSOR, ITS_MENTOR, ITS_MANAGER),
    "cooperative.list": (*READS_IT, ASSESSOR),
    "cooperative.edit": RUNS_IT,
    "cooperative.export": READS_IT,
    "import.see": RUNS_IT,
    "import.run": RUNS_IT,
    "import.reverse": RUNS_IT,
    "task.see": RUNS_IT,
    # health
    "assessment.see": (*READS_IT, ASSESSOR, ITS_MENTOR, ITS_MANAGER),
    "assessment.record": (ASSESSOR,),
    # training
    "programme.see": READS_IT,
    "programme.edit": RUNS_IT,
    "course.see": READS_IT,
    "course.edit": RUNS_IT,
    "trainer.see": READS_IT,
    "trainer.edit": RUNS_IT,
    "venue.see": READS_IT,
    "venue.edit": RUNS_IT,
    "batch.see": READS_IT,
    "batch.edit": RUNS_IT,
    # registration
    "invitation.see": READS_IT,
    "invitation.send": RUNS_IT,
    "registration.see": READS_IT,
    "registration.edit": RUNS_IT,
    "application.see": READS_IT,
    "application.decide": RUNS_IT,
    # targeting
    "segment.edit": RUNS_IT,
    "selection.see": READS_IT,
    "lottery.see": READS_IT,
    "lottery.run": RUNS_IT,
    # papers
    "letter.issue": RUNS_IT,
    "number.see": READS_IT,
    "number.take": RUNS_IT,
    "number.cancel": RUNS_IT,
    # the calendar, and its addresses for other programs
    "calendar.see": (*READS_IT, ITS_MENTOR, ON_DOOR_DUTY),
    "calendar.read": (ANYONE,),  # by unguessable link, with the rights of its owner
    "feed.own": (ITSELF,),
    # attendance
    "attendance.see": (*READS_IT, ON_DOOR_DUTY),
    "attendance.record": (*RUNS_IT, ON_DOOR_DUTY),
    "attendance.print": (*READS_IT, ON_DOOR_DUTY),
    # mentoring
    "mentoring.see": READS_IT,
    "mentoring.assign": RUNS_IT,
    "visit.see": (*READS_IT, ITS_MENTOR),
    "visit.plan": (*RUNS_IT, ITS_MENTOR),
    "visit.write": (ITS_MENTOR,),
    "follow_up.see": (*READS_IT, ITS_MENTOR, ITS_MANAGER),
    "follow_up.close": (*RUNS_IT, ITS_MENTOR),
    # results and messages
    "change.see": READS_IT,
    "message.see": RUNS_IT,
    "message.send": RUNS_IT,
    "message_template.edit": RUNS_IT,
    # a manager's own pages
    "own_cooperative.see": (ITS_MANAGER,),
}

SEEN_BY = {  # table -> the action that says whether a thing exists for this person
    "offices": "office.see",
    "holidays": "holiday.edit",
    "users": "user.see",
    "user_invitations": "user.see",
    "memberships": "user.see",
    "login_sessions": "device.end",
    "cooperatives": "cooperative.see",
    "officers": "cooperative.see",
    "import_runs": "import.see",
    "tasks": "task.see",
    "health_assessments": "assessment.see",
    "annual_meetings": "assessment.see",
    "programmes": "programme.see",
    "courses": "course.see",
    "trainers": "trainer.see",
    "venues": "venue.see",
    "batches": "batch.see",
    "training_sessions": "attendance.see",
    "door_duties": "batch.see",
    "calendar_feeds": "feed.own",
    "invitations": "invitation.see",
    "registrations": "registration.see",
    "change_requests": "registration.see",
    "segments": "segment.edit",
    "selections": "selection.see",
    "lotteries": "lottery.see",
    "applications": "application.see",
    "issued_numbers": "number.see",
    "mentoring_assignments": "mentoring.see",
    "mentoring_visits": "visit.see",
    "visit_notes": "visit.see",
    "visit_photos": "visit.see",
    "follow_ups": "follow_up.see",
    "outbox_messages": "message.see",
    "audit_entries": "audit.see",
}


NOT_HERE = N_("Halaman ini tidak ada, atau tidak untuk Anda.")


def can(user: Any, action: str, thing: Any = None) -> bool:
    """Whether this user may do this to this thing; thing None asks "to any at all?"."""
    ways = WAYS_IN[action]
    if not user.is_authenticated:
        return ANYONE in ways
    return any(way.holds(user, thing) for way in ways)


def guard(action: str):
    """Name the action of a view. Checked before it runs; `load` checks the thing itself."""
    if action not in WAYS_IN:
        raise LookupError(f"no policy for {action}")

    def mark(view):
        view.policy_action = action
        return view

    return mark


def load(model: type[M], ident: Any, action: str | None = None, user: Any = None) -> M:
    """The row, if this user may see it and do the action of the current view to it.

    :raises NotFound: it does not exist, or not for this user
    :raises Forbidden: it may be seen but not done
    """
    thing = db.session.get(model, ident)
    if thing is None:
        raise NotFound(NOT_HERE)
    check(thing, SEEN_BY[model.__tablename__], action, user)
    return thing


def check(thing: Any, seen_by: str, action: str | None = None, user: Any = None) -> None:
    """As `load`, for a thing at hand."""
    user = current_user if user is None else user
    action = action or g.policy_action
    if thing is None or not can(user, seen_by, thing):
        raise NotFound(NOT_HERE)
    if not can(user, action, thing):
        raise Forbidden(N_("Anda dapat melihat ini, tetapi tidak dapat mengubahnya."))


def visible(model: type[Model], action: str, user: Any = None) -> sa.ColumnElement[bool]:
    """The SQL condition under which this user may do this action: narrows a list in its query."""
    user = current_user if user is None else user
    if not user.is_authenticated:
        return sa.true() if ANYONE in WAYS_IN[action] else sa.false()
    return sa.or_(*(way.where(user, model) for way in WAYS_IN[action]))


def needs_second_factor(user: Any) -> bool:
    return any(m.role in STAFF_ROLES for m in user.current_memberships)


def needs_end_date(role: str) -> bool:
    """An auditor reads everything, so only for a set time."""
    return role == "auditor"


def belongs_to_office(role: str) -> bool:
    """Whether the role is held at an office, and not above all or at a cooperative."""
    return role in INVITABLE_ROLES


def offices_administered(user: Any) -> set[int]:
    """Offices whose people this user manages."""
    return offices_as(user, "office_admin")


def places(user: Any) -> tuple[str, ...]:
    """The places of this user's navigation: those of each role, in the table's order.

    Five at most for a role; of somebody with two, the phone's bar shows five and its menu the others.
    """
    held = {m.role for m in user.current_memberships}
    names = (name for role, of_role in PLACES.items() if role in held for name in of_role)
    return tuple(dict.fromkeys(names))


def office_for(action: str, user: Any = None) -> int:
    """The office in which this user makes new things: the first, by membership, where the action holds.

    :raises NotFound: there is none
    """
    user = current_user if user is None else user
    for held in sorted(user.current_memberships, key=lambda m: m.id):
        if held.office_id and can(user, action, held.office):
            return held.office_id
    raise NotFound(NOT_HERE)


def office_of(user: Any) -> int | None:
    """The office whose things this user makes: of the first membership that has one."""
    return next((m.office_id for m in user.current_memberships if m.office_id), None)


# -- what a membership is for; of a row its answer, of the class Membership a condition -------------


def administers_office(membership: Any) -> Any:
    return membership.role == "office_admin"


def mentors(membership: Any) -> Any:
    return membership.role == "mentor"


def coordinates(membership: Any) -> Any:
    return membership.role == "coordinator"


def mans_doors(membership: Any) -> Any:
    return membership.role == DOOR_ROLE


def manages_cooperative(membership: Any) -> Any:
    return membership.role == "manager"
