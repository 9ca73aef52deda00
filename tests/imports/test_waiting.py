"""While an import writes, whoever else writes waits for it and is then served."""

import threading
import time

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db, transaction
from kopdiklat.imports import service
from kopdiklat.imports.kinds.base import Options
from kopdiklat.offices.models import Office
from tests.factories import make_batch, make_office, make_registration
from tests.imports.files import register


def test_a_registration_during_an_import_is_not_refused(app, now):
    office_id = make_office().id
    batch = make_batch(seats=9)
    db.session.rollback()
    writing = threading.Event()

    def dawdle(connection, cursor, statement, *rest):
        if statement.startswith("INSERT INTO yearly_figures"):
            writing.set()
            time.sleep(0.5)

    def run():
        book = service.Workbook("cooperatives", register(), "a.xlsx")
        with app.app_context(), transaction() as session:
            office = session.get_one(Office, office_id)
            service.save(book, office, Options(), valid_only=False, now=now)

    sa.event.listen(db.engine, "after_cursor_execute", dawdle)
    importing = threading.Thread(target=run)
    importing.start()
    assert writing.wait(10)
    make_registration(batch)
    importing.join()
    sa.event.remove(db.engine, "after_cursor_execute", dawdle)

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Cooperative)) == 2
