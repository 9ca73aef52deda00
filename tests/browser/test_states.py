"""Pages in error, of an empty office, and of an empty installation."""

import pytest

from scripts import live
from scripts.pictures import send_empty
from tests.browser import axe
from tests.browser.crawl import ON_A_PHONE, walk

pytestmark = pytest.mark.browser


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

    faults = walk(browser, app, found, live.PHONE, "light", look)

    assert faults == [], "\n".join(faults)
    assert len(seen) >= 20


def test_every_page_of_an_empty_office_is_accessible(pages, browser):
    app, found = pages("empty")

    def look(tab, page):
        return [*axe.run(tab), *axe.scrolls_sideways(tab), *axe.left_over_words(tab)]

    faults = walk(browser, app, found, live.PHONE, "light", look)

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
