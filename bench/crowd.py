"""A machine fills in the public form while a venue full of people registers, all from one address.

A real server of two processes behind what looks like a proxy, its limits on, connections of their own
for everybody. The machine is met in the four ways in which one may come; the people come with their
invitations, and as many again without.
"""

import http.cookiejar
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bench.process import free_port, wait_for
from kopdiklat.applications.models import Application
from kopdiklat.cooperatives.models import Cooperative, Officer, Person
from kopdiklat.core import keys
from kopdiklat.core.db import db, transaction
from kopdiklat.core.text import match_key
from kopdiklat.offices.models import Office
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch, Course, Programme, TrainingSession

ROOT = Path(__file__).parent.parent
VENUE = "203.0.113.7"  # everybody of the venue, and the machine that sits in it
READING = 1.2  # seconds; what is sent sooner no person has read
AT_ONCE = 8
WAYS = ("one_cookie", "replay", "blind", "new_cookies")


@dataclass
class Result:
    """Of `posts` per way, how many reached the database; who of the people got in."""

    posts: int
    people: int
    reached: dict[str, int] = field(default_factory=dict)
    invited_in: int = 0
    applied_in: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def percent(self) -> dict[str, float]:
        return {way: 100 * count / self.posts for way, count in self.reached.items()}


def run(app, url: str, posts: int = 500, people: int = 60, ways=WAYS) -> Result:
    """Each way of the machine; the people in the midst of the first, half of the invited in that which
    the limit of the address meets, where they must get in as well.

    :param app: on the database of `url`, migrated, inside its context
    """
    batch_id, links = _fill(people)
    db.session.remove()
    result = Result(posts, people)
    half = len(links) // 2 if "new_cookies" in ways[1:] else 0
    for n, way in enumerate(ways):
        invited = links[half:] if n == 0 else links[:half] if way == "new_cookies" else []
        before = _count(Application)
        with _server(app, url) as address:  # limits begin anew with each way
            machine = threading.Thread(target=_machine, args=(address, batch_id, way, result))
            machine.start()
            came = _people(address, batch_id, invited, people if n == 0 else 0, result)
            machine.join()
        result.applied_in += came
        result.reached[way] = _count(Application) - before - came
    result.invited_in = _count(Registration)
    return result


def _count(model) -> int:
    found = db.session.scalar(sa.select(sa.func.count(model.id))) or 0
    db.session.remove()  # no reading stands open while the server works
    return found


# -- the machine -----------------------------------------------------------------------------------


