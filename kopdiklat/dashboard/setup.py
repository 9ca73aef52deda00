"""The first page of an empty installation: look at an example, or start an office."""

import hmac

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import Length, Optional

from kopdiklat import demo
from kopdiklat.accounts import passwords, service
from kopdiklat.accounts import queries as accounts
from kopdiklat.accounts.forms import NewPasswordForm, new_password
from kopdiklat.core.clock import ZONES, utc_now
from kopdiklat.core.db import lock_name, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import Required, choices
from kopdiklat.core.text import N_, collapse_spaces
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.extensions import limiter
from kopdiklat.offices import queries as offices
from kopdiklat.offices import service as office_service
from kopdiklat.policy import guard


def is_open() -> bool:
    """Whether nobody has an account here yet."""
    return offices.is_empty() and not accounts.anybody()


class SetupForm(NewPasswordForm):
    office_name = StringField(
        _l("Nama kantor"),
        filters=[collapse_spaces],
        validators=[Required(_l("Nama kantor perlu diisi.")), Length(max=160)],
    )
    code = StringField(
        _l("Kode wilayah"), validators=[Required(_l("Kode wilayah perlu diisi, contoh 35.76."))]
    )
    region_name = StringField(
        _l("Nama wilayah"),
        filters=[collapse_spaces],
        validators=[Required(_l("Nama wilayah perlu diisi.")), Length(max=80)],
    )
    time_zone = SelectField(_l("Waktu setempat"), choices=choices((zone, zone) for zone in ZONES))
    name = StringField(
        _l("Nama Anda"),
        filters=[collapse_spaces],
        validators=[Required(_l("Nama Anda perlu diisi.")), Length(max=120)],
    )
    contact = StringField(
        _l("Email atau nomor HP untuk masuk"),
        filters=[collapse_spaces],
        validators=[Required(_l("Email atau nomor HP perlu diisi.")), Length(max=254)],
    )
    password = new_password()  # after the name, in the list of errors too
    setup_code = PasswordField(_l("Kode penyiapan"), validators=[Optional(), Length(max=64)])


def first_page() -> str:
    return render_template("dashboard/first_page.html", production=current_app.config["PRODUCTION"])


@bp.post("/contoh")
@guard("page.public")
@limiter.limit("10 per hour")
def load_demo():
    if not is_open() or current_app.config["PRODUCTION"]:
        abort(404)
    demo.load(now=utc_now())
    flash(_("Kantor contoh siap. Pilih salah satu akun contoh untuk masuk."))
    return redirect(url_for("dashboard.home"), code=303)


@bp.route("/mulai-kantor", methods=["GET", "POST"])
@guard("page.public")
@limiter.limit("20 per hour", methods=["POST"])
def start_office():
    if not is_open():
        abort(404)
    form = SetupForm()
    words = [form.name.data or "", form.office_name.data or "", form.region_name.data or ""]
    if form.validate_on_submit() and form.accepts(words):
        try:
            _start(form)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Kantor siap. Masuk dengan akun yang baru Anda buat."))
            return redirect(url_for("accounts.sign_in"), code=303)
    page = render_template(
        "dashboard/start_office.html", form=form, production=current_app.config["PRODUCTION"]
    )
    return page, form.status


def _start(form: SetupForm) -> None:
    """The office and its admin, in one transaction; the second of two at once is refused."""
    if current_app.config["PRODUCTION"] and not hmac.compare_digest(
        (form.setup_code.data or "").encode(), service.setup_code().encode()
    ):
        raise RuleViolation(
            N_("Kode penyiapan belum cocok. Pengelola server melihatnya dengan flask doctor.")
        )
    typed = form.contact.data
    email, phone = service.read_contact(
        typed.casefold() if "@" in typed else None, None if "@" in typed else typed
    )
    password_hash = passwords.make_hash(form.password.data)
    now = utc_now()
    with transaction():
        lock_name("setup")
        if not is_open():
            raise RuleViolation(N_("Kantor pertama sudah dibuat. Silakan masuk."))
        office = office_service.create_office(
            form.code.data,
            form.office_name.data,
            region_name=form.region_name.data,
            time_zone=form.time_zone.data,
            now=now,
        )
        service.create_user(
            form.name.data,
            email,
            phone,
            password_hash,
            role="office_admin",
            office_id=office.id,
            now=now,
        )
