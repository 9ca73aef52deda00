"""A batch from the office's side: make it, choose, invite, follow, change, cancel."""

import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import python_calamine
import sqlalchemy as sa
from sqlalchemy import event

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch, Course, DoorDuty, Programme, TrainingSession
from tests.factories import (
    make_attendance,
    make_batch,
    make_cooperative,
    make_course,
    make_door_duty,
    make_invitation,
    make_membership,
    make_office,
    make_officer,
    make_person,
    make_programme,
    make_registration,
    make_seat_share,
    make_training_session,
    make_user,
)
from tests.registration import pages


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def token(client, address):
    page = client.get(address).get_data(as_text=True)
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]


def press(client, address, at=None, **data):
    """Press a button of the page `at`."""
    return client.post(address, data={"csrf_token": token(client, at or "/akun"), **data})


def open_batch(**columns):
    batch = pages.open_batch(**columns)
    make_training_session(batch, starts_at=datetime.now(UTC) + timedelta(days=9))
    return batch


def fresh(model, ident):
    db.session.rollback()
    return db.session.get_one(model, ident)


COURSE = {
    "activity_type": "bimtek",
    "seats": "30",
    "people_per_cooperative": "2",
    "pass_attendance_percent": "80",
    "day_count": "1",
}


def programme_of(course):
    """A programme of the course's office, the last one made."""
    found = sa.select(Programme).where(Programme.office_id == course.office_id)
    return db.session.scalars(found.order_by(Programme.id.desc())).first()


def batch_form(course, **more):
    day = date.today() + timedelta(days=30)  # noqa: DTZ011
    return {
        "source": "blank",
        "loaded": f"blank {course.id}",
        "course_id": course.id,
        "programme_id": programme_of(course).id,
        "number": "1",
        "venue_id": "",
        "venue": "Aula Balai Kota",
        "first_day": day.isoformat(),
        "day_count": "1",
        "every_day": "y",
        "pass_attendance_percent": "80",
        "time_zone": "WIB",
        "seats": "60",
        "people_per_cooperative": "2",
        "opens_on": "2026-01-05",
        "opens_at": "08.00",
        "closes_on": (day - timedelta(days=3)).isoformat(),
        "closes_at": "16.00",
        "contact_phone": "0812 3300 4471",
        "sessions-0-day_number": "1",
        "sessions-0-starts": "08.00",
        "sessions-0-ends": "09.30",
        "sessions-0-topic": "Pembukuan harian",
        "sessions-0-trainer_name": "Hendra Wijaya, S.E., Ak.",
        "sessions-0-is_teaching": "y",
    } | more


def test_a_batch_is_made_on_one_screen_with_its_timetable(client):
    programme, course = make_programme(), make_course()

    answer = press(
        client,
        f"/programmes/{programme.id}/batches/new",
        **batch_form(
            course,
            **{
                "sessions-1-day_number": "1",
                "sessions-2-day_number": "1",
                "sessions-2-starts": "09:45",
                "sessions-2-ends": "10.30",
                "sessions-2-topic": "Istirahat dan tes",
            },
        ),
    )

    batch = db.session.scalars(sa.select(Batch)).one()
    assert answer.headers["Location"] == f"/batches/{batch.id}"
    assert (batch.state, batch.seats, batch.contact_phone) == ("draft", 60, "+6281233004471")
    assert [(s.topic, s.lesson_hours) for s in batch.training_sessions] == [
        ("Pembukuan harian", 2),
        ("Istirahat dan tes", 0),
    ]