def _machine(address: str, batch_id: int, way: str, result: Result) -> None:
    """As many posts as fast as the server takes them."""
    path = f"/jadwal/{batch_id}/pengajuan"
    send = {
        "blind": _post_blind,
        "replay": _post_again,
        "one_cookie": _post_anew,
        "new_cookies": _post_as_new,
    }[way]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        share = -(-result.posts // AT_ONCE)
        shares = [min(share, result.posts - n * share) for n in range(AT_ONCE)]
        shared = Client(address)
        jobs = [threads.submit(send, shared, path, count, n) for n, count in enumerate(shares)]
        for job in jobs:
            try:
                job.result()
            except Exception as error:  # noqa: BLE001, told in the result
                result.errors.append(f"{way}: {error!r}")


def _post_blind(client: "Client", path: str, count: int, who: int) -> None:
    """Made-up fields, no form opened before."""
    for n in range(count):
        client.post(f"{path}/kirim", _answers(f"blind {who} {n}"))


def _post_again(client: "Client", path: str, count: int, who: int) -> None:
    """One form, opened once, sent again and again with other names."""
    form = client.form(path)
    time.sleep(READING)
    for n in range(count):
        client.post(f"{path}/kirim", form | _answers(f"replay {who} {n}"))


def _post_anew(client: "Client", path: str, count: int, who: int) -> None:
    """A form opened for each post, with one cookie."""
    forms = [client.form(path) for _ in range(count)]
    time.sleep(READING)
    for n, form in enumerate(forms):
        client.post(f"{path}/kirim", form | _answers(f"anew {who} {n}"))


def _post_as_new(client: "Client", path: str, count: int, who: int) -> None:
    """As a new device each time: what only the limit of the address meets."""
    devices = [Client(client.address) for _ in range(count)]
    forms = [device.form(path) for device in devices]
    time.sleep(READING)
    for n, (device, form) in enumerate(zip(devices, forms)):
        device.post(f"{path}/kirim", form | _answers(f"new {who} {n}"))


_phones = itertools.count(81_300_000_000)


def _answers(name: str) -> dict:
    return {
        "cooperative_name": f"Koperasi {name}",
        "district": "Kranggan",
        "others-0-full_name": f"Orang {name}",
        "others-0-phone": f"0{next(_phones)}",
        "others-0-position": "manager",
    }


# -- the people ------------------------------------------------------------------------------------


def _people(address: str, batch_id: int, links: list, without_link: int, result: Result) -> int:
    """Everybody opens, reads and sends, all within the same few seconds.

    :return: how many applications were taken
    """

    def by_invitation(link) -> None:
        path, officer_ids = link
        client = Client(address)
        form = client.form(path)
        time.sleep(READING)
        client.post(f"{path}/pendaftaran", form | {"officers": officer_ids})

    def without(n: int) -> bool:
        client = Client(address)
        path = f"/jadwal/{batch_id}/pengajuan"
        form = client.form(path)
        time.sleep(READING)
        return "/pengajuan/" in client.post(f"{path}/kirim", form | _answers(f"person {n}"))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        invited = [threads.submit(by_invitation, link) for link in links]
        applied = [threads.submit(without, n) for n in range(without_link)]
        for job in [*invited, *applied]:
            if error := job.exception():
                result.errors.append(f"person: {error!r}")
    return sum(job.result() for job in applied if not job.exception())


class Client:
    """One device behind the venue's address: cookies of its own."""

    def __init__(self, address: str, forwarded: str = VENUE):
        self.address = address
        self._headers = {"X-Forwarded-For": forwarded, "Accept-Encoding": "identity"}
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        request = urllib.request.Request(self.address + path, headers=self._headers)
        return self._opener.open(request, timeout=60).read().decode()

    def form(self, path: str) -> dict:
        """The hidden answers of the form on a page."""
        tags = re.findall(r'<input[^>]*name="(?:csrf_token|shown)"[^>]*>', self.get(path))
        return {_attribute(tag, "name"): _attribute(tag, "value") for tag in tags}

    def post(self, path: str, fields: dict) -> str:
        """The address of the page that came of it; empty when it was turned away."""
        body = urllib.parse.urlencode(fields, doseq=True).encode()
        headers = self._headers | {"Referer": self.address}
        request = urllib.request.Request(self.address + path, body, headers)
        try:
            return self._opener.open(request, timeout=60).geturl()
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise
            return ""


def _attribute(tag: str, name: str) -> str:
    return re.search(rf'{name}="([^"]*)"', tag)[1]


# -- the server and its rows -----------------------------------------------------------------------


@contextmanager
def _server(app, url: str):
    """Two processes with their limits on, behind one trusted proxy."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = {
            k: v for k, v in os.environ.items() if k not in ("BASE_URL", "REDIS_URL")
        } | {
            "INSTANCE_PATH": folder,
            "DATABASE_URL": url,
            "SECRET_KEY": app.config["SECRET_KEY"],
            "DATA_KEY": app.config["DATA_KEY"],
            "TRUSTED_PROXIES": "1",
            "LOG_LEVEL": "ERROR",
            "PORT": str(port),
        }
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "8",
             "--log-level", "critical", "-b", f"127.0.0.1:{port}", "app:app"],
            cwd=ROOT, env=environment,
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(15)


def _fill(people: int) -> tuple[int, list]:
    """An opening with seats for everybody, and an invitation for each cooperative.

    :return: the batch, and (path, officer ids) of each invitation
    """
    now = datetime.now(UTC)
    with transaction() as session:
        office = session.scalar(sa.select(Office)) or Office(
            code="3576", name="Dinas", region_name="Kota", time_zone="WIB", created_at=now
        )
        programme = Programme(
            office=office, name="Bimtek", year=now.year, open_registration=True, created_at=now
        )
        course = Course(office=office, name="Akuntabilitas", created_at=now)
        session.add_all([office, programme, course])
        session.flush()
        batch = Batch(
            office_id=office.id, programme=programme, course=course, number=1, state="published",
            seats=2 * people, venue="Aula", time_zone="WIB", created_at=now,
            registration_opens_at=now - timedelta(days=1),
            registration_closes_at=now + timedelta(days=1),
        )  # fmt: skip
        batch.training_sessions = [
            TrainingSession(
                topic="Pembukuan", time_zone="WIB", starts_at=now + timedelta(days=3),
                ends_at=now + timedelta(days=3, hours=2),
            )
        ]  # fmt: skip
        session.add(batch)
        session.flush()
        links = [_invite(session, batch, n, now) for n in range(people)]
        return batch.id, links


def _invite(session, batch: Batch, n: int, now: datetime) -> tuple[str, list[str]]:
    cooperative = Cooperative(
        office_id=batch.office_id, name=f"Koperasi {n}", name_key=match_key(f"Koperasi {n}"),
        cooperative_type="consumer", created_at=now,
    )  # fmt: skip
    session.add(cooperative)
    session.flush()
    officers = [
        Officer(
            cooperative_id=cooperative.id, position=position,
            person=Person(office_id=batch.office_id, full_name=f"{position} {n}", created_at=now),
        )
        for position in ("chair", "treasurer")
    ]  # fmt: skip
    nonce = keys.new_nonce()
    invitation = Invitation(
        office_id=batch.office_id, batch_id=batch.id, cooperative_id=cooperative.id, people=2,
        nonce=nonce, created_at=now,
        token_hash=keys.token_hash(tokens.INVITATION, keys.token_for(tokens.INVITATION, nonce)),
    )  # fmt: skip
    session.add_all([*officers, invitation])
    session.flush()
    return f"/daftar/{tokens.invitation_token(invitation)}", [str(o.id) for o in officers]
