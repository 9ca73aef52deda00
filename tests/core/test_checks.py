"""What keeps production from starting; each check by itself."""

from dataclasses import replace

import pytest

import config
from kopdiklat import create_app
from kopdiklat.core.checks import Facts, StartRefused, look
from tests.databases import settings
from tests.test_web import PRODUCTION

GOOD = {
    "SECRET_KEY": "kZ8mQw2nXv5rT7yU9iO1pA3sD4fG6hJ8",
    "DATA_KEY": "qW1eR2tY3uI4oP5aS6dF7gH8jK9lZ0xC",
    "BASE_URL": "https://kopdiklat.contoh.go.id",
    "TRUSTED_HOSTS": ["kopdiklat.contoh.go.id"],
    "SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://kopdiklat@127.0.0.1/kopdiklat",
    "RATELIMIT_STORAGE_URI": "redis://127.0.0.1",
    "MAIL_URL": "smtps://surat.contoh.go.id",
}


GATEWAY = {
    "WHATSAPP_URL": "https://graph.facebook.com/v23.0/1",
    "WHATSAPP_TOKEN": "EAAJB",
    "WHATSAPP_TEMPLATES": {"invitation.sent": "undangan"},
}


def found(settings=None, **facts):
    given = replace(Facts(GOOD), settings=GOOD | (settings or {}), **facts)
    return [(finding.name, finding.is_error) for finding in look(given)]


def test_a_good_production_has_nothing_to_say():
    assert found() == []


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "a1b2c3" * 5}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 40}, "SECRET_KEY"),
        ({"DATA_KEY": ""}, "DATA_KEY"),
        ({"DATA_KEY": GOOD["SECRET_KEY"]}, "DATA_KEY"),
        ({"BASE_URL": "http://kopdiklat.contoh.go.id"}, "BASE_URL"),
        ({"TRUSTED_HOSTS": []}, "TRUSTED_HOSTS"),
        ({"TRUSTED_HOSTS": ["*"]}, "TRUSTED_HOSTS"),
        ({"TRUSTED_HOSTS": ["lain.contoh.go.id"]}, "TRUSTED_HOSTS"),
        ({"DEBUG": True}, "FLASK_DEBUG"),
        ({"RATELIMIT_STORAGE_URI": "memory://"}, "REDIS_URL"),
        ({"RATELIMIT_ENABLED": False}, "RATELIMIT_ENABLED"),
        ({"MAIL_URL": "smtp://surat.contoh.go.id"}, "MAIL_URL"),
        (GATEWAY | {"WHATSAPP_URL": "http://waba.contoh.id/1"}, "WHATSAPP_URL"),
    ],
)
def test_a_bad_setting_is_an_error(settings, name):
    assert found(settings) == [(name, True)]


@pytest.mark.parametrize(
    ("left_out", "name"),
    [
        ({}, None),
        ({"WHATSAPP_TOKEN": ""}, "WHATSAPP_TOKEN"),
        ({"WHATSAPP_URL": ""}, "WHATSAPP_URL"),
        ({"WHATSAPP_TEMPLATES": {}}, "WHATSAPP_TEMPLATES"),
    ],
)
def test_half_a_gateway_is_worth_a_remark(left_out, name):
    assert found(GATEWAY | left_out) == ([(name, False)] if name else [])


def test_templates_are_read_only_with_a_gateway(tmp_path):
    named = {"WHATSAPP_TEMPLATES": " invitation.sent=undangan ,, seat.offered = kursi, rusak"}
    whole = {"WHATSAPP_URL": "https://x", "WHATSAPP_TOKEN": "y"} | named
    read = [config.load({"INSTANCE_PATH": str(tmp_path)} | given) for given in (named, whole)]

    assert [settings["WHATSAPP_TEMPLATES"] for settings in read] == [
        {},
        {"invitation.sent": "undangan", "seat.offered": "kursi"},
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"file_modes": {"instance/secret_key": 0o644}}, [("instance/secret_key", True)]),
        ({"file_modes": {"instance/secret_key": 0o600}}, []),
        ({"packages": frozenset()}, [("defusedxml", True)]),
        ({"revision": "0001", "head": "0002"}, [("flask db upgrade", True)]),
        ({"revision": "0002", "head": "0002"}, []),
        ({"variables": frozenset({"TRUSTED_HOST"})}, [("TRUSTED_HOST", True)]),
        ({"variables": frozenset({"PATH", "HOME", "LANG", "PORT"})}, []),
    ],
)
def test_a_bad_surrounding_is_an_error(facts, expected):
    assert found(**facts) == expected


def test_sqlite_on_a_network_disk_is_an_error():
    url = {"SQLALCHEMY_DATABASE_URI": "sqlite:////mnt/bersama/kopdiklat.db"}

    assert found(url, file_system="nfs4") == [("DATABASE_URL", True)]
    assert found(url, file_system="ext4") == []


def test_no_mail_is_only_noted():
    assert found({"MAIL_URL": ""}) == [("MAIL_URL", False)]
    assert found({"MAIL_URL": "smtp+starttls://surat.contoh.go.id"}) == []


def test_production_refuses_to_start_and_names_everything_at_once(tmp_path):
    bad = {"BASE_URL": "http://kopdiklat.contoh.go.id", "SECRET_KEY": "pendek"}

    with pytest.raises(StartRefused) as refusal:
        create_app(settings("sqlite://", tmp_path) | PRODUCTION | bad)

    assert "BASE_URL" in str(refusal.value)
    assert "SECRET_KEY" in str(refusal.value)


def test_production_brings_its_keys_and_uses_none_that_lie_about(tmp_path, monkeypatch):
    for name in ("SECRET_KEY", "DATA_KEY", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    own = config.load({"INSTANCE_PATH": str(tmp_path)})
    there = config.load({"INSTANCE_PATH": str(tmp_path), "BASE_URL": GOOD["BASE_URL"]})

    assert len(own["SECRET_KEY"]) > 32
    assert (tmp_path / "secret_key").exists()
    assert (there["SECRET_KEY"], there["DATA_KEY"]) == ("", "")


def test_an_address_on_the_own_machine_needs_no_https():
    own = {"BASE_URL": "http://127.0.0.1:8000", "TRUSTED_HOSTS": ["127.0.0.1"]}

    assert found(own) == []


def test_the_same_settings_start_on_the_own_machine(tmp_path):
    create_app(settings("sqlite://", tmp_path) | {"SECRET_KEY": "pendek"})
