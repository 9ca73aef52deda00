"""A value over the years: its points, joined, on the shaded bands that it runs through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from kopdiklat.core.charts.axis import Axis
from kopdiklat.core.charts.svg import LETTER, element, icon, ink, label, number, text_lines


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of the value axis, from `low` up to `high`."""

    label: str
    low: float
    high: float
    css: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    on: date
    value: float
    label: str
    css: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where values stand: from `low` at the bottom to `high` at the top."""

    axis: Axis
    low: float
    high: float
    top: float
    height: float

    def y(self, value: float) -> float:
        return self.top + self.height * (self.high - value) / ((self.high - self.low) or 1)


def score_plot(
    points: Sequence[Point], bands: Sequence[Band], axis: Axis, top: float, height: float
) -> tuple[list[Markup], list[Markup]]:
    """The bands, to lie under everything, and the line of points, to lie over it."""
    plot = _Plot(axis, *_value_range(bands, points), top, height)
    placed = [
        (axis.x(point.on), plot.y(point.value), point)
        for point in sorted(points, key=lambda point: point.on)
    ]
    shaded = [drawn for band in bands for drawn in _band(band, plot, placed)]
    return shaded, _line(placed, axis)


def _value_range(bands: Sequence[Band], points: Sequence[Point]) -> tuple[float, float]:
    """The inner limits with room around, wide enough for every point."""
    inner = sorted({band.low for band in bands} | {band.high for band in bands})[1:-1]
    values = [*inner, *(point.value for point in points)] or [0.0, 100.0]
    lowest = bands[-1].low if bands else 0.0
    highest = bands[0].high if bands else 100.0
    return max(lowest, min(values) - 14), min(highest, max(values) + 10)


def _band(band: Band, plot: _Plot, placed) -> list[Markup]:
    axis = plot.axis
    upper = plot.y(min(band.high, plot.high))
    lower = plot.y(max(band.low, plot.low))
    if lower <= upper:
        return []
    width = axis.right - axis.left
    drawn = [
        element("rect", x=axis.left, y=upper, width=width, height=lower - upper, class_=band.css)
    ]
    middle = (upper + lower) / 2
    if axis.narrow:
        drawn.append(
            label(band.label, 5, _free_line(band.label, upper, lower, placed), ink(band.css))
        )
    else:
        drawn.append(icon(band.icon, 0, middle - 8, band.css))
        drawn.append(text_lines(band.label, 22, middle, css=ink(band.css), width=18))
    if band.low > plot.low:
        x, anchor = (axis.right - 4, "end") if axis.narrow else (axis.left + 6, "")
        drawn.append(label(number(float(band.low)), x, lower - 3, "axis-label", anchor))
    return drawn


def _free_line(words: str, upper: float, lower: float, placed) -> float:
    """The edge of a band, top or bottom, where a name at the left is farther from the line."""
    near = [y - 8 for x, y, _ in placed if x < 40 + LETTER * len(words)] or [lower]
    return max(upper + 14, lower - 6, key=lambda line: min(abs(line - 5 - y) for y in near))


def _line(placed, axis: Axis) -> list[Markup]:
    """The points, joined; the value stands on the side of a point that the line leaves free."""
    drawn = []
    if len(placed) > 1:
        line = "L".join(f"{number(x)} {number(y)}" for x, y, _ in placed)
        drawn.append(element("path", d=f"M{line}", class_="score-line"))
    for n, (x, y, point) in enumerate(placed):
        inside = min(max(x, axis.left + 10.0), axis.width - 10.0)
        before = inside > axis.right - 50
        beside = placed[n - 1 : n] if before else placed[n + 1 : n + 2]
        under = any(other.value > point.value for _, _, other in beside)
        at, anchor = (inside - 12, "end") if before else (inside + 12, "")
        drawn += [
            element("circle", cx=inside, cy=y, r=10, class_="point-ground"),
            icon(point.icon, inside - 8, y - 8, point.css),
            label(point.label, at, y + 18 if under else y - 9, "value-label", anchor),
        ]
    return drawn
