"""What every answer carries, and what no request may choose: tokens, headers, hosts, links."""

import re

import pytest

from kopdiklat import create_app
from kopdiklat.core import web
from kopdiklat.core.db import db
from kopdiklat.core.web import safe_path
from tests import doors
from tests.databases import settings
from tests.factories import make_office, make_user

ELSEWHERE = [  # each would lead away, at once or after one or two decodings
    "https://jahat.example",
    "http://jahat.example/masuk",
    "//jahat.example",
    "///jahat.example",
    "////jahat.example",
    "/\\jahat.example",
    "\\\\jahat.example",
    "\\/jahat.example",
    "/\\/jahat.example",
    "//\\jahat.example",
    "/%2f/jahat.example",
    "/%2fjahat.example",
    "%2f%2fjahat.example",
    "/%5cjahat.example",
    "/%255cjahat.example",
    "/%252fjahat.example",
    "/\t/jahat.example",
    "/\n/jahat.example",
    "/\r\n/jahat.example",
    "/%09/jahat.example",
    "/%0d%0aSet-Cookie:x=1",
    "\t//jahat.example",
    " //jahat.example",
    "\x00//jahat.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "mailto:a@b.example",
    "jahat.example",
    "jahat.example/masuk",
    "@jahat.example",
    "//127.0.0.1:8000@jahat.example",
    "http:jahat.example",
    "https:/jahat.example",
    "/\x7f/jahat.example",
    "",
    None,
    ".",
    "../masuk",
    "?next=//jahat.example",
    "#//jahat.example",
    "/" + "a" * 1001,
]
HERE = ["/", "/batches/12?tab=peserta", "/cooperatives?q=mas%20jaya&page=2", "/a//b"]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_safe_path_refuses_what_leads_elsewhere(target):
    assert safe_path(target) is None


@pytest.mark.parametrize("target", HERE)
def test_safe_path_keeps_a_path_of_ours(target):
    assert safe_path(target) == target


@pytest.mark.parametrize("target", [t for t in ELSEWHERE if t and "\n" not in t and "\r" not in t])
def test_sign_in_never_leads_elsewhere(app, login_as, target):
    client = login_as(make_user())

    answer = client.get("/masuk", query_string={"next": target})

    assert answer.headers["Location"] == "/"


def routes(app, method):
    return [rule for rule in doors.rules_of(app) if method in rule.methods]


def test_every_unsafe_route_refuses_a_post_without_its_token(app, login_as):
    app.config["WTF_CSRF_ENABLED"] = True
    client = login_as(make_user("office_admin"))
    adapter = app.url_map.bind("127.0.0.1")
    before = audit_count()

    taken = []
    for rule in routes(app, "POST"):
        values = {name: _fitting(rule, name) for name in rule.arguments}
        answer = client.post(adapter.build(rule.endpoint, values), data={"name": "x"})
        text = answer.get_data(as_text=True)
        if answer.status_code == 303:
            text = client.get(answer.headers["Location"]).get_data(as_text=True)
        if "terbuka" not in text:
            taken.append((rule.rule, answer.status_code))

    assert taken == []
    assert audit_count() == before


def _fitting(rule, name):
    converter = rule._converters[name]
    if type(converter).__name__ == "IntegerConverter":
        return 1
    found = re.search(r"any\(([^)]+)\):" + name, rule.rule)
    if found:
        return found.group(1).split(",")[0]
    return "2026-07-13" if name == "day" else "A" * 22


def audit_count():
    count = db.session.scalar(db.text("SELECT count(*) FROM audit_entries"))
    db.session.rollback()
    return count


def test_every_answer_carries_the_headers(app, login_as):
    client = login_as(make_user("office_admin"))
    for path in (
        "/",
        "/masuk",
        "/account",
        "/users",
        "/tidak-ada",
        "/healthz",
        "/static/favicon.svg",
    ):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]

        assert "default-src 'self'" in policy
        assert "object-src 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert headers["X-Request-Id"]
        assert "Access-Control-Allow-Origin" not in headers
        if path != "/static/favicon.svg":
            assert headers["Cache-Control"] == "no-store"
        assert (
            "charset=utf-8" in headers["Content-Type"]
            or "json" in headers["Content-Type"]
            or ("svg" in headers["Content-Type"])
        )


def test_a_script_nonce_is_used_once(app):
    client = app.test_client()
    nonces = {
        re.search(
            r"'nonce-([^']+)'", client.get("/masuk").headers["Content-Security-Policy"]
        ).group(1)
        for _ in range(3)
    }

    assert len(nonces) == 3


PRODUCTION = {
    "BASE_URL": "https://kopdiklat.contoh.go.id",
    "SECRET_KEY": "kunci sesi untuk pengujian produksi 0123456789",
    "DATA_KEY": "kunci data untuk pengujian produksi 9876543210",
    "MAIL_URL": "smtps://surat.contoh.go.id",
}


@pytest.fixture
def production(app, tmp_path):
    """The same database, as production sees it."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    other = create_app(settings(url, tmp_path) | PRODUCTION)
    yield other
    with other.app_context():
        db.engine.dispose()


HOST = "https://kopdiklat.contoh.go.id"


@pytest.mark.parametrize(
    "host", ["jahat.example", "kopdiklat.contoh.go.id.jahat.example", "127.0.0.1"]
)
def test_a_forged_host_is_refused(production, host):
    answer = production.test_client().get("/masuk", base_url=f"https://{host}")

    assert answer.status_code == 400


def test_a_forwarded_host_is_ignored(production):
    answer = production.test_client().get(
        "/users", base_url=HOST, headers={"X-Forwarded-Host": "jahat.example"}
    )

    assert answer.headers["Location"] == "/masuk?next=/users?"


def test_links_in_messages_are_built_from_the_base_url(production):
    with production.test_request_context("/", base_url="https://jahat.example"):
        link = web.external_url("accounts.sign_in")

    assert link == "https://kopdiklat.contoh.go.id/masuk"


def test_production_sets_one_host_cookie_and_asks_for_https(production):
    with production.app_context():
        make_office()
    answer = production.test_client().get("/masuk", base_url=HOST)
    cookies = answer.headers.getlist("Set-Cookie")

    assert len(cookies) == 1
    assert cookies[0].startswith("__Host-kopdiklat=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookies[0]
    assert "Domain" not in cookies[0]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_client_does_not_choose_its_own_request_id(app):
    answer = app.test_client().get("/healthz", headers={"X-Request-Id": "pilihan-saya-sendiri"})

    assert answer.headers["X-Request-Id"] != "pilihan-saya-sendiri"


def test_language_is_kept_in_a_cookie_and_leads_back_here_only(app):
    client = app.test_client()

    assert client.get("/bahasa/en?back=/jadwal").headers["Location"] == "/jadwal"
    assert client.get("/bahasa/en?back=//jahat.example").headers["Location"] == "/"
    assert client.get("/bahasa/xx").status_code == 404
