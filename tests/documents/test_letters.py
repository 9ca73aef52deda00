"""The official invitation: one number per batch, one letter per cooperative, the same when printed again."""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core import files, numbers
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.numbers import IssuedNumber
from kopdiklat.core.tasks import Task, run_next_task
from kopdiklat.documents import invitation_letter, letters, queries, rules, typesetter, typesetting
from kopdiklat.documents.models import InvitationLetter, InvitationLetterCopy, LetterSettings
from kopdiklat.offices.models import Office
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch, TrainingSession
from tests.documents.test_sheet import STRANGE_NAMES
from tests.factories import (
    make_batch,
    make_cooperative,
    make_course,
    make_invitation,
    make_letter_settings,
    make_number_format,
    make_office,
    make_officer,
    make_person,
    make_training_session,
    make_user,
)


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def ready(cooperatives=1, **columns):
    """An office that may write letters, and a batch with invitations."""
    office = make_office()
    make_number_format(office)
    make_letter_settings(office)
    batch = make_batch(office, **columns)
    for n in range(cooperatives):
        cooperative = make_cooperative(office, f"KSP Contoh {n + 1}", address=f"Jl. Mawar {n + 1}")
        make_officer(cooperative, make_person(office, f"Siti Ketua {n + 1}"))
        make_invitation(batch, cooperative, rank=n + 1)
    return batch


def issue(batch, user=None, now=None):
    user = user or make_user("coordinator", name="Rina Wulandari")
    with transaction():
        ident = letters.issue(batch.id, by=user, now=now or utc_now()).id
    return db.session.get_one(InvitationLetter, ident)


def page_of(answer):
    return answer.get_data(as_text=True)


def data_of(batch, now, **settings):
    """What would be printed, as the layout gets it."""
    batch = queries.batch_to_print(batch.id)
    there = queries.find_letter_settings(batch.office_id)
    content = invitation_letter.content_of(batch, there, "400/0001/2026", now.date())
    to = letters.addressees(queries.standing_invitations(batch.id), now.date())
    return content, to


# -- what it says ----------------------------------------------------------------------------------


def test_the_letter_says_who_when_where_and_how(app, now):
    course = make_course(
        name="Akuntabilitas", audience="Pengurus, sebaiknya bendahara", bring="KTP dan neraca"
    )
    batch = ready(course=course, venue_address="Jl. Gajah Mada 145", contact_name="Ibu Rina")
    content, to = data_of(batch, now)

    letter = invitation_letter._letter(content, to[0])

    assert content["subject"] == "Undangan Bimtek Akuntabilitas angkatan 1"
    assert content["place_and_date"] == "Mojokerto, 13 Juli 2026"
    assert content["closes"] == "Selasa, 14 Juli 2026 pukul 09.00 WIB"
    assert content["contact_person"] == "Ibu Rina"
    assert content["signatory"] == {
        "acting_for": "", "title": "Kepala Dinas", "name": "Ir. Ani Kusumawati, M.M.",
        "rank": "Pembina Utama Muda", "number": "19700101 199503 2 001",
    }  # fmt: skip
    assert content["copies_to"] == ["Wali Kota Mojokerto", "Arsip"]
    assert letter["addressee"] == [
        "Siti Ketua 1", "Ketua KSP Contoh 1", "Jl. Mawar 1", "Kranggan, Kecamatan Kranggan",
        "Kota Mojokerto",
    ]  # fmt: skip
    assert letter["opening"].startswith("Kami mengundang 2 (dua) orang dalam Bimtek Akuntabilitas")
    assert letter["facts"] == [
        ["Hari, tanggal", ["Rabu, 15 Juli 2026"]],
        ["Waktu", "pukul 09.00–10.30 WIB"],
        ["Tempat", "Aula Balai Kota"],
        ["Alamat", "Jl. Gajah Mada 145"],
        ["Peserta", "2 (dua) orang. Pengurus, sebaiknya bendahara"],
        ["Yang dibawa", "KTP dan neraca"],
    ]
    invitation = db.session.scalars(sa.select(Invitation)).one()
    assert letter["link"].endswith(f"/daftar/{tokens.invitation_token(invitation)}")


