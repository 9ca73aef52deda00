from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields import DateField, TextAreaField
from wtforms.validators import Email, Length, Optional

from kopdiklat.accounts import rules
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, Required, choices, choices_of
from kopdiklat.core.text import collapse_spaces
from kopdiklat.policy import ROLE_LABELS

LANGUAGES = (("id", "Indonesia"), ("en", "English"))


# Fields that stand in more than one form. Each is made anew, so that a form has them in the order
# in which it names them.


def _name(label, needed) -> StringField:
    too_long = _l("Nama paling panjang 120 huruf.")
    return StringField(
        label,
        filters=[collapse_spaces],
        validators=[Required(needed), Length(max=120, message=too_long)],
    )


def _sign_in_name(label, needed) -> StringField:
    """What a person signs in with: an e-mail address or a phone number, as typed."""
    too_long = _l("Email atau nomor HP terlalu panjang.")
    return StringField(
        label,
        filters=[collapse_spaces],
        validators=[Required(needed), Length(max=254, message=too_long)],
    )


def _email() -> StringField:
    return StringField(
        _l("Email"),
        filters=[collapse_spaces, lambda text: text.casefold() if text else None],
        validators=[
            Optional(),
            Email(_l("Tulis alamat email yang lengkap, contoh nama@contoh.id.")),
        ],
    )


def _phone() -> StringField:
    return StringField(
        _l("Nomor HP"), filters=[collapse_spaces], validators=[Optional(), Length(max=40)]
    )


def _office() -> SelectField:
    return SelectField(_l("Kantor"), coerce=int)


def _access_ends_on() -> DateField:
    return DateField(_l("Akses sampai"), validators=[Optional()])


def new_password() -> PasswordField:
    return PasswordField(
        _l("Kata sandi baru"), validators=[Required(_l("Kata sandi baru perlu diisi."))]
    )


class SignInForm(BaseForm):
    name = _sign_in_name(_l("Email atau nomor HP"), _l("Email atau nomor HP perlu diisi."))
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
    name = _sign_in_name(_l("Email atau nomor HP"), _l("Email atau nomor HP perlu diisi."))


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
    name = _name(_l("Nama lengkap"), _l("Nama lengkap perlu diisi."))
    password = new_password()


class ManagerAccountForm(AcceptForm):
    """A cooperative manager's account, made from the cooperative's invitation."""

    contact = _sign_in_name(
        _l("Nomor HP atau email untuk masuk"),
        _l("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890."),
    )
    password = new_password()


class ProfileForm(BaseForm):
    name = _name(_l("Nama"), _l("Nama perlu diisi."))
    locale = RadioField(_l("Bahasa"), choices=choices(LANGUAGES))
    daily_digest = BooleanField(_l("Kirimi saya ringkasan harian"))


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
    email = _email()
    phone = _phone()


class OffersRoles:
    """For a form with an office and a role. Who may give which is a rule."""

    office_id: SelectField
    role: SelectField

    def offer(self, offices, roles):
        self.office_id.choices = choices((office.id, office.name) for office in offices)
        self.role.choices = choices_of({role: ROLE_LABELS[role] for role in roles})
        return self


class ColleagueForm(OffersRoles, BaseForm):
    """An invitation of a colleague."""

    name = _name(_l("Nama lengkap"), _l("Nama lengkap perlu diisi."))
    email = _email()
    phone = _phone()
    office_id = _office()
    role = RadioField(_l("Peran"), validators=[Required(_l("Pilih satu peran."))])
    ends_on = _access_ends_on()


class RoleForm(OffersRoles, OwnPasswordForm):
    office_id = _office()
    role = SelectField(_l("Peran"))
    ends_on = _access_ends_on()


class ReasonForm(OwnPasswordForm):
    reason = TextAreaField(_l("Alasan"), validators=[Required(_l("Tulis alasannya."))])
