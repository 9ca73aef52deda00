"""The board in a browser: by mouse, by keyboard alone, without script, and on a phone."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat import demo, tables
from kopdiklat.core import clock
from kopdiklat.core.db import db
from scripts import live
from tests.browser import axe

pytestmark = pytest.mark.browser

WHOLE_DESK = {"width": 1366, "height": 2200}  # the mouse reaches every hour without scrolling
Batch, TrainingSession = tables.training.Batch, tables.training.TrainingSession


@pytest.fixture
def board(office, browser):
    """An office, its address, and the last session of its draft: nobody is told when that moves."""
    app = office("full")
    with live.serving(app) as base:
        yield Board(app, browser, base)


class Board:
    def __init__(self, app, browser, base):
        self.app, self.browser, self.base = app, browser, base
        found = sa.select(Batch).where(Batch.state == "draft").order_by(Batch.id)
        self.ident = db.session.scalars(found).first().training_sessions[-1].id
        self.was = self.at()

    def at(self):
        """The wall clock of the session."""
        db.session.rollback()
        session = db.session.get_one(TrainingSession, self.ident)
        return clock.local(session.starts_at, session.time_zone)

    def open(self, size=WHOLE_DESK, path=None, **options):
        context = live.open_context(self.browser, self.base, size, **options)
        live.sign_in(context, "rina@contoh.id", demo.people.PASSWORD)
        tab = axe.Tab(context, self.base)
        tab.page.goto(path or f"/calendar/board?day={self.was.date()}")
        return tab

    @property
    def card(self):
        return f'[data-move="/training-sessions/{self.ident}/move"]'

    def cell(self, day, hour):
        return f'td[data-day="{day}"][data-hour="{hour}"]'


def drag(page, source, target, part=0.25):
    """As a hand does it: down, a few steps, up in the upper or lower part of the target."""
    start, end = page.locator(source).bounding_box(), page.locator(target).bounding_box()
    page.mouse.move(start["x"] + 12, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 30, start["y"] + 20, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] * part, steps=8)
    said = page.locator("[data-board-ghost]").inner_text()
    page.mouse.up()
    return said


def empty_hour(page, day):
    """An hour of that day in which nothing stands."""
    cells = page.locator(f'td[data-day="{day}"]:not(:has(.slot))')
    return int(cells.last.get_attribute("data-hour"))


def test_the_mouse_moves_a_draft_and_one_button_puts_it_back(board):
    tab = board.open()
    page = tab.page
    day = board.was.date()
    hour = empty_hour(page, day)

    said = drag(page, board.card, board.cell(day, hour), part=0.8)
    page.wait_for_url(re.compile("moved="))
    moved = board.at()
    page.click("text=Urungkan")
    page.wait_for_selector("text=Sesi kembali ke")

    assert f"{hour:02d}.30–" in said
    assert (moved.date(), moved.hour, moved.minute) == (day, hour, 30)
    assert board.at() == board.was
    assert tab.take() == []


def test_in_its_own_row_a_session_keeps_its_minutes_on_another_day(board):
    tab = board.open()
    page = tab.page
    other = board.was.date() - timedelta(days=1 if board.was.weekday() else -1)
    page.evaluate(
        "s => document.querySelectorAll(s).forEach(e => e.remove())",
        f'td[data-day="{other}"] .slot',
    )

    with page.expect_navigation():
        said = drag(page, board.card, board.cell(other, board.was.hour), part=0.9)

    # Free there, or taken by a session of the same batch: then in words, and nothing moved.
    assert f", {board.was:%H.%M}–" in said
    if page.locator(".error-summary").count():
        assert "Waktu itu dipakai sesi" in page.locator(".error-summary").inner_text()
    else:
        assert (board.at().date(), board.at().time()) == (other, board.was.time())


def test_a_drag_that_is_given_up_sends_nothing(board):
    tab = board.open()
    page = tab.page
    sent = []
    page.on(
        "request", lambda request: sent.append(request.method) if request.method == "POST" else None
    )
    start = page.locator(board.card).bounding_box()

    page.mouse.move(start["x"] + 12, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 300, start["y"] + 60, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    drag(page, board.card, "h1")
    page.wait_for_timeout(200)

    assert sent == []
    assert page.locator(".is-held, .is-target").count() == 0
    assert "Batal." in page.locator("[data-board-say]").inner_text()
    assert page.url.endswith(str(board.was.date()))


def test_keys_alone_move_a_session_and_say_where_it_is(board):
    tab = board.open()
    page = tab.page
    said = page.locator("[data-board-say]")
    grip = page.locator(f"{board.card} [data-grip]")
    grip.focus()

    page.keyboard.press("Enter")
    taken = said.inner_text()
    page.keyboard.press("ArrowRight")
    right = said.inner_text()
    held = grip.evaluate("e => e === document.activeElement")
    faults = axe.run(page)
    page.keyboard.press("Escape")
    given = said.inner_text()
    back = grip.evaluate("e => e === document.activeElement")
    page.keyboard.press(" ")
    for _n in range(5):
        page.keyboard.press("PageDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("moved="))

    assert taken.startswith("Diambil: ")
    next_day = board.was + timedelta(days=1)
    assert f" {next_day.day} " in right
    assert f"{board.was:%H.%M}–" in right
    assert given.startswith("Batal.")
    assert (held, back) == (True, True)
    assert board.at() == board.was + timedelta(hours=5, minutes=15)
    assert faults == []
    assert tab.take() == []


def test_leaving_a_taken_session_gives_it_up(board):
    tab = board.open()
    page = tab.page
    page.locator(f"{board.card} [data-grip]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")

    page.keyboard.press("Tab")

    assert "Batal." in page.locator("[data-board-say]").inner_text()
    assert page.locator(f"{board.card} [data-hours]").inner_text().startswith(f"{board.was:%H.%M}")


@pytest.mark.parametrize("size", [live.DESK, live.PHONE])
def test_without_script_a_form_moves_it(board, size):
    tab = board.open(size, java_script_enabled=False)
    page = tab.page
    to = board.was.date() + timedelta(days=7)

    page.locator(f'a[href="/training-sessions/{board.ident}/move"]:visible').click()
    page.fill("[name=day]", to.isoformat())
    page.fill("[name=hour]", "10.15")
    page.click("main button[type=submit] >> text=Pindahkan")
    page.wait_for_url(re.compile("moved="))
    moved = board.at()
    page.click("text=Urungkan")
    page.wait_for_selector("text=Sesi kembali ke")

    assert (moved.date(), f"{moved:%H.%M}") == (to, "10.15")
    assert board.at() == board.was


def test_people_are_asked_about_before_a_published_session_goes(board):
    found = sa.select(Batch).where(Batch.state == "published", Batch.number == 2)
    session = db.session.scalars(found).first().training_sessions[0]
    board.ident = session.id
    board.was = board.at()
    tab = board.open()
    page = tab.page

    page.locator(f"{board.card} [data-grip]").focus()
    page.keyboard.press("Enter")
    for _n in range(4):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=Periksa sebelum sesi dipindahkan")
    stayed = board.at()
    faults = [*axe.run(page), *axe.scrolls_sideways(page)]
    page.set_viewport_size(live.PHONE)
    faults += [*axe.run(page), *axe.narrow(page), *axe.small_targets(page, False)]
    page.click("text=/^Pindahkan dan beri tahu/")
    page.wait_for_selector("text=orang diberi tahu.")

    assert stayed == board.was
    assert board.at() == board.was - timedelta(hours=1)
    assert faults == []


@pytest.mark.parametrize(
    "path", ["/calendar", "/calendar?view=agenda", "/calendar/board", "/calendar/feeds"]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible_on_a_desk_and_a_phone(board, path, theme):
    faults = []
    for size in (live.DESK, live.PHONE):
        tab = board.open(size, path, color_scheme=theme)
        faults += [
            *axe.run(tab.page),
            *axe.scrolls_sideways(tab.page),
            *axe.small_targets(tab.page, False, axe.ANYWHERE if size is live.DESK else axe.TOUCH),
            *axe.left_over_words(tab.page),
            *tab.take(),
        ]
        if size is live.PHONE:
            faults += axe.narrow(tab.page)
        faults += axe.high_contrast(tab.page)

    assert faults == []


def test_a_month_is_printed_without_what_only_a_screen_needs(board):
    page = board.open(path="/calendar").page
    page.emulate_media(media="print")

    shown = [
        page.locator(s).first.is_visible()
        for s in (".month", ".calendar-key", ".places", ".filters")
    ]

    assert shown == [True, True, False, False]
