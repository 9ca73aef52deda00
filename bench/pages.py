"""Every page of the demo office: time and queries, as the role that opens it."""

import time

from flask import g
from flask.signals import request_finished

from bench.table import Figure
from kopdiklat import demo
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from scripts.pages import all_pages, complete, get, sign_in

ROUNDS = 25


def run(app, where: str) -> list[Figure]:
    """p95 of the slowest page and the most queries of any page; budgets of the house: 150 ms, 12."""
    demo.load(now=utc_now())
    complete()
    queries: list[int] = []

    def note(sender, **kwargs):
        queries.append(g.get("queries", 0))

    slowest, busiest = (0.0, ""), (0, "")
    with request_finished.connected_to(note, app):
        pages = all_pages(app)
        db.session.remove()  # our own reading must not stand idle beside what is measured
        clients = {}
        for page in pages:
            if page.role not in clients:
                clients[page.role] = app.test_client()
                sign_in(clients[page.role], page.role)
            times = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                get(clients[page.role], page.path)
                times.append((time.perf_counter() - start) * 1000)
            p95 = sorted(times)[int(ROUNDS * 0.95) - 1]
            slowest = max(slowest, (p95, page.name))
            busiest = max(busiest, (max(queries[-ROUNDS:]), page.name))
    return [
        Figure(f"slowest page p95 ({slowest[1]}, of {len(pages)})", where, slowest[0], "ms", 150),
        Figure(f"most queries of a page ({busiest[1]})", where, busiest[0], "queries", 12),
    ]
