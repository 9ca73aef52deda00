"""An office's own text: kept as editions, never a text that cannot be sent."""

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.messages import letters, queries, service
from kopdiklat.messages.models import MessageTemplate
from kopdiklat.messages.rules import Wording, WordingRefused
from tests.at_once import meanwhile, refusal_of
from tests.factories import make_message_template, make_office

KIND = "registration.confirmed"
OWN = Wording("Selamat, {nama}", "{kegiatan}\n{jadwal}\n{tempat}\n{tautan}")


def save(office, wording=OWN, seen=0, by="Rina", now=None):
    with transaction():
        return service.save(office.id, KIND, wording, seen=seen, by=by, now=now)


def test_an_office_has_our_text_until_it_writes_its_own(app, now):
    office = make_office()
    before = letters.standing(office.id, KIND)

    assert save(office, now=now) is True
    after = letters.standing(office.id, KIND)
    assert (before.own, before.wording) == (None, letters.shipped(KIND))
    assert (after.wording, after.version, after.edition.saved_by) == (OWN, 1, "Rina")
    assert letters.standing(make_office("3516", "Dinas lain").id, KIND).own is None


def test_saving_the_same_again_writes_no_edition(app, now):
    office = make_office()
    save(office, now=now)

    assert save(office, seen=1, now=now) is False
    assert letters.standing(office.id, KIND).version == 1


def test_a_text_that_is_ours_is_ours(app, now):
    office = make_office()
    save(office, now=now)
    save(office, letters.shipped(KIND), seen=1, now=now)

    found = letters.standing(office.id, KIND)
    assert (found.own, found.version) == (None, 2)


def test_a_text_that_cannot_be_sent_is_not_kept(app, now):
    office = make_office()

    with pytest.raises(WordingRefused, match="Maksud Anda {tautan}"):
        save(office, Wording("Selamat", OWN.body + "{tautn}"), now=now)
    assert db.session.scalar(sa.select(sa.func.count(MessageTemplate.id))) == 0


def test_reset_and_take_back_are_editions_too(app, now):
    office = make_office()
    save(office, now=now)
    with transaction():
        service.reset(office.id, KIND, seen=1, by="Rina", now=now)
    reset = letters.standing(office.id, KIND).own
    with transaction():
        service.take_back(office.id, KIND, seen=2, by="Rina", now=now)

    assert reset is None
    assert letters.standing(office.id, KIND).own == OWN
    assert [e.version for e in queries.editions(office.id, KIND)] == [3, 2, 1]


def test_the_first_change_can_be_taken_back(app, now):
    office = make_office()
    save(office, now=now)
    with transaction():
        service.take_back(office.id, KIND, seen=1, by="Rina", now=now)

    assert letters.standing(office.id, KIND).own is None


def test_who_saves_second_reads_who_was_first(app, now):
    office = make_office()
    save(office, by="Rina", now=now)

    with pytest.raises(RuleViolation, match="Rina menyimpan teks ini lebih dulu"):
        save(office, Wording("Lain", OWN.body), seen=0, by="Dedi", now=now)


def test_of_two_at_once_the_second_waits_and_is_told(app, now):
    office_id = make_office().id

    def save_as(by):
        return lambda: service.save(
            office_id, KIND, Wording(f"Dari {by}", OWN.body), seen=0, by=by, now=now
        )

    with meanwhile(app, save_as("Rina")):
        sentence = refusal_of(save_as("Dedi"))

    assert sentence.startswith("Rina menyimpan teks ini lebih dulu.")
    assert letters.standing(office_id, KIND).wording.subject == "Dari Rina"


def test_texts_about_accounts_are_ours_alone(app, now):
    office = make_office()

    with pytest.raises(RuleViolation, match="tidak dapat diubah"), transaction():
        service.save(office.id, "password_reset", OWN, seen=0, by="Rina", now=now)


def test_a_text_with_a_fault_gives_way_to_ours_and_is_named(app):
    office = make_office()
    make_message_template(office, body="{kegiatan} {jadwal} {tempat} {tautan} {ruang}")

    found = letters.standing(office.id, KIND)
    subject, _body = letters.fill(KIND, {"title": "Bimtek"}, office.id)

    assert "{ruang}" in str(found.fault)
    assert subject == "Pendaftaran diterima: Bimtek"


def test_our_text_that_changed_since_is_noticed(app, now):
    office = make_office()
    save(office, now=now)
    assert letters.standing(office.id, KIND).is_outdated is False

    make_message_template(office, version=2)  # written when our text was another
    assert letters.standing(office.id, KIND).is_outdated is True


def test_an_edition_is_never_changed_and_never_written_twice(app, now):
    office = make_office()
    make_message_template(office)

    for change in ("UPDATE message_templates SET body = 'x'", "DELETE FROM message_templates"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
            session.execute(sa.text(change))
    with pytest.raises(sa.exc.IntegrityError):
        make_message_template(office)


def test_all_texts_of_an_office_are_one_select(app):
    office = make_office()
    make_message_template(office)
    make_message_template(office, "registration.waitlisted", version=3)
    make_message_template(office, "registration.waitlisted", version=4, subject=None, body=None)

    standing = {found.kind.name: found for found in letters.standings(office.id)}

    assert standing[KIND].version == 1
    assert (
        standing["registration.waitlisted"].version,
        standing["registration.waitlisted"].own,
    ) == (4, None)
    assert standing["seat.offered"].version == 0
