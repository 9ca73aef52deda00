import re
from datetime import UTC, datetime, timedelta

import pytest

from kopdiklat.core import heartbeats
from kopdiklat.core.db import transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.core.tasks import Task
from kopdiklat.dashboard import system
from kopdiklat.jobs.schedule import JOBS
from tests.factories import make_office, make_user


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def states(now):
    return {part.name: part.state for part in system.parts(now, "WIB")}


@pytest.fixture
def moment():
    return datetime.now(UTC)


def message(office, moment, **columns):
    with transaction() as session:
        session.add(
            OutboxMessage(
                office_id=office.id,
                kind="invitation.sent",
                recipient="a@contoh.id",
                recipient_name="Siti",
                payload={},
                created_at=moment,
                **({"channel": "email", "dedupe_key": "x", "due_at": moment} | columns),
            )
        )


def task(office, moment, **columns):
    with transaction() as session:
        session.add(
            Task(
                office_id=office.id,
                user_name="Rina",
                kind="import.check",
                payload={},
                **({"created_at": moment} | columns),
            )
        )


def test_system_is_well_when_the_jobs_process_beats(app, moment):
    with transaction():
        heartbeats.beat(heartbeats.PROCESS, "satu", moment)

    found = states(moment)

    assert found["Proses pekerjaan"] == "good"
    assert (found["Basis data"], found["Skema"]) == ("good", "good")
    assert (found["Kotak keluar email"], found["Pekerjaan panjang"]) == ("good", "good")


def test_system_says_what_to_do_when_the_jobs_process_is_silent(app, moment):
    with transaction():
        heartbeats.beat(heartbeats.PROCESS, "satu", moment - timedelta(minutes=2))

    part = next(p for p in system.parts(moment, "WIB") if p.name == "Proses pekerjaan")

    assert (part.state, "flask jobs run" in part.advice) == ("bad", True)


def test_system_watches_the_age_of_the_oldest_message(app, moment):
    message(make_office(), moment, due_at=moment - timedelta(minutes=31))

    assert states(moment)["Kotak keluar email"] == "bad"


def test_system_counts_of_the_gateway_only_what_it_is_still_to_send(app, moment):
    app.config["WHATSAPP_TEMPLATES"] = {"invitation.sent": "undangan"}
    office, ago = make_office(), moment - timedelta(hours=1)
    for n, column in enumerate(("due_at", "sent_at", "given_up_at", "expires_at")):
        message(office, moment, channel="gateway", dedupe_key=f"x{n}", **{column: ago})

    part = next(p for p in system.parts(moment, "WIB") if p.name == "Gerbang WhatsApp")

    assert part.says == "1 menunggu"


def test_system_watches_tasks_that_do_not_move(app, moment):
    task(make_office(), moment, created_at=moment - timedelta(minutes=11))

    assert states(moment)["Pekerjaan panjang"] == "bad"


def test_system_lists_every_job_with_its_last_run(app, moment):
    with transaction():
        heartbeats.beat("send due messages", "satu", moment)
        heartbeats.note_failure("remind participants", "satu", moment, "OSError: penuh")

    found = {run.label: run for run in system.runs()}

    assert len(found) == len(JOBS)
    assert (found["Mengirim email"].state, found["Mengirim email"].last) == ("good", moment)
    assert (found["Mengingatkan peserta"].state, found["Mengingatkan peserta"].error) == (
        "bad", "OSError: penuh",
    )  # fmt: skip
    assert (found["Menyusun ringkasan harian"].state, found["Menyusun ringkasan harian"].every) == (
        "none", "setiap 5 menit",
    )  # fmt: skip


def test_system_page_is_for_administrators_only(app, login_as):
    for role, status in (("platform_admin", 200), ("office_admin", 200), ("coordinator", 404)):
        assert login_as(make_user(role)).get("/system").status_code == status


def test_tasks_show_progress_of_the_own_office(app, login_as, moment):
    office = make_office()
    task(office, moment, state="running", done=320, total=500, heartbeat_at=moment)
    task(make_office("3516", "Dinas Koperasi Kabupaten"), moment)

    page = login_as(make_user("coordinator", office)).get("/tasks")

    shown = text_of(page)
    assert "320 dari 500" in shown
    assert shown.count("Rina") == 1
    assert 'hx-trigger="every 2s"' in page.get_data(as_text=True)


def test_tasks_say_when_nothing_runs(app, login_as):
    assert "Tidak ada pekerjaan berjalan" in text_of(
        login_as(make_user("coordinator")).get("/tasks")
    )


def test_system_shows_a_gateway_that_refuses_our_token_until_it_takes_something(app, moment):
    assert "Gerbang WhatsApp" not in states(moment)
    app.config["WHATSAPP_TEMPLATES"] = {"invitation.sent": "undangan"}
    with transaction():
        heartbeats.note_failure("channel gateway", "uji", moment, "Kunci ditolak (190).")

    part = next(p for p in system.parts(moment, "WIB") if p.name == "Gerbang WhatsApp")
    jobs = states(moment)["Proses pekerjaan"]
    with transaction():
        heartbeats.beat("channel gateway", "uji", moment + timedelta(minutes=1))

    assert (part.state, part.advice, jobs) == ("bad", "Kunci ditolak (190).", "bad")
    assert states(moment)["Gerbang WhatsApp"] == "good"
