"""Courses with a pattern, trainers, venues, and a batch that begins from one of them."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from kopdiklat.core.db import db
from kopdiklat.training.models import Batch, Course, PatternBlock, Trainer, TrainingSession, Venue
from tests.factories import (
    make_batch,
    make_course,
    make_holiday,
    make_office,
    make_pattern,
    make_programme,
    make_registration,
    make_trainer,
    make_training_session,
    make_user,
    make_venue,
)

MONDAY = date.today() + timedelta(days=60 - date.today().weekday() + 7)  # noqa: DTZ011
MONDAY -= timedelta(days=MONDAY.weekday())


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def press(client, address, **data):
    page = client.get("/akun").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    return client.post(address, data={"csrf_token": token, **data})


def fields_of(page: str) -> dict:
    """What the form of the page would send as it stands."""
    form = page[
        page.index('id="batch-form"') : page.index("</form>", page.index('id="batch-form"'))
    ]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'\b{part}="([^"]*)"', tag) for part in ("name", "value"))
        kind = re.search(r'type="([^"]*)"', tag)[1]
        if name and (kind != "checkbox" or re.search(r"\bchecked\b", tag)):
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        first = re.search(r'<option[^>]*value="([^"]*)"', options)
        found[name] = (chosen or first)[1]
    return found


def finance_course():
    luluk = make_trainer("Luluk Farida, S.E.")
    blocks = [
        (day, starts, ends, f"Materi {day}.{n}", "teaching", luluk)
        for day in (1, 2, 3)
        for n, (starts, ends) in enumerate(
            (("08.00", "09.30"), ("09.45", "11.15"), ("12.30", "14.00"), ("14.15", "15.45")), 1
        )
    ]
    course = make_course(seats=40, spare_places=4, waiting_places=10, minimum_people=25)
    return make_pattern(course, *blocks, (1, "09.30", "09.45", "Rehat kopi", "break"))


def test_a_course_keeps_its_pattern_and_what_a_run_usually_has(client):
    press(
        client,
        "/courses/new",
        name="Penyusunan Laporan Keuangan",
        activity_type="diklat",
        seats="40",
        spare_places="4",
        people_per_cooperative="2",
        pass_attendance_percent="80",
        pass_test_score="60",
        documents="KAK\n\nSK panitia",
        day_count="1",
        **{
            "sessions-0-day_number": "1",
            "sessions-0-starts": "08.00",
            "sessions-0-ends": "09.30",
            "sessions-0-topic": "Tes awal",
            "sessions-0-trainer_name": "Luluk Farida, S.E.",
            "breaks-0-name": "Rehat kopi",
            "breaks-0-starts": "09.30",
            "breaks-0-ends": "09.45",
        },
    )

    course = db.session.scalars(sa.select(Course)).one()
    assert (course.seats, course.spare_places, course.waiting_places) == (40, 4, None)
    assert course.documents == ["KAK", "SK panitia"]
    assert [(b.topic, b.kind, b.starts, b.trainer and b.trainer.name) for b in course.blocks] == [
        ("Tes awal", "opening", time(8), "Luluk Farida, S.E."),
        ("Rehat kopi", "break", time(9, 30), None),
    ]


def test_a_pattern_with_two_sessions_at_once_is_refused_in_words(client):
    course = finance_course()
    form = {
        "name": course.name,
        "activity_type": "bimtek",
        "seats": "30",
        "people_per_cooperative": "2",
        "pass_attendance_percent": "80",
        "day_count": "1",
    }
    for n, (starts, ends) in enumerate((("08.00", "09.30"), ("09.00", "10.00"))):
        form |= {
            f"sessions-{n}-day_number": "1",
            f"sessions-{n}-starts": starts,
            f"sessions-{n}-ends": ends,
            f"sessions-{n}-topic": "Materi",
        }

    answer = press(client, f"/courses/{course.id}/edit", **form)

    assert answer.status_code == 422
    assert "sesi pukul 08.00 dan 09.00 bertumpuk" in answer.get_data(as_text=True)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(PatternBlock.id))) == 13


def test_a_first_day_lets_the_whole_pattern_fall_into_place(client):
    programme, course = make_programme(), finance_course()
    room = make_venue("Aula Balai Latihan Kerja", capacity=50)
    make_holiday(MONDAY + timedelta(days=1), "Hari Uji")
    address = f"/programmes/{programme.id}/batches/new"

    form = fields_of(client.get(f"{address}?course={course.id}").get_data(as_text=True))
    form |= {"first_day": MONDAY.isoformat(), "venue_id": str(room.id)}
    page = press(client, address, **form, do="refresh").get_data(as_text=True)
    answer = press(client, address, **fields_of(page))

    assert "(Hari Uji)" in page
    batch = db.session.scalars(sa.select(Batch)).one()
    assert answer.headers["Location"] == f"/batches/{batch.id}"
    assert batch.days == [MONDAY, MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)]
    assert len(batch.training_sessions) == 12
    assert {s.trainer.name for s in batch.training_sessions} == {"Luluk Farida, S.E."}
    assert (batch.seats, batch.spare_places, batch.waiting_places) == (40, 4, 10)
    assert (batch.room, batch.venue, batch.minimum_people) == (room, room.name, 25)
    assert batch.decide_on is not None
    assert batch.decide_on < MONDAY
    assert batch.breaks == [{"starts": "09:30", "ends": "09:45", "name": "Rehat kopi"}]


def test_a_venue_in_another_zone_keeps_its_own_clock(client):
    programme, course = make_programme(), finance_course()
    far = make_venue("Aula Dinas Jayapura", time_zone="WIT")
    address = f"/programmes/{programme.id}/batches/new"

    form = fields_of(client.get(f"{address}?course={course.id}").get_data(as_text=True))
    form |= {"first_day": MONDAY.isoformat(), "venue_id": str(far.id)}
    press(client, address, **form)

    batch = db.session.scalars(sa.select(Batch)).one()
    first, *_others, last = batch.training_sessions
    assert {s.time_zone for s in batch.training_sessions} == {batch.time_zone} == {"WIT"}
    assert first.starts_at == datetime.combine(MONDAY, time(8), tzinfo=UTC) - timedelta(hours=9)
    assert (first.day, last.day) == (MONDAY, MONDAY + timedelta(days=2))
    assert batch.registration_opens_at < batch.registration_closes_at < first.starts_at
    page = client.get(f"/batches/{batch.id}").get_data(as_text=True)
    assert "08.00" in page
    assert "WIT" in page
    assert "06.00" not in page


def test_without_a_refresh_the_first_day_is_enough(client):
    programme, course = make_programme(), finance_course()
    make_venue()
    address = f"/programmes/{programme.id}/batches/new"

    form = fields_of(client.get(f"{address}?course={course.id}").get_data(as_text=True))
    answer = press(client, address, **(form | {"first_day": MONDAY.isoformat()}))

    assert answer.status_code == 303
    assert db.session.scalars(sa.select(Batch)).one().days == [
        MONDAY + timedelta(days=n) for n in range(3)
    ]


def test_a_repeat_copies_timetable_trainers_room_and_limits_but_no_date(client):
    programme = make_programme()
    source = make_batch(programme=programme, course=make_course(), seats=45, minimum_people=20)
    make_training_session(source, datetime(2026, 7, 15, 5, tzinfo=UTC), trainer_name="Hendra, S.E.")
    address = f"/programmes/{programme.id}/batches/new"

    page = client.get(address).get_data(as_text=True)
    form = fields_of(page)
    answer = press(client, address, **(form | {"first_day": MONDAY.isoformat()}))

    assert "2 sesi dan pemateri ikut disalin. Tanggal belum." in page
    assert form["first_day"] == ""
    assert answer.status_code == 303
    batch = db.session.scalars(sa.select(Batch).where(Batch.id != source.id)).one()
    assert (batch.number, batch.seats, batch.minimum_people) == (2, 45, 20)
    assert batch.venue_id == source.venue_id
    assert [s.trainer_name for s in batch.training_sessions] == [None, "Hendra, S.E."]


def test_another_course_brings_its_own_pattern_and_keeps_the_first_day(client):
    programme, empty, course = make_programme(), make_course(name="A kosong"), finance_course()
    make_venue()
    address = f"/programmes/{programme.id}/batches/new"

    form = fields_of(client.get(f"{address}?course={empty.id}").get_data(as_text=True))
    form |= {"course_id": str(course.id), "first_day": MONDAY.isoformat()}
    page = press(client, address, **form).get_data(as_text=True)

    assert db.session.scalar(sa.select(sa.func.count(Batch.id))) == 0
    assert "12 sesi, 24 JP, 1 pemateri." in page
    assert fields_of(page)["first_day"] == MONDAY.isoformat()


def at(hour, minute=0, day=MONDAY):
    return datetime(day.year, day.month, day.day, hour - 7, minute, tzinfo=UTC)


ALERT = '<section class="alert'


def busy_batch(trainer="Luluk Farida, S.E.", **columns):
    busy = make_batch(sessions=0, course=make_course(name="Pengurus KKMP"), number=3, **columns)
    make_training_session(busy, at(10), trainer_name=trainer)
    return busy


def clash_page(client, **venue):
    programme, course = make_programme(), finance_course()
    address = f"/programmes/{programme.id}/batches/new"
    form = fields_of(client.get(f"{address}?course={course.id}").get_data(as_text=True))
    form |= {"first_day": MONDAY.isoformat(), **venue}
    return address, press(client, address, **form, do="refresh").get_data(as_text=True)


def test_a_clash_says_who_where_and_when_with_ways_out(client):
    make_trainer("Endang Pratiwi")
    room = make_venue("Aula BLK")
    busy_batch(venue="Aula Magersari")

    _address, page = clash_page(client, venue_id=str(room.id))

    assert "1 bentrok perlu diputuskan:" in page
    assert "hari ke-1, sesi 2." in page
    assert (
        "10.00–11.30 WIB Luluk Farida, S.E. mengajar di Pengurus KKMP, angkatan 3, Aula Magersari."
        in page
    )
    assert "11 sesi lain bebas bentrok pemateri, ruang, dan peserta." in page
    assert "Ganti dengan Endang Pratiwi" in page


def test_of_many_clashes_two_are_shown_and_the_others_fold_undecided_first(client):
    busy = make_batch(sessions=0, course=make_course(name="Pengurus KKMP"), number=3)
    for hour in (8, 10, 12, 14):
        make_training_session(busy, at(hour, 30), minutes=60, trainer_name="Luluk Farida, S.E.")
    room = make_venue("Aula BLK")

    address, page = clash_page(client, venue_id=str(room.id))
    reason = {"sessions-0-clash_reason": "Sesi daring"}
    form = fields_of(page) | reason
    page_after = press(client, address, **form, do="refresh").get_data(as_text=True)

    shown, _fold, folded = page.partition('<details class="clashes__more">')
    assert shown.count(ALERT) == 2
    assert folded.count(ALERT) >= 2
    assert f"{folded.count(ALERT)} bentrok lagi" in folded
    assert page_after.partition('<details class="clashes__more">')[0].count("alert--error") == 2


def test_a_way_out_replaces_the_trainer_and_the_batch_is_saved(client):
    make_trainer("Endang Pratiwi")
    room = make_venue("Aula BLK")
    busy = busy_batch(venue="Aula Magersari")

    address, page = clash_page(client, venue_id=str(room.id))
    way = re.search(r'value="(replace:[^"]+)"', page)[1]
    page = press(client, address, **fields_of(page), do=way).get_data(as_text=True)
    answer = press(client, address, **fields_of(page))

    assert "bentrok perlu diputuskan" not in page
    assert answer.status_code == 303
    taught = sa.select(Trainer.name).join(TrainingSession).join(Batch)
    names = db.session.scalars(taught.where(Batch.id != busy.id)).all()
    assert sorted(set(names)) == ["Endang Pratiwi", "Luluk Farida, S.E."]
    assert names.count("Endang Pratiwi") == 1


def test_a_room_in_use_offers_one_that_is_free_and_large_enough(client):
    small, large = make_venue("Ruang kecil", capacity=10), make_venue("Ruang besar", capacity=60)
    busy = busy_batch(trainer=None)

    address, page = clash_page(client, venue_id=str(busy.venue_id))
    page = press(client, address, **fields_of(page), do=f"venue:{large.id}").get_data(as_text=True)

    assert f"venue:{small.id}" not in page
    assert "bentrok perlu diputuskan" not in page
    assert fields_of(page)["venue_id"] == str(large.id)


def test_a_participant_of_two_batches_at_once_is_named_on_the_page_of_the_change(client):
    busy, mine = busy_batch(trainer=None), make_batch(sessions=0, venue="Aula lain", seats=3)
    make_training_session(mine, at(10, 30))
    seat = make_registration(mine)
    make_registration(busy, person=seat.person, cooperative=seat.cooperative)

    page = client.get(f"/batches/{mine.id}/edit").get_data(as_text=True)
    form = fields_of(page)
    as_it_was = press(client, f"/batches/{mine.id}/edit", **form)
    longer = press(client, f"/batches/{mine.id}/edit", **(form | {"sessions-0-ends": "12.30"}))

    assert f"{seat.person.full_name} terdaftar di Pengurus KKMP, angkatan 3" in page
    assert (as_it_was.status_code, longer.status_code) == (303, 422)


def test_a_day_in_the_past_is_refused(client):
    programme, course = make_programme(), finance_course()
    make_venue()
    address = f"/programmes/{programme.id}/batches/new"
    form = fields_of(client.get(f"{address}?course={course.id}").get_data(as_text=True))
    window = {"opens_on": "2025-01-01", "closes_on": "2025-01-03", "opens_at": "08.00"}

    answer = press(
        client, address, **(form | window | {"first_day": "2025-01-06", "closes_at": "16.00"})
    )

    assert answer.status_code == 422
    assert "Jadwal ini memuat hari yang sudah lewat." in answer.get_data(as_text=True)


def test_trainers_and_venues_are_named_once_and_coming_sessions_take_a_new_name(client):
    hendra = make_trainer("Hendra Wijaya")
    make_venue()
    past, coming = make_batch(sessions=0), make_batch(sessions=0)
    make_training_session(past, datetime(2025, 3, 3, 2, tzinfo=UTC), trainer_name=hendra.name)
    make_training_session(coming, at(8), trainer_name=hendra.name)

    press(client, f"/trainers/{hendra.id}/edit", name="Hendra Wijaya, S.E., Ak.")
    same_trainer = press(client, "/trainers/new", name="hendra wijaya,  s.e. ak")
    same_venue = press(client, "/venues/new", name="AULA BALAI KOTA", time_zone="WIB")

    db.session.rollback()
    names = sa.select(TrainingSession.trainer_name).order_by(TrainingSession.starts_at)
    assert db.session.scalars(names).all() == ["Hendra Wijaya", "Hendra Wijaya, S.E., Ak."]
    assert "Pemateri dengan nama ini sudah ada." in same_trainer.get_data(as_text=True)
    assert "Tempat dengan nama ini sudah ada." in same_venue.get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count(Venue.id))) == 1


def test_one_account_teaches_under_one_name(client):
    teacher = make_user("mentor", name="Luluk Farida")
    luluk, agus = make_trainer("Luluk Farida, S.E."), make_trainer("Agus Setiawan")
    stranger = make_user("mentor", make_office("3517", "Dinas Jombang"))

    first = press(client, f"/trainers/{luluk.id}/edit", name=luluk.name, user_id=teacher.id)
    second = press(client, f"/trainers/{agus.id}/edit", name=agus.name, user_id=teacher.id)
    foreign = press(client, f"/trainers/{agus.id}/edit", name=agus.name, user_id=stranger.id)

    assert (first.status_code, second.status_code, foreign.status_code) == (303, 422, 422)
    assert "Akun ini sudah dipakai pemateri lain." in second.get_data(as_text=True)
    assert "Pilih salah satu dari daftar." in foreign.get_data(as_text=True)
    accounts = db.session.scalars(sa.select(Trainer.user_id).order_by(Trainer.id)).all()
    assert accounts == [teacher.id, None]


def count_queries(client, address):
    seen = []

    def note(*arguments):
        seen.append(arguments[2])

    client.get(address)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        client.get(address)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("address", ["/trainers", "/venues", "/courses", "/holidays"])
def test_a_list_makes_as_many_queries_with_three_rows_as_with_one(client, address):
    def add(n):
        make_trainer(f"Pemateri {n}")
        make_venue(f"Ruang {n}")
        make_course()
        make_holiday(MONDAY + timedelta(days=n))

    add(1)
    one = count_queries(client, address)
    add(2)
    add(3)

    assert count_queries(client, address) == one <= 12


def test_the_screen_of_a_batch_stays_within_its_queries(client):
    programme, source = make_programme(), busy_batch(venue="Aula Magersari")
    address = f"/programmes/{programme.id}/batches/new?copy={source.id}&first_day={MONDAY}"

    one = count_queries(client, address)
    for n in range(2):
        make_training_session(source, at(13 + 2 * n), trainer_name=f"Pemateri {n}")

    assert count_queries(client, address) == one <= 12


def test_a_clash_that_another_batch_decided_does_not_hold_up_this_one(client):
    first = make_batch(sessions=0, number=1, seats=30, venue="Aula lain")
    make_training_session(first, at(10), trainer_name="Luluk Farida, S.E.")
    busy_batch()
    address = f"/batches/{first.id}/edit"

    form = fields_of(client.get(address).get_data(as_text=True))
    seats_only = press(client, address, **(form | {"seats": "25"}))
    form = fields_of(client.get(address).get_data(as_text=True))
    later = press(client, address, **(form | {"sessions-0-ends": "12.00"}))

    assert seats_only.status_code == 303
    assert later.status_code == 422
    assert "1 bentrok perlu diputuskan:" in later.get_data(as_text=True)
