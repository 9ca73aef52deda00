"""What must hold before production starts. Pure: facts come in, findings come out.

`flask doctor` prints all of them; create_app refuses to start on an error, in production only.
"""

import difflib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from kopdiklat.core.text import N_

SHORTEST_KEY = 32
KNOWN_KEYS = {"dev", "secret", "changeme", "change-me", "rahasia", "kopdiklat"}
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ncpfs"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

VARIABLES = {  # name: what it is for
    "DATABASE_URL": N_("Basis data: postgresql://… untuk produksi; kosong: berkas SQLite di INSTANCE_PATH."),
    "SECRET_KEY": N_("Kunci sesi dan tautan, paling sedikit 32 karakter. Di luar produksi dibuat sendiri."),
    "DATA_KEY": N_("Kunci enkripsi NIK, paling sedikit 32 karakter. Hilang berarti NIK tidak terbaca lagi."),
    "BASE_URL": N_("Alamat yang dibuka orang, https://… Selain loopback berarti produksi."),
    "TRUSTED_HOSTS": N_("Nama host yang dilayani, dipisah koma; kosong: host dari BASE_URL."),
    "MAIL_URL": N_("Server email: smtps://pengguna:sandi@server atau smtp+starttls://…"),
    "MAIL_FROM": N_("Alamat pengirim email."),
    "FILES_URL": N_("Folder berkas unggahan; kosong: files di INSTANCE_PATH."),
    "IMPORT_FILE_DAYS": N_("Lama berkas impor disimpan, dalam hari; kosong: 30."),
    "REDIS_URL": N_("Redis untuk batas laju pada beberapa mesin; kosong: berkas SQLite kecil."),
    "WHATSAPP_URL": N_("Gerbang WhatsApp Cloud API, bila kantor punya: https://graph.facebook.com/v23.0/ID-NOMOR"),
    "WHATSAPP_TOKEN": N_("Kunci gerbang WhatsApp."),
    "WHATSAPP_TEMPLATES": N_("Templat yang disetujui Meta: invitation.sent=nama_templat, dipisah koma."),
    "WHATSAPP_LANGUAGE": N_("Kode bahasa templat WhatsApp; kosong: id."),
    "TRUSTED_PROXIES": N_("Jumlah proxy di depan aplikasi; 0 bila tidak ada."),
    "INSTANCE_PATH": N_("Folder basis data, kunci, dan berkas; kosong: instance."),
    "PORT": N_("Port web; kosong: 8000."),
}  # fmt: skip
SECRETS = {"SECRET_KEY", "DATA_KEY", "WHATSAPP_TOKEN", "DATABASE_URL", "MAIL_URL", "REDIS_URL"}


# A new DATA_KEY reads nothing of what the old one encrypted.
MISSING_KEY = N_(
    "Belum diisi. Bila sudah ada data, pakai isi berkas kunci di INSTANCE_PATH; "
    "bila belum, buat dengan: openssl rand -base64 48"
)


