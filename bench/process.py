"""The process: how long the app takes to start, how much memory a web worker holds."""

import http.cookiejar
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import imports
from bench.table import Figure
from kopdiklat.demo import people

ROOT = Path(__file__).parent.parent
PAGES = ("/", "/cooperatives", "/batches/1", "/imports", "/follow-ups", "/changes")
EXPORTS = ("/cooperatives/export.xlsx", "/batches/1/invitations.xlsx", "/follow-ups/export")


def run() -> list[Figure]:
    return [
        Figure("app start", "python", _start_seconds(), "s", 1.5),
        *_worker_megabytes(),
    ]


def _start_seconds() -> float:
    """Median of seven whole processes that import the app and end, after one warm-up."""
    times = []
    for _ in range(8):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import app"], cwd=ROOT, check=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _worker_megabytes() -> list[Figure]:
    """What a worker holds after pages, and after the heaviest that an office asks of it."""
    with _web_worker() as (address, pid):
        for _ in range(200):
            urllib.request.urlopen(f"{address}/masuk").read()
        after_pages = _resident(pid)
        _work(Browser(address))
        time.sleep(1)  # what a workbook took is given back after its answer
        after_work = _resident(pid)
    where = "gunicorn gthread"
    return [
        Figure("web worker, after 200 pages", where, after_pages, "MB", 120),
        Figure("web worker, after import, sheet PDF and exports", where, after_work, "MB", 120),
    ]


def _work(browser: "Browser") -> None:
    """Import files of 192 and 5,000 rows; print sheets, export and read pages, ten times."""
    browser.sign_in("rina@contoh.id")
    for rows in imports.LIMITS:
        browser.post("/imports/new/cooperatives", {"file": imports.workbook(rows, "3576")})
    listed = browser.get("/batches/1/attendance")
    sheet = re.findall(r'/batches/\d+/attendance-sheets/[^"?]+pdf', listed)[0]
    for _ in range(10):
        for path in (sheet, *EXPORTS, *PAGES):
            browser.get(path)


@contextmanager
def _web_worker() -> Iterator[tuple[str, int]]:
    """A server with one worker over the demo office: its address and the worker's process id."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = os.environ | {
            "INSTANCE_PATH": folder,
            "DATABASE_URL": f"sqlite:///{folder}/w.db",
            "PORT": str(port),
            "FLASK_APP": "app",
        }
        for command in (["db", "upgrade"], ["demo", "load"]):
            subprocess.run(
                [sys.executable, "-m", "flask", *command],
                cwd=ROOT,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "4", "-b",
             f"127.0.0.1:{port}", "app:app"],
            cwd=ROOT, env=environment, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}", _children(server.pid)[0]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


class Browser:
    """As much of a browser as a form needs: cookies, the page's token, files."""

    def __init__(self, address: str):
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        return self._opener.open(self.address + path).read().decode(errors="replace")

    def post(self, path: str, fields: dict[str, str | bytes], form_on: str | None = None) -> None:
        """Send the form that stands on this page, or on `form_on`; bytes go as a file."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(form_on or path))
        if found is None:
            raise LookupError(f"no form on {form_on or path}")
        boundary = uuid.uuid4().hex
        body = b""
        for name, value in {"csrf_token": found[1], **fields}.items():
            told = f'name="{name}"' + ('; filename="a.xlsx"' if isinstance(value, bytes) else "")
            head = f"--{boundary}\r\nContent-Disposition: form-data; {told}\r\n\r\n"
            content = value if isinstance(value, bytes) else value.encode()
            body += head.encode() + content + b"\r\n"
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        body += f"--{boundary}--\r\n".encode()
        self._opener.open(urllib.request.Request(self.address + path, body, kind)).read()

    def sign_in(self, name: str) -> None:
        self.post("/masuk", {"name": name, "password": people.PASSWORD})


def wait_for(url: str, seconds: float = 60) -> float:
    """Seconds until the address answers."""
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return time.perf_counter() - start
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
