"""A manager's pages: only the own cooperative, whatever the address says."""

import re
from datetime import UTC, datetime, timedelta

from kopdiklat.core import keys
from tests.factories import (
    make_assessment,
    make_batch,
    make_cooperative,
    make_follow_up,
    make_invitation,
    make_membership,
    make_person,
    make_registration,
    make_user,
)


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def open_batch(**columns):
    moment = datetime.now(UTC)
    return make_batch(
        seats=20,
        registration_opens_at=moment - timedelta(days=1),
        registration_closes_at=moment + timedelta(days=5),
        **columns,
    )


def test_own_cooperative_shows_profile_health_and_follow_ups(app, login_as):
    cooperative = make_cooperative(name="KSU Kami")
    make_assessment(cooperative, "57.20")
    make_follow_up(cooperative, what="Susun neraca bulanan")
    client = login_as(make_user("manager", cooperative=cooperative))

    shown = text_of(client.get("/my-cooperative"))

    assert "KSU Kami" in shown
    assert "Skor 57,20" in shown
    assert "Susun neraca bulanan" in shown


def test_own_cooperative_of_somebody_else_does_not_exist(app, login_as):
    other = make_cooperative()
    client = login_as(make_user("manager", cooperative=make_cooperative()))

    assert client.get(f"/my-cooperative?cooperative_id={other.id}").status_code == 404


def test_manager_of_two_cooperatives_chooses(app, login_as):
    one, two = make_cooperative(name="KSU Satu"), make_cooperative(name="KSU Dua")
    manager = make_user("manager", cooperative=one)
    make_membership(manager, "manager", cooperative=two)

    page = login_as(manager).get(f"/my-cooperative?cooperative_id={one.id}").get_data(as_text=True)

    assert "<h1>KSU Satu</h1>" in page
    assert f'href="/my-cooperative?cooperative_id={two.id}"' in page


def test_own_batches_list_open_invitations_with_their_link(app, login_as):
    cooperative = make_cooperative()
    waiting = make_invitation(open_batch(), cooperative)
    answered = make_invitation(open_batch(), cooperative)
    make_registration(
        answered.batch, cooperative, make_person(full_name="Siti Aminah"), invitation_id=answered.id
    )
    foreign = make_invitation(open_batch())
    client = login_as(make_user("manager", cooperative=cooperative))

    page = client.get("/my-batches").get_data(as_text=True)

    tokens = [keys.token_for("invitation", i.nonce) for i in (waiting, answered, foreign)]
    assert [token in page for token in tokens] == [True, False, False]
    assert "Siti Aminah" in page


def test_own_batches_leave_out_what_is_closed_or_declined(app, login_as):
    cooperative = make_cooperative()
    make_invitation(make_batch(state="closed"), cooperative)
    make_invitation(open_batch(), cooperative, declined_at=datetime.now(UTC))
    client = login_as(make_user("manager", cooperative=cooperative))

    assert "Belum ada undangan" in text_of(client.get("/my-batches"))


def test_own_pages_are_not_for_staff(app, login_as):
    client = login_as(make_user("coordinator"))

    assert client.get("/my-cooperative").status_code == 404
    assert client.get("/my-batches").status_code == 404
