"""What a list is narrowed by, what each choice would show, and which filter is the strictest."""

from datetime import date, timedelta

import pytest
from werkzeug.datastructures import MultiDict

from kopdiklat.core import clock
from kopdiklat.targeting.facets import (
    NAMES,
    Candidate,
    Filters,
    columns_of,
    how_long_ago,
    invited_when,
    narrow,
    rank_band,
)

TODAY = date(2026, 7, 13)


def candidate(ident=1, **values):
    names = ("number", "village", "assessment_id", "score", "position_on")
    values = dict.fromkeys(names) | {"district": "Kranggan", "health_status": None} | values
    values = {"cooperative_type": "consumer", "activity_status": "active"} | values
    return Candidate(id=ident, name=f"Koperasi {ident}", **values)


def shown(found):
    return [c.id for c in found.candidates]


def asking(**chosen):
    return Filters({name: frozenset(values) for name, values in chosen.items()})


FOUR = [
    candidate(1, health_status="under_supervision", rank=2, of=2),
    candidate(2, health_status="under_special_supervision", rank=1, of=1, district="Magersari"),
    candidate(3, health_status="under_supervision", rank=1, of=2, past_training_on=TODAY),
    candidate(4, activity_status="inactive"),
]


def test_the_list_goes_by_the_worst_status_and_then_by_rank():
    assert shown(narrow(FOUR, Filters(), TODAY)) == [2, 3, 1]


def test_a_facet_counts_what_each_of_its_values_would_show():
    found = narrow(FOUR, asking(status=["under_supervision"], trained=["never"]), TODAY)

    assert shown(found) == [1]
    assert found.facets["status"] == {"under_supervision": 1, "under_special_supervision": 1}
    assert found.facets["trained"] == {"never": 1, "year": 1}
    assert found.facets["district"] == {"Kranggan": 1}
    assert found.by_status == 2


def test_one_that_is_not_active_comes_only_when_it_is_asked_for():
    found = narrow(FOUR, Filters(), TODAY)

    assert found.facets["activity"] == {"active": 3, "inactive": 1}
    assert shown(narrow(FOUR, asking(activity=["inactive"]), TODAY)) == [4]


def test_the_strictest_filter_lets_most_back_in_when_it_is_lifted():
    wide = asking(status=["under_supervision", "under_special_supervision"], district=["Magersari"])

    assert narrow(FOUR, wide, TODAY).strictest == "district"
    assert narrow(FOUR, asking(), TODAY).strictest == "activity"


def test_an_empty_list_names_a_filter_also_when_none_alone_is_to_blame():
    both = asking(status=["healthy"], district=["Kranggan", "Magersari"], course=["2019"])

    found = narrow(FOUR[:3], both, TODAY)

    assert shown(found) == []
    assert found.strictest == "status"


def test_nothing_is_the_strictest_in_an_empty_register():
    assert narrow([], asking(status=["healthy"]), TODAY).strictest == ""


def test_invited_ones_are_shown_and_not_eligible():
    found = narrow([candidate(1, is_invited=True), candidate(2)], Filters(), TODAY)

    assert shown(found) == [1, 2]
    assert [c.id for c in found.eligible] == [2]


@pytest.mark.parametrize(
    ("rank", "band"),
    [(0, "unranked"), (1, "10"), (10, "10"), (11, "25"), (25, "25"), (26, "50"), (50, "50"), (51, "more")],
)  # fmt: skip
def test_ranks_are_banded_at_10_25_and_50(rank, band):
    assert rank_band(rank) == band


@pytest.mark.parametrize(
    ("days", "answer"),
    [(None, "never"), (364, "year"), (365, "three_years"), (1094, "three_years"), (1095, "longer")],
)
def test_a_last_time_is_less_than_a_year_up_to_three_or_longer_ago(days, answer):
    day = None if days is None else TODAY - timedelta(days=days)

    assert how_long_ago(day, TODAY) == answer


def test_an_invitation_is_recent_within_the_months_that_are_asked():
    since = clock.months_before(TODAY, 6)

    assert since == date(2026, 1, 13)
    assert invited_when(since, since) == "long_ago"
    assert invited_when(since + timedelta(days=1), since) == "recently"
    assert invited_when(None, since) == "never"


def test_every_facet_sorts_a_cooperative_into_one_value():
    everything = candidate(
        health_status="healthy",
        rank=12,
        of=19,
        past_training_on=date(2024, 7, 12),
        past_course_on=date(2023, 7, 12),
        attended_course_on=date(2024, 9, 12),
        past_visit_on=date(2020, 1, 1),
        visited_on=date(2026, 6, 1),
        last_invited_on=date(2026, 6, 1),
        open_follow_ups=2,
    )

    values = dict(zip(NAMES, columns_of([everything], TODAY, 6), strict=True))

    assert values == {
        "status": ["healthy"],
        "rank": ["25"],
        "course": ["2024"],
        "trained": ["three_years"],
        "visited": ["year"],
        "follow_ups": ["open"],
        "invited": ["recently"],
        "district": ["Kranggan"],
        "type": ["consumer"],
        "activity": ["active"],
    }


def test_who_is_registered_elsewhere_for_the_course_is_told_apart():
    waits = candidate(in_other_batch=True, past_course_on=date(2023, 7, 12))

    assert columns_of([waits], TODAY, 6)[NAMES.index("course")] == ["elsewhere"]


def test_filters_stand_in_an_address_and_are_read_again():
    asked = Filters.read(
        MultiDict([("status", "healthy"), ("district", ""), ("course", "2023"), ("months", "12")])
    )

    assert asked.chosen == {
        "status": frozenset({"healthy"}),
        "course": frozenset({"2023"}),
        "district": frozenset({""}),
    }
    assert Filters.kept(asked.pairs()) == asked
    assert "status" not in asked.without("status").chosen


@pytest.mark.parametrize(("args", "statuses"), [({}, {"healthy"}), ({"all": "1"}, set())])
def test_an_address_that_asks_nothing_gets_the_usual_statuses(args, statuses):
    asked = Filters.read(MultiDict(args), ["healthy"])

    assert set(asked.chosen.get("status", ())) == statuses


def test_months_that_are_not_offered_are_six():
    assert [Filters.read(MultiDict({"months": text})).months for text in ("24", "7", "x")] == [
        24, 6, 6,
    ]  # fmt: skip


def test_lifting_the_activity_shows_also_who_is_not_active():
    assert shown(narrow(FOUR, Filters().without("activity"), TODAY)) == [2, 3, 1, 4]
