"""Elements, icons and wrapped text: what every chart is drawn with."""

import textwrap
from collections.abc import Iterable

from markupsafe import Markup, escape

# Average widths of a letter at 13.3 and at 12 px, for room between labels.
LETTER = 7.2
SMALL_LETTER = 6.1
LINE = 16


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _attribute(name: str, value) -> str:
    shown = number(value) if isinstance(value, float) else value
    return f' {name.rstrip("_").replace("_", "-")}="{escape(shown)}"'


def element(tag: str, *content, **attributes) -> Markup:
    """One element; text inside is escaped, `class_` is written as class, None left out."""
    written = "".join(_attribute(n, v) for n, v in attributes.items() if v not in (None, ""))
    inner = Markup("").join(content)
    return Markup(f"<{tag}{written}>{inner}</{tag}>")


def drawing(content: Iterable[Markup], *, title: str, desc: str = "", linked=False, **attributes):
    return element(
        "svg",
        element("title", title),
        element("desc", desc) if desc else "",
        *content,
        role="group" if linked else "img",
        focusable="false",
        **attributes,
    )


def icon(href: str, x: float, y: float, css: str, size: int = 16) -> Markup:
    if not href:
        return Markup("")
    return element(
        "use", href=href, x=x, y=y, width=size, height=size, class_=f"chart-icon i-{css}"
    )


def text_lines(text: str, x: float, y: float, *, css: str, width: int, anchor: str = "") -> Markup:
    """Text wrapped at `width` letters, its block centred on y."""
    lines = textwrap.wrap(text, width, break_long_words=False) or [""]
    top = y - (len(lines) - 1) * LINE / 2 + 4.5
    return Markup("").join(
        element("text", line, x=x, y=top + n * LINE, class_=css, text_anchor=anchor)
        for n, line in enumerate(lines)
    )
