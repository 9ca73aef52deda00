"""What the tests of the wizard's pages share: uploading, the jobs process, and words of a page."""

import io
import re

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import tasks
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db

THREE_ROWS = (
    {},
    {"Koperasi": "KSP Dua", "NIK": "12A45"},
    {"Koperasi": "KSP Tiga", "NIK": "", "Total Anggota": "1.2OO"},
)


def upload(client, content, name="koperasi.xlsx", kind="cooperatives", **fields):
    data = {"file": (io.BytesIO(content), name), **fields}
    return client.post(f"/imports/new/{kind}", data=data, content_type="multipart/form-data")


def work():
    while tasks.run_next_task(utc_now):
        pass
    db.session.rollback()


def checked(client, content, **fields):
    """Upload, let the jobs process check, and return the address of the import."""
    answer = upload(client, content, **fields)
    assert answer.status_code == 303, text(answer)
    work()
    return answer.location


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def count():
    return db.session.scalar(sa.select(sa.func.count(Cooperative.id)))


def saved(client, content, **fields):
    address = checked(client, content, **fields)
    client.post(address + "/saving", data={"rows": "valid"})
    work()
    return address
