"""Calendar feeds: who gets an address, what it tells, and when it tells nothing any more."""

import re
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kopdiklat import create_app
from kopdiklat.accounts.models import Membership, User
from kopdiklat.core import clock
from kopdiklat.core.clock import standing_at
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.training import feeds
from kopdiklat.training.feeds import CalendarFeed
from kopdiklat.training.models import Batch, Course, TrainingSession
from tests import calendars, databases
from tests.at_once import meanwhile, refusal_of
from tests.factories import (
    NOW,
    make_batch,
    make_cooperative,
    make_course,
    make_feed,
    make_office,
    make_person,
    make_registration,
    make_training_session,
    make_user,
    make_venue,
    make_visit,
)
from tests.registration.test_moves import change
from tests.training.test_views import press

AHEAD = NOW + timedelta(days=2)


def named(name, **columns):
    return make_batch(course=make_course(name=name), sessions=0, **columns)


def get(app, feed, **headers):
    db.session.rollback()
    with standing_at(NOW):
        return app.test_client().get(f"/kalender/{feed.token}.ics", headers=headers)


def read(app, feed):
    answer = get(app, feed)
    assert answer.status_code == 200
    return calendars.read(answer.data)


def titles(app, feed):
    return [one.title for one in read(app, feed)]


# -- what it tells -------------------------------------------------------------------------------------


def test_a_session_is_told_with_place_trainer_zone_and_the_page_of_its_batch(app):
    batch = named(
        "Pembukuan", venue="Aula “Ki Hajar”, lantai 2", venue_address="Jl. Merdeka; Blok A"
    )
    session = make_training_session(
        batch, AHEAD, topic="Kas, bank; dan 😀", trainer_name="Luluk Farida, S.E."
    )

    (event,) = read(app, make_feed(make_user("coordinator")))

    assert event.uid == f"sesi-{session.id}.kantor-{batch.office_id}@kopdiklat"
    assert event.title == "Kas, bank; dan 😀 (Pembukuan, angkatan 1)"
    assert event.place == "Aula “Ki Hajar”, lantai 2, Jl. Merdeka; Blok A"
    assert event.description == "Pemateri: Luluk Farida, S.E."
    assert event.url == f"http://127.0.0.1:8000/batches/{batch.id}"
    assert (event.local, event.zone) == ("20260715T090000", "Asia/Jakarta")
    assert (event.starts_at, event.ends_at) == (session.starts_at, session.ends_at)


def test_nothing_of_participants_and_no_telephone_is_in_it(app):
    batch = named("Pembukuan", contact_name="Rina", contact_phone="+6281233004471")
    make_training_session(batch, AHEAD)
    person = make_person(full_name="Siti Rahasia", citizen_number="3576014508900001")
    make_registration(batch, person=person)

    text = get(app, make_feed(make_user("coordinator"))).get_data(as_text=True)

    assert "Pembukuan" in text
    assert not re.search(r"Siti|3576|0812|\+628|Rina", text.replace("\r\n ", ""))


def test_a_draft_is_tentative_and_a_cancelled_batch_is_cancelled(app):
    make_training_session(named("Nanti", state="draft"), AHEAD)
    make_training_session(named("Batal", state="cancelled"), AHEAD)
    make_training_session(named("Jadi"), AHEAD)

    found = read(app, make_feed(make_user("coordinator")))

    assert {(one.title.split("(")[1][:5], one.status) for one in found} == {
        ("Nanti", "TENTATIVE"), ("Batal", "CANCELLED"), ("Jadi,", "CONFIRMED"),
    }  # fmt: skip
    assert sum(one.title.startswith("Rancangan: ") for one in found) == 1


