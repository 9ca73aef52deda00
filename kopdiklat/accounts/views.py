from flask import Blueprint, redirect, render_template, request, url_for

from kopdiklat.accounts import service
from kopdiklat.accounts.forms import SignInForm
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.policy import guard

bp = Blueprint("accounts", __name__)


@bp.route("/masuk", methods=["GET", "POST"])
@guard("account.sign_in")
def sign_in():
    form = SignInForm()
    if form.validate_on_submit():
        try:
            with transaction():
                service.sign_in(
                    form.name.data,
                    form.password.data,
                    remember=form.remember.data,
                    user_agent=request.user_agent.string,
                    now=utc_now(),
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("dashboard.home"), code=303)
    return render_template("accounts/sign_in.html", form=form), form.status


@bp.route("/masuk/faktor-kedua", methods=["GET", "POST"])
@guard("account.sign_in")
def second_factor():
    return redirect(url_for("accounts.sign_in"))
