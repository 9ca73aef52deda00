"""Pages for everybody: the start page of visitors, language, help, privacy."""

from flask import abort, redirect, render_template, request, url_for

from kopdiklat.accounts.forms import SignInForm
from kopdiklat.core.web import safe_path
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.policy import guard

LANGUAGES = ("id", "en")
YEAR = 365 * 24 * 3600


def start() -> str:
    """What a visitor sees at /."""
    return render_template("dashboard/start.html", form=SignInForm(formdata=None))


def signed_in():
    """Until a role has a home of its own: its first place."""
    return render_template("dashboard/signed_in.html")


@bp.get("/bahasa/<code>")
@guard("page.public")
def language(code):
    """Choose a language on this device. Changes a cookie, no row."""
    if code not in LANGUAGES:
        abort(404)
    answer = redirect(safe_path(request.args.get("back")) or url_for("dashboard.home"))
    answer.set_cookie("bahasa", code, max_age=YEAR, samesite="Lax", httponly=True)
    return answer
