"""A value on its shaded bands over the years, and lanes of events on the same axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from kopdiklat.core.charts.svg import (
    LETTER,
    SMALL_LETTER,
    drawing,
    element,
    icon,
    ink,
    number,
    text_lines,
)


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
class Mark:
    """An event: `shape` is square, diamond or circle, `css` point--solid or point--open."""

    on: date
    shape: str
    css: str = "point--solid"
    label: str = ""
    note: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasts: `css` is bar, or bar--open while it is open."""

    start: date
    end: date
    label: str
    css: str = "bar"


@dataclass(frozen=True, slots=True)
class Lane:
    label: str
    marks: Sequence[Mark] = ()
    spans: Sequence[Span] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Axis:
    first: date
    last: date
    left: int
    right: int
    width: int
    narrow: bool

    def x(self, day: date) -> float:
        days = (self.last - self.first).days or 1
        share = (min(max(day, self.first), self.last) - self.first).days / days
        return self.left + share * (self.right - self.left)


def timeline(
    points: Sequence[Point],
    bands: Sequence[Band],
    lanes: Sequence[Lane],
    *,
    first_year: int,
    last_year: int,
    today: date,
    today_label: str,
    title: str,
    desc: str = "",
) -> Markup:
    """A value on its shaded bands over the years, and lanes of events below on the same axis."""
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    return Markup("").join(
        _timeline(
            points, bands, lanes, axis, today, today_label, title=title, desc=desc, class_=css
        )
        for axis, css in (
            (_Axis(first, last, 146, 1074, 1086, False), "chart chart-wide timeline"),
            (_Axis(first, last, 1, 327, 328, True), "chart chart-narrow timeline"),
        )
    )


def _timeline(points, bands, lanes, axis, today, today_label, *, title, desc, class_) -> Markup:
    content: list[Markup] = []
    top, plot = 28, 170 if axis.narrow else 190
    bottom: float = top + plot + 8
    for lane in lanes:
        drawn, height = _lane(lane, axis, bottom)
        content.append(element("path", d=f"M0 {number(bottom)}H{axis.width}", class_="axis"))
        content += drawn
        bottom += height
    content = _value_bands(bands, points, axis, top, plot) + _years(axis, top, bottom) + content
    content += _score_line(points, bands, axis, top, plot)
    content += _today(axis, today, today_label, top, bottom)
    height = bottom + 24
    return drawing(
        content,
        title=title,
        desc=desc,
        class_=class_,
        viewBox=f"0 0 {axis.width} {number(height)}",
        width=axis.width,
        height=height,
    )


