"""`make pictures`: every page of the running product, phone and desk, full, empty and in error.

Writes pictures/<full|empty|error>/<page>-<phone|desk>.png, those that README and guides show to
docs/pictures/, and the papers to pictures/papers/ (scripts/papers.py).
"""

import logging
import shutil
import sys
import tempfile
from pathlib import Path

from flask_migrate import upgrade

from kopdiklat import create_app, demo
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.demo import people
from scripts import live, papers
from scripts.pages import Page, all_pages, complete

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "pictures"
IN_DOCS = (
    "calendar-board_page-open-desk",
    "cooperatives-index-desk",
    "impact-show-desk",
    "mentoring-today-phone",
    "message_templates-edit-desk",
    "registration-invitation-phone",
    "registration-ticket-phone",
    "targeting-selection-desk",
    "training-new_batch-clash-desk",
    "training-show_batch-desk",
    "training-show_batch-invitations-desk",
)
SCROLLED = {"training-show_batch-invitations-desk": "#tabs"}  # where the picture begins
SIZES = {"phone": live.PHONE, "desk": live.DESK}
DOCS_SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1366, "height": 860}}
# Empties what a person would fill and sends the page's form, as a browser without checks would.
SEND_EMPTY = """() => {
  const form = document.querySelector('main form[method=post][novalidate]');
  if (!form) return false;
  form.querySelectorAll('input:not([type=hidden]):not([type=checkbox]):not([type=radio]), textarea')
    .forEach(field => { field.value = ''; });
  form.querySelectorAll('input[type=checkbox]').forEach(box => { box.checked = false; });
  HTMLFormElement.prototype.submit.call(form);
  return true;
}"""


def send_empty(tab) -> bool:
    """Send the form of a page with nothing in it; whether there was one and it was refused."""
    if not tab.query_selector("main form[method=post][novalidate]"):
        return False
    with tab.expect_navigation():
        tab.evaluate(SEND_EMPTY)
    return tab.title().startswith("Galat")


def _app(folder: str):
    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{folder}/pictures.db",
            "INSTANCE_PATH": folder,
            "RATELIMIT_ENABLED": False,
        }
    )
    with app.app_context():
        upgrade()
    logging.getLogger("kopdiklat").setLevel(logging.WARNING)
    return app


def _load_empty_office(now) -> None:
    """The office and its people, and nothing else."""
    hashed = people.password_hash()
    with transaction():
        people.make_users(people.make_offices(now), hashed, now)


def main(only: list[str]) -> int:
    """:param only: words of which a page's name must hold one; none means every page"""
    shutil.rmtree(TARGET, ignore_errors=True)
    with live.chromium() as browser:
        with tempfile.TemporaryDirectory() as folder:
            app = _app(folder)
            _take(browser, app, [Page("first-page", "/", None)], "empty")
            with app.app_context():
                demo.load(now=utc_now())
                complete()
                pages = _chosen(app, only)
            _take(browser, app, pages, "full")
            _take_for_docs(browser, app, pages)
            _take(browser, app, pages, "error")
        with tempfile.TemporaryDirectory() as folder:
            app = _app(folder)
            with app.app_context():
                _load_empty_office(utc_now())
                pages = _chosen(app, only)
            _take(browser, app, pages, "empty")
    if shutil.which("pdftoppm"):
        papers.main()
    print(f"{len(list(TARGET.rglob('*.png')))} pictures in {TARGET.relative_to(ROOT)}/")
    return 0


def _chosen(app, only: list[str]) -> list[Page]:
    app.config["WTF_CSRF_ENABLED"] = False
    pages = all_pages(app)
    app.config["WTF_CSRF_ENABLED"] = True
    db.session.remove()
    return [page for page in pages if not only or any(word in page.name for word in only)]


def _take_for_docs(browser, app, pages: list[Page]) -> None:
    """One screen of each page that a document shows, in few colours so that they are light."""
    from PIL import Image  # noqa: PLC0415, heavy

    folder = ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with live.serving(app) as address:
        for page in pages:
            for size_name, size in DOCS_SIZES.items():
                name = f"{page.name}-{size_name}"
                if name not in IN_DOCS:
                    continue
                context = _context(browser, address, size, page.role)
                tab = context.new_page()
                tab.goto(page.path)
                if name in SCROLLED:
                    tab.evaluate(
                        "at => document.querySelector(at).scrollIntoView()", SCROLLED[name]
                    )
                tab.screenshot(path=folder / f"{name}.png")
                context.close()
                Image.open(folder / f"{name}.png").convert("RGB").quantize(128, dither=0).save(
                    folder / f"{name}.png", optimize=True
                )


def _context(browser, address: str, size: dict, role: str | None):
    context = live.open_context(browser, address, size)
    if role:
        email = next(a[3] for a in people.ACCOUNTS if a[0] == role)
        live.sign_in(context, email, people.PASSWORD)
    return context


def _take(browser, app, pages, state: str) -> None:
    folder = TARGET / state
    folder.mkdir(parents=True, exist_ok=True)
    with live.serving(app) as address:
        for size_name, size in SIZES.items():
            contexts = {}
            for page in pages:
                if page.role not in contexts:
                    contexts[page.role] = _context(browser, address, size, page.role)
                _picture(contexts[page.role], page, folder / f"{page.name}-{size_name}.png", state)
            for context in contexts.values():
                context.close()


def _picture(context, page, path: Path, state: str) -> None:
    tab = context.new_page()
    answer = tab.goto(page.path)
    if state == "error" and not send_empty(tab):
        tab.close()
        return
    if answer and answer.status < 500:
        height = tab.evaluate("document.documentElement.scrollHeight")
        kept = tab.viewport_size
        tab.set_viewport_size(kept | {"height": max(kept["height"], height)})
        tab.screenshot(path=path, full_page=True)  # at full height no bar lies across the page
    tab.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
