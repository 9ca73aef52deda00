"""Pages for everybody: the start page of visitors, the schedule, language, help, privacy."""

import re

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat import demo
from kopdiklat.accounts.forms import SignInForm
from kopdiklat.core.clock import utc_now
from kopdiklat.core.web import safe_path
from kopdiklat.dashboard import schedule, setup
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.offices import queries as offices
from kopdiklat.policy import guard

LANGUAGES = ("id", "en")
YEAR = 365 * 24 * 3600
NEAREST = 3
CODE = re.compile(r"[A-Za-z0-9_-]{22}")


def start() -> str:
    """What a visitor sees at /: sign in, what can be done without an account, the next dates."""
    if setup.is_open():
        return setup.first_page()
    office = offices.first_office()
    found = schedule.upcoming(utc_now(), NEAREST + 1)
    examples = office and office.is_demo and not current_app.config["PRODUCTION"]
    return render_template(
        "dashboard/start.html",
        form=SignInForm(formdata=None),
        office=office,
        upcoming=found[:NEAREST],
        has_more=len(found) > NEAREST,
        sign_ins=demo.sign_ins() if examples else [],
    )


def signed_in() -> str:
    """Until a role has a home of its own: its places."""
    return render_template("dashboard/signed_in.html")


@bp.get("/jadwal")
@guard("page.public")
def public_schedule():
    page = schedule.page(utc_now(), request.args.get("page", 1, type=int))

    def address(**changes) -> str:
        return url_for("dashboard.public_schedule", **changes)

    return render_template(
        "dashboard/schedule.html",
        office=offices.first_office(),
        page=page,
        months=schedule.by_month(page.rows),
        pages=page.addresses(address),
    )


@bp.get("/kode")
@guard("page.public")
def find_code():
    """An invitation's code or its whole link, typed from paper or pasted from a message."""
    code = CODE.search(request.args.get("kode", ""))
    if code is None:
        flash(
            _("Kode undangan terdiri dari 22 huruf dan angka. Salin dari pesan undangan."), "error"
        )
        return redirect(url_for("dashboard.home"))
    return redirect(f"/daftar/{code.group()}")


@bp.get("/bahasa/<code>")
@guard("page.public")
def language(code):
    """Choose a language on this device. Changes a cookie, no row."""
    if code not in LANGUAGES:
        abort(404)
    answer = redirect(safe_path(request.args.get("back")) or url_for("dashboard.home"))
    answer.set_cookie(
        "bahasa",
        code,
        max_age=YEAR,
        samesite="Lax",
        httponly=True,
        secure=current_app.config["PRODUCTION"],
    )
    return answer


@bp.get("/bantuan", endpoint="help")
@guard("page.public")
def show_help():
    """A short help: what this person may do here, and how."""
    return render_template("dashboard/help.html", office=offices.first_office())


@bp.get("/kebijakan-privasi")
@guard("page.public")
def privacy():
    return render_template("dashboard/privacy.html", office=offices.first_office())
