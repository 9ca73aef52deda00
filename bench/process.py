"""The process: how long the app takes to start, how much memory a web worker holds."""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.table import Figure

ROOT = Path(__file__).parent.parent


def run() -> list[Figure]:
    return [
        Figure("app start", "python", _start_seconds(), "s", 1.5),
        Figure("web worker, after 200 pages", "gunicorn gthread", _worker_megabytes(), "MB", 120),
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


def _worker_megabytes() -> float:
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
            for _ in range(200):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/masuk").read()
            return max(_resident(pid) for pid in _children(server.pid))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


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
