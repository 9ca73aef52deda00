"""Answers that are not sent yet, kept on the phone that typed them, so that Back finds them again.

Each press of the form leads on to a page by GET; what was typed waits in a cookie meanwhile: sealed,
for one link, for a day. No address and no table holds people who were never sent in.
"""

import base64
import json
import zlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from flask import current_app, request
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from kopdiklat.core import keys

COOKIE, PURPOSE = "isian", "registration answers"
KEPT = 24 * 3600  # seconds
LONGEST = 3500  # characters; a browser keeps some 4,000 with the name and the path


@dataclass(frozen=True)
class Answers:
    """The fields of a form as they were typed, and why they were refused when they were sent."""

    fields: MultiDict
    refusal: str = ""


def fits(sealed: str) -> bool:
    return len(sealed) <= LONGEST


def seal(token: str, fields: list[tuple[str, str]], refusal: str, now: datetime) -> str:
    """:param token: of the link that they belong to"""
    content = json.dumps([token, now.timestamp(), fields, refusal])
    sealed = keys.seal(zlib.compress(content.encode()), PURPOSE)
    return base64.urlsafe_b64encode(sealed).decode()


def keep(response: Response, path: str, sealed: str) -> None:
    """:param path: of the pages that read them again"""
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=KEPT,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["PRODUCTION"],
    )


def kept(token: str, now: datetime) -> Answers | None:
    """What this phone typed for this link; None when there is nothing, or it is too old."""
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        content = zlib.decompress(keys.unseal(sealed, PURPOSE))
    except (ValueError, InvalidTag, zlib.error):
        return None
    of, at, fields, refusal = json.loads(content)
    if of != token or now.timestamp() - at > KEPT:
        return None
    return Answers(MultiDict(fields), refusal)
