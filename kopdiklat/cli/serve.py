"""`flask serve`: the whole office on one machine: migrations, demo, web and jobs; Ctrl-C ends all."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from kopdiklat import demo
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.offices.models import Office


@click.command("serve")
@click.option("--demo/--no-demo", "with_demo", default=None, help="Muat kantor contoh bila kosong.")
@with_appcontext
def serve(with_demo):
    """Jalankan Kopdiklat: basis data, kantor contoh, web, dan pekerjaan latar."""
    from flask_migrate import upgrade  # noqa: PLC0415, heavy, only needed here

    upgrade()
    empty = db.session.scalar(sa.select(sa.func.count(Office.id))) == 0
    wanted = not current_app.config["PRODUCTION"] if with_demo is None else with_demo
    if empty and wanted:
        click.echo("Memuat kantor contoh Kota Mojokerto ...")
        demo.load(now=utc_now())
    sign_ins = [] if current_app.config["PRODUCTION"] else demo.sign_ins_here()
    db.session.remove()
    db.engine.dispose()
    _run_until_interrupted(current_app.config["PORT"], current_app.config["BASE_URL"], sign_ins)


def _run_until_interrupted(port: int, base_url: str, sign_ins: list) -> None:
    environment = {"LOG_LEVEL": "WARNING", **os.environ, "FLASK_APP": "app"}
    children = [
        subprocess.Popen(web_command(port), env=environment),
        subprocess.Popen([sys.executable, "-m", "flask", "jobs", "run"], env=environment),
    ]
    stop = _Stop()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if _wait_for(port, children):
        _announce(base_url, sign_ins)
    try:
        while not stop.asked and all(child.poll() is None for child in children):
            time.sleep(0.2)
    finally:
        _end(children)


class _Stop:
    """A signal handler that only remembers that it was asked."""

    asked = False

    def __call__(self, number, frame):
        self.asked = True


def web_command(port: int) -> list[str]:
    if sys.platform == "win32":
        return [
            sys.executable,
            "-m",
            "waitress",
            "--threads=8",
            f"--listen=127.0.0.1:{port}",
            "app:app",
        ]
    return [
        sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "4",
        "--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning",
        "-b", f"127.0.0.1:{port}", "app:app",
    ]  # fmt: skip


def _wait_for(port: int, children: list[subprocess.Popen]) -> bool:
    for _ in range(150):
        if any(child.poll() is not None for child in children):
            return False
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)  # noqa: S310
            return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _announce(base_url: str, sign_ins: list) -> None:
    click.echo(f"\nKopdiklat siap: {base_url}\n")
    for role, name, password in sign_ins:
        click.echo(f"  {role:<22} {name:<34} {password}")
    click.echo("\nCtrl-C mengakhiri semuanya.")


def _end(children: list[subprocess.Popen]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
