"""Kopdiklat: training and mentoring of cooperatives by their office, and what it changed."""

import sys

from flask import Flask, request
from flask_login import current_user
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from kopdiklat import gate, policy, refusals
from kopdiklat.accounts.views import bp as accounts
from kopdiklat.api.views import bp as api
from kopdiklat.applications.views import bp as applications
from kopdiklat.attendance.views import bp as attendance
from kopdiklat.cli import register_commands
from kopdiklat.core import (  # noqa: F401, limits registers itself
    checks,
    formats,
    limits,
    logs,
    migrations,
    web,
)
from kopdiklat.core.db import db, engine_options
from kopdiklat.dashboard.calendar import bp as calendar
from kopdiklat.dashboard.cooperatives import bp as cooperatives
from kopdiklat.dashboard.mentoring import bp as mentoring
from kopdiklat.dashboard.message_templates import bp as message_templates
from kopdiklat.dashboard.navigation import layout_context
from kopdiklat.dashboard.views import bp as dashboard
from kopdiklat.documents.views import bp as documents
from kopdiklat.extensions import babel, csrf, limiter
from kopdiklat.health.views import bp as health
from kopdiklat.impact.views import bp as impact
from kopdiklat.imports.views import bp as imports
from kopdiklat.notifications.views import bp as notifications
from kopdiklat.offices.views import bp as offices
from kopdiklat.registration.views import bp as registration
from kopdiklat.targeting.views import bp as targeting
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
    gate.init_app(app)
    refusals.init_app(app)
    for blueprint in (
        dashboard,
        offices,
        accounts,
        cooperatives,
        health,
        training,
        registration,
        applications,
        attendance,
        targeting,
        mentoring,
        calendar,
        imports,
        impact,
        documents,
        notifications,
        message_templates,
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
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(formats.GLOBALS, can=_can)
    app.context_processor(layout_context)


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
