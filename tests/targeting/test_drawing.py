"""The arithmetic of a lottery: the same for everyone, found when tampered with, fair."""

import re
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from kopdiklat.core.errors import RuleViolation
from kopdiklat.targeting.drawing import (
    Entry,
    Record,
    differences,
    digest,
    draw,
    identifier_of,
    list_text,
    share_out,
)

RECIPE = Path(__file__).parents[2] / "docs" / "lottery.md"
SEED = "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0"
ELEMENT = "15.812,00"


def entries(count=20, strata=("",)):
    return [Entry(f"35760100{n:05d}", strata[n % len(strata)]) for n in range(count)]


def record(of=None, winners=None):
    of, winners = of or entries(), winners or {"": 7}
    drawn = draw(of, winners, SEED, ELEMENT)
    return Record(
        entries=of,
        winners=winners,
        list_hash=digest(list_text(of)),
        commitment=digest(SEED),
        seed=SEED,
        element=ELEMENT,
        results={d.entry.identifier: (d.place, d.is_winner) for d in drawn},
    )


def test_a_draw_is_the_same_every_time_and_in_any_order_of_the_list():
    first = draw(entries(), {"": 7}, SEED, ELEMENT)

    assert draw(list(reversed(entries())), {"": 7}, SEED, ELEMENT) == first
    assert [d.place for d in first] == list(range(1, 21))
    assert sum(d.is_winner for d in first) == 7
    assert differences(record()) == []


def test_another_element_or_seed_is_another_order():
    orders = {
        tuple(d.entry.identifier for d in draw(entries(), {"": 7}, seed, element))
        for seed, element in ((SEED, ELEMENT), (SEED, "15.812,01"), (digest(SEED), ELEMENT))
    }

    assert len(orders) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entries": entries(19)}, "daftar tidak sama"),
        ({"entries": [*entries(), Entry("titipan")]}, "daftar tidak sama"),
        ({"seed": digest("lain")}, "benih tidak sama"),
        ({"element": "15.812,01"}, "seharusnya"),
        ({"winners": {"": 8}}, "seharusnya"),
    ],
    ids=["one left out", "one slipped in", "seed", "element", "places"],
)
def test_what_was_changed_is_found(change, said):
    found = differences(replace(record(), **change))

    assert any(said in difference for difference in found)


def test_two_results_that_were_swapped_are_named():
    results = dict(record().results)
    winner, loser = (
        next(i for i, (_place, won) in sorted(results.items()) if won is wanted)
        for wanted in (True, False)
    )
    results[winner], results[loser] = results[loser], results[winner]

    found = differences(replace(record(), results=results))

    assert [text.split(":")[0] for text in found] == sorted([winner, loser])
    assert "tidak terpilih, seharusnya" in " ".join(found)


def test_each_stratum_is_drawn_for_itself():
    of = entries(30, ("Kranggan", "Magersari"))

    drawn = draw(of, {"Kranggan": 2, "Magersari": 4}, SEED, ELEMENT)

    won = Counter(d.entry.stratum for d in drawn if d.is_winner)
    assert won == {"Kranggan": 2, "Magersari": 4}
    assert [d.place for d in drawn] == [*range(1, 16), *range(1, 16)]


@pytest.mark.parametrize(
    ("places", "sizes", "shares"),
    [
        (20, {"": 63}, {"": 20}),
        (10, {"A": 27, "B": 18, "C": 13}, {"A": 5, "B": 3, "C": 2}),
        (1, {"A": 5, "B": 5}, {"A": 1, "B": 0}),
        (3, {"A": 1, "B": 1, "C": 8}, {"A": 0, "B": 0, "C": 3}),
    ],
)
def test_places_are_shared_out_in_proportion(places, sizes, shares):
    assert share_out(places, sizes) == shares


@pytest.mark.parametrize("places", [0, 63, 64])
def test_a_lottery_of_nobody_or_of_everybody_is_refused(places):
    with pytest.raises(RuleViolation):
        share_out(places, {"": 63})


def test_the_list_is_one_sorted_line_each_with_its_group():
    of = [Entry("b", "Kranggan"), Entry("a"), Entry(identifier_of(None, 7))]

    assert list_text(of) == "a\nb;Kranggan\nkopdiklat-7\n"


CHI_SQUARE_19 = 43.82  # exceeded once in a thousand by 19 degrees of freedom
ROUNDS = 2000


def spreads(draw_one):
    """How far the counts of winners and of first places lie from equal, in 2,000 lotteries of 7
    among 20 with seeds fixed beforehand; both are chi-square with 19 degrees of freedom when the draw
    is fair.
    """
    won, first = Counter(), Counter()
    for n in range(ROUNDS):
        drawn = draw_one(entries(), {"": 7}, digest(f"benih {n}"), f"unsur {n}")
        won.update(d.entry.identifier for d in drawn if d.is_winner)
        first[drawn[0].entry.identifier] += 1
    names = [entry.identifier for entry in entries()]
    share = 7 / 20
    variance = ROUNDS * share * (1 - share)
    return (
        sum((won[name] - ROUNDS * share) ** 2 for name in names) / variance * 19 / 20,
        sum((first[name] - ROUNDS / 20) ** 2 for name in names) / (ROUNDS / 20),
    )


def test_everybody_has_the_same_chance():
    assert max(spreads(draw)) < CHI_SQUARE_19


def test_a_draw_that_favours_one_is_seen():
    """The canary: the first of the list is put before all others in one lottery of 25."""

    def favour(of, winners, seed, element):
        drawn = draw(of, winners, seed, element)
        if seed < "0a":  # one lottery in 25
            drawn.sort(key=lambda d: d.entry.identifier != of[0].identifier)
            drawn = [replace(d, place=n, is_winner=n <= 7) for n, d in enumerate(drawn, 1)]
        return drawn

    assert max(spreads(favour)) > CHI_SQUARE_19


def test_the_recipe_in_the_manual_gives_the_same_order(tmp_path):
    """As anybody would, with sha256sum alone."""
    of = entries(12, ("Kranggan", "Magersari"))
    (tmp_path / "daftar.txt").write_text(list_text(of))
    recipe = re.search(r"```sh\n(.*?)```", RECIPE.read_text(), re.DOTALL)[1]
    assert (SEED in recipe, ELEMENT in recipe) == (True, True)

    lines = subprocess.run(
        ["bash", "-c", recipe], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert lines[0].split()[0] == digest(list_text(of))
    assert lines[1].split()[0] == digest(SEED)
    drawn = draw(of, {"Kranggan": 2, "Magersari": 2}, SEED, ELEMENT)
    assert lines[2:] == [f"{d.entry.stratum};{d.ticket};{d.entry.identifier}" for d in drawn]
