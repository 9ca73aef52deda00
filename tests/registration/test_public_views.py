"""The invitation on a phone, without a script: what each page shows and what each press changes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.accounts.models import Membership, User
from kopdiklat.core.clock import standing_at
from kopdiklat.core.db import db, transaction
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.notifications.letters import compose
from kopdiklat.registration import service, shares, tokens
from kopdiklat.registration.models import Invitation
from kopdiklat.registration.seating import Share
from kopdiklat.registration.service import Participant
from tests import calendars
from tests.factories import (
    make_batch,
    make_cooperative,
    make_course,
    make_office,
    make_officer,
    make_person,
    make_registration,
    make_training_session,
    make_user,
)
from tests.registration.pages import fields, hidden, invite, open_batch, other, rows, send


@pytest.fixture
def client(app):
    app.config["FORM_MIN_SECONDS"] = 0
    return app.test_client()


def test_an_invitation_says_what_when_where_and_how_many_seats(client):
    course = make_course(name="Akuntabilitas Koperasi", summary="Dua hari belajar.")
    token, cooperative = invite(open_batch(seats=14, course=course))

    page = client.get(f"/daftar/{token}").get_data(as_text=True)

    assert cooperative.name in page
    assert "Bimtek Akuntabilitas Koperasi angkatan\u00a01" in page
    assert "Sisa 14 kursi" in page
    assert "NIK tidak diminta." in page


def test_every_page_and_letter_tells_the_hours_of_each_day_where_they_differ(client):
    begins = datetime(2036, 12, 1, 15, 0, tzinfo=UTC)
    batch = open_batch()
    make_training_session(batch, begins)
    make_training_session(batch, begins + timedelta(hours=10), minutes=210)
    token, _ = invite(batch)
    form = fields(client, f"/daftar/{token}/isian")
    check = send(client, token, form | other(), "periksa")
    answer = send(client, token, dict(hidden(check.get_data(as_text=True))))

    pages = [client.get(path) for path in (f"/daftar/{token}", answer.location, "/jadwal")]
    letter = db.session.scalars(sa.select(OutboxMessage)).one()
    first, second = "Sen, 1 Des", "Sel, 2 Des"
    for page in [check, *pages]:
        words = re.sub(r"<[^>]+>", "", page.get_data(as_text=True))
        assert f"{first}: 22.00–23.30 WIB" in words
        assert f"{second}: 08.00–11.30 WIB" in words
    assert "Datang Sen, 1 Des pukul 21.30–22.00 WIB" in pages[1].get_data(as_text=True)
    assert (
        "Waktu: 1–2 Desember 2036\n"
        "Sen, 1 Des: pukul 22.00–23.30 WIB\n"
        "Sel, 2 Des: pukul 08.00–11.30 WIB\n"
        "Tempat: Aula Balai Kota"
    ) in compose(letter).body


def test_hours_that_are_the_same_every_day_are_told_once(client):
    begins = datetime(2036, 12, 1, 1, 0, tzinfo=UTC)
    batch = open_batch()
    for day in range(2):
        make_training_session(batch, begins + timedelta(days=day))
    token, _ = invite(batch)

    words = [client.get(path).get_data(as_text=True) for path in (f"/daftar/{token}", "/jadwal")]

    assert [page.count("08.00–09.30 WIB") for page in words] == [1, 1]
    assert "setiap hari," in words[0]
    assert 'Senin–Selasa, <span class="keep">08.00–09.30 WIB</span>' in words[1]


def test_the_proof_promises_the_reminder_only_until_it_is_due(client):
    make_office(reminders="1")
    batch = open_batch()
    make_training_session(batch, datetime(2036, 12, 2, 1, 0, tzinfo=UTC))
    address = f"/bukti/{tokens.ticket_token(make_registration(batch))}"
    due = datetime(2036, 12, 1, 2, 0, tzinfo=UTC)

    shown = []
    for moment in (due - timedelta(minutes=1), due):
        with standing_at(moment):
            shown.append(client.get(address).get_data(as_text=True))

    assert "Senin, 1 Desember 2036, 09.00 WIB" in shown[0]
    assert "Pengingat berikutnya" in shown[0]
    assert "Pengingat berikutnya" not in shown[1]
    assert "Datang pukul 07.30–08.00 WIB" in shown[1]


def test_opening_the_page_changes_nothing_and_the_phone_says_that_it_was_seen(client):
    token, _ = invite()
    client.get(f"/daftar/{token}")
    assert db.session.scalars(sa.select(Invitation)).one().opened_at is None

    answer = client.post(f"/daftar/{token}/dibuka", data=fields(client, f"/daftar/{token}"))

    db.session.rollback()
    assert answer.status_code == 204
    assert db.session.scalars(sa.select(Invitation)).one().opened_at is not None


def test_a_new_person_is_checked_cleaned_and_registered(client):
    course = make_course(needs_citizen_number=True)
    token, cooperative = invite(open_batch(course=course))
    form = fields(client, f"/daftar/{token}/isian")

    check = send(client, token, form | other(number="9901 0115 0490 0003"), "periksa")
    page = check.get_data(as_text=True)
    send(client, token, dict(hidden(page)))

    (row,) = rows()
    assert "0812-3456-7890" in page
    assert "9901••••••••0003" in page
    assert (row.person.full_name, row.person.phone) == ("Yoga Pratama", "+6281234567890")
    assert row.person.citizen_number == "9901011504900003"


def test_errors_stand_on_top_and_at_the_fields_and_everything_typed_is_still_there(client):
    token, _ = invite(open_batch(course=make_course(needs_citizen_number=True)))
    form = fields(client, f"/daftar/{token}/isian")

    answer = send(
        client, token, form | other(phone="0812-34", number="9901 0115 0490 000"), "periksa"
    )
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "<title>Galat:" in page
    assert "Ada 2 yang perlu diperbaiki" in page
    assert page.count("Tulis nomor HP yang aktif WhatsApp, contoh 0812-3456-7890.") == 2
    assert page.count("NIK baru 15 angka. Periksa kembali di KTP.") == 2
    for typed in ("Yoga Pratama", "0812-34", "9901 0115 0490 000"):
        assert f'value="{typed}"' in page
    assert rows() == []


def test_nobody_chosen_and_too_many_chosen_are_answered_by_a_sentence(client):
    token, cooperative = invite(people=1)
    officers = [make_officer(cooperative) for _ in range(2)]
    form = fields(client, f"/daftar/{token}/isian")

    nobody = send(client, token, form, "periksa").get_data(as_text=True)
    both = form | {"officers": [str(o.id) for o in officers]}
    many = send(client, token, both, "periksa").get_data(as_text=True)

    assert "Pilih paling sedikit satu orang." in nobody
    assert "Koperasi Anda mendapat 1 kursi, Anda memilih 2 orang. Kurangi pilihan." in many


def test_a_seat_taken_meanwhile_offers_the_waiting_list_in_one_press(client):
    batch = open_batch(seats=1)
    token, cooperative = invite(batch)
    form = fields(client, f"/daftar/{token}/isian") | other()
    check = dict(hidden(send(client, token, form, "periksa").get_data(as_text=True)))
    faster = make_cooperative()
    with transaction():
        service.register_team(
            batch.id,
            faster.id,
            [Participant(full_name="Lebih cepat", position="chair")],
            team=service.new_team(),
            by="uji",
            now=datetime.now(UTC),
        )

    full = send(client, token, check).get_data(as_text=True)
    waiting_form = full[full.index('id="wait-form"') :]
    answer = send(client, token, dict(hidden(waiting_form)))
    page = client.get(answer.headers["Location"]).get_data(as_text=True)

    assert "Kuota sudah penuh" in full
    assert "Urutan ke-1" in full
    assert [r.state for r in rows()] == ["confirmed", "waitlisted"]
    assert "Daftar tunggu, urutan ke-1" in page
    assert 'class="qr"' not in page


def test_the_same_form_sent_twice_and_a_second_tab_are_one_registration(client):
    token, cooperative = invite()
    officer = make_officer(cooperative)
    first_tab = fields(client, f"/daftar/{token}/isian") | {"officers": str(officer.id)}
    second_tab = fields(client, f"/daftar/{token}/isian") | {"officers": str(officer.id)}

    places = {
        send(client, token, form).headers["Location"] for form in (first_tab, first_tab, second_tab)
    }

    assert len(places) == 1
    assert [r.number for r in rows()] == ["D-0001"]


def test_an_invented_form_name_and_a_filled_trap_change_nothing(client):
    token, cooperative = invite()
    form = fields(client, f"/daftar/{token}/isian") | other()

    for wrong in ({"shown": "aaaa.bbbb.cccc"}, {"website": "https://contoh.id"}):
        answer = send(client, token, form | wrong)
        assert answer.status_code == 422
        assert "Isian belum dapat diproses. Tekan sekali lagi." in answer.get_data(as_text=True)
    assert rows() == []


def test_a_form_that_no_person_can_have_read_is_refused(app):
    app.config["FORM_MIN_SECONDS"] = 60
    client = app.test_client()
    token, _ = invite()
    form = fields(client, f"/daftar/{token}/isian") | other()

    assert send(client, token, form).status_code == 422
    assert rows() == []


def test_a_foreign_link_is_a_page_of_404(client):
    invite()

    assert client.get("/daftar/aaaaaaaaaaaaaaaaaaaaaa").status_code == 404
    assert client.get("/bukti/aaaaaaaaaaaaaaaaaaaaaa").status_code == 404


def test_an_expired_link_says_since_when_and_whom_to_call(client):
    token, _ = invite(
        make_batch(
            registration_closes_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
            registration_opens_at=datetime(2026, 1, 1, tzinfo=UTC),
            contact_name="Ibu Rina",
            contact_phone="+6281233004471",
        )
    )

    page = client.get(f"/daftar/{token}").get_data(as_text=True)
    form = client.get(f"/daftar/{token}/isian")

    assert "Pendaftaran ditutup 5 Januari 2026, 16.00 WIB. Hubungi Ibu Rina" in page
    assert ">Daftar<" not in page
    assert form.status_code == 303


def test_a_closed_registration_keeps_what_was_typed(client):
    batch = open_batch()
    token, _ = invite(batch)
    form = fields(client, f"/daftar/{token}/isian") | other()
    with transaction():
        batch.registration_closes_at = datetime.now(UTC) - timedelta(minutes=1)

    answer = send(client, token, form)

    assert answer.status_code == 422
    assert 'value="Yoga Pratama"' in answer.get_data(as_text=True)
    assert rows() == []


def test_a_cancelled_invitation_names_the_contact_and_takes_nobody(client):
    token, _ = invite(cancelled_at=datetime.now(UTC))

    page = client.get(f"/daftar/{token}").get_data(as_text=True)

    assert "Undangan ini sudah ditarik." in page
    assert ">Daftar<" not in page


def test_a_used_link_shows_the_registration(client):
    token, cooperative = invite()
    form = fields(client, f"/daftar/{token}/isian") | other()
    send(client, token, form)

    page = client.get(f"/daftar/{token}").get_data(as_text=True)

    assert "1 orang sudah terdaftar" in page
    assert f"/bukti/{tokens.ticket_token(rows()[0])}" in page
    assert "Daftarkan orang lain" in page
    assert f'href="/daftar/{token}/isian"' in page


def test_declining_tells_the_office(client):
    token, _ = invite()
    form = fields(client, f"/daftar/{token}")

    send(client, token, form | {"reason": "Bersamaan dengan RAT"}, "penolakan")

    db.session.rollback()
    found = db.session.scalars(sa.select(Invitation)).one()
    assert found.declined_reason == "Bersamaan dengan RAT"


def test_a_button_adds_and_removes_a_person_without_losing_the_others(client):
    token, _ = invite(people=3)
    form = fields(client, f"/daftar/{token}/isian") | other()

    two = send(client, token, form | {"add": "1"}, "isian").get_data(as_text=True)
    one = send(client, token, form | other(1, name="Suwarno") | {"remove": "0"}, "isian").get_data(
        as_text=True
    )

    assert "others-1-full_name" in two
    assert 'value="Yoga Pratama"' in two
    assert 'value="Suwarno"' in one
    assert "Yoga Pratama" not in one


def ticket_of_new(client, **columns):
    token, cooperative = invite(open_batch(**columns))
    form = fields(client, f"/daftar/{token}/isian") | other()
    return send(client, token, form).headers["Location"]


def test_the_ticket_carries_number_code_and_what_comes_next(app, client):
    address = ticket_of_new(client)

    page = client.get(address).get_data(as_text=True)

    assert "Pendaftaran diterima" in page
    assert "D-0001" in page
    assert 'aria-label="QR pendaftaran D-0001"' in page
    assert "Ubah peserta atau batalkan" in page


def test_the_calendar_file_is_in_the_zone_of_the_batch_and_read_by_a_strict_reader(client):
    batch = open_batch()
    from tests.factories import make_training_session

    make_training_session(batch, starts_at=datetime(2030, 1, 7, 1, 0, tzinfo=UTC), minutes=90)
    token, _ = invite(batch)
    form = fields(client, f"/daftar/{token}/isian") | other()
    address = send(client, token, form).headers["Location"]

    answer = client.get(f"{address}/kalender.ics")
    found = calendars.read(answer.data)[-1]

    assert answer.mimetype == "text/calendar"
    assert (found.local, found.zone) == ("20300107T080000", "Asia/Jakarta")
    assert found.starts_at == datetime(2030, 1, 7, 1, 0, tzinfo=UTC)
    assert found.ends_at == datetime(2030, 1, 7, 2, 30, tzinfo=UTC)
    assert found.url.endswith(address)
    assert found.status == "CONFIRMED"


def test_the_code_is_a_file_where_no_script_can_save_it(client):
    answer = client.get(f"{ticket_of_new(client)}/qr.svg")

    assert answer.mimetype == "image/svg+xml"
    assert answer.get_data(as_text=True).startswith('<svg xmlns="http://www.w3.org/2000/svg"')


def test_the_code_of_the_door_opens_no_proof(client):
    address = ticket_of_new(client)
    (registration,) = rows()
    wrong = f"/bukti/{tokens.door_token(registration)}"

    form = fields(client, f"{address}/ubah")
    answers = [
        client.get(wrong).status_code,
        client.get(f"{wrong}/ubah").status_code,
        client.post(f"{wrong}/ubah", data=form).status_code,
        client.post(f"{wrong}/pembatalan", data=form).status_code,
    ]

    db.session.rollback()
    assert address == f"/bukti/{tokens.ticket_token(registration)}"
    assert answers == [404, 404, 404, 404]
    assert [r.state for r in rows()] == ["confirmed"]


def test_a_participant_cancels_and_the_next_moves_up(client):
    address = ticket_of_new(client, seats=1)
    batch_id, waiting = rows()[0].batch_id, make_cooperative()
    with transaction():
        service.register_team(
            batch_id,
            waiting.id,
            [Participant(full_name="Berikutnya", position="chair")],
            team=service.new_team(),
            by="uji",
            now=datetime.now(UTC),
            accept_waiting=True,
        )

    form = fields(client, f"{address}/ubah")
    client.post(f"{address}/pembatalan", data=form | {"reason": "sakit"})
    page = client.get(address).get_data(as_text=True)

    db.session.rollback()
    assert [r.state for r in rows()] == ["cancelled", "offered"]
    assert "Pendaftaran dibatalkan" in page
    assert "Alasan: sakit." in page


def test_a_substitute_gets_a_new_number_and_the_old_ticket_says_so(client):
    address = ticket_of_new(client)
    old_code = tokens.door_token(rows()[0])
    form = fields(client, f"{address}/ubah")
    substitute = {"full_name": "Wiwik", "phone": "081298765432", "position": "treasurer"}

    answer = client.post(f"{address}/ubah", data=form | substitute)
    old = client.get(address).get_data(as_text=True)

    db.session.rollback()
    assert [(r.state, r.number) for r in rows()] == [
        ("replaced", "D-0001"),
        ("confirmed", "D-0002"),
    ]
    assert answer.headers["Location"] != address
    assert "Peserta sudah diganti" in old
    assert old_code != tokens.door_token(rows()[1])
    again = client.post(f"{address}/pembatalan", data=form)
    assert (again.status_code, [r.state for r in rows()]) == (303, ["replaced", "confirmed"])


def test_an_account_of_a_manager_comes_from_the_invitation(client):
    token, cooperative = invite()
    form = fields(client, f"/daftar/{token}/akun")

    answer = client.post(
        f"/daftar/{token}/akun",
        data=form
        | {"name": "Dewi", "contact": "0812 3456 7890", "password": "kopi susu hangat 71 pagi"},
    )

    found = db.session.scalars(sa.select(Membership)).one()
    assert answer.status_code == 303
    assert (found.role, found.cooperative_id) == ("manager", cooperative.id)


def account_answers(client, token):
    return fields(client, f"/daftar/{token}/akun") | {
        "name": "Dewi",
        "contact": "0812 3456 7890",
        "password": "kopi susu hangat 71 pagi",
    }


def test_a_new_manager_is_made_known_to_the_office(client):
    make_office(email="dinas@contoh.id")
    token, cooperative = invite()

    client.post(f"/daftar/{token}/akun", data=account_answers(client, token))

    (message,) = db.session.scalars(sa.select(OutboxMessage)).all()
    letter = compose(message)
    assert letter.to == "dinas@contoh.id"
    assert f"Dewi membuat akun pengurus {cooperative.name}" in letter.body


def test_a_second_manager_asks_the_office(client):
    token, cooperative = invite()
    answers = account_answers(client, token)
    make_user("manager", cooperative=cooperative)

    answer = client.post(f"/daftar/{token}/akun", data=answers, follow_redirects=True)

    assert "sudah punya akun pengurus" in answer.get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count(User.id))) == 1


def test_a_closed_registration_makes_no_account(client):
    token, _ = invite(open_batch(state="closed"))

    answer = client.get(f"/daftar/{token}/akun")

    assert answer.headers["Location"] == f"/daftar/{token}"


def test_a_ticket_never_shows_the_link_of_the_invitation(client):
    token, cooperative = invite()
    officer = make_officer(cooperative)
    form = fields(client, f"/daftar/{token}/isian") | {"officers": officer.id}
    address = send(client, token, form).headers["Location"]
    before = client.get(address).get_data(as_text=True)
    with transaction():
        service.cancel(rows()[0].id, "berhalangan", by="uji", now=datetime.now(UTC))

    after = client.get(address).get_data(as_text=True)

    assert token not in before + after
    assert "Buka lagi tautan undangan dari pesan dinas" in after


def test_no_personal_data_of_an_officer_stands_in_the_form(client):
    token, cooperative = invite()
    person = make_person(phone="+6281234567890", citizen_number="9901015504900002")
    make_officer(cooperative, person)

    page = client.get(f"/daftar/{token}/isian").get_data(as_text=True)

    assert "0812-••••-7890" in page
    assert "81234567890" not in page
    assert "9901015504900002" not in page


def test_a_team_that_a_cap_keeps_out_is_offered_the_waiting_list(client):
    batch = open_batch(seats=9)
    token, cooperative = invite(batch)
    group = ("cooperative_type", cooperative.cooperative_type)
    with transaction():
        shares.change_shares(batch.id, [Share(group, cap=0)], None, now=datetime.now(UTC))
    form = fields(client, f"/daftar/{token}/isian") | other()

    full = send(client, token, form).get_data(as_text=True)
    send(client, token, form | {"accept_waiting": "y"})

    assert "Masuk daftar tunggu" in full
    assert [r.state for r in rows()] == ["waitlisted"]


def offered(client):
    """The ticket's address of somebody who waited and to whom a seat was offered."""
    first = ticket_of_new(client, seats=1)
    batch_id, waiting = rows()[0].batch_id, make_cooperative()
    with transaction():
        (registration,) = service.register_team(
            batch_id,
            waiting.id,
            [Participant(full_name="Berikutnya", position="chair")],
            team=service.new_team(),
            by="uji",
            now=datetime.now(UTC),
            accept_waiting=True,
        )
        address = f"/bukti/{tokens.ticket_token(registration)}"
    client.post(f"{first}/pembatalan", data=fields(client, f"{first}/ubah"))
    return address


