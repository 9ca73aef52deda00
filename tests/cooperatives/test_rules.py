from dataclasses import replace

import pytest

from kopdiklat.cooperatives import rules
from kopdiklat.core.errors import RuleViolation


@pytest.mark.parametrize(
    ("scope", "region", "office", "refused"),
    [
        ("regency", "3576020003", "3576", None),
        ("regency", "3516", "3576", "bukan wilayah kantor"),
        ("province", "357602", "35", None),
        ("province", "357602", "3576", "dinas provinsi"),
        ("regency", "357602", "35", "bukan wilayah kantor"),
        ("national", "357602", "3576", "kementerian"),
        ("national", "357602", "35", "kementerian"),
    ],
)
def test_jurisdiction_follows_the_membership_area(app, scope, region, office, refused):
    if refused is None:
        rules.check_jurisdiction(scope, region, office)
    else:
        with pytest.raises(RuleViolation) as refusal:
            rules.check_jurisdiction(scope, region, office)
        assert refused in str(refusal.value)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("3576 0200 30014", "3576020030014"), ("35.76-02", "357602"), ("", None), (None, None)],
)
def test_cooperative_number_keeps_its_digits(typed, kept):
    assert rules.clean_cooperative_number(typed) == kept


@pytest.mark.parametrize("typed", ["35A6", "٣٥٧٦", "12/BH"])
def test_cooperative_number_refuses_what_is_no_digit(typed):
    with pytest.raises(RuleViolation):
        rules.clean_cooperative_number(typed)


@pytest.mark.parametrize(
    ("typed", "kept"), [("35.76.02", "357602"), ("", "3576"), ("35.76.02.1003", "3576021003")]
)
def test_region_code_keeps_its_digits_and_falls_back_to_the_office(typed, kept):
    assert rules.clean_region_code(typed, "3576") == kept


@pytest.mark.parametrize("typed", ["357", "35760", "Kota"])
def test_region_code_refuses_another_length(typed):
    with pytest.raises(RuleViolation):
        rules.clean_region_code(typed, "3576")


def test_alike_finds_names_in_another_order_the_nearest_first():
    others = [
        (1, "ksu tunas karya pulorejo"),
        (2, "tunas karya ksu pulorejo"),
        (3, "kopwan dahlia"),
    ]

    assert rules.alike("ksu tunas karya pulorejo", others) == [2, 1]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Siti Aminah", "SITI  AMINAH", True),
        ("Hj. Siti Aminah, S.E., Ak.", "Siti Aminah", True),
        ("Siti-Aminah", "Siti Aminah", True),
        ("Siti", "Siti Aminah", False),
        ("Siti Aminah", "Siti Fatimah", False),
        ("H.", "Hj.", False),
    ],
)
def test_a_name_is_the_same_titles_and_degrees_aside(one, other, same):
    assert rules.same_name(one, other) is same


SITI = rules.Identity("Siti Aminah", "a", "+62811", frozenset({"treasurer"}))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"phone": "+62822"}, True),  # one citizen number
        ({"number": "b"}, False),
        ({"number": None}, True),
        ({"number": None, "phone": None}, True),
        ({"number": None, "phone": "+62822"}, True),  # one treasurer, with a new phone
        ({"number": None, "phone": "+62822", "positions": frozenset({"member"})}, False),
        ({"number": None, "full_name": "Siti Fatimah"}, False),
    ],
)
def test_a_person_is_the_same_by_number_else_by_name_and_phone(changes, same):
    assert rules.same_person(SITI, replace(SITI, **changes)) is same
    assert rules.same_person(replace(SITI, **changes), SITI) is same


def test_two_members_of_one_name_with_two_phones_are_two_persons():
    member = replace(SITI, number=None, positions=frozenset({"member"}))

    assert not rules.same_person(member, replace(member, phone="+62822"))


def test_of_several_namesakes_the_phone_decides_then_the_position():
    silent = replace(SITI, number=None, phone=None)
    known = {
        1: silent,
        2: replace(silent, phone="+62811"),
        3: replace(silent, positions=frozenset({"chair"})),
    }
    chair = rules.Identity("Siti Aminah", positions=frozenset({"chair"}))

    assert rules.likeliest(known, replace(chair, phone="+62811")) == 2
    assert rules.likeliest(known, chair) == 3
    assert rules.likeliest(known, replace(chair, positions=frozenset())) == 1
    assert rules.likeliest({}, chair) is None
