"""Settings from the environment. `flask doctor` explains each; all are optional outside production."""

import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def load(overrides: dict | None = None) -> dict:
    """Read the environment into one flat settings dict.

    Production is what runs with a BASE_URL that is not loopback.
    """
    given = {**os.environ, **{k: v for k, v in (overrides or {}).items() if v is not None}}
    instance = Path(given.get("INSTANCE_PATH", ROOT / "instance"))
    port = int(given.get("PORT", 8000))
    base_url = given.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
    production = urlsplit(base_url).hostname not in LOOPBACK
    settings = {
        "INSTANCE_PATH": str(instance),
        "PRODUCTION": production,
        "PORT": port,
        "BASE_URL": base_url,
        "TRUSTED_HOSTS": _trusted_hosts(given, base_url),
        "SECRET_KEY": given.get("SECRET_KEY") or _own_key(instance, "secret_key", production),
        "DATA_KEY": given.get("DATA_KEY") or _own_key(instance, "data_key", production),
        "SQLALCHEMY_DATABASE_URI": _database_url(given.get("DATABASE_URL"), instance),
        "FILES_URL": given.get("FILES_URL") or str(instance / "files"),
        "MAIL_URL": given.get("MAIL_URL", ""),
        "MAIL_FROM": given.get("MAIL_FROM", "kopdiklat@localhost"),
        "REDIS_URL": given.get("REDIS_URL", ""),
        "WHATSAPP_URL": given.get("WHATSAPP_URL", ""),
        "WHATSAPP_TOKEN": given.get("WHATSAPP_TOKEN", ""),
        "WHATSAPP_LANGUAGE": given.get("WHATSAPP_LANGUAGE", "id"),
        "WHATSAPP_TEMPLATES": _whatsapp_templates(given),
        "LOG_LEVEL": given.get("LOG_LEVEL", "INFO").upper(),
        "TRUSTED_PROXIES": int(given.get("TRUSTED_PROXIES", 0)),
        "SESSION_COOKIE_NAME": "__Host-kopdiklat" if production else "kopdiklat",
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "IMPORT_FILE_DAYS": int(given.get("IMPORT_FILE_DAYS", 30)),
        "LEAST_FREE_BYTES": 500_000_000,  # below it uploads may fail: unready
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 500,
        "BABEL_DEFAULT_LOCALE": "id",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "kopdiklat" / "translations"),
    }
    # Everything else that was passed in (tests: TESTING, engine options) is taken as it is.
    settings.update({k: v for k, v in (overrides or {}).items() if k not in settings})
    return settings


def _trusted_hosts(given: dict, base_url: str) -> list[str]:
    listed = [host.strip() for host in given.get("TRUSTED_HOSTS", "").split(",") if host.strip()]
    own = urlsplit(base_url).hostname
    return listed or [own, *sorted(LOOPBACK)] if own in LOOPBACK else listed or [own]


def _whatsapp_templates(given: dict) -> dict[str, str]:
    """Kind of message -> the name of its approved template; none without a gateway.

    Written `invitation.sent=undangan_pelatihan, seat.offered=tawaran_kursi`.
    """
    if not (given.get("WHATSAPP_URL") and given.get("WHATSAPP_TOKEN")):
        return {}
    pairs = (pair.partition("=") for pair in given.get("WHATSAPP_TEMPLATES", "").split(","))
    return {kind.strip(): name.strip() for kind, _, name in pairs if kind.strip() and name.strip()}


def _database_url(url: str | None, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'kopdiklat.db'}"
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def _own_key(instance: Path, name: str, production: bool) -> str:
    """A key of this installation, made on first use.

    Production brings its own: one that lies beside the database would be in every copy of it.
    """
    if production:
        return ""
    path = instance / name
    if path.exists():
        return path.read_text().strip()
    instance.mkdir(parents=True, exist_ok=True)
    # Written whole beside its place, then linked: no other process ever reads half a key.
    descriptor, whole = tempfile.mkstemp(dir=instance, prefix=f".{name}-")  # mode 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(whole, path)
    except FileExistsError:  # another process of the same start was faster; its key is the one
        pass
    finally:
        os.unlink(whole)
    return path.read_text().strip()
