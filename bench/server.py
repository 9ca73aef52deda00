"""The app as production runs it: gunicorn with two workers behind a proxy, and the jobs process."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bench.process import free_port, wait_for
from kopdiklat.cli.serve import web_command
from kopdiklat.core.db import db

ROOT = Path(__file__).parent.parent
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """A running server and what its processes have used of the processor.

    :param address: of the web server
    """

    def __init__(self, address: str, roots: list[int], engine: sa.Engine):
        self.address = address
        self._roots = roots
        self._engine = engine
        self._of_databases: dict[int, float] = {}
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look_at_backends, daemon=True)
        self._watch.start()

    def close(self) -> None:
        self._over.set()
        self._watch.join()

    def processor_seconds(self) -> dict[str, float]:
        """Seconds of processor so far, user and system, of web, jobs and database processes."""
        web, jobs = self._roots
        self._note_backends()
        return {
            "web": sum(map(_seconds_of, [web, *_children(web)])),
            "jobs": sum(map(_seconds_of, [jobs, *_children(jobs)])),
            "database": sum(self._of_databases.values()),
        }

    def _look_at_backends(self) -> None:
        """A backend that ends takes its count with it, so each is looked at again and again."""
        while not self._over.wait(0.5):
            self._note_backends()

    def _note_backends(self) -> None:
        """Of PostgreSQL the backends of this database; SQLite works in the web workers."""
        if self._engine.dialect.name != "postgresql":
            return
        with self._engine.connect() as connection:
            found = connection.execute(
                sa.text(
                    "SELECT pid FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            pids = list(found.scalars())
        for pid in pids:
            self._of_databases[pid] = max(self._of_databases.get(pid, 0), _seconds_of(pid))


def _seconds_of(pid: int) -> float:
    """User and system time of all threads of a process; 0 when it has ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return (int(after_name[11]) + int(after_name[12])) / TICK


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


@contextmanager
def running(app, url: str) -> Iterator[Server]:
    """Web and jobs over this database, limits on, addresses read from one trusted proxy."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "INSTANCE_PATH": app.config["INSTANCE_PATH"],
        "SECRET_KEY": app.config["SECRET_KEY"],
        "DATA_KEY": app.config["DATA_KEY"],
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "TRUSTED_PROXIES": "1",
        "FLASK_APP": "app",
    }
    commands = [web_command(port), [sys.executable, "-m", "flask", "jobs", "run"]]
    with open(os.devnull, "w") as nowhere:
        started = [
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere)
            for command in commands
        ]
        server = None
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            server = Server(
                f"http://127.0.0.1:{port}", [process.pid for process in started], db.engine
            )
            yield server
        finally:
            if server:
                server.close()
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(20)
