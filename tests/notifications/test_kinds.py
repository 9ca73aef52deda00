import re
from pathlib import Path

import pytest

from kopdiklat.notifications.kinds import KINDS, kind_of

AT_ANY_HOUR = {
    "account_invitation",
    "batch.cancelled",
    "batch.moved",
    "password_reset",
    "registration.confirmed",
    "registration.waitlisted",
}


def test_only_what_is_urgent_or_asked_for_goes_out_in_quiet_hours():
    assert {name for name, kind in KINDS.items() if not kind.keeps_quiet} == AT_ANY_HOUR


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_whatsapp_template_has_a_link_exactly_where_the_kind_has_one(name):
    kind = KINDS[name]

    assert ("link" in kind.parameters) == (kind.link is not None)


def test_a_link_that_lets_somebody_into_an_account_never_goes_over_whatsapp():
    assert [
        name for name in ("account_invitation", "password_reset") if KINDS[name].parameters
    ] == []


def test_a_kind_that_nobody_knows_keeps_quiet():
    assert kind_of("apa.ini").keeps_quiet


def test_the_manual_names_the_blanks_of_every_template():
    manual = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    said = dict(re.findall(r"^\| `([a-z_.]+)` \| ([a-z, ]+) \|$", manual, re.MULTILINE))

    assert said == {name: ", ".join(k.parameters) for name, k in KINDS.items() if k.parameters}
