"""The whole policy on one page: role by action, every pair.

What stands in a cell: `-` never, `a` anything anywhere, `o` things of the own office, `b` offices
below the own one too, `m` what the person mentors, `d` the batches and days of the own door duty,
`k` the own cooperative, `s` what is the person's own.
"""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from kopdiklat import policy
from kopdiklat.accounts import sessions
from kopdiklat.core.db import db
from kopdiklat.core.errors import Forbidden, NotFound
from kopdiklat.mentoring.models import MentoringVisit
from kopdiklat.training.models import TrainingSession
from tests import factories

ROLES = (
    "platform_admin", "office_admin", "coordinator", "door_staff", "mentor",
    "assessor", "head", "auditor", "manager",
)  # fmt: skip

# action                plat adm  coor door ment asse head audi mana
TABLE = """
page.public             a    a    a    a    a    a    a    a    a
invitation.answer       a    a    a    a    a    a    a    a    a
registration.own        a    a    a    a    a    a    a    a    a
application.send        a    a    a    a    a    a    a    a    a
application.own         a    a    a    a    a    a    a    a    a
account.sign_in         a    a    a    a    a    a    a    a    a
account.self            a    a    a    a    a    a    a    a    a
device.end              s    s    s    s    s    s    s    s    s
search.use              -    o    o    -    m    o    ob   o    -
office.see              a    o    o    -    -    o    ob   o    -
office.create           a    -    -    -    -    -    -    -    -
office.edit             a    o    -    -    -    -    -    -    -
holiday.edit            -    o    o    -    -    -    -    -    -
user.see                -    o    -    -    -    -    -    -    -
user.invite             -    o    -    -    -    -    -    -    -
user.edit               -    o    -    -    -    -    -    -    -
system.see              a    o    -    -    -    -    -    -    -
audit.see               -    o    -    -    -    -    -    o    -
cooperative.see         -    o    o    -    m    o    ob   o    k
cooperative.list        -    o    o    -    -    o    ob   o    -
cooperative.edit        -    o    o    -    -    -    -    -    -
cooperative.export      -    o    o    -    -    -    ob   o    -
import.see              -    o    o    -    -    -    -    -    -
import.run              -    o    o    -    -    -    -    -    -
import.reverse          -    o    o    -    -    -    -    -    -
task.see                -    o    o    -    -    -    -    -    -
assessment.see          -    o    o    -    m    o    ob   o    k
assessment.record       -    -    -    -    -    o    -    -    -
programme.see           -    o    o    -    -    -    ob   o    -
programme.edit          -    o    o    -    -    -    -    -    -
course.see              -    o    o    -    -    -    ob   o    -
course.edit             -    o    o    -    -    -    -    -    -
trainer.see             -    o    o    -    -    -    ob   o    -
trainer.edit            -    o    o    -    -    -    -    -    -
venue.see               -    o    o    -    -    -    ob   o    -
venue.edit              -    o    o    -    -    -    -    -    -
batch.see               -    o    o    -    -    -    ob   o    -
batch.edit              -    o    o    -    -    -    -    -    -
invitation.see          -    o    o    -    -    -    ob   o    -
invitation.send         -    o    o    -    -    -    -    -    -
registration.see        -    o    o    -    -    -    ob   o    -
registration.edit       -    o    o    -    -    -    -    -    -
application.see         -    o    o    -    -    -    ob   o    -
application.decide      -    o    o    -    -    -    -    -    -
segment.edit            -    o    o    -    -    -    -    -    -
selection.see           -    o    o    -    -    -    ob   o    -
lottery.see             -    o    o    -    -    -    ob   o    -
lottery.run             -    o    o    -    -    -    -    -    -
letter.issue            -    o    o    -    -    -    -    -    -
number.see              -    o    o    -    -    -    ob   o    -
number.take             -    o    o    -    -    -    -    -    -
number.cancel           -    o    o    -    -    -    -    -    -
calendar.see            -    o    o    d    m    -    ob   o    -
calendar.read           a    a    a    a    a    a    a    a    a
feed.own                s    s    s    s    s    s    s    s    s
attendance.see          -    o    o    d    -    -    ob   o    -
attendance.record       -    o    o    d    -    -    -    -    -
attendance.print        -    o    o    d    -    -    ob   o    -
mentoring.see           -    o    o    -    -    -    ob   o    -
mentoring.assign        -    o    o    -    -    -    -    -    -
visit.see               -    o    o    -    m    -    ob   o    -
visit.plan              -    o    o    -    m    -    -    -    -
visit.write             -    -    -    -    m    -    -    -    -
follow_up.see           -    o    o    -    m    -    ob   o    k
follow_up.close         -    o    o    -    m    -    -    -    -
change.see              -    o    o    -    -    -    ob   o    -
message.see             -    o    o    -    -    -    -    -    -
message.send            -    o    o    -    -    -    -    -    -
message_template.edit   -    o    o    -    -    -    -    -    -
own_cooperative.see     -    -    -    -    -    -    -    -    k
"""
CELLS = {
    action: dict(zip(ROLES, cells))
    for action, *cells in (line.split() for line in TABLE.strip().splitlines())
}
WAYS = {
    "a": {policy.SIGNED_IN, policy.ANYONE, policy.PLATFORM_ADMIN},
    "b": {policy.HEAD_ABOVE},
    "m": {policy.ITS_MENTOR},
    "d": {policy.ON_DOOR_DUTY},
    "k": {policy.ITS_MANAGER},
    "s": {policy.ITSELF},
}


