import pytest
from markupsafe import Markup

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import ended_once
from tests.factories import make_cooperative, make_user


@pytest.mark.parametrize(
    ("sentence", "ended"),
    [
        ("Oleh Siti, S.E.. Disepakati 13 Jul.", "Oleh Siti, S.E. Disepakati 13 Jul."),
        ("Hubungi Siti, S.E..", "Hubungi Siti, S.E."),
        ("Simpan buku kas (asli).. Oleh Siti.", "Simpan buku kas (asli). Oleh Siti."),
        ("Menunggu... Oleh Siti.", "Menunggu... Oleh Siti."),
        ("Berkas ada di ../arsip.", "Berkas ada di ../arsip."),
        ("Tanpa gelar.", "Tanpa gelar."),
    ],
)
def test_a_sentence_ends_once(sentence, ended):
    assert ended_once(sentence) == ended


def test_a_sentence_ends_once_after_a_link():
    ended = ended_once(Markup("Oleh <a>Siti, S.E.</a>.<br>Lalu"))

    assert ended == Markup("Oleh <a>Siti, S.E.</a><br>Lalu")


def test_a_refusal_that_names_a_person_ends_once(app):
    assert str(RuleViolation("Hubungi {contact}.", contact="Siti, S.E.")) == "Hubungi Siti, S.E."


def test_the_lead_of_a_page_ends_its_sentences_once(app, login_as):
    cooperative = make_cooperative(name="Koperasi Karyawan Maju Tbk.")
    client = login_as(make_user("coordinator"))

    page = client.get(f"/cooperatives/{cooperative.id}/annual-meetings/new").text

    assert "Koperasi Karyawan Maju Tbk. RAT dilaksanakan" in page
