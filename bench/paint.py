"""When a phone shows the main part of a page: the link, the processor and the screen of ux.md section 8.

Median of five cold visits; the server stands on loopback, so a handshake with a real one comes on top.
"""

import statistics

from bench.table import Figure
from kopdiklat import demo
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from scripts import live
from scripts.pages import all_pages, complete

VISITS = 5
SLOW_LINK = {
    "offline": False,
    "latency": 400,  # milliseconds there and back
    "downloadThroughput": 400_000 / 8,  # bytes a second
    "uploadThroughput": 400_000 / 8,
}
SLOWER_PROCESSOR = 4
LARGEST = """() => new Promise((done) => {
  new PerformanceObserver((list) => {
    done(list.getEntries().at(-1).startTime);
  }).observe({type: "largest-contentful-paint", buffered: true});
})"""
PAGES = ("registration-invitation", "registration-people", "applications-show_opening",
         "applications-apply")  # fmt: skip
MOST_SECONDS = 2.0


def run(app, where: str) -> list[Figure]:
    """Largest contentful paint of the pages by which people register."""
    demo.load(now=utc_now())
    complete()
    paths = {page.name: page.path for page in all_pages(app) if page.name in PAGES}
    db.session.remove()
    figures = []
    with live.serving(app) as address, live.chromium() as browser:
        for name in PAGES:
            seconds = [_visit(browser, address, paths[name]) for _ in range(VISITS)]
            median = statistics.median(seconds)
            figures.append(Figure(f"LCP of {name}, cold", where, median, "s", MOST_SECONDS))
    return figures


def _visit(browser, address: str, path: str) -> float:
    context = live.open_context(browser, address, live.PHONE)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW_LINK)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
    page.goto(path, wait_until="load", timeout=60_000)
    largest = page.evaluate(LARGEST)
    context.close()
    return largest / 1000
