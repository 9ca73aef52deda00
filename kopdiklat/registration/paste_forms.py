from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import TextAreaField

from kopdiklat.core.forms import BaseForm


class PasteForm(BaseForm):
    """A text, or a file whose list becomes the text."""

    text = TextAreaField(_l("Daftar peserta"))
    file = FileField(_l("Atau unggah berkas Excel atau CSV"))
