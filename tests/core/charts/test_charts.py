"""What holds of every chart."""

import re
from datetime import date

import pytest

from kopdiklat.core import charts
from tests.core.charts.samples import drawings, make_timeline

EVIL = '<script>"x"&</script>'
ALL = {
    "strip": lambda t: charts.strip([charts.Part(t, 3, "a")], title=t, desc=t),
    "split_bar": lambda t: charts.split_bar([charts.Part(t, 3, "a")], title=t, desc=t),
    "meter": lambda t: charts.meter(3, 8, mark=2, title=t),
    "progress_bar": lambda t: charts.progress_bar([charts.Part(t, 3, "a")], 8, title=t),
    "seat_grid": lambda t: charts.seat_grid([charts.Part(t, 3, "a")], title=t, desc=t),
    "ribbons": lambda t: charts.ribbons(
        [charts.Flow("x", "x", 1, "a", t)], [charts.Node("x", t, "a")], scale=3, title=t, desc=t
    ),
    "timeline": lambda t: make_timeline(
        title=t,
        desc=t,
        lanes=[charts.Lane(t, [charts.Mark(date(2024, 1, 1), "circle", label=t, note=t)], note=t)],
    ),
}


@pytest.mark.parametrize("draw", ALL.values(), ids=ALL)
def test_chart_is_well_formed_and_escapes_every_text(draw):
    markup = draw(EVIL)

    assert drawings(markup)
    assert "<script" not in markup
    assert not re.search(r"\s(style|on\w+)=", markup)


@pytest.mark.parametrize("draw", [draw for name, draw in ALL.items() if name != "strip"])
def test_chart_is_an_image_that_begins_with_its_title(draw):
    for drawing in drawings(draw("Judul")):
        assert drawing.attrib["role"] == "img"
        assert (drawing[0].tag, drawing[0].text) == ("title", "Judul")
