"""The table of kinds: each has its text, and each text obeys the rules that an office must obey."""

from pathlib import Path

import pytest

from kopdiklat.messages import catalogue, letters, rules

TEXTS = Path(__file__).parents[2] / "templates" / "notifications"
EVERY_KIND = pytest.mark.parametrize("name", sorted(catalogue.KINDS))


def test_every_kind_has_its_text_and_every_text_its_kind():
    assert {path.stem for path in TEXTS.glob("*.txt")} == set(catalogue.KINDS)


@EVERY_KIND
def test_a_shipped_text_is_one_that_an_office_could_have_written(name):
    kind, wording = catalogue.KINDS[name], rules.parse((TEXTS / f"{name}.txt").read_text())

    assert "{{" not in wording.body + wording.subject, "no template language any more"
    assert rules.clean(wording) == wording
    rules.check(wording, kind.fields, kind.required)


@EVERY_KIND
def test_every_placeholder_of_a_kind_is_in_the_list_with_an_example(name):
    kind = catalogue.KINDS[name]

    assert set(kind.required) <= set(kind.fields) <= set(catalogue.FIELDS)
    assert len(set(kind.fields)) == len(kind.fields)
    assert kind.opens in catalogue.LINKS
    assert all(catalogue.FIELDS[field].example for field in kind.fields)


@EVERY_KIND
def test_examples_fill_a_text_without_a_hole(app, name):
    kind = catalogue.KINDS[name]
    subject, body = rules.print_wording(letters.shipped(name), catalogue.examples(kind), "email")

    assert "{" not in subject + body
    assert len(body) <= rules.LONGEST_ON_WHATSAPP


def test_a_schedule_is_one_line_or_one_for_each_day():
    value = catalogue.FIELDS["jadwal"].value

    assert value({"days": "15 Juli 2026", "hours": "09.00–10.30 WIB"}) == (
        "15 Juli 2026, pukul 09.00–10.30 WIB"
    )
    several = [["Rab, 15 Jul", "08.00–16.00 WIB"], ["Kam, 16 Jul", "08.00–12.00 WIB"]]
    assert value({"days": "15–16 Juli 2026", "hours": "", "hours_by_day": several}) == (
        "15–16 Juli 2026\nRab, 15 Jul: pukul 08.00–16.00 WIB\nKam, 16 Jul: pukul 08.00–12.00 WIB"
    )


def test_a_link_is_masked_for_a_reader_whom_it_would_let_in(app):
    kind = catalogue.KINDS["registration.confirmed"]
    real = catalogue.values(kind, {"nonce": "a" * 22})["tautan"]
    masked = catalogue.values(kind, {"nonce": "a" * 22, "masked": True})["tautan"]

    assert real.startswith("http://127.0.0.1:8000/bukti/")
    assert masked == "http://127.0.0.1:8000/bukti/••••••"
    assert catalogue.values(kind, {"nonce": None})["tautan"] == ""
