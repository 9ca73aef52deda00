"""The walks of tests/test_doors.py on PostgreSQL."""

import pytest

from tests import databases
from tests.test_doors import (  # noqa: F401, pytest finds them here once more
    test_every_converter_has_a_factory,
    test_every_door_does_what_policy_says_and_a_refusal_changes_nothing,
    test_every_route_has_a_policy_and_every_action_a_route,
    test_no_form_takes_the_id_of_another_office,
    test_visitors_may_try_only_the_reviewed_addresses,
    world,
)


@pytest.fixture(scope="module", params=databases.engines("postgresql"))
def engine(request):
    return request.param