@pytest.mark.parametrize(
    ("starts", "days", "hours"),
    [
        ([(15, 2), (16, 2)], ["Rabu s.d. Kamis, 15–16 Juli 2026"], "09.00–10.30 WIT"),
        ([(15, 2), (17, 2)], ["Rabu, 15 Juli 2026", "Jumat, 17 Juli 2026"], "09.00–10.30 WIT"),
        (
            [(15, 2), (16, 4)],
            [
                "Rabu, 15 Juli 2026, pukul 09.00–10.30 WIT",
                "Kamis, 16 Juli 2026, pukul 11.00–12.30 WIT",
            ],
            "",
        ),
    ],
)
def test_days_and_hours_are_said_once_where_they_are_the_same(app, starts, days, hours):
    office = make_office("9171", "Dinas Koperasi Kota Jayapura", time_zone="WIT")
    batch = make_batch(office, sessions=0)
    for day, hour in starts:
        at = datetime(2026, 7, day, hour - 2, tzinfo=UTC)
        make_training_session(batch, starts_at=at)

    facts = invitation_letter.facts_of(queries.batch_to_print(batch.id))

    assert (facts["days"], facts["hours"]) == (days, hours)


def test_a_cooperative_without_a_chair_and_an_address_is_still_addressed(app, now):
    batch = ready(0)
    office = db.session.get_one(Office, batch.office_id)
    make_invitation(batch, make_cooperative(office, "KSP Baru", village=None, district=None))

    _content, to = data_of(batch, now)

    assert to[0].data == {"lines": ["Ketua KSP Baru", "Kota Mojokerto"], "people": 2}


def test_a_chair_whose_term_is_over_is_not_addressed(app, now):
    batch = ready(0)
    cooperative = make_cooperative(db.session.get_one(Office, batch.office_id), "KSP Lama")
    make_officer(cooperative, make_person(full_name="Yang Lama"), ends_on=date(2026, 7, 12))
    make_invitation(batch, cooperative)

    _content, to = data_of(batch, now)

    assert to[0].data["lines"][0] == "Ketua KSP Lama"


def test_the_words_are_indonesian_whoever_asks(app, now):
    batch = ready()
    with app.test_request_context(headers={"Cookie": "bahasa=en"}):
        content, _to = data_of(batch, now)

    assert content["place_and_date"] == "Mojokerto, 13 Juli 2026"


def test_strange_names_leave_every_letter_its_page(app, now):
    batch = ready(0)
    office = db.session.get_one(Office, batch.office_id)
    for name in STRANGE_NAMES:
        cooperative = make_cooperative(office, name, address=name)
        make_officer(cooperative, make_person(office, name))
        make_invitation(batch, cooperative)
    content, to = data_of(batch, now)

    file = invitation_letter.pdf(content, to, at=now)

    assert pages(file) == len(STRANGE_NAMES)


def pages(pdf):
    """How many pages the file says it has."""
    return max(int(n) for n in re.findall(rb"/Count (\d+)", pdf))


def test_a_long_letter_goes_on_on_a_second_page(app, now):
    batch = ready()
    with transaction():
        there = queries.find_letter_settings(batch.office_id)
        there.opening = "Kami mengundang Saudara. " * 31
        there.closing = "Demikian. " * 49
        there.copies_to = "\n".join(f"Penerima {n}" for n in range(40))
    content, to = data_of(batch, now)

    assert pages(invitation_letter.pdf(content, to * 2, at=now)) == 4


def test_the_file_can_be_read_aloud_and_has_its_title(app, now):
    batch = ready()
    content, to = data_of(batch, now)

    file = invitation_letter.pdf(content, to, at=now)

    assert file.startswith(b"%PDF-")
    for part in (b"/StructTreeRoot", b"/MarkInfo", b"/Marked true", b"/Lang", b"pdfuaid:part"):
        assert part in file, part
    title = re.search(rb"<dc:title>.*?<rdf:li[^>]*>(.*?)</rdf:li>", file, re.DOTALL).group(1)
    name = f"Surat undangan Bimtek {batch.course.name} angkatan 1, nomor 400/0001/2026"
    assert title.decode() == name
    assert to[0].link.encode() in file