@dataclass(frozen=True)
class Facts:
    """What the checks look at, gathered once."""

    settings: dict
    variables: frozenset[str] = frozenset()
    file_modes: dict[str, int] = field(default_factory=dict)
    file_system: str = ""
    packages: frozenset[str] = frozenset({"defusedxml"})
    revision: str | None = None
    head: str | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. An error keeps production from starting."""

    name: str
    sentence: str
    is_error: bool = True


def look(facts: Facts) -> list[Finding]:
    """Every finding, in the order of the checks."""
    return [finding for check in CHECKS for finding in check(facts)]


def _keys(facts: Facts):
    secret, data = facts.settings["SECRET_KEY"], facts.settings["DATA_KEY"]
    for name, key in (("SECRET_KEY", secret), ("DATA_KEY", data)):
        if not key:
            yield Finding(name, MISSING_KEY)
        elif len(key.encode()) < SHORTEST_KEY:
            yield Finding(name, N_("Terlalu pendek, paling sedikit 32 karakter."))
        elif key.casefold() in KNOWN_KEYS or len(set(key)) < 8:
            yield Finding(name, N_("Mudah ditebak. Buat dengan: openssl rand -base64 48"))
    if secret and secret == data:
        yield Finding("DATA_KEY", N_("Sama dengan SECRET_KEY. Keduanya harus berbeda."))


def _address(facts: Facts):
    url = urlsplit(facts.settings["BASE_URL"])
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        yield Finding("BASE_URL", N_("Harus https di produksi."))
    hosts = facts.settings["TRUSTED_HOSTS"]
    if not hosts or "*" in hosts:
        yield Finding("TRUSTED_HOSTS", N_("Sebutkan nama host yang dilayani, tanpa tanda bintang."))
    elif not any(
        url.hostname == h or (h.startswith(".") and f".{url.hostname}".endswith(h)) for h in hosts
    ):
        yield Finding("TRUSTED_HOSTS", N_("Tidak memuat host dari BASE_URL."))


def _debug(facts: Facts):
    if facts.settings.get("DEBUG"):
        yield Finding("FLASK_DEBUG", N_("Mode debug menyala. Matikan di produksi."))


def _database(facts: Facts):
    url = facts.settings["SQLALCHEMY_DATABASE_URI"]
    if url.startswith("sqlite") and facts.file_system in NETWORK_FILE_SYSTEMS:
        yield Finding(
            "DATABASE_URL",
            N_("Berkas SQLite berada di cakram jaringan. Pakai cakram lokal atau PostgreSQL."),
        )
    host = urlsplit(url).hostname
    if url.startswith("postgresql") and host and host not in LOOPBACK and "sslmode" not in url:
        yield Finding(
            "DATABASE_URL",
            N_("PostgreSQL di mesin lain tanpa sslmode=verify-full."),
            is_error=False,
        )
    if facts.head and facts.revision != facts.head:
        yield Finding(
            "flask db upgrade",
            N_("Skema basis data tertinggal dari kode. Jalankan: flask db upgrade"),
        )


def _limits(facts: Facts):
    if facts.settings.get("RATELIMIT_STORAGE_URI", "").startswith("memory"):
        yield Finding("REDIS_URL", N_("Batas laju di memori tidak berlaku antarproses."))
    if facts.settings.get("RATELIMIT_ENABLED") is False and not facts.settings.get("TESTING"):
        yield Finding("RATELIMIT_ENABLED", N_("Batas laju dimatikan."))


def _files(facts: Facts):
    for path, mode in facts.file_modes.items():
        if mode & 0o077:
            yield Finding(path, N_("Berkas rahasia terbaca pengguna lain. Jalankan: chmod 600"))


def _mail(facts: Facts):
    url = facts.settings.get("MAIL_URL")
    if not url:
        yield Finding("MAIL_URL", N_("Belum diisi: email tidak terkirim."), is_error=False)
        return
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    is_safe = parts.scheme in ("smtps", "smtp+starttls") or "starttls" in options.get("tls", [])
    if not is_safe and parts.hostname not in LOOPBACK and "plain" not in options.get("unsafe", []):
        yield Finding("MAIL_URL", N_("Tanpa TLS. Pakai smtps:// atau smtp+starttls://"))


def _whatsapp(facts: Facts):
    url, token = facts.settings.get("WHATSAPP_URL"), facts.settings.get("WHATSAPP_TOKEN")
    if not url and not token:
        return
    if not url or not token:
        missing = "WHATSAPP_TOKEN" if url else "WHATSAPP_URL"
        yield Finding(missing, N_("Belum diisi: WhatsApp dikirim petugas."), is_error=False)
        return
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        yield Finding("WHATSAPP_URL", N_("Tanpa TLS. Pakai https://"))
    if not facts.settings.get("WHATSAPP_TEMPLATES"):
        yield Finding(
            "WHATSAPP_TEMPLATES",
            N_("Belum diisi: tanpa templat yang disetujui, WhatsApp dikirim petugas."),
            is_error=False,
        )


def _packages(facts: Facts):
    if "defusedxml" not in facts.packages:
        yield Finding(
            "defusedxml", N_("Paket ini belum terpasang; XML dari luar tidak aman tanpanya.")
        )


def _spelling(facts: Facts):
    """A name that is nearly one of ours was probably meant to be it."""
    for name in sorted(facts.variables - set(VARIABLES)):
        near = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.87)
        if near:
            yield Finding(name, N_("Tidak dikenal. Mungkin maksudnya ") + near[0] + ".")


CHECKS: tuple[Callable, ...] = (
    _keys, _address, _debug, _database, _limits, _files, _mail, _whatsapp, _packages, _spelling,
)  # fmt: skip


def gather(settings: dict) -> Facts:
    """The facts of this process, without asking the database."""
    instance = Path(settings["INSTANCE_PATH"])
    secret_files = [instance / "secret_key", instance / "data_key"]
    modes = {str(p): stat.S_IMODE(p.stat().st_mode) for p in secret_files if p.exists()}
    return Facts(
        settings=settings,
        variables=frozenset(os.environ),
        file_modes=modes if os.name == "posix" else {},
        file_system=_file_system(instance),
        packages=frozenset(_installed()),
    )


def _file_system(path: Path) -> str:
    """The kind of file system under a path, on Linux; else empty."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    path = path.resolve()
    under = [(at, kind) for at, kind in mounts if path.is_relative_to(at)]
    return max(under, key=lambda mount: len(mount[0]), default=("", ""))[1]


def _installed() -> set[str]:
    return {name for name in ("defusedxml",) if find_spec(name)}


class StartRefused(RuntimeError):
    """Production does not start like this; the text lists everything that is wrong."""

    def __init__(self, findings: list[Finding]):
        lines = [f"- {finding.name}: {finding.sentence}" for finding in findings]
        super().__init__(
            "Kopdiklat tidak dijalankan di produksi. Perbaiki, lalu periksa dengan flask doctor:\n"
            + "\n".join(lines)
        )


def refuse_bad_start(settings: dict) -> None:
    """:raises StartRefused: in production, with every error at once"""
    errors = [finding for finding in look(gather(settings)) if finding.is_error]
    if errors:
        raise StartRefused(errors)
