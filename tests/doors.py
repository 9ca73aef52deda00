"""The walk of tests/test_doors.py: every route × method × person × ownership.

The world has one office (same) below a province (parent), a neighbour below the same province
(other), and people of every role in the office. What a route's address needs is made from its
converters: THINGS maps the name of a converter to what stands behind it.

To add a route nothing is needed while its converters are known. For a new converter add a line to
THINGS: `"<converter>": lambda of: of.<row>` where `of` holds the rows of one ownership (`_rows`);
where another row decides than the one in the address, `(id, row)`.
Where one name means something else in another room, write `"<endpoint>:<converter>"`. A fixed
value that is no row (a kind, a code) goes to VALUES. A route that rightly refuses although policy
allows it (an invitation that is used, a page of an empty installation) goes to SPECIAL with why.
"""

import contextlib
import hashlib
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import selectinload

from kopdiklat import policy
from kopdiklat.accounts import people, recovery, sessions
from kopdiklat.accounts.models import (
    LoginSession,
    Membership,
    PasswordReset,
    User,
    UserInvitation,
)
from kopdiklat.core import files, keys
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.core.tasks import Task
from kopdiklat.imports.models import ImportRun
from kopdiklat.mentoring.models import VisitPhoto
from kopdiklat.offices.models import Holiday, Office
from tests import databases, factories

NOWHERE = 987654321  # an id that no row has
NO_TOKEN = "A" * 22
OWNERSHIPS = ("own", "same", "other", "parent", "none")
# Who own something within their office.
PERSONAL_ROLES = ("mentor", "manager", "door_staff", "mentor and head")

THINGS: dict[str, Callable] = {
    "impact.show:ident": lambda of: of.programme,
    "impact.names_behind:ident": lambda of: of.programme,
    "impact.export:ident": lambda of: of.programme,
    "documents.attendance_sheet:batch_id": lambda of: (of.batch.id, of.training_session),
    "application_id": lambda of: of.application,
    "assessment_id": lambda of: of.assessment,
    "assignment_id": lambda of: of.assignment,
    "batch_id": lambda of: of.batch,
    "change_request_id": lambda of: of.change_request,
    "cooperative_id": lambda of: of.cooperative,
    "course_id": lambda of: of.course,
    "feed_id": lambda of: of.feed,
    "follow_up_id": lambda of: of.follow_up,
    "holiday_id": lambda of: of.holiday,
    "invitation_id": lambda of: of.invitation,
    "lottery_id": lambda of: of.lottery,
    "membership_id": lambda of: of.membership,
    "mentor_id": lambda of: (of.mentor.id, of.assignment),
    "message_id": lambda of: of.message,
    "note_id": lambda of: of.note,
    "number_id": lambda of: of.number,
    "office_id": lambda of: of.office,
    "mentoring.print_visit:visit_id": lambda of: of.held_visit,
    "photo_id": lambda of: (of.photo.id, of.held_visit),
    "programme_id": lambda of: of.programme,
    "registration_id": lambda of: of.registration,
    "run_id": lambda of: of.run,
    "segment_id": lambda of: of.segment,
    "selection_id": lambda of: of.selection,
    "session_id": lambda of: of.login,
    "task_id": lambda of: of.task,
    "trainer_id": lambda of: of.trainer,
    "training_session_id": lambda of: of.training_session,
    "user_id": lambda of: of.colleague,
    "user_invitation_id": lambda of: of.user_invitation,
    "venue_id": lambda of: of.venue,
    "visit_id": lambda of: of.visit,
}

VALUES: dict[str, Callable] = {  # in an address, but no row that policy knows
    "accounts.accept_invitation:token": lambda of: keys.token_for(
        people.PURPOSE, of.user_invitation.nonce
    ),
    "accounts.reset_password:token": lambda of: keys.token_for(recovery.PURPOSE, of.reset.nonce),
    "calendar.feed:token": lambda of: of.feed.token,
    "mentoring.show_unsent_photo:token": lambda of: NO_TOKEN,
    "dashboard.language:code": lambda of: "en",
    "impact.show:kind": lambda of: "programme",
    "impact.names_behind:kind": lambda of: "programme",
    "impact.export:kind": lambda of: "programme",
    "imports.upload:kind": lambda of: "cooperatives",
    "imports.template:kind": lambda of: "cooperatives",
    "documents.number_format:series": lambda of: "letter",
    **{
        f"message_templates.{endpoint}:kind": lambda of: "registration.confirmed"
        for endpoint in ("edit", "preview", "reset", "send_sample", "take_back")
    },
    "application_token": lambda of: keys.token_for("application", of.application.nonce),
    "opening": lambda of: of.batch.id,
    "day": lambda of: of.training_session.day.isoformat(),
    "door_token": lambda of: keys.token_for("door", of.registration.nonce),
    "ticket": lambda of: keys.token_for("ticket", of.registration.nonce),
    "token": lambda of: keys.token_for("invitation", of.invitation.nonce),
}