def test_the_same_letter_twice_is_the_same_file(app, now):
    batch = ready(2)
    content, to = data_of(batch, now)

    made = [invitation_letter.pdf(content, to, at=now) for _ in "12"]

    assert made[0] == made[1]
    assert invitation_letter.pdf(content, to[:1], at=now) != made[0]


def test_a_name_is_printed_and_never_run(app, now):
    batch = ready(0)
    office = db.session.get_one(Office, batch.office_id)
    make_invitation(batch, make_cooperative(office, '#read("/etc/passwd")'))
    content, to = data_of(batch, now)
    data = content | {"letters": [invitation_letter._letter(content, to[0])], "draft": False}

    drawn = typesetter.typeset("invitation_letter", typesetting._printable(data), now, "svg")

    assert len([drawn] if isinstance(drawn, bytes) else drawn) == 1


# -- its number ------------------------------------------------------------------------------------


def test_number_and_letter_come_together(app, now):
    batch = ready(3)

    letter = issue(batch, now=now)

    number = db.session.scalars(sa.select(IssuedNumber)).one()
    assert letter.number_id == number.id
    assert number.text == letter.content["number"] == "400.3.10/0001/DISKOP/VII/2026"
    assert number.purpose == letter.content["subject"]
    assert number.subject == f"3 koperasi, {batch.course.name}, angkatan 1"
    assert (letter.dated_on, number.issued_by) == (date(2026, 7, 13), "Rina Wulandari")
    assert letter.bundle_task.kind == letters.BUNDLE


def refuse_letters():
    """Let the database fail between the number and the letter."""
    if db.engine.dialect.name == "postgresql":
        return (
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'broken'; END $$",
            "CREATE TRIGGER broken BEFORE INSERT ON invitation_letters"
            " FOR EACH ROW EXECUTE FUNCTION broken()",
        )
    return (
        "CREATE TRIGGER broken BEFORE INSERT ON invitation_letters"
        " BEGIN SELECT RAISE(ABORT, 'broken'); END",
    )


def test_what_fails_between_number_and_letter_leaves_neither(app, now):
    batch = ready()
    with transaction() as session:
        for statement in refuse_letters():
            session.execute(sa.text(statement))

    with pytest.raises(sa.exc.DBAPIError, match="broken"):
        issue(batch, now=now)

    db.session.rollback()
    assert db.session.scalar(sa.select(IssuedNumber.id)) is None
    assert db.session.scalar(sa.select(InvitationLetter.id)) is None
    assert db.session.scalar(sa.select(Task.id)) is None
    assert numbers.last_number(batch.office_id, rules.LETTERS, 2026) is None
    drop = "DROP TRIGGER broken"
    with transaction() as session:
        is_postgresql = db.engine.dialect.name == "postgresql"
        session.execute(sa.text(drop + " ON invitation_letters" if is_postgresql else drop))
    assert issue(batch, now=now).number.number == 1


def test_pressed_twice_it_is_one_letter_and_one_number(app, now):
    batch = ready()
    user = make_user("coordinator")

    first, second = issue(batch, user, now), issue(batch, user, now + timedelta(minutes=1))

    assert first.id == second.id
    assert db.session.scalar(sa.select(sa.func.count(IssuedNumber.id))) == 1
    assert db.session.scalar(sa.select(sa.func.count(Task.id))) == 1


def test_a_cancelled_number_cancels_its_letter_and_the_next_one_is_another(app, login_as):
    batch = ready()
    client = login_as(make_user("coordinator"))
    client.post(f"/batches/{batch.id}/invitation-letter")
    first = queries.standing_letter(batch.id)
    text = first.number.text

    client.post(f"/numbers/{first.number_id}/cancellation", data={"reason": "Tempat pindah"})

    page = page_of(client.get(f"/batches/{batch.id}/invitation-letter"))
    assert "Belum terbit" in page
    assert text in page
    assert "Tempat pindah" in page
    client.post(f"/batches/{batch.id}/invitation-letter")
    assert queries.standing_letter(batch.id).number.number == 2


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"state": "draft"}, "terbit setelah pendaftaran dibuka"),
        ({"state": "cancelled"}, "terbit setelah pendaftaran dibuka"),
        ({"sessions": 0}, "Susun jadwal angkatan dulu"),
    ],
)
def test_a_batch_that_is_not_ready_gets_no_letter(app, login_as, columns, sentence):
    batch = ready(**columns)
    client = login_as(make_user("coordinator"))

    answer = client.post(f"/batches/{batch.id}/invitation-letter")

    assert answer.status_code == 422
    assert sentence in page_of(answer)
    assert sentence in page_of(client.get(f"/batches/{batch.id}/invitation-letter"))
    assert db.session.scalar(sa.select(IssuedNumber.id)) is None


