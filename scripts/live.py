"""A running Kopdiklat for pictures and browser tests: its own database, a real server, Chromium."""

import logging
import os
import threading
from contextlib import contextmanager

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1366, "height": 768}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def serving(app):
    """The app behind a real HTTP server on a free port of loopback; gives its address."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line per file says nothing here
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join(10)


@contextmanager
def chromium():
    """A headless Chromium of this machine (TEST_CHROMIUM names another one)."""
    path = os.environ.get("TEST_CHROMIUM") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def open_context(browser, base_url: str, size: dict, **options):
    """A browser context as our users have it: Indonesian, no reduced anything."""
    return browser.new_context(
        base_url=base_url,
        viewport=size,
        locale="id-ID",
        timezone_id="Asia/Jakarta",
        **options,
    )


def sign_in(context, email: str, password: str) -> None:
    """Through the form, as a person would."""
    page = context.new_page()
    page.goto("/masuk")
    page.fill("[name=name]", email)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/masuk" not in url)
    page.close()
