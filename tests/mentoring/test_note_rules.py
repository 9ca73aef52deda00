"""Notes: what is asked of one, and its digest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kopdiklat.core.errors import RuleViolation
from kopdiklat.mentoring import note_rules
from kopdiklat.mentoring.note_rules import MetPerson, NoteContent

START = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)
TODAY = date(2026, 7, 13)
NOTE = NoteContent(
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    met_people=(MetPerson("Siti Aminah", "Bendahara"),),
    condition="Pembukuan harian berjalan.",
)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"met_people": ()}, "siapa yang Anda temui"),
        ({"ends_at": START}, "sesudah jam mulai"),
        ({"photos": (note_rules.NotePhoto("a" * 64, 1, 1, 1),) * 6}, "foto untuk satu catatan"),
        ({"agreements": (note_rules.Agreement("x", "y", date(2026, 7, 12)),)}, "mendahului"),
    ],
)
def test_check_note_refuses(change, sentence):
    with pytest.raises(RuleViolation) as refusal:
        note_rules.check_note(replace(NOTE, **change), TODAY, TODAY)

    assert sentence in refusal.value.sentence


def test_check_note_refuses_a_visit_that_is_still_to_come():
    with pytest.raises(RuleViolation) as refusal:
        note_rules.check_note(NOTE, TODAY + timedelta(days=1), TODAY)

    assert "baru nanti" in refusal.value.sentence


def test_a_visit_has_begun_from_its_first_minute_on():
    note_rules.check_begun(START, START, "09.00 WIB")

    with pytest.raises(note_rules.NotBegun):
        note_rules.check_begun(START, START - timedelta(minutes=1), "09.00 WIB")


def test_note_digest_names_the_content():
    assert NOTE.digest == replace(NOTE).digest
    assert NOTE.digest != replace(NOTE, advice="Tutup buku setiap bulan.").digest
