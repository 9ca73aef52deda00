import re
from pathlib import Path

import pytest

from kopdiklat.messages.catalogue import KINDS

AT_ANY_HOUR = {
    "account_invitation",
    "application.received",
    "batch.cancelled",
    "batch.moved",
    "message.sample",
    "password_reset",
    "registration.confirmed",
    "registration.waitlisted",
}


def test_only_what_is_urgent_or_asked_for_goes_out_in_quiet_hours():
    assert {name for name, kind in KINDS.items() if not kind.keeps_quiet} == AT_ANY_HOUR


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_whatsapp_template_is_filled_with_what_the_kind_prints(name):
    assert set(KINDS[name].blanks) <= set(KINDS[name].fields)


def test_a_link_that_lets_somebody_into_an_account_never_goes_over_whatsapp():
    assert [name for name in ("account_invitation", "password_reset") if KINDS[name].blanks] == []


def test_the_manual_names_the_blanks_of_every_template():
    manual = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    said = dict(re.findall(r"^\| `([a-z_.0-9]+)` \| ([a-z, ]+) \|$", manual, re.MULTILINE))

    assert said == {name: ", ".join(k.blanks) for name, k in KINDS.items() if k.blanks}