def test_add_a_session_is_a_button_that_saves_nothing_and_keeps_everything(client):
    programme, course = make_programme(), make_course()

    page = press(
        client, f"/programmes/{programme.id}/batches/new", **batch_form(course), do="add:1"
    ).get_data(as_text=True)

    assert 'name="sessions-1-topic"' in page
    assert 'value="Pembukuan harian"' in page
    assert "1 sesi, 2 JP, 1 pemateri." in page
    assert db.session.scalar(sa.select(sa.func.count(Batch.id))) == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"sessions-0-ends": "07.00"}, "Sesi 1 selesai sebelum mulai. Periksa jamnya."),
        ({"sessions-0-starts": ""}, "Jam mulai perlu diisi."),
        ({"venue": " "}, "Tempat perlu diisi."),
        ({"seats": "5001"}, "Jumlah kursi antara 1 dan 5.000."),
        ({"opens_on": "2030-01-01"}, "Pendaftaran ditutup sebelum dibuka. Periksa tanggalnya."),
        ({"contact_phone": "0812"}, "Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890."),
    ],
)
def test_a_wrong_batch_is_answered_by_a_sentence_and_keeps_what_was_typed(client, wrong, words):
    programme, course = make_programme(), make_course()

    answer = press(
        client, f"/programmes/{programme.id}/batches/new", **(batch_form(course) | wrong)
    )
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert words in page
    assert 'value="Pembukuan harian"' in page


def test_a_new_batch_begins_from_an_earlier_one_on_a_new_first_day(client):
    programme = make_programme()
    source = open_batch(programme=programme, course=make_course(), seats=45)

    page = client.get(
        f"/programmes/{programme.id}/batches/new?copy={source.id}&first_day=2027-02-09"
    ).get_data(as_text=True)

    assert 'value="45"' in page
    assert 'name="number" type="text" value="2"' in page or 'value="2"' in page
    assert 'value="2027-02-09"' in page
    assert 'value="Pembukuan harian"' in page


def test_a_trainer_in_two_rooms_at_once_is_named_and_decided_by_a_person(client):
    programme, course = make_programme(), make_course()
    busy = make_batch(sessions=0)
    day = date.today() + timedelta(days=30)  # noqa: DTZ011
    starts_at = datetime(day.year, day.month, day.day, 2, 0, tzinfo=UTC)
    make_training_session(busy, starts_at=starts_at, trainer_name="Hendra Wijaya, S.E., Ak.")
    address = f"/programmes/{programme.id}/batches/new"

    asked = press(client, address, **batch_form(course))
    saved = press(
        client, address, **batch_form(course, **{"sessions-0-clash_reason": "kelas paralel"})
    )

    assert asked.status_code == 422
    assert "1 bentrok perlu diputuskan:" in asked.get_data(as_text=True)
    assert "<title>Galat:" in asked.get_data(as_text=True)
    assert saved.status_code == 303
    kept = sa.select(TrainingSession.clash_reason).where(TrainingSession.batch_id != busy.id)
    assert db.session.scalars(kept).all() == ["kelas paralel"]


