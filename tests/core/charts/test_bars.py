from itertools import pairwise

import pytest

from kopdiklat.core import charts
from tests.core.charts.samples import drawings

PARTS = [
    charts.Part("Baik", 19, "a"),
    charts.Part("Sedang", 0, "b"),
    charts.Part("Buruk", 60, "c"),
]


def test_strip_with_links_reaches_each_part_once_by_key_in_every_width():
    parts = [charts.Part("Baik", 3, "a", href="/x"), charts.Part("Kosong", 0, "b", href="/y")]

    (strip,) = drawings(charts.strip(parts, title="Judul"))

    bar, places, labels = strip
    assert [link.attrib.get("tabindex") for link in bar.iter("a")] == ["-1"]
    assert bar.attrib["aria-hidden"] == "true"
    assert places.attrib["role"] == "group"
    for group in (places, labels):
        assert [link.attrib["href"] for link in group.iter("a")] == ["/x", "/y"]


def test_strip_without_links_is_an_image():
    (strip,) = drawings(charts.strip(PARTS, title="Judul"))

    assert [drawing.attrib.get("role") for drawing in strip] == ["img", "img", None]


def test_strip_draws_shares_of_the_whole_and_nothing_for_zero():
    (drawing,) = drawings(charts.strip(PARTS, title="Judul", labels=False))

    bars = [
        (bar.attrib["x"], bar.attrib["width"]) for bar in drawing.iter("svg") if bar is not drawing
    ]
    assert bars == [("0%", "24.05%"), ("24.05%", "75.95%")]


def test_strip_of_nothing_draws_no_bar():
    (drawing,) = drawings(charts.strip([charts.Part("Baik", 0, "a")], title="x", labels=False))

    assert list(drawing.iter("rect")) == []


def test_strip_labels_never_touch():
    parts = [charts.Part("Nama yang panjang sekali", n, "a") for n in (1, 1, 1, 200)]

    (strip,) = drawings(charts.strip(parts, title="x", width=1086))

    places = strip[1]
    ends = [
        float(label.attrib["x"].rstrip("%")) * 10.86
        for label in places.iter("svg")
        if label is not places
    ]
    assert all(right - left > 190 for left, right in pairwise(ends))


@pytest.mark.parametrize(("value", "width"), [(-1, "0%"), (0, "0%"), (6, "75%"), (9, "100%")])
def test_meter_stays_within_its_track(value, width):
    (drawing,) = drawings(charts.meter(value, 8, title="x"))

    assert [rect.attrib["width"] for rect in drawing.iter("rect")] == [width]


def test_progress_bar_stops_at_the_maximum():
    parts = [charts.Part("a", 6, "a"), charts.Part("b", 6, "b"), charts.Part("c", 1, "c")]

    (drawing,) = drawings(charts.progress_bar(parts, 8, title="x"))

    inner = [bar.attrib["width"] for bar in drawing.iter("svg") if bar is not drawing]
    assert inner == ["75%", "25%"]


@pytest.mark.parametrize("seats", [0, 1, 59, 60, 61, 200])
def test_seat_grid_draws_one_cell_per_seat(seats):
    (drawing,) = drawings(charts.seat_grid([charts.Part("a", seats, "taken")], title="x"))

    cells = list(drawing.iter("rect"))
    assert len(cells) == seats
    assert len({cell.attrib["y"] for cell in cells}) <= max(2, -(-seats // 30))
