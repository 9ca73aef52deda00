"""What needs the coordinator, made of the facts of the day."""

from datetime import timedelta

import pytest

from kopdiklat.dashboard import duties
from tests.factories import (
    make_batch,
    make_follow_up,
    make_invitation,
    make_message_template,
    make_person,
    make_registration,
    make_training_session,
)


def test_silent_invitations_of_a_batch_that_closes_soon_are_to_be_reminded(app, facts, now):
    batch = make_batch(seats=10)
    make_invitation(batch)
    make_invitation(batch, opened_at=now)
    make_invitation(batch, declined_at=now)
    answered = make_invitation(batch)
    make_registration(batch, invitation_id=answered.id)

    with app.test_request_context():
        found = duties.duties(facts())

    remind = next(duty for duty in found if duty.icon == "mail")
    assert remind.title == "Ingatkan 2 koperasi yang belum menjawab"
    assert remind.tag == ("Besok", "")


def test_nobody_is_reminded_of_a_batch_that_is_closed_or_far(app, facts, now):
    make_invitation(make_batch(registration_closes_at=now + timedelta(days=30)))
    make_invitation(make_batch(registration_closes_at=now - timedelta(hours=1)))
    make_invitation(make_batch(state="draft"))

    with app.test_request_context():
        assert [duty for duty in duties.duties(facts()) if duty.icon == "mail"] == []


@pytest.mark.parametrize(
    ("taken", "days_ahead", "is_told"),
    [(1, 1, True), (1, 6, True), (1, 8, False), (2, 1, False)],
)
def test_a_batch_below_its_minimum_is_to_be_decided_when_the_day_nears(
    app, facts, now, taken, days_ahead, is_told
):
    make_training_session(
        make_batch(
            seats=5,
            taken=taken,
            sessions=0,
            minimum_people=2,
            decide_on=now.date() + timedelta(days=days_ahead),
        ),
        now + timedelta(days=20),
    )

    with app.test_request_context():
        found = [duty for duty in duties.duties(facts()) if duty.icon == "scale"]

    assert [duty.detail.partition(".")[0] for duty in found] == (
        ["1 dikonfirmasi dari minimum 2"] if is_told else []
    )


def test_sheet_is_to_be_printed_within_two_days_of_the_batch(app, facts, now):
    make_batch(seats=5, taken=1)  # begins in two days
    later = make_batch(seats=5, taken=1, sessions=0)
    make_training_session(later, starts_at=now + timedelta(days=3))

    with app.test_request_context():
        found = [duty for duty in duties.duties(facts()) if duty.icon == "printer"]

    assert [duty.title for duty in found] == ["Cetak daftar hadir untuk 1 hari"]


def test_participants_without_phone_are_named(app, facts):
    batch = make_batch(seats=5)
    make_registration(batch, person=make_person(full_name="Sukarti", phone=None))
    make_registration(batch, person=make_person(full_name="Yohanes", phone=""))
    make_registration(batch)

    with app.test_request_context():
        phones = next(duty for duty in duties.duties(facts()) if duty.icon == "person")

    assert phones.title == "Lengkapi nomor HP 2 peserta"
    assert phones.detail == "Sukarti, dan Yohanes tidak dapat dihubungi bila jadwal berubah."


def test_free_seats_beside_a_queue_are_to_be_filled(app, facts):
    batch = make_batch(seats=3, taken=2)
    make_registration(batch, state="waitlisted")
    make_registration(batch, state="waitlisted")

    with app.test_request_context():
        fill = next(duty for duty in duties.duties(facts()) if duty.icon == "people")

    assert fill.title == "Isi 1 kursi kosong dari daftar tunggu"
    assert fill.detail.endswith("2 orang menunggu.")


def test_overdue_follow_ups_come_first_with_the_oldest_day(app, facts, now):
    make_follow_up(due_on=now.date() - timedelta(days=3))
    make_follow_up(due_on=now.date())
    make_batch(seats=5, taken=1)

    with app.test_request_context():
        first = duties.duties(facts())[0]

    assert first.title == "Tanyakan 1 tindak lanjut yang lewat batas"
    assert first.tag == ("Lewat 3 hari", "late")


def test_a_text_that_can_no_longer_be_sent_is_to_be_repaired(app, facts):
    make_message_template(body="{ruang} {jadwal} {tempat} {tautan}")

    with app.test_request_context():
        found = [duty.title for duty in duties.duties(facts())]

    assert found == ["Perbaiki 1 templat pesan"]
