"""A pasted list: one verdict for each row, nothing stored before the press, nobody twice."""

import html
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Person
from kopdiklat.core.db import db
from kopdiklat.registration import paste, pasted, service, sources
from kopdiklat.registration.models import Registration
from tests.at_once import at_once
from tests.factories import (
    make_batch,
    make_cooperative,
    make_course,
    make_invitation,
    make_office,
    make_officer,
    make_person,
    make_registration,
    make_training_session,
    make_user,
)
from tests.registration.pages import hidden


@pytest.fixture
def client(app, login_as):
    return login_as(make_user("coordinator"))


def judge(batch, text, now, fixes=None):
    rows = pasted.read(text)
    return paste.judge(batch, pasted.mended(rows, pasted.spread(rows, fixes or {})), now)


def states(judged):
    return [(v.row.number, v.state) for v in judged.verdicts]


def sentences(verdict):
    return {key: str(refusal) for key, refusal in verdict.errors.items()}


HEAD = "Koperasi;Nama;Jabatan;HP\n"


def test_each_row_has_one_verdict(app, now):
    batch = make_batch(seats=9, people_per_cooperative=3)
    maju, dua = make_cooperative(name="KSP Maju"), make_cooperative(name="KSU Dua")
    make_officer(maju, make_person(full_name="Siti Aminah"))
    there = make_person(full_name="Budi Santoso")
    make_officer(maju, there)
    seat = make_registration(batch, maju, there)

    judged = judge(
        batch,
        HEAD + "KSP Maju;Siti Aminah;Ketua;\n"
        "KSP Maju;Budi Santoso;;\n"
        "ksp maju;SITI AMINAH;;\n"
        "KSU Dua;Yoga Pratama;Manajer;0812 3456 7890\n"
        "KSU Tiga;Endang;;\n"
        "KSU Dua;;Ketua;081234567891\n",
        now,
    )

    assert states(judged) == [
        (2, "ready"),
        (3, "there"),
        (4, "double"),
        (5, "ready"),
        (6, "wrong"),
        (7, "wrong"),
    ]
    siti, budi, again, yoga, endang, nobody = judged.verdicts
    assert (siti.person.full_name, siti.cooperative.id) == ("Siti Aminah", maju.id)
    assert budi.registration.number == seat.number
    assert again.double_of == 2
    assert (yoga.person, yoga.cooperative.id, yoga.phone) == (None, dua.id, "+6281234567890")
    with app.test_request_context():
        assert sentences(endang) == {"cooperative": paste.UNKNOWN}
        assert sentences(nobody) == {"name": paste.NEEDED}
    assert sum(len(judged.of(s)) for s in ("ready", "there", "double", "wrong", "skipped")) == 6


def test_a_name_that_may_be_several_is_asked_about_and_a_number_is_certain(app, now):
    batch = make_batch(seats=9)
    one = make_cooperative(name="Koperasi Wanita Melati Jaya")
    other = make_cooperative(name="Koperasi Wanita Melati Indah")
    text = HEAD + f"Melati;Siti;;\n{one.cooperative_number};Budi;;\nMelati;Yoga;;\n"

    judged = judge(batch, text, now)
    mended = judge(batch, text, now, {2: {"cooperative": f"#{other.id}"}})

    assert {c.id for c in judged.verdicts[0].candidates} == {one.id, other.id}
    assert [v.state for v in judged.verdicts] == ["wrong", "ready", "wrong"]
    assert [v.cooperative.id for v in mended.verdicts] == [other.id, one.id, other.id]


def test_a_cooperative_of_another_office_is_unknown_even_by_its_number_here(app, now):
    batch = make_batch(seats=9)
    stranger = make_cooperative(make_office("3517", "Dinas Jombang"), name="KSP Jombang")

    judged = judge(batch, HEAD + f"KSP Jombang;Siti;;\n#{stranger.id};Budi;;\n", now)

    assert [(v.state, v.candidates) for v in judged.verdicts] == [("wrong", []), ("wrong", [])]


