"""A public form and a crowd before it: what a machine fills in is turned away before it costs anything.

First what needs no counting: a trap that is filled, a form that we did not show, one that nobody can
have read. Then one device, for who drops its cookie has no form to send; then one address, behind
which a whole venue may sit; then everybody together. Each of the three is counted only for who passed
the one before. Nobody loses what was typed: the page that turns away sends it again.
"""

from flask import current_app, make_response, render_template, request, session
from flask_limiter import RateLimitExceeded
from werkzeug import Response

from kopdiklat.core import keys
from kopdiklat.extensions import limiter
from kopdiklat.registration.forms import is_too_quick, read_team, sign_team

BY_DEVICE = "8 per 10 minutes"
BY_ADDRESS = "200 per 10 minutes"
BY_ALL = "60 per second"  # unless APPLICATIONS_OF_ALL is set
NOT_SENT_AGAIN = ("csrf_token", "shown", "website")


def _device() -> str:
    """The browser that the form was shown to; that its token is ours was checked on the way in."""
    return keys.token_hash("limit", str(session.get("csrf_token", "")))


def _limit_of_all() -> str:
    return current_app.config.get("APPLICATIONS_OF_ALL", BY_ALL)


@limiter.shared_limit(BY_DEVICE, scope="application by device", key_func=_device)
def _count_device() -> None: ...


@limiter.shared_limit(BY_ADDRESS, scope="application by address")
def _count_address() -> None: ...


@limiter.shared_limit(_limit_of_all, scope="application by all", key_func=lambda: "all")
def _count_all() -> None: ...


def made_up() -> Response | None:
    """The answer to a form that no person sent; None when one may have."""
    if not request.form.get("website") and read_team(request.form.get("shown")):
        return None
    return _wait("form", 422)


def turned_away() -> Response | None:
    """The answer to who is too quick or comes too often; None when the form may be read."""
    if refused := made_up():
        return refused
    if is_too_quick(request.form.get("shown")):
        return _wait("form", 422)
    for count, why in ((_count_device, "device"), (_count_address, "address"), (_count_all, "all")):
        try:
            count()
        except RateLimitExceeded:
            return _wait(why, 429)
    return None


def _wait(why: str, status: int) -> Response:
    """A page that asks nothing of the database and holds what was typed.

    :param why: form (shown anew), device, address or all
    """
    fields = [(k, v) for k, v in request.form.items(multi=True) if k not in NOT_SENT_AGAIN]
    shown = sign_team() if why == "form" else request.form.get("shown", "")
    page = render_template("applications/wait.html", why=why, fields=[*fields, ("shown", shown)])
    return make_response(page, status)  # the limiter says when to come again
