"""The editor of texts: what it takes and refuses, what the preview shows, whom a sample goes to."""

import re
from html import unescape

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.messages import letters
from kopdiklat.messages.models import MessageTemplate
from kopdiklat.notifications.service import send_due_messages
from kopdiklat.notifications.transport import SmtpTransport
from tests.factories import (
    make_batch,
    make_cooperative,
    make_invitation,
    make_message_template,
    make_office,
    make_person,
    make_registration,
    make_user,
)
from tests.notifications.mail import all_messages, smtp_server

ADDRESS = "/message-templates/registration.confirmed"
OWN = {
    "subject": "Selamat datang, {nama}",
    "body": "Kegiatan {kegiatan}\r\nWaktu {jadwal}\r\nTempat {tempat}\r\n{tautan}",
    "short": "",
    "seen": "0",
}


@pytest.fixture
def coordinator(app, login_as):
    return login_as(make_user("coordinator"))


def seen(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def post(client, path, **body):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(ADDRESS).text)[1]
    headers = body.pop("headers", {})
    return client.post(path, data={"csrf_token": token} | OWN | body, headers=headers)


def preview(client, **body):
    return post(client, f"{ADDRESS}/preview", headers={"HX-Request": "true"}, **body)


def editions():
    db.session.rollback()
    return db.session.scalars(sa.select(MessageTemplate).order_by(MessageTemplate.version)).all()


def test_the_list_says_which_texts_are_ours_and_who_changed_the_others(coordinator):
    make_message_template(kind="seat.offered")

    page = coordinator.get("/message-templates")

    rows = re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL)
    changed = [row for row in rows if "Diubah" in row]
    assert len(changed) == 1
    assert "Tawaran kursi" in changed[0]
    assert "Rina, 13 Jul 2026, 09.00 WIB" in changed[0]
    assert "Bawaan" in page.text
    assert "Atur ulang kata sandi" not in page.text


def test_a_saved_text_is_that_of_the_next_message(coordinator):
    answer = post(coordinator, ADDRESS)

    office = make_office()
    assert answer.status_code == 303
    assert letters.fill("registration.confirmed", {"person": "Siti"}, office.id)[0] == (
        "Selamat datang, Siti"
    )
    assert editions()[0].body == OWN["body"].replace("\r\n", "\n")
    assert "Diubah" in coordinator.get(ADDRESS).text


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"body": "{kegitan} {jadwal} {tempat} {tautan}"},
         "Tanda isian {kegitan} tidak dikenal. Maksud Anda {kegiatan}?"),
        ({"body": "{jadwal} {tempat}"},
         "Sisipkan {tautan}; tanpa itu penerima tidak tahu yang penting."),
        ({"subject": "Halo\r\nBcc: orang@lain.id"},
         "Ada huruf yang tidak terlihat di teks ini."),
        ({"subject": ""}, "Perihal perlu diisi."),
        ({"seen": "7"}, None),
    ],
)  # fmt: skip
def test_a_text_with_a_fault_is_refused_in_words_and_stays_on_the_page(coordinator, body, sentence):
    answer = post(coordinator, ADDRESS, **body)

    if sentence is None:  # nobody wrote before: no version is another one
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert sentence in seen(answer)
    assert unescape(answer.text).count((OWN | body)["body"].split("\r\n")[0]) > 0
    assert editions() == []


def test_who_saves_second_keeps_what_was_typed(coordinator):
    make_message_template()

    answer = post(coordinator, ADDRESS, subject="Versi saya", seen="0")

    assert answer.status_code == 422
    assert "Rina menyimpan teks ini lebih dulu." in seen(answer)
    assert 'value="Versi saya"' in answer.text


def test_a_text_is_taken_back_and_reset(coordinator):
    post(coordinator, ADDRESS)
    post(coordinator, ADDRESS, subject="Kedua", seen="1")
    post(coordinator, f"{ADDRESS}/reversal", seen="2")
    office = make_office()
    undone = letters.standing(office.id, "registration.confirmed").own.subject
    post(coordinator, f"{ADDRESS}/deletion", seen="3")

    assert undone == "Selamat datang, {nama}"
    assert letters.standing(office.id, "registration.confirmed").own is None
    assert "Teks bawaan berlaku lagi." in seen(coordinator.get(ADDRESS))


def test_the_preview_shows_a_real_recipient_with_a_masked_link(coordinator):
    batch = make_batch(seats=9)
    registration = make_registration(batch, person=make_person(full_name="Siti Aminah"))

    shown = seen(preview(coordinator, recipient=str(registration.id)))

    assert "Selamat datang, Siti Aminah" in shown
    assert "Waktu 15 Juli 2026, pukul 09.00–10.30 WIB" in shown
    assert "/bukti/••••••" in shown
    assert registration.nonce not in shown