@pytest.mark.parametrize(
    ("cells", "key", "sentence"),
    [
        ("=HYPERLINK(1);Ketua;", "name", "Isi berupa rumus. Tulis isinya sebagai teks biasa."),
        ("@Siti;Ketua;", "name", "Isi berupa rumus. Tulis isinya sebagai teks biasa."),
        ("🌸🌸;Ketua;", "name", paste.LETTERS),
        ("Siti;Juru masak;", "position", paste.BAD_POSITION),
        ("Siti;Ketua;0812", "phone", paste.BAD_PHONE),
        ("Siti;Ketua;8,12E+11", "phone", paste.BAD_PHONE),
        (f"{'S' * 121};Ketua;", "name", "Isi terlalu panjang. Paling banyak 120 huruf."),
    ],
)
def test_a_cell_that_cannot_be_is_answered_by_a_sentence(app, now, cells, key, sentence):
    batch = make_batch(seats=9)
    make_cooperative(name="KSP Maju")

    (verdict,) = judge(batch, HEAD + f"KSP Maju;{cells}", now).verdicts

    with app.test_request_context():
        assert (verdict.state, sentences(verdict)) == ("wrong", {key: sentence})


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("81234567890", "+6281234567890"),
        ("'081234567890", "+6281234567890"),
        ("-", None),
        ("", None),
    ],
)
def test_a_phone_is_cleaned_and_may_be_missing(app, now, phone, kept):
    batch = make_batch(seats=9)
    make_cooperative(name="KSP Maju")

    (verdict,) = judge(batch, HEAD + f"KSP Maju;Siti 🌸;ketua;{phone}", now).verdicts

    assert (verdict.state, verdict.phone, verdict.name) == ("ready", kept, "Siti 🌸")


def test_more_than_a_cooperative_may_send_are_too_many_in_the_order_of_the_list(app, now):
    batch = make_batch(seats=9, people_per_cooperative=1)
    maju = make_cooperative(name="KSP Maju")
    make_cooperative(name="KSU Dua")
    make_invitation(batch, maju, people=2)
    make_registration(batch, maju)

    judged = judge(
        batch, HEAD + "KSP Maju;Siti;;\nKSP Maju;Budi;;\nKSU Dua;Yoga;;\nKSU Dua;Endang;;\n", now
    )

    assert states(judged) == [(2, "ready"), (3, "wrong"), (4, "ready"), (5, "wrong")]
    with app.test_request_context():
        assert sentences(judged.verdicts[1]) == {
            "name": "Melebihi batas 2 orang untuk koperasi ini."
        }
    skipped = judge(batch, HEAD + "KSP Maju;Siti;;\nKSP Maju;Budi;;", now, {2: {"skip": "1"}})
    assert states(skipped) == [(2, "skipped"), (3, "ready")]


def test_seats_and_places_go_in_the_order_of_the_list(app, now):
    batch = make_batch(seats=2, waiting_places=1)
    for name in ("KSP Satu", "KSP Dua", "KSP Tiga", "KSP Empat"):
        make_cooperative(name=name)

    judged = judge(
        batch,
        HEAD + "KSP Satu;A;;\nKSP Dua;B;;\nKSP Dua;C;;\nKSP Tiga;D;;\nKSP Empat;E;;\n",
        now,
    )

    # Two of one cooperative do not fit whole, nor wait whole; who comes after them does.
    assert [(v.row["name"], v.seat) for v in judged.verdicts] == [
        ("A", "seat"), ("B", ""), ("C", ""), ("D", "seat"), ("E", "queue"),
    ]  # fmt: skip


def test_a_citizen_number_is_asked_for_where_the_programme_needs_it(app, now):
    batch = make_batch(seats=9, course=make_course(needs_citizen_number=True))
    make_cooperative(name="KSP Maju")
    head = "Koperasi;Nama;NIK\n"

    judged = judge(batch, head + "KSP Maju;Siti;3576014508900001\nKSP Maju;Budi;\n", now)

    assert [v.state for v in judged.verdicts] == ["ready", "wrong"]
    assert list(judged.verdicts[1].errors) == ["citizen_number"]


def test_the_list_and_the_link_at_once_register_nobody_twice(app, now):
    batch, maju = make_batch(seats=9), make_cooperative(name="KSP Maju")
    batch_id, maju_id = batch.id, maju.id
    (verdict,) = judge(batch, HEAD + "KSP Maju;Siti Aminah;ketua;081234567890", now).verdicts
    someone = verdict.participant

    def send(by):
        def register():
            made = service.register_team(
                batch_id, maju_id, [someone], team=service.new_team(), by=by, now=now,
                accept_waiting=True, by_staff=by == "Rina",
            )  # fmt: skip
            if by == "Rina":
                sources.note(made, "list", by=by, now=now)

        return register

    assert at_once(app, send("Rina"), send("KSP Maju")) == [None, None]

    assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 1
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 1


