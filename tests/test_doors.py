"""Every door refuses a stranger, and what is not its own; here on SQLite.

The walks are the longest tests there are, so PostgreSQL has a file of its own,
tests/test_doors_postgresql.py: two workers of pytest share them by file.
How the walks are made, and how to extend them: tests/doors.py and tests/foreign_ids.py.
"""

from pathlib import Path

import pytest
from flask import request

from kopdiklat import policy
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db, lock, transaction
from kopdiklat.policy import guard
from kopdiklat.training.models import Batch
from tests import databases, doors, foreign_ids

REVIEWED = Path(__file__).parent / "anonymous_routes.txt"


@pytest.fixture(scope="module", params=databases.engines("sqlite"))
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def world(engine, templates, tmp_path_factory):
    """Filled once: the walk brings it back itself."""
    with doors.world_on(templates(engine), tmp_path_factory.mktemp("doors")) as made:
        yield made


def test_every_route_has_a_policy_and_every_action_a_route(world):
    assert doors.without_policy(world.app) == []
    assert doors.unused_actions(world.app) == set()


def test_every_converter_has_a_factory(world):
    assert doors.without_factory(world.app) == []


def test_visitors_may_try_only_the_reviewed_addresses(world):
    reviewed = [line.split("  #")[0].strip() for line in REVIEWED.read_text().splitlines()]

    assert doors.anonymous_routes(world.app) == sorted(line for line in reviewed if line)


def test_every_door_does_what_policy_says_and_a_refusal_changes_nothing(world):
    failures = doors.walk(world, doors.cases(world))

    assert failures == [], f"{len(failures)} doors:\n" + "\n".join(failures[:40])


def test_the_walk_finds_a_door_that_was_left_open(templates, tmp_path):
    """The canary: a route without a policy, one that loads past it, and a GET that writes."""
    with doors.world_on(templates("sqlite"), tmp_path) as world:
        app = world.app

        @guard("cooperative.edit")
        def load_past_policy(cooperative_id):
            return db.session.get_one(Cooperative, cooperative_id).name

        @guard("page.public")
        def write_on_get():
            with transaction() as session:
                session.scalars(db.select(Cooperative)).first().name = "Diganti"
            return "tersimpan"

        @guard("cooperative.see")
        def refuse_after_writing(cooperative_id):
            write_on_get()
            return "", 404

        app.add_url_rule("/canary/unlisted", view_func=lambda: "terbuka", endpoint="unlisted")
        app.add_url_rule("/canary/<int:cooperative_id>/past", view_func=load_past_policy)
        app.add_url_rule("/canary/<int:cooperative_id>/late", view_func=refuse_after_writing)
        app.add_url_rule("/canary/write", view_func=write_on_get)
        app.add_url_rule("/canary/<int:unheard_id>", view_func=write_on_get, endpoint="unheard")
        rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/canary")]
        failures = doors.walk(world, doors.cases(world, rules))

        assert doors.without_policy(app) == ["/canary/unlisted"]
        assert doors.without_factory(app) == ["unheard:unheard_id"]
        assert any("/past as coordinator, other: 404 expected, allowed" in f for f in failures)
        assert any("/write as anonymous, -: a GET changed rows" in f for f in failures)
        assert any("/late as mentor, other: refused, but rows changed" in f for f in failures)
        answer = app.test_client().get("/canary/unlisted")
        assert answer.status_code == 403


def test_every_field_that_takes_an_id_is_in_the_walk_of_foreign_ids():
    assert foreign_ids.unnamed() == set()


def test_no_form_takes_the_id_of_another_office(engine, templates, tmp_path):
    with doors.world_on(templates(engine), tmp_path, foreign_ids.also) as world:
        failures = foreign_ids.walk(world)

    assert failures == [], f"{len(failures)} forms:\n" + "\n".join(failures)


def test_the_walk_finds_a_form_that_takes_any_id(templates, tmp_path):
    """The canary: one form changes whatever it is given, one takes nothing, one says nothing."""
    with doors.world_on(templates("sqlite"), tmp_path, foreign_ids.also) as world:

        @guard("batch.edit")
        def rename_any(batch_id):
            policy.load(Batch, batch_id)
            with transaction():
                lock(Cooperative, request.form["cooperative_id"]).name = "Diganti"
            return "tersimpan"

        @guard("batch.edit")
        def pass_over(batch_id):
            office_id = policy.load(Batch, batch_id).office_id
            with transaction():
                cooperative = lock(Cooperative, request.form["cooperative_id"])
                if cooperative.office_id == office_id:
                    cooperative.name = "Diganti"
            return "tersimpan"

        world.app.add_url_rule("/canary/<int:batch_id>/any", view_func=rename_any, methods=["POST"])
        world.app.add_url_rule("/canary/<int:batch_id>/over", view_func=pass_over, methods=["POST"])
        rest = (foreign_ids.batch, lambda own, of: {"cooperative_id": of.cooperative.id})
        failures = foreign_ids.walk(
            world,
            [
                foreign_ids.Posted("canary.cooperative_id", "coordinator", endpoint, *rest)
                for endpoint in ("rename_any", "pass_over")
            ],
        )

    assert failures == [
        f"{endpoint} with canary.cooperative_id as coordinator, {ownership}: 200, {rows}"
        for endpoint, rows in (("rename_any", "rows changed"), ("pass_over", "no row changed"))
        for ownership in ("other", "parent")
    ]
