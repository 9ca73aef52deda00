from kopdiklat.dashboard.register_filters import Filters


def test_filters_read_from_an_address_leave_out_what_no_filter_knows():
    args = {"status": "sehat", "grade": "A", "meeting": "20x5.held", "text": "  a   b ", "x": "1"}

    assert Filters.read(args).given == {"text": "a b", "grade": "A"}
