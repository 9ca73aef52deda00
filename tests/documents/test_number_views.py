"""The register of numbers and the settings of how they are written."""

import io
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from kopdiklat.core import clock
from kopdiklat.core.db import db, transaction
from kopdiklat.core.numbers import IssuedNumber, Use
from kopdiklat.documents import numbering, rules
from kopdiklat.documents.models import NumberFormat
from kopdiklat.documents.rules import NumberShape
from tests.factories import make_issued_number, make_number_format, make_office, make_user

SHAPE = NumberShape(rules.DEFAULT_PATTERN, "400.3.10", "DISKOP", 4)
FORM = {
    "pattern": rules.DEFAULT_PATTERN,
    "classification": "400.3.10",
    "unit": "DISKOP",
    "digits": "4",
    "last_used": "122",
}


@pytest.fixture(autouse=True)
def _forms_without_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def this_month():
    today = clock.local_day(datetime.now(UTC), "WIB")
    return f"{rules.roman_month(today.month)}/{today.year}"


def page_of(answer):
    """The page, without the places where a number may break."""
    return answer.get_data(as_text=True).replace("<wbr>", "")


def test_the_next_number_is_shown_before_anything_is_saved(app, login_as):
    office = make_office()
    client = login_as(make_user("office_admin", office))
    url = f"/offices/{office.id}/number-formats/letter"

    answer = client.post(url, data=FORM | {"preview": "1"})

    assert answer.status_code == 200
    assert f"400.3.10/0123/DISKOP/{this_month()}" in page_of(answer)
    assert "belum disimpan" in page_of(answer)
    assert db.session.scalar(sa.select(NumberFormat.id)) is None


def test_an_office_sets_how_its_numbers_are_written_and_takes_one(app, login_as):
    office = make_office()
    admin = login_as(make_user("office_admin", office))
    assert admin.post(f"/offices/{office.id}/number-formats/letter", data=FORM).status_code == 303
    coordinator = login_as(make_user("coordinator", office, name="Rina"))

    answer = coordinator.post(
        "/numbers/new", data={"series": "letter", "purpose": "Narasumber", "subject": "Dekopinda"}
    )

    issued = db.session.scalars(sa.select(IssuedNumber)).one()
    assert answer.headers["Location"] == "/numbers"
    assert (issued.number, issued.text) == (123, f"400.3.10/0123/DISKOP/{this_month()}")
    assert (issued.purpose, issued.subject, issued.issued_by) == ("Narasumber", "Dekopinda", "Rina")


def test_a_series_that_has_begun_cannot_be_set_back(app, login_as):
    office = make_office()
    make_number_format(office)
    client = login_as(make_user("office_admin", office))
    client.post("/numbers/new", data={"series": "letter", "purpose": "Satu", "subject": "Semua"})

    page = page_of(client.get(f"/offices/{office.id}/number-formats/letter"))
    client.post(f"/offices/{office.id}/number-formats/letter", data=FORM | {"last_used": "0"})
    client.post("/numbers/new", data={"series": "letter", "purpose": "Dua", "subject": "Semua"})

    assert "tidak dapat dimundurkan" in page
    assert 'name="last_used"' not in page
    numbers = db.session.scalars(sa.select(IssuedNumber.number).order_by(IssuedNumber.id)).all()
    assert numbers == [1, 2]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"pattern": ""}, "Bentuk nomor perlu diisi."),
        ({"pattern": "{tahun}"}, "memuat {nomor} tepat satu kali"),
        ({"pattern": "{nomor}/{tanggal}/{tahun}"}, "Tanda isian {tanggal} tidak dikenal"),
        ({"classification": ""}, "Isi kode klasifikasi"),
        ({"digits": "0"}, "Antara 1 dan 6 angka."),
        ({"digits": ""}, "Tulis dengan angka, contoh 4."),
        ({"last_used": "-1"}, "Antara 0 dan 99999."),
        ({"unit": "D" * 31}, "Paling panjang 30 huruf."),
    ],
)
def test_a_wrong_format_keeps_what_was_typed(app, login_as, fields, sentence):
    office = make_office()
    client = login_as(make_user("office_admin", office))

    answer = client.post(f"/offices/{office.id}/number-formats/letter", data=FORM | fields)

    assert answer.status_code == 422
    assert sentence in page_of(answer)
    assert f'value="{fields.get("unit", "DISKOP")}"' in page_of(answer)
    assert db.session.scalar(sa.select(NumberFormat.id)) is None


def test_two_series_of_an_office_must_differ(app, login_as):
    office = make_office()
    make_number_format(office)
    client = login_as(make_user("office_admin", office))

    answer = client.post(f"/offices/{office.id}/number-formats/assignment", data=FORM)

    assert answer.status_code == 422
    assert "memakai bentuk yang sama" in page_of(answer)


def test_a_series_that_is_not_there_has_no_page(app, login_as):
    office = make_office()
    client = login_as(make_user("office_admin", office))

    assert client.get(f"/offices/{office.id}/number-formats/registration").status_code == 404


