"""A lottery from the locked list to the invitations: once, and what was changed is found."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.registration.models import Invitation
from kopdiklat.targeting import candidates, drawing, facets, lotteries
from kopdiklat.targeting.facets import Filters
from kopdiklat.targeting.models import Lottery, LotteryOutcome, SelectedCooperative, Selection
from kopdiklat.targeting.service import Chooser
from kopdiklat.training.models import Batch
from tests.at_once import at_once, the_refusal
from tests.factories import make_invitation, make_user
from tests.registration import pages
from tests.targeting.test_selection_views import open_batch, weak

BY = Chooser(None, "Rina Wulandari")
ELEMENT = "15.812,00"


@pytest.fixture
def client(app, login_as):
    app.config["WTF_CSRF_ENABLED"] = False
    return login_as(make_user("coordinator"))


def lock_list(batch, now, places=3, strata="none", source="Kurs tengah Bank Indonesia besok"):
    register = candidates.register_of(batch, now, now.date())
    eligible = facets.narrow(register.candidates, Filters(), now.date()).eligible
    batch_id = batch.id
    with transaction():
        return lotteries.lock_list(
            batch_id, eligible, places=places, strata=strata, element_source=source,
            filters=Filters(), records_since=None, by=BY, now=now,
        ).id  # fmt: skip


def draw(ident, now, element=ELEMENT):
    with transaction():
        return lotteries.draw(ident, element, "Dewi, camat", by=BY, now=now).id


def lottery(ident):
    db.session.rollback()
    return db.session.get_one(Lottery, ident)


def ready(now, count=8, **columns):
    batch = open_batch(seats=20)
    for n in range(count):
        weak(f"{51 + n}.0", district=("Kranggan", "Magersari")[n % 2], **columns)
    return db.session.get_one(Batch, batch.id)


def test_a_locked_list_promises_a_seed_and_does_not_tell_it(app, client, now):
    batch = ready(now)

    kept = lottery(lock_list(batch, now))
    page = client.get(f"/lotteries/{kept.id}").get_data(as_text=True)

    identifiers = [entry.identifier for entry in kept.entries]
    text = "".join(f"{name}\n" for name in sorted(identifiers))
    assert (kept.eligible, kept.winners) == (8, {"": 3})
    assert kept.list_hash == drawing.digest(text)
    assert kept.commitment == drawing.digest(kept.sealed_seed)
    assert kept.list_hash in page
    assert kept.commitment in page
    assert kept.sealed_seed not in page
    assert db.session.scalar(sa.text("SELECT sealed_seed FROM lotteries")) != kept.sealed_seed
    assert client.get(f"/lotteries/{kept.id}/list.txt").get_data(as_text=True) == text


def test_the_winners_are_invited_with_their_place_as_reason_and_the_others_are_kept(app, now):
    batch = ready(now)
    ident = lock_list(batch, now)

    draw(ident, now)

    (kept,) = db.session.scalars(sa.select(Selection)).all()
    lines = kept.cooperatives
    invited = {i.cooperative_id: i.reason for i in db.session.scalars(sa.select(Invitation))}
    assert (kept.basis, kept.eligible, len(lines)) == ("lottery", 8, 8)
    assert sorted(line.place for line in lines) == list(range(1, 9))
    assert invited == {line.cooperative_id: line.reason for line in lines if line.is_chosen}
    assert len(invited) == 3
    first = next(line for line in lines if line.place == 1)
    assert first.reason.startswith(
        "terundi urutan 1 dari 3 di antara 8 yang memenuhi syarat; Dalam Pengawasan, peringkat "
    )
    assert lottery(ident).outcome.seed == lottery(ident).sealed_seed
    assert db.session.get_one(Batch, batch.id).selection_basis == "lottery"


def test_places_are_divided_over_the_strata(app, now):
    batch = ready(now, count=9)
    ident = lock_list(batch, now, places=4, strata="district")

    draw(ident, now)

    (kept,) = db.session.scalars(sa.select(Selection)).all()
    won = [line.stratum for line in kept.cooperatives if line.is_chosen]
    assert sorted(won) == ["Kranggan", "Kranggan", "Magersari", "Magersari"]
    assert lotteries.differences(lottery(ident)) == []


def test_a_draw_happens_once(app, now):
    ident = lock_list(ready(now), now)
    draw(ident, now)
    before = [(i.cooperative_id, i.nonce) for i in db.session.scalars(sa.select(Invitation))]

    with pytest.raises(RuleViolation, match="Hasilnya tidak dapat diubah"):
        draw(ident, now, element="15.999,00")

    after = [(i.cooperative_id, i.nonce) for i in db.session.scalars(sa.select(Invitation))]
    assert after == before


def test_two_coordinators_at_once_draw_once(app, now):
    ident = lock_list(ready(now), now)

    def pull(element):
        return lambda: lotteries.draw(ident, element, None, by=BY, now=now)

    refusal = the_refusal(at_once(app, pull("1"), pull("2")))

    assert "Hasilnya tidak dapat diubah" in refusal
    assert db.session.scalar(sa.select(sa.func.count(LotteryOutcome.id))) == 1
    assert db.session.scalar(sa.select(sa.func.count(Invitation.id))) == 3
    assert lotteries.differences(lottery(ident)) == []


def test_two_lists_are_not_locked_at_once(app, now):
    batch = ready(now)
    register = candidates.register_of(batch, now, now.date())
    eligible = facets.narrow(register.candidates, Filters(), now.date()).eligible
    batch_id = batch.id

    def lock():
        lotteries.lock_list(
            batch_id, eligible, places=2, strata="none", element_source="Kurs",
            filters=Filters(), records_since=None, by=BY, now=now,
        )  # fmt: skip

    assert "Masih ada daftar terkunci" in the_refusal(at_once(app, lock, lock))


def test_who_is_invited_by_the_time_of_the_lock_is_not_on_the_list(app, now):
    batch = ready(now)
    register = candidates.register_of(batch, now, now.date())
    eligible = facets.narrow(register.candidates, Filters(), now.date()).eligible
    invited, batch_id = eligible[0].id, batch.id
    make_invitation(batch, db.session.get_one(candidates.Cooperative, invited))

    with transaction():
        kept = lotteries.lock_list(
            batch_id, eligible, places=2, strata="none", element_source="Kurs",
            filters=Filters(), records_since=None, by=BY, now=now,
        )  # fmt: skip

    assert invited not in [entry.cooperative_id for entry in kept.entries]
    assert kept.eligible == 7


def test_a_choice_by_hand_after_a_draw_makes_the_batch_mixed(app, client, now):
    batch = ready(now)
    draw(lock_list(batch, now), now)
    page = client.get(f"/batches/{batch.id}/selection").get_data(as_text=True)
    left = re.findall(r'name="cooperative" value="(\d+)"', page)

    client.post(f"/batches/{batch.id}/selection", data={"cooperative": left[-1:]})

    db.session.rollback()
    assert db.session.get_one(Batch, batch.id).selection_basis == "mixed"


def test_a_withdrawn_lottery_stays_on_record_and_the_next_has_the_next_number(app, client, now):
    batch = ready(now)
    first = lock_list(batch, now)
    client.post(f"/lotteries/{first}/withdrawal", data={"reason": ""})
    assert lottery(first).outcome is None

    client.post(f"/lotteries/{first}/withdrawal", data={"reason": "Saksi berhalangan"})
    second = lock_list(db.session.get_one(Batch, batch.id), now)

    page = client.get(f"/batches/{batch.id}/selections").get_data(as_text=True)
    assert lottery(first).outcome.reason == "Saksi berhalangan"
    assert [lottery(ident).number for ident in (first, second)] == [1, 2]
    assert lotteries.differences(lottery(first)) is None
    assert "Undian ke-1" in page
    assert db.session.scalars(sa.select(Invitation)).all() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE selected_cooperatives SET is_chosen = NOT is_chosen WHERE place IN (1, 8)",
        "UPDATE lottery_entries SET identifier = 'titipan' WHERE id = (SELECT min(id) FROM lottery_entries)",
        "UPDATE lottery_outcomes SET element = '15.812,01'",
        "UPDATE lottery_outcomes SET seed = commitment_of",
        "UPDATE lotteries SET commitment = list_hash",
    ],
    ids=["result", "list", "element", "seed", "commitment"],
)  # fmt: skip
def test_what_was_changed_behind_the_guards_is_named(app, now, change):
    ident = lock_list(ready(now), now)
    draw(ident, now)
    change = change.replace("commitment_of", f"'{drawing.digest('lain')}'")
    table = re.search(r"UPDATE (\w+)", change)[1]

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
        session.execute(sa.text(change))
    drop_guards(table)
    with transaction() as session:
        session.execute(sa.text(change))
    result = app.test_cli_runner().invoke(args=["seats", "lottery", "verify", str(ident)])

    assert lotteries.differences(lottery(ident))
    assert result.exit_code == 1
    assert "perbedaan." in result.output


def drop_guards(table):
    names = [f"{table}_guard_{verb}" for verb in ("update", "delete")]
    drop = [f"DROP TRIGGER {name}" for name in names]
    if db.engine.dialect.name == "postgresql":
        drop = [f"DROP TRIGGER {table}_guard ON {table}"]
    db.session.rollback()
    with db.engine.begin() as connection:
        for statement in drop:
            connection.execute(sa.text(statement))


@pytest.mark.parametrize("drawn", [True, False])
def test_flask_seats_lottery_verify_says_by_its_exit_status_what_it_found(app, now, drawn):
    ident = lock_list(ready(now), now)
    if drawn:
        draw(ident, now)

    result = app.test_cli_runner().invoke(args=["seats", "lottery", "verify", str(ident)])
    unknown = app.test_cli_runner().invoke(args=["seats", "lottery", "verify", "999"])

    assert (result.exit_code, result.output) == (
        (0, "Sama: 3 dari 8.\n") if drawn else (2, "Undian ini belum atau tidak diundi.\n")
    )
    assert (unknown.exit_code, unknown.output) == (2, "Undian ini tidak ada.\n")


def test_the_pages_lead_from_the_question_to_the_record(app, client, now):
    batch = ready(now)
    question = f"/batches/{batch.id}/lotteries/new?all=1&district=Kranggan"

    asked = client.get(question).get_data(as_text=True)
    form = dict(pages.hidden(asked)) | {"n": "2", "strata": "none", "element_source": "Kurs besok"}
    locked = client.post(question, data=form)
    empty = client.post(f"{locked.location}/draw", data={"element": " "})
    client.post(f"{locked.location}/draw", data={"element": ELEMENT, "witnesses": "Dewi, camat"})
    page = client.get(locked.location).get_data(as_text=True)
    record = client.get(f"{locked.location}/record").get_data(as_text=True)

    assert "4 koperasi memenuhi syarat dan belum diundang." in asked
    assert empty.status_code == 422
    assert "Tulis unsur terbuka yang disaksikan bersama." in empty.get_data(as_text=True)
    assert "Dihitung ulang barusan: hasilnya sama." in page
    (outcome,) = db.session.scalars(sa.select(LotteryOutcome)).all()
    told = (outcome.seed, ELEMENT, "Dewi, camat", "sha256sum")
    assert all(words in record for words in told)
    numbers = db.session.scalars(
        sa.select(SelectedCooperative.place).where(SelectedCooperative.is_chosen)
    ).all()
    assert sorted(numbers) == [1, 2]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"n": "4"}, "Hanya 4 koperasi memenuhi syarat."),
        ({"n": "x"}, "Tulis berapa koperasi yang diundi"),
        ({"element_source": " "}, "Tulis dari mana unsur terbuka akan diambil"),
    ],
    ids=["too many", "no number", "no source"],
)
def test_a_lottery_that_cannot_be_is_refused_and_keeps_what_was_typed(
    app, client, now, values, sentence
):
    batch = ready(now, count=4)
    form = {"all": "1", "n": "2", "strata": "district", "element_source": "Kurs besok"} | values

    answer = client.post(f"/batches/{batch.id}/lotteries/new", data=form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="district" checked' in page
    assert db.session.scalars(sa.select(Lottery)).all() == []


def test_a_cancelled_batch_draws_no_more(app, now):
    batch = ready(now)
    ident = lock_list(batch, now)
    with transaction():
        db.session.get_one(Batch, batch.id).state = "cancelled"

    with pytest.raises(RuleViolation):
        draw(ident, now + timedelta(days=1))


def test_the_moment_of_the_lock_is_before_that_of_the_draw(app):
    now = datetime.now(UTC)
    ident = lock_list(ready(now), now)
    draw(ident, now + timedelta(hours=1))

    kept = lottery(ident)
    assert kept.locked_at < kept.outcome.at
