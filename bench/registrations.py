"""Registering over HTTP: a thousand at once for forty seats, a steady stream, a seat that is freed.

A complete registration is what a manager's phone does: it opens the link, sends the form that it
finds there, and opens the proof that it is led to. The server is gunicorn with two workers as
`flask serve` starts it, limits on, behind one trusted proxy; the phones are another process.
"""

import json
import re
import subprocess
import sys
import time
import urllib.error
from http import HTTPStatus
from pathlib import Path

import sqlalchemy as sa

from bench import phones, server
from bench.office import BenchOffice
from bench.process import Browser
from bench.table import Figure
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.registration import audit, halls, tokens
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch

ROOT = Path(__file__).parent.parent
AT_ONCE, SEATS = 1000, 40
SECONDS, WARM_SECONDS, MOST = 30.0, 4.0, 8
STREAM = 2400  # phones that stand ready: 80 a second
FREED = 10
PER_LINK = 30  # posts an hour that the limit of a link lets through
POSITION = re.compile(r"urutan ke-(\d+)")


def run(app, url: str, name: str) -> list[Figure]:
    """Everything on one database: seconds, milliseconds, counts, with their budgets."""
    office = BenchOffice("9103", max(AT_ONCE, STREAM), utc_now())
    burst = _batch(office, SEATS, AT_ONCE)
    stream = _batch(office, STREAM, STREAM)
    warm = _batch(office, STREAM, round(WARM_SECONDS * 80))
    db.session.remove()
    with server.running(app, url) as running:
        phones_told(running.address, _paths(warm), seconds=WARM_SECONDS)
        _check_limits_are_on(running.address, _paths(warm)[0])
        figures = _stream(running, stream, name)
        figures += _at_once(running.address, burst, name)
        figures += _freed(running.address, burst, name)
    return figures


def _batch(office: BenchOffice, seats: int, teams: int) -> int:
    return office.make_batch(seats, office.teams[:teams])[0]


def _paths(batch_id: int) -> list[str]:
    found = sa.select(Invitation).where(Invitation.batch_id == batch_id).order_by(Invitation.id)
    paths = [f"/daftar/{tokens.invitation_token(i)}" for i in db.session.scalars(found)]
    db.session.remove()
    return paths


