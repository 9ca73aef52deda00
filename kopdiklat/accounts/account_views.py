"""The own account: name, language, contact, password, second factor, devices."""

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.accounts import passwords, queries, second_factor, service, sessions
from kopdiklat.accounts.blueprint import bp
from kopdiklat.accounts.forms import (
    ChangePasswordForm,
    CodeForm,
    ContactForm,
    OwnPasswordForm,
    ProfileForm,
)
from kopdiklat.accounts.models import LoginSession
from kopdiklat.core import formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.qr import qr_svg
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard


@bp.route("/account", methods=["GET", "POST"])
@guard("account.self")
def account():
    form = ProfileForm(obj=current_user)
    if not any(policy.coordinates(held) for held in current_user.current_memberships):
        del form.daily_digest
    if form.validate_on_submit():
        digest = form.daily_digest.data if form.daily_digest else None
        with transaction():
            service.save_profile(current_user.id, form.name.data, form.locale.data, digest)
        flash(_("Akun Anda tersimpan."))
        answer = redirect(url_for("accounts.account"), code=303)
        answer.delete_cookie("bahasa")  # the account's language holds from here on
        return answer
    return render_template("accounts/account.html", form=form), form.status


def _failed(response) -> bool:
    return response.status_code == 422


# The own password is asked here; guessing it from an open browser is limited.
guesses = limiter.shared_limit(
    "30 per hour", scope="own password", methods=["POST"], deduct_when=_failed
)


@bp.route("/account/contact", methods=["GET", "POST"])
@guard("account.self")
@guesses
def contact():
    form = ContactForm(obj=current_user)
    if not form.is_submitted() and form.phone.data:
        form.phone.data = formats.phone(form.phone.data)
    if form.validate_on_submit():
        try:
            shown = service.check_own_password(current_user, form.current_password.data)
            email, phone = service.read_contact(form.email.data, form.phone.data)
            with transaction():
                service.save_contact(current_user.id, email, phone, shown)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Email dan nomor HP untuk masuk tersimpan."))
            return redirect(url_for("accounts.account"), code=303)
    return render_template("accounts/contact.html", form=form), form.status


@bp.route("/account/password", methods=["GET", "POST"])
@guard("account.self")
@guesses
def password():
    form, user = ChangePasswordForm(), current_user
    words = service.own_words(user.name, user.email, user.office_ids)
    if form.validate_on_submit() and form.accepts(words):
        try:
            shown = service.check_own_password(user, form.current_password.data)
            new_hash = passwords.make_hash(form.password.data)
            with transaction():
                service.change_password(user.id, g.login_session, shown, new_hash, now=utc_now())
        except RuleViolation as refusal:
            form.refuse_at("current_password", refusal)
        else:
            flash(_("Kata sandi baru tersimpan. Perangkat lain perlu masuk lagi."))
            return redirect(url_for("accounts.account"), code=303)
    return render_template("accounts/password.html", form=form), form.status


@bp.route("/account/second-factor", methods=["GET", "POST"])
@guard("account.self")
def own_second_factor():
    login, form = g.login_session, CodeForm()
    if current_user.totp_confirmed_at:
        return render_template("accounts/own_second_factor.html", form=OwnPasswordForm())
    if form.validate_on_submit():
        try:
            try_code(login, form.code.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Faktor kedua terpasang. Kode diminta setiap kali Anda masuk."))
            return redirect(url_for("accounts.account"), code=303)
    return render_setup("accounts/own_second_factor_setup.html", login, form), form.status


def try_code(login: LoginSession, code: str) -> None:
    """Count, then verify or confirm.

    :raises RuleViolation: with the delay, or why the code does not fit
    """
    key, now = second_factor.throttle_key(login.user_id), utc_now()
    with transaction():
        wait = service.count_attempt(key, now=now)
    if wait:
        raise RuleViolation(second_factor.TOO_OFTEN, seconds=wait)
    user_id = login.user_id
    try:
        with transaction():
            if login.user.totp_confirmed_at:
                second_factor.verify(login, code, now=now)
            else:
                second_factor.confirm(login, code, now=now)
            service.forget_attempts(key, now=now)
    except RuleViolation:
        with transaction():
            second_factor.record_failure(user_id, now=now)
        raise


def render_setup(template: str, login: LoginSession, form: CodeForm) -> str:
    secret = second_factor.new_secret(login)
    account = login.user.email or login.user.phone or login.user.name
    uri = second_factor.setup_uri(secret, account)
    return render_template(
        template,
        form=form,
        picture=qr_svg(uri, _("Kode QR untuk aplikasi autentikator")),
        secret=second_factor.spelled(secret),
    )


@bp.post("/account/second-factor/removal")
@guard("account.self")
@guesses
def remove_second_factor():
    form = OwnPasswordForm()
    if form.validate_on_submit():
        try:
            shown = service.check_own_password(current_user, form.current_password.data)
            with transaction():
                service.check_unchanged(current_user, shown)
                second_factor.remove(current_user.id, now=utc_now(), keep=g.login_session.id)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Faktor kedua dilepas."))
            return redirect(url_for("accounts.account"), code=303)
    return render_template("accounts/own_second_factor.html", form=form), form.status


@bp.get("/account/devices")
@guard("account.self")
def devices():
    now = utc_now()
    live = [s for s in queries.live_sessions(current_user.id) if not sessions.is_over(s, now)]
    return render_template(
        "accounts/devices.html",
        devices=live,
        here=g.login_session,
        zone=current_user.time_zone,
    )


@bp.post("/account/devices/<int:session_id>/revocation")
@guard("device.end")
def revoke_device(session_id):
    login = policy.load(LoginSession, session_id)
    with transaction():
        service.end_session(login.id, now=utc_now())
    flash(_("Perangkat itu sudah dikeluarkan."))
    return redirect(url_for("accounts.devices"), code=303)


@bp.post("/account/devices/revocation")
@guard("account.self")
def revoke_other_devices():
    with transaction():
        ended = service.end_sessions(current_user.id, now=utc_now(), but=g.login_session.id)
    flash(_("%(count)s perangkat lain dikeluarkan.", count=ended))
    return redirect(url_for("accounts.devices"), code=303)
