"""Elements, icons and wrapped text: what every chart is drawn with."""

import textwrap
from collections.abc import Iterable

from markupsafe import Markup, escape

# Average widths of a letter at 13.3 and at 12 px, for room between labels.
LETTER = 7.2
SMALL_LETTER = 5.8
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
    # Every value is escaped above; the tag and the names of attributes are ours.
    return Markup(f"<{tag}{written}>{inner}</{tag}>")  # noqa: S704


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


def ink(css: str) -> str:
    """The text colour that goes with a fill: `t-x` for `s-x` and for `band-x`."""
    return f"t-{css.partition('-')[2]}"


def icon(href: str, x: float, y: float, css: str) -> Markup:
    """A 16 px symbol in the text colour of a fill."""
    if not href:
        return Markup("")
    return element("use", href=href, x=x, y=y, class_=f"icon {ink(css)}")


def text_lines(text: str, x: float, y: float, *, css: str, width: int, anchor: str = "") -> Markup:
    """Text wrapped at `width` letters, its block centred on y."""
    lines = textwrap.wrap(text, width, break_long_words=False) or [""]
    top = y - (len(lines) - 1) * LINE / 2 + 4.5
    return Markup("").join(
        element("text", line, x=x, y=top + n * LINE, class_=css, text_anchor=anchor)
        for n, line in enumerate(lines)
    )
