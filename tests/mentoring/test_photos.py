"""Photos of a note that is not sent yet."""

import pytest
import sqlalchemy as sa

from kopdiklat.core import files
from kopdiklat.core.db import db
from kopdiklat.core.files import StoredFile
from kopdiklat.core.images import PhotoRefused
from kopdiklat.mentoring import photos
from tests.mentoring.pages import photo


def test_take_stores_the_photo_that_its_token_names(app):
    kept = photos.open_token(photos.take(photo(), visit_id=7), visit_id=7, caption="Buku kas")

    assert (kept.width, kept.height, kept.caption) == (640, 480, "Buku kas")
    assert len(files.read(StoredFile(sha256=kept.sha256))) == kept.size


def test_open_token_gives_nothing_for_another_visit_or_a_changed_token(app):
    token = photos.take(photo(), visit_id=7)

    assert photos.open_token(token, visit_id=8) is None
    assert photos.open_token(token[:-1], visit_id=7) is None
    assert photos.open_token(None, visit_id=7) is None


def test_take_ends_the_reading_transaction_before_the_photo_is_decoded(app):
    """A broken one is refused by the decoder: by then the reading has ended."""
    db.session.execute(sa.text("SELECT 1"))
    assert db.session().in_transaction()

    with pytest.raises(PhotoRefused):
        photos.take(photo()[:300], visit_id=7)

    assert not db.session().in_transaction()