def test_without_a_format_no_number_is_taken_and_the_way_to_it_is_shown(app, login_as):
    office = make_office()
    admin = login_as(make_user("office_admin", office))
    coordinator = login_as(make_user("coordinator", office))

    assert f"/offices/{office.id}/number-formats/letter" in page_of(admin.get("/numbers/new"))
    assert "Admin kantor mengaturnya" in page_of(coordinator.get("/numbers/new"))
    answer = admin.post(
        "/numbers/new", data={"series": "letter", "purpose": "Satu", "subject": "Semua"}
    )
    assert answer.status_code == 422
    assert db.session.scalar(sa.select(IssuedNumber.id)) is None


def test_the_month_and_year_are_those_of_the_office(app):
    """23.30 WIB on the last day of the year is the new year in WIT."""
    moment = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    jakarta = make_office()
    jayapura = make_office("9171", "Dinas Koperasi Kota Jayapura", time_zone="WIT")
    texts = []
    for office in (jakarta, jayapura):
        make_number_format(office)
        with transaction():
            texts.append(numbering.take(office.id, "letter", Use("a", "b", "c"), now=moment).text)

    assert texts == ["400.3.10/0001/DISKOP/XII/2026", "400.3.10/0001/DISKOP/I/2027"]


def test_a_new_year_begins_at_one_again_whatever_was_used_on_paper(app, now):
    office = make_office()
    with transaction():
        numbering.save_format(office.id, "letter", SHAPE, last_used=122, now=now)
        first = numbering.take(office.id, "letter", Use("a", "b", "c"), now=now).text
        later = now.replace(year=2027)
        second = numbering.take(office.id, "letter", Use("a", "b", "c"), now=later).text

    assert first == "400.3.10/0123/DISKOP/VII/2026"
    assert second == "400.3.10/0001/DISKOP/VII/2027"


def test_the_register_is_filtered_searched_and_cut_into_pages(app, login_as):
    office = make_office()
    for n in range(26):
        make_issued_number(office, subject=f"Koperasi {n}")
    make_issued_number(office, "assignment", purpose="Surat tugas pendamping")
    make_issued_number(office, year=2025, purpose="Undangan lama")
    client = login_as(make_user("head", office))

    def found(query):
        page = page_of(client.get(f"/numbers?{query}"))
        return page, page.count('<th scope="row"')

    assert found("")[1] == 25
    assert found("page=2")[1] == 3
    assert found("series=assignment")[1] == 1
    assert found("year=2025")[1] == 1
    assert "Undangan lama" in found("year=2025")[0]
    assert found("q=koperasi+25")[1] == 1
    assert found("q=0026/2026")[1] == 1
    assert "Tidak ada nomor yang cocok" in found("q=zzz")[0]
    assert found("year=x&series=x&page=x")[1] == 25


def test_a_number_is_cancelled_with_a_reason_only(app, login_as):
    office = make_office()
    issued = make_issued_number(office)
    client = login_as(make_user("coordinator", office, name="Rina"))
    url = f"/numbers/{issued.id}/cancellation"

    client.post(url, data={"reason": "  "})
    assert "Tulis alasan pembatalan" in page_of(client.get("/numbers"))
    client.post(url, data={"reason": "Salah  hari"})

    page = page_of(client.get("/numbers"))
    assert "Salah hari" in page
    assert f'action="{url}"' not in page
    kept = db.session.get_one(IssuedNumber, issued.id)
    assert (kept.cancelled_by, kept.cancelled_reason) == ("Rina", "Salah hari")


def test_the_export_holds_what_the_filters_leave(app, login_as):
    office = make_office()
    make_issued_number(office, subject="=SUM(A1)")
    make_issued_number(office, year=2025)
    client = login_as(make_user("auditor", office))

    answer = client.get("/numbers.xlsx?year=2026")

    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[3][:6] == ["Seri", "Tahun", "Nomor urut", "Nomor", "Hal", "Kepada atau untuk"]
    assert [row[:6] for row in rows[4:]] == [
        ["Surat keluar", 2026, 1, "letter/0001/2026", "Undangan", "=SUM(A1)"]
    ]


def test_another_office_sees_none_of_them(app, login_as):
    make_issued_number(make_office())
    stranger = login_as(make_user("coordinator", make_office("3404", "Dinas Koperasi Sleman")))

    assert "letter/0001/2026" not in page_of(stranger.get("/numbers"))
    assert "Belum ada nomor" in page_of(stranger.get("/numbers"))


def test_the_register_asks_as_often_for_three_as_for_one(app, login_as):
    office = make_office()
    make_issued_number(office)
    client = login_as(make_user("coordinator", office))
    client.get("/numbers")
    one = count_queries(client, "/numbers")
    make_issued_number(office)
    make_issued_number(office)

    assert one == count_queries(client, "/numbers")
    assert one <= 12


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
