"""Logs: one JSON object a line; endpoint names instead of paths, for paths carry tokens."""

import json
import logging
import time
import traceback
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.engine import Engine


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request_id"] = g.get("request_id")
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["trace"] = _trace(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _trace(exc_info) -> str:
    """The trace; of a database error only where and which kind, for its text quotes rows."""
    failure = exc_info[1]
    if not isinstance(failure, sa.exc.DBAPIError):
        return "".join(traceback.format_exception(*exc_info))
    frames = "".join(traceback.format_tb(failure.__traceback__))
    return f"{frames}{describe(failure)}"


def describe(failure: BaseException) -> str:
    """What kind of failure this is, without a word of anybody's data."""
    if not isinstance(failure, sa.exc.DBAPIError):
        return f"{type(failure).__name__}: {failure}"
    cause = failure.orig
    state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    told = [type(cause).__name__, state, constraint]
    return " ".join(str(part) for part in told if part)


@event.listens_for(Engine, "before_cursor_execute")
def _count(connection, cursor, statement, parameters, context, executemany):
    """Every statement but BEGIN, which the driver of PostgreSQL says by itself, unseen here."""
    if has_request_context() and not statement.startswith("BEGIN"):
        g.queries = g.get("queries", 0) + 1


def init_app(app: Flask) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger("kopdiklat")
    root.handlers = [handler]
    root.setLevel("WARNING" if app.testing else app.config["LOG_LEVEL"])
    root.propagate = app.testing

    @app.before_request
    def start_watch():
        g.started = time.perf_counter()

    @app.after_request
    def log_request(response):
        if request.endpoint != "static":
            root.info(
                "request",
                extra={
                    "facts": {
                        "endpoint": request.endpoint,
                        "method": request.method,
                        "status": response.status_code,
                        "ms": round((time.perf_counter() - g.started) * 1000, 1),
                        "queries": g.get("queries", 0),
                        "user": g.get("user_id"),
                    }
                },
            )
        return response
