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
