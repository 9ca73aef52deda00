"""Photos of a note that is not sent yet: stored by content, carried as signed tokens.

A token names a stored photo and the visit that it was uploaded for, so a form with an error keeps
its photos and nobody can hang a foreign file on a note.
"""

from itsdangerous import BadSignature, URLSafeTimedSerializer

from kopdiklat.core import files, images, keys
from kopdiklat.core.db import db
from kopdiklat.mentoring.models import VisitPhoto
from kopdiklat.mentoring.note_rules import NotePhoto

MAX_AGE_SECONDS = 30 * 24 * 3600  # a phone may be without signal for weeks


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(keys.secret_key("visit photo"))


def take(content: bytes, visit_id: int) -> str:
    """Check, re-encode and store one upload.

    Ends the reading transaction: none stays open while a photo is made small.
    :return: its token
    :raises PhotoRefused: with the sentence for the form
    """
    db.session.rollback()
    photo = images.read_photo(content)
    digest = files.put(photo.content)
    return sign(NotePhoto(digest, photo.width, photo.height, len(photo.content)), visit_id)


def sign(photo: NotePhoto, visit_id: int) -> str:
    return _signer().dumps([visit_id, photo.sha256, photo.width, photo.height, photo.size])


def open_token(token: str | None, visit_id: int, caption: str = "") -> NotePhoto | None:
    """The photo that a token names; None when it is foreign, changed or too old."""
    try:
        visit, sha256, width, height, size = _signer().loads(token or "", max_age=MAX_AGE_SECONDS)
    except (BadSignature, ValueError):
        return None
    return NotePhoto(sha256, width, height, size, caption) if visit == visit_id else None


def of_note(photo: VisitPhoto) -> NotePhoto:
    return NotePhoto(
        photo.file.sha256, photo.width, photo.height, photo.file.size, photo.caption or ""
    )