def test_lowering_the_quota_below_what_is_used_is_refused_at_the_field(client):
    batch = open_batch(seats=5, taken=3)
    form = batch_form(batch.course, number=batch.number, seats="2")

    answer = press(client, f"/batches/{batch.id}/edit", **form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Kursi tidak dapat kurang dari 3" in page
    assert f'href="/batches/{batch.id}?state=confirmed#tabs"' in page
    assert fresh(Batch, batch.id).seats == 5


def test_lowering_the_quota_below_what_is_reserved_is_refused_with_the_number(client):
    batch = open_batch(seats=9)
    make_seat_share(batch, "district", "Kranggan", reserve=6)
    form = batch_form(batch.course, number=batch.number, seats="5")
    form["sessions-0-ident"] = str(batch.training_sessions[0].id)

    answer = press(client, f"/batches/{batch.id}/edit", **form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Kursi khusus berjumlah 6, kursi angkatan ini hanya 5." in page
    assert f'href="/batches/{batch.id}/seat-shares"' in page
    assert fresh(Batch, batch.id).seats == 9


def test_a_session_over_midnight_ends_on_the_next_day(client):
    programme, course = make_programme(), make_course()
    night = {"sessions-0-starts": "22.00", "sessions-0-ends": "01.00"}

    answer = press(
        client, f"/programmes/{programme.id}/batches/new", **(batch_form(course) | night)
    )

    (session,) = db.session.scalars(sa.select(TrainingSession)).all()
    assert answer.status_code == 303
    assert session.ends_at - session.starts_at == timedelta(hours=3)


def test_raising_the_quota_moves_the_queue_up(client):
    batch = open_batch(seats=1, taken=1)
    waiting = make_registration(batch, state="waitlisted")
    session = batch.training_sessions[0]
    form = batch_form(batch.course, seats="2", confirmed="y")
    form["sessions-0-ident"] = str(session.id)

    answer = press(client, f"/batches/{batch.id}/edit", **form)

    assert answer.status_code == 303
    assert fresh(Registration, waiting.id).state == "offered"


def test_a_batch_without_sessions_is_not_published(client):
    batch = make_batch(state="draft", sessions=0)

    answer = press(client, f"/batches/{batch.id}/publication")
    page = client.get(answer.headers["Location"]).get_data(as_text=True)

    assert "Isi jadwal dulu: angkatan ini belum punya sesi." in page
    assert fresh(Batch, batch.id).state == "draft"


def test_a_batch_is_published_closed_and_opened_again(client):
    batch = open_batch(state="draft")

    states = []
    for step in ("publication", "closure", "reopening"):
        press(client, f"/batches/{batch.id}/{step}")
        states.append(fresh(Batch, batch.id).state)

    assert states == ["published", "closed", "published"]


def test_a_batch_is_cancelled_only_with_a_reason_that_the_participants_read(client):
    batch = open_batch(seats=2, taken=2)

    press(client, f"/batches/{batch.id}/cancellation", reason=" ")
    assert fresh(Batch, batch.id).state == "published"
    press(client, f"/batches/{batch.id}/cancellation", reason="Aula dipakai pilkada", confirmed="y")

    assert fresh(Batch, batch.id).state == "cancelled"
    told = db.session.scalars(sa.select(OutboxMessage)).all()
    assert {m.kind for m in told} == {"batch.cancelled"}
    assert {m.payload["reason"] for m in told} == {"Aula dipakai pilkada"}


@pytest.mark.parametrize(("minutes", "offered"), [(30, True), (-30, False)])
def test_a_closed_batch_can_be_cancelled_from_its_page_until_it_begins(client, minutes, offered):
    batch = make_batch(state="closed", sessions=0)
    make_training_session(batch, starts_at=datetime.now(UTC) + timedelta(minutes=minutes))

    page = client.get(f"/batches/{batch.id}").get_data(as_text=True)
    press(client, f"/batches/{batch.id}/cancellation", reason="Aula dipakai pilkada")

    assert ("Batalkan angkatan" in page) is offered
    assert fresh(Batch, batch.id).state == ("cancelled" if offered else "closed")


def test_the_page_of_a_batch_shows_seats_readiness_queue_and_participants(client):
    batch = open_batch(seats=2, taken=1, contact_phone="+6281233004471")
    make_registration(batch, person=make_person(full_name="Siti Aminah"))
    make_registration(batch, person=make_person(full_name="Imam Syafi'i"), state="waitlisted")

    page = client.get(f"/batches/{batch.id}").get_data(as_text=True)

    assert "3 dari 6 siap" in page
    assert "Daftar tunggu 1 orang" in page
    assert "Siti Aminah" in page
    assert "Imam Syafi&#39;i" in page
    assert "2 dari 2 kursi terpakai" in page


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


@pytest.mark.parametrize("tab", ["participants", "invitations", "history"])
def test_a_batch_makes_as_many_queries_with_three_rows_as_with_one(client, tab):
    batch = open_batch(seats=9)

    def add():
        make_registration(batch, state="waitlisted", queued_at=datetime.now(UTC))
        make_registration(batch)
        make_invitation(batch)

    add()
    one = count_queries(client, f"/batches/{batch.id}?tab={tab}")
    add()
    add()

    assert count_queries(client, f"/batches/{batch.id}?tab={tab}") == one
    assert one <= (14 if tab == "invitations" else 13)  # its hold is one question more


def test_programmes_make_as_many_queries_with_three_rows_as_with_one(client):
    programme = make_programme()
    open_batch(programme=programme, course=make_course(), taken=1)
    one = (
        count_queries(client, "/programmes"),
        count_queries(client, f"/programmes/{programme.id}"),
    )
    for _ in range(2):
        open_batch(programme=programme, course=make_course(), taken=2)
        make_programme()

    three = (
        count_queries(client, "/programmes"),
        count_queries(client, f"/programmes/{programme.id}"),
    )

    assert three == one


def test_another_office_sees_nothing_of_it(client):
    batch = open_batch(office=make_office("3275", "Dinas lain", region_name="Kota Bekasi"))
    invitation = make_invitation(batch)

    for address in (
        f"/programmes/{batch.programme_id}",
        f"/batches/{batch.id}",
        f"/batches/{batch.id}/edit",
        f"/batches/{batch.id}/selection",
        f"/batches/{batch.id}/invitations.xlsx",
        f"/batches/{batch.id}/registrations/new",
        f"/batches/{batch.id}/door-duties",
    ):
        assert client.get(address).status_code == 404, address
    assert press(client, f"/invitations/{invitation.id}/cancellation").status_code == 404
    assert fresh(Invitation, invitation.id).cancelled_at is None


def test_the_batch_of_a_duty_is_not_there_for_its_door_officer(app, login_as):
    batch = open_batch()
    user = make_user("door_staff")
    make_door_duty(user, batch)
    client = login_as(user)

    for address in (f"/batches/{batch.id}", f"/batches/{batch.id}/attendance"):
        assert client.get(address).status_code == 404, address


def test_door_officers_get_the_days_that_are_ticked(client):
    batch = open_batch()
    sari = make_user("door_staff", name="Sari Handayani")
    day = batch.days[0]

    press(client, f"/batches/{batch.id}/door-duties", duty=f"{sari.id}.{day.isoformat()}")
    given = [(d.user_id, d.duty_on) for d in db.session.scalars(sa.select(DoorDuty))]
    press(client, f"/batches/{batch.id}/door-duties")

    db.session.rollback()
    assert given == [(sari.id, day)]
    assert db.session.scalars(sa.select(DoorDuty)).all() == []


def test_invitations_go_by_mail_or_to_the_list_and_can_be_taken_back_within_the_minute(app, client):
    app.config["MAIL_URL"] = "smtp://localhost"
    batch = open_batch()
    mailed, listed, silent = (make_invitation(batch) for _ in range(3))
    make_officer(mailed.cooperative, make_person(email="dewi@contoh.id"))
    make_officer(listed.cooperative, make_person(phone="+6281234567890"))
    page = f"/batches/{batch.id}?tab=invitations"

    press(client, f"/batches/{batch.id}/invitations/delivery", at=page)
    press(client, f"/batches/{batch.id}/invitations/delivery", at=page)
    sent = [(m.channel, m.recipient) for m in db.session.scalars(sa.select(OutboxMessage))]
    shown = client.get(page).get_data(as_text=True)
    press(client, f"/batches/{batch.id}/invitations/recall", at=page)

    db.session.rollback()
    assert sorted(sent) == [("email", "dewi@contoh.id"), ("whatsapp", "+6281234567890")]
    assert "Batalkan kirim" in shown
    assert db.session.scalars(sa.select(OutboxMessage)).all() == []


def test_opening_whatsapp_is_marked_as_opened_never_as_sent(client):
    batch = open_batch()
    invitation = make_invitation(batch)
    make_officer(invitation.cooperative, make_person(phone="+6281234567890"))
    page = f"/batches/{batch.id}?tab=invitations"

    answer = press(client, f"/invitations/{invitation.id}/whatsapp", at=page)
    shown = client.get(page).get_data(as_text=True)

    assert answer.headers["Refresh"].startswith("0; url=https://wa.me/6281234567890?text=")
    assert tokens.invitation_token(invitation) in answer.headers["Refresh"]
    message = db.session.scalars(sa.select(OutboxMessage)).one()
    assert message.opened_at is not None
    assert message.sent_at is None
    assert "dibuka di WhatsApp" in shown
    assert "terkirim" not in shown


def test_a_cooperative_without_a_phone_is_answered_by_a_sentence(client):
    invitation = make_invitation(open_batch())

    press(client, f"/invitations/{invitation.id}/whatsapp")

    page = client.get("/akun").get_data(as_text=True)
    assert "Koperasi ini belum punya nomor HP." in page


def test_the_invitations_export_is_text_that_no_spreadsheet_runs(client):
    batch = open_batch()
    make_invitation(batch, make_cooperative(name="=HYPERLINK(1)"), reason="@SUM(A1)")

    answer = client.get(f"/batches/{batch.id}/invitations.xlsx")

    sheet = python_calamine.load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0)
    row = sheet.to_python()[-1]
    assert row[0] == "=HYPERLINK(1)"
    assert row[6] == "@SUM(A1)"


def test_staff_register_people_of_a_cooperative(client):
    batch, cooperative = open_batch(), make_cooperative(name="KSP Mulia Karya")
    officer = make_officer(cooperative)
    search = client.get(f"/batches/{batch.id}/registrations/new?q=mulia").get_data(as_text=True)
    address = f"/batches/{batch.id}/registrations/new?cooperative={cooperative.id}"

    press(client, address, at=address, officers=str(officer.id))

    (row,) = db.session.scalars(sa.select(Registration)).all()
    assert "KSP Mulia Karya" in search
    assert (row.state, row.cooperative_id) == ("confirmed", cooperative.id)


def test_who_answered_by_whatsapp_is_registered_from_the_invitation_with_the_source(client):
    batch = open_batch(seats=9)
    officer = make_officer()
    invitation = make_invitation(batch, db.session.get_one(Cooperative, officer.cooperative_id))
    address = f"/batches/{batch.id}/registrations/new?cooperative={officer.cooperative_id}"
    tab = client.get(f"/batches/{batch.id}?tab=invitations").get_data(as_text=True)
    choose = client.get(f"/batches/{batch.id}/registrations/new").get_data(as_text=True)
    form = pages.fields(client, address)

    for _twice in range(2):
        client.post(address, data=form | {"officers": [str(officer.id)], "source": "whatsapp"})

    registration = db.session.scalars(sa.select(Registration)).one()
    assert f'href="{address}"' in tab
    assert f'href="{address}"' in choose
    assert registration.invitation_id == invitation.id
    assert [(e.action, e.reason) for e in registration.events] == [
        ("confirm", "Kursi masih ada"),
        ("source", "Dijawab lewat WhatsApp"),
    ]


def test_a_full_batch_offers_the_waiting_list_with_one_press_and_keeps_the_form(client):
    batch = open_batch(seats=1, taken=1)
    officer = make_officer()
    address = f"/batches/{batch.id}/registrations/new?cooperative={officer.cooperative_id}"
    form = pages.fields(client, address) | {"officers": [str(officer.id)], "needs": "kursi roda"}

    full = client.post(address, data=form)
    client.post(address, data=form | {"accept_waiting": "y"})

    page = full.get_data(as_text=True)
    assert full.status_code == 422
    assert "Kuota sudah penuh." in page
    assert "urutan ke-1" in page
    assert "kursi roda" in page
    waiting = db.session.scalars(sa.select(Registration).order_by(Registration.id.desc())).first()
    assert (waiting.state, waiting.events[0].reason) == ("waitlisted", "Kuota sudah penuh")


def test_staff_cancel_and_replace_only_with_a_reason(client):
    open_batch(seats=3, taken=2)
    first, second = db.session.scalars(sa.select(Registration).order_by(Registration.id)).all()
    who = {"full_name": "Wiwik Lestari", "phone": "081298765432", "position": "treasurer"}

    press(client, f"/registrations/{first.id}/cancellation", reason="")
    assert fresh(Registration, first.id).state == "confirmed"
    press(client, f"/registrations/{first.id}/cancellation", reason="sakit")
    refused = press(client, f"/registrations/{second.id}/edit", **who)
    press(client, f"/registrations/{second.id}/edit", **who, reason="tugas lain")

    assert "Tulis alasan penggantian." in refused.get_data(as_text=True)
    assert fresh(Registration, first.id).state == "cancelled"
    assert fresh(Registration, second.id).state == "replaced"


def test_programmes_and_courses_are_made_and_named_once(client):
    year = {"year": "2026", "funding_source": "apbd"}
    for _ in range(2):
        programme = press(client, "/programmes/new", name="Bimtek 2026", **year)
        course = press(client, "/courses/new", name="Akuntabilitas", **COURSE)

    db.session.rollback()
    assert "Program dengan nama dan tahun ini sudah ada." in programme.get_data(as_text=True)
    assert "Mata latih dengan nama ini sudah ada." in course.get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count(Programme.id))) == 1
    assert db.session.scalar(sa.select(sa.func.count(Course.id))) == 1


