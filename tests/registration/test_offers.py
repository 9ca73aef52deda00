"""A free seat is offered to the queue: who is told, how long it waits, where it goes next."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import audit, halls, offers, queries, rules, service, shares
from kopdiklat.registration.models import Registration, SeatOffer
from kopdiklat.registration.seating import Share
from kopdiklat.registration.service import Participant
from tests.factories import make_batch, make_cooperative, make_registration, make_training_session


def wait(batch, now, *names, cooperative=None):
    """People of one cooperative who go to the queue together."""
    cooperative = cooperative or make_cooperative()
    with transaction():
        return service.register_team(
            batch.id,
            cooperative.id,
            [
                Participant(full_name=name, phone="+6281234567890", position="chair")
                for name in names
            ],
            team=service.new_team(),
            by="uji",
            now=now,
            accept_waiting=True,
        )


def full_batch(now, seats=1, days=14):
    batch = make_batch(
        seats=seats,
        sessions=0,
        people_per_cooperative=3,
        registration_closes_at=now + timedelta(days=days - 1),
    )
    make_training_session(batch, starts_at=now + timedelta(days=days))
    return batch, [make_registration(batch) for _ in range(seats)]


def free(registration, now):
    with transaction():
        service.cancel(registration.id, "berhalangan", by="uji", now=now)


def send_all(now):
    with transaction():
        db.session.execute(sa.update(OutboxMessage).values(sent_at=now))


def states(*registrations):
    db.session.rollback()
    return [db.session.get_one(Registration, r.id).state for r in registrations]


def the_offer(batch):
    db.session.rollback()
    return db.session.scalars(sa.select(SeatOffer).where(SeatOffer.batch_id == batch.id)).one()


def test_an_offer_is_one_message_to_the_first_of_the_team_that_can_be_reached(app, now):
    batch, seated = full_batch(now, seats=2)
    team = wait(batch, now, "Ahmad", "Budi")

    for registration in seated:
        free(registration, now)

    told = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "seat.offered")
    ).all()
    assert [(m.recipient_name, m.payload["people"]) for m in told] == [("Ahmad", 2)]
    assert states(*team) == ["offered", "offered"]
    assert halls.count_used_seats(batch.id, now) == 2


def test_accepting_seats_the_whole_team_once_however_often_it_is_pressed(app, now):
    batch, seated = full_batch(now, seats=2)
    team = wait(batch, now, "Ahmad", "Budi")
    for registration in seated:
        free(registration, now)

    for member in (team[1], team[0], team[1]):
        with transaction():
            offers.accept(member.id, by="Koperasi", now=now)

    assert states(*team) == ["confirmed", "confirmed"]
    assert the_offer(batch).outcome == "accepted"
    confirmed = sa.select(sa.func.count()).where(OutboxMessage.kind == "registration.confirmed")
    assert db.session.scalar(confirmed) == 2


def test_letting_it_go_offers_it_to_the_next_in_the_same_transaction(app, now):
    batch, (seated,) = full_batch(now)
    (first,), (second,) = wait(batch, now, "Ahmad"), wait(batch, now, "Budi")
    free(seated, now)

    with transaction():
        offers.decline(first.id, None, by="Koperasi", now=now)

    assert states(first, second) == ["cancelled", "offered"]


def test_the_clock_starts_when_the_message_went_out(app, now):
    batch, (seated,) = full_batch(now)
    (waiting,) = wait(batch, now, "Ahmad")
    free(seated, now)
    later = now + timedelta(days=3)

    with transaction():
        moved = offers.move_on(batch.id, now=later)
    assert (moved, the_offer(batch).answer_by) == (0, None)

    send_all(later)
    with transaction():
        offers.move_on(batch.id, now=later + timedelta(minutes=1))

    offer = the_offer(batch)
    assert offer.told_at == later
    assert offer.answer_by == later + timedelta(hours=24 + 11)  # 09.00: a quiet night lies between
    assert states(waiting) == ["offered"]


def test_an_offer_that_nobody_answers_goes_to_the_next(app, now):
    batch, (seated,) = full_batch(now)
    (first,), (second,) = wait(batch, now, "Ahmad"), wait(batch, now, "Budi")
    free(seated, now)
    send_all(now)
    with transaction():
        offers.move_on(batch.id, now=now)
    deadline = db.session.scalars(sa.select(SeatOffer)).one().answer_by

    with transaction():
        early = offers.move_on(batch.id, now=deadline - timedelta(seconds=1))
    with transaction():
        moved = offers.move_on(batch.id, now=deadline)

    assert (early, moved) == (0, 2)
    assert states(first, second) == ["expired", "offered"]


def test_an_answer_after_the_deadline_is_refused_with_the_moment(app, now):
    batch, (seated,) = full_batch(now)
    (waiting,) = wait(batch, now, "Ahmad")
    free(seated, now)
    send_all(now)
    with transaction():
        offers.move_on(batch.id, now=now)
    deadline = db.session.scalars(sa.select(SeatOffer)).one().answer_by

    with pytest.raises(rules.OfferOver, match="20.00 WIB dan diteruskan"), transaction():
        offers.accept(waiting.id, by="Koperasi", now=deadline)

    assert states(waiting) == ["offered"]


def test_nothing_is_offered_any_longer_when_the_batch_has_begun(app, now):
    batch, (seated,) = full_batch(now)
    (first,), (second,) = wait(batch, now, "Ahmad"), wait(batch, now, "Budi")
    free(seated, now)

    with transaction():
        offers.move_on(batch.id, now=now + timedelta(days=14))

    assert states(first, second) == ["expired", "expired"]
    assert the_offer(batch).outcome == "expired"


def test_one_who_leaves_an_offered_team_leaves_the_offer_to_the_others(app, now):
    batch, seated = full_batch(now, seats=2)
    team = wait(batch, now, "Ahmad", "Budi")
    for registration in seated:
        free(registration, now)

    free(team[0], now)
    assert (states(*team), the_offer(batch).outcome) == (["cancelled", "offered"], None)

    free(team[1], now)
    assert the_offer(batch).outcome == "declined"


def test_who_is_passed_by_reads_why_and_only_once(app, now):
    batch, seated = full_batch(now, seats=3)
    big = wait(batch, now, "Ahmad", "Budi", "Citra")
    (small,), (smaller,) = wait(batch, now, "Dewi"), wait(batch, now, "Eka")

    free(seated[0], now)
    free(seated[1], now)

    assert states(big[0], small, smaller) == ["waitlisted", "offered", "offered"]
    assert [(e.action, e.reason) for e in queries.events_of(big[0].id)] == [
        ("queue", "Kuota sudah penuh"),
        ("pass", "Dilewati: kursi kosong tidak cukup untuk rombongan 3 orang"),
    ]


def test_a_coordinator_puts_a_team_first_and_says_why(app, now):
    batch, (seated,) = full_batch(now)
    (first,), (second,), (third,) = (wait(batch, now, name) for name in ("Ahmad", "Budi", "Citra"))

    for chosen in (second, third):
        with transaction():
            offers.put_first(batch.id, chosen.team, "Belum pernah ikut", by="Rina", now=now)

    positions = [queries.position_in_queue(r) for r in (third, second, first)]
    assert positions == [1, 2, 3]
    assert (queries.events_of(third.id)[-1].action, queries.events_of(third.id)[-1].reason) == (
        "move",
        "Belum pernah ikut",
    )
    free(seated, now)
    assert states(third, second, first) == ["offered", "waitlisted", "waitlisted"]


def test_a_team_that_left_the_queue_is_not_put_first(app, now):
    batch, _ = full_batch(now)
    (waiting,) = wait(batch, now, "Ahmad")
    free(waiting, now)

    with pytest.raises(rules.NotWaiting), transaction():
        offers.put_first(batch.id, waiting.team, "Penting", by="Rina", now=now)


def test_a_cap_keeps_a_group_waiting_and_says_so(app, now):
    batch, seated = full_batch(now, seats=2)
    north, south = make_cooperative(district="Utara"), make_cooperative(district="Selatan")
    with transaction():
        shares.change_shares(batch.id, [Share(("district", "Utara"), cap=0)], None, now=now)
    (first,) = wait(batch, now, "Ahmad", cooperative=north)
    (second,) = wait(batch, now, "Budi", cooperative=south)

    free(seated[0], now)
    free(seated[1], now)

    assert states(first, second) == ["waitlisted", "offered"]
    assert queries.events_of(first.id)[-1].reason == "Dilewati: jatah Utara sudah penuh"
    assert audit.faults_of(batch, now) == []


def test_what_is_kept_for_a_group_is_free_for_all_from_its_day_on(app, now):
    batch, seated = full_batch(now, seats=1)
    until = now + timedelta(days=3)
    with transaction():
        shares.change_shares(batch.id, [Share(("district", "Utara"), reserve=1)], until, now=now)
    (waiting,) = wait(batch, now, "Ahmad")
    free(seated[0], now)
    assert states(waiting) == ["waitlisted"]

    with transaction():
        moved = offers.move_on(batch.id, now=until)

    assert (moved, states(waiting)) == (1, ["offered"])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([Share(("district", "Utara"))], "Isi batas atau kursi khusus untuk Utara"),
        ([Share(("district", "Utara"), cap=1, reserve=2)], "melebihi batasnya"),
        (
            [Share(("district", "Utara"), reserve=2), Share(("district", "Selatan"), reserve=1)],
            "berjumlah 3, kursi angkatan ini hanya 2",
        ),
        ([Share(("district", "Kranggan"), cap=1)], "Kranggan sudah memakai 2 kursi"),
    ],
)
def test_shares_that_cannot_be_are_refused_and_change_nothing(app, now, wanted, words):
    batch, _ = full_batch(now, seats=2)

    with pytest.raises(rules.ShareRefused, match=words), transaction():
        shares.change_shares(batch.id, wanted, None, now=now)

    db.session.rollback()
    assert halls.shares_of(batch, now) == []