def test_a_change_keeps_the_event_and_counts_up_whoever_makes_it(app, now):
    batch = named("Pembukuan", seats=5)
    session_id = make_training_session(batch, AHEAD).id
    feed = make_feed(make_user("coordinator"))
    first = read(app, feed)[0]

    change(db.session.get_one(Batch, batch.id), now, timedelta(hours=1))
    moved = read(app, feed)[0]
    with transaction():
        lock(Course, batch.course_id).name = "Pembukuan Dasar"
    renamed = read(app, feed)[0]
    with transaction():
        db.session.get_one(Batch, batch.id).state = "cancelled"
    cancelled = read(app, feed)[0]

    assert {one.uid for one in (first, moved, renamed, cancelled)} == {first.uid}
    assert first.sequence < moved.sequence < renamed.sequence < cancelled.sequence
    assert NOW < first.changed_at <= moved.changed_at <= renamed.changed_at <= cancelled.changed_at
    assert moved.starts_at == db.session.get_one(TrainingSession, session_id).starts_at
    assert renamed.title.endswith("(Pembukuan Dasar, angkatan 1)")
    assert cancelled.status == "CANCELLED"


def test_what_is_long_over_leaves_and_a_deleted_session_goes(app):
    batch = named("Pembukuan")
    make_training_session(batch, NOW - timedelta(days=91), topic="Lama")
    make_training_session(batch, NOW - timedelta(days=89), topic="Belum lama")
    gone = make_training_session(batch, AHEAD, topic="Dihapus")
    feed = make_feed(make_user("coordinator"))
    before = titles(app, feed)
    with transaction() as session:
        session.delete(session.get(TrainingSession, gone.id))

    assert [title.split(" (")[0] for title in before] == ["Belum lama", "Dihapus"]
    assert [title.split(" (")[0] for title in titles(app, feed)] == ["Belum lama"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    at=st.times(time(21), time(23, 59)) | st.times(time(0), time(3)),
    minutes=st.integers(15, 300),
    zone=st.sampled_from(("WIB", "WITA", "WIT")),
)
def test_around_midnight_in_every_zone_the_feed_says_the_moment_and_the_wall_clock(
    app, at, minutes, zone
):
    at = at.replace(second=0, microsecond=0)
    starts_at = clock.moment(date(2026, 7, 20), at, zone)
    with transaction() as session:
        session.execute(sa.delete(TrainingSession))
    batch = db.session.scalar(sa.select(Batch)) or named("Malam")
    made = make_training_session(batch, starts_at, minutes=minutes, time_zone=zone)
    user = db.session.scalar(sa.select(User)) or make_user("coordinator")
    feed = db.session.scalar(sa.select(CalendarFeed)) or make_feed(user)

    (event,) = read(app, feed)

    assert (event.starts_at, event.ends_at) == (made.starts_at, made.ends_at)
    assert (event.local, event.zone) == (f"20260720T{at:%H%M}00", clock.ZONES[zone].key)


# -- for whom ------------------------------------------------------------------------------------------


def test_each_kind_holds_its_own(app):
    mentor_visit = make_visit(None, make_cooperative(name="KSU Lain"), AHEAD)
    one, other = named("Satu", venue="Aula A"), named("Dua", venue="Aula B")
    far = named("Jombang", office=make_office("3517", "Dinas Jombang"), venue="Aula A")
    for batch in (one, other, far):
        make_training_session(batch, AHEAD)
    user = make_user("coordinator")
    own = {
        "person": make_feed(user),
        "office": make_feed(user, "office"),
        "batch": make_feed(user, "batch", batch=one),
        "venue": make_feed(user, "venue", venue=make_venue("Aula B")),
    }

    found = {kind: [t.split(" (")[1] for t in titles(app, feed)] for kind, feed in own.items()}

    assert mentor_visit
    assert found == {
        "person": ["Satu, angkatan 1)", "Dua, angkatan 1)"],
        "office": ["Satu, angkatan 1)", "Dua, angkatan 1)"],
        "batch": ["Satu, angkatan 1)"],
        "venue": ["Dua, angkatan 1)"],
    }


