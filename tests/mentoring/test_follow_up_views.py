"""Follow-ups: the list, closing, moving and opening again, signed in, on both databases."""

import io
from datetime import date

from openpyxl import load_workbook

from kopdiklat.core.db import db
from kopdiklat.mentoring.models import FollowUp
from tests.factories import make_assignment, make_follow_up, make_user
from tests.mentoring.pages import get, post, token


def test_follow_up_is_closed_with_result_and_day(app, login_as):
    assignment = make_assignment()
    follow_up = make_follow_up(assignment.cooperative)
    client = login_as(assignment.mentor)
    address = f"/follow-ups/{follow_up.id}/closure"

    refused = post(client, address, {"result": "", "closed_on": "2026-07-12"})
    future = post(client, address, {"result": "Neraca Juni.", "closed_on": "2026-07-14"})
    answer = post(client, address, {"result": "Neraca Juni.", "closed_on": "12 Juli 2026"})

    assert refused.status_code == 422
    assert "Tulis hasilnya" in refused.get_data(as_text=True)
    assert "belum tiba" in future.get_data(as_text=True)
    assert "Neraca Juni." in future.get_data(as_text=True)
    assert answer.location == f"/follow-ups/{follow_up.id}"
    row = db.session.get_one(FollowUp, follow_up.id)
    assert (row.closed_on, row.result) == (date(2026, 7, 12), "Neraca Juni.")


def test_follow_up_closed_twice_keeps_the_first_and_shows_the_second(app, login_as):
    assignment = make_assignment()
    follow_up = make_follow_up(assignment.cooperative)
    mentor, coordinator = login_as(assignment.mentor), login_as(make_user("coordinator"))
    address = f"/follow-ups/{follow_up.id}/closure"
    open_page = coordinator.get(address).get_data(as_text=True)
    post(mentor, address, {"result": "Selesai oleh pendamping.", "closed_on": "2026-07-12"})

    answer = coordinator.post(
        address,
        data={"result": "Isian kedua.", "closed_on": "2026-07-13", "csrf_token": token(open_page)},
    )

    page = answer.get_data(as_text=True)
    assert "sudah ditutup 12 Jul 2026" in page
    assert "Isian kedua." in page
    assert db.session.get_one(FollowUp, follow_up.id).result == "Selesai oleh pendamping."


def test_follow_up_is_reopened_and_moved_with_a_history(app, login_as):
    follow_up = make_follow_up(closed_on=date(2026, 7, 5), result="Selesai dini.")
    client = login_as(make_user("coordinator"))

    post(client, f"/follow-ups/{follow_up.id}/reopening", {"reason": "Belum dicetak."})
    moved = {"due_on": "2026-08-20", "reason": "Menunggu bendahara baru."}
    post(client, f"/follow-ups/{follow_up.id}/postponement", moved)

    page = get(client, f"/follow-ups/{follow_up.id}")[1]
    for words in (
        "hasil semula: Selesai dini.",
        "Belum dicetak.",
        "Tenggat dipindah dari 1 Agt 2026 ke 20 Agt 2026",
        "Menunggu bendahara baru.",
    ):
        assert words.replace("Agt", "Agu") in page.replace("Agt", "Agu")


def test_follow_up_of_a_strange_cooperative_is_not_there(app, login_as):
    follow_up = make_follow_up()
    client = login_as(make_assignment().mentor)

    assert client.get(f"/follow-ups/{follow_up.id}").status_code == 404
    assert client.get(f"/follow-ups/{follow_up.id}/closure").status_code == 404


def test_follow_up_list_filters_by_state_words_and_mentor(app, login_as):
    assignment = make_assignment()
    make_follow_up(assignment.cooperative, what="Susun neraca", due_on=date(2026, 7, 12))
    make_follow_up(what="Tetapkan tanggal RAT")
    make_follow_up(what="Perpanjang NIK", closed_on=date(2026, 7, 5), result="Terbit.")
    client = login_as(make_user("coordinator"))

    def shown(query):
        page = get(client, f"/follow-ups?{query}")[1]
        return {w for w in ("Susun neraca", "Tetapkan tanggal RAT", "Perpanjang NIK") if w in page}

    assert shown("") == {"Susun neraca", "Tetapkan tanggal RAT"}
    assert shown("state=late") == {"Susun neraca"}
    assert shown("state=done") == {"Perpanjang NIK"}
    assert shown("text=rat") == {"Tetapkan tanggal RAT"}
    assert shown(f"mentor={assignment.mentor_id}") == {"Susun neraca"}
    assert "Tidak ada yang cocok" in get(client, "/follow-ups?text=tidakada")[1]


def test_follow_up_export_writes_text_as_text(app, login_as):
    make_follow_up(what="=HYPERLINK(1)")

    answer = login_as(make_user("coordinator")).get("/follow-ups/export")

    sheet = load_workbook(io.BytesIO(answer.data)).active
    cells = {(cell.value, cell.data_type) for row in sheet.iter_rows() for cell in row}
    assert ("=HYPERLINK(1)", "s") in cells
