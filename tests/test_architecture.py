"""The house: rooms import only floors below, rules are pure, doors hold no script."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from kopdiklat import policy, tables
from kopdiklat.core import audit
from kopdiklat.core.data_classes import K1, class_of, is_key

ROLES = set(policy.ROLES)
ROOT = Path(__file__).parent.parent
CODE = ROOT / "kopdiklat"
MIGRATIONS = ROOT / "migrations" / "versions"

FLOORS = (  # bottom first; a room may import those on floors below, never beside or above
    {"core"},
    {"ways", "extensions"},
    {"policy"},
    {"offices"},
    {"messages"},
    {"accounts", "cooperatives"},
    {"training", "mentoring", "health"},
    {"registration"},
    {"attendance", "applications"},
    {"targeting"},
    {"digest", "imports", "impact", "documents", "notifications"},
    {"demo", "jobs"},
    {"dashboard", "api", "cli"},
)
FLOOR_OF = {room: n for n, floor in enumerate(FLOORS) for room in floor}
HEAVY = {  # imported inside the function that needs them
    "numpy", "scipy", "typst", "xlsxwriter", "python_calamine", "rapidfuzz", "phonenumbers",
    "icalendar", "httpx", "apscheduler", "flask_migrate", "alembic", "psycopg",
}  # fmt: skip
MAY_TELL_TIME = re.compile(r"/(cli|jobs|dashboard|api|demo)/|views\.py$")
ALSO_TELL_TIME = {
    "kopdiklat/core/audit.py": "the moment of an entry, which no service passes on",
    "kopdiklat/core/clock.py": "where it stands",
    "kopdiklat/core/departures.py": "when a file begins and ends, around a view's own work",
    "kopdiklat/documents/bundles.py": "steps of a task, run by the jobs process",
    "kopdiklat/imports/runs.py": "steps of a task, run by the jobs process",
    "kopdiklat/notifications/transport.py": "the Date header of a letter",
    "kopdiklat/notifications/whatsapp.py": "the moment against which Retry-After is read",
}
NAMES_TABLES_ABOVE = {
    "kopdiklat/cooperatives/queries.py": {"registrations"},
    "kopdiklat/core/migrations.py": {"alembic_version"},
    "kopdiklat/registration/queries.py": {"attendances"},
    "kopdiklat/training/queries.py": {"attendances"},
    "kopdiklat/ways.py": {"door_duties", "memberships", "mentoring_assignments", "offices"},
}
OPENS_TRANSACTIONS = re.compile(r"/(cli|jobs|dashboard|api)/|views\.py$")
ALSO_OPEN_TRANSACTIONS = {
    "kopdiklat/accounts/sessions.py": "touch: a visit is noted before the page begins",
    "kopdiklat/attendance/reminders.py": "each batch is reminded by itself",
    "kopdiklat/core/db.py": "where it stands",
    "kopdiklat/core/departures.py": "the place of a file that is being made, and its entry",
    "kopdiklat/core/tasks.py": "claims, progress and outcome of a task",
    "kopdiklat/demo/__init__.py": "the whole example office is one",
    "kopdiklat/digest/service.py": "each office is told by itself",
    "kopdiklat/documents/bundles.py": "each letter is kept by itself",
    "kopdiklat/imports/kept.py": "the sweep of files that are old enough",
    "kopdiklat/imports/runs.py": "the check and the saving of a run, and what it says of them",
    "kopdiklat/notifications/service.py": "each message is claimed and marked by itself",
    "kopdiklat/registration/queue.py": "each queue is moved by itself",
    "kopdiklat/registration/chase.py": "one batch a transaction, run by the jobs process",
}


def files(*parts: str) -> list[Path]:
    return sorted(path for part in parts for path in CODE.glob(part))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def imported(tree: ast.AST, package: str = "") -> set[str]:
    """Dotted names of everything that is imported, `from a import b` as a and a.b.

    :param package: where a relative import begins
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = absolute(node, package)
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def absolute(node: ast.ImportFrom, package: str) -> str:
    parents = package.split(".")[: 1 - node.level or None] if node.level else []
    return ".".join([*parents, *filter(None, [node.module])])


def package_of(path: Path) -> str:
    return ".".join(path.parent.relative_to(ROOT).parts)


def rooms_in(names: set[str]) -> set[str]:
    return {
        name.split(".")[1]
        for name in names
        if name.startswith("kopdiklat.") and name.split(".")[1] in FLOOR_OF
    }