def phones_told(address: str, paths: list[str], *, seconds: float = 0, first: int = 0) -> dict:
    """What the phones say afterwards; all at once without `seconds`, else a stream."""
    plan = {
        "server": address,
        "paths": paths,
        "people": 1,
        "seconds": seconds,
        "most": MOST,
        "first": first,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.phones"],
        cwd=ROOT,
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def _check_limits_are_on(address: str, path: str) -> None:
    """The canary of the limits: one link that is sent too often must be stopped."""
    browser = Browser(address)
    for _ in range(PER_LINK + 1):
        try:
            browser.post(f"{path}/pendaftaran", {"shown": ""}, form_on=f"{path}/akun")
        except urllib.error.HTTPError as refusal:
            if refusal.code == HTTPStatus.TOO_MANY_REQUESTS:
                return
    raise AssertionError("limits are off")


def _stream(running: server.Server, batch_id: int, name: str) -> list[Figure]:
    paths = _paths(batch_id)
    before = running.processor_seconds()
    told = phones_told(running.address, paths, seconds=SECONDS, first=10_000)
    after = running.processor_seconds()
    done = [phone for phone in told["phones"] if phone["proof"]]
    failed = len(told["phones"]) - len(done)
    if not done:
        raise AssertionError(told["phones"][0]["failure"])
    used = {part: after[part] - before[part] for part in after}
    if name == "postgresql" and not used["database"]:
        raise LookupError("PostgreSQL runs on another machine: its processor time is not seen")
    each = [1000 * sum(phone["spent"]) for phone in done]
    requests = sum(len(phone["spent"]) for phone in done) / len(done)
    where = f"{name}, {MOST} at once, {SECONDS:g} s"
    processor = 1000 * sum(used.values()) / len(done)
    parts = ", ".join(f"{part} {1000 * used[part] / len(done):.1f}" for part in used)
    return [
        Figure("complete registrations a minute", where, _per_minute(done), "", least=2400),
        Figure(f"p95 of one, {requests:.1f} requests together", where, _p95(each), "ms", 500),
        Figure("registrations that failed", where, failed, "", 0),
        Figure(f"processor per registration ({parts})", where, processor, "ms", 30),
        Figure("  and of the phones' process", where, 1000 * told["processor"] / len(done), "ms"),
    ]


def _per_minute(done: list[dict]) -> float:
    """Those that ended while links were opened; the first second and the last rest are left out."""
    ended = sorted(phone["ended_at"] for phone in done)
    begins = ended[0] + phones.THINKS
    ends = ended[-1] - phones.THINKS
    return 60 * sum(begins <= at < ends for at in ended) / (ends - begins)


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[int(len(ordered) * 0.95)]


def _at_once(address: str, batch_id: int, name: str) -> list[Figure]:
    told = phones_told(address, _paths(batch_id), first=20_000)["phones"]
    failed = [phone for phone in told if not phone["proof"]]
    begins = min(phone["sent_at"] for phone in told if phone["sent_at"])
    last = max(phone["ended_at"] for phone in told) - begins
    seated, positions = _read_proofs(address, [phone["proof"] for phone in told if phone["proof"]])
    unnumbered = len(set(range(1, AT_ONCE - SEATS + 1)) ^ set(positions))
    confirmed, stranded, faults = _seats_of(batch_id)
    where = f"{name}, {AT_ONCE} at once for {SEATS} seats"
    return [
        Figure("seats sold", where, confirmed, "", SEATS, least=SEATS),
        Figure("proofs that say so", where, seated, "", SEATS, least=SEATS),
        Figure("seats left empty", where, stranded, "", 0),
        Figure("not numbered on the list, or twice", where, unnumbered, "", 0),
        Figure("without an answer", where, len(failed), "", 0),
        Figure("promises broken (flask seats audit)", where, len(faults), "", 0),
        Figure("the last answer", where, last, "s", 10),
    ]


def _seats_of(batch_id: int) -> tuple[int, int, list]:
    batch = db.session.get_one(Batch, batch_id)
    confirmed = halls.count_seated(batch_id)
    faults = audit.faults_of(batch, utc_now())
    db.session.remove()
    return confirmed, max(0, SEATS - confirmed), faults


def _read_proofs(address: str, paths: list[str]) -> tuple[int, list[int]]:
    """How many proofs are of a seat, and the places in the queue that the others tell."""
    browser = Browser(address)
    positions, seated = [], 0
    for path in paths:
        page = browser.get(path)
        if found := POSITION.search(page):
            positions.append(int(found[1]))
        elif "Pendaftaran diterima" in page:
            seated += 1
    return seated, positions


def _freed(address: str, batch_id: int, name: str) -> list[Figure]:
    """A seat is given back on the phone; the proof of the next in the queue says so when?"""
    slowest = 0.0
    for _ in range(FREED):
        seated, following = _first_of(batch_id)
        browser = Browser(address)
        started = time.perf_counter()
        browser.post(f"{seated}/pembatalan", {"reason": "berhalangan"}, form_on=f"{seated}/ubah")
        if "Ada kursi untuk Anda" not in browser.get(following):
            raise AssertionError("the seat was not offered in the transaction that freed it")
        slowest = max(slowest, time.perf_counter() - started)
    where = f"{name}, {AT_ONCE - SEATS} wait, slowest of {FREED}"
    return [Figure("freed seat, until the next reads the offer", where, slowest, "s", 1)]


def _first_of(batch_id: int) -> tuple[str, str]:
    """The proofs of one who has a seat and of the first in the queue."""
    seated = db.session.scalars(
        sa.select(Registration)
        .where(Registration.batch_id == batch_id, Registration.state == "confirmed")
        .order_by(Registration.id)
        .limit(1)
    ).one()
    team = halls.waiting_teams(batch_id)[0].name
    first = db.session.scalars(sa.select(Registration).where(Registration.team == team)).one()
    paths = tuple(f"/bukti/{tokens.ticket_token(one)}" for one in (seated, first))
    db.session.remove()
    return paths
