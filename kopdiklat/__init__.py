"""Kopdiklat: training and mentoring of cooperatives by their office, and what it changed."""

import sys

from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import AnonymousUserMixin, current_user
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from kopdiklat import policy, refusals, tables  # noqa: F401, tables completes the metadata
from kopdiklat.accounts import sessions
from kopdiklat.accounts.views import bp as accounts
from kopdiklat.api.views import bp as api
from kopdiklat.attendance.views import bp as attendance
from kopdiklat.cli import register_commands
from kopdiklat.core import (  # noqa: F401, limits registers itself
    audit,
    checks,
    formats,
    limits,
    logs,
    migrations,
    web,
)
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, engine_options
from kopdiklat.dashboard.cooperatives import bp as cooperatives
from kopdiklat.dashboard.mentoring import bp as mentoring
from kopdiklat.dashboard.navigation import layout_context
from kopdiklat.dashboard.views import bp as dashboard
from kopdiklat.documents.views import bp as documents
from kopdiklat.extensions import babel, csrf, limiter, login_manager
from kopdiklat.health.views import bp as health
from kopdiklat.impact.views import bp as impact
from kopdiklat.imports.views import bp as imports
from kopdiklat.notifications.views import bp as notifications
from kopdiklat.offices.views import bp as offices
from kopdiklat.registration.views import bp as registration
from kopdiklat.training.views import bp as training

LOCALES = ("id", "en")


def create_app(overrides: dict | None = None) -> Flask:
    settings = config.load(overrides)
    app = Flask(
        __name__,
        template_folder=str(config.ROOT / "templates"),
        static_folder=str(config.ROOT / "static"),
        instance_path=settings["INSTANCE_PATH"],
    )
    app.config.update(settings)
    app.config.setdefault(
        "SQLALCHEMY_ENGINE_OPTIONS", engine_options(settings["SQLALCHEMY_DATABASE_URI"])
    )
    app.config.setdefault(
        "RATELIMIT_STORAGE_URI",
        settings["REDIS_URL"] or f"kopdiklat+sqlite://{settings['INSTANCE_PATH']}/limits.db",
    )
    app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True)
    if settings["PRODUCTION"] and "doctor" not in sys.argv[1:]:
        checks.refuse_bad_start(app.config)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if settings["TRUSTED_PROXIES"]:
        proxied = ProxyFix(app.wsgi_app, x_for=settings["TRUSTED_PROXIES"], x_proto=1)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # as Flask's manual wraps it
    _init_extensions(app)
    _init_requests(app)
    refusals.init_app(app)
    for blueprint in (
        dashboard,
        offices,
        accounts,
        cooperatives,
        health,
        training,
        registration,
        attendance,
        mentoring,
        imports,
        impact,
        documents,
        notifications,
        api,
    ):
        app.register_blueprint(blueprint)
    register_commands(app)
    return app


def _init_extensions(app: Flask) -> None:
    web.init_app(app)
    logs.init_app(app)
    db.init_app(app)
    migrations.init_app(
        app,
        config.ROOT / "migrations",
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        render_item=_render_type,
    )
    babel.init_app(app, locale_selector=_locale)
    csrf.init_app(app)
    limiter.init_app(app)
    login_manager.init_app(app)
    login_manager.anonymous_user = Visitor
    login_manager.request_loader(_load_user)
    login_manager.session_protection = None  # the session table does this work
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(formats.GLOBALS, can=_can)
    app.context_processor(layout_context)


class Visitor(AnonymousUserMixin):
    """Somebody who is not signed in: holds no membership."""

    id = None
    name = ""
    initials = ""
    current_memberships = ()


def _render_type(kind, obj, context):
    """Write our column types into revisions as the plain types beneath them."""
    if kind == "type" and type(obj).__module__.startswith("kopdiklat"):
        return f"sa.{obj.impl!r}"
    return False


def _locale() -> str:
    chosen = request.cookies.get("bahasa") if request else None
    if chosen in LOCALES:
        return chosen
    return current_user.locale if request and current_user.is_authenticated else "id"


def _can(action: str, thing=None) -> bool:
    return policy.can(current_user, action, thing)


def _load_user(_request):
    token = cookie.get("login")
    login = sessions.find(token, utc_now()) if token else None
    g.login_session = login
    g.awaits_factor = login is not None and _lacks_second_factor(login)
    # Until the second factor is shown, a password alone makes nobody more than a visitor.
    return login.user if login and not g.awaits_factor else None


def _init_requests(app: Flask) -> None:
    @app.before_request
    def name_the_actor():
        user = current_user if current_user.is_authenticated else None
        g.user_id = user.id if user else None
        name = user.name if user else "pengunjung"
        office_id = policy.office_of(user) if user else None
        audit.act_as(audit.Actor(g.user_id, name, g.request_id, office_id=office_id))

    @app.before_request
    def check_policy():
        """Refuse by default: a view without an action is nobody's."""
        if request.endpoint in (None, "static"):
            return None
        view = app.view_functions[request.endpoint]
        g.policy_action = action = getattr(view, "policy_action", None)
        if action is None:
            app.logger.critical("view without a policy: %s", request.endpoint)
            return render_template("errors/403.html"), 403
        allowed = policy.can(current_user, action)
        if g.get("awaits_factor") and (not allowed or request.endpoint == "dashboard.home"):
            if not policy.can(g.login_session.user, action):
                return refusals.not_here()
            back = request.full_path if request.method == "GET" else None
            return redirect(url_for("accounts.second_factor_page", next=back))
        if allowed:
            return None
        if current_user.is_authenticated:
            return refusals.not_here()
        return refusals.sign_in_first()

    @app.before_request
    def keep_session_alive():
        if g.get("login_session"):
            sessions.touch(g.login_session, utc_now())


def _lacks_second_factor(login: sessions.LoginSession) -> bool:
    """Whether this session still owes it: staff in production, and anyone who set it up."""
    if login.second_factor_at:
        return False
    required = current_app.config["PRODUCTION"] and policy.needs_second_factor(login.user)
    return bool(login.user.totp_confirmed_at or required)