def room_of(path: Path) -> str | None:
    first = path.relative_to(CODE).parts[0].removesuffix(".py")
    return first if first in FLOOR_OF else None


def test_every_room_stands_on_a_floor():
    rooms = {path.name for path in CODE.iterdir() if (path / "__init__.py").exists()}

    assert rooms - set(FLOOR_OF) == set()


@pytest.mark.parametrize("path", files("**/*.py"), ids=name_of)
def test_a_room_imports_only_floors_below(path):
    room = room_of(path)
    if room is None:  # __init__, tables, refusals: they put the house together
        return
    below = {other for other in FLOOR_OF if FLOOR_OF[other] < FLOOR_OF[room]}

    assert rooms_in(imported(parse(path), package_of(path))) - below - {room} == set()


@pytest.mark.parametrize(
    ("line", "room"),
    [
        ("from ..registration import service", "registration"),
        ("from .. import registration", "registration"),
        ("from ..registration.service import register", "registration"),
        ("from . import service", "training"),
        ("from .service import create_batch", "training"),
        ("import kopdiklat.registration", "registration"),
    ],
)
def test_a_relative_import_names_its_room_too(line, room):
    assert rooms_in(imported(ast.parse(line), "kopdiklat.training")) == {room}


@pytest.mark.parametrize("path", files("**/*rules.py", "*/rules/*.py"), ids=name_of)
def test_rules_are_pure(path):
    tree = parse(path)
    roots = {name.split(".")[0] for name in imported(tree)}
    calls = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert (
        roots & {"flask", "sqlalchemy", "flask_babel", "flask_login", "flask_sqlalchemy", "time"}
        == set()
    )
    assert imported(tree) & {"kopdiklat.core.db", "kopdiklat.core.clock.utc_now"} == set()
    assert calls & {"now", "today", "utcnow"} == set()


@pytest.mark.parametrize("path", files("**/*.py"), ids=name_of)
def test_imports_stand_at_the_top_but_for_heavy_libraries(path):
    tree = parse(path)
    inside = [
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    at_top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]

    hidden = {name.split(".")[0] for node in inside for name in imported(node)} - HEAVY
    heavy = {name.split(".")[0] for node in at_top for name in imported(node)} & HEAVY
    assert hidden == set()
    assert heavy == set()


def test_an_app_that_serves_pages_holds_nothing_heavy(tmp_path):
    """Also none of it by way of another library: a web worker would carry it all its life."""
    command = "import app, sys; print(*{name.split('.')[0] for name in sys.modules})"
    environment = {**os.environ, "DATABASE_URL": "", "INSTANCE_PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, env=environment, capture_output=True, check=True
    )

    assert set(done.stdout.decode().split()) & HEAVY == set()


@pytest.mark.parametrize("path", files("**/*.py"), ids=name_of)
def test_only_transaction_commits(path):
    if path == CODE / "core" / "db.py":
        return
    commits = [
        node.lineno
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]

    assert commits == []


@pytest.mark.parametrize("path", files("*/**/*.py"), ids=name_of)
def test_services_open_no_transaction(path):
    """Only a door opens one: a view, a command, a step of a job."""
    if OPENS_TRANSACTIONS.search("/" + name_of(path)) or name_of(path) in ALSO_OPEN_TRANSACTIONS:
        return
    calls = {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    }

    assert calls & {"transaction", "commit"} == set()


@pytest.mark.parametrize("path", files("**/*.py"), ids=name_of)
def test_only_doors_look_at_the_clock(path):
    place = "/" + name_of(path)
    if room_of(path) is None or MAY_TELL_TIME.search(place):
        return
    if name_of(path) in ALSO_TELL_TIME:
        return

    assert "kopdiklat.core.clock.utc_now" not in imported(parse(path))
    assert not re.search(r"datetime\.(now|utcnow|today)\(|date\.today\(", path.read_text())


@pytest.mark.parametrize("path", files("**/*.py"), ids=name_of)
def test_only_the_policy_compares_roles(path):
    if path.stem in ("policy", "ways"):
        return

    assert role_comparisons(parse(path)) == []


def role_comparisons(tree: ast.AST) -> list[str]:
    """Comparisons, in code or in a `case`, with the name of a role."""
    asked = [node for node in ast.walk(tree) if isinstance(node, (ast.Compare, ast.MatchValue))]
    return [ast.unparse(node) for node in asked if ROLES & words_in(node)]


