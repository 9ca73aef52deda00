"""Which row means which cooperative, and when two of them contradict each other."""

from datetime import date
from decimal import Decimal

import pytest

from kopdiklat.cooperatives.citizen_numbers import check_citizen_number
from kopdiklat.core.errors import RuleViolation, TransitionRefused
from kopdiklat.health.rules import STATUS_LABELS
from kopdiklat.imports import pages, rules
from kopdiklat.imports.kinds import KINDS
from kopdiklat.imports.models import STATES
from kopdiklat.imports.report import CAUSES, Finding, Report
from kopdiklat.imports.rules import Known


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("KSP Mandiri Abadi", "ksp mandiri abadi", True),
        ("Koperasi Konsumen Pasar", "Kop. Konsumen Pasar", True),
        ("Hj. Siti Aminah, S.E.", "Siti Aminah", True),
        ("Siti", "Siti Aminah", True),
        ("Siti Aminah", "Siti Fatimah", False),
        ("KSP Maju", "KSP Mundur", False),
        ("Koperasi", "Kop", False),
    ],
)
def test_two_spellings_are_alike_when_one_has_all_words_of_the_other(one, other, alike):
    assert rules.is_like(one, other) is alike


def test_namesakes_are_told_apart_by_legal_number_and_district():
    first = Known("KUD", "kud", None, "1 bh", "Kranggan")
    second = Known("KUD", "kud", None, "2 bh", "Magersari")
    silent = Known("KUD", "kud", None)
    everyone = [first, second, silent]

    assert rules.namesakes(everyone, "1/BH", None) == [first, silent]
    assert rules.namesakes(everyone, None, "magersari") == [second, silent]
    assert rules.namesakes(everyone, "3/BH", "Magersari") == [silent]
    assert rules.namesakes(everyone, None, None) == everyone


def test_a_known_cooperative_is_described_by_what_tells_it_apart():
    assert Known("KUD", "kud", "3576", "", "Kranggan").described == (
        "KUD (NIK 3576, Kec. Kranggan)"
    )
    assert Known("KUD", "kud", None).described == "KUD"


@pytest.mark.parametrize("digits", ["9901016505738546", "9901012902000001", "9901014101990001"])
def test_a_citizen_number_with_a_birth_date_and_a_serial_passes(digits):
    check_citizen_number(digits)


@pytest.mark.parametrize(
    ("digits", "sentence"),
    [
        ("990101650573854", "NIK baru 15 angka. Periksa kembali di KTP."),
        ("99010165057385461", "NIK berisi 17 angka. Seharusnya 16 angka."),
        ("9901013202990001", "Angka tanggal lahir dalam NIK tidak ada di kalender."),
        ("9901010013990001", "Angka tanggal lahir dalam NIK tidak ada di kalender."),
        ("9901017202990001", "Angka tanggal lahir dalam NIK tidak ada di kalender."),
        ("9901013004990000", "Empat angka terakhir NIK tidak boleh 0000."),
    ],
)
def test_a_citizen_number_that_cannot_be_says_why(digits, sentence):
    with pytest.raises(RuleViolation) as refusal:
        check_citizen_number(digits)

    assert str(refusal.value) == sentence


@pytest.mark.parametrize("band", STATUS_LABELS)
@pytest.mark.parametrize("stated", [*STATUS_LABELS, None])
def test_an_imported_status_is_the_one_of_its_score(band, stated):
    if stated in (None, band):
        rules.check_status_fits(Decimal("60.50"), band, stated)
        return
    with pytest.raises(RuleViolation) as refusal:
        rules.check_status_fits(Decimal("60.50"), band, stated)
    assert str(refusal.value) == (
        f"Skor 60,50 termasuk {STATUS_LABELS[band]}, bukan {STATUS_LABELS[stated]}."
    )


def test_a_day_after_today_is_refused():
    rules.check_not_future(date(2026, 7, 13), date(2026, 7, 13))
    rules.check_not_future(None, date(2026, 7, 13))
    with pytest.raises(RuleViolation, match="Tanggal tidak boleh setelah hari ini."):
        rules.check_not_future(date(2026, 7, 14), date(2026, 7, 13))


def a_report(**columns):
    return Report(file="a.xlsx", kind="cooperatives", **columns)


def test_a_report_survives_being_kept():
    finding = Finding(5, "NIK", "12A45", "Isi.", "code", "KSP Maju", "number", ("Kolom: lain",))
    report = a_report(rows=4, created=1, duplicates=[(7, 5)], rejected=[finding])

    assert Report.from_record(report.as_record()) == report


def test_a_report_can_be_saved_when_nothing_is_refused_or_the_valid_rows_are_wanted():
    refused = [Finding(5, "NIK", "", "Isi.")]

    assert a_report(created=1).can_save(valid_only=False)
    assert not a_report(created=1, rejected=refused).can_save(valid_only=False)
    assert a_report(unchanged=1, rejected=refused).can_save(valid_only=True)
    assert not a_report(rejected=refused).can_save(valid_only=True)


def test_the_bar_has_a_visible_part_for_every_count():
    report = a_report(created=5000, rejected=[Finding(5, "NIK", "", "Isi.")], duplicates=[(6, 5)])
    parts = pages.bar(report)

    assert [part.css for part in parts] == ["ready", "refused", "repeated"]
    assert [part.width for part in parts] == [98.8, 0.6, 0.6]
    assert max(part.start + part.width for part in parts) <= 100.01


def test_groups_show_a_few_rows_and_link_to_the_rest():
    rows = [Finding(n, "NIK", "x", "Isi.", "code") for n in range(30, 10, -1)]
    report = a_report(rejected=[*rows, Finding(9, "Koperasi", "", "Isi.", "empty")])

    first, second = pages.groups(report, None)
    assert (first.cause, first.count, first.hidden) == ("empty", 1, 0)
    assert (second.cause, second.count, second.hidden) == ("code", 20, 12)
    assert [finding.row for finding in second.rows] == list(range(11, 19))
    assert pages.groups(report, "code")[1].hidden == 0


def test_every_kind_names_its_columns_once_and_every_cause_has_a_label():
    for kind in KINDS.values():
        headings = [f.column.heading for f in kind.fields]
        assert len(headings) == len(set(headings))
        assert {f.cause for f in kind.fields} <= set(CAUSES)
        assert kind.code in pages.KIND_NOTES


ACTIONS = ("accept", "fail", "repair", "save", "withdraw", "finish", "return", "reverse")
NEXT = {
    ("checking", "accept"): "checked",
    ("checking", "fail"): "failed",
    ("checked", "repair"): "checking",
    ("checked", "save"): "saving",
    ("checked", "withdraw"): "discarded",
    ("saving", "finish"): "saved",
    ("saving", "return"): "checked",
    ("saved", "reverse"): "reversed",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_run_goes_from_state_to_state_by_the_table_only(state, action):
    if (state, action) in NEXT:
        assert rules.next_state(state, action) == NEXT[state, action]
        return
    with pytest.raises(TransitionRefused) as refusal:
        rules.next_state(state, action)
    assert str(refusal.value) == (
        "Impor ini belum tersimpan, atau sudah dibatalkan."
        if action == "reverse"
        else "Impor ini tidak sedang menunggu keputusan."
    )
