"""How numbers are printed, in both languages."""

from decimal import Decimal

import pytest
from flask_babel import force_locale

from kopdiklat.core import formats


@pytest.mark.parametrize(
    ("score", "printed"),
    [
        (Decimal("57.2"), "57,20"),
        (Decimal("79.99"), "79,99"),
        (Decimal(80), "80,00"),
        (Decimal(0), "0,00"),
        (None, "–"),
    ],
)
def test_a_score_has_two_decimals_as_its_report_is_signed(app, score, printed):
    assert formats.score(score) == printed


def test_a_score_has_the_decimal_mark_of_the_reader(app):
    with force_locale("en"):
        assert formats.score(Decimal("57.2")) == "57.20"


@pytest.mark.parametrize(
    ("difference", "places", "printed"),
    [
        (9, 0, "+9"),
        (Decimal("-3.45"), 2, "−3,45"),
        (0.04, 1, "±0,0"),
        (-0.04, 1, "±0,0"),
        (0, 0, "±0"),
        (1234.5, 1, "+1.234,5"),
    ],
)
def test_a_difference_says_its_direction_unless_it_rounds_to_nothing(
    app, difference, places, printed
):
    assert formats.signed(difference, places) == printed
