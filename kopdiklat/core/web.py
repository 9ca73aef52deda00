"""What every answer carries: request id, security headers, hashed asset names."""

import json
import re
import secrets
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, g, request, url_for

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
INBOUND_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def new_request_id() -> str:
    """A short id that a person can read out: `7F3A-21B0C4`."""
    digits = secrets.token_hex(5).upper()
    return f"{digits[:4]}-{digits[4:]}"


def begin_request() -> None:
    inbound = request.headers.get("X-Request-Id", "")
    trusted = current_app.config["TRUSTED_PROXIES"] and INBOUND_ID.fullmatch(inbound)
    g.request_id = inbound if trusted else new_request_id()


def csp_nonce() -> str:
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def set_headers(response):
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_POLICY.format(nonce=csp_nonce()))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self)")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers["X-Request-Id"] = g.get("request_id", "-")
    if current_app.config["PRODUCTION"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static":
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif not headers.get("Cache-Control"):
        headers["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=1)
def _manifest(path: str) -> dict[str, str]:
    return json.loads(Path(path).read_text())


def asset_url(name: str) -> str:
    """The address of a built file by its plain name: `app.css`."""
    manifest = Path(current_app.static_folder or "") / "dist" / "manifest.json"
    return url_for("static", filename=f"dist/{_manifest(str(manifest))[name]}")


def external_url(endpoint: str, **values) -> str:
    """A link for a message or a QR code, built from BASE_URL, never from the request."""
    with current_app.test_request_context(base_url=current_app.config["BASE_URL"]):
        return current_app.config["BASE_URL"] + url_for(endpoint, **values)


def init_app(app: Flask) -> None:
    app.before_request(begin_request)
    app.after_request(set_headers)
    app.jinja_env.globals.update(asset_url=asset_url, csp_nonce=csp_nonce)
