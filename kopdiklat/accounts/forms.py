from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields import DateField, TextAreaField
from wtforms.validators import Email, Length, Optional

from kopdiklat.accounts import rules
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, Required
from kopdiklat.core.text import collapse_spaces
from kopdiklat.policy import ROLE_LABELS

LANGUAGES = [("id", "Indonesia"), ("en", "English")]


class SignInForm(BaseForm):
    name = StringField(
        _l("Email atau nomor HP"),
        filters=[collapse_spaces],
        validators=[
            Required(_l("Email atau nomor HP perlu diisi.")),
            Length(max=254, message=_l("Email atau nomor HP terlalu panjang.")),
        ],
    )
    password = PasswordField(
        _l("Kata sandi"),
        validators=[
            Required(_l("Kata sandi perlu diisi.")),
            Length(max=128, message=_l("Kata sandi paling panjang 128 karakter.")),
        ],
    )
    remember = BooleanField(
        _l("Ingat perangkat ini 30 hari. Jangan dicentang di komputer bersama.")
    )
    next = HiddenField()


class CodeForm(BaseForm):
    code = StringField(
        _l("Kode 6 angka"),
        validators=[
            Required(_l("Kode perlu diisi, 6 angka.")),
            Length(max=12, message=_l("Kode terdiri dari 6 angka.")),
        ],
    )
    next = HiddenField()


class ForgottenForm(BaseForm):
    name = StringField(
        _l("Email atau nomor HP"),
        filters=[collapse_spaces],
        validators=[Required(_l("Email atau nomor HP perlu diisi.")), Length(max=254)],
    )


def new_password() -> PasswordField:
    return PasswordField(
        _l("Kata sandi baru"), validators=[Required(_l("Kata sandi baru perlu diisi."))]
    )


class NewPasswordForm(BaseForm):
    """Length and what is easily guessed are rules; their sentence stands at the field."""

    password = new_password()

    def accepts(self, own_words) -> bool:
        """Whether the new password keeps the rules."""
        try:
            rules.check_password(self.password.data, own_words)
        except RuleViolation as refusal:
            self.refuse_at("password", refusal)
            return False
        return True


class AcceptForm(NewPasswordForm):
    name = StringField(
        _l("Nama lengkap"),
        filters=[collapse_spaces],
        validators=[
            Required(_l("Nama lengkap perlu diisi.")),
            Length(max=120, message=_l("Nama paling panjang 120 huruf.")),
        ],
    )
    password = new_password()


class ManagerAccountForm(AcceptForm):
    """A cooperative manager's account, made from the cooperative's invitation."""

    contact = StringField(
        _l("Nomor HP atau email untuk masuk"),
        filters=[collapse_spaces],
        validators=[
            Required(_l("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890.")),
            Length(max=254),
        ],
    )
    password = new_password()


class ProfileForm(BaseForm):
    name = StringField(
        _l("Nama"),
        filters=[collapse_spaces],
        validators=[
            Required(_l("Nama perlu diisi.")),
            Length(max=120, message=_l("Nama paling panjang 120 huruf.")),
        ],
    )
    locale = RadioField(_l("Bahasa"), choices=LANGUAGES)


class OwnPasswordForm(BaseForm):
    """Asked again before something sensitive."""

    current_password = PasswordField(
        _l("Kata sandi Anda sekarang"),
        validators=[Required(_l("Isi kata sandi Anda sekarang.")), Length(max=128)],
    )


class ChangePasswordForm(OwnPasswordForm, NewPasswordForm):
    """The one that holds, and the one to come."""

    password = new_password()


class ContactForm(OwnPasswordForm):
    email = StringField(
        _l("Email"),
        filters=[collapse_spaces, lambda text: text.casefold() if text else None],
        validators=[
            Optional(),
            Email(_l("Tulis alamat email yang lengkap, contoh nama@contoh.id.")),
        ],
    )
    phone = StringField(
        _l("Nomor HP"), filters=[collapse_spaces], validators=[Optional(), Length(max=40)]
    )


class ColleagueForm(BaseForm):
    """An invitation of a colleague. Who may be invited as what is a rule."""

    name = StringField(
        _l("Nama lengkap"),
        filters=[collapse_spaces],
        validators=[
            Required(_l("Nama lengkap perlu diisi.")),
            Length(max=120, message=_l("Nama paling panjang 120 huruf.")),
        ],
    )
    email = StringField(
        _l("Email"),
        filters=[collapse_spaces, lambda text: text.casefold() if text else None],
        validators=[
            Optional(),
            Email(_l("Tulis alamat email yang lengkap, contoh nama@contoh.id.")),
        ],
    )
    phone = StringField(
        _l("Nomor HP"), filters=[collapse_spaces], validators=[Optional(), Length(max=40)]
    )
    office_id = SelectField(_l("Kantor"), coerce=int)
    role = RadioField(_l("Peran"), validators=[Required(_l("Pilih satu peran."))])
    ends_on = DateField(_l("Akses sampai"), validators=[Optional()])

    def offer(self, offices, roles):
        self.office_id.choices = [(office.id, office.name) for office in offices]
        self.role.choices = [(role, _(ROLE_LABELS[role])) for role in roles]
        return self


class RoleForm(OwnPasswordForm):
    office_id = SelectField(_l("Kantor"), coerce=int)
    role = SelectField(_l("Peran"))
    ends_on = DateField(_l("Akses sampai"), validators=[Optional()])

    def offer(self, offices, roles):
        self.office_id.choices = [(office.id, office.name) for office in offices]
        self.role.choices = [(role, _(ROLE_LABELS[role])) for role in roles]
        return self


class ReasonForm(OwnPasswordForm):
    reason = TextAreaField(_l("Alasan"), validators=[Required(_l("Tulis alasannya."))])
