"""Every page of the demo office in a real Chromium: axe-core, no console error, no foreign request."""

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from kopdiklat import demo
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.demo import people
from scripts import live
from scripts.pages import all_pages
from tests import databases

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def demo_app(templates, tmp_path):
    from contextlib import contextmanager

    from kopdiklat import create_app

    with contextmanager(templates("sqlite").database)(tmp_path) as url:
        app = create_app(databases.settings(url, tmp_path) | {"WTF_CSRF_ENABLED": False})
        with app.app_context():
            demo.load(now=utc_now())
            yield app
            db.session.remove()
            db.engine.dispose()


@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("desk", "dark")])
def test_every_page_is_accessible_and_keeps_to_itself(demo_app, size, theme):
    pages = all_pages(demo_app)
    db.session.remove()
    faults = []
    with live.serving(demo_app) as address, live.chromium() as browser:
        contexts = {}
        for page in pages:
            if page.role not in contexts:
                contexts[page.role] = _context(browser, address, size, theme, page.role)
            faults += _faults(contexts[page.role], address, page)

    assert faults == []


def _context(browser, address, size, theme, role):
    viewport = live.PHONE if size == "phone" else live.DESK
    context = live.open_context(browser, address, viewport, color_scheme=theme)
    if role:
        email = next(a[3] for a in people.ACCOUNTS if a[0] == role)
        live.sign_in(context, email, people.PASSWORD)
    return context


def _faults(context, address, page) -> list[str]:
    tab = context.new_page()
    seen = []
    tab.on("console", lambda m: seen.append(m.text) if m.type == "error" else None)
    tab.on(
        "request", lambda r: None if r.url.startswith((address, "data:")) else seen.append(r.url)
    )
    tab.goto(page.path)
    tab.evaluate(AXE_FILE_PATH.read_text())
    result = tab.evaluate("options => axe.run(document, options)", RULES)
    for violation in result["violations"]:
        for node in violation["nodes"][:3]:
            seen.append(f"{violation['id']}: {node['html'][:120]} — {node['failureSummary'][:160]}")
    wide = tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    if wide:
        seen.append("scrolls sideways")
    tab.close()
    return [f"{page.path} ({page.role}): {fault}" for fault in seen]
