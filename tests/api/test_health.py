"""/healthz and /readyz."""

import sqlalchemy as sa

from kopdiklat.core import keys
from kopdiklat.core.db import db, transaction
from kopdiklat.core.heartbeats import JobHeartbeat


def detail(app):
    client = app.test_client()
    return client.get("/readyz", headers={"Authorization": f"Bearer {keys.monitor_token()}"})


def test_healthz_asks_no_database(app):
    statements = []
    listener = lambda *args: statements.append(args[2])  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", listener)

    answer = app.test_client().get("/healthz")

    sa.event.remove(db.engine, "before_cursor_execute", listener)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert statements == []


def test_readyz_writes_nothing_and_tells_a_stranger_nothing(app):
    answer = app.test_client().get("/readyz")

    assert (answer.status_code, answer.json) == (200, {"status": "ready"})
    assert db.session.scalar(sa.select(sa.func.count(JobHeartbeat.id))) == 0


def test_readyz_degrades_without_a_jobs_process(app):
    answer = detail(app)

    assert answer.status_code == 200
    assert answer.json["checks"]["database"] is True
    assert answer.json["checks"]["jobs"] is False
    assert answer.json["degraded"] is True


def test_readyz_is_unready_when_the_schema_is_behind(app):
    with transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))

    answer = detail(app)

    assert answer.status_code == 503
    assert answer.json["checks"]["schema"] is False


def test_readyz_is_unready_on_a_full_disk(app):
    app.config["LEAST_FREE_BYTES"] = 10**18

    assert app.test_client().get("/readyz").status_code == 503