def test_the_preview_runs_nothing_and_shows_html_as_text(coordinator):
    body = "<script>alert(1)</script> {jadwal} {tempat} {tautan} =1+1"

    answer = preview(coordinator, body=body)

    assert "<script>" not in answer.text
    assert "<script>alert(1)</script>" in unescape(answer.text)
    assert "=1+1" in answer.text


def test_the_preview_says_what_is_wrong_while_it_is_typed(coordinator):
    shown = seen(preview(coordinator, body="{jadwal} {tempat} {tautan} {nam"))

    assert "Kurung kurawal pada “{nam” belum berpasangan. Tulis seperti {nama}." in shown


def test_the_preview_counts_the_letters_for_whatsapp(coordinator):
    short = "{jadwal} {tempat} {tautan}" + "a" * 2400
    long_name = "Koperasi " + "b" * 100

    shown = seen(preview(coordinator, short=short, recipient="contoh"))
    assert re.search(r"2\.\d{3} dari paling banyak 4\.096 huruf", shown)
    assert long_name not in shown


def test_the_preview_without_script_is_the_page_with_what_was_typed(coordinator):
    answer = post(coordinator, f"{ADDRESS}/preview", subject="Ketikan {nama}")

    assert answer.status_code == 200
    assert 'value="Ketikan {nama}"' in answer.text
    assert "<h1>" in answer.text
    assert editions() == []


def test_nobody_of_another_office_is_offered_or_shown(coordinator):
    other = make_office("3516", "Dinas lain")
    batch = make_batch(other, seats=9)
    stranger = make_registration(
        batch,
        cooperative=make_cooperative(other),
        person=make_person(other, full_name="Orang Asing"),
    )

    page = coordinator.get(ADDRESS)
    shown = preview(coordinator, recipient=str(stranger.id))

    assert "Orang Asing" not in page.text + shown.text
    assert "Siti Aminah" in shown.text  # the example


def test_an_invitation_is_tried_on_a_real_cooperative(coordinator):
    invitation = make_invitation(cooperative=make_cooperative(name="KSP Maju Bersama"))

    page = coordinator.get("/message-templates/invitation.sent")

    assert f'value="{invitation.id}"' in page.text
    assert "Yth. Pengurus KSP Maju Bersama," in page.text


def test_the_digest_is_tried_on_the_one_who_writes_it(coordinator):
    empty = seen(coordinator.get("/message-templates/digest.daily"))
    make_message_template(body="{ruang} {jadwal} {tempat} {tautan}")

    page = seen(coordinator.get("/message-templates/digest.daily"))

    assert "3 pendaftaran baru" in empty  # the example
    assert "– 1 templat pesan perlu diperbaiki; teks bawaan yang dikirim" in page
    assert "Matikan di http://127.0.0.1:8000/account" in page


def test_a_sample_goes_to_the_one_who_asks_once_and_by_real_mail(app, login_as):
    user = make_user("coordinator", email="rina@contoh.id")
    client = login_as(user)
    for _press in range(2):
        answer = post(client, f"{ADDRESS}/samples", sample="a" * 32, subject="Halo {nama}")

    (message,) = all_messages()
    assert "Contoh dikirim ke rina@contoh.id. Teks di bawah belum disimpan." in seen(answer)
    assert (message.kind, message.recipient) == ("message.sample", "rina@contoh.id")
    with smtp_server() as (url, mailbox):
        assert send_due_messages(SmtpTransport(url, "a@b.id"), utc_now) == 1
    (mail,) = mailbox.messages
    assert mail["Subject"] == "Contoh: Halo Siti Aminah"
    assert "Tempat Aula Balai Kota, Jl. Gajah Mada 145\nhttps://" in mail.get_content().replace(
        "\r\n", "\n"
    )
    assert editions() == []


def test_a_sample_of_a_text_with_a_fault_is_not_sent(coordinator):
    answer = post(coordinator, f"{ADDRESS}/samples", body="{jadwal}")

    assert answer.status_code == 422
    assert all_messages() == []


def test_a_text_with_a_fault_is_told_on_its_page_and_in_the_list(coordinator):
    make_message_template(body="{kegiatan} {jadwal} {tempat} {tautan} {ruang}")

    assert "Sampai diperbaiki, teks bawaan yang dikirim." in seen(coordinator.get(ADDRESS))
    assert "Perlu diperbaiki" in seen(coordinator.get("/message-templates"))


@pytest.mark.parametrize("kind", ["password_reset", "message.sample", "tidak.ada"])
def test_texts_that_nobody_may_write_have_no_page(coordinator, kind):
    assert coordinator.get(f"/message-templates/{kind}").status_code == 404


def test_the_list_makes_as_many_selects_for_one_text_as_for_three(coordinator):
    counts = []
    for kind in ("registration.confirmed", "seat.offered", "registration.cancelled"):
        make_message_template(kind=kind)
        statements = []
        event.listen(db.engine, "before_cursor_execute", lambda *a, s=statements: s.append(a[2]))
        coordinator.get("/message-templates")
        counts.append(len(statements))

    assert len(set(counts)) == 1
