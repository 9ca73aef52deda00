"""`make pictures`: every page of the running product, phone and desk, full, empty and in error.

Writes pictures/<full|empty|error>/<page>-<phone|desk>.png, and those that the README shows to
docs/pictures/.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from flask_migrate import upgrade

from kopdiklat import create_app, demo
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.demo import people
from scripts import live
from scripts.pages import all_pages

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "pictures"
IN_README = (
    "cooperatives-index-desk",
    "impact-show-desk",
    "registration-invitation-phone",
    "mentoring-today-phone",
)
SIZES = {"phone": live.PHONE, "desk": live.DESK}
# Empties what a person would fill and sends the page's form, as a browser without checks would.
SEND_EMPTY = """() => {
  const form = document.querySelector('main form[method=post].form');
  if (!form) return false;
  form.querySelectorAll('input:not([type=hidden]):not([type=checkbox]):not([type=radio]), textarea')
    .forEach(field => { field.value = ''; });
  form.querySelectorAll('input[type=checkbox]').forEach(box => { box.checked = false; });
  HTMLFormElement.prototype.submit.call(form);
  return true;
}"""


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
    return app


def _load_empty_office(now) -> None:
    """The office and its people, and nothing else."""
    with transaction():
        people.make_users(people.make_offices(now), now)


def main(only: list[str]) -> int:
    shutil.rmtree(TARGET, ignore_errors=True)
    with live.chromium() as browser:
        with tempfile.TemporaryDirectory() as folder:
            app = _app(folder)
            with app.app_context():
                demo.load(now=utc_now())
                app.config["WTF_CSRF_ENABLED"] = False
                pages = [p for p in all_pages(app) if not only or p.name in only]
                app.config["WTF_CSRF_ENABLED"] = True
                db.session.remove()
            _take(browser, app, pages, "full")
            _take(browser, app, pages, "error")
        with tempfile.TemporaryDirectory() as folder:
            app = _app(folder)
            with app.app_context():
                _load_empty_office(utc_now())
            lists = [
                p for p in pages if not any(c.isdigit() for c in p.path) and p.role != "manager"
            ]
            _take(browser, app, [p for p in lists if "/daftar/" not in p.path], "empty")
    for name in IN_README:
        source = TARGET / "full" / f"{name}.png"
        if source.exists():
            (ROOT / "docs" / "pictures").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, ROOT / "docs" / "pictures" / f"{name}.png")
    print(f"{len(list(TARGET.rglob('*.png')))} pictures in {TARGET.relative_to(ROOT)}/")
    return 0


def _take(browser, app, pages, state: str) -> None:
    folder = TARGET / state
    folder.mkdir(parents=True, exist_ok=True)
    with live.serving(app) as address:
        for size_name, size in SIZES.items():
            contexts = {}
            for page in pages:
                if page.role not in contexts:
                    context = live.open_context(browser, address, size)
                    if page.role:
                        email = next(a[3] for a in people.ACCOUNTS if a[0] == page.role)
                        live.sign_in(context, email, people.PASSWORD)
                    contexts[page.role] = context
                _picture(contexts[page.role], page, folder / f"{page.name}-{size_name}.png", state)
            for context in contexts.values():
                context.close()


def _picture(context, page, path: Path, state: str) -> None:
    tab = context.new_page()
    answer = tab.goto(page.path)
    if state == "error":
        with (
            tab.expect_navigation() if tab.query_selector("main form[method=post]") else _nothing()
        ):
            sent = tab.evaluate(SEND_EMPTY)
        if not sent or "Galat" not in tab.title():
            tab.close()
            return
    if answer and answer.status < 500:
        tab.screenshot(path=path, full_page=True)
    tab.close()


class _nothing:  # noqa: N801, a context manager that waits for nothing
    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