# -- the page --------------------------------------------------------------------------------------


def open_batch(**columns):
    now = datetime.now(UTC)
    columns = {"seats": 5, "registration_closes_at": now + timedelta(days=2)} | columns
    batch = make_batch(sessions=0, registration_opens_at=now - timedelta(days=1), **columns)
    make_training_session(batch, starts_at=now + timedelta(days=9))
    return batch


def send(client, batch, page=None, **data):
    """Send the page's form with its hidden fields."""
    address = f"/batches/{batch.id}/registrations/list"
    page = page or client.get(address).get_data(as_text=True)
    answer = client.post(address, data=dict(hidden(page)) | data)
    return answer, html.unescape(answer.get_data(as_text=True))


def registered():
    db.session.rollback()
    found = sa.select(Registration).order_by(Registration.id)
    return [(r.person.full_name, r.state) for r in db.session.scalars(found)]


LIST = "Koperasi\tNama\tJabatan\tHP\nKSP Maju\tSiti\tKetua\t081234567890\nKSU Dua\tYoga\t\t\n"


def test_nothing_is_stored_until_the_press_and_a_second_one_changes_nothing(client):
    batch = open_batch(seats=1)
    make_cooperative(name="KSP Maju"), make_cooperative(name="KSU Dua")

    _answer, checked = send(client, batch, text=LIST)
    before = registered()
    answer, _page = send(client, batch, checked, text=LIST, do="register")
    first = registered()
    send(client, batch, checked, text=LIST, do="register")

    assert before == []
    assert "Daftarkan 2 orang" in checked
    assert answer.location == f"/batches/{batch.id}"
    assert registered() == first == [("Siti", "confirmed"), ("Yoga", "waitlisted")]
    events = db.session.scalars(sa.select(Registration)).first().events
    assert [(e.action, e.reason) for e in events] == [
        ("confirm", "Kursi masih ada"),
        ("source", "Dari daftar yang ditempel"),
    ]


def test_what_is_wrong_is_mended_beside_its_row_and_the_others_do_not_wait_for_it(client):
    batch = open_batch()
    make_cooperative(name="KSP Maju")
    dua = make_cooperative(name="Koperasi Dua Saudara")
    text = LIST.replace("KSU Dua", "Dua Saudara") + "KSP Maju\tBudi\tJuru masak\t08\n"

    _answer, checked = send(client, batch, text=text)
    _answer, partly = send(client, batch, checked, text=text, do="register")
    some = registered()
    mend = {
        "fix-3-cooperative": f"#{dua.id}",
        "fix-4-position": "member",
        "fix-4-phone": "081298765432",
        "fix-4-name": "Budi",
    }
    answer, _page = send(client, batch, partly, text=text, do="register", **mend)

    assert paste.WHICH in checked
    assert "Tertulis: Juru masak." in checked
    assert some == [("Siti", "confirmed")]
    assert "baru terdaftar, nomor D-0001" in partly
    assert answer.status_code == 303
    assert registered() == [("Siti", "confirmed"), ("Yoga", "confirmed"), ("Budi", "confirmed")]


def test_one_team_that_fails_is_listed_and_stops_no_other(client):
    """One citizen number under two names: which is wrong shows when the first is on file."""
    batch = open_batch(course=make_course(needs_citizen_number=True))
    for name in ("KSP Maju", "KSU Dua", "KSU Tiga"):
        make_cooperative(name=name)
    text = (
        "Koperasi\tNama\tNIK\nKSP Maju\tSiti\t3576014508900001\n"
        "KSU Dua\tBudi\t3576014508900001\nKSU Tiga\tYoga\t3576014508900002\n"
    )

    _answer, checked = send(client, batch, text=text)
    answer, page = send(client, batch, checked, text=text, do="register")

    assert "Daftarkan 3 orang" in checked
    assert answer.status_code == 200
    assert "1 orang gagal didaftarkan." in page
    assert "NIK ini sudah tercatat atas nama orang lain. Periksa kembali di KTP." in page
    assert [name for name, _state in registered()] == ["Siti", "Yoga"]


