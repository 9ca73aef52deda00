"""Back in the form: every page of it is read by GET, and what was typed is still there."""

from datetime import timedelta

import pytest

from kopdiklat.core.clock import utc_now
from kopdiklat.registration import answers
from tests.factories import make_registration
from tests.registration.pages import fields, invite, open_batch, other, rows, send


@pytest.fixture
def client(app):
    app.config["FORM_MIN_SECONDS"] = 0
    return app.test_client()


def test_each_press_leads_on_to_a_page_by_get(client):
    batch = open_batch(seats=1)
    token, _ = invite(batch)
    make_registration(batch)
    form = fields(client, f"/daftar/{token}/isian") | other()
    presses = (
        ("isian", {"add": "1"}, "isian"),
        ("periksa", {}, "periksa"),
        ("periksa", {"website": "https://contoh.id"}, "isian?galat="),
        ("periksa", {"others-0-phone": "0812"}, "isian?galat="),
        ("pendaftaran", {"others-0-phone": "0812"}, "isian?galat="),
        ("pendaftaran", {"shown": "aaaa.bbbb.cccc"}, "isian?galat="),
        ("pendaftaran", {}, "periksa"),
        ("pendaftaran", {"checked": "y"}, "periksa?penuh=1"),
    )

    for step, more, place in presses:
        answer = client.post(f"/daftar/{token}/{step}", data=form | more)
        assert (answer.status_code, answer.location) == (303, f"/daftar/{token}/{place}")


def test_back_finds_what_was_typed_and_the_proof_once_it_was_sent(client):
    token, _ = invite()
    form = fields(client, f"/daftar/{token}/isian") | other()
    send(client, token, form, "periksa")

    before = client.get(f"/daftar/{token}/isian").get_data(as_text=True)
    proof = send(client, token, form).location
    check = client.get(f"/daftar/{token}/periksa").get_data(as_text=True)
    anew = client.get(f"/daftar/{token}/isian").get_data(as_text=True)

    assert 'value="Yoga Pratama"' in before
    assert "Galat" not in before
    assert "Sudah terkirim. Mengirim lagi tidak perlu." in check
    assert f'href="{proof}"' in check
    assert "Kirim pendaftaran" not in check
    assert 'value="Yoga Pratama"' not in anew
    assert [r.number for r in rows()] == ["D-0001"]


def test_a_refusal_is_said_once_and_not_to_who_opens_the_form_again(client):
    batch = open_batch()
    token, cooperative = invite(batch)
    form = fields(client, f"/daftar/{token}/isian")
    send(client, token, form | other())

    again = {"others-1-full_name": "Wiwik", "others-1-phone": "0813 1111 2222"}
    form = (
        fields(client, f"/daftar/{token}/isian") | other() | again | {"others-1-position": "chair"}
    )
    refused = send(client, token, form)
    later = client.get(f"/daftar/{token}/isian")

    assert refused.status_code == 422
    assert "Yoga Pratama sudah terdaftar dengan nomor D-0001." in refused.get_data(as_text=True)
    assert later.status_code == 200
    assert 'value="Wiwik"' in later.get_data(as_text=True)


def test_answers_are_sealed_for_one_link_and_one_day(app, client):
    token, _ = invite()
    send(client, token, fields(client, f"/daftar/{token}/isian") | other(), "periksa")
    cookie = client.get_cookie(answers.COOKIE, path=f"/daftar/{token}")

    def opened(of, value=cookie.value, hours=0):
        with app.test_request_context(headers={"Cookie": f"{answers.COOKIE}={value}"}):
            return answers.kept(of, utc_now() + timedelta(hours=hours))

    assert "Yoga" not in cookie.value
    assert cookie.http_only
    assert opened(token).fields["others-0-full_name"] == "Yoga Pratama"
    assert opened("x" * 22) is None
    assert opened(token, cookie.value[:-8]) is None
    assert opened(token, "%%%") is None
    assert opened(token, hours=23) is not None
    assert opened(token, hours=25) is None


def test_answers_longer_than_a_phone_keeps_are_shown_at_once(client):
    token, _ = invite(people=20)
    form = fields(client, f"/daftar/{token}/isian")
    for n in range(19):
        name = "".join(chr(0x4E00 + (n * 997 + i * 131) % 20000) for i in range(100))
        name = " ".join(name[i : i + 25] for i in range(0, 100, 25))
        form |= other(n, name=name, phone=f"0812 {n:04d} 7890")

    answer = client.post(f"/daftar/{token}/periksa", data=form)

    assert answer.status_code == 200
    assert "Periksa jawaban" in answer.get_data(as_text=True)
