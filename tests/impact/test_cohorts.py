from datetime import date
from decimal import Decimal

import pytest

from kopdiklat.impact import cohorts
from kopdiklat.impact.cohorts import (
    Contact,
    CooperativeFacts,
    Exposure,
    Presence,
    build_cohort,
    exposure_by_date,
    exposure_by_presence,
    select,
)
from kopdiklat.impact.rules import ActivityStatus, Assessment, Windows

START = date(2022, 7, 12)
TODAY = date(2026, 7, 13)
HERE = ("programme", 1)
ELSEWHERE = ("programme", 2)


def make_facts(ident, before="60", after="70", *, contacts=(), statuses=None, **more):
    assessments = []
    for number, (year, score) in enumerate(((2021, before), (2023, after))):
        if score is not None:
            status = "fairly_healthy" if Decimal(score) >= 66 else "under_supervision"
            position = date(year, 12, 31)
            assessments.append(
                Assessment(ident * 10 + number, "kkpkk", position, status, Decimal(score))
            )
    return CooperativeFacts(
        id=ident,
        office_id=1,
        name=f"Koperasi {ident}",
        statuses=(ActivityStatus("active", date(2020, 1, 1)),) if statuses is None else statuses,
        assessments=tuple(assessments),
        contacts=tuple(contacts),
        **more,
    )


def build(cooperatives, exposure):
    return build_cohort(cooperatives, exposure, Windows(main_scheme="kkpkk"), TODAY)


def names(members):
    return [member.cooperative.id for member in members]


def test_exposure_by_presence_starts_with_the_first_session_of_any_of_its_people():
    presences = [
        Presence(1, 11, 5, date(2022, 7, 13), Decimal(8)),
        Presence(1, 11, 5, date(2022, 7, 14), Decimal(8)),
        Presence(1, 12, 5, date(2022, 7, 12), Decimal(4)),
    ]

    exposure = exposure_by_presence(HERE, presences, {5: Decimal(16)})

    assert exposure.starts == {1: date(2022, 7, 12)}


def test_exposure_by_presence_needs_one_person_for_three_quarters_of_the_hours():
    presences = [
        Presence(1, 11, 5, START, Decimal(12)),
        Presence(2, 21, 5, START, Decimal(8)),
        Presence(2, 22, 5, START, Decimal(8)),
    ]

    exposure = exposure_by_presence(HERE, presences, {5: Decimal(16)}, invited=[1, 2, 3])

    assert exposure.starts == {1: START}
    assert exposure.below_minimum == {2}
    assert exposure.invited == {3}


def test_exposure_by_date_starts_with_the_first_contact():
    days = [(1, date(2022, 9, 1)), (1, date(2022, 8, 1)), (2, date(2022, 8, 5))]

    exposure = exposure_by_date(HERE, days, invited=[2, 3])

    assert exposure.starts == {1: date(2022, 8, 1), 2: date(2022, 8, 5)}
    assert exposure.invited == {3}


def test_cohort_sorts_every_cooperative_into_exactly_one_group():
    cooperatives = [
        make_facts(1, contacts=[Contact(START, HERE)]),
        make_facts(2),
        make_facts(3, contacts=[Contact(date(2022, 9, 1), ELSEWHERE)]),
        make_facts(4),
        make_facts(5),
        make_facts(6, statuses=()),
        make_facts(7, statuses=(ActivityStatus("inactive", date(2022, 1, 1)),)),
        make_facts(8, before=None),
    ]
    exposure = Exposure(HERE, {1: START}, frozenset({4}), frozenset({5}))

    cohort = build(cooperatives, exposure)

    assert names(cohort.participants.members) == [1]
    assert names(cohort.comparison.members) == [2]
    assert {m.cooperative.id: m.reason for m in cohort.left_out} == {
        3: "other_programme",
        4: "below_minimum",
        5: "invited",
        6: "activity_unknown",
        7: "inactive",
        8: "not_assessed",
    }
    assert cohort.reasons["invited"] == 1


def test_cohort_anchors_the_comparison_at_the_lower_median_start():
    cooperatives = [make_facts(n) for n in range(1, 6)]
    starts = {1: date(2022, 5, 1), 2: date(2022, 7, 1), 3: date(2022, 8, 1), 4: date(2022, 9, 1)}

    cohort = build(cooperatives, Exposure(HERE, starts))

    assert cohort.anchor == date(2022, 7, 1)
    assert [member.start for member in cohort.comparison.members] == [date(2022, 7, 1)]


