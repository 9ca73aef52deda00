"""A value on its shaded bands over the years, and lanes of events on the same axis."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from kopdiklat.core.charts.axis import Axis, today_line, years
from kopdiklat.core.charts.lanes import Lane, draw_lane
from kopdiklat.core.charts.scores import Band, Point, score_plot
from kopdiklat.core.charts.svg import element, in_both_sizes, number, scaled

TOP = 28


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

    def draw(axis: Axis, css: str) -> Markup:
        height = 170 if axis.narrow else 190
        shaded, line = score_plot(points, bands, axis, TOP, height)
        lanes_drawn, bottom = _lanes(lanes, axis, TOP + height + 8.0)
        content = [
            *shaded,
            *years(axis, TOP, bottom),
            *lanes_drawn,
            *line,
            *today_line(axis, today, today_label, TOP, bottom),
        ]
        css = f"{css} timeline"
        return scaled(content, axis.width, bottom + 24, title=title, desc=desc, class_=css)

    days = date(first_year, 1, 1), date(last_year, 12, 31)
    return in_both_sizes(
        draw, Axis(*days, 156, 1074, 1086, narrow=False), Axis(*days, 1, 327, 328, narrow=True)
    )


def _lanes(lanes: Sequence[Lane], axis: Axis, y: float) -> tuple[list[Markup], float]:
    """The lanes one below the other, and where the last one ends."""
    drawn: list[Markup] = []
    for lane in lanes:
        drawn.append(element("path", d=f"M0 {number(y)}H{axis.width}", class_="axis"))
        content, height = draw_lane(lane, axis, y)
        drawn += content
        y += height
    return drawn, y
