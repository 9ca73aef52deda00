"""Small charts as SVG markup: no script, no style attribute, colours by class.

Callers bring every word, class and limit; nothing here knows what a bar stands for. Bars stretch
with the page (shares of the width), drawings scale by their viewBox and come twice where letters
would become too small: `chart-wide` for desks, `chart-narrow` for phones; the style sheet shows
one. A chart with links is a group of links, any other an image; both carry a title.
"""

from kopdiklat.core.charts.bars import (
    Part,
    meter,
    progress_bar,
    seat_grid,
    split_bar,
    strip,
)
from kopdiklat.core.charts.lanes import Lane, Mark, Span
from kopdiklat.core.charts.ribbons import Flow, Node, ribbon_scale, ribbons
from kopdiklat.core.charts.scores import Band, Point
from kopdiklat.core.charts.timeline import timeline

__all__ = [
    "Band",
    "Flow",
    "Lane",
    "Mark",
    "Node",
    "Part",
    "Point",
    "Span",
    "meter",
    "progress_bar",
    "ribbon_scale",
    "ribbons",
    "seat_grid",
    "split_bar",
    "strip",
    "timeline",
]