def user_of(role):
    """Somebody who holds just this role; what decides by rows is tried in the other tests."""
    membership = SimpleNamespace(role=role, office_id=1, cooperative_id=7, office=None)
    if role == "platform_admin":
        membership.office_id = None
    return SimpleNamespace(
        id=3,
        is_authenticated=True,
        current_memberships=(membership,),
        _offices_below={2} if role == "head" else set(),
        _mentored=set(),
        _duties=set(),
    )


def letters(role, action):
    """Which ways of the action are open to the role, in the letters of the table."""
    user, found = user_of(role), ""
    for way in policy.WAYS_IN[action]:
        if way.holds(user, None):
            letter = next((name for name, ways in WAYS.items() if way in ways), "o")
            found += letter if letter not in found else ""
    return found or "-"


def test_the_table_names_every_action_once():
    assert set(CELLS) == set(policy.WAYS_IN)
    assert all(len(cells) == len(ROLES) for cells in CELLS.values())


@pytest.mark.parametrize("action", CELLS)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_table_says(role, action):
    assert sorted(letters(role, action)) == sorted(CELLS[action][role])


def test_five_places_fit_the_phone_and_only_the_settings_come_after():
    assert set(policy.PLACES) == set(ROLES)
    assert {name for places in policy.PLACES.values() for name in places[5:]} == {"settings"}


def test_a_visitor_may_do_only_what_is_for_anyone():
    visitor = SimpleNamespace(is_authenticated=False, current_memberships=())
    allowed = {action for action in policy.WAYS_IN if policy.can(visitor, action)}

    assert allowed == {
        "page.public",
        "invitation.answer",
        "registration.own",
        "application.send",
        "application.own",
        "account.sign_in",
        "calendar.read",
    }


TABLE_OF = {seen_by.split(".")[0]: table for table, seen_by in policy.SEEN_BY.items()}
ABOUT_THINGS = [action for action in CELLS if action.split(".")[0] in TABLE_OF]


def answer(user, action, thing):
    """What the door says: open, 403 or 404."""
    see = policy.SEEN_BY[thing.__tablename__]
    try:
        policy.check(thing, see, action, user)
    except (Forbidden, NotFound) as refusal:
        return refusal.status
    return "open"


def thing_of(action, office_id, **owner):
    """A row of the action's kind; `owner` says whose it is."""
    table = TABLE_OF[action.split(".")[0]]
    office_ids = {office_id}
    return row(table, office_id, office_ids=office_ids, **owner)


@pytest.mark.parametrize("action", ABOUT_THINGS)
@pytest.mark.parametrize("role", ROLES)
def test_a_thing_within_reach_is_open_or_shut_and_one_out_of_reach_is_not_there(role, action):
    user = user_of(role)
    user._mentored = {7}
    user._duties = {(9, None)} if role == "door_staff" else set()
    near = thing_of(action, 1, mentor_id=3, cooperative_id=7, user_id=3, batch_id=9)
    far = thing_of(action, 5, mentor_id=8, cooperative_id=8, user_id=8, batch_id=8)
    far.id = 8
    may_see = CELLS[policy.SEEN_BY[near.__tablename__]][role]

    if may_see == "-":
        expected = 404
    else:
        expected = 403 if CELLS[action][role] == "-" else "open"
    assert answer(user, action, near) == expected
    assert answer(user, action, far) == (expected if may_see == "a" else 404)


