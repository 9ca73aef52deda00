"""Health checks: is the process alive, may it get traffic."""

import hmac

from flask import Blueprint, jsonify, request

from kopdiklat.api import readiness
from kopdiklat.core.clock import utc_now
from kopdiklat.core.keys import monitor_token
from kopdiklat.policy import guard

bp = Blueprint("api", __name__)


@bp.get("/healthz")
@guard("page.public")
def healthz():
    """The process answers. Asks no database."""
    return jsonify(status="ok")


@bp.get("/readyz")
@guard("page.public")
def readyz():
    """200 when this process may get traffic, else 503. What is wrong is told to the token only."""
    hard = readiness.must_hold()
    ready = all(hard.values())
    answer: dict[str, object] = {"status": "ready" if ready else "unready"}
    if _may_see_detail():
        soft = readiness.should_hold(utc_now()) if ready else {}
        answer |= {"checks": hard | soft, "degraded": ready and not all(soft.values())}
    return jsonify(answer), 200 if ready else 503


def _may_see_detail() -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), monitor_token().encode())