def test_cohort_of_nobody_has_no_anchor_and_no_comparison():
    cohort = build([make_facts(1)], Exposure(HERE, {}))

    assert cohort.anchor is None
    assert (cohort.participants.members, cohort.comparison.members) == ([], [])
    assert not cohort.needs_notice


def test_cohort_without_any_comparison_still_counts_its_participants():
    cohort = build([make_facts(1), make_facts(2)], Exposure(HERE, {1: START, 2: START}))

    assert cohort.participants.table.up.count == 2
    assert cohort.comparison.members == []


def test_cohort_whose_participants_are_all_lost_compares_none():
    cohort = build([make_facts(1, after=None)], Exposure(HERE, {1: START}))

    assert cohort.participants.states == {"lost": 1}
    assert cohort.participants.table.compared == 0
    assert cohort.positions("endline") is None


def test_cohort_counts_participants_of_another_office_apart():
    cohort = build([make_facts(1)], Exposure(HERE, {1: START, 99: START}))

    assert names(cohort.participants.members) == [1]
    assert cohort.from_elsewhere == 1


def test_participant_in_another_programme_stays_and_is_marked():
    cooperatives = [
        make_facts(1, contacts=[Contact(START, HERE), Contact(date(2022, 9, 1), ELSEWHERE)]),
        make_facts(2, contacts=[Contact(START, HERE)]),
    ]

    cohort = build(cooperatives, Exposure(HERE, {1: START, 2: START}))

    assert [member.overlapping for member in cohort.participants.members] == [True, False]
    assert cohort.overlaps_much


def test_participant_that_was_dissolved_within_the_window_is_excluded():
    dissolved = (
        ActivityStatus("active", date(2020, 1, 1)),
        ActivityStatus("dissolved", date(2023, 3, 1)),
    )

    cohort = build([make_facts(1, statuses=dissolved)], Exposure(HERE, {1: START}))

    assert cohort.participants.states == {"excluded": 1}
    assert cohort.participants.table.total == 0


def test_comparison_from_an_undated_status_is_used_and_marked():
    cooperatives = [make_facts(1), make_facts(2, statuses=(ActivityStatus("active", None),))]

    cohort = build(cooperatives, Exposure(HERE, {1: START}))

    assert names(cohort.comparison.members) == [2]
    assert cohort.comparison.undated == 1


def test_comparison_never_says_more_than_the_participants_allow():
    cooperatives = [make_facts(n) for n in range(1, 30)]

    cohort = build(cooperatives, Exposure(HERE, dict.fromkeys(range(1, 8), START)))

    assert cohort.participants.level == cohort.comparison.level == "no_range"


@pytest.mark.parametrize(("weak", "notice"), [("30", True), ("60", False)])
def test_notice_is_asked_for_when_the_participants_began_lower_than_the_others(weak, notice):
    cooperatives = [make_facts(n, before=weak) for n in range(1, 4)]
    cooperatives += [make_facts(n, before=str(50 + n)) for n in range(4, 14)]

    cohort = build(cooperatives, Exposure(HERE, {1: START, 2: START, 3: START}))

    assert cohort.needs_notice == notice


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"moved": "up"}, [1]),
        ({"before": "under_supervision", "after": "fairly_healthy"}, [1]),
        ({"before": "under_supervision"}, [1, 2]),
        ({"before": "lowest_two"}, [1, 2]),
        ({"before": "none"}, [4]),
        ({"after": "none"}, [2]),
        ({"state": "complete"}, [1, 3]),
        ({"state": "lost"}, [2]),
        ({"in_table": True}, [1, 2, 3, 4]),
        ({"overlapping": True}, []),
    ],
)
def test_select_finds_the_names_behind_a_number(filters, expected):
    cooperatives = [
        make_facts(1),
        make_facts(2, after=None),
        make_facts(3, before="70"),
        make_facts(4, before=None),
    ]
    cohort = build(cooperatives, Exposure(HERE, dict.fromkeys(range(1, 5), START)))

    assert names(select(cohort.participants.members, **filters)) == expected


def test_every_group_has_a_name():
    assert set(cohorts.GROUPS) == {"participants", "comparison", "left_out"}
