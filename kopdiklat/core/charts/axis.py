"""Years from left to right: where a day stands, the lines of the years, and today."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from kopdiklat.core.charts.svg import LETTER, element, label, number


@dataclass(frozen=True, slots=True)
class Axis:
    """The days of the years shown, between `left` and `right` of a drawing that is `width` wide."""

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


def years(axis: Axis, top: float, bottom: float) -> list[Markup]:
    shown = range(axis.first.year, axis.last.year + 1)
    step = -(-len(shown) * 34 // (axis.right - axis.left)) or 1
    drawn = []
    for year in shown:
        x = axis.x(date(year, 1, 1))
        middle = (x + axis.x(date(year, 12, 31))) / 2
        drawn.append(element("path", d=f"M{number(x)} {top}V{number(bottom)}", class_="grid-line"))
        if (year - axis.first.year) % step == 0:
            drawn.append(label(year, middle, 16, "axis-title", "middle"))
    return drawn


def today_line(axis: Axis, today: date, words: str, top: float, bottom: float) -> list[Markup]:
    if not axis.first <= today <= axis.last:
        return []
    x = axis.x(today)
    half = LETTER * len(words) / 2
    middle = min(max(x, axis.left + half), axis.width - half)
    return [
        element("path", d=f"M{number(x)} {top}V{number(bottom)}", class_="today-line"),
        label(words, middle, bottom + 16, "note-label", "middle"),
    ]