def words_in(node: ast.AST) -> set:
    """Its texts, also those in a list, but not in what it calls."""
    if isinstance(node, (ast.Call, ast.Subscript)):
        return set()
    if isinstance(node, ast.Constant):
        return {node.value}
    return set().union(*map(words_in, ast.iter_child_nodes(node)))


@pytest.mark.parametrize(
    "line",
    [
        "role == 'auditor'",
        "'auditor' != m.role",
        "role in ('head', 'mentor')",
        "match role:\n case 'head' | 'mentor': pass",
    ],
)
def test_a_comparison_with_a_role_is_found(line):
    assert role_comparisons(ast.parse(line)) != []


def test_a_word_that_is_no_role_may_be_compared():
    assert role_comparisons(ast.parse("state == 'draft' and row['mentor'] == name")) == []


def tables_named(path: Path) -> set[str]:
    """Tables that this file names as `sa.table("…")`, without importing their room."""
    calls = [node for node in ast.walk(parse(path)) if isinstance(node, ast.Call)]
    named = [call for call in calls if ast.unparse(call.func) == "sa.table"]
    return {ast.literal_eval(call.args[0]) for call in named}


def test_what_is_only_named_of_rooms_above_is_decided():
    """docs/decisions/0008: one more is one more sentence there."""
    named = {name_of(path): tables_named(path) for path in files("**/*.py")}

    assert {place: names for place, names in named.items() if names} == NAMES_TABLES_ABOVE


@pytest.mark.parametrize("path", files("**/*.py"), ids=name_of)
def test_unguessable_values_never_come_from_random(path):
    if room_of(path) == "demo":
        return

    assert "random" not in {name.split(".")[0] for name in imported(parse(path))}


def unclassed(columns: list[sa.Column]) -> list[str]:
    """Columns of which nobody said what kind of data they hold."""
    return [
        str(c) for c in columns if not is_key(c) and class_of(c) not in ("K1", "K2", "K3", "K4")
    ]


def name_of_class(model: type) -> str:
    return model.__name__


def models() -> list[type]:
    """In one order for every test worker: the registry is a set."""
    found = (mapper.class_ for mapper in tables.audit.Model.registry.mappers)
    return sorted(found, key=name_of_class)


@pytest.mark.parametrize("model", [m for m in models() if audit.is_audited(m)], ids=name_of_class)
def test_every_column_that_the_trail_may_tell_has_a_data_class(model):
    assert unclassed(audit.audited_columns(model)) == []


def test_a_column_without_a_data_class_is_found():
    columns = [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("office_id", sa.ForeignKey("offices.id")),
        sa.Column("note", sa.Text),
        sa.Column("wish", sa.Text, info={"data_class": "K5"}),
        sa.Column("name", sa.Text, info=K1),
    ]

    assert unclassed(columns) == ["note", "wish"]


def test_what_is_guarded_by_triggers_is_what_the_trail_names_by_id_only():
    names = r"^GUARDED = (\([^)]*\))$"
    guarded = {
        table
        for path in MIGRATIONS.glob("*.py")
        for found in re.findall(names, path.read_text(), re.MULTILINE)
        for table in ast.literal_eval(found)
    }
    only_growing = {model.__tablename__ for model in models() if audit.is_append_only(model)}

    assert only_growing == guarded - {"audit_entries"}


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_templates_trust_nothing_and_run_nothing(path):
    page = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)

    assert not re.search(r"\|\s*safe\b", page), "|safe"
    assert not re.search(r"\{%-?\s*autoescape\s+false", page), "autoescape off"
    assert not re.search(r"<[^>{]*\sstyle\s*=", page), "inline style"
    assert not re.search(r"<[^>{]*\son[a-z]+\s*=", page), "inline handler"
    assert not re.search(r"<script(?![^>]*\ssrc=)", page), "inline script"
    assert not re.search(r"javascript:", page, re.IGNORECASE), "javascript address"


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_templates_know_no_roles_and_ask_no_database(path):
    page = path.read_text()

    assert not re.search(r"\.role\s*[=!]=|\brole in\b|session\.query|\.query\.", page)


def included(name: str) -> str:
    return (ROOT / "templates" / name).read_text()


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_every_post_form_carries_its_token(path):
    page = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    page = re.sub(r'\{% include "([^"]+)" %\}', lambda m: included(m.group(1)), page)
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL):
        assert re.search(r"form_token\(\)|csrf_token", form), form[:120]
