import pytest

from kopdiklat.core.clock import standing_at
from tests.factories import NOW
from tests.mentoring.pages import HOUR


@pytest.fixture(autouse=True)
def _monday_noon():
    """Every view of this room believes that it is noon, WIB."""
    with standing_at(NOW + 3 * HOUR):
        yield
