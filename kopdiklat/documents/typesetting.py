"""PDF by Typst: data goes in as one JSON string, so a name is printed and never run.

The same data and the same moment give the same bytes. Call it outside transaction().
"""

import io
import json
import re
import unicodedata
from bisect import bisect_right
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno

from kopdiklat.core import programs
from kopdiklat.documents import typesetter
from kopdiklat.documents.typesetter import FONTS

TYPESETTER = Path(typesetter.__file__)
TIMEOUT_SECONDS = 20
LONGEST_WORD = 16  # letters, before a break inside the word is allowed
BREAK = "\u200b"
UNCOVERED = "□"


def pdf(
    layout: str, data: dict[str, Any], *, at: datetime, standards: tuple[str, ...] = ()
) -> bytes:
    """Set `layouts/<layout>.typ` with this data, in a process of its own.

    :param at: goes into the file's properties
    :param standards: what the file must keep: `ua-1` refuses one that a screen reader cannot read
    """
    moment = at.replace(microsecond=0).isoformat()
    asked = {"layout": layout, "data": _printable(data), "at": moment, "standards": standards}
    content = json.dumps(asked, ensure_ascii=False).encode()
    return programs.run(TYPESETTER, content=content, seconds=TIMEOUT_SECONDS)


def qr(text: str) -> str:
    """A QR code as SVG text, to be drawn by the layout."""
    out = io.BytesIO()
    code = segno.make(text, error="m")
    code.save(out, kind="svg", border=0, xmldecl=False, nl=False, svgclass=None, lineclass=None)
    return out.getvalue().decode()


def _printable(value: Any) -> Any:
    match value:
        case str():
            return value if value.startswith("<svg") else printable(value)
        case dict():
            return {key: _printable(item) for key, item in value.items()}
        case list() | tuple():
            return [_printable(item) for item in value]
        case _:
            return value


def printable(text: str) -> str:
    """What the fonts can draw: control and direction marks dropped, the rest replaced by □."""
    shown = []
    for character in unicodedata.normalize("NFC", text):
        if character == BREAK:
            shown.append(character)
        elif character in "\n\t" or unicodedata.category(character) == "Zs":
            shown.append(" " if character != "\u00a0" else character)
        elif not _is_invisible(character):
            shown.append(character if _is_covered(ord(character)) else UNCOVERED)
    return "".join(shown)


def _is_invisible(character: str) -> bool:
    """Control and direction marks, unassigned codes, and the selectors after a sign."""
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
    return hidden or 0xFE00 <= ord(character) <= 0xFE0F


def breakable(text: str) -> str:
    """Lets a word that is longer than any column break inside."""
    return re.sub(rf"(\w{{{LONGEST_WORD}}})(?=\w)", rf"\1{BREAK}", text)


@lru_cache(maxsize=1)
def _coverage() -> tuple[list[int], list[int]]:
    lines = (FONTS / "coverage.txt").read_text().splitlines()
    ranges = [line.split("-") for line in lines if line and not line.startswith("#")]
    return [int(first, 16) for first, _ in ranges], [int(last, 16) for _, last in ranges]


def _is_covered(code: int) -> bool:
    firsts, lasts = _coverage()
    at = bisect_right(firsts, code) - 1
    return at >= 0 and code <= lasts[at]