def test_new_things_belong_to_the_office_where_the_person_may_make_them(app, login_as):
    mentored, run = make_office(), make_office("3517", "Dinas Koperasi Jombang")
    person = make_user("mentor", mentored)
    make_membership(person, "coordinator", run)
    client = login_as(person)

    press(client, "/programmes/new", name="Bimtek 2026", year="2026", funding_source="apbd")
    press(client, "/courses/new", name="Akuntabilitas", **COURSE)

    db.session.rollback()
    assert db.session.scalars(sa.select(Programme.office_id)).all() == [run.id]
    assert db.session.scalars(sa.select(Course.office_id)).all() == [run.id]


def test_a_session_with_presence_is_fixed_in_the_form_and_its_move_refused_there(client):
    batch = open_batch(taken=1)
    session = batch.training_sessions[0]
    starts_at = session.starts_at
    make_attendance(db.session.scalars(sa.select(Registration)).one(), session)
    address = f"/batches/{batch.id}/edit"
    fixed = re.compile(r'<input(?=[^>]* readonly)[^>]* name="sessions-0-(\w+)"')
    form = batch_form(batch.course, **{"sessions-0-ident": session.id})

    assert fixed.findall(client.get(address).get_data(as_text=True)) == ["starts", "ends"]
    answer = press(client, address, **form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Sesi “Pembukuan harian” sudah punya presensi: hari, jam dan JP-nya tetap." in page
    assert fixed.findall(page) == ["starts", "ends"]
    assert 'value="Hendra Wijaya, S.E., Ak."' in page
    assert fresh(Batch, batch.id).training_sessions[0].starts_at == starts_at


def test_a_session_with_presence_is_not_deleted(client):
    batch = open_batch(taken=1)
    registration = db.session.scalars(sa.select(Registration)).one()
    make_attendance(registration, batch.training_sessions[0])
    form = batch_form(batch.course)

    answer = press(client, f"/batches/{batch.id}/edit", **form)

    assert answer.status_code == 422
    assert "sudah punya presensi dan tidak dapat dihapus." in answer.get_data(as_text=True)
    assert len(fresh(Batch, batch.id).training_sessions) == 1


def test_the_queue_moves_when_a_hold_ends_without_anybody_pressing(app, now):
    from kopdiklat.registration.queue import move_queues

    batch = make_batch(seats=2)
    make_invitation(batch, held_seats=2, held_until=now + timedelta(hours=1))
    waiting = make_registration(batch, state="waitlisted")

    before = move_queues(lambda: now)
    after = move_queues(lambda: now + timedelta(hours=1))

    assert (before, after) == (0, 1)
    assert fresh(Registration, waiting.id).state == "offered"
