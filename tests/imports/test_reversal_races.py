"""Taking an import back while somebody else works on its rows, each on a connection of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.imports import reversal, runs
from kopdiklat.imports.models import ImportRun
from kopdiklat.registration.models import Invitation
from tests.at_once import meanwhile, refusal_of
from tests.factories import NOW, make_batch, make_user
from tests.imports.files import register
from tests.imports.test_reversal import count, save


def take_back(run_id):
    """The sentence that refuses it, if any."""

    def reverse():
        run = lock(ImportRun, run_id)
        reversal.reverse(run, run.saved_at)
        run.state = "reversed"

    return refusal_of(reverse)


def test_a_change_that_was_first_is_waited_for_and_refuses_it(app, now):
    run_id = save("cooperatives", register(), now).id
    cooperative_id = db.session.scalar(sa.select(Cooperative.id))

    def rename():
        lock(Cooperative, cooperative_id).address = "Jl. Lain"

    with meanwhile(app, rename):
        sentence = take_back(run_id)

    assert sentence == (
        "Tidak dapat dibatalkan, karena sudah dipakai: 1 data yang diubah sesudah impor."
    )
    assert db.session.get_one(Cooperative, cooperative_id).address == "Jl. Lain"


def test_a_row_that_came_to_refer_to_it_first_is_waited_for_and_refuses_it(app, now):
    run_id = save("cooperatives", register(), now).id
    cooperative_id = db.session.scalar(sa.select(Cooperative.id))
    batch = make_batch(seats=9)
    invitation = {
        "office_id": batch.office_id,
        "batch_id": batch.id,
        "cooperative_id": cooperative_id,
        "nonce": "a" * 32,
        "token_hash": "b" * 64,
        "created_at": NOW,
    }

    with meanwhile(app, lambda: db.session.add(Invitation(**invitation))):
        sentence = take_back(run_id)

    assert sentence == "Tidak dapat dibatalkan, karena sudah dipakai: 1 undangan."
    assert count(Cooperative) == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/cooperatives/{cooperative}/annual-meetings/new", {"held_on": "2026-03-10"}),
        ("/batches/{batch}/selection?status=", {"cooperative": "{cooperative}"}),
    ],
)
def test_a_change_that_comes_second_finds_nothing(app, now, login_as, path, fields):
    run_id = save("cooperatives", register(), now).id
    ids = {"cooperative": db.session.scalar(sa.select(Cooperative.id)), "batch": make_batch().id}
    app.config["WTF_CSRF_ENABLED"] = False
    client = login_as(make_user("office_admin"))
    data = {"fiscal_year": "2025"} | {name: text.format(**ids) for name, text in fields.items()}

    def reverse():
        run = lock(ImportRun, run_id)
        reversal.reverse(run, run.saved_at)
        run.state = "reversed"

    with meanwhile(app, reverse):
        answer = client.post(path.format(**ids), data=data)

    assert answer.status_code == 404
    assert count(Cooperative) == 0
    assert count(Invitation) == 0


def test_two_tasks_at_once_take_it_back_once(app, now):
    run_id = save("cooperatives", register(), now).id
    user = make_user("coordinator")
    with transaction():
        run = db.session.get_one(ImportRun, run_id)
        run.saved_at = runs.utc_now()
        task_id = runs.request_reversal(run, user, runs.utc_now()).task_id
    db.session.remove()
    ready = threading.Barrier(2)

    def work(_number):
        with app.app_context():
            task = db.session.get_one(runs.Task, task_id)
            ready.wait(timeout=20)
            try:
                return runs.reverse(task, lambda done, total: None)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(work, range(2)))

    assert answers == [{"run": run_id}] * 2
    assert count(Cooperative) == 0
    changes = sa.text("SELECT count(*) FROM audit_entries WHERE action = 'delete'")
    assert db.session.scalar(changes) == 3


def test_an_import_waits_for_a_change_and_names_it_as_what_was_before(app, now):
    save("cooperatives", register(), now)
    cooperative_id = db.session.scalar(sa.select(Cooperative.id))

    def move():
        lock(Cooperative, cooperative_id).address = "Jl. Lain"

    with meanwhile(app, move):
        save("cooperatives", register({"Alamat": "Jl. Ketiga 3"}), now)

    assert db.session.get_one(Cooperative, cooperative_id).address == "Jl. Ketiga 3"
    changes = sa.select(AuditEntry.before).where(
        AuditEntry.object_type == "cooperatives", AuditEntry.action == "update"
    )
    befores = [before["address"] for before in db.session.scalars(changes.order_by(AuditEntry.id))]
    assert befores[-1] == "Jl. Lain"
