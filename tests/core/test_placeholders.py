"""A fixed set of {placeholders}: filled once, an empty one takes its line, misspelt ones are named."""

import pytest

from kopdiklat.core.placeholders import (
    PlaceholderRefused,
    check_names,
    check_printable,
    check_required,
    fill,
    named,
)

KNOWN = ("nama", "kegiatan", "narahubung", "tautan")


def refusal_of(check, *arguments):
    with pytest.raises(PlaceholderRefused) as refused:
        check(*arguments)
    return str(refused.value)


def test_fill_replaces_each_name_once_and_runs_nothing():
    values = {"nama": "{tautan} {{ 7*7 }}", "tautan": "https://a"}

    assert fill("Yth. {nama}: {tautan}", values) == "Yth. {tautan} {{ 7*7 }}: https://a"


def test_fill_leaves_out_a_line_whose_placeholder_is_empty_and_the_gap_it_leaves():
    text = "Yth. {nama},\n\nAlasan: {alasan}\n\nSalam"

    assert fill(text, {"nama": "Siti", "alasan": " "}) == "Yth. Siti,\n\nSalam"
    assert fill(text, {"nama": "Siti", "alasan": "Sakit"}) == (
        "Yth. Siti,\n\nAlasan: Sakit\n\nSalam"
    )


def test_fill_raises_for_a_name_that_nobody_knows():
    with pytest.raises(KeyError, match="nma"):
        fill("{nma}", {"nama": "Siti"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Yth. {nma}", "Tanda isian {nma} tidak dikenal. Maksud Anda {nama}?"),
        ("Yth. { Nama }", "Tanda isian { Nama } tidak dikenal. Maksud Anda {nama}?"),
        ("{nara hubung}", "Tanda isian {nara hubung} tidak dikenal. Maksud Anda {narahubung}?"),
        ("{}", "Tanda isian {} tidak dikenal. Pakai yang ada di daftar."),
        ("{{ 7*7 }}", "Tanda isian { 7*7 } tidak dikenal. Pakai yang ada di daftar."),
        ("{nama.__class__}", "Tanda isian {nama.__class__} tidak dikenal. Pakai yang ada di daftar."),
        ("Yth. {nama", "Kurung kurawal pada “{nama” belum berpasangan. Tulis seperti {nama}."),
        ("Yth. nama}", "Kurung kurawal pada “nama}” belum berpasangan. Tulis seperti {nama}."),
        ("{nama\n}", "Kurung kurawal pada “{nama” belum berpasangan. Tulis seperti {nama}."),
        ("{% if x %}", "Tanda isian {% if x %} tidak dikenal. Pakai yang ada di daftar."),
    ],
)  # fmt: skip
def test_check_names_says_what_is_wrong_and_what_may_be_meant(text, sentence):
    assert refusal_of(check_names, text, KNOWN) == sentence


def test_check_names_takes_a_text_of_known_names_only():
    check_names("Yth. {nama}, {kegiatan}: {tautan}", KNOWN)

    assert named("Yth. {nama}, {kegiatan}") == ["nama", "kegiatan"]


def test_check_required_names_all_that_are_missing():
    assert refusal_of(check_required, "Yth. {nama}", ("nama", "tautan", "kegiatan")) == (
        "Sisipkan {tautan}, {kegiatan}; tanpa itu penerima tidak tahu yang penting."
    )


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\u202e", "\u2028", "\x0b", "\x85"])
def test_check_printable_refuses_what_cannot_be_seen(sign):
    assert "tidak terlihat" in refusal_of(check_printable, f"Undangan{sign} rapat")


def test_check_printable_takes_lines_tabs_and_every_script():
    check_printable("Baris satu\n\tBaris dua — “kutip” 🙂 عربي")
