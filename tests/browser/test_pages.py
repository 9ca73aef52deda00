"""Every page of the demo office in a real Chromium: axe-core, no console error, no foreign request,
no sideways scrolling, nothing too small for a finger, no words of programmers."""

import pytest

from kopdiklat.demo import people
from scripts import live
from scripts.pages import SKIPPED, all_pages, unseen
from scripts.pictures import send_empty
from tests.browser import axe

pytestmark = pytest.mark.browser

ON_A_PHONE = (None, "mentor", "door_staff", "manager")  # whose pages are made for a phone


@pytest.fixture
def pages(office):
    """(app, pages) of an office by name; the empty one has those that need no row."""

    def crawl(name: str):
        app = office(name)
        found = all_pages(app)
        return app, found

    return crawl


def test_every_route_has_a_page_in_the_crawl_or_a_reason(office):
    app = office("full")

    assert unseen(app) == []
    assert set(SKIPPED) <= set(app.view_functions)


def test_every_page_is_accessible_on_a_phone_and_fits_a_finger(pages, browser):
    app, found = pages("full")

    def look(tab, page):
        return [
            *axe.run(tab),
            *axe.scrolls_sideways(tab),
            *axe.small_targets(tab, page.role in ON_A_PHONE),
            *axe.left_over_words(tab),
            *axe.narrow(tab),
        ]

    faults = _walk(browser, app, found, live.PHONE, "light", look)

    assert faults == [], "\n".join(faults)


def test_every_page_is_accessible_on_a_desk_in_the_dark_and_outdoors(pages, browser):
    app, found = pages("full")

    def look(tab, page):
        return [
            *axe.run(tab),
            *axe.scrolls_sideways(tab),
            *axe.small_targets(tab, False, axe.ANYWHERE),
            *axe.high_contrast(tab),
        ]

    faults = _walk(browser, app, found, live.DESK, "dark", look)

    assert faults == [], "\n".join(faults)


def test_every_form_sent_empty_stays_accessible_and_says_so(pages, browser):
    app, found = pages("full")
    seen = []

    def look(tab, page):
        if not send_empty(tab):
            return []
        seen.append(tab.url)
        return [
            *axe.run(tab),
            *axe.scrolls_sideways(tab),
            *axe.small_targets(tab, page.role in ON_A_PHONE),
        ]

    faults = _walk(browser, app, found, live.PHONE, "light", look)

    assert faults == [], "\n".join(faults)
    assert len(seen) >= 20


def test_every_page_of_an_empty_office_is_accessible(pages, browser):
    app, found = pages("empty")

    def look(tab, page):
        return [*axe.run(tab), *axe.scrolls_sideways(tab), *axe.left_over_words(tab)]

    faults = _walk(browser, app, found, live.PHONE, "light", look)

    assert faults == [], "\n".join(faults)


def test_the_first_page_of_an_installation_offers_both_ways(office, browser):
    app = office("nothing")
    faults = []
    with live.serving(app) as address:
        context = live.open_context(browser, address, live.PHONE)
        tab = axe.Tab(context, address)
        for path in ("/", "/mulai-kantor"):
            tab.page.goto(path)
            faults += [*tab.take(), *axe.run(tab.page), *axe.narrow(tab.page)]
        tab.page.goto("/")
        offered = tab.page.locator("main").inner_text()
        context.close()

    assert faults == []
    assert "Coba contoh" in offered
    assert "Mulai kantor" in offered


def _walk(browser, app, pages, size, theme, look) -> list[str]:
    """What `look` finds on each page, as the role that opens it."""
    faults = []
    with live.serving(app) as address:
        by_role = {}
        for page in pages:
            by_role.setdefault(page.role, []).append(page)
        for role, own in by_role.items():
            context = live.open_context(browser, address, size, color_scheme=theme)
            if role:
                email = next(a[3] for a in people.ACCOUNTS if a[0] == role)
                live.sign_in(context, email, people.PASSWORD)
            tab = axe.Tab(context, address)
            for page in own:
                tab.page.goto(page.path)
                found = [*look(tab.page, page), *tab.take()]
                faults += [f"{page.path} ({role}): {fault}" for fault in found]
            context.close()
    return faults
