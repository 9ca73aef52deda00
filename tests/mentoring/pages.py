"""What the tests of the pages share: a browser without one, and a mentor's visit."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from PIL import Image

from kopdiklat.core.db import db
from tests.factories import make_assignment, make_visit

HOUR = timedelta(hours=1)


def get(client, address):
    answer = client.get(address)
    return answer.status_code, answer.get_data(as_text=True)


def text_of(page):
    """The words of a page without its tags."""
    return re.sub(r"<[^>]+>", "", page)


def token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def post(client, address, data, page_address=None, **options):
    page = client.get(page_address or address).get_data(as_text=True)
    return client.post(address, data={"csrf_token": token(page)} | data, **options)


def photo(colour="red", size=(640, 480), kind="JPEG"):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def planned(**columns):
    assignment = make_assignment()
    return make_visit(assignment.mentor, assignment.cooperative, **columns)


def note_data(**changes):
    return {
        "note_uuid": str(uuid4()),
        "base_version": "0",
        "people-0-name": "Siti Aminah",
        "people-0-position": "Bendahara",
        "held_on": "2026-07-13",
        "starts": "09:00",
        "ends": "10:00",
        "condition": "Pembukuan belum harian.",
    } | changes


def count(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))