BODIES: dict[str, Callable] = {  # what a one-button form sends besides its button
    "registration.decline_request": lambda of: {"reason": "Konsumsi sudah dipesan"},
    "documents.cancel_number": lambda of: {"reason": "Salah hari"},
    "applications.approve": lambda of: {"cooperative": of.cooperative.id},
    "applications.decline": lambda of: {"reason": "Kuota untuk yang diundang"},
    "attendance.tick": lambda of: {"registration_id": of.registration.id},
    "attendance.tick_ticket": lambda of: {"training_session_id": of.training_session.id},
}

SPECIAL: dict[str, tuple[int, str]] = {  # endpoint: the answer where policy says yes, and why
    "dashboard.load_demo": (404, "only into an installation without offices"),
    "dashboard.start_office": (404, "only while nobody has an account"),
    "mentoring.show_unsent_photo": (404, "the token in the walk belongs to no photo"),
}


SPECIAL_FOR_VISITORS: dict[str, tuple[str, str]] = {
    "accounts.second_factor_page": ("sign in", "asks for the code of a session that is there"),
}


@dataclass(frozen=True)
class Person:
    """Somebody who tries doors. `name` is the role, or what else is special about the person."""

    name: str
    cookie: str | None
    user_id: int | None


@dataclass(frozen=True)
class Case:
    """One try. `expected` is allowed, 403, 404, sign in or second factor."""

    endpoint: str
    rule: str
    method: str
    person: Person
    ownership: str
    path: str
    body: dict
    expected: str

    def __str__(self) -> str:
        return f"{self.method} {self.rule} as {self.person.name}, {self.ownership}"


@dataclass
class World:
    """One database with everything in it, and how to bring it back to how it was."""

    app: object
    restore: Callable[[], None]
    people: dict[str, Person] = field(default_factory=dict)
    rows: dict[str, SimpleNamespace] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    hash: str = ""


# -- the world -------------------------------------------------------------------------------------


@contextlib.contextmanager
def world_on(template, folder, also: Callable | None = None) -> Iterator[World]:
    """A world on one database; the template of the test session is copied for it.

    :param also: (world, now), makes more rows and people
    """
    with contextlib.contextmanager(template.database)(folder) as url:
        settings = databases.settings(url, folder) | {"WTF_CSRF_ENABLED": False}
        app = databases.create_app(settings)
        app.config["WTF_CSRF_ENABLED"] = False
        world = World(app, restore=lambda: None)
        with app.app_context():
            _fill(world, also)
            db.session.remove()
            world.hash = hash_rows(world)
            db.engine.dispose()
        world.restore = _restorer(app, url, folder)
        watch = _watcher(world)
        event.listen(sa.engine.Engine, "before_cursor_execute", watch)
        try:
            yield world
        finally:
            event.remove(sa.engine.Engine, "before_cursor_execute", watch)
            with app.app_context():
                db.engine.dispose()


