"""Every page of the demo office on a phone: axe-core, no console error, no foreign request, no
sideways scrolling, nothing too small for a finger, no words of programmers."""

import pytest

from scripts import live
from scripts.pages import SKIPPED, unseen
from tests.browser import axe
from tests.browser.crawl import ON_A_PHONE, walk

pytestmark = pytest.mark.browser


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
            *axe.crowded_labels(tab),
            *axe.cut_words(tab),
            *axe.narrow(tab),
        ]

    faults = walk(browser, app, found, live.PHONE, "light", look)

    assert faults == [], "\n".join(faults)
