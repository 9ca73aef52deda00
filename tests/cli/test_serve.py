"""flask serve: what it loads and what it tells."""

import os
import signal
import socket
import subprocess
import sys

import config
from kopdiklat import demo
from kopdiklat.core.clock import utc_now

READY = "Ctrl-C mengakhiri semuanya."


def told_by_serve(folder, *options):
    """What `flask serve` prints until it is ready, in an installation of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = {"INSTANCE_PATH": str(folder), "PORT": port, "FLASK_APP": "app"}
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "BASE_URL")}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "serve", *options],
        cwd=config.ROOT,
        env=kept | settings,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if READY in line:
                break
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    return "".join(lines)


def test_serve_without_the_demo_tells_no_sign_ins(tmp_path):
    told = told_by_serve(tmp_path, "--no-demo")

    assert "Kopdiklat siap" in told
    assert "contoh" not in told


def test_only_demo_accounts_that_are_here_are_told(app):
    assert demo.sign_ins_here() == []

    demo.load(now=utc_now())

    assert demo.sign_ins_here() == demo.sign_ins()
