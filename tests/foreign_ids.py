"""The second walk of tests/test_doors.py: one's own address, with somebody else's ids in the body.

Each POSTED names a form that takes ids. It is sent twice: with ids that belong there, which must
change something (so that nothing else is wrong with it), and with ids of another office, or of
another thing of the office where `foreign` says so, which must be refused in words and change
nothing.

To add a form with an id: add a Posted, naming its fields as `Form.field` (or what the view reads
itself, as `view.name`). A field that takes a number or a code which is nobody's goes to NO_ROWS.
`unnamed` tells what is missing.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import wtforms

from kopdiklat.core import keys
from kopdiklat.registration.forms import sign_team
from tests import factories
from tests.doors import Person, World, _sign_in, hash_rows

OTHER_OFFICES = ("other", "parent")
OTHER_THINGS = ("same", *OTHER_OFFICES)  # the id belongs to the thing in the address
TWO_OFFICES = "coordinator of two offices"
REFUSED = ("403", "404", "422 in words", "303 in words")
SENTENCE = re.compile(r'class="(error-summary|field__error|alert alert--error|error" role="alert)')
VIEWS = Path(__file__).parent.parent / "kopdiklat"


@dataclass(frozen=True)
class Posted:
    """One form and one id in it.

    :param path: own rows -> what the address is made of
    :param body: (own rows, rows that the id is taken from) -> what is sent over the page's own form
    """

    takes: str
    person: str
    endpoint: str
    path: Callable
    body: Callable
    foreign: tuple[str, ...] = OTHER_OFFICES

    def __str__(self) -> str:
        return f"{self.endpoint} with {self.takes} as {self.person}"


def nothing(own) -> dict:
    return {}


def batch(own) -> dict:
    return {"batch_id": own.batch.id}


def running_block(own) -> dict:
    return {"training_session_id": own.running_block.id}


def token(own) -> dict:
    return {"token": keys.token_for("invitation", own.next_invitation.nonce)}


def visit(own) -> dict:
    return {"visit_id": own.begun_visit.id}


def assignment(own, **ids) -> dict:
    return {
        "mentor_id": own.mentor.id,
        "cooperative_ids": own.next_cooperative.id,
        "starts_on": "2026-01-01",
    } | ids


def note(**values) -> dict:
    return {"condition": "Buku kas belum harian.", "starts": "00:00", "ends": "00:01"} | values


def reason(**values) -> dict:
    return {"reason": "Sakit"} | values


POSTED = (
    # presence
    Posted(
        "tick.registration_id",
        "coordinator",
        "attendance.tick",
        running_block,
        lambda own, of: {"registration_id": of.running_seat.id},
        OTHER_THINGS,
    ),
    Posted(
        "save_session.state",
        "coordinator",
        "attendance.save_session",
        running_block,
        lambda own, of: {f"state-{of.running_seat.id}": "sick"},
        OTHER_THINGS,
    ),
    Posted(
        "tick_ticket.training_session_id",
        "coordinator",
        "attendance.tick_ticket",
        lambda own: {"door_token": keys.token_for("door", own.running_seat.nonce)},
        lambda own, of: {"training_session_id": of.running_block.id},
        OTHER_THINGS,
    ),
    # who is invited, who comes, who stands at the door
    Posted(
        "selection.cooperative",
        "coordinator",
        "targeting.selection",
        lambda own: {"batch_id": own.coming_block.batch_id, "all": 1},
        lambda own, of: {"cooperative": [own.next_cooperative.id, of.next_cooperative.id]},
    ),
    Posted(
        "door_duties.duty",
        "coordinator",
        "training.door_duties",
        batch,
        lambda own, of: {
            "duty": [f"{who.id}.{own.training_session.day}" for who in (own.guard, of.guard)]
        },
    ),
    Posted(
        "add_participant.cooperative",
        "coordinator",
        "registration.add_participant",
        batch,
        lambda own, of: {"?cooperative": of.next_cooperative.id} | somebody_new(),
    ),
    Posted(
        "PeopleForm.officers",
        "coordinator",
        "registration.add_participant",
        lambda own: batch(own) | {"cooperative": own.next_cooperative.id},
        lambda own, of: {"officers": of.next_officer.id, "shown": sign_team()},
        OTHER_THINGS,
    ),
    Posted(
        "PeopleForm.officers",
        "anonymous",
        "registration.register",
        token,
        lambda own, of: {"officers": of.next_officer.id, "shown": sign_team()},
        OTHER_THINGS,
    ),
    Posted(
        "SubstituteForm.officer_id",
        "coordinator",
        "registration.edit_participant",
        lambda own: {"registration_id": own.coming_seat.id},
        lambda own, of: reason(officer_id=of.spare_officer.id),
        OTHER_THINGS,
    ),
    Posted(
        "SubstituteForm.officer_id",
        "anonymous",
        "registration.change_ticket",
        lambda own: {"ticket": keys.token_for("ticket", own.coming_seat.nonce)},
        lambda own, of: reason(officer_id=of.spare_officer.id),
        OTHER_THINGS,
    ),
    Posted(
        "approve.cooperative",
        "coordinator",
        "applications.approve",
        lambda own: {"application_id": own.application.id},
        lambda own, of: {"cooperative": of.next_cooperative.id},
    ),
    Posted(
        "ContactForm.person_id",
        "coordinator",
        "registration.change_contact",
        lambda own: {"invitation_id": own.next_invitation.id},
        lambda own, of: {
            f"contact{own.next_invitation.id}-person_id": of.next_officer.person_id,
            f"contact{own.next_invitation.id}-phone": "081234567899",
        },
        OTHER_THINGS,
    ),
    # batches
    Posted(
        "BatchForm.course_id",
        "coordinator",
        "training.edit_batch",
        batch,
        lambda own, of: {"course_id": of.next_course.id} | decided(),
    ),
    Posted(
        "BatchForm.programme_id",
        "coordinator",
        "training.edit_batch",
        batch,
        lambda own, of: {"programme_id": of.next_programme.id} | decided(),
    ),
    Posted(
        "TrainerForm.user_id",
        "coordinator",
        "training.edit_trainer",
        lambda own: {"trainer_id": own.trainer.id},
        lambda own, of: {"user_id": of.colleague.id},
    ),
    *(
        Posted(
            f"_subject.{field}",
            "coordinator",
            "calendar.subscribe",
            nothing,
            lambda own, of, field=field, kind=kind, row=row: {
                "kind": kind,
                field: getattr(of, row).id,
            },
        )
        for field, kind, row in (("batch_id", "batch", "batch"), ("venue_id", "venue", "venue"))
    ),
    Posted(
        "BatchForm.venue_id",
        "coordinator",
        "training.edit_batch",
        batch,
        lambda own, of: {"venue_id": of.venue.id} | decided(),
    ),
    Posted(
        "BatchForm.course_id",
        "coordinator",
        "training.new_batch",
        lambda own: {"programme_id": own.programme.id, "copy": own.batch.id},
        lambda own, of: later_batch(own.batch, of.next_course),
    ),
    Posted(
        "SessionRowForm.ident",
        "coordinator",
        "training.edit_batch",
        lambda own: {"batch_id": own.coming_block.batch_id},
        lambda own, of: (
            {"sessions-0-ident": of.coming_block.id, "sessions-0-topic": "Neraca"} | decided()
        ),
        OTHER_THINGS,
    ),
    # mentoring
    Posted(
        "AssignForm.mentor_id",
        "coordinator",
        "mentoring.assign",
        nothing,
        lambda own, of: assignment(own, mentor_id=of.mentor.id),
    ),
    Posted(
        "AssignForm.cooperative_ids",
        "coordinator",
        "mentoring.assign",
        nothing,
        lambda own, of: assignment(
            own, cooperative_ids=[own.next_cooperative.id, of.next_cooperative.id]
        ),
    ),
    Posted(
        "AssignForm.programme_id",
        "coordinator",
        "mentoring.assign",
        nothing,
        lambda own, of: assignment(own, programme_id=of.programme.id),
    ),
    Posted(
        "PlanForm.cooperative_id",
        "mentor",
        "mentoring.plan_visit",
        nothing,
        lambda own, of: plan(cooperative_id=of.cooperative.id),
        OTHER_THINGS,
    ),
    Posted(
        "plan_visit.mentor",
        "coordinator",
        "mentoring.plan_visit",
        lambda own: {"mentor": own.mentor.id},
        lambda own, of: plan(cooperative_id=own.cooperative.id) | {"?mentor": of.mentor.id},
        OTHER_THINGS,
    ),
    Posted(
        "NoteForm.met_officers",
        "mentor",
        "mentoring.write_note",
        visit,
        lambda own, of: note(met_officers=of.officer.id),
        OTHER_THINGS,
    ),
    Posted(
        "OutcomeRow.follow_up_id",
        "mentor",
        "mentoring.write_note",
        visit,
        lambda own, of: note(
            **{
                "met_officers": own.officer.id,
                "outcomes-0-follow_up_id": of.follow_up.id,
                "outcomes-0-outcome": "closed",
                "outcomes-0-result": "Neraca sudah disusun",
            }
        ),
        OTHER_THINGS,
    ),
    # people and files
    Posted(
        "ColleagueForm.office_id",
        "office_admin",
        "accounts.invite_colleague",
        nothing,
        lambda own, of: {
            "name": "Wahyu",
            "email": "wahyu@contoh.id",
            "role": "mentor",
            "office_id": of.office.id,
        },
    ),
    Posted(
        "RoleForm.office_id",
        "office_admin",
        "accounts.grant_role",
        lambda own: {"user_id": own.colleague.id},
        lambda own, of: {
            "role": "assessor",
            "office_id": of.office.id,
            "current_password": factories.PASSWORD,
        },
    ),
    Posted(
        "UploadForm.office_id",
        TWO_OFFICES,
        "imports.upload",
        lambda own: {"kind": "cooperatives"},
        lambda own, of: {"office_id": of.office.id, "file": register_file()},
        ("parent",),
    ),
)

NO_ROWS = {  # field: what the number in it is
    "AssessmentForm.fiscal_year": "a year",
    "AssessmentForm.scheme_id": "an instrument of the state, the same for every office",
    "MeetingForm.fiscal_year": "a year",
    **dict.fromkeys(
        ("_resend.after", "resend_invitation.after", "remind_one.after", "remind_all.after"),
        "the last message that the page knew, only compared",
    ),
}


def somebody_new() -> dict:
    return {
        "others-0-full_name": "Joko Susilo",
        "others-0-phone": "081234567899",
        "others-0-position": "manager",
        "shown": sign_team(),
    }


def plan(**ids) -> dict:
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    return {"day": day.isoformat(), "starts": "09:00", "ends": "10:00", "time_zone": "WIB"} | ids


def decided() -> dict:
    """The rows of one office share a room, and people would be told: both are answered."""
    return {"sessions-0-clash_reason": "Kelas paralel", "confirmed": "y"}


def later_batch(copied, course) -> dict:
    """A copy with another course, as the page is after that was chosen."""
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    return {
        "course_id": course.id,
        "loaded": f"{copied.id} {course.id}",
        "number": "7",
        "first_day": day.isoformat(),
        "closes_on": (day - timedelta(days=3)).isoformat(),
        "opens_on": (day - timedelta(days=9)).isoformat(),
    }


def register_file() -> tuple:
    return BytesIO(
        b"NIK;Nama Koperasi;Jenis Koperasi\n3576010000099;KSU Baru;Konsumen\n"
    ), "koperasi.csv"


def also(world: World, now: datetime) -> None:
    """What the forms are about besides the rows of tests/doors.py."""
    for of in world.rows.values():
        office = of.office
        of.officer = factories.make_officer(of.cooperative)
        of.spare_officer = factories.make_officer(of.cooperative)
        of.guard = factories.make_user("door_staff", office)
        of.next_course = factories.make_course(office)
        of.next_programme = factories.make_programme(office)
        of.next_cooperative = factories.make_cooperative(office)
        of.next_officer = factories.make_officer(of.next_cooperative)
        of.next_invitation = factories.make_invitation(of.batch, of.next_cooperative)
        running = factories.make_batch(office, programme=of.programme, sessions=0, number=2)
        of.running_block = factories.make_training_session(running, starts_at=now)
        of.running_seat = factories.make_registration(running, of.cooperative)
        coming = factories.make_batch(
            office,
            programme=of.programme,
            sessions=0,
            number=3,
            registration_closes_at=now + timedelta(days=1),
        )
        of.coming_block = factories.make_training_session(coming, now + timedelta(days=3))
        of.coming_seat = factories.make_registration(coming, of.cooperative)
        of.begun_visit = factories.make_visit(of.mentor, of.cooperative, starts_at=now)
    both = factories.make_user("coordinator", world.rows["own"].office)
    factories.make_membership(both, "coordinator", world.rows["other"].office)
    world.people[TWO_OFFICES] = Person(
        TWO_OFFICES, _sign_in(world, both, TWO_OFFICES, now), both.id
    )


# -- the walk --------------------------------------------------------------------------------------


def walk(world: World, posted=POSTED) -> list[str]:
    """Send every form with ids that belong there, then with those that do not.

    :return: what went otherwise, one line each
    """
    world.app.config["FORM_MIN_SECONDS"] = 0
    failures = []
    for form in posted:
        answer, is_changed = _send(world, form, "own")
        if not is_changed:
            failures.append(f"{form}: with ids that belong there nothing was saved ({answer})")
        for ownership in form.foreign:
            answer, is_changed = _send(world, form, ownership)
            if is_changed or answer not in REFUSED:
                rows = "rows changed" if is_changed else "no row changed"
                failures.append(f"{form}, {ownership}: {answer}, {rows}")
    return failures


def _send(world: World, form: Posted, ownership: str) -> tuple[str, bool]:
    own, of = world.rows["own"], world.rows[ownership]
    with world.app.test_request_context():
        values = form.path(own)
        body = form.body(own, of)
        values |= {name[1:]: body.pop(name) for name in list(body) if name.startswith("?")}
        path = world.app.url_map.bind("127.0.0.1").build(form.endpoint, values)
    client = world.app.test_client(use_cookies=False)
    person = world.people[form.person]
    headers = {"Cookie": person.cookie} if person.cookie else {}
    page = client.get(path, headers=headers)
    shown = PageForms.read(page.get_data(as_text=True)) if page.status_code == 200 else {}
    world.writes.clear()
    answer = client.post(path, headers=headers, data=shown | body)
    with world.app.app_context():
        is_changed = bool(world.writes) and hash_rows(world) != world.hash
    if is_changed:
        world.restore()
    return _kind(world, answer), is_changed


def _kind(world: World, answer) -> str:
    """The status, and whether the page or the next one says what is wrong."""
    code = answer.status_code
    in_words = code == 422 and SENTENCE.search(answer.get_data(as_text=True))
    if code == 303:
        given = [cookie.partition(";")[0] for cookie in answer.headers.getlist("Set-Cookie")]
        name = world.app.config["SESSION_COOKIE_NAME"] + "="
        session = next((c.removeprefix(name) for c in given if c.startswith(name)), "")
        serializer = world.app.session_interface.get_signing_serializer(world.app)
        said = serializer.loads(session).get("_flashes", ()) if session else ()
        in_words = any(category == "error" for category, _sentence in said)
        if not in_words and given:  # what was typed went along, and the next page shows it
            client = world.app.test_client(use_cookies=False)
            page = client.get(answer.location, headers={"Cookie": "; ".join(given)})
            in_words = page.status_code == 422 and SENTENCE.search(page.get_data(as_text=True))
    return f"{code} in words" if in_words else str(code)


class PageForms(HTMLParser):
    """The largest form of a page that is sent by POST: its names and values as a browser sends them."""

    def __init__(self):
        super().__init__()
        self.forms: list[dict] = []
        self.select: str | None = None
        self.area: str | None = None

    @classmethod
    def read(cls, page: str) -> dict:
        parser = cls()
        parser.feed(page)
        return max(parser.forms, key=len, default={})

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append({})
            self.is_post = given.get("method") == "post"
        if not self.forms or not self.is_post:
            return
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            if "selected" in given or self.select not in self.forms[-1]:
                self.forms[-1][self.select] = given.get("value", "")
        elif tag == "textarea" and name:
            self.area = name
            self.forms[-1][name] = ""

    def _input(self, name: str, given: dict) -> None:
        kind = given.get("type", "text")
        if kind in ("submit", "file") or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        fields = self.forms[-1]
        if kind == "checkbox" and name in fields:
            fields[name] = [*_list(fields[name]), given.get("value", "on")]
        else:
            fields[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None
        elif tag == "form":
            self.is_post = False

    def handle_data(self, data):
        if self.area and self.forms:
            self.forms[-1][self.area] += data


def _list(value) -> list:
    return value if isinstance(value, list) else [value]


# -- what takes ids --------------------------------------------------------------------------------


def unnamed() -> set[str]:
    """Fields and names that take ids and stand neither in POSTED nor in NO_ROWS."""
    named = {form.takes for form in POSTED} | set(NO_ROWS)
    return (id_fields() | read_by_views()) - named


def id_fields() -> set[str]:
    """`Form.field` of every field that is named like an id or takes a choice by number."""
    found = set()
    for form in _forms(wtforms.Form):
        for name, field in vars(form).items():
            kind = getattr(field, "field_class", None)
            if kind is None:
                continue
            by_number = issubclass(kind, wtforms.SelectField | wtforms.SelectMultipleField)
            by_number = by_number and field.kwargs.get("coerce", str) is not str
            if by_number or re.search(r"(^|_)ids?$|^ident$", name):
                found.add(f"{form.__name__}.{name}")
    return found


def _forms(form) -> set:
    own = {form} if form.__module__.startswith("kopdiklat") else set()
    return own.union(*(_forms(child) for child in form.__subclasses__()))


NUMBERS = {"page", "n", "remove", "version", "isi", "baru", "sesi"}  # of pages, rows and steps


def read_by_views() -> set[str]:
    """`view.name` of what a view that takes POST reads from the body itself, as a number or a list."""
    found = set()
    for path in VIEWS.rglob("*view*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                found |= {f"{function.name}.{name}" for name in _numbers_read(function)}
    return found


def _numbers_read(function: ast.FunctionDef) -> set[str]:
    names = set()
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
            source = ast.unparse(call.func.value)
            takes_number = any(k.arg == "type" for k in call.keywords)
            is_list = call.func.attr == "getlist"
            if source in ("request.form", "request.values") and (takes_number or is_list):
                names.add(ast.literal_eval(call.args[0]))
    return names - NUMBERS
