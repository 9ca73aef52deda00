from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from kopdiklat.attendance.rules import STATE_LABELS
from kopdiklat.core.forms import BaseForm, choices, choices_of
from kopdiklat.core.text import collapse_spaces

NONE = "none"


class CorrectionForm(BaseForm):
    """One person's presence in one session. Whether a reason is needed is a rule."""

    state = RadioField(
        _l("Presensi"),
        choices=choices_of(STATE_LABELS) + choices([(NONE, _l("Belum dicatat"))]),
    )
    arrived = StringField(_l("Pukul datang"), validators=[Optional(), Length(max=20)])
    reason = TextAreaField(
        _l("Alasan perbaikan"),
        filters=[collapse_spaces],
        validators=[Optional(), Length(max=300, message=_l("Paling panjang 300 huruf."))],
    )
