from tests.core.charts.samples import drawings, make_timeline


def test_timeline_writes_the_limits_between_bands():
    (wide, _) = drawings(make_timeline())

    assert "51" in [text.text for text in wide.iter("text")]


def test_timeline_of_nothing_still_draws_its_bands():
    assert "band-a" in make_timeline(points=[], lanes=[])
