"""Choosing targets in a browser: the live count, the keys, and the same without script."""

import statistics

import pytest
import sqlalchemy as sa

from kopdiklat import demo, tables
from kopdiklat.core.db import db
from scripts import live
from tests.browser import axe
from tests.browser.test_new_batch import Keys, open_page

pytestmark = pytest.mark.browser

Batch = tables.training.Batch
Invitation = tables.registration.Invitation
LIMIT_MS = 300
ROUNDS = 7

# The wait of a person: from the press to the changed words in the region that is read out.
PRESS_AND_WAIT = """(id) => new Promise((resolve) => {
  const region = document.getElementById('selection-live');
  const begun = performance.now();
  new MutationObserver((_, observer) => {
    observer.disconnect();
    const wait = performance.now() - begun;
    // Once the rest of the page has settled.
    setTimeout(() => resolve([wait, region.textContent.trim(), region.isConnected]), 200);
  }).observe(region, { childList: true, characterData: true, subtree: true });
  const box = document.getElementById(id);
  box.focus();
  box.click();
})"""


def open_batch(app):
    """The batch of the demo that takes registrations and has not begun; its programme."""
    with app.app_context():
        batch_id = db.session.scalar(
            sa.select(Batch.id).where(Batch.state == "published").order_by(Batch.id.desc())
        )
        db.session.remove()
        return batch_id


def invited(app, batch_id):
    with app.app_context():
        found = sa.select(sa.func.count(Invitation.id)).where(Invitation.batch_id == batch_id)
        count = db.session.scalar(found)
        db.session.remove()
        return count


def test_the_count_changes_within_300_ms_is_announced_and_stands_in_the_address(office, browser):
    app = office("full")
    batch_id = open_batch(app)
    with live.serving(app) as base:
        page = open_page(browser, base, f"/batches/{batch_id}/selection?all=1")
        polite = page.get_attribute("#selection-live", "aria-live")
        before = page.inner_text("#selection-live")
        waits, told = [], []
        for _ in range(ROUNDS):
            wait, words, is_there = page.evaluate(PRESS_AND_WAIT, "f-status-3")
            assert is_there  # the same region: another one would not be read out
            waits.append(wait)
            told.append(words)
        focused = page.evaluate("document.activeElement.id")
        address = page.url
        shown = page.inner_text("#choose-form b.large")

    assert polite == "polite"
    assert told[0] != before.strip()
    assert told[0] == told[2] != told[1]
    assert "status=under_supervision" in address
    assert told[-1].startswith(shown)
    assert focused == "f-status-3"
    assert statistics.median(waits) <= LIMIT_MS, waits


def test_a_locked_list_and_its_printed_record_are_accessible(office, browser):
    """The crawl sees the one that was drawn."""
    app = office("full")
    with live.serving(app) as base:
        page = open_page(browser, base, "/lotteries/2")
        asks = page.locator("button >> text=Undi sekarang").count()
        faults = axe.run(page) + axe.scrolls_sideways(page)
        page.goto("/lotteries/2/record")
        faults += axe.run(page) + axe.scrolls_sideways(page)

    assert asks == 1
    assert faults == []


def test_an_empty_list_names_the_strictest_filter_and_lifts_it(office, browser):
    app = office("full")
    batch_id = open_batch(app)
    with live.serving(app) as base:
        page = open_page(
            browser, base, f"/batches/{batch_id}/selection?all=1&status=healthy&rank=more"
        )
        said = page.inner_text("#selection-live")
        title = page.inner_text(".empty")
        faults = axe.run(page) + axe.scrolls_sideways(page)
        page.click(".empty a")
        page.wait_for_load_state()
        count = page.inner_text("#choose-form b.large")

    assert said.startswith("0 koperasi cocok; paling banyak disaring oleh ")
    assert "Longgarkan saringan itu dulu." in title
    assert faults == []
    assert not count.startswith("0 ")


def test_forty_are_chosen_by_health_and_rank_and_invited_with_at_most_15_keys(office, browser):
    app = office("full")
    batch_id = open_batch(app)
    before = invited(app, batch_id)
    with live.serving(app) as base:
        page = open_page(browser, base, f"/batches/{batch_id}?tab=invitations")
        keys = Keys(page)

        page.click("main >> text=Pilih sasaran >> nth=0")
        keys.keys += 1
        page.wait_for_selector("#choose-form")
        with page.expect_response("**/selection"):
            page.click("label:has(#f-status-2)")
        keys.keys += 1
        page.wait_for_selector("#f-status-2:checked")
        page.focus("#n")
        keys.press("Control+a")
        keys.type("40")
        keys.press("Control+Enter")
        page.wait_for_url("**tab=invitations*")
        said = page.inner_text(".flashes")
        page.click("button >> text=Kirim undangan")
        keys.keys += 1
        page.wait_for_selector(".flashes >> text=masuk daftar Kirim lewat WhatsApp")

    assert said.startswith("40 koperasi ditambahkan.")
    assert invited(app, batch_id) == before + 40
    assert keys.keys <= 15


def test_arrows_and_x_tick_rows_and_the_choice_stays_on_the_next_page(office, browser):
    app = office("full")
    batch_id = open_batch(app)
    with live.serving(app) as base:
        page = open_page(browser, base, f"/batches/{batch_id}/selection?all=1&n=0&pick=")
        boxes = page.locator("tbody input[name=cooperative]")
        first = boxes.nth(0).get_attribute("id")
        third = boxes.nth(2).get_attribute("id")
        page.focus(f"#{first}")
        with page.expect_response("**/selection"):
            page.keyboard.press("x")
        page.wait_for_selector("text=1 dipilih dari")
        with page.expect_response("**/selection"):
            page.keyboard.press("Shift+ArrowDown")
        page.wait_for_selector("text=2 dipilih dari")
        page.keyboard.press("ArrowDown")
        focused = page.evaluate("document.activeElement.id")
        page.click(".pagination >> text=Berikutnya")
        page.wait_for_url("**page=2*")
        kept = page.inner_text("#selection-dock")
        page.click("text=Lihat pilihan")
        page.wait_for_url("**show=chosen*")
        ticked = page.locator("tbody input[name=cooperative]:checked").count()

    assert focused == third
    assert kept.startswith("2 dipilih dari")
    assert ticked == 2


def test_the_same_works_without_script(office, browser):
    app = office("full")
    batch_id = open_batch(app)
    before = invited(app, batch_id)
    with live.serving(app) as base:
        context = live.open_context(browser, base, live.PHONE, java_script_enabled=False)
        live.sign_in(context, "rina@contoh.id", demo.people.PASSWORD)
        page = context.new_page()
        page.goto(f"/batches/{batch_id}/selection?all=1&n=0&pick=")
        ident = page.locator("tbody input[name=cooperative]").first.get_attribute("value")
        page.check(f"#c-{ident}")
        page.check("#f-status-2")
        page.click("text=Terapkan")
        page.wait_for_url("**status=fairly_healthy*")
        dock = page.inner_text("#selection-dock")
        page.click(".dock >> text=Tambahkan ke undangan")
        page.wait_for_url("**tab=invitations*")

    assert dock.startswith("1 dipilih dari")
    assert "1 di luar saringan ini" in dock
    assert invited(app, batch_id) == before + 1
