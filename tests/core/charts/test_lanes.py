from datetime import date

from kopdiklat.core import charts
from tests.core.charts.samples import drawings, make_timeline


def test_timeline_moves_labels_that_would_touch_to_another_row():
    crowded = [
        charts.Mark(date(2024, 3, day), "square", label="Rapat yang panjang namanya")
        for day in (1, 2, 3)
    ]

    (wide, _) = drawings(make_timeline(lanes=[charts.Lane("RAT", crowded)]))

    labels = [t for t in wide.iter("text") if t.attrib["class"] == "item-label"]
    assert len({label.attrib["y"] for label in labels}) == 3


def test_a_span_is_named_before_it_where_there_is_room():
    spans = [
        charts.Span(date(2022, 1, 1), date(2022, 3, 1), "Buku kas anggota"),
        charts.Span(date(2026, 1, 1), date(2026, 6, 1), "Buku kas anggota"),
    ]

    (wide, narrow) = drawings(make_timeline(lanes=[charts.Lane("Janji", spans=spans)]))

    named = [t for t in wide.iter("text") if t.text == "Buku kas anggota"]
    assert [text.get("text-anchor") for text in named] == [None, "end"]
    assert "Buku kas anggota" not in [text.text for text in narrow.iter("text")]
