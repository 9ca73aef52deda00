"""A new batch by keyboard alone on an office desk: as many actions and keys as we promise."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat import demo, tables
from kopdiklat.core.db import db, transaction
from scripts import live
from tests.browser import axe

pytestmark = pytest.mark.browser

SAVED = re.compile(r"/batches/\d+$")

Batch = tables.training.Batch


class Keys:
    """Counts every key and the actions among them: what a person chooses or sends."""

    def __init__(self, page):
        self.page, self.keys, self.actions = page, 0, 0

    def press(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name)
            self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def act(self, *names: str) -> None:
        self.press(*names)
        self.actions += 1


def batch_of_three_sessions(app) -> tuple[int, int]:
    """The latest batch of the demo keeps three sessions; its programme and itself."""
    with app.app_context():
        batch = db.session.scalars(sa.select(Batch).order_by(Batch.id.desc())).first()
        batch_id, programme_id = batch.id, batch.programme_id
        with transaction() as session:
            sessions = session.get(Batch, batch_id).training_sessions
            for extra in sessions[3:]:
                session.delete(extra)
        db.session.remove()
        return programme_id, batch_id


def made(app, after: int):
    with app.app_context():
        found = db.session.scalars(sa.select(Batch).where(Batch.id > after)).all()
        seen = [(b.state, len(b.training_sessions), b.days[0], b.number) for b in found]
        db.session.remove()
        return seen


def open_page(browser, base, path):
    context = live.open_context(browser, base, live.DESK)
    live.sign_in(context, "rina@contoh.id", demo.people.PASSWORD)
    page = context.new_page()
    page.goto(path)
    return page


def test_a_copy_with_three_sessions_takes_at_most_25_keys(office, browser):
    app = office("full")
    programme_id, source = batch_of_three_sessions(app)
    first = demo_monday(app)
    with live.serving(app) as base:
        page = open_page(browser, base, f"/programmes/{programme_id}")
        keys = Keys(page)

        link = page.locator("main a", has_text="Buat angkatan").first
        while not link.evaluate("e => e === document.activeElement"):
            keys.press("Tab")
        keys.act("Enter")
        page.wait_for_selector("#first_day:focus")
        fill_day(keys, page, first)
        keys.act("Enter")
        page.wait_for_url(SAVED)

        assert page.locator("h1").inner_text()
    assert made(app, source) == [("draft", 3, first, 2)]
    assert keys.keys <= 25
    assert keys.actions <= 3


def test_twelve_sessions_of_a_pattern_take_at_most_five_actions(office, browser):
    app = office("full")
    with app.app_context():
        course = db.session.scalar(
            sa.text("SELECT id FROM courses WHERE name = 'Penyusunan Laporan Keuangan'")
        )
        programme_id, last = db.session.execute(
            sa.text("SELECT programme_id, id FROM batches ORDER BY id DESC LIMIT 1")
        ).one()
        db.session.remove()
    first = demo_monday(app)
    with live.serving(app) as base:
        page = open_page(browser, base, f"/programmes/{programme_id}/batches/new")
        keys = Keys(page)
        page.select_option("#source", "course")
        page.wait_for_selector("text=Jadwal")
        with page.expect_response("**/batches/new"):
            page.select_option("#course_id", str(course))
        page.wait_for_selector("#totals >> text=12 sesi, 24 JP, 5 pemateri.")

        page.focus("#first_day")
        with page.expect_response("**/batches/new"):
            fill_day(keys, page, first)
        keys.actions += 1
        page.wait_for_selector("#first-note >> text=sampai")
        axe_faults = axe.run(page) + axe.scrolls_sideways(page)
        page.focus("#first_day")
        keys.act("Enter")
        page.wait_for_url(SAVED)

    assert axe_faults == []
    assert made(app, last) == [("draft", 12, first, 1)]
    assert keys.actions <= 5


def test_arrows_move_in_the_grid_enter_edits_and_comes_back(office, browser):
    app = office("full")
    with app.app_context():
        programme_id, last = db.session.execute(
            sa.text("SELECT programme_id, id FROM batches ORDER BY id DESC LIMIT 1")
        ).one()
        db.session.remove()
    with live.serving(app) as base:
        page = open_page(browser, base, f"/programmes/{programme_id}/batches/new?copy={last}")
        keys = Keys(page)
        page.focus("[data-cell='0.0'] > summary")

        keys.press("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowLeft")
        place = "document.activeElement.closest('[data-cell]').dataset.cell"
        moved = page.evaluate(place)
        keys.press("Enter")
        page.wait_for_selector("[data-cell='1.0'][open]")
        page.keyboard.press("Control+a")
        keys.type("Materi baru")
        with page.expect_response("**/batches/new*"):
            keys.press("Enter")
        page.wait_for_selector("[data-cell='1.0'] b >> text=Materi baru")
        back = page.evaluate(place)

    assert (moved, back) == ("1.0", "1.0")


def test_the_grid_is_made_anew_without_script(office, browser):
    app = office("full")
    with app.app_context():
        programme_id, last = db.session.execute(
            sa.text("SELECT programme_id, id FROM batches ORDER BY id DESC LIMIT 1")
        ).one()
        db.session.remove()
    first = demo_monday(app)
    with live.serving(app) as base:
        context = live.open_context(browser, base, live.PHONE, java_script_enabled=False)
        live.sign_in(context, "rina@contoh.id", demo.people.PASSWORD)
        page = context.new_page()
        page.goto(f"/programmes/{programme_id}/batches/new?copy={last}")

        page.fill("#first_day", first.isoformat())
        page.click("text=Susun ulang")
        shown = page.locator(".timetable__date summary").first.inner_text()
        page.click(".dock >> text=Simpan angkatan")
        page.wait_for_url(SAVED)

    assert str(first.year) in shown
    assert made(app, last)[0][2] == first


def fill_day(keys, page, day) -> None:
    """Eight digits; their order is that of the browser's own language, which a test cannot choose."""
    keys.type(f"{day:%m%d%Y}")
    if page.input_value("#first_day") != day.isoformat():
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        page.keyboard.type(f"{day:%d%m%Y}")
    assert page.input_value("#first_day") == day.isoformat()


def demo_monday(app):
    """A Monday on which the demo office is open and nobody teaches, far ahead."""
    with app.app_context():
        last = max(b.days[-1] for b in db.session.scalars(sa.select(Batch)) if b.days)
        db.session.remove()
    monday = last + timedelta(days=14 - last.weekday())
    while any((monday.month, (monday + timedelta(days=n)).day) in FIXED for n in range(3)):
        monday += timedelta(days=7)
    return monday


FIXED = {(1, 1), (5, 1), (6, 1), (8, 17), (12, 25)}
