"""The roster on the invitation: who is known is ticked and sent in one press, nothing is typed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopdiklat.core.db import transaction
from kopdiklat.registration import shares, tokens
from kopdiklat.registration.openings import seats_open_to
from kopdiklat.registration.seating import Hall, Share, Team
from tests.factories import make_course, make_officer, make_registration
from tests.registration.pages import fields, invite, open_batch, other, rows, send


@pytest.fixture
def client(app):
    app.config["FORM_MIN_SECONDS"] = 0
    return app.test_client()


def words(client, address):
    page = client.get(address).get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_known_officers_are_ticked_and_sent_from_the_invitation(client):
    token, cooperative = invite(open_batch(seats=9), people=3)
    officers = [make_officer(cooperative) for _ in range(3)]
    form = fields(client, f"/daftar/{token}") | {"officers": [str(o.id) for o in officers]}

    answer = client.post(f"/daftar/{token}/pendaftaran", data=form)

    made = rows()
    assert answer.location == f"/bukti/{tokens.ticket_token(made[0])}"
    assert [(r.state, r.person_id) for r in made] == [("confirmed", o.person_id) for o in officers]
    assert len({r.team for r in made}) == 1


def test_a_typed_name_and_a_typed_number_are_checked_before_they_are_sent(client):
    token, cooperative = invite(open_batch(seats=9, course=make_course(needs_citizen_number=True)))
    officer = make_officer(cooperative)
    form = fields(client, f"/daftar/{token}")
    number = {"officers": str(officer.id), f"number_{officer.id}": "9901 0115 0490 0003"}

    for typed in (other(number="9901 0115 0490 0003"), number):
        answer = client.post(f"/daftar/{token}/pendaftaran", data=form | typed)
        assert answer.location == f"/daftar/{token}/periksa"

    assert rows() == []


def test_what_is_wrong_is_said_on_the_invitation_and_the_ticks_stay(client):
    token, cooperative = invite(people=1)
    officers = [make_officer(cooperative) for _ in range(2)]
    form = fields(client, f"/daftar/{token}")

    nobody = send(client, token, form)
    both = send(client, token, form | {"officers": [str(o.id) for o in officers]})

    assert (nobody.status_code, nobody.request.path) == (422, f"/daftar/{token}")
    assert "Pilih paling sedikit satu orang." in nobody.get_data(as_text=True)
    assert "<title>Galat:" in nobody.get_data(as_text=True)
    assert "Anda memilih 2 orang. Kurangi pilihan." in both.get_data(as_text=True)
    assert both.get_data(as_text=True).count(" checked ") == 2


def test_adding_somebody_else_keeps_the_ticks_and_leaving_them_out_leads_back(client):
    token, cooperative = invite()
    officer = make_officer(cooperative)
    form = fields(client, f"/daftar/{token}") | {"officers": str(officer.id)}

    typed = send(client, token, form | {"add": "1"}, "isian")
    back = send(client, token, form | other() | {"remove": "0"}, "isian")

    assert typed.request.path == f"/daftar/{token}/isian"
    assert "others-0-full_name" in typed.get_data(as_text=True)
    assert back.request.path == f"/daftar/{token}"
    for page in (typed, back):
        assert page.get_data(as_text=True).count(" checked ") == 1


def test_who_is_registered_is_not_asked_again(client):
    token, cooperative = invite(people=2)
    officers = [make_officer(cooperative) for _ in range(2)]
    form = fields(client, f"/daftar/{token}") | {"officers": str(officers[0].id)}
    client.post(f"/daftar/{token}/pendaftaran", data=form)

    page = client.get(f"/daftar/{token}").get_data(as_text=True)

    asked = re.findall(r'<input[^>]*name="officers"[^>]*>', page)
    assert [re.search(r'value="(\d+)"', box)[1] for box in asked] == [str(officers[1].id)]


def test_the_page_says_for_whom_the_link_is(client):
    token, cooperative = invite(open_batch(contact_name="Ibu Rina"))
    make_officer(cooperative)

    page = words(client, f"/daftar/{token}")

    assert f"Tautan ini hanya untuk pengurus {cooperative.name}." in page
    assert "Bukan dari koperasi ini? Jangan mengisi, dan beri tahu Ibu Rina." in page


# -- what is left ----------------------------------------------------------------------------------


def with_shares(batch, *wanted, until=None):
    with transaction():
        shares.change_shares(batch.id, list(wanted), until, now=datetime.now(UTC))


def district(cooperative, cap=None, reserve=0):
    return Share(("district", cooperative.district), cap, reserve)


def test_a_cap_that_is_full_is_said_instead_of_the_free_seats(client):
    batch = open_batch(seats=9)
    token, cooperative = invite(batch)
    make_registration(batch)  # of the same kecamatan
    with_shares(batch, district(cooperative, cap=1))

    page = words(client, f"/daftar/{token}")

    assert "Jatah Kecamatan Kranggan sudah terisi sisa 8 dari 9" in page
    assert "Anda bisa masuk daftar tunggu." in page


def test_a_cap_that_leaves_fewer_says_how_many_are_for_this_cooperative(client):
    batch = open_batch(seats=9)
    token, cooperative = invite(batch)
    with_shares(batch, district(cooperative, cap=1))

    page = words(client, f"/daftar/{token}")

    assert "Sisa 9 kursi" in page
    assert "Untuk koperasi Anda 1 kursi, sebab jatah Kecamatan Kranggan hampir terisi." in page


def test_seats_that_are_kept_for_others_are_said_with_the_day_that_opens_them(client):
    batch = open_batch(seats=3)
    token, _ = invite(batch)
    until = datetime.now(UTC).replace(hour=17, minute=0) + timedelta(days=1)
    with_shares(batch, Share(("district", "Magersari"), None, 3), until=until)

    page = words(client, f"/daftar/{token}")

    assert "Kursi yang tersisa untuk kelompok lain sisa 3 dari 3" in page
    assert "Kursi khusus dibuka untuk semua" in page


def test_a_full_batch_promises_the_queue_only_while_it_has_a_place(client):
    batch = open_batch(seats=1, waiting_places=1)
    token, _ = invite(batch)
    make_registration(batch)

    before = words(client, f"/daftar/{token}")
    make_registration(batch, state="waitlisted")
    after = words(client, f"/daftar/{token}")

    assert "Kuota sudah penuh" in before
    assert "Anda bisa masuk daftar tunggu." in before
    assert "Daftar tunggu juga sudah penuh." in after
    assert "Anda bisa masuk daftar tunggu." not in after


def test_the_offer_to_wait_says_why_and_that_a_seat_will_be_offered(client):
    batch = open_batch(seats=9)
    token, cooperative = invite(batch)
    officer = make_officer(cooperative)
    make_registration(batch)
    with_shares(batch, district(cooperative, cap=1))
    form = fields(client, f"/daftar/{token}") | {"officers": str(officer.id)}

    full = send(client, token, form).get_data(as_text=True)

    assert "Jatah Kecamatan Kranggan sudah terisi" in full
    assert "Dinas membatasi kursi per kelompok agar merata." in full
    assert "Ada kursi, Anda kami tawari" in full
    assert "Anda punya 24 jam untuk menjawab, 3 jam dalam dua hari terakhir." in full
    assert "Kuota sudah penuh" not in full


GROUPS = (("district", "A"), ("district", "B"), ("cooperative_type", "consumer"))


@given(st.data())
def test_what_is_open_to_a_cooperative_is_the_largest_team_that_fits(data):
    share = st.builds(
        Share, st.sampled_from(GROUPS), st.none() | st.integers(0, 6), st.integers(0, 3)
    )
    some_groups = st.frozensets(st.sampled_from(GROUPS))
    hall = Hall(
        seats=data.draw(st.integers(1, 10)),
        shares=data.draw(st.lists(share, max_size=3, unique_by=lambda s: s.group)),
    )
    groups = data.draw(some_groups)
    for ident in (1, 2):  # the first is held for the one who asks
        hall.hold(ident, data.draw(st.integers(1, 3)), groups if ident == 1 else frozenset())
    for people in data.draw(st.lists(st.integers(1, 3), max_size=3)):
        team = Team("", people, data.draw(some_groups))
        if hall.obstacle(team) is None:
            hall.seat(team)

    most = seats_open_to(hall, groups, 1)

    fit = [n for n in range(1, 12) if hall.obstacle(Team("", n, groups, 1)) is None]
    assert most == max(fit, default=0)
