"""Elements, icons and wrapped text: what every chart is drawn with."""

import textwrap
from collections.abc import Callable, Iterable
from typing import TypeVar

from markupsafe import Markup, escape

# Average widths of a letter at 13.3 and at 12 px, for room between labels.
LETTER = 7.2
SMALL_LETTER = 5.8
LINE = 16
Size = TypeVar("Size")


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


def scaled(
    content: Iterable[Markup], width: float, height: float, *, above: int = 0, **attributes
) -> Markup:
    """A drawing that grows and shrinks as a whole; `above` is room over its upper edge."""
    return drawing(
        content,
        viewBox=f"0 {-above} {number(width)} {number(height)}",
        width=width,
        height=height,
        **attributes,
    )


def in_both_sizes(draw: Callable[[Size, str], Markup], wide: Size, narrow: Size) -> Markup:
    """Once for desks and once for phones, whose letters would become too small."""
    return draw(wide, "chart chart-wide") + draw(narrow, "chart chart-narrow")


def ink(css: str) -> str:
    """The text colour that goes with a fill: `t-x` for `s-x` and for `band-x`."""
    return f"t-{css.partition('-')[2]}"


def icon(href: str, x: float, y: float, css: str) -> Markup:
    """A 16 px symbol in the text colour of a fill."""
    if not href:
        return Markup("")
    return element("use", href=href, x=x, y=y, class_=f"icon {ink(css)}")


def label(words: object, x: float, y: float, css: str = "", anchor: str = "") -> Markup:
    """One line of text that starts at x, or has its middle or end there."""
    return element("text", words, x=x, y=y, class_=css, text_anchor=anchor)


def text_lines(text: str, x: float, y: float, *, css: str, width: int, anchor: str = "") -> Markup:
    """Text wrapped at `width` letters, its block centred on y."""
    lines = textwrap.wrap(text, width, break_long_words=False) or [""]
    top = y - (len(lines) - 1) * LINE / 2 + 4.5
    return Markup("").join(
        label(line, x, top + n * LINE, css, anchor) for n, line in enumerate(lines)
    )
