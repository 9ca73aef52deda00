"""Choosing the cooperatives of a batch: the list, the choice that stays, and what is kept of it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from kopdiklat.core.db import db
from kopdiklat.registration.models import Invitation
from kopdiklat.targeting.models import Selection
from kopdiklat.targeting.picks import pack
from kopdiklat.training.models import Batch
from tests.factories import (
    make_assessment,
    make_attendance,
    make_batch,
    make_cooperative,
    make_follow_up,
    make_invitation,
    make_past_contact,
    make_registration,
    make_training_session,
    make_user,
    make_visit,
)
from tests.foreign_ids import PageForms
from tests.registration import pages


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def open_batch(**columns):
    batch = pages.open_batch(**columns)
    make_training_session(batch, starts_at=datetime.now(UTC) + timedelta(days=9))
    return batch


def weak(score="52.0", name=None, fiscal_year=None, **columns):
    """A cooperative under supervision, assessed at the end of last year."""
    cooperative = make_cooperative(name=name, **columns)
    last_year = datetime.now(UTC).year - 1
    make_assessment(cooperative, score, fiscal_year or last_year, health_status="under_supervision")
    return cooperative


def address_of(batch, query=""):
    return f"/batches/{batch.id}/selection{query}"


def read(client, batch, query=""):
    return client.get(address_of(batch, query)).get_data(as_text=True)


def press(client, batch, query="", **data):
    """Send the form of the page at this address as a browser would, with changes."""
    return client.post(address_of(batch), data=form_of(read(client, batch, query)) | data)


def form_of(page):
    """The form of the choice: every tick, also those of the filters."""
    return next(form for form in forms_of(page) if "kept" in form)


def forms_of(page):
    parser = PageForms()
    parser.feed(page)
    return parser.forms


def fresh(model, ident):
    db.session.rollback()
    return db.session.get_one(model, ident)


def chosen_on(page):
    return {int(i) for i in re.findall(r'name="cooperative" value="(\d+)"[^>]* checked', page)}


def said(page):
    """What is announced."""
    return re.search(r'id="selection-live"[^>]*>([^<]*)<', page)[1].strip()


def test_the_selection_ranks_the_lowest_score_first_and_missing_scores_last(client):
    batch = open_batch(seats=4)
    for name, score in (("Lima puluh lima", "55.0"), ("Belum berskor", None), ("Rendah", "52.0")):
        weak(score, name)
    make_assessment(make_cooperative(name="Sehat saja"), "85.0")

    page = read(client, batch)

    places = [page.index(name) for name in ("Rendah", "Lima puluh lima", "Belum berskor")]
    assert places == sorted(places)
    assert "Sehat saja" not in page
    year = datetime.now(UTC).year - 1
    assert f'52,00<small class="keep">Des {year}</small>' in page
    assert "<small>peringkat 1 dari 3</small>" in page
    assert "<div>belum pernah ikut bimtek; belum pernah dikunjungi" in page
    assert "2 dipilih dari 3" in page
    assert "2 tanpa nomor HP" in page


def test_the_list_says_who_took_this_course_who_was_visited_and_who_is_registered_elsewhere(client):
    batch = open_batch()
    past, present, absent, elsewhere = (
        weak(f"5{n}.0", name)
        for n, name in enumerate(("Catatan lama", "Hadir", "Tidak hadir", "Angkatan lain"), 1)
    )
    make_past_contact(past, activity=f"Bimtek {batch.course.name} 2023", held_on=date(2023, 5, 4))
    make_past_contact(past, kind="visit", activity="Kunjungan", held_on=date(2024, 2, 1))
    earlier = make_batch(sessions=0, course=batch.course, number=7, seats=9, state="closed")
    session = make_training_session(earlier, starts_at=datetime(2025, 3, 3, 2, 0, tzinfo=UTC))
    make_attendance(make_registration(earlier, present), session)
    make_attendance(make_registration(earlier, absent), session, state="absent")
    make_follow_up(present, visit_id=make_visit(cooperative=present, state="held").id)
    other = make_batch(sessions=0, course=batch.course, number=8)
    make_training_session(other, starts_at=datetime.now(UTC) + timedelta(days=3))
    make_registration(other, elsewhere)

    page = read(client, batch)

    facts = {
        name: re.search(rf">{name}<.*?Alasan\"><div>(.*?)</div>", page, re.DOTALL)[1].strip()
        for name in ("Catatan lama", "Hadir", "Tidak hadir", "Angkatan lain")
    }
    assert "ikut kursus ini Mei 2023; kunjungan terakhir Feb 2024" in facts["Catatan lama"]
    assert "bimtek terakhir Mar 2025; ikut kursus ini Mar 2025;" in facts["Hadir"]
    assert facts["Hadir"].split(";")[-1].strip().startswith("1 tindak lanjut terbuka")
    assert "belum pernah ikut bimtek sejak 2023" in facts["Tidak hadir"]
    assert "terdaftar di angkatan lain kursus ini" in facts["Angkatan lain"]
    options = ("Pernah ikut, 2025", "Pernah ikut, 2023", "Terdaftar di angkatan lain")
    assert all(option in page for option in options)
    assert said(read(client, batch, "?course=2025")).startswith("1 koperasi cocok")


def test_chosen_cooperatives_are_invited_with_status_score_rank_and_reason(client):
    batch = open_batch(seats=4)
    low, high = make_cooperative(), weak("55.0")
    year = datetime.now(UTC).year - 1
    make_assessment(low, "41.0", year, health_status="under_special_supervision")
    make_past_contact(high, held_on=date(2024, 7, 12))

    press(client, batch)

    found = db.session.scalars(sa.select(Invitation).order_by(Invitation.id)).all()
    assert [(i.cooperative_id, i.health_status, str(i.score), i.rank, i.reason) for i in found] == [
        (
            low.id,
            "under_special_supervision",
            "41.00",
            1,
            f"Dalam Pengawasan Khusus, peringkat 1 dari 1; skor 41,00 posisi Des {year}; "
            "belum pernah ikut bimtek sejak 2024; belum pernah dikunjungi",
        ),
        (
            high.id,
            "under_supervision",
            "55.00",
            1,
            f"Dalam Pengawasan, peringkat 1 dari 1; skor 55,00 posisi Des {year}; "
            "bimtek terakhir Jul 2024; belum pernah ikut kursus ini; belum pernah dikunjungi",
        ),
    ]
    assert fresh(Batch, batch.id).selection_basis == "baseline_score"


def test_a_choice_is_kept_with_its_question_its_basis_and_each_reason(client):
    batch = open_batch(seats=2)
    first, _second = weak("52.0"), weak("55.0")

    press(client, batch, "?status=under_supervision&months=12&n=1")

    (kept,) = db.session.scalars(sa.select(Selection)).all()
    assert kept.filters == [["all", "1"], ["status", "under_supervision"], ["months", "12"]]
    assert (kept.basis, kept.derived_basis, kept.eligible) == (
        "baseline_score", "baseline_score", 2,
    )  # fmt: skip
    (line,) = kept.cooperatives
    assert (line.cooperative_id, line.place, line.rank, str(line.score)) == (
        first.id,
        1,
        1,
        "52.00",
    )
    assert line.assessment_id is not None
    assert line.reason.startswith("Dalam Pengawasan, peringkat 1 dari 2;")


def test_a_choice_by_hand_is_recorded_as_mixed(client):
    batch = open_batch(seats=2)
    _low, high = weak("52.0"), weak("55.0")

    press(client, batch, cooperative=[str(high.id)])

    assert fresh(Batch, batch.id).selection_basis == "mixed"


def test_a_second_choice_on_another_basis_makes_the_batch_mixed(client):
    batch = open_batch(seats=2)
    weak("52.0")
    press(client, batch, "?n=1")
    weak("55.0", fiscal_year=2020)
    press(client, batch, "?n=1")

    kept = db.session.scalars(sa.select(Selection.basis).order_by(Selection.id)).all()
    assert kept == ["baseline_score", "older_score"]
    assert fresh(Batch, batch.id).selection_basis == "mixed"


def test_a_coordinator_says_another_basis_only_with_a_reason(client):
    batch = open_batch(seats=2)
    weak("52.0")

    refused = press(client, batch, basis="mixed")
    press(client, batch, basis="mixed", basis_reason="Usulan  camat")

    assert refused.status_code == 422
    assert "Tulis alasan mengapa dasar pemilihannya lain." in refused.get_data(as_text=True)
    (kept,) = db.session.scalars(sa.select(Selection)).all()
    assert (kept.basis, kept.derived_basis, kept.basis_reason) == (
        "mixed", "baseline_score", "Usulan camat",
    )  # fmt: skip
    assert fresh(Batch, batch.id).selection_basis == "mixed"


def test_an_empty_choice_says_so_and_an_empty_list_names_the_strictest_filter(client):
    batch = open_batch()
    make_assessment(make_cooperative(), "85.0")

    none = press(client, batch)
    page = read(client, batch)

    assert none.status_code == 422
    assert "Pilih paling sedikit satu koperasi." in none.get_data(as_text=True)
    assert "Paling banyak disaring oleh Status kesehatan." in page
    assert said(page) == (
        "0 koperasi cocok; paling banyak disaring oleh Status kesehatan, 0 dipilih"
    )
    lifted = re.search(r'href="([^"]+)">Hapus saringan Status kesehatan<', page)[1]
    assert "1 koperasi cocok" in client.get(lifted.replace("&amp;", "&")).get_data(as_text=True)


def test_each_value_of_a_facet_says_how_many_it_would_show(client):
    batch = open_batch()
    weak(district="Kranggan")
    weak(district="Magersari")
    weak(district="Magersari")

    page = read(client, batch, "?district=Kranggan")

    counts = re.findall(r'id="f-district-.*? value="(\w+)".*?check__count">([\d.]+)<', page)
    assert counts == [("Kranggan", "1"), ("Magersari", "2")]


def test_a_tick_stays_on_other_pages_and_under_other_filters(client):
    batch = open_batch(seats=2)
    made = [weak(f"{51 + n / 100:.2f}", district="Kranggan") for n in range(27)]
    far = weak("60.0", district="Magersari")

    first = press(client, batch, "?n=1", cooperative=[str(made[0].id), str(made[3].id)], do="look")
    second = press(client, batch, query_of(first) + "&page=2", do="look")
    third = press(client, batch, query_of(second) + "&district=Magersari", do="look")
    page = client.get(third.location).get_data(as_text=True)
    press(client, batch, query_of(third), cooperative=[str(far.id)])

    assert first.status_code == 303
    assert "2 di luar saringan ini" in page
    invited = set(db.session.scalars(sa.select(Invitation.cooperative_id)))
    assert invited == {made[0].id, made[3].id, far.id}


def query_of(answer):
    return "?" + answer.location.partition("?")[2]


def test_without_a_tick_the_choice_follows_the_filters(client):
    batch = open_batch(seats=2)
    weak("52.0", district="Kranggan")
    other = weak("55.0", district="Magersari")

    answer = press(client, batch, "?n=1", district="Magersari", do="look")

    assert "pick=" not in answer.location
    assert chosen_on(client.get(answer.location).get_data(as_text=True)) == {other.id}


def test_the_first_of_another_question_are_added_to_a_choice_by_hand(client):
    batch = open_batch()
    here, there = weak("52.0", district="Kranggan"), weak("55.0", district="Magersari")

    answer = press(
        client, batch, f"?all=1&n=1&pick={pack([here.id])}", district="Magersari", do="more"
    )
    page = client.get(answer.location + "&show=chosen").get_data(as_text=True)

    assert chosen_on(page) == {here.id, there.id}


def test_the_script_gets_the_page_at_once_and_its_address(client):
    batch = open_batch()
    weak(district="Magersari")
    form = form_of(read(client, batch, "?all=1&n=1")) | {"do": "look", "district": "Magersari"}

    answer = client.post(address_of(batch), data=form, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    pushed = answer.headers["HX-Push-Url"]
    assert pushed == address_of(batch, "?all=1&district=Magersari&n=1")
    assert said(answer.get_data(as_text=True)) == "1 koperasi cocok, 1 dipilih"


def test_more_than_five_hundred_are_refused_in_words(client):
    batch = open_batch()
    many = pack(range(1, 502))
    weak()

    answer = press(client, batch, hand="1", kept=many, do="look")

    assert answer.status_code == 422
    assert "Paling banyak 500 koperasi sekali pilih." in answer.get_data(as_text=True)


def test_caps_pass_over_and_say_why_and_an_over_choice_is_warned_of(client):
    from kopdiklat.registration.models import SeatShare
    from tests.factories import _save

    batch = open_batch(seats=20)
    first, second = weak("52.0", district="Magersari"), weak("53.0", district="Magersari")
    third = weak("54.0", district="Kranggan")
    _save(
        SeatShare(
            office_id=batch.office_id, batch_id=batch.id, facet="district", value="Magersari",
            cap=2, reserve=0,
        )
    )  # fmt: skip

    page = read(client, batch, "?n=2")
    over = read(client, batch, f"?n=2&pick={pack([first.id, second.id, third.id])}")

    assert chosen_on(page) == {first.id, third.id}
    assert "Dilewati: jatah Magersari sudah penuh" in page
    assert "1 dilewati karena batas" in page
    assert "dari paling banyak 2, lebih 2" in over
    assert "1 karena jatah Magersari penuh" in over


def test_who_was_invited_meanwhile_stays_as_it_is_and_nothing_is_kept_twice(client):
    batch = open_batch(seats=2)
    only = weak()
    fields = form_of(read(client, batch))
    make_invitation(batch, only, reason="Sebelumnya")

    answer = client.post(address_of(batch), data=fields)

    assert answer.status_code == 422
    (kept,) = db.session.scalars(sa.select(Invitation)).all()
    assert kept.reason == "Sebelumnya"
    assert db.session.scalars(sa.select(Selection)).all() == []


def test_the_list_makes_as_many_queries_for_three_as_for_one(app, client):
    batch = open_batch()
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_past_contact(weak())
        statements = []
        note = lambda *args, into=statements: into.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", note)
        read(client, batch)
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 12


def test_a_head_reads_what_was_chosen_and_may_not_choose(app, login_as, client):
    batch = open_batch(seats=2)
    weak("52.0", name="Koperasi Rendah")
    press(client, batch, "?n=1")
    (kept,) = db.session.scalars(sa.select(Selection)).all()
    head = login_as(make_user("head"))

    shown = head.get(f"/selections/{kept.id}").get_data(as_text=True)
    listed = head.get(f"/batches/{batch.id}/selections").get_data(as_text=True)

    assert "Koperasi Rendah" in shown
    assert "Skor kesehatan terakhir" in listed
    assert head.get(address_of(batch)).status_code == 403


def test_the_list_leaves_as_a_file_that_no_spreadsheet_runs_and_the_trail_knows(client):
    from kopdiklat.core.audit import AuditEntry

    batch = open_batch(seats=2)
    weak("52.0", name="=HYPERLINK(1)")
    press(client, batch, "?n=1")
    (kept,) = db.session.scalars(sa.select(Selection)).all()

    answer = client.get(f"/selections/{kept.id}.csv")

    header, row = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert header.startswith("Urutan;Koperasi;NIK Koperasi;Kecamatan;Jenis;Status saat dipilih")
    assert row.startswith("1;'=HYPERLINK(1);")
    assert "Dalam Pengawasan, peringkat 1 dari 1;" in row
    db.session.rollback()
    (entry,) = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "export"))
    assert (entry.after["kind"], entry.after["rows"]) == ("selections", 1)
