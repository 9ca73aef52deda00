"""Where things went: nodes left and right, ribbons as thick as their count."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from kopdiklat.core.charts.svg import (
    LINE,
    element,
    icon,
    in_both_sizes,
    label,
    number,
    scaled,
    text_lines,
)


@dataclass(frozen=True, slots=True)
class Node:
    key: object
    label: str
    css: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """`count` things going from one node on the left to one on the right."""

    source: object
    target: object
    count: int
    css: str
    title: str = ""


ICON = 20  # a symbol and the room after it
DIGIT = 10  # of a bold figure, in a font whose figures are wide
ASIDE = 8  # between a node and its words


@dataclass(frozen=True, slots=True)
class _Layout:
    """:param words: width of the longest line of a label, in a font whose letters are wide
    :param stacked: symbol and figure stand over the label, for want of room beside it
    :param digits: of the longest figure
    """

    width: int
    words: int
    wrap: int  # letters per line of a label
    gap: int
    stacked: bool
    digits: int = 1
    node: int = 12

    @property
    def figure(self) -> int:
        return DIGIT * self.digits

    @property
    def aside(self) -> int:
        """From a node to the far end of its words."""
        return ASIDE + self.words + (0 if self.stacked else ICON + self.figure + 6)

    @property
    def right(self) -> int:
        """Left edge of the right nodes."""
        return self.width - self.aside - self.node

    def lines(self, node: Node) -> int:
        return len(textwrap.wrap(node.label, self.wrap, break_long_words=False)) or 1


WIDE = _Layout(width=527, words=131, wrap=16, gap=12, stacked=False)
NARROW = _Layout(width=328, words=86, wrap=11, gap=14, stacked=True)


def ribbon_scale(*totals: int, height: int = 250) -> float:
    """Pixels per thing with which the largest of several drawings is `height` high."""
    return min(12.0, height / max(*totals, 1, 1))


def ribbons(
    flows: Sequence[Flow], nodes: Sequence[Node], *, scale: float, title: str, desc: str = ""
) -> Markup:
    """Where things went: nodes left and right from first to last, ribbons as thick as their count.

    Ribbons are drawn in the order given; drawings with one `scale` may be compared.
    """
    flows = [flow for flow in flows if flow.count > 0]
    digits = len(str(sum(flow.count for flow in flows)))

    def draw(size: _Layout, css: str) -> Markup:
        layout = replace(size, digits=digits)
        content, height = _ribbons(flows, nodes, scale, layout)
        return scaled(
            content,
            layout.width,
            height,
            above=2,
            title=title,
            desc=desc,
            class_=f"{css} ribbons",
        )

    return in_both_sizes(draw, WIDE, NARROW)


@dataclass(frozen=True, slots=True)
class _Side:
    """The nodes of one side that hold anything, by key: how much, their tops, and their labels' middles."""

    x: int
    totals: dict
    tops: dict
    middles: dict
    end: float


def _stack(x: int, totals: dict, nodes: Sequence[Node], scale: float, layout: _Layout) -> _Side:
    tops, middles, y, free = {}, {}, 0.0, 0.0
    for node in nodes:
        if not totals.get(node.key):
            continue
        height = totals[node.key] * scale
        lines = layout.lines(node) + layout.stacked
        middle = max(y + height / 2, free + lines * LINE / 2)
        tops[node.key], middles[node.key] = y, middle
        free = middle + lines * LINE / 2 + (6 if layout.stacked else 2)
        y += height + layout.gap
    return _Side(x, totals, tops, middles, max(y, free))


def _ribbons(flows, nodes, scale, layout) -> tuple[list[Markup], float]:
    """The ribbons with their nodes over them, and how high they are."""
    rank = {node.key: n for n, node in enumerate(nodes)}
    leaving: Counter = Counter()
    arriving: Counter = Counter()
    for flow in flows:
        leaving[flow.source] += flow.count
        arriving[flow.target] += flow.count
    left = _stack(layout.aside, leaving, nodes, scale, layout)
    right = _stack(layout.right, arriving, nodes, scale, layout)

    starts, ends = {}, {}
    used_left, used_right = dict(left.tops), dict(right.tops)
    for flow in sorted(flows, key=lambda f: (rank[f.source], rank[f.target])):
        starts[id(flow)] = used_left[flow.source]
        used_left[flow.source] += flow.count * scale
    for flow in sorted(flows, key=lambda f: (rank[f.target], rank[f.source])):
        ends[id(flow)] = used_right[flow.target]
        used_right[flow.target] += flow.count * scale

    x0, x1 = layout.aside + layout.node, layout.right
    content = [
        element(
            "path",
            element("title", flow.title) if flow.title else "",
            d=_band(x0, starts[id(flow)], x1, ends[id(flow)], flow.count * scale),
            class_=f"flow {flow.css}",
        )
        for flow in flows
    ]
    for node in nodes:
        if node.key in left.tops:
            content += _left_node(node, left, layout, scale)
        if node.key in right.tops:
            content += _right_node(node, right, layout, scale)
    return content, max(left.end, right.end, LINE) + 4


def _band(x0: float, y0: float, x1: float, y1: float, thick: float) -> str:
    middle = (x0 + x1) / 2
    n = number
    return (
        f"M{n(x0)} {n(y0)}C{n(middle)} {n(y0)} {n(middle)} {n(y1)} {n(x1)} {n(y1)}"
        f"V{n(y1 + thick)}C{n(middle)} {n(y1 + thick)} {n(middle)} {n(y0 + thick)}"
        f" {n(x0)} {n(y0 + thick)}Z"
    )


def _left_node(node: Node, side: _Side, layout: _Layout, scale: float) -> list[Markup]:
    y, total = side.middles[node.key], side.totals[node.key]
    drawn = [_node(node, side, layout, scale)]
    if layout.stacked:
        return drawn + _stacked(node, total, 0, y, layout)
    return [
        *drawn,
        icon(node.icon, 0, y - 8, node.css),
        text_lines(node.label, ICON, y, css="", width=layout.wrap),
        label(total, side.x - ASIDE, y + 5, "value-label", "end"),
    ]


def _right_node(node: Node, side: _Side, layout: _Layout, scale: float) -> list[Markup]:
    y, total = side.middles[node.key], side.totals[node.key]
    x = side.x + layout.node + ASIDE
    drawn = [_node(node, side, layout, scale)]
    if layout.stacked:
        return drawn + _stacked(node, total, x, y, layout)
    words = x + layout.figure + 6 + ICON
    return [
        *drawn,
        label(total, x, y + 5, "value-label", "start"),
        icon(node.icon, words - ICON, y - 8, node.css),
        text_lines(node.label, words, y, css="", width=layout.wrap),
    ]


def _stacked(node: Node, total: int, x: float, y: float, layout: _Layout) -> list[Markup]:
    """Symbol and figure in one line, the label in the lines under it; the whole centred on y."""
    top = y - layout.lines(node) * LINE / 2
    return [
        icon(node.icon, x, top - 8, node.css),
        label(total, x + ICON, top + 5, "value-label"),
        text_lines(node.label, x, y + LINE / 2, css="", width=layout.wrap),
    ]


def _node(node: Node, side: _Side, layout: _Layout, scale: float) -> Markup:
    return element(
        "rect",
        x=side.x,
        y=side.tops[node.key],
        width=layout.node,
        height=side.totals[node.key] * scale,
        class_=node.css,
    )
