from datetime import date

from tests.core.charts.samples import make_timeline


def test_timeline_without_today_on_its_axis_draws_no_line():
    assert "today-line" not in make_timeline(today=date(2027, 1, 1))
