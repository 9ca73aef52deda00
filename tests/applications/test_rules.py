import pytest

from kopdiklat.applications import rules
from kopdiklat.core.errors import RuleViolation, TransitionRefused

ACTIONS = ("approve", "decline", "withdraw")


@pytest.mark.parametrize("state", rules.TRANSITIONS)
@pytest.mark.parametrize("action", ACTIONS)
def test_only_an_open_application_is_decided_and_once(state, action):
    if state == "open":
        assert rules.next_state(state, action) in ("approved", "declined", "withdrawn")
    else:
        with pytest.raises(TransitionRefused, match="tidak dapat diubah lagi"):
            rules.next_state(state, action)


def test_as_many_as_one_cooperative_may_send_and_not_one_more():
    rules.check_people(2, 2)
    with pytest.raises(RuleViolation, match="Paling banyak 2 orang dari satu koperasi"):
        rules.check_people(2, 3)


def test_two_spellings_of_one_wish_have_one_fingerprint():
    one = rules.fingerprint("KSP Mulia Karya", "+628", ["Siti  Aminah", "Budi"])
    assert one == rules.fingerprint("Ksp. MULIA karya", "+628", ["budi", "SITI AMINAH"])
    assert one != rules.fingerprint("KSP Mulia Karya", "+628", ["Siti Aminah"])


@pytest.mark.parametrize(
    ("number", "office", "region"),
    [
        ("3517010000001", "3576", "3517"),
        ("3576010000001", "35.76", ""),
        ("3517010000001", "35", ""),
        ("12", "3576", ""),
        (None, "3576", ""),
    ],
)
def test_a_number_of_another_region_is_noticed(number, office, region):
    assert rules.other_region(number, office) == region