def _fill(world: World, also: Callable | None) -> None:
    now = datetime.now(UTC)
    parent = factories.make_office("35", "Dinas Koperasi Jawa Timur", region_name="Jawa Timur")
    same = factories.make_office("3576", parent_id=parent.id)
    other = factories.make_office("3517", "Dinas Koperasi Jombang", parent_id=parent.id)
    mentor = factories.make_user("mentor", same, name="Pendamping")
    door = factories.make_user("door_staff", same, name="Petugas pintu")
    world.rows = {
        "own": _rows(same, mentor, now),
        "same": _rows(same, factories.make_user("mentor", same), now),
        "other": _rows(other, factories.make_user("mentor", other), now),
        "parent": _rows(parent, factories.make_user("mentor", parent), now),
    }
    factories.make_door_duty(door, world.rows["own"].batch)
    users = {"mentor": mentor, "door_staff": door}
    users["manager"] = factories.make_user("manager", cooperative=world.rows["own"].cooperative)
    for role in policy.ROLE_LABELS:
        if role not in users:
            users[role] = factories.make_user(role, None if role == "platform_admin" else same)
    factories.make_user("office_admin", same)  # so that none is the last one
    users["mentor and head"] = world.rows["same"].mentor  # sees all visits, writes the own ones
    factories.make_membership(users["mentor and head"], "head", same)
    users["head of the office above"] = factories.make_user("head", parent)
    users["disabled"] = factories.make_user("office_admin", same, disabled_at=now)
    users["half signed in"] = factories.make_user(
        "office_admin", same, totp_secret="JBSWY3DPEHPK3PXP", totp_confirmed_at=now
    )
    for name, user in users.items():
        world.people[name] = Person(name, _sign_in(world, user, name, now), user.id)
    world.people["anonymous"] = Person("anonymous", None, None)
    if also:
        also(world, now)
    for of in world.rows.values():
        for row in vars(of).values():
            db.session.refresh(row)
    db.session.expunge_all()


def _rows(office: Office, mentor: User, now: datetime) -> SimpleNamespace:
    """One of everything at an office."""
    cooperative = factories.make_cooperative(office)
    factories.make_officer(cooperative)
    programme = factories.make_programme(office, open_registration=True)
    batch = factories.make_batch(
        office,
        programme=programme,
        seats=5,
        sessions=0,
        registration_opens_at=now - timedelta(days=7),
        registration_closes_at=now + timedelta(hours=20),
    )
    begins = now.replace(second=0, microsecond=0) + timedelta(hours=30)  # a form knows minutes
    block = factories.make_training_session(batch, starts_at=begins)
    registration = factories.make_registration(batch, cooperative)
    factories.make_attendance(registration, block)
    factories.make_past_contact(cooperative)
    visit = factories.make_visit(mentor, cooperative, starts_at=now + timedelta(days=1))
    held_visit = factories.make_visit(mentor, cooperative, state="held")
    note = factories.make_visit_note(held_visit)
    colleague = factories.make_user("coordinator", office)
    content = f"foto {office.code}".encode()
    digest = files.put(content)
    with transaction() as session:
        stored = files.row(
            content,
            digest,
            office_id=office.id,
            purpose="walk",
            name="berkas.xlsx",
            content_type="image/jpeg",
            created_at=now,
        )
        session.add(stored)
        session.flush()
        made = SimpleNamespace(
            photo=VisitPhoto(
                office_id=office.id, note_id=note.id, file_id=stored.id, width=4, height=3
            ),
            task=Task(
                office_id=office.id,
                user_name="uji",
                kind="uji",
                payload={},
                state="done",
                created_at=now,
            ),
            run=ImportRun(
                office_id=office.id,
                file_id=stored.id,
                file_name="uji.xlsx",
                kind="cooperatives",
                state="failed",
                created_by_name="uji",
                created_at=now,
            ),
            message=OutboxMessage(
                office_id=office.id,
                kind="batch.reminder",
                channel="whatsapp",
                recipient="+6281234567890",
                recipient_name="Siti",
                payload={},
                dedupe_key=f"walk {office.code} {mentor.id}",
                created_at=now,
                due_at=now,
            ),
            user_invitation=UserInvitation(
                office_id=office.id,
                role="mentor",
                name="Rekan",
                email=f"rekan{mentor.id}@contoh.id",
                created_at=now,
                **people._fresh_link(now),
            ),
            reset=_reset(colleague, now),
            login=_login(colleague, now, f"colleague {colleague.id}"),
        )
        session.add_all(vars(made).values())
    made.__dict__.update(
        office=office,
        mentor=mentor,
        colleague=colleague,
        membership=colleague.memberships[0],
        cooperative=cooperative,
        assessment=factories.make_assessment(cooperative),
        meeting=factories.make_annual_meeting(cooperative),
        programme=programme,
        course=batch.course,
        batch=batch,
        training_session=block,
        registration=registration,
        feed=factories.make_feed(mentor, office=office),
        trainer=factories.make_trainer(office=office),
        venue=factories.make_venue(office=office),
        holiday=_holiday(office),
        invitation=factories.make_invitation(batch, cooperative),
        application=factories.make_application(batch),
        assignment=factories.make_assignment(mentor, cooperative, starts_on=date(2026, 1, 1)),
        visit=visit,
        held_visit=held_visit,
        note=note,
        change_request=factories.make_change_request(registration),
        number=factories.make_issued_number(office),
        segment=factories.make_segment(office),
        selection=factories.make_selection(batch, cooperative),
        lottery=factories.make_lottery(batch, cooperative),
        follow_up=factories.make_follow_up(cooperative, visit_id=held_visit.id),
    )
    return made