def test_an_office_role_reaches_its_own_office_only():
    admin, ours, theirs = user_of("office_admin"), row("batches", office_id=1), row("batches", 2)

    assert policy.can(admin, "batch.edit", ours)
    assert not policy.can(admin, "batch.edit", theirs)


def test_a_head_reads_offices_below_and_changes_none():
    head, below, beside = user_of("head"), row("batches", 2), row("batches", 5)

    assert policy.can(head, "batch.see", below)
    assert not policy.can(head, "batch.see", beside)
    assert not policy.can(head, "batch.edit", below)


def row(table, office_id, **values):
    return SimpleNamespace(__tablename__=table, id=9, office_id=office_id, **values)


def test_a_role_that_has_ended_opens_nothing(app, now):

    user = factories.make_user(None)
    factories.make_membership(user, "coordinator", ends_on=(now - timedelta(days=1)).date())
    sessions.prepare(user, now)

    assert not policy.can(user, "batch.edit")


def test_lists_hold_the_same_rows_as_single_checks(app, now):

    office = factories.make_office()
    other = factories.make_office("3517", "Dinas Koperasi Jombang")
    mentor = factories.make_user("mentor", office)
    assigned = factories.make_cooperative(office)
    factories.make_assignment(mentor, assigned)
    visits = [
        factories.make_visit(mentor, assigned),
        factories.make_visit(None, factories.make_cooperative(office)),
        factories.make_visit(None, factories.make_cooperative(other)),
    ]
    people = [mentor] + [factories.make_user(role, office) for role in ("coordinator", "head")]

    for person in people:
        sessions.prepare(person, now)
        narrowed = set(
            db.session.scalars(
                db.select(MentoringVisit.id).where(
                    policy.visible(MentoringVisit, "visit.see", person)
                )
            )
        )
        single = {visit.id for visit in visits if policy.can(person, "visit.see", visit)}
        assert narrowed == single


def test_a_door_duty_holds_for_the_same_sessions_in_a_list_and_one_by_one(app):
    """The day is the session's own: 23.30 WIB is still its day there, and tomorrow in WIT."""
    midnight = datetime(2026, 7, 13, 17, 0, tzinfo=UTC)  # 14 July in WIB
    batch = factories.make_batch(sessions=0)
    blocks = [
        factories.make_training_session(batch, midnight - timedelta(minutes=30), time_zone="WIB"),
        factories.make_training_session(batch, midnight - timedelta(minutes=31), time_zone="WIT"),
        factories.make_training_session(batch, midnight, time_zone="WIB"),
        factories.make_training_session(batch, midnight + timedelta(hours=24), time_zone="WIB"),
        factories.make_training_session(factories.make_batch(sessions=0, number=2), midnight),
    ]
    officer = factories.make_user("door_staff")
    factories.make_door_duty(officer, batch, date(2026, 7, 14))
    sessions.prepare(officer, midnight)

    narrowed = set(
        db.session.scalars(
            db.select(TrainingSession.id).where(
                policy.visible(TrainingSession, "attendance.record", officer)
            )
        )
    )

    single = {s.id for s in blocks if policy.can(officer, "attendance.record", s)}
    assert narrowed == single == {blocks[1].id, blocks[2].id}


def test_a_person_with_two_roles_reaches_the_places_of_both():
    both = user_of("mentor")
    both.current_memberships += user_of("coordinator").current_memberships

    assert policy.places(both) == (
        "home", "programmes", "cooperatives", "mentoring", "changes",
        "today", "visits", "my_cooperatives",
    )  # fmt: skip


def test_a_place_of_two_roles_stands_there_once():
    both = user_of("auditor")
    both.current_memberships += user_of("assessor").current_memberships

    assert policy.places(both) == ("home", "assessments", "cooperatives", "programmes", "audit")


def test_only_an_auditor_needs_an_end_and_two_roles_no_office():
    assert policy.ROLES == ROLES
    assert [role for role in ROLES if policy.needs_end_date(role)] == ["auditor"]
    assert [role for role in ROLES if not policy.belongs_to_office(role)] == [
        "platform_admin", "manager",
    ]  # fmt: skip
