"""Who may do what: one table. The only file that knows roles.

Every view names its action with `@guard("batch.edit")`; a view without one is refused. What a
person may not see does not exist for that person (404); what may be seen but not done is 403.
Lists are narrowed in the query with `visible()`, never in a loop.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import g
from flask_login import current_user

from kopdiklat.core.db import M, Model, db
from kopdiklat.core.errors import Forbidden, NotFound
from kopdiklat.core.text import N_

STAFF_ROLES = (
    "platform_admin",
    "office_admin",
    "coordinator",
    "door_staff",
    "mentor",
    "assessor",
    "head",
    "auditor",
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
# An office admin invites these; a manager comes from the cooperative's invitation.
INVITABLE_ROLES = (
    "office_admin",
    "coordinator",
    "door_staff",
    "mentor",
    "assessor",
    "head",
    "auditor",
)
DOOR_ROLE = "door_staff"  # who may be given a batch and a day
# The places of each role, phone bar and left column, at most five (ux.md section 3).
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


@dataclass(frozen=True)
class Way:
    """One way to be allowed.

    :param holds: (user, thing) -> bool; thing None asks "anything at all?"
    :param where: (user, model) -> SQL condition that is true for the same rows
    """

    name: str
    holds: Callable[[Any, Any], bool]
    where: Callable[[Any, Any], sa.ColumnElement[bool]]


def _offices(user, role: str) -> set[int]:
    return {m.office_id for m in user.current_memberships if m.role == role}


def _one_of(column: Any, ids: set) -> sa.ColumnElement[bool]:
    """`column IN (ids)`; plainly false without a column or without ids."""
    return column.in_(ids) if column is not None and ids else sa.false()


def at_its_office(role: str) -> Way:
    """The role, held at the office that the thing belongs to."""

    def holds(user, thing):
        offices = _offices(user, role)
        if thing is None or not offices:
            return bool(offices)
        if thing.__tablename__ == "users":  # a person belongs to each office that gave a role
            return not offices.isdisjoint(thing.office_ids)
        return thing.office_id in offices

    def where(user, model):
        column = getattr(model, "office_id", None)
        if model.__tablename__ == "offices":
            column = model.id
        if model.__tablename__ == "users":
            held = sa.table("memberships", sa.column("user_id"), sa.column("office_id"))
            at = sa.select(held.c.user_id).where(held.c.office_id.in_(_offices(user, role)))
            return model.id.in_(at)
        return _one_of(column, _offices(user, role))

    return Way(f"{role} of its office", holds, where)


def _offices_below(user) -> set[int]:
    """Offices under those where the user is head; read once per request."""
    if not hasattr(user, "_offices_below"):
        heads = _offices(user, "head")
        user._offices_below = set()
        if heads:
            offices = sa.table("offices", sa.column("id"), sa.column("parent_id"))
            found = sa.select(offices.c.id).where(offices.c.parent_id.in_(heads))
            user._offices_below = set(db.session.scalars(found))
    return user._offices_below


def _head_above_holds(user, thing):
    below = _offices_below(user)
    return bool(below) if thing is None else thing.office_id in below


def _head_above_where(user, model):
    column = model.id if model.__tablename__ == "offices" else getattr(model, "office_id", None)
    return _one_of(column, _offices_below(user))


HEAD_ABOVE = Way("head of the office above", _head_above_holds, _head_above_where)


def _mentored(user) -> set[int]:
    """Cooperatives assigned to this mentor today; read once per request."""
    if not hasattr(user, "_mentored"):
        user._mentored = set()
        if any(m.role == "mentor" for m in user.current_memberships):
            a = sa.table(
                "mentoring_assignments",
                *map(sa.column, ("mentor_id", "cooperative_id", "starts_on", "ends_on")),
            )
            found = sa.select(a.c.cooperative_id).where(
                a.c.mentor_id == user.id,
                a.c.starts_on <= user.today,
                sa.or_(a.c.ends_on.is_(None), a.c.ends_on >= user.today),
            )
            user._mentored = set(db.session.scalars(found))
    return user._mentored


def _is_mentor(user) -> bool:
    return any(m.role == "mentor" for m in user.current_memberships)


def _its_mentor_holds(user, thing):
    if thing is None or not _is_mentor(user):
        return _is_mentor(user)
    if hasattr(thing, "mentor_id"):
        return thing.mentor_id == user.id
    return _cooperative_id(thing) in _mentored(user)


def _its_mentor_where(user, model):
    if not _is_mentor(user):
        return sa.false()
    if hasattr(model, "mentor_id"):
        return model.mentor_id == user.id
    column = _cooperative_column(model)
    return _one_of(column, _mentored(user))


ITS_MENTOR = Way("its mentor", _its_mentor_holds, _its_mentor_where)


def _managed(user) -> set[int]:
    return {m.cooperative_id for m in user.current_memberships if m.role == "manager"}


def _its_manager_holds(user, thing):
    managed = _managed(user)
    return bool(managed) if thing is None else _cooperative_id(thing) in managed


def _its_manager_where(user, model):
    column = _cooperative_column(model)
    return _one_of(column, _managed(user))


ITS_MANAGER = Way("manager of its cooperative", _its_manager_holds, _its_manager_where)


def _duties(user) -> set[tuple[int, Any]]:
    """(batch, day) pairs given to this door officer; read once per request."""
    if not hasattr(user, "_duties"):
        user._duties = set()
        if any(m.role == "door_staff" for m in user.current_memberships):
            duties = sa.table(
                "door_duties",
                sa.column("batch_id"),
                sa.column("user_id"),
                sa.column("duty_on", sa.Date),
            )
            found = sa.select(duties.c.batch_id, duties.c.duty_on)
            # Until the day after: what is left to tidy up is tidied up then.
            current = duties.c.duty_on >= user.today - timedelta(days=1)
            rows = db.session.execute(found.where(duties.c.user_id == user.id, current))
            user._duties = {(row.batch_id, row.duty_on) for row in rows}
    return user._duties


def _door_duty_holds(user, thing):
    if thing is None:
        return any(m.role == "door_staff" for m in user.current_memberships)
    batch_id = thing.id if thing.__tablename__ == "batches" else getattr(thing, "batch_id", None)
    day = getattr(thing, "day", None)  # a training session has its day; a batch or seat has none
    return any(b == batch_id and day in (None, on) for b, on in _duties(user))


def _door_duty_where(user, model):
    batches = {batch_id for batch_id, _ in _duties(user)}
    column = model.id if model.__tablename__ == "batches" else getattr(model, "batch_id", None)
    return _one_of(column, batches)


ON_DOOR_DUTY = Way("on door duty there", _door_duty_holds, _door_duty_where)


def _is_self_holds(user, thing):
    return user.is_authenticated and (
        thing is None or getattr(thing, "user_id", thing.id) == user.id
    )


SIGNED_IN = Way("signed in", lambda user, thing: user.is_authenticated, lambda u, m: sa.true())
ANYONE = Way("anyone", lambda user, thing: True, lambda u, m: sa.true())
ITSELF = Way("the person itself", _is_self_holds, lambda u, m: m.user_id == u.id)
PLATFORM_ADMIN = Way(
    "platform admin",
    lambda user, thing: any(m.role == "platform_admin" for m in user.current_memberships),
    lambda user, model: (
        sa.true()
        if any(m.role == "platform_admin" for m in user.current_memberships)
        else sa.false()
    ),
)
OFFICE_ADMIN = at_its_office("office_admin")
COORDINATOR = at_its_office("coordinator")
ASSESSOR = at_its_office("assessor")
HEAD = at_its_office("head")
AUDITOR = at_its_office("auditor")

RUNS_IT = (OFFICE_ADMIN, COORDINATOR)
READS_IT = (OFFICE_ADMIN, COORDINATOR, HEAD, HEAD_ABOVE, AUDITOR)

WAYS_IN: dict[str, tuple[Way, ...]] = {  # one way is enough
    # outsiders and everybody
    "page.public": (ANYONE,),
    "invitation.answer": (ANYONE,),  # by unguessable link
    "registration.own": (ANYONE,),  # by unguessable link
    "account.sign_in": (ANYONE,),
    "account.self": (SIGNED_IN,),
    "device.end": (ITSELF,),
    "search.use": (*READS_IT, ASSESSOR, ITS_MENTOR),
    # offices and people
    "office.see": (PLATFORM_ADMIN, *READS_IT, ASSESSOR),
    "office.create": (PLATFORM_ADMIN,),
    "office.edit": (PLATFORM_ADMIN, OFFICE_ADMIN),
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
    "task.see": RUNS_IT,
    # health
    "assessment.see": (*READS_IT, ASSESSOR, ITS_MENTOR, ITS_MANAGER),
    "assessment.record": (ASSESSOR,),
    # training
    "programme.see": READS_IT,
    "programme.edit": RUNS_IT,
    "course.see": READS_IT,
    "course.edit": RUNS_IT,
    "batch.see": (*READS_IT, ON_DOOR_DUTY),
    "batch.edit": RUNS_IT,
    # registration
    "invitation.see": READS_IT,
    "invitation.send": RUNS_IT,
    "registration.see": (*READS_IT, ON_DOOR_DUTY),
    "registration.edit": RUNS_IT,
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
    # a manager's own pages
    "own_cooperative.see": (ITS_MANAGER,),
}

SEEN_BY = {  # table -> the action that says whether a thing exists for this person
    "offices": "office.see",
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
    "batches": "batch.see",
    "training_sessions": "attendance.see",
    "door_duties": "batch.see",
    "invitations": "invitation.see",
    "registrations": "registration.see",
    "mentoring_assignments": "mentoring.see",
    "mentoring_visits": "visit.see",
    "visit_notes": "visit.see",
    "visit_photos": "visit.see",
    "follow_ups": "follow_up.see",
    "outbox_messages": "message.see",
    "audit_entries": "audit.see",
}


NOT_HERE = N_("Halaman ini tidak ada, atau tidak untuk Anda.")


def _cooperative_id(thing: Any) -> int | None:
    return (
        thing.id
        if thing.__tablename__ == "cooperatives"
        else getattr(thing, "cooperative_id", None)
    )


def _cooperative_column(model: Any):
    return (
        model.id
        if model.__tablename__ == "cooperatives"
        else getattr(model, "cooperative_id", None)
    )


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


def offices_administered(user: Any) -> set[int]:
    """Offices whose people this user manages."""
    return _offices(user, "office_admin")


def places(user: Any) -> tuple[str, ...]:
    """The places of this user's navigation: those of the first role in the table's order."""
    held = {m.role for m in user.current_memberships}
    for role, names in PLACES.items():
        if role in held:
            return names
    return ()


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