def test_the_number_of_somebody_else_is_found_in_a_later_row_of_a_cooperative_too(app, now):
    batch = make_batch(seats=9, course=make_course(needs_citizen_number=True))
    make_cooperative(name="KSP Maju")
    number = "3576014508900001"
    make_person(full_name="Rahma", citizen_number=number)

    judged = judge(
        batch, f"Koperasi;Nama;NIK\nKSP Maju;Siti;3576014508900002\nKSP Maju;Budi;{number}\n", now
    )

    assert [sorted(v.errors) for v in judged.verdicts] == [[], ["citizen_number"]]


@pytest.mark.parametrize(
    ("first", "second", "double"),
    [
        ("0812 3456 7890", "", True),
        ("", "081234567890", True),
        ("081234567890", "081234567891", False),
    ],
)
def test_one_name_with_two_phones_is_two_people(app, now, first, second, double):
    batch = make_batch(seats=9)
    make_cooperative(name="KSP Maju")

    judged = judge(batch, HEAD + f"KSP Maju;Siti;;{first}\nKSP Maju;SITI;;{second}\n", now)

    assert judged.verdicts[1].state == ("double" if double else "ready")


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        ("Koperasi;Nama;HP\nKSP Maju;Siti Nuraïni;081234567890\n".encode("cp1252"), "daftar.csv"),
        ("Koperasi;Nama;HP\nKSP Maju;Siti Nuraïni;081234567890\n".encode("utf-16"), "daftar.csv"),
    ],
)
def test_a_file_becomes_the_text_of_the_form(client, content, filename):
    batch = open_batch()
    make_cooperative(name="KSP Maju")

    _answer, page = send(client, batch, text="", file=(io.BytesIO(content), filename))

    assert "KSP Maju\tSiti Nuraïni" in page
    assert "Daftarkan 1 orang" in page
    assert registered() == []


def test_a_worksheet_of_excel_is_read(client):
    import xlsxwriter

    batch, sheet = open_batch(), io.BytesIO()
    make_cooperative(name="KSP Maju")
    book = xlsxwriter.Workbook(sheet)
    page = book.add_worksheet()
    for n, row in enumerate(
        [
            ["Daftar peserta"],
            ["Nama", "Asal Koperasi", "No. HP/WA"],
            ["Siti", "KSP Maju", 81234567890],
        ]
    ):
        page.write_row(n, 0, row)
    book.close()
    sheet.seek(0)

    _answer, shown = send(client, batch, text="", file=(sheet, "formulir.xlsx"))

    assert "0812-3456-7890" in shown


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": " "}, "Belum ada nama yang terbaca. Satu baris untuk satu orang."),
        ({"text": "KSP Maju\n\n"}, "Belum ada nama yang terbaca."),
        ({"text": "Siti, ketua, 0812", "file": (b"PK\x03\x04rusak", "a.xlsx")}, "rusak"),
        ({"text": "", "file": (b"Judul;Lain\n1;2\n", "a.csv")}, "Judul kolom"),
    ],
)
def test_a_bad_list_gets_a_sentence_and_keeps_the_text(client, data, words):
    batch = open_batch()
    if "file" in data:
        data = data | {"file": (io.BytesIO(data["file"][0]), data["file"][1])}

    answer, page = send(client, batch, **data)

    assert answer.status_code == 422
    assert words in page
    assert data["text"].strip() in page


def test_a_cancelled_batch_takes_no_list(client):
    batch = open_batch(state="cancelled")

    answer, page = send(client, batch, text=LIST)

    assert answer.status_code == 422
    assert "Angkatan ini dibatalkan; peserta tidak dapat ditambah." in page


def test_five_hundred_rows_are_counted_once_each_and_fit_into_the_form(client):
    batch = open_batch(seats=400, people_per_cooperative=500)
    make_cooperative(name="KSP Besar")
    rows = "".join(f"KSP Besar\tOrang {n}\tAnggota\t0812{n:08d}\n" for n in range(500))

    _answer, page = send(client, batch, text="Koperasi\tNama\tJabatan\tHP\n" + rows)

    figures = re.search(r"(\d+) siap, (\d+) perlu diperbaiki", page)
    assert "500 orang dibaca" in page
    assert figures.groups() == ("500", "0")


def test_another_office_pastes_nothing_here(app, login_as):
    batch = open_batch()
    stranger = login_as(make_user("coordinator", make_office("3517", "Dinas Jombang")))

    assert stranger.get(f"/batches/{batch.id}/registrations/list").status_code == 404
