"""What every answer carries: request id, security headers, hashed asset names."""

import gzip
import json
import re
import secrets
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from flask import Flask, current_app, g, request

from kopdiklat.core import memory

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
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self)")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers["X-Request-Id"] = g.get("request_id", "-")
    if current_app.config["PRODUCTION"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        hashed = request.path.startswith("/static/dist/")
        lasting = "public, max-age=31536000, immutable" if hashed else "public, max-age=3600"
        headers["Cache-Control"] = lasting
    elif not headers.get("Cache-Control"):
        headers["Cache-Control"] = "no-store"
    return response


COMPRESSED = re.compile(r"text/|application/(javascript|json|manifest\+json)|image/svg\+xml")
WORTH_IT = 800  # bytes; below this the headers cost more than is saved


def compress(response):
    """Send text as gzip: a page must be light also where no proxy stands in front."""
    response.vary.add("Accept-Encoding")
    if (
        "gzip" not in request.accept_encodings
        or response.status_code != 200
        or not COMPRESSED.match(response.mimetype or "")
        or response.content_encoding
    ):
        return response
    if request.endpoint == "static":
        filename = (request.view_args or {})["filename"]
        response.direct_passthrough = False
        response.data = _compressed_file(f"{current_app.static_folder}/{filename}")
    elif not response.is_streamed and len(response.data) > WORTH_IT:
        response.data = gzip.compress(response.data, 6)
    else:
        return response
    response.content_encoding = "gzip"
    response.content_length = len(response.data)
    return response


@lru_cache(maxsize=32)
def _compressed_file(path: str) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9)


@lru_cache(maxsize=1)
def _manifest(path: str) -> dict[str, str]:
    return json.loads(Path(path).read_text())


def _assets() -> dict[str, str]:
    return _manifest(f"{current_app.static_folder}/dist/manifest.json")


def asset_url(name: str) -> str:
    """The address of a built file by its plain name: `app.css`."""
    # Put together by hand: a page names a dozen, and url_for would take a tenth of its time.
    return f"{request.script_root}{current_app.static_url_path}/dist/{_assets()[name]}"


def room_style(room: str = "") -> str:
    """The style sheet of the room whose page this is; empty where the room has none of its own.

    :param room: whose page it is, when another room answers with it
    """
    name = f"{room or request.blueprint}.css"
    return asset_url(name) if name in _assets() else ""


def safe_path(target: str | None) -> str | None:
    """A path of this site to go on to, or None: never another host, however it is written."""
    if not target or len(target) > 1000:
        return None
    seen = target
    for _ in range(3):  # encoded once or twice it must be harmless too
        parts = urlsplit(seen) if seen.startswith("/") else None
        if (
            parts is None
            or parts.scheme
            or parts.netloc
            or seen.startswith("//")
            or "\\" in seen
            or any(ord(char) < 32 or ord(char) == 127 for char in seen)
        ):
            return None
        seen = unquote(seen)
    return target


def external_url(endpoint: str, **values) -> str:
    """A link for a message or a QR code, built from BASE_URL, never from the request."""
    base = current_app.config["BASE_URL"]
    return base + current_app.url_map.bind(urlsplit(base).netloc).build(endpoint, values)


def whatsapp_url(phone: str, text: str) -> str:
    """Opens WhatsApp with the text in it; the person there presses send."""
    digits = "".join(char for char in phone if char.isdigit())
    return f"https://wa.me/{digits}?text={quote(text, safe='')}"


def init_app(app: Flask) -> None:
    app.before_request(begin_request)
    app.after_request(compress)
    app.after_request(set_headers)
    app.after_request(memory.release_after_workbook)
    app.jinja_env.globals.update(asset_url=asset_url, csp_nonce=csp_nonce, room_style=room_style)
