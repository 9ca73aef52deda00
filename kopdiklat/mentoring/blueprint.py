from flask import Blueprint, request
from flask_babel import gettext as _

from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core.images import MAX_UPLOAD
from kopdiklat.mentoring import note_rules, rules

bp = Blueprint("mentoring", __name__)


@bp.url_value_preprocessor
def allow_photos(endpoint, values):
    """Room for five photos as a camera makes them; set before the form is read for its token."""
    if endpoint == "mentoring.write_note":
        request.max_content_length = note_rules.MAX_PHOTOS * MAX_UPLOAD + 2_000_000
    elif endpoint == "mentoring.add_photo":
        request.max_content_length = MAX_UPLOAD + 1_000_000


@bp.app_context_processor
def words():
    return {"position_word": position_word, "mode_labels": rules.MODE_LABELS}


def position_word(position: str | None) -> str:
    """A position in words, whether it was kept as a code or as typed."""
    return _(POSITION_LABELS[position]) if position in POSITION_LABELS else position or ""