def _holiday(office: Office):
    day = date(2026, 8, 17)
    known = sa.select(Holiday).where(Holiday.office_id == office.id, Holiday.day == day)
    return db.session.scalar(known) or factories.make_holiday(day, office=office)


def _reset(user: User, now: datetime) -> PasswordReset:
    nonce = keys.new_nonce()
    token_hash = keys.token_hash(recovery.PURPOSE, keys.token_for(recovery.PURPOSE, nonce))
    return PasswordReset(
        user_id=user.id,
        nonce=nonce,
        token_hash=token_hash,
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )


def _login(user: User, now: datetime, token: str) -> LoginSession:
    later = now + timedelta(hours=1)  # so that no page of the walk renews it
    return LoginSession(
        user_id=user.id,
        token_hash=keys.token_hash("session", token),
        remember=True,
        second_factor_at=now,
        created_at=now,
        last_seen_at=later,
    )


def _sign_in(world: World, user: User, name: str, now: datetime) -> str:
    """The cookie of a live session of this person."""
    token = f"session of {name}"
    with transaction() as session:
        login = _login(user, now, token)
        login.second_factor_at = None if name == "half signed in" else now
        session.add_all((login, _login(user, now, f"the other one of {name}")))
    serializer = world.app.session_interface.get_signing_serializer(world.app)
    return f"{world.app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'login': token})}"


def _restorer(app, url: str, folder) -> Callable[[], None]:
    """Copies the filled database back."""
    if url.startswith("sqlite"):
        path = folder / "test.db"
        kept = folder / "kept.db"
        with contextlib.closing(sqlite3.connect(path)) as source:
            source.execute("VACUUM INTO ?", (str(kept),))

        def restore_file():
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            shutil.copyfile(kept, path)

        return restore_file
    names = [table.name for table in db.metadata.sorted_tables]

    def run(*statements: str) -> None:
        with databases.psycopg.connect(url) as connection:
            for statement in statements:
                connection.execute(statement)

    run(
        f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = off",
        "CREATE SCHEMA kept",
        *(f"CREATE TABLE kept.{name} AS TABLE {name}" for name in names),
    )

    def restore_rows():
        with app.app_context():
            db.session.remove()
        run(
            "SET synchronous_commit = off",
            "SET session_replication_role = replica",  # past guards and foreign keys
            *(f"DELETE FROM {name}" for name in names),
            *(f"INSERT INTO {name} SELECT * FROM kept.{name}" for name in names),
        )

    return restore_rows


WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|TRUNCATE)", re.IGNORECASE)
NOTE = re.compile(r"(INSERT INTO|UPDATE) (exports|audit_entries|login_sessions) ")
EXPORTS = {  # what these lists were taken for stays in the trail, also after a GET
    "cooperatives.export",
    "dashboard.export_audit",
    "documents.attendance_sheet",
    "documents.draft_letter",
    "documents.export_numbers",
    "documents.show_bundle",
    "documents.show_letter",
    "impact.export",
    "imports.refused_rows",
    "mentoring.export_follow_ups",
    "notifications.export_deliveries",
    "registration.export_invitations",
    "targeting.export_list",
    "targeting.export_selection",
}


def _watcher(world: World):
    """Notes every statement that could change a row."""

    def note(connection, cursor, statement, parameters, context, executemany):
        if WRITE.match(statement):
            world.writes.append(statement.split("\n")[0][:120])

    return note


def hash_rows(world: World) -> str:
    """Of every row of every table, but for when a session was last seen."""
    digest = hashlib.sha256()
    for table in db.metadata.sorted_tables:
        columns = [c for c in table.columns if c.name != "last_seen_at"]
        order = list(table.primary_key.columns) or columns
        for row in db.session.execute(sa.select(*columns).order_by(*order)):
            digest.update(f"{table.name}{tuple(row)!r}".encode())
    db.session.rollback()
    return digest.hexdigest()


