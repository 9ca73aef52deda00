"""Logs: one JSON object a line; endpoint names instead of paths, for paths carry tokens."""

import json
import logging
import time
from datetime import UTC, datetime

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
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


@event.listens_for(Engine, "before_cursor_execute")
def _count(connection, cursor, statement, parameters, context, executemany):
    if has_request_context():
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
