import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from kopdiklat.core import charts

EVIL = '<script>"x"&</script>'
PARTS = [
    charts.Part("Baik", 19, "a"),
    charts.Part("Sedang", 0, "b"),
    charts.Part("Buruk", 60, "c"),
]
NODES = [charts.Node("x", "Kelas pertama yang panjang", "a"), charts.Node("y", "Dua", "b")]
FLOWS = [
    charts.Flow("x", "x", 3, "stay", "tetap 3"),
    charts.Flow("x", "y", 2, "go", "pindah 2"),
    charts.Flow("y", "y", 0, "stay"),
]


def make_timeline(**more):
    values = {
        "points": [
            charts.Point(date(2024, 12, 31), 52.8, "52,8", "a"),
            charts.Point(date(2022, 12, 31), 47.9, "47,9", "b"),
        ],
        "bands": [charts.Band("Atas", 51, 100, "band-a"), charts.Band("Bawah", 0, 51, "band-b")],
        "lanes": [
            charts.Lane("Acara", marks=[charts.Mark(date(2024, 3, 1), "diamond", label="Bimtek")]),
            charts.Lane("Janji", spans=[charts.Span(date(2024, 1, 1), date(2024, 6, 1), "Kas")]),
        ],
        "first_year": 2022,
        "last_year": 2026,
        "today": date(2026, 7, 13),
        "today_label": "hari ini",
        "title": "Perjalanan",
    } | more
    return charts.timeline(values.pop("points"), values.pop("bands"), values.pop("lanes"), **values)


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


def drawings(markup):
    return list(ElementTree.fromstring(f"<div>{markup}</div>"))


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


def test_ribbons_are_as_thick_as_their_count_in_both_sizes():
    wide, narrow = drawings(charts.ribbons(FLOWS, NODES, scale=2, title="x"))

    for drawing in (wide, narrow):
        nodes = [rect.attrib["height"] for rect in drawing.iter("rect")]
        assert nodes == ["10", "6", "4"]
        assert [path.attrib["class"] for path in drawing.iter("path")] == [
            "flow stay",
            "flow go",
        ]
    assert "chart-wide" in wide.attrib["class"]
    assert "chart-narrow" in narrow.attrib["class"]


def test_ribbons_leave_out_empty_nodes():
    (wide, _) = drawings(charts.ribbons(FLOWS[:1], NODES, scale=2, title="x"))

    assert "Dua" not in "".join(wide.itertext())


def test_ribbon_scale_fits_the_largest_and_is_never_infinite():
    assert charts.ribbon_scale(60, 100, height=250) == 2.5
    assert charts.ribbon_scale(0, 0) == 12.0


def test_timeline_places_points_from_left_to_right_and_marks_today():
    wide, narrow = drawings(make_timeline())

    for drawing in (wide, narrow):
        centres = [float(circle.attrib["cx"]) for circle in drawing.iter("circle")]
        assert centres == sorted(centres)
        assert "hari ini" in "".join(drawing.itertext())


def test_timeline_without_today_on_its_axis_draws_no_line():
    assert "today-line" not in make_timeline(today=date(2027, 1, 1))


def test_timeline_writes_the_limits_between_bands():
    (wide, _) = drawings(make_timeline())

    assert "51" in [text.text for text in wide.iter("text")]


def test_timeline_moves_labels_that_would_touch_to_another_row():
    crowded = [
        charts.Mark(date(2024, 3, day), "square", label="Rapat yang panjang namanya")
        for day in (1, 2, 3)
    ]

    (wide, _) = drawings(make_timeline(lanes=[charts.Lane("RAT", crowded)]))

    labels = [t for t in wide.iter("text") if t.attrib["class"] == "item-label"]
    assert len({label.attrib["y"] for label in labels}) == 3


def test_timeline_of_nothing_still_draws_its_bands():
    assert "band-a" in make_timeline(points=[], lanes=[])
