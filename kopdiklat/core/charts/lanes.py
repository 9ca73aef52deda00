"""Lanes of events under a time line: marks of a day, and bars of what lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from kopdiklat.core.charts.axis import Axis
from kopdiklat.core.charts.svg import LETTER, SMALL_LETTER, element, label, number


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


def draw_lane(lane: Lane, axis: Axis, y: float) -> tuple[list[Markup], float]:
    """Drawn lane and its height; rows are added where two labels would touch."""
    if axis.narrow:
        drawn = [label(lane.label, 1, y + 17, "lane-label")]
        y, height, least = y + 22, 22.0, 28
    else:
        drawn = [label(lane.label, 0, y + 30, "lane-label")]
        height, least = 0.0, 46  # room for the name of a lane where nothing happened
    marks, rows = _marks(lane.marks, axis, y)
    inner = max(
        rows * 34 + 14 if rows else 0, len(lane.spans) * 19 + 18 if lane.spans else 0, least
    )
    drawn += marks + _spans(lane.spans, axis, y + 8)
    if lane.note:
        end = axis.right if axis.narrow else _note_end(lane, axis)
        drawn.append(label(lane.note, end, y + inner + 2, "note-label", "end"))
        inner += 10
    return drawn, height + inner


def _note_end(lane: Lane, axis: Axis) -> float:
    last = max((axis.x(mark.on) for mark in lane.marks), default=float(axis.right))
    return max(last + 12, axis.left + SMALL_LETTER * len(lane.note))


def _marks(marks: Sequence[Mark], axis: Axis, y: float) -> tuple[list[Markup], int]:
    """The marks, and how many rows they take; without words one below another would say nothing."""
    marks = sorted(marks, key=lambda mark: mark.on)
    if axis.narrow:
        return [_shape(mark, axis.x(mark.on), y + 12) for mark in marks], 0
    drawn: list[Markup] = []
    row_ends: list[float] = []
    for mark in marks:
        x = axis.x(mark.on)
        length = max(LETTER * len(mark.label), SMALL_LETTER * len(mark.note)) if mark.label else 0
        before = x + 14 + length > axis.width
        start, end = (x - 14 - length, x + 10) if before else (x - 8, x + 12 + length)
        row = _free_row(row_ends, start) if mark.label else 0
        if row == len(row_ends):
            row_ends.append(end)
        row_ends[row] = max(row_ends[row], end)
        middle = y + 25 + row * 34
        drawn.append(_shape(mark, x, middle))
        if mark.label:
            drawn += _words(mark, x, middle, before)
    return drawn, len(row_ends)


def _free_row(row_ends: Sequence[float], start: float) -> int:
    free = (n for n, end in enumerate(row_ends) if end < start)
    return next(free, len(row_ends))


def _words(mark: Mark, x: float, middle: float, before: bool) -> list[Markup]:
    x, anchor = (x - 11, "end") if before else (x + 11, "")
    if not mark.note:
        return [label(mark.label, x, middle + 4.5, "item-label", anchor)]
    return [
        label(mark.label, x, middle - 2, "item-label", anchor),
        label(mark.note, x, middle + 13, "note-label", anchor),
    ]


def _shape(mark: Mark, x: float, y: float) -> Markup:
    title = element("title", mark.title or " ".join(filter(None, (mark.label, mark.note))))
    css = f"point {mark.css}"
    if mark.shape == "circle":
        return element("circle", title, cx=x, cy=y, r=6, class_=css)
    if mark.shape == "diamond":
        return element("path", title, d=f"M{number(x)} {number(y - 8)}l8 8-8 8-8-8z", class_=css)
    return element("rect", title, x=x - 6, y=y - 6, width=12, height=12, rx=1, class_=css)


def _spans(spans: Sequence[Span], axis: Axis, y: float) -> list[Markup]:
    drawn = []
    for n, span in enumerate(sorted(spans, key=lambda span: (span.start, span.end))):
        x, end = axis.x(span.start), axis.x(span.end)
        top, width = y + n * 19, max(end - x, 8.0)
        title = element("title", span.label)
        drawn.append(
            element("rect", title, x=x, y=top, width=width, height=8, rx=4, class_=span.css)
        )
        if axis.narrow:
            continue
        room = x - axis.left > SMALL_LETTER * len(span.label)
        at, anchor = (x - 6, "end") if room else (max(end, x + 8) + 6, "")
        drawn.append(label(span.label, at, top + 8, "note-label", anchor))
    return drawn
