"""Reasons are kept in Indonesian and told in the language of who reads them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from kopdiklat.core import formats
from kopdiklat.core.db import db, transaction
from kopdiklat.registration import choices, offers, reasons, service, tokens
from tests.factories import (
    make_batch,
    make_cooperative,
    make_invitation,
    make_office,
    make_registration,
    make_training_session,
    make_user,
)
from tests.registration.pages import fields

STANDS = {
    "health_status": "under_supervision",
    "rank": 3,
    "of": 32,
    "score": Decimal("57.2"),
    "position_on": date(2025, 12, 31),
    "last_training_on": None,
    "course_on": None,
    "in_other_batch": False,
    "last_visit_on": None,
    "open_follow_ups": 0,
    "records_since": None,
}


@pytest.mark.parametrize(
    ("values", "kept", "in_english"),
    [
        (
            {"records_since": 2023},
            "Dalam Pengawasan, peringkat 3 dari 32; skor 57,20 posisi Des 2025; "
            "belum pernah ikut bimtek sejak 2023; belum pernah dikunjungi",
            "Under Supervision, rank 3 of 32; score 57.20 as of Dec 2025; "
            "never took part in training since 2023; never visited",
        ),
        (
            {
                "health_status": "healthy",
                "rank": 0,
                "score": None,
                "last_training_on": date(2025, 5, 4),
                "course_on": date(2023, 5, 4),
                "last_visit_on": date(2024, 8, 1),
                "open_follow_ups": 2,
            },
            "Sehat, tanpa skor; bimtek terakhir Mei 2025; ikut kursus ini Mei 2023; "
            "kunjungan terakhir Agu 2024; 2 tindak lanjut terbuka",
            "Healthy, without a score; last training May 2025; took this course in May 2023; "
            "last visit Aug 2024; 2 open follow-ups",
        ),
        (
            {"health_status": None, "score": None, "open_follow_ups": 1, "in_other_batch": True},
            "Belum Dinilai; belum pernah ikut bimtek; terdaftar di angkatan lain kursus ini; "
            "belum pernah dikunjungi; 1 tindak lanjut terbuka",
            "Not Assessed; never took part in training; registered in another batch of this course; "
            "never visited; 1 open follow-up",
        ),
        (
            {"is_offered": False, "last_training_on": date(2025, 5, 4)},
            "Dalam Pengawasan, tidak aktif; skor 57,20 posisi Des 2025; bimtek terakhir Mei 2025; "
            "belum pernah ikut kursus ini; belum pernah dikunjungi",
            "Under Supervision, inactive; score 57.20 as of Dec 2025; last training May 2025; "
            "never took this course; never visited",
        ),
    ],
    ids=["ranked", "without a score", "not assessed", "not active"],
)
def test_the_reason_of_a_choice_is_one_text_in_any_language(app, values, kept, in_english):
    written = choices.reason_of(**(STANDS | values))

    with app.test_request_context(), force_locale("en"):
        told = reasons.told_choice(written)
    with app.test_request_context():
        at_home = reasons.told_choice(written)

    assert written == at_home == kept
    assert told.lower() == in_english.lower()


def test_a_drawn_one_says_so_first(app):
    written = choices.drawn(7, 20, 63, choices.reason_of(**STANDS))

    with app.test_request_context(), force_locale("en"):
        told = reasons.told_choice(written)

    assert written.startswith(
        "terundi urutan 7 dari 20 di antara 63 yang memenuhi syarat; Dalam Pengawasan, peringkat 3"
    )
    assert told.startswith("drawn in place 7 of 20 among 63 eligible; Under supervision, rank 3")


def test_the_months_of_a_reason_are_those_of_the_house(app):
    with app.test_request_context():
        printed = [formats.day(date(2025, n, 1), "month") for n in range(1, 13)]

    assert [choices.month(date(2025, n, 1)) for n in range(1, 13)] == printed


@pytest.mark.parametrize(
    ("kept", "in_english"),
    [
        ("Kursi kosong, giliran dari daftar tunggu", "A seat is free, next from the waiting list"),
        ("Dibatalkan oleh koperasi", "Cancelled by the cooperative"),
        ("Menggantikan nomor D-0001", "Replaces number D-0001"),
        ("Dilewati: jatah Konsumen sudah penuh", "Passed by: the share of Consumer is used up"),
        ("Dilewati: jatah Utara sudah penuh", "Passed by: the share of Utara is used up"),
        ("Kuota sudah penuh", "The quota is full"),
        (
            "Rombongan lain didahulukan koordinator: terdampak banjir",
            "The coordinator put another team first: terdampak banjir",
        ),
        ("Diperbaiki: nama, nomor HP", "Corrected: name, mobile number"),
        ("Dijawab lewat WhatsApp", "Answered by WhatsApp"),
        ("Ketua", "Ketua"),  # typed by a person, though we have a word for it
        (None, ""),
    ],
)
def test_the_reason_of_a_step_is_told_in_the_readers_language(app, kept, in_english):
    with app.test_request_context(), force_locale("en"):
        assert reasons.told(kept) == in_english


def test_a_reason_is_kept_in_indonesian_whoever_pressed(app):
    client = app.test_client()
    now = datetime.now(UTC)
    batch = make_batch(
        sessions=0,
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=now + timedelta(days=1),
    )
    registration = make_registration(batch)
    address = f"/bukti/{tokens.ticket_token(registration)}"
    client.get("/bahasa/en")

    client.post(f"{address}/pembatalan", data=fields(client, f"{address}/ubah"))

    db.session.rollback()
    (step,) = [e for e in registration.events if e.action == "cancel"]
    assert step.reason == "Dibatalkan oleh koperasi"
    assert "Reason: Cancelled by the cooperative." in client.get(address).get_data(as_text=True)


def test_an_open_invitation_says_in_english_when_it_closes(app):
    client = app.test_client()
    now = datetime.now(UTC)
    batch = make_batch(
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=datetime(2036, 12, 2, 9, 0, tzinfo=UTC),
    )
    client.get("/bahasa/en")

    page = client.get(f"/daftar/{tokens.invitation_token(make_invitation(batch))}")

    words = 'Registration closes <b class="medium">Tuesday, 2 December 2036, 16.00 WIB</b>.'
    assert words in page.get_data(as_text=True)


def test_one_cooperative_answers_and_two_answer(app, login_as):
    now = datetime.now(UTC)
    batch = make_batch(
        sessions=0,
        registration_opens_at=now - timedelta(days=5),
        registration_closes_at=now + timedelta(days=2),
    )
    make_training_session(batch, now + timedelta(days=3))
    client = login_as(make_user("coordinator", make_office()))
    client.get("/bahasa/en")

    pages = []
    for _ in range(2):
        make_invitation(batch, created_at=now - timedelta(days=4))
        pages.append(client.get("/").get_data(as_text=True))

    assert "answers the invitation to" in pages[0]
    assert "answer the invitation to" in pages[1]


def step(registration):
    db.session.refresh(registration)
    return [(e.action, e.reason) for e in registration.events]


def test_every_step_of_the_queue_has_its_reason(app, now):
    batch = make_batch(seats=1)
    first, second, third = (
        register_one(batch, make_cooperative(), f"Orang {n}", now) for n in range(3)
    )
    with transaction():
        offers.put_first(batch.id, third.team, "terdampak banjir", by="Rina", now=now)
    with transaction():
        service.cancel(first.id, "sakit", by="uji", now=now)
    with transaction():
        offers.accept(third.id, by="uji", now=now)

    assert step(first) == [("confirm", "Kursi masih ada"), ("cancel", "sakit")]
    assert step(second) == [
        ("queue", "Kuota sudah penuh"),
        ("behind", "Rombongan lain didahulukan koordinator: terdampak banjir"),
    ]
    assert step(third) == [
        ("queue", "Kuota sudah penuh"),
        ("move", "terdampak banjir"),
        ("offer", "Kursi kosong, giliran dari daftar tunggu"),
        ("accept", "Dijawab sebelum batas waktu"),
    ]
    assert all(reason for r in (first, second, third) for _action, reason in step(r))


def register_one(batch, cooperative, name, now):
    with transaction():
        return service.register_team(
            batch.id,
            cooperative.id,
            [service.Participant(full_name=name, position="chair")],
            team=service.new_team(),
            by="uji",
            now=now,
            accept_waiting=True,
        )[0]


def test_the_ticket_and_the_batch_say_the_position_the_rule_and_each_reason(app, login_as):
    now = datetime.now(UTC)
    batch = make_batch(
        seats=1,
        taken=1,
        sessions=0,
        registration_opens_at=now - timedelta(days=1),
        registration_closes_at=now + timedelta(days=1),
    )
    make_training_session(batch, now + timedelta(days=5))
    ahead, behind = (
        register_one(batch, make_cooperative(), name, now) for name in ("Yoga", "Siti")
    )
    with transaction():
        offers.put_first(batch.id, behind.team, "terdampak banjir", by="Rina", now=now)

    ticket = app.test_client().get(f"/bukti/{tokens.ticket_token(ahead)}").get_data(as_text=True)
    desk = login_as(make_user("coordinator")).get(f"/batches/{batch.id}").get_data(as_text=True)

    assert "1 rombongan di depan Anda." in ticket
    assert "Sekarang: Kuota sudah penuh." in ticket
    assert "Urutan menurut waktu mendaftar." in ticket
    for page in (ticket, desk):
        assert "Rombongan lain didahulukan koordinator: terdampak banjir." in page


@pytest.mark.parametrize(
    "change", ["UPDATE registration_events SET reason = 'lain'", "DELETE FROM registration_events"]
)
def test_no_reason_is_changed_afterwards_by_either_database(app, change):
    registration = make_registration(make_batch())

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
        session.execute(sa.text(change))

    assert step(registration) == [("confirm", None)]
