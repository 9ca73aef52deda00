"""`make run` from a bare clone with warm package caches, and its second start."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bench.process import free_port, wait_for
from bench.table import Figure

ROOT = Path(__file__).parent.parent


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "kopdiklat"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        first = _seconds_to_first_page(clone)
        second = _seconds_to_first_page(clone)
    return [
        Figure("make run, bare clone, warm caches", "this machine", first, "s", 90),
        Figure("make run, second start", "this machine", second, "s", 5),
    ]


def _seconds_to_first_page(clone: Path) -> float:
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "INSTANCE_PATH")}
    start = time.perf_counter()
    server = subprocess.Popen(
        ["make", "-s", "run"],
        cwd=clone,
        env=kept | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/masuk", seconds=300)
        return time.perf_counter() - start
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(30)