# -- the cases -------------------------------------------------------------------------------------


def rules_of(app) -> list:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def action_of(app, endpoint: str) -> str | None:
    return getattr(app.view_functions[endpoint], "policy_action", None)


def without_policy(app) -> list[str]:
    return [rule.rule for rule in rules_of(app) if action_of(app, rule.endpoint) is None]


def unused_actions(app) -> set[str]:
    """Actions that no route asks for and that decide about no table."""
    used = {action_of(app, rule.endpoint) for rule in rules_of(app)}
    return set(policy.WAYS_IN) - used - set(policy.SEEN_BY.values())


def without_factory(app) -> list[str]:
    return [
        f"{rule.endpoint}:{name}"
        for rule in rules_of(app)
        for name in sorted(rule.arguments)
        if _maker(rule.endpoint, name) is None
    ]


def anonymous_routes(app) -> list[str]:
    """METHOD address of everything that a visitor may try."""
    return sorted(
        f"{method} {rule.rule}"
        for rule in rules_of(app)
        if policy.ANYONE in policy.WAYS_IN.get(action_of(app, rule.endpoint) or "", ())
        for method in rule.methods - {"HEAD", "OPTIONS"}
    )


def _maker(endpoint: str, name: str):
    for key in (f"{endpoint}:{name}", name):
        if key in THINGS:
            return THINGS[key]
        if key in VALUES:
            return VALUES[key]
    return None


def _is_row(endpoint: str, name: str) -> bool:
    return f"{endpoint}:{name}" in THINGS or (f"{endpoint}:{name}" not in VALUES and name in THINGS)


def cases(world: World, rules=None) -> list[Case]:
    """Everything to try, with what policy says about it."""
    found = []
    with world.app.app_context():
        adapter = world.app.url_map.bind("127.0.0.1")
        for person in world.people.values():
            user = _load_user(person)
            for rule in rules or rules_of(world.app):
                action = action_of(world.app, rule.endpoint)
                for ownership, values, thing in _addresses(world, person, user, rule, action):
                    path = adapter.build(rule.endpoint, values, force_external=False)
                    expected = _expected(person, user, action, ownership, thing)
                    if person.name == "half signed in" and rule.endpoint == "dashboard.home":
                        expected = "second factor"  # not the visitors' start: where to go on
                    of = world.rows.get(ownership, world.rows["own"])
                    body = BODIES.get(rule.endpoint, lambda of: {})(of)
                    for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                        if action_of(world.app, rule.endpoint) is not None:
                            found.append(
                                Case(
                                    rule.endpoint,
                                    rule.rule,
                                    method,
                                    person,
                                    ownership,
                                    path,
                                    body if method != "GET" else {},
                                    expected,
                                )
                            )
        db.session.remove()
    return found


def _load_user(person: Person):
    if person.user_id is None:
        return SimpleNamespace(is_authenticated=False, current_memberships=(), id=None)
    user = db.session.scalar(
        sa.select(User)
        .where(User.id == person.user_id)
        .options(selectinload(User.memberships).selectinload(Membership.office))
    )
    return sessions.prepare(user, datetime.now(UTC))


def _addresses(world: World, person: Person, user, rule, action):
    """(ownership, values of the converters, the row that decides) for each ownership that differs."""
    names = sorted(rule.arguments, key=rule.rule.index)
    if action is None or any(_maker(rule.endpoint, name) is None for name in names):
        return
    rows = [name for name in names if _is_row(rule.endpoint, name)]
    if not rows:
        values = {name: _maker(rule.endpoint, name)(world.rows["own"]) for name in names}
        yield "-", values, None
        return
    for ownership in _ownerships(person, user, action, rows):
        if ownership == "none":
            values = {
                name: NOWHERE if name in rows else _maker(rule.endpoint, name)(world.rows["own"])
                for name in names
            }
            yield ownership, values, None
            continue
        of = world.rows[ownership]
        values, thing = {}, None
        for name in names:
            made = _maker(rule.endpoint, name)(of)
            if name == "session_id" and ownership == "own":
                made = _own_session(person, made)
            if name in rows:
                made, decides = made if isinstance(made, tuple) else (made.id, made)
                thing = thing or decides
            values[name] = made
        yield ownership, values, db.session.get(type(thing), sa.inspect(thing).identity[0])


