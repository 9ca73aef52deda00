from tests.core.charts.samples import drawings, make_timeline


def test_timeline_places_points_from_left_to_right_and_marks_today():
    wide, narrow = drawings(make_timeline())

    for drawing in (wide, narrow):
        centres = [float(circle.attrib["cx"]) for circle in drawing.iter("circle")]
        assert centres == sorted(centres)
        assert "hari ini" in "".join(drawing.itertext())