def _years(axis: _Axis, top: float, bottom: float) -> list[Markup]:
    years = range(axis.first.year, axis.last.year + 1)
    step = -(-len(years) * 34 // (axis.right - axis.left)) or 1
    drawn = []
    for year in years:
        x = axis.x(date(year, 1, 1))
        middle = (x + axis.x(date(year, 12, 31))) / 2
        drawn.append(element("path", d=f"M{number(x)} {top}V{number(bottom)}", class_="grid-line"))
        if (year - axis.first.year) % step == 0:
            drawn.append(
                element("text", year, x=middle, y=16, class_="axis-title", text_anchor="middle")
            )
    return drawn


def _value_range(bands: Sequence[Band], points: Sequence[Point]) -> tuple[float, float]:
    """The inner limits with room around, wide enough for every point."""
    inner = sorted({band.low for band in bands} | {band.high for band in bands})[1:-1]
    values = [*inner, *(point.value for point in points)] or [0.0, 100.0]
    lowest = bands[-1].low if bands else 0.0
    highest = bands[0].high if bands else 100.0
    return max(lowest, min(values) - 14), min(highest, max(values) + 10)


def _height_of(value: float, low: float, high: float, top: float, plot: float) -> float:
    return top + plot * (high - value) / ((high - low) or 1)


def _placed(points, axis, low, high, top, plot) -> list[tuple[float, float, Point]]:
    return [
        (axis.x(point.on), _height_of(point.value, low, high, top, plot), point)
        for point in sorted(points, key=lambda point: point.on)
    ]


def _free_line(label: str, upper: float, lower: float, placed) -> float:
    """The edge of a band, top or bottom, where a name at the left is farther from the line."""
    near = [y - 8 for x, y, _ in placed if x < 40 + LETTER * len(label)] or [lower]
    return max(upper + 14, lower - 6, key=lambda line: min(abs(line - 5 - y) for y in near))


def _value_bands(bands, points, axis, top, plot) -> list[Markup]:
    low, high = _value_range(bands, points)
    placed = _placed(points, axis, low, high, top, plot)
    drawn = []
    for band in bands:
        upper = _height_of(min(band.high, high), low, high, top, plot)
        lower = _height_of(max(band.low, low), low, high, top, plot)
        if lower <= upper:
            continue
        drawn.append(
            element(
                "rect",
                x=axis.left,
                y=upper,
                width=axis.right - axis.left,
                height=lower - upper,
                class_=band.css,
            )
        )
        middle = (upper + lower) / 2
        if axis.narrow:
            drawn.append(
                element(
                    "text",
                    band.label,
                    x=5,
                    y=_free_line(band.label, upper, lower, placed),
                    class_=ink(band.css),
                )
            )
        else:
            drawn.append(icon(band.icon, 0, middle - 8, band.css))
            drawn.append(text_lines(band.label, 22, middle, css=ink(band.css), width=18))
        if band.low > low:
            drawn.append(
                element(
                    "text",
                    number(float(band.low)),
                    x=axis.right - 4 if axis.narrow else axis.left + 6,
                    y=lower - 3,
                    class_="axis-label",
                    text_anchor="end" if axis.narrow else None,
                )
            )
    return drawn


def _score_line(points, bands, axis, top, plot) -> list[Markup]:
    low, high = _value_range(bands, points)
    placed = _placed(points, axis, low, high, top, plot)
    drawn = []
    if len(placed) > 1:
        line = "L".join(f"{number(x)} {number(y)}" for x, y, _ in placed)
        drawn.append(element("path", d=f"M{line}", class_="score-line"))
    for x, y, point in placed:
        inside = min(max(x, axis.left + 10.0), axis.width - 10.0)
        drawn.append(element("circle", cx=inside, cy=y, r=10, class_="point-ground"))
        drawn.append(icon(point.icon, inside - 8, y - 8, point.css))
        near_end = inside > axis.right - 50
        drawn.append(
            element(
                "text",
                point.label,
                x=inside - 12 if near_end else inside + 12,
                y=y - 9,
                class_="value-label",
                text_anchor="end" if near_end else None,
            )
        )
    return drawn


def _lane(lane: Lane, axis: _Axis, y: float) -> tuple[list[Markup], float]:
    """Drawn lane and its height; rows are added where two labels would touch."""
    drawn: list[Markup] = []
    if axis.narrow:
        drawn.append(element("text", lane.label, x=1, y=y + 17, class_="lane-label"))
        y, height = y + 22, 22.0
    else:
        drawn.append(element("text", lane.label, x=0, y=y + 30, class_="lane-label"))
        height = 0.0
    least = 28 if axis.narrow else 46  # room for the name of a lane where nothing happened
    marks, rows = _marks(lane.marks, axis, y)
    spans = _spans(lane.spans, axis, y + 8)
    inner = max(
        rows * 34 + 14 if rows else 0, len(lane.spans) * 19 + 18 if lane.spans else 0, least
    )
    drawn += marks + spans
    if lane.note:
        end = axis.right if axis.narrow else _note_end(lane, axis)
        drawn.append(
            element(
                "text", lane.note, x=end, y=y + inner + 2, class_="note-label", text_anchor="end"
            )
        )
        inner += 10
    return drawn, height + inner


def _note_end(lane: Lane, axis: _Axis) -> float:
    last = max((axis.x(mark.on) for mark in lane.marks), default=float(axis.right))
    return max(last + 12, axis.left + SMALL_LETTER * len(lane.note))


def _marks(marks: Sequence[Mark], axis: _Axis, y: float) -> tuple[list[Markup], int]:
    drawn: list[Markup] = []
    row_ends: list[float] = []
    for mark in sorted(marks, key=lambda mark: mark.on):
        x = axis.x(mark.on)
        words = "" if axis.narrow else mark.label
        length = max(LETTER * len(words), SMALL_LETTER * len(mark.note)) if words else 0
        before = x + 14 + length > axis.width
        start, end = (x - 14 - length, x + 10) if before else (x - 8, x + 12 + length)
        row = next((n for n, used in enumerate(row_ends) if used < start), None)
        if not words:
            row = 0
        if row is None:
            row = len(row_ends)
        if row == len(row_ends):
            row_ends.append(end)
        row_ends[row] = max(row_ends[row], end)
        middle = y + 25 + row * 34 if not axis.narrow else y + 12
        drawn.append(_shape(mark, x, middle))
        if words:
            drawn += _mark_words(mark, x, middle, before)
    return drawn, 0 if axis.narrow else len(row_ends)


def _mark_words(mark: Mark, x: float, middle: float, before: bool) -> list[Markup]:
    at = {"x": x - 11 if before else x + 11, "text_anchor": "end" if before else None}
    if not mark.note:
        return [element("text", mark.label, y=middle + 4.5, class_="item-label", **at)]
    return [
        element("text", mark.label, y=middle - 2, class_="item-label", **at),
        element("text", mark.note, y=middle + 13, class_="note-label", **at),
    ]


def _shape(mark: Mark, x: float, y: float) -> Markup:
    title = element("title", mark.title or " ".join(filter(None, (mark.label, mark.note))))
    css = f"point {mark.css}"
    if mark.shape == "circle":
        return element("circle", title, cx=x, cy=y, r=6, class_=css)
    if mark.shape == "diamond":
        return element("path", title, d=f"M{number(x)} {number(y - 8)}l8 8-8 8-8-8z", class_=css)
    return element("rect", title, x=x - 6, y=y - 6, width=12, height=12, rx=1, class_=css)


def _spans(spans: Sequence[Span], axis: _Axis, y: float) -> list[Markup]:
    drawn = []
    for n, span in enumerate(sorted(spans, key=lambda span: (span.start, span.end))):
        x, end = axis.x(span.start), axis.x(span.end)
        top = y + n * 19
        drawn.append(
            element(
                "rect",
                element("title", span.label),
                x=x,
                y=top,
                width=max(end - x, 8.0),
                height=8,
                rx=4,
                class_=span.css,
            )
        )
        if axis.narrow:
            continue
        room = x - axis.left > SMALL_LETTER * len(span.label)
        drawn.append(
            element(
                "text",
                span.label,
                x=x - 6 if room else max(end, x + 8) + 6,
                y=top + 8,
                class_="note-label",
                text_anchor="end" if room else None,
            )
        )
    return drawn


def _today(axis: _Axis, today: date, label: str, top: float, bottom: float) -> list[Markup]:
    if not axis.first <= today <= axis.last:
        return []
    x = axis.x(today)
    half = LETTER * len(label) / 2
    middle = min(max(x, axis.left + half), axis.width - half)
    return [
        element("path", d=f"M{number(x)} {top}V{number(bottom)}", class_="today-line"),
        element("text", label, x=middle, y=bottom + 16, class_="note-label", text_anchor="middle"),
    ]