def test_a_mentor_hears_of_own_visits_only(app):
    mentor = make_user("mentor")
    cooperative = make_cooperative(name="KSU Milik", village="Kranggan", district="Prajurit Kulon")
    visit = make_visit(mentor, cooperative, AHEAD, purpose="Hubungi 0812-3456-7890")
    make_visit(None, make_cooperative(name="KSU Lain"), AHEAD)
    make_training_session(named("Kantor"), AHEAD)

    (event,) = read(app, make_feed(mentor))

    assert event.title == "Kunjungan: KSU Milik"
    assert event.place == "Kranggan, Prajurit Kulon"
    assert event.description == ""
    assert event.url.endswith(f"/visits/{visit.id}")


@pytest.mark.parametrize("kind", ["person", "office", "batch", "venue"])
@pytest.mark.parametrize("how", ["role ended", "disabled", "revoked", "renewed"])
def test_an_address_tells_nothing_any_more(app, kind, how):
    user, batch = make_user("coordinator"), named("Satu", venue="Aula A")
    make_training_session(batch, AHEAD)
    feed = make_feed(
        user, kind,
        batch=batch if kind == "batch" else None,
        venue=make_venue("Aula A") if kind == "venue" else None,
    )  # fmt: skip
    address = f"/kalender/{feed.token}.ics"
    assert len(read(app, feed)) == 1
    with transaction():
        match how:
            case "role ended":
                held = db.session.scalar(sa.select(Membership).where(Membership.user_id == user.id))
                held.ends_on = (NOW - timedelta(days=1)).date()
            case "disabled":
                lock(User, user.id).disabled_at = NOW
            case "revoked":
                feeds.revoke(feed.id, now=NOW)
            case "renewed":
                feeds.renew(feed.id, now=NOW)

    with standing_at(NOW):
        answer = app.test_client().get(address)

    assert answer.status_code == 404
    assert b"VEVENT" not in answer.data


def test_a_coordinator_who_became_a_mentor_hears_of_visits_and_no_batch(app):
    user = make_user("coordinator")
    make_training_session(named("Satu"), AHEAD)
    make_visit(user, make_cooperative(name="KSU Milik"), AHEAD)
    whole, own = make_feed(user, "office"), make_feed(user)
    with transaction():
        held = db.session.scalar(sa.select(Membership).where(Membership.user_id == user.id))
        held.role = "mentor"

    assert get(app, whole).status_code == 404
    assert titles(app, own) == ["Kunjungan: KSU Milik"]


# -- how it is asked -----------------------------------------------------------------------------------