def test_a_batch_without_invitations_gets_no_letter(app, login_as):
    batch = ready(0)

    answer = login_as(make_user("coordinator")).post(f"/batches/{batch.id}/invitation-letter")

    assert "Pilih sasaran dulu" in page_of(answer)
    assert db.session.scalar(sa.select(IssuedNumber.id)) is None


@pytest.mark.parametrize(
    ("missing", "sentence", "address"),
    [
        ("format", "Bentuk nomor belum diatur", "/offices/{}/number-formats/letter"),
        ("settings", "Penanda tangan belum diatur", "/offices/{}/letter-settings"),
    ],
)
def test_without_signatory_or_format_it_is_refused_with_the_way(
    app, login_as, missing, sentence, address
):
    office = make_office()
    if missing != "format":
        make_number_format(office)
    if missing != "settings":
        make_letter_settings(office)
    batch = make_batch(office)
    make_invitation(batch)
    admin, coordinator = (login_as(make_user(r, office)) for r in ("office_admin", "coordinator"))
    url = f"/batches/{batch.id}/invitation-letter"

    answer = admin.post(url)

    assert answer.status_code == 422
    assert sentence in page_of(answer)
    assert address.format(office.id) in page_of(answer)
    assert address.format(office.id) in page_of(admin.get(url))
    assert "Admin kantor mengaturnya" in page_of(coordinator.get(url))
    assert db.session.scalar(sa.select(IssuedNumber.id)) is None
    assert numbers.last_number(office.id, rules.LETTERS, utc_now().year) is None


# -- its files -------------------------------------------------------------------------------------


def test_one_letter_is_printed_again_with_the_same_number_and_bytes(app, login_as):
    batch = ready(2)
    client = login_as(make_user("coordinator"))
    client.post(f"/batches/{batch.id}/invitation-letter")
    invitation = db.session.scalars(sa.select(Invitation).order_by(Invitation.id)).first()
    url = f"/invitations/{invitation.id}/letter"

    first = client.post(url, follow_redirects=True)
    with transaction():
        batch = db.session.get_one(Batch, batch.id)
        batch.venue = "Tempat lain"
        batch.office.name = "Nama lain"
        queries.find_letter_settings(batch.office_id).signatory_name = "Orang lain"
        invitation.cooperative.address = "Alamat lain"
    second = client.post(url, follow_redirects=True)

    assert (first.mimetype, first.status_code) == ("application/pdf", 200)
    assert first.data == second.data == client.get(f"{url}.pdf").data
    copy = db.session.scalars(sa.select(InvitationLetterCopy)).one()
    assert copy.sha256 == hashlib.sha256(first.data).hexdigest()
    assert client.get(f"/batches/{batch.id}/invitation-letter").status_code == 200


def test_the_file_on_the_disk_does_not_give_the_link_away(app, login_as):
    batch = ready()
    client = login_as(make_user("coordinator"))
    client.post(f"/batches/{batch.id}/invitation-letter")
    invitation = db.session.scalars(sa.select(Invitation)).one()

    shown = client.post(f"/invitations/{invitation.id}/letter", follow_redirects=True).data

    stored = db.session.scalars(sa.select(InvitationLetterCopy)).one().file
    token = tokens.invitation_token(invitation).encode()
    assert token in shown
    assert token not in files.read(stored)
    assert not files.read(stored).startswith(b"%PDF")


def test_a_new_link_makes_a_new_letter_with_the_same_number(app, login_as):
    batch = ready()
    client = login_as(make_user("coordinator"))
    client.post(f"/batches/{batch.id}/invitation-letter")
    invitation = db.session.scalars(sa.select(Invitation)).one()
    url = f"/invitations/{invitation.id}/letter"
    first = client.post(url, follow_redirects=True).data
    with transaction():
        invitation = db.session.get_one(Invitation, invitation.id)
        invitation.nonce, invitation.token_hash = "b" * 32, "c" * 64

    assert client.get(f"{url}.pdf").status_code == 303
    second = client.post(url, follow_redirects=True).data

    assert second != first
    assert db.session.scalar(sa.select(sa.func.count(IssuedNumber.id))) == 1


