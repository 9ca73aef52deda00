"""Where things went: nodes left and right, ribbons as thick as their count."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kopdiklat.core.charts.svg import LINE, drawing, element, icon, number, text_lines


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


@dataclass(frozen=True, slots=True)
class _Layout:
    width: int
    left: int  # left edge of the left nodes
    right: int  # left edge of the right nodes
    wrap: int  # letters per line of a label
    gap: int
    node: int = 12


WIDE = _Layout(width=527, left=176, right=339, wrap=18, gap=12)
NARROW = _Layout(width=328, left=124, right=192, wrap=11, gap=14)


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
    return Markup("").join(
        _ribbons(flows, nodes, scale, layout, title=title, desc=desc, class_=f"chart {css}")
        for layout, css in ((WIDE, "chart-wide"), (NARROW, "chart-narrow"))
    )


def _stack(totals: dict, nodes: Sequence[Node], scale: float, layout: _Layout):
    """Top and centre of the label of each node that holds anything; and where the stack ends."""
    tops, labels, y, free = {}, {}, 0.0, 0.0
    for node in nodes:
        if not totals.get(node.key):
            continue
        height = totals[node.key] * scale
        lines = len(textwrap.wrap(node.label, layout.wrap, break_long_words=False)) or 1
        label = max(y + height / 2, free + lines * LINE / 2)
        tops[node.key], labels[node.key] = y, label
        free = label + lines * LINE / 2 + 2
        y += height + layout.gap
    return tops, labels, max(y, free)


def _ribbons(flows, nodes, scale, layout, *, title, desc, class_) -> Markup:
    rank = {node.key: n for n, node in enumerate(nodes)}
    leaving: dict[str, int] = {}
    arriving: dict[str, int] = {}
    for flow in flows:
        leaving[flow.source] = leaving.get(flow.source, 0) + flow.count
        arriving[flow.target] = arriving.get(flow.target, 0) + flow.count
    left_tops, left_labels, left_end = _stack(leaving, nodes, scale, layout)
    right_tops, right_labels, right_end = _stack(arriving, nodes, scale, layout)

    starts, ends = {}, {}
    used_left, used_right = dict(left_tops), dict(right_tops)
    for flow in sorted(flows, key=lambda f: (rank[f.source], rank[f.target])):
        starts[id(flow)] = used_left[flow.source]
        used_left[flow.source] += flow.count * scale
    for flow in sorted(flows, key=lambda f: (rank[f.target], rank[f.source])):
        ends[id(flow)] = used_right[flow.target]
        used_right[flow.target] += flow.count * scale

    x0, x1 = layout.left + layout.node, layout.right
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
        if node.key in left_tops:
            content += _left_node(node, layout, left_tops, left_labels, leaving, scale)
        if node.key in right_tops:
            content += _right_node(node, layout, right_tops, right_labels, arriving, scale)
    height = max(left_end, right_end, LINE) + 4
    return drawing(
        content,
        title=title,
        desc=desc,
        class_=f"{class_} ribbons",
        viewBox=f"0 -2 {layout.width} {number(height)}",
        width=layout.width,
        height=height,
    )


def _band(x0: float, y0: float, x1: float, y1: float, thick: float) -> str:
    middle = (x0 + x1) / 2
    n = number
    return (
        f"M{n(x0)} {n(y0)}C{n(middle)} {n(y0)} {n(middle)} {n(y1)} {n(x1)} {n(y1)}"
        f"V{n(y1 + thick)}C{n(middle)} {n(y1 + thick)} {n(middle)} {n(y0 + thick)}"
        f" {n(x0)} {n(y0 + thick)}Z"
    )


def _node(node: Node, x: int, tops: dict, totals: dict, scale: float, layout: _Layout) -> Markup:
    return element(
        "rect",
        x=x,
        y=tops[node.key],
        width=layout.node,
        height=totals[node.key] * scale,
        class_=node.css,
    )


def _count(total: int, x: float, y: float, anchor: str) -> Markup:
    return element("text", total, x=x, y=y + 5, class_="value-label", text_anchor=anchor)


def _left_node(node, layout, tops, labels, totals, scale) -> list[Markup]:
    y = labels[node.key]
    return [
        _node(node, layout.left, tops, totals, scale, layout),
        icon(node.icon, 0, y - 8, node.css),
        text_lines(node.label, 20, y, css="", width=layout.wrap),
        _count(totals[node.key], layout.left - 8, y, "end"),
    ]


def _right_node(node, layout, tops, labels, totals, scale) -> list[Markup]:
    y = labels[node.key]
    x = layout.right + layout.node + 8
    return [
        _node(node, layout.right, tops, totals, scale, layout),
        _count(totals[node.key], x, y, "start"),
        icon(node.icon, x + 22, y - 8, node.css),
        text_lines(node.label, x + 42, y, css="", width=layout.wrap),
    ]
