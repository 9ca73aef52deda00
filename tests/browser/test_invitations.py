"""Forty invitations, the minute in which they can be taken back, and a sender that really sends."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat import demo, tables
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import invitation_views
from scripts import live
from tests.browser import axe
from tests.factories import (
    make_batch,
    make_invitation,
    make_officer,
    make_person,
    make_training_session,
)
from tests.notifications.mail import never_quiet, smtp_server

pytestmark = [pytest.mark.browser, pytest.mark.race]

MANY = 40
COOPERATIVES, OFFICES = tables.cooperatives.Cooperative, tables.offices.Office


def forty_invitations() -> int:
    """A batch of the demo that invites forty cooperatives with an e-mail each; its id."""
    now = utc_now()
    # The crawl's own messages are no part of this, and it is day at the office.
    with transaction() as session:
        session.execute(sa.update(OutboxMessage).values(sent_at=now))
    never_quiet()
    office = db.session.scalars(sa.select(OFFICES).where(OFFICES.code == "3576")).one()
    batch = make_batch(
        office,
        seats=60,
        sessions=0,
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=now + timedelta(days=9),
    )
    make_training_session(batch, starts_at=now + timedelta(days=12))
    of_office = sa.select(COOPERATIVES).where(COOPERATIVES.office_id == office.id)
    for cooperative in db.session.scalars(of_office.order_by(COOPERATIVES.id).limit(MANY)).all():
        person = make_person(office, email=f"koperasi{cooperative.id}@contoh.id")
        make_officer(cooperative, person)
        make_invitation(batch, cooperative)
    batch_id = batch.id
    db.session.remove()
    return batch_id


@contextmanager
def sender(app):
    """The real jobs process, sending to the mail server that the app knows."""
    names = ("INSTANCE_PATH", "SECRET_KEY", "DATA_KEY", "BASE_URL", "MAIL_URL")
    environment = os.environ | {name: app.config[name] for name in names}
    environment |= {"DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"], "FLASK_APP": "app"}
    process = subprocess.Popen([sys.executable, "-m", "flask", "jobs", "run"], env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until(true, seconds=60):
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.1)
    return true()


def left_in_the_outbox():
    db.session.rollback()
    return db.session.scalar(
        sa.select(sa.func.count(OutboxMessage.id)).where(OutboxMessage.sent_at.is_(None))
    )


@pytest.mark.parametrize("size", [live.DESK, live.PHONE], ids=["desk", "phone"])
def test_forty_invitations_are_taken_back_within_the_minute(office, browser, monkeypatch, size):
    app = office("full")
    batch_id = forty_invitations()
    with smtp_server() as (url, mailbox), live.serving(app) as address, sender(app_at(app, url)):
        context = live.open_context(browser, address, size)
        live.sign_in(context, "rina@contoh.id", demo.people.PASSWORD)
        page = context.new_page()
        page.goto(f"/batches/{batch_id}?tab=invitations")

        page.get_by_role("button", name="Kirim undangan", exact=True).click()
        banner = page.locator("[data-until]")
        assert 50 <= int(banner.get_attribute("data-until")) <= 60
        assert f"{MANY} undangan menunggu dikirim" in banner.inner_text()
        page.wait_for_function(
            "() => /dikirim \\d+ detik lagi/.test(document.querySelector('[data-until]').innerText)"
        )
        assert axe.run(page) == []
        assert axe.scrolls_sideways(page) == []
        page.get_by_role("button", name="Batalkan kirim").click()
        assert f"{MANY} undangan batal dikirim." in page.locator("main").inner_text()
        assert (left_in_the_outbox(), mailbox.messages) == (0, [])

        # The minute made short, the same sender sends what is not taken back: each once, though
        # the button is pressed twice.
        monkeypatch.setattr(invitation_views, "HOLD", timedelta(seconds=3))
        for _ in range(2):
            page.get_by_role("button", name="Kirim undangan", exact=True).click()
            page.wait_for_load_state()
        assert wait_until(lambda: len(mailbox.messages) >= MANY)
        assert wait_until(lambda: left_in_the_outbox() == 0)
        time.sleep(1)
        page.reload()
        told = re.findall(r"email terkirim", page.locator("main").inner_text())
        context.close()

    assert len(mailbox.recipients) == len(set(mailbox.recipients)) == MANY
    assert len(told) == 25  # a page of them


def app_at(app, mail_url):
    app.config["MAIL_URL"] = mail_url
    return app