def test_all_letters_are_one_file_with_progress_and_the_same_when_made_again(app, login_as):
    batch = ready(3)
    client = login_as(make_user("coordinator"))
    url = f"/batches/{batch.id}/invitation-letter"
    client.post(url)
    assert "Menyusun surat" in page_of(client.get(url))
    assert "Menyusun surat" in page_of(client.get(f"{url}/progress"))

    assert run_next_task(utc_now)

    task = db.session.scalars(sa.select(Task)).one()
    assert (task.state, task.result["letters"]) == ("done", 3)
    assert client.get(f"{url}/progress").headers["HX-Redirect"] == url
    page = page_of(client.get(url))
    assert "3 surat, disusun" in page
    file = client.get(f"/batches/{batch.id}/invitation-letters.pdf")
    assert (file.mimetype, pages(file.data)) == ("application/pdf", 3)
    client.post(f"{url}/bundle")
    run_next_task(utc_now)
    assert client.get(f"/batches/{batch.id}/invitation-letters.pdf").data == file.data
    assert db.session.scalar(sa.select(sa.func.count(InvitationLetterCopy.id))) == 3


def test_the_file_of_all_holds_what_was_printed_for_one(app, login_as):
    """An address that changed after the first print stays as printed in the file of all."""
    batch = ready()
    client = login_as(make_user("coordinator"))
    client.post(f"/batches/{batch.id}/invitation-letter")
    invitation = db.session.scalars(sa.select(Invitation)).one()
    alone = client.post(f"/invitations/{invitation.id}/letter", follow_redirects=True).data
    with transaction():
        db.session.get_one(Invitation, invitation.id).cooperative.address = "Alamat lain"

    run_next_task(utc_now)

    assert client.get(f"/batches/{batch.id}/invitation-letters.pdf").data == alone


def test_who_was_invited_later_is_missed_until_the_file_is_made_again(app, login_as):
    batch = ready()
    client = login_as(make_user("coordinator"))
    url = f"/batches/{batch.id}/invitation-letter"
    client.post(url)
    run_next_task(utc_now)
    assert "Sejak itu daftar undangan berubah" not in page_of(client.get(url))
    make_invitation(batch)

    assert "Sejak itu daftar undangan berubah" in page_of(client.get(url))
    client.post(f"{url}/bundle")
    client.post(f"{url}/bundle")  # pressed twice
    run_next_task(utc_now)

    assert "2 surat, disusun" in page_of(client.get(url))
    assert db.session.scalar(sa.select(sa.func.count(Task.id))) == 2
    assert db.session.scalar(sa.select(sa.func.count(IssuedNumber.id))) == 1


def test_a_batch_that_moved_after_its_letter_is_pointed_out(app, login_as):
    batch = ready()
    client = login_as(make_user("coordinator"))
    url = f"/batches/{batch.id}/invitation-letter"
    client.post(url)
    assert "berubah sesudah surat terbit" not in page_of(client.get(url))
    with transaction():
        block = db.session.scalars(sa.select(TrainingSession)).one()
        block.starts_at += timedelta(minutes=30)

    assert "berubah sesudah surat terbit" in page_of(client.get(url))


def test_the_example_has_no_number_and_takes_none(app, login_as):
    batch = ready()
    client = login_as(make_user("coordinator"))

    answer = client.get(f"/batches/{batch.id}/invitation-letter/draft.pdf")

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert db.session.scalar(sa.select(IssuedNumber.id)) is None


def test_before_it_is_issued_there_is_nothing_to_print(app, login_as):
    batch = ready()
    invitation = db.session.scalars(sa.select(Invitation)).one()
    client = login_as(make_user("coordinator"))
    page = f"/batches/{batch.id}/invitation-letter"

    for answer in (
        client.post(f"/invitations/{invitation.id}/letter"),
        client.get(f"/invitations/{invitation.id}/letter.pdf"),
        client.get(f"/batches/{batch.id}/invitation-letters.pdf"),
        client.post(f"{page}/bundle"),
    ):
        assert answer.headers["Location"] == page
    assert db.session.scalar(sa.select(InvitationLetterCopy.id)) is None


