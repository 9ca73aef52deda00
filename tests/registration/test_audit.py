"""`flask seats audit`: each promise is broken by hand, and named."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat import demo
from kopdiklat.core import numbers
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.registration import audit, offers, rules, service
from kopdiklat.registration.models import Registration
from kopdiklat.registration.service import Participant
from tests.factories import (
    make_attendance,
    make_batch,
    make_cooperative,
    make_invitation,
    make_issued_number,
    make_office,
    make_officer,
)


def run(statement, **values):
    """What no verb of ours would write."""
    with transaction() as session:
        session.execute(sa.text(statement), values)


def no_guard(table, name):
    on = f" ON {table}" if db.engine.dialect.name == "postgresql" else ""
    verbs = (
        (name,) if on and table == "registration_events" else (f"{name}_update", f"{name}_delete")
    )
    for verb in verbs:
        run(f"DROP TRIGGER {verb}{on}")


class Scene:
    """A batch of three seats: a pair and one more sit, a pair and then one person wait."""

    def __init__(self, now):
        self.now = now
        self.batch = make_batch(seats=3)
        self.cooperatives = [make_cooperative() for _ in range(4)]
        invitations = [make_invitation(self.batch, c) for c in self.cooperatives]
        self.invitations = [i.id for i in invitations]
        officers = [[make_officer(c).id, make_officer(c).id] for c in self.cooperatives]
        teams = []
        for cooperative, ids, people in zip(self.cooperatives, officers, (2, 1, 2, 1)):
            with transaction():
                made = service.register_team(
                    self.batch.id,
                    cooperative.id,
                    [Participant(officer_id=ident) for ident in ids[:people]],
                    team=service.new_team(),
                    by="uji",
                    now=now,
                    accept_waiting=True,
                )
                teams.append([r.id for r in made])
        self.pair, (self.single,), self.waiting, (self.last,) = teams

    def team_of(self, ident):
        return db.session.get_one(Registration, ident).team

    def offer_a_seat(self):
        """The one who waits last is offered the seat of the single."""
        with transaction():
            service.cancel(self.single, "berhalangan", by="uji", now=self.now)


@pytest.fixture
def scene(app, now):
    return Scene(now)


def event(scene, ident, action, state, reason=None):
    run(
        "INSERT INTO registration_events"
        " (office_id, registration_id, action, state, reason, at, by)"
        " VALUES (:office, :ident, :action, :state, :reason, :at, 'uji')",
        office=scene.batch.office_id,
        ident=ident,
        action=action,
        state=state,
        reason=reason,
        at=scene.now.isoformat(sep=" "),
    )


def move(scene, ident, action, state):
    """A step with its row, whatever the table of steps says."""
    run("UPDATE registrations SET state = :state WHERE id = :ident", state=state, ident=ident)
    event(scene, ident, action, state)


def oversold(scene):
    run("UPDATE batches SET seats = 2 WHERE id = :batch", batch=scene.batch.id)


def held_over_the_quota(scene):
    run(
        "UPDATE invitations SET held_seats = 1, held_until = :until WHERE id = :ident",
        until=(scene.now + timedelta(hours=1)).isoformat(sep=" "),
        ident=scene.invitations[3],
    )


def over_the_cap(scene):
    run(
        "INSERT INTO seat_shares (office_id, batch_id, facet, value, cap, reserve)"
        " VALUES (:office, :batch, 'district', 'Kranggan', 2, 0)",
        office=scene.batch.office_id,
        batch=scene.batch.id,
    )


def stranded(scene):
    run("UPDATE batches SET seats = 4 WHERE id = :batch", batch=scene.batch.id)


def twice(scene):
    run("DROP INDEX uq_registrations_active_person")
    run(
        "UPDATE registrations SET person_id ="
        " (SELECT person_id FROM registrations WHERE id = :single) WHERE id = :last",
        single=scene.single,
        last=scene.last,
    )


def half_a_team(scene):
    move(scene, scene.pair[0], "cancel", "cancelled")
    move(scene, scene.waiting[0], "promote", "confirmed")


def two_cooperatives(scene):
    run(
        "UPDATE registrations SET cooperative_id = :other WHERE id = :ident",
        other=scene.cooperatives[1].id,
        ident=scene.pair[0],
    )


def no_time(scene):
    run("UPDATE registrations SET queued_at = NULL WHERE id = :ident", ident=scene.last)


def first_without_reason(scene):
    run("UPDATE registrations SET priority = 1 WHERE id = :ident", ident=scene.last)


def two_places(scene):
    event(scene, scene.waiting[0], "move", "waitlisted", "darurat")
    run("UPDATE registrations SET priority = 1 WHERE id = :ident", ident=scene.waiting[0])


def offered_without_offer(scene):
    scene.offer_a_seat()
    run("DELETE FROM seat_offers")


def offer_without_seat(scene):
    scene.offer_a_seat()
    move(scene, scene.last, "expire", "expired")
    run("UPDATE batches SET seats = 2 WHERE id = :batch", batch=scene.batch.id)


def two_open_offers(scene):
    scene.offer_a_seat()
    run("DROP INDEX uq_seat_offers_open")
    run(
        "INSERT INTO seat_offers (office_id, batch_id, team, made_at)"
        " SELECT office_id, batch_id, team, made_at FROM seat_offers"
    )


def overdue(scene):
    scene.offer_a_seat()
    late = (scene.now - timedelta(minutes=11)).isoformat(sep=" ")
    run("UPDATE seat_offers SET told_at = :late, answer_by = :late", late=late)


def an_answer_that_nobody_gave(scene):
    scene.offer_a_seat()
    run(
        "UPDATE seat_offers SET ended_at = :at, outcome = 'expired'",
        at=scene.now.isoformat(sep=" "),
    )
    move(scene, scene.last, "accept", "confirmed")


def an_offer_out_of_nothing(scene):
    run(
        "INSERT INTO seat_offers (office_id, batch_id, team, made_at, ended_at, outcome)"
        " VALUES (:office, :batch, :team, :at, :at, 'withdrawn')",
        office=scene.batch.office_id,
        batch=scene.batch.id,
        team=scene.team_of(scene.pair[0]),
        at=scene.now.isoformat(sep=" "),
    )


def another_state(scene):
    run("UPDATE registrations SET state = 'expired' WHERE id = :ident", ident=scene.last)


def an_illegal_step(scene):
    event(scene, scene.last, "expire", "expired")
    event(scene, scene.last, "queue", "waitlisted")


def a_note_that_moves(scene):
    event(scene, scene.last, "pass", "confirmed")
    event(scene, scene.last, "pass", "waitlisted")


def no_beginning(scene):
    no_guard("registration_events", "registration_events_guard")
    run("DELETE FROM registration_events WHERE registration_id = :ident", ident=scene.last)


def without_successor(scene):
    move(scene, scene.single, "replace", "replaced")
    run("UPDATE batches SET seats = 2 WHERE id = :batch", batch=scene.batch.id)


def alive_in_a_cancelled_batch(scene):
    run("UPDATE batches SET state = 'cancelled' WHERE id = :batch", batch=scene.batch.id)


def more_than_invited(scene):
    run("UPDATE invitations SET people = 1 WHERE id = :ident", ident=scene.invitations[0])


def somebody_elses_invitation(scene):
    run(
        "UPDATE registrations SET invitation_id = :other WHERE id = :ident",
        other=scene.invitations[2],
        ident=scene.last,
    )
    run("UPDATE invitations SET people = 3 WHERE id = :other", other=scene.invitations[2])


def a_hold_without_end(scene):
    run("UPDATE invitations SET held_seats = 1 WHERE id = :ident", ident=scene.invitations[3])


def presence_of_one_who_waits(scene):
    waiting = db.session.get_one(Registration, scene.last)
    make_attendance(waiting, scene.batch.training_sessions[0])


def of_another_office(scene):
    other = make_office("3515", "Dinas Koperasi Sidoarjo")
    run(
        "UPDATE registrations SET office_id = :other WHERE id = :ident",
        other=other.id,
        ident=scene.last,
    )


def without_a_guard(scene):
    no_guard("registration_events", "registration_events_guard")


def a_number_left_out(scene):
    with transaction():
        numbers.next_number(scene.batch.office_id, service.SERIES, service.ONE_SERIES)


def a_number_beyond(scene):
    run("UPDATE registrations SET number = 'D-0009' WHERE id = :ident", ident=scene.last)


def a_letter_number_left_out(scene):
    first, second, third = (make_issued_number(series="surat").id for _ in range(3))
    no_guard("issued_numbers", "issued_numbers_guard")
    run("DELETE FROM issued_numbers WHERE id = :ident", ident=second)


def a_register_ahead(scene):
    make_issued_number(series="surat")
    with transaction():
        numbers.next_number(scene.batch.office_id, "surat", 2026)


BROKEN = [
    (oversold, "kursi", "3 terisi dan 0 ditahan, kursi hanya 2"),
    (held_over_the_quota, "kursi", "3 terisi dan 1 ditahan, kursi hanya 3"),
    (over_the_cap, "kursi", "Kranggan: 3 kursi, paling banyak 2"),
    (stranded, "kursi", "(1 orang) menunggu padahal muat"),
    (twice, "satu orang satu kursi", "terdaftar 2 kali"),
    (half_a_team, "rombongan utuh", "terbagi: confirmed, waitlisted"),
    (two_cooperatives, "rombongan utuh", "berisi lebih dari satu koperasi"),
    (no_time, "urutan", "menunggu tanpa waktu antre"),
    (first_without_reason, "urutan", "didahulukan tanpa alasan"),
    (two_places, "urutan", "punya lebih dari satu tempat di antrean"),
    (offered_without_offer, "tawaran", "ditawari kursi tanpa tawaran"),
    (offer_without_seat, "tawaran", "punya tawaran tanpa kursi"),
    (two_open_offers, "tawaran", "punya 2 tawaran terbuka"),
    (overdue, "tawaran", "lewat batas waktunya dan belum diteruskan"),
    (an_answer_that_nobody_gave, "jawaban", "berakhir expired, riwayatnya tidak"),
    (an_offer_out_of_nothing, "jawaban", "tidak ada di riwayat"),
    (another_state, "riwayat", "berstatus expired, riwayatnya waitlisted"),
    (an_illegal_step, "riwayat", "langkah queue dari expired ke waitlisted tidak ada"),
    (a_note_that_moves, "riwayat", "langkah pass dari waitlisted ke confirmed tidak ada"),
    (no_beginning, "riwayat", "berstatus waitlisted, riwayatnya kosong"),
    (without_successor, "pengganti", "diganti, penggantinya tidak ada"),
    (alive_in_a_cancelled_batch, "batal", "masih aktif di angkatan yang batal"),
    (more_than_invited, "jumlah per koperasi", "untuk 1 orang, terdaftar 2"),
    (somebody_elses_invitation, "jumlah per koperasi", "memakai undangan koperasi atau angkatan lain"),
    (a_hold_without_end, "tahanan", "menahan kursi tanpa alasan"),
    (presence_of_one_who_waits, "presensi", "punya presensi, statusnya waitlisted"),
    (of_another_office, "kantor", "tercatat di kantor lain"),
    (without_a_guard, "penjaga", "yang dijaganya dapat diubah"),
    (a_number_left_out, "nomor", "D-0007 hilang"),
    (a_number_beyond, "nomor", "D-0009 melewati buku nomor sebanyak 3"),
    (a_letter_number_left_out, "nomor", "surat 2026: nomor 2 hilang"),
    (a_register_ahead, "nomor", "surat 2026: nomor terakhir 1, buku nomornya 2"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("plant", "promise", "words"), BROKEN, ids=[plant.__name__ for plant, *_ in BROKEN]
)
def test_a_broken_promise_is_named(scene, now, plant, promise, words):
    assert audit.faults(now) == []

    plant(scene)

    db.session.rollback()
    named = [fault for fault in audit.faults(now) if fault.promise == promise]
    assert any(words in fault.words for fault in named), audit.faults(now)


def test_every_promise_about_a_batch_has_been_broken_once():
    from kopdiklat.registration.promises import CHECKS

    assert set(CHECKS) <= {promise for _plant, promise, _words in BROKEN}


def test_what_our_verbs_do_breaks_nothing(scene, now):
    scene.offer_a_seat()
    with transaction():
        offers.accept(scene.last, by="uji", now=now)
    with transaction():
        substitute = Participant(full_name="Pengganti", position="member")
        service.replace(scene.last, substitute, "berhalangan", by="uji", now=now)
    with transaction():
        team = scene.team_of(scene.waiting[0])
        offers.put_first(scene.batch.id, team, "darurat", by="uji", now=now)
    with transaction():
        service.change_seats(scene.batch.id, 5, by="uji", now=now)

    assert audit.faults(now) == []


def test_the_demo_office_keeps_every_promise(app):
    now = utc_now()
    demo.load(now=now)

    assert audit.faults(now) == []


def test_notes_are_told_apart_from_steps():
    from kopdiklat.registration.promises import MOVES, NOTES

    assert {"pass", "move"} <= NOTES
    assert NOTES.isdisjoint(MOVES | set(rules.FIRST_STATES))


def test_flask_seats_audit_names_the_batch_and_ends_with_1(scene, app, now):
    oversold(scene)

    result = app.test_cli_runner().invoke(args=["seats", "audit"])

    assert result.exit_code == 1
    assert (
        f"angkatan {scene.batch.id}: kursi: 3 terisi dan 0 ditahan, kursi hanya 2" in result.output
    )
    assert "1 pelanggaran." in result.output
