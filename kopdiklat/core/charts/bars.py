"""Bars that stretch with the page, and cells that are counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kopdiklat.core.charts.svg import LETTER, drawing, element, icon, number, scaled

LABEL_GAP = 24  # wide enough for fonts whose letters are wider than most


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a bar. `icon` is the address of a symbol, `href` makes the part a link."""

    label: str
    value: int
    css: str
    href: str = ""
    icon: str = ""


def _share(value: float, whole: float) -> str:
    return f"{number(100 * value / whole if whole else 0.0)}%"


def _bar(parts: Sequence[Part], height: int, gap: int = 2) -> list[tuple[Part, Markup]]:
    whole = sum(part.value for part in parts)
    drawn, start = [], 0
    for part in parts:
        if part.value == 0:
            continue
        width = _share(part.value, whole)
        # An inner drawing per part: patterns begin with it and cannot run into the next one.
        rect = element("rect", width="100%", height=height, class_=part.css)
        edge = element("rect", width=gap, height=height, class_="chart-gap") if start else ""
        inner = element("svg", rect, edge, x=_share(start, whole), width=width, height=height)
        drawn.append((part, inner))
        start += part.value
    return drawn


def _label_places(parts: Sequence[Part], width: int) -> list[float]:
    """Left ends of the labels: under its own part, moved aside where two would touch."""
    whole = sum(part.value for part in parts) or 1
    places, start, free = [], 0, 0.0
    for part in parts:
        place = max(width * start / whole, free)
        places.append(place)
        free = place + _label_length(part) + LABEL_GAP
        start += part.value
    limit = float(width)
    for n in range(len(parts) - 1, -1, -1):
        places[n] = max(0.0, min(places[n], limit - _label_length(parts[n])))
        limit = places[n] - LABEL_GAP
    return places


def _label_length(part: Part) -> float:
    return 20 + LETTER * (len(part.label) + len(str(part.value)) + 1)


def strip(
    parts: Sequence[Part],
    *,
    title: str,
    desc: str = "",
    height: int = 28,
    labels: bool = True,
    width: int = 1086,
) -> Markup:
    """A distribution as one bar over the full width, each part with its label under it.

    The labels come twice: placed under their parts on wide pages, as a list on others. With links
    the labels are the links to reach by key; the parts can be pressed too.

    :param height: 28 or 20
    :param width: pixels for which the labels are placed
    """
    bar = _strip_bar(parts, height, labels, title=title, desc=desc)
    if not labels:
        return bar
    places = _strip_places(parts, width, title=title)
    css = "strip strip--tall" if height > 20 else "strip"
    return element("div", bar, places, _strip_labels(parts), class_=css)


def _strip_bar(parts, height, labels, *, title, desc) -> Markup:
    linked = any(part.href for part in parts)
    drawn = []
    for part, inner in _bar(parts, height):
        name = f"{part.label}: {part.value}"
        if part.href and labels:
            inner = element("a", element("title", name), inner, href=part.href, tabindex=-1)
        elif part.href:
            inner = element("a", inner, href=part.href, aria_label=name)
        else:
            inner = element("g", element("title", name), inner)
        drawn.append(inner)
    hidden = "true" if linked and labels else None
    return drawing(
        drawn,
        title=title,
        desc=desc,
        linked=linked,
        class_="strip__parts",
        width="100%",
        height=height,
        aria_hidden=hidden,
    )


def _strip_places(parts: Sequence[Part], width: int, *, title: str) -> Markup:
    drawn = []
    for part, place in zip(parts, _label_places(parts, width), strict=True):
        text = element(
            "text",
            element("tspan", part.value, class_="value-label"),
            " ",
            part.label,
            x=22 if part.icon else 0,
            y=13,
        )
        inner = (icon(part.icon, 0, 0, part.css), text)
        linked = [element("a", *inner, href=part.href)] if part.href else inner
        drawn.append(element("svg", *linked, x=_share(place, width)))
    return drawing(
        drawn,
        title=title,
        linked=any(part.href for part in parts),
        class_="chart strip__places",
        width="100%",
        height=20,
    )


def _strip_labels(parts: Sequence[Part]) -> Markup:
    items = []
    for part in parts:
        picture = element(
            "svg",
            icon(part.icon, 0, 0, part.css),
            class_="icon",
            viewBox="0 0 16 16",
            aria_hidden="true",
        )
        inner = (picture, element("span", element("b", part.value), " ", part.label))
        tag, href = ("a", part.href) if part.href else ("span", None)
        items.append(element("li", element(tag, *inner, href=href, class_="strip__label")))
    return element("ul", *items, class_="strip__labels")


def split_bar(parts: Sequence[Part], *, title: str, desc: str = "", height: int = 18) -> Markup:
    """One whole in a few parts, in the order given."""
    inner = [
        element("g", element("title", f"{part.label}: {part.value}"), drawn)
        for part, drawn in _bar(parts, height, gap=3)
    ]
    return drawing(inner, title=title, desc=desc, class_="split-bar", width="100%", height=height)


def meter(
    value: float,
    maximum: float,
    *,
    title: str,
    css: str = "",
    mark: float | None = None,
    height: int = 8,
) -> Markup:
    """How full something is; `mark` is a 2 px line, as for a minimum or last year's value."""
    filled = _share(min(max(value, 0), maximum), maximum)
    drawn = [element("rect", width=filled, height=height, class_="meter__fill")]
    if mark is not None:
        drawn.append(
            element("rect", x=_share(mark, maximum), width=2, height=height, class_="meter__mark")
        )
    return drawing(drawn, title=title, class_=f"meter {css}".strip(), width="100%", height=height)


def progress_bar(parts: Sequence[Part], maximum: int, *, title: str, height: int = 10) -> Markup:
    """Parts of a maximum from the left; what is missing stays the empty track."""
    drawn, start = [], 0
    for part in parts:
        if part.value <= 0 or start >= maximum:
            continue
        value = min(part.value, maximum - start)
        drawn.append(
            element(
                "svg",
                element("title", f"{part.label}: {part.value}"),
                element("rect", width="100%", height=height, class_=part.css),
                x=_share(start, maximum),
                width=_share(value, maximum),
                height=height,
            )
        )
        start += value
    return drawing(drawn, title=title, class_="meter meter--tall", width="100%", height=height)


def seat_grid(parts: Sequence[Part], *, title: str, desc: str = "", rows: int = 2) -> Markup:
    """One small cell per seat, in the order of the parts, row by row."""
    cells = [part.css for part in parts for _ in range(part.value)]
    columns = max(-(-len(cells) // rows), 1) if len(cells) <= 30 * rows else 30
    rows = max(-(-len(cells) // columns), 1)
    drawn = [
        element(
            "rect",
            x=0.5 + (n % columns) * 11.7,
            y=0.5 + (n // columns) * 16,
            width=8,
            height=11,
            rx=1.5,
            class_=css,
        )
        for n, css in enumerate(cells)
    ]
    return scaled(
        drawn,
        columns * 11.7 - 2.7,
        rows * 16 - 4,
        title=title,
        desc=desc,
        class_="chart seat-grid",
    )
