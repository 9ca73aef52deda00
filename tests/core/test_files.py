"""Stored bytes: kept while a row may come for them, then swept."""

import os
from datetime import timedelta
from pathlib import Path

from kopdiklat.core import files
from kopdiklat.core.db import transaction
from tests.factories import make_office


def put(content, now, days_old):
    digest = files.put(content)
    written = (now - timedelta(days=days_old)).timestamp()
    os.utime(files._path(digest), (written, written))
    return digest


def stored():
    return {path.name for path in Path(files.current_app.config["FILES_URL"]).glob("??/*")}


def test_bytes_without_a_row_are_swept_after_a_month(app, now):
    office = make_office()
    old, young = put(b"lama", now, 32), put(b"baru", now, 30)
    content = b"ada barisnya"
    kept = put(content, now, 400)
    with transaction() as session:
        session.add(
            files.row(
                content,
                kept,
                office_id=office.id,
                purpose="uji",
                name="uji.txt",
                content_type="text/plain",
                created_at=now,
            )
        )

    assert files.sweep_files(now) == 1
    assert old not in stored()
    assert stored() == {young, kept}


def test_bytes_that_are_put_again_are_young_again(app, now):
    digest = put(b"lama", now, 400)
    files.put(b"lama")

    assert files.sweep_files(now) == 0
    assert stored() == {digest}
