from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, StringField

from kopdiklat.core.forms import BaseForm, Required
from kopdiklat.core.text import collapse_spaces


class SignInForm(BaseForm):
    name = StringField(
        _l("Email atau nomor HP"),
        filters=[collapse_spaces],
        validators=[Required(_l("Email atau nomor HP perlu diisi."))],
    )
    password = PasswordField(
        _l("Kata sandi"), validators=[Required(_l("Kata sandi perlu diisi."))]
    )
    remember = BooleanField(_l("Ingat perangkat ini 30 hari"))
