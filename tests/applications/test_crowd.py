"""A machine and a crowd before the public form: real processes, real connections, limits on."""

import pytest
from flask import g, request
from flask.signals import request_finished

from bench import crowd
from kopdiklat import create_app
from tests import databases
from tests.applications.pages import applications, filled, opening, send, words


@pytest.mark.race
def test_a_machine_is_turned_away_while_a_venue_gets_in_from_the_same_address(app):
    url = app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", "")

    found = crowd.run(app, url, posts=80, people=6, ways=("replay",))

    assert found.errors == []
    assert found.reached == {"replay": 8}
    assert (found.invited_in, found.applied_in) == (12, 6)


@pytest.fixture
def limited(app, tmp_path):
    """The same database, with limits on."""
    settings = databases.settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path)
    strict = create_app(settings | {"RATELIMIT_ENABLED": True, "FORM_MIN_SECONDS": 0})

    @strict.teardown_request
    def forget_the_device(error):
        """Requests of one test share its app context: each comes from a device of its own."""
        for name in list(g):
            g.pop(name)

    with strict.app_context():
        yield strict


def without_queries(app, post):
    """The answer, and how many statements it cost."""
    counts = []
    with request_finished.connected_to(lambda *_, **__: counts.append(g.get("queries", 0)), app):
        answer = post()
    return answer, counts[0]


@pytest.mark.parametrize("wrong", [{"shown": "aaaa.bbbb.cccc"}, {"website": "https://contoh.id"}])
def test_a_made_up_form_costs_no_query_and_loses_nothing(app, wrong):
    client, batch = app.test_client(), opening()
    form = filled(client, batch) | wrong

    answer, queries = without_queries(app, lambda: send(client, batch, form))

    page = answer.get_data(as_text=True)
    assert (answer.status_code, queries) == (422, 0)
    assert "Isian Anda masih ada." in page
    assert 'name="others-0-full_name" value="Yoga Pratama"' in page
    assert 'value="aaaa.bbbb.cccc"' not in page
    assert "https://contoh.id" not in page
    assert applications() == []


def test_a_form_that_nobody_can_have_read_is_shown_anew(app):
    app.config["FORM_MIN_SECONDS"] = 60
    client, batch = app.test_client(), opening()
    form = filled(client, batch)

    answer, queries = without_queries(app, lambda: send(client, batch, form))

    assert (answer.status_code, queries) == (422, 0)
    assert applications() == []


def test_one_device_sends_eight_and_waits_with_its_answers_another_does_not(limited):
    client, batch = limited.test_client(), opening()
    forms = [filled(client, batch) | {"others-0-phone": f"0812 3456 78{n:02d}"} for n in range(9)]

    statuses = [send(client, batch, form).status_code for form in forms[:8]]
    ninth, queries = without_queries(limited, lambda: send(client, batch, forms[8]))
    other = limited.test_client()
    another = send(other, batch, filled(other, batch) | {"others-0-phone": "0812 3456 7899"})

    assert statuses == [303] * 8
    assert (ninth.status_code, queries) == (429, 0)
    assert "Dari HP ini sudah banyak pengajuan." in words(ninth)
    assert 'value="0812 3456 7808"' in ninth.get_data(as_text=True)
    assert another.status_code == 303
    assert len(applications()) == 9


def from_address(app, address, forwarded):
    """What the app takes for the address of who asks."""
    seen = []
    with request_finished.connected_to(lambda *_, **__: seen.append(request.remote_addr), app):
        app.test_client().get(
            "/jadwal",
            headers={"X-Forwarded-For": forwarded},
            environ_overrides={"REMOTE_ADDR": address},
        )
    return seen[0]


def test_the_address_comes_from_trusted_proxies_only(app, tmp_path):
    settings = databases.settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path)
    behind = create_app(settings | {"TRUSTED_PROXIES": 1})

    with behind.app_context():
        told = from_address(behind, "10.0.0.1", "6.6.6.6, 203.0.113.7")

    assert from_address(app, "198.51.100.4", "6.6.6.6") == "198.51.100.4"
    assert told == "203.0.113.7"  # what the client wrote before it is not believed


def test_a_crowd_queues_for_a_moment_and_keeps_its_answers(limited):
    limited.config["APPLICATIONS_OF_ALL"] = "1 per hour"
    batch = opening()
    first, second = limited.test_client(), limited.test_client()
    forms = [
        filled(c, batch) | {"others-0-phone": f"0812 3456 789{n}"}
        for n, c in enumerate((first, second))
    ]

    taken = send(first, batch, forms[0])
    queued, queries = without_queries(limited, lambda: send(second, batch, forms[1]))

    assert taken.status_code == 303
    assert (queued.status_code, queries) == (429, 0)
    assert 3590 < int(queued.headers["Retry-After"]) <= 3600
    assert "Sedang ramai, mohon antre sebentar" in words(queued)
    assert 'value="0812 3456 7891"' in queued.get_data(as_text=True)
