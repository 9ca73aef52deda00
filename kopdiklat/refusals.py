"""What a person reads when something is refused or fails: one place for the whole app."""

import logging
import re
import sqlite3

import sqlalchemy as sa
from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException, SecurityError

from kopdiklat.core.db import db
from kopdiklat.core.errors import KopdiklatError
from kopdiklat.core.web import safe_path

logger = logging.getLogger(__name__)

SECRET = re.compile("csrf_token|password|code|totp")  # never written back into a page
DISK_FULL = "53100"  # PostgreSQL's name for it; its driver is loaded only where it is used
OWN_PAGES = (403, 404, 413, 429)
REFERS_TO_NOTHING = ("23503", "FOREIGN KEY constraint failed")  # PostgreSQL, SQLite


def init_app(app: Flask) -> None:
    app.register_error_handler(KopdiklatError, _refuse)
    app.register_error_handler(CSRFError, _renew)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ObjectDeletedError, _deleted_meanwhile)
    app.register_error_handler(sa.exc.IntegrityError, _integrity_error)
    app.register_error_handler(sa.exc.OperationalError, _database_error)
    app.register_error_handler(Exception, _failure)


def not_here():
    return render_template("errors/404.html"), 404


def sign_in_first():
    """Lead to the sign-in; what was typed into a form of ours is kept for sending it again."""
    if request.method == "POST" and is_same_origin() and request.form:
        return send_again("session"), 401
    back = request.full_path if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=back))


def send_again(why: str) -> str:
    """A page that holds what was typed and sends it again with a fresh token.

    Only for a form of our own: a stranger's page must not have its post offered for sending.
    :param why: session (it ended) or form (it was open for too long)
    """
    fields = [(k, v) for k, v in request.form.items(multi=True) if not SECRET.search(k)]
    return render_template(
        "errors/send_again.html",
        why=why,
        fields=fields,
        has_files=any(file.filename for file in request.files.values()),
    )


def is_same_origin() -> bool:
    """Whether the post came from a page of ours, as the browser itself says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return request.headers.get("Origin", "") == request.host_url.rstrip("/")


def _refuse(refusal: KopdiklatError):
    """One place for every refusal that no form showed."""
    db.session.rollback()
    if refusal.status in (403, 404):
        return render_template(f"errors/{refusal.status}.html"), refusal.status
    flash(str(refusal), "error")
    return redirect(_way_back(), code=303)


def _renew(error: CSRFError):
    if is_same_origin():
        return send_again("form"), 400
    flash(_("Halaman ini sudah lama terbuka. Isian Anda perlu dikirim sekali lagi."), "error")
    return redirect(url_for("dashboard.home"), code=303)


def _http_error(error: HTTPException):
    code = error.code or 500
    if isinstance(error, SecurityError):  # a host that is not ours: no address can be built for it
        return (
            "Alamat ini tidak dilayani di sini.\n",
            400,
            {"Content-Type": "text/plain; charset=utf-8"},
        )
    page = render_template(f"errors/{code if code in OWN_PAGES else 404}.html")
    return page, code, [(k, v) for k, v in error.get_headers() if k in ("Allow", "Retry-After")]


def _deleted_meanwhile(error: Exception):
    """Somebody deleted it between reading and writing, say by taking its import back."""
    db.session.rollback()
    return not_here()


def _integrity_error(error: sa.exc.IntegrityError):
    cause = error.orig
    if getattr(cause, "sqlstate", str(cause)) in REFERS_TO_NOTHING:
        return _deleted_meanwhile(error)
    return _failure(error)


def _database_error(error: sa.exc.OperationalError):
    """A full disk has its own page; a database that is away asks to come back soon."""
    db.session.rollback()
    if _is_disk_full(error.orig):
        return _bare_page("errors/507.html"), 507
    page, _status = _failure(error)
    return page, 503, {"Retry-After": "5"}


def _is_disk_full(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.OperationalError):
        return "full" in str(cause)
    return getattr(cause, "sqlstate", None) == DISK_FULL


def _failure(error: Exception):
    db.session.rollback()
    logger.error("request failed", exc_info=error)
    return _bare_page("errors/500.html", request_id=g.get("request_id", "-")), 500


def _bare_page(template: str, **values) -> str:
    """A page that asks nothing of the database, for it may be what failed."""
    g.without_user = True
    return render_template(template, **values)


def _way_back() -> str:
    """The page the person came from, if it is ours and not this one; else home."""
    referrer = request.referrer or ""
    if referrer.startswith(request.host_url):
        back = safe_path("/" + referrer.removeprefix(request.host_url))
        if back and (request.method != "GET" or back != request.full_path.rstrip("?")):
            return back
    return url_for("dashboard.home")