def _own_session(person: Person, fallback: LoginSession) -> LoginSession:
    token_hash = keys.token_hash("session", f"the other one of {person.name}")
    found = sa.select(LoginSession).where(LoginSession.token_hash == token_hash)
    return db.session.scalar(found) or fallback


def _ownerships(person: Person, user, action: str, rows: list[str]) -> tuple[str, ...]:
    """Which ownerships can tell anything: who is not let in is led away whatever the address."""
    if person.name in ("disabled", "half signed in"):
        return ("same",)
    if person.user_id is None and not policy.can(user, action):
        return ("same",)
    if person.name in PERSONAL_ROLES or "session_id" in rows:
        return OWNERSHIPS
    return tuple(o for o in OWNERSHIPS if o != "own")


def _expected(person: Person, user, action: str, ownership: str, thing) -> str:
    if person.name in ("anonymous", "disabled"):
        return "allowed" if policy.ANYONE in policy.WAYS_IN[action] else "sign in"
    if person.name == "half signed in":  # a visitor until the code is shown
        if not policy.can(user, action):
            return "404"
        return "allowed" if policy.ANYONE in policy.WAYS_IN[action] else "second factor"
    if ownership == "none":
        return "404"
    if thing is None:
        return "allowed" if policy.can(user, action) else "404"
    if not policy.can(user, policy.SEEN_BY[thing.__tablename__], thing):
        return "404"
    return "allowed" if policy.can(user, action, thing) else "403"


# -- the walk --------------------------------------------------------------------------------------


def walk(world: World, found: list[Case]) -> list[str]:
    """Try every case.

    :return: what went otherwise than policy says, one line each
    """
    client = world.app.test_client(use_cookies=False)
    failures, missing = [], {}
    for case in found:
        world.writes.clear()
        headers = {"Cookie": case.person.cookie} if case.person.cookie else {}
        answer = client.open(case.path, method=case.method, headers=headers, data=case.body or None)
        failures += _compare(case, answer)
        if case.expected == "404" and case.method == "GET":
            key = (case.endpoint, case.method, case.person.name)
            missing.setdefault(key, []).append((case, _without_tokens(answer, case.path)))
        if world.writes:
            failures += _look_at_rows(world, case)
        answer.close()
    failures += [
        f"{case}: the page differs from that of nothing at all"
        for pages in missing.values()
        for case, page in pages
        if page != pages[-1][1]
    ]
    return failures


def _compare(case: Case, answer) -> list[str]:
    got = _kind(answer)
    wanted = case.expected
    if wanted == "allowed" and case.endpoint in SPECIAL:
        wanted = str(SPECIAL[case.endpoint][0])
    if case.person.name in ("anonymous", "disabled") and case.endpoint in SPECIAL_FOR_VISITORS:
        wanted = SPECIAL_FOR_VISITORS[case.endpoint][0]
    if got == wanted:
        return []
    return [f"{case}: {wanted} expected, {got} ({answer.status_code}) came"]


def _kind(answer) -> str:
    where = answer.headers.get("Location", "")
    if where.startswith("/masuk/faktor-kedua"):
        return "second factor"
    if where.startswith("/masuk"):
        return "sign in" if answer.status_code == 302 else "allowed"
    if answer.status_code < 400 or answer.status_code in (409, 413, 422):
        return "allowed"
    return str(answer.status_code)


def _without_tokens(answer, path: str) -> str:
    page = answer.get_data(as_text=True)
    page = re.sub(r'(nonce|content|value)="[^"]{16,}"', "", page)
    return re.sub(r'href="/bahasa/[^"]*"', "", page).replace(path, "")


def _look_at_rows(world: World, case: Case) -> list[str]:
    """A refusal and a GET leave every row as it was, but for the note of a list that leaves.

    An allowed change is taken back.
    """
    with world.app.app_context():
        is_changed = hash_rows(world) != world.hash
    if not is_changed:
        return []
    writes = "; ".join(world.writes[:3])
    is_noted = case.endpoint in EXPORTS and all(NOTE.match(write) for write in world.writes)
    world.restore()
    if case.expected != "allowed":
        return [f"{case}: refused, but rows changed: {writes}"]
    if case.method == "GET" and not is_noted:
        return [f"{case}: a GET changed rows: {writes}"]
    return []
