"""Every page of the demo office on a desk, in the dark, and in the theme for outdoors."""

import pytest

from scripts import live
from tests.browser import axe
from tests.browser.crawl import walk

pytestmark = pytest.mark.browser


def test_every_page_is_accessible_on_a_desk_in_the_dark_and_outdoors(pages, browser):
    app, found = pages("full")

    def look(tab, page):
        return [
            *axe.run(tab),
            *axe.scrolls_sideways(tab),
            *axe.small_targets(tab, False, axe.ANYWHERE),
            *axe.crowded_labels(tab),
            *axe.high_contrast(tab),
        ]

    faults = walk(browser, app, found, live.DESK, "dark", look)

    assert faults == [], "\n".join(faults)
