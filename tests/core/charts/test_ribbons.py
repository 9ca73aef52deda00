from kopdiklat.core import charts
from tests.core.charts.samples import drawings

NODES = [charts.Node("x", "Kelas pertama yang panjang", "a"), charts.Node("y", "Dua", "b")]
FLOWS = [
    charts.Flow("x", "x", 3, "stay", "tetap 3"),
    charts.Flow("x", "y", 2, "go", "pindah 2"),
    charts.Flow("y", "y", 0, "stay"),
]


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


def test_ribbons_make_room_for_long_figures():
    def middle(count):
        flows = [charts.Flow("x", "x", count, "stay")]
        wide, _ = drawings(charts.ribbons(flows, NODES, scale=0.1, title="x"))
        left, right = (float(rect.attrib["x"]) for rect in wide.iter("rect"))
        return left, right + 12

    assert [middle(count) for count in (9, 99, 999)] == [(175, 352), (185, 342), (195, 332)]


def test_ribbons_leave_out_empty_nodes():
    (wide, _) = drawings(charts.ribbons(FLOWS[:1], NODES, scale=2, title="x"))

    assert "Dua" not in "".join(wide.itertext())


def test_ribbon_scale_fits_the_largest_and_is_never_infinite():
    assert charts.ribbon_scale(60, 100, height=250) == 2.5
    assert charts.ribbon_scale(0, 0) == 12.0