def test_an_offered_seat_is_taken_with_one_tap(client):
    address = offered(client)
    page = client.get(address).get_data(as_text=True)
    form = dict(hidden(page))

    for _ in range(2):
        client.post(f"{address}/penerimaan", data=form)
    page_after = client.get(address).get_data(as_text=True)

    assert "Ada kursi untuk Anda" in page
    assert "Ya, saya ambil" in page
    assert "Kursi kosong, giliran dari daftar tunggu" in page  # Mengapa?
    assert "Pendaftaran diterima" in page_after
    db.session.rollback()
    assert [r.state for r in rows()] == ["cancelled", "confirmed"]


def test_an_offered_seat_is_let_go(client):
    address = offered(client)

    client.post(f"{address}/pelepasan", data=fields(client, address))
    page = client.get(address).get_data(as_text=True)

    db.session.rollback()
    assert [r.state for r in rows()] == ["cancelled", "cancelled"]
    assert "Dilepas oleh koperasi" in page


def test_an_offer_that_is_over_says_so(client):
    address = offered(client)
    form = fields(client, address)
    client.post(f"{address}/pelepasan", data=form)

    client.post(f"{address}/penerimaan", data=form)

    assert "Tawaran kursi ini sudah berakhir." in client.get(address).get_data(as_text=True)
