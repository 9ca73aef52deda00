"""Questions that an office keeps under a name."""

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.targeting import service
from kopdiklat.targeting.facets import Filters
from kopdiklat.targeting.models import Segment
from tests.at_once import at_once, the_refusal
from tests.factories import make_batch, make_office, make_segment, make_user
from tests.targeting.test_selection_views import weak

WEAK = Filters({"status": frozenset({"under_supervision"})})


@pytest.fixture
def client(app, login_as):
    app.config["WTF_CSRF_ENABLED"] = False
    return login_as(make_user("coordinator", name="Rina Wulandari"))


def names():
    db.session.rollback()
    return db.session.scalars(sa.select(Segment.name).order_by(Segment.id)).all()


def test_a_segment_is_a_question_whose_answer_is_todays(client):
    batch = make_batch()
    client.post(
        f"/batches/{batch.id}/segments",
        data={"name": " Yang  lemah ", "status": "under_supervision"},
    )
    page = client.get(f"/batches/{batch.id}/segments").get_data(as_text=True)
    weak(name="Baru saja masuk")

    address = page.split('class="cell-title"><a href="')[1].split('"')[0].replace("&amp;", "&")
    answer = client.get(address).get_data(as_text=True)

    assert names() == ["Yang lemah"]
    assert "Status kesehatan: Dalam Pengawasan" in page
    assert "Rina Wulandari" in page
    assert "Baru saja masuk" in answer


def test_a_name_is_taken_once_per_office_however_it_is_spelt(app, now):
    make_segment(name="Yang lemah")
    other = make_office("3517", "Dinas Koperasi Jombang")
    office_id = make_office().id

    with pytest.raises(RuleViolation, match="sudah ada"), transaction():
        service.save_segment(office_id, "YANG   Lemah", WEAK, by="uji", now=now)
    with transaction():
        service.save_segment(other.id, "Yang lemah", WEAK, by="uji", now=now)

    assert names() == ["Yang lemah", "Yang lemah"]


def test_two_who_save_one_name_at_once_save_it_once(app, now):
    office_id = make_office().id

    def save():
        service.save_segment(office_id, "Yang lemah", WEAK, by="uji", now=now)

    assert "sudah ada" in the_refusal(at_once(app, save, save))
    assert names() == ["Yang lemah"]


def test_a_segment_gets_another_name_or_reads_why_not(client):
    batch, segment = make_batch(), make_segment(name="Yang lemah")
    make_segment(name="Belum pernah ikut")
    address = f"/batches/{batch.id}/segments/{segment.id}/name"

    refused = client.post(address, data={"name": "belum pernah ikut"})
    empty = client.post(address, data={"name": " "})
    client.post(address, data={"name": "Prioritas 2026"})

    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Segmen dengan nama ini sudah ada." in page
    assert 'value="belum pernah ikut"' in page
    assert "Tulis nama segmen." in empty.get_data(as_text=True)
    assert names() == ["Prioritas 2026", "Belum pernah ikut"]


def test_a_deleted_segment_is_gone_and_says_that_no_invitation_changes(client):
    batch, segment = make_batch(), make_segment(name="Yang lemah")

    client.post(f"/batches/{batch.id}/segments/{segment.id}/deletion")
    page = client.get(f"/batches/{batch.id}/segments").get_data(as_text=True)

    assert names() == []
    assert "Segmen Yang lemah dihapus. Undangan yang sudah ada tidak berubah." in page
    assert "Belum ada segmen" in page
