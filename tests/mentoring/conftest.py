import pytest

from tests.factories import NOW
from tests.mentoring.pages import HOUR, at


@pytest.fixture(autouse=True)
def _monday_noon():
    """Every view of this room believes that it is noon, WIB."""
    with at(NOW + 3 * HOUR):
        yield