def test_what_the_program_has_already_is_not_sent_again(app, now):
    batch = named("Pembukuan", seats=5)
    make_training_session(batch, AHEAD)
    feed = make_feed(make_user("coordinator"))
    tag = get(app, feed).headers["ETag"]

    same = get(app, feed, **{"If-None-Match": tag})
    change(db.session.get_one(Batch, batch.id), now, timedelta(hours=1))
    other = get(app, feed, **{"If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert (other.status_code, other.headers["ETag"] == tag) == (200, False)
    assert other.headers["Cache-Control"] == "private, no-cache"
    assert other.headers["Content-Type"] == "text/calendar; charset=utf-8"


def test_a_reading_is_no_change_and_takes_few_queries(app):
    from sqlalchemy import event

    batch = named("Pembukuan")
    make_training_session(batch, AHEAD)
    feed = make_feed(make_user("coordinator"))
    seen = []

    def note(*arguments):
        seen.append(arguments[2])

    def asked():
        get(app, feed)
        seen.clear()
        event.listen(db.engine, "before_cursor_execute", note)
        get(app, feed)
        event.remove(db.engine, "before_cursor_execute", note)
        assert not [sql for sql in seen if re.match(r"\s*(INSERT|UPDATE|DELETE)", sql)]
        return len(seen)

    one = asked()
    for n in (1, 2):
        make_training_session(named(f"Kursus {n}"), AHEAD + timedelta(days=n))

    assert asked() == one <= 12


def test_many_guesses_are_slowed_and_right_readings_do_not_count(app, tmp_path):
    feed = make_feed(make_user("coordinator"))
    token = feed.token
    limited = create_app(
        databases.settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path / "limits")
        | {"RATELIMIT_ENABLED": True}
    )
    client = limited.test_client()

    def ask(token):
        with standing_at(NOW):
            return client.get(f"/kalender/{token}.ics").status_code

    answers = [ask(token) for _n in range(3)] + [ask(f"{'A' * 19}{n:03d}") for n in range(301)]
    with limited.app_context():
        db.session.remove()
        db.engine.dispose()

    assert answers == [200] * 3 + [404] * 300 + [429]


# -- the page ------------------------------------------------------------------------------------------


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def test_an_address_is_made_renewed_and_ended_on_its_page(app, client):
    make_training_session(named("Satu"), AHEAD)

    def address():
        page = client.get("/calendar/feeds").get_data(as_text=True)
        found = re.search(r"<code>http://127.0.0.1:8000(/kalender/[\w-]{22}\.ics)</code>", page)
        if found:
            assert f'href="webcal://127.0.0.1:8000{found[1]}"' in page
        return found and found[1]

    press(client, "/calendar/feeds", kind="person")
    first, feed = address(), db.session.scalar(sa.select(CalendarFeed))
    press(client, f"/calendar/feeds/{feed.id}/renewal")
    second = address()
    stranger = app.test_client()
    answers = [stranger.get(a).status_code for a in (first, second)]
    press(client, f"/calendar/feeds/{feed.id}/revocation")

    assert first != second
    assert answers == [404, 200]
    assert address() is None
    assert stranger.get(second).status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "semua"}, "Pilih kalender yang ingin dilanggan."),
        ({"kind": "batch"}, "Pilih angkatannya dulu."),
        ({"kind": "venue", "venue_id": "x"}, "Pilih tempatnya dulu."),
    ],
)
def test_nothing_chosen_is_asked_for_in_words(client, form, sentence):
    press(client, "/calendar/feeds", **form)

    assert sentence in client.get("/calendar/feeds").get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count(CalendarFeed.id))) == 0


def test_a_mentor_is_offered_only_the_own_calendar(app, login_as):
    mentor = login_as(make_user("mentor"))
    batch = named("Satu")

    page = mentor.get("/calendar/feeds").get_data(as_text=True)
    refused = [
        press(mentor, "/calendar/feeds", kind="batch", batch_id=batch.id).status_code,
        press(mentor, "/calendar/feeds", kind="office").status_code,
    ]

    assert re.findall(r'name="kind" value="(\w+)"', page) == ["person"]
    assert refused == [404, 404]


@pytest.mark.parametrize("role", ["mentor", "door_staff", "head", "office_admin"])
def test_each_who_has_a_calendar_subscribes_to_the_own(app, login_as, role):
    user = make_user(role)

    answer = press(login_as(user), "/calendar/feeds", kind="person")

    assert answer.status_code == 303
    assert feeds.feeds_of(user.id)[0].office_id == make_office().id


def test_the_same_subscription_twice_is_one_address(app, now):
    user, office = make_user("coordinator"), make_office()

    def subscribe():
        return feeds.subscribe(user.id, office.id, "person", now=now)

    with meanwhile(app, subscribe):
        refusal = refusal_of(subscribe)

    assert refusal == "Langganan ini sudah ada di daftar Anda."
    assert db.session.scalar(sa.select(sa.func.count(CalendarFeed.id))) == 1


@pytest.mark.parametrize("columns", [{"kind": "batch"}, {"kind": "venue"}, {"kind": "semua"}])
def test_the_database_refuses_a_feed_of_nothing(app, columns):
    feed = make_feed(make_user("coordinator"))

    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(sa.update(CalendarFeed).where(CalendarFeed.id == feed.id).values(**columns))
