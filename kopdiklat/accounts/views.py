"""Signing in and out, the second factor, a forgotten password, an invitation by link.

The own account and the colleagues have their own files.
"""

import time
from datetime import datetime

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat.accounts import (  # noqa: F401, people_views registers itself
    account_views,
    passwords,
    people_views,
    recovery,
    rules,
    service,
)
from kopdiklat.accounts.blueprint import bp
from kopdiklat.accounts.forms import CodeForm, ForgottenForm, NewPasswordForm, SignInForm
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.keys import token_hash
from kopdiklat.core.web import safe_path
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard

SAME_TIME = 0.2  # seconds that an answer takes, so that its time does not tell who has an account


def _failed(response) -> bool:
    return response.status_code == 422


@bp.route("/masuk", methods=["GET", "POST"])
@guard("account.sign_in")
@limiter.limit("100 per 15 minutes", methods=["POST"], deduct_when=_failed)
def sign_in():
    if current_user.is_authenticated:
        return redirect(_onward(request.values.get("next")), code=303)
    form = SignInForm(next=request.args.get("next"))
    if form.validate_on_submit():
        refusal = _try_to_sign_in(form)
        if refusal is None:
            return redirect(_onward(form.next.data), code=303)
        form.refuse(refusal)
    return render_template("accounts/sign_in.html", form=form), form.status


def _try_to_sign_in(form: SignInForm) -> RuleViolation | None:
    """Count, look, let in: three steps, so that the slow look holds no lock."""
    key, now = service.throttle_key(form.name.data), utc_now()
    with transaction():
        wait = service.count_attempt(key, now=now)
    if wait:
        return service.no_match(wait)
    allow_demo = not current_app.config["PRODUCTION"]
    account = service.find_account(form.name.data, form.password.data, allow_demo=allow_demo)
    if account and _let_in(account, form, now):
        return None
    current_app.logger.info("sign-in failed")
    with transaction():
        wait = service.record_failure(form.name.data, now=utc_now())
    return service.no_match(wait)


def _let_in(account: service.Account, form: SignInForm, now: datetime) -> bool:
    """:return: False when the password was set anew since it was looked at"""
    agent = request.user_agent.string
    try:
        with transaction():
            service.sign_in(
                account, form.name.data, remember=form.remember.data, user_agent=agent, now=now
            )
    except RuleViolation:
        return False
    return True


def _onward(target: str | None) -> str:
    return safe_path(target) or url_for("dashboard.home")


@bp.post("/keluar")
@guard("account.sign_in")
def sign_out():
    token = cookie.get("login")
    if token:
        with transaction():
            service.sign_out(token, now=utc_now())
    cookie.clear()
    answer = redirect(url_for("accounts.sign_in"), code=303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@bp.route("/masuk/faktor-kedua", methods=["GET", "POST"])
@guard("account.sign_in")
@limiter.limit("100 per 15 minutes", methods=["POST"], deduct_when=_failed)
def second_factor_page():
    """Asks for the code; offers the set-up where the factor is required and not there yet."""
    login = g.get("login_session")
    if login is None:
        return redirect(url_for("accounts.sign_in", next=request.args.get("next")))
    if login.second_factor_at:
        return redirect(_onward(request.values.get("next")), code=303)
    form = CodeForm(next=request.args.get("next"))
    if form.validate_on_submit():
        try:
            account_views.try_code(login, form.code.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            return redirect(_onward(form.next.data), code=303)
    if login.user.totp_confirmed_at:
        return render_template("accounts/second_factor.html", form=form), form.status
    page = account_views.render_setup("accounts/second_factor_setup.html", login, form)
    return page, form.status


def _address_typed() -> str:
    return token_hash("limit", service.throttle_key(request.form.get("name", "")[:254]))


@bp.route("/lupa-kata-sandi", methods=["GET", "POST"])
@guard("account.sign_in")
@limiter.limit("30 per hour", methods=["POST"])
@limiter.limit("3 per hour", methods=["POST"], key_func=_address_typed)
def forgotten_password():
    form = ForgottenForm()
    if form.validate_on_submit():
        answer_at = time.monotonic() + SAME_TIME
        with transaction():
            recovery.request_reset(form.name.data, now=utc_now())
        time.sleep(max(0, answer_at - time.monotonic()))
        return render_template("accounts/forgotten_sent.html", name=form.name.data)
    return render_template("accounts/forgotten.html", form=form), form.status


@bp.route("/kata-sandi/<token>", methods=["GET", "POST"])
@guard("account.sign_in")
@limiter.limit("30 per hour", methods=["POST"])
def reset_password(token):
    try:
        reset = recovery.find_reset(token, now=utc_now())
    except NotFound as refusal:
        return render_template("accounts/link_over.html", refusal=refusal, kind="reset"), 404
    user, form = reset.user, NewPasswordForm()
    words = service.own_words(user.name, user.email, user.office_ids)
    if form.validate_on_submit() and form.accepts(words):
        new_hash = passwords.make_hash(form.password.data)
        with transaction():
            recovery.set_password(reset.id, new_hash, now=utc_now())
        flash(_("Kata sandi baru tersimpan. Silakan masuk."))
        return redirect(url_for("accounts.sign_in"), code=303)
    return render_template("accounts/new_password.html", form=form, person=user), form.status
