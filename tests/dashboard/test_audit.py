import io
import re
from datetime import UTC, date, datetime

import pytest
import python_calamine

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import audit
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import lock, transaction
from kopdiklat.dashboard import trail, trail_words
from tests.factories import make_assessment, make_cooperative, make_office, make_user


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def rename(cooperative, name, by="Rina Wulandari", **changes):
    with audit.acting(audit.Actor(7, by, "req-1")), transaction():
        row = lock(Cooperative, cooperative.id)
        row.name = name
        for column, value in changes.items():
            setattr(row, column, value)


@pytest.fixture
def auditor(app, login_as):
    return login_as(make_user("auditor"))


def test_trail_reads_as_sentences_with_before_and_after(auditor):
    cooperative = make_cooperative(name="KSU Lama", activity_status="active")
    rename(cooperative, "KSU Baru", activity_status="inactive", legal_date=date(2010, 5, 1))

    shown = text_of(auditor.get("/audit?action=update"))

    assert "Rina Wulandari mengubah koperasi KSU Baru" in shown
    assert "nama: dari “KSU Lama” menjadi “KSU Baru”" in shown
    assert "keaktifan: dari “Aktif” menjadi “Tidak aktif”" in shown
    assert "tanggal badan hukum: dari “–” menjadi “1 Mei 2010”" in shown


def test_trail_is_filtered_by_person_thing_and_day(auditor):
    cooperative = make_cooperative(name="KSU Lama")
    rename(cooperative, "KSU Satu", by="Rina Wulandari")
    rename(cooperative, "KSU Dua", by="Hendra Wijaya")
    make_assessment(cooperative)
    today = datetime.now(UTC).date().isoformat()

    by_person = text_of(auditor.get("/audit?person=hendra"))
    by_thing = text_of(auditor.get("/audit?object=health_assessments"))
    before = text_of(auditor.get("/audit?until=2020-01-01"))
    since = text_of(auditor.get(f"/audit?from={today}&object=cooperatives"))

    assert "Hendra Wijaya mengubah" in by_person
    assert "Rina Wulandari mengubah" not in by_person
    assert "menambahkan penilaian kesehatan" in by_thing
    assert "mengubah koperasi" not in by_thing
    assert "Tidak ada catatan yang cocok" in before
    assert "Rina Wulandari mengubah" in since


def test_trail_stays_in_the_office(auditor):
    other = make_office("3516", "Dinas Koperasi Kabupaten")
    rename(make_cooperative(other, "KSU Jauh"), "KSU Jauh Sekali")

    assert "KSU Jauh" not in text_of(auditor.get("/audit"))


def test_trail_never_shows_a_masked_value(app):
    entry = AuditEntry(
        at=datetime.now(UTC),
        actor="Rina",
        action="update",
        object_type="persons",
        object_id=1,
        before={"phone": audit.MASK},
        after={"phone": audit.MASK},
    )

    (sentence,) = trail.sentences([entry], "WIB")

    assert sentence.changes == (("telepon", "•••", "•••"),)
    assert sentence.called == ""


def test_trail_masks_what_an_older_entry_still_holds(app):
    entry = AuditEntry(
        at=datetime.now(UTC),
        actor="Rina",
        action="update",
        object_type="follow_ups",
        object_id=1,
        before={"result": None, "closed_on": None},
        after={"result": "Dicetak Bu Siti.", "closed_on": "2026-07-05"},
    )

    (sentence,) = trail.sentences([entry], "WIB")

    assert sentence.changes == (("selesai", "–", "5 Jul 2026"), ("hasil", "–", "•••"))


def test_trail_reads_what_was_added_to_a_growing_table_from_its_row(auditor):
    make_assessment(make_cooperative(), "61.25")

    shown = text_of(auditor.get("/audit?object=health_assessments"))

    assert "menambahkan penilaian kesehatan" in shown
    assert "skor: 61,25" in shown
    assert "status: Dalam Pengawasan" in shown


@pytest.mark.parametrize("query", ["object=x", "from=kemarin", "id=-1", "id=9e9", "action=drop"])
def test_trail_leaves_out_filters_that_it_does_not_know(auditor, query):
    make_cooperative(name="KSU Ada")

    assert "KSU Ada" in text_of(auditor.get(f"/audit?{query}"))


def test_trail_as_a_workbook_holds_what_was_filtered(auditor):
    rename(make_cooperative(name="KSU Lama"), "KSU Baru", by="Hendra Wijaya")

    answer = auditor.get("/audit/export.xlsx?person=hendra")

    rows = python_calamine.load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    (row,) = [row for row in rows if row[1] == "Hendra Wijaya"]
    assert row[2:6] == ["mengubah", "koperasi", 1.0, "KSU Baru"] or row[5] == "KSU Baru"
    assert row[6] == "nama: KSU Lama → KSU Baru"


def test_trail_is_not_for_the_coordinator(app, login_as):
    assert login_as(make_user("coordinator")).get("/audit").status_code == 404


def test_every_table_of_the_trail_has_its_words(app):
    """A table that is audited and has no name would be shown by its English one."""
    from kopdiklat.core.db import db

    named = {
        mapper.class_.__tablename__
        for mapper in db.Model.registry.mappers
        if getattr(mapper.class_, "__audited__", True)
    }

    quiet = {"assessment_schemes", "assessment_bands"}  # brought by migrations only
    assert named - quiet - set(trail_words.OBJECTS) == set()