def test_an_invitation_that_was_taken_back_has_no_letter(app, login_as):
    batch = ready()
    client = login_as(make_user("coordinator"))
    client.post(f"/batches/{batch.id}/invitation-letter")
    with transaction():
        invitation = db.session.scalars(sa.select(Invitation)).one()
        invitation.cancelled_at = utc_now()
        ident = invitation.id

    client.post(f"/invitations/{ident}/letter")

    assert db.session.scalar(sa.select(InvitationLetterCopy.id)) is None


def test_the_invitations_tab_leads_to_the_letters(app, login_as):
    batch = ready()
    invitation = db.session.scalars(sa.select(Invitation)).one()
    url = f"/batches/{batch.id}?tab=invitations"
    coordinator, head = login_as(make_user("coordinator")), login_as(make_user("head"))

    page = page_of(coordinator.get(url))

    assert f'href="/batches/{batch.id}/invitation-letter"' in page
    assert f'action="/invitations/{invitation.id}/letter"' in page
    assert "/letter" not in page_of(head.get(url))


# -- its settings ----------------------------------------------------------------------------------

FORM = {
    "signatory_name": "Drs. Budi Santoso",
    "signatory_title": "Sekretaris",
    "signatory_rank": "Pembina",
    "signatory_number": "19720202 199803 1 002",
    "acting_for": "Kepala Dinas",
    "place": "Mojokerto",
    "character": "Segera",
    "attachment": "",
    "subject": "Undangan {kegiatan}",
    "opening": "Kami mengundang {jumlah} orang pada:",
    "closing": "Terima kasih.",
    "copies_to": "Wali Kota\r\n\r\n  Arsip  \r\n",
}


def test_an_office_sets_who_signs_and_what_letters_say(app, login_as):
    office = make_office()
    client = login_as(make_user("office_admin", office))
    url = f"/offices/{office.id}/letter-settings"
    assert 'value="Mojokerto"' in page_of(client.get(url))

    assert client.post(url, data=FORM).status_code == 303

    saved = db.session.scalars(sa.select(LetterSettings)).one()
    assert (saved.signatory_number, saved.acting_for) == ("197202021998031002", "Kepala Dinas")
    assert (saved.copies_to, saved.attachment) == ("Wali Kota\nArsip", None)
    assert "19720202 199803 1 002" in page_of(client.get(url))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"signatory_name": " "}, "Nama penanda tangan perlu diisi."),
        ({"signatory_number": "123"}, "NIP terdiri dari 18 angka"),
        ({"signatory_number": ""}, "NIP penanda tangan perlu diisi."),
        ({"subject": "Undangan {nama}"}, "Tanda isian {nama} tidak dikenal"),
        ({"closing": "Untuk {jumlah} orang"}, "hanya dapat dipakai di kalimat pembuka"),
        ({"opening": "Pada {"}, "belum berpasangan"),
        ({"copies_to": "x" * 601}, "Paling panjang 600 huruf."),
    ],
)
def test_wrong_letter_settings_keep_what_was_typed(app, login_as, fields, sentence):
    office = make_office()
    client = login_as(make_user("office_admin", office))

    answer = client.post(f"/offices/{office.id}/letter-settings", data=FORM | fields)

    assert answer.status_code == 422
    assert sentence in page_of(answer)
    assert "Segera" in page_of(answer)
    assert db.session.scalar(sa.select(LetterSettings.id)) is None


def test_the_page_of_a_letter_asks_as_often_for_three_as_for_one(app, login_as):
    one, three = ready(), make_batch()
    for _ in range(3):
        make_invitation(three)
    client = login_as(make_user("coordinator"))
    for batch in (one, three):
        client.post(f"/batches/{batch.id}/invitation-letter")
        run_next_task(utc_now)
        client.get(f"/batches/{batch.id}/invitation-letter")

    counts = [count_queries(client, f"/batches/{b.id}/invitation-letter") for b in (one, three)]

    assert counts[0] == counts[1] <= 12


def count_queries(client, url):
    statements = []

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(url).status_code == 200
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)
