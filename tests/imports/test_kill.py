"""A process that is killed while it imports leaves nothing behind, and the next one does it all."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db
from tests.factories import make_office

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "tests" / "data" / "mojokerto-2022" / "cooperatives.xlsx"
CHILD = """
import os, signal, sys
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from kopdiklat import create_app

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def die_at(table):
    def look(connection, cursor, statement, *rest):
        if statement.startswith("INSERT INTO " + table):
            die()
    return look

point = sys.argv[1]
app = create_app()
if point == "commit":
    sa.event.listen(Engine, "commit", die)
elif point:
    sa.event.listen(Engine, "after_cursor_execute", die_at(point))
result = app.test_cli_runner().invoke(
    args=["import", "cooperatives", sys.argv[2], "--office", "3576", "--valid-only"]
)
sys.exit(result.exit_code)
"""


def import_in_a_process(app, die_at):
    environment = {
        **os.environ,
        "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]),
        "INSTANCE_PATH": app.config["INSTANCE_PATH"],
        "SECRET_KEY": app.config["SECRET_KEY"],
        "DATA_KEY": app.config["DATA_KEY"],
    }
    command = [sys.executable, "-c", CHILD, die_at, str(FILE)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def counts():
    found = [db.session.scalar(sa.select(sa.func.count(m.id))) for m in (Cooperative, AuditEntry)]
    db.session.rollback()
    return found


@pytest.mark.race
@pytest.mark.parametrize("die_at", ["cooperatives", "yearly_figures", "audit_entries", "commit"])
def test_a_killed_import_leaves_nothing_and_the_next_does_it_all(app, die_at):
    make_office()
    before = counts()

    assert import_in_a_process(app, die_at) == -signal.SIGKILL
    assert counts() == before
    assert import_in_a_process(app, "") == 0
    of_the_run = 3  # itself and its two files
    assert counts() == [192, before[1] + 3 * 192 + of_the_run]
