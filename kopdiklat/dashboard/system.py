"""The health of the installation: each part with what it says and, when it is bad, what to do."""

import shutil
import sqlite3
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from kopdiklat.core import formats, heartbeats, migrations
from kopdiklat.core.db import db
from kopdiklat.core.letters import retold
from kopdiklat.core.outbox import OutboxMessage, is_waiting
from kopdiklat.core.tasks import LEASE, Task
from kopdiklat.jobs.schedule import JOBS, Job
from kopdiklat.notifications import channels, whatsapp_answers

GIGABYTE = 10**9
SCARCE = 5 * GIGABYTE
LATE_MAIL = timedelta(minutes=30)
LATE_TASK = timedelta(minutes=10)


@dataclass(frozen=True)
class Part:
    """`state` is good, watch or bad; `advice` says what to do and is empty when all is well."""

    name: str
    state: str
    says: str
    advice: str = ""


def parts(now: datetime, zone: str) -> list[Part]:
    return [
        _database(),
        _schema(),
        _jobs(now, zone),
        _outbox(now),
        *_gateway(now),
        _tasks(now),
        _disk(),
        _version(),
    ]


def _database() -> Part:
    engine = db.engine
    if engine.dialect.name == "sqlite":
        mode = db.session.scalar(sa.text("PRAGMA journal_mode"))
        says = _("SQLite %(version)s", version=".".join(map(str, _sqlite_version())))
        if mode != "wal":
            return Part(
                _("Basis data"), "bad", says, _("Mode jurnal bukan WAL. Jalankan ulang aplikasi.")
            )
        return Part(_("Basis data"), "good", says)
    return Part(
        _("Basis data"),
        "good",
        _("PostgreSQL %(version)s", version=db.session.scalar(sa.text("SHOW server_version"))),
    )


def _sqlite_version() -> tuple[int, ...]:
    return sqlite3.sqlite_version_info


def _schema() -> Part:
    current, head = migrations.current_revision(), migrations.head_revision()
    says = _("revisi %(revision)s", revision=current or "–")
    if current == head:
        return Part(_("Skema"), "good", says)
    return Part(_("Skema"), "bad", says, _("Jalankan “flask db upgrade”, lalu jalankan ulang."))


def _jobs(now: datetime, zone: str) -> Part:
    name = _("Proses pekerjaan")
    beats = {row.name: row for row in heartbeats.all_heartbeats()}
    process = beats.get(heartbeats.PROCESS)
    advice = _("Jalankan “flask jobs run”. Tanpa proses ini pesan dan impor menunggu.")
    if process is None or process.beat_at is None:
        return Part(name, "bad", _("belum pernah berjalan"), advice)
    says = _("terakhir %(when)s", when=formats.moment(process.beat_at, zone))
    if now - process.beat_at >= heartbeats.SILENT_AFTER:
        return Part(name, "bad", says, advice)
    failed = [
        row
        for row in beats.values()
        if row.failed_at
        and (row.beat_at is None or row.failed_at > row.beat_at)
        and not row.name.startswith(heartbeats.CHANNEL)  # these have a part of their own
    ]
    if failed:
        return Part(
            name,
            "watch",
            says,
            _("Gagal: %(names)s. Lihat catatan log.", names=", ".join(r.name for r in failed)),
        )
    return Part(name, "good", says)


@dataclass(frozen=True)
class Run:
    """A recurring job as the page lists it. `state` is good, bad or none (did not run yet)."""

    label: str
    every: str
    state: str
    last: datetime | None
    error: str


def runs() -> list[Run]:
    """Every job of the schedule, with when it last ended well."""
    beats = {row.name: row for row in heartbeats.all_heartbeats()}
    return [_run(job, beats.get(job.name)) for job in JOBS]


def _run(job: Job, beat: heartbeats.JobHeartbeat | None) -> Run:
    if beat is None:
        return Run(_(job.label), _interval(job.every), "none", None, "")
    failed = beat.failed_at and (beat.beat_at is None or beat.failed_at > beat.beat_at)
    error = (beat.error or "") if failed else ""
    return Run(_(job.label), _interval(job.every), "bad" if failed else "good", beat.beat_at, error)


def _interval(seconds: float) -> str:
    if seconds >= 3600:
        return ngettext("setiap %(num)s jam", "setiap %(num)s jam", int(seconds // 3600))
    if seconds >= 60:
        return ngettext("setiap %(num)s menit", "setiap %(num)s menit", int(seconds // 60))
    return ngettext("setiap %(num)s detik", "setiap %(num)s detik", int(seconds))


def _outbox(now: datetime) -> Part:
    name = _("Kotak keluar email")
    unsent = is_waiting("email", now)
    count, oldest, given_up = db.session.execute(
        sa.select(
            sa.func.count(sa.case((unsent, 1))),
            sa.func.min(sa.case((unsent, OutboxMessage.due_at))),
            sa.func.count(OutboxMessage.given_up_at),
        )
    ).one()
    says = ngettext("%(num)s menunggu", "%(num)s menunggu", count)
    if count and now - oldest > LATE_MAIL:
        minutes = int((now - oldest).total_seconds() // 60)
        return Part(
            name,
            "bad",
            _("%(says)s, tertua %(minutes)s menit", says=says, minutes=formats.number(minutes)),
            _("Periksa MAIL_URL dan sambungan ke server email."),
        )
    trouble = heartbeats.trouble(heartbeats.channel("email")) if count else None
    if trouble:
        return Part(name, "watch", says, retold(trouble, channels.SENTENCES))
    if given_up:
        return Part(
            name,
            "watch",
            says,
            _("%(n)s pesan gagal dikirim. Periksa alamat penerimanya.", n=formats.number(given_up)),
        )
    return Part(name, "good", says)


def _gateway(now: datetime) -> list[Part]:
    """The WhatsApp gateway, where there is one."""
    if not current_app.config["WHATSAPP_TEMPLATES"]:
        return []
    name = _("Gerbang WhatsApp")
    waiting = sa.select(sa.func.count(OutboxMessage.id)).where(is_waiting("gateway", now))
    count = db.session.scalar(waiting) or 0
    says = ngettext("%(num)s menunggu", "%(num)s menunggu", count)
    trouble = heartbeats.trouble(heartbeats.channel("gateway"))
    if trouble is None:
        return [Part(name, "good", says)]
    return [Part(name, "bad", says, retold(trouble, whatsapp_answers.SENTENCES))]


def _tasks(now: datetime) -> Part:
    name = _("Pekerjaan panjang")
    waiting, oldest, stuck, failed = db.session.execute(
        sa.select(
            sa.func.count(sa.case((Task.state == "queued", 1))),
            sa.func.min(sa.case((Task.state == "queued", Task.created_at))),
            sa.func.count(
                sa.case((sa.and_(Task.state == "running", Task.heartbeat_at < now - LEASE), 1))
            ),
            sa.func.count(
                sa.case(
                    (sa.and_(Task.state == "failed", Task.finished_at > now - timedelta(days=1)), 1)
                )
            ),
        )
    ).one()
    says = ngettext("%(num)s menunggu", "%(num)s menunggu", waiting)
    if stuck or (waiting and now - oldest > LATE_TASK):
        return Part(name, "bad", says, _("Periksa proses pekerjaan; antrean tidak bergerak."))
    if failed:
        return Part(
            name, "watch", says, _("%(n)s gagal dalam 24 jam terakhir.", n=formats.number(failed))
        )
    return Part(name, "good", says)


def _disk() -> Part:
    free = shutil.disk_usage(current_app.config["INSTANCE_PATH"]).free
    says = _("%(size)s GB bebas", size=formats.number(free / GIGABYTE, 1))
    if free < current_app.config["LEAST_FREE_BYTES"]:
        return Part(_("Ruang simpan"), "bad", says, _("Kosongkan ruang; unggahan akan ditolak."))
    if free < SCARCE:
        return Part(_("Ruang simpan"), "watch", says, _("Ruang mulai sempit. Siapkan tambahan."))
    return Part(_("Ruang simpan"), "good", says)


def _version() -> Part:
    return Part(
        _("Versi"),
        "good",
        f"Python {sys.version.split()[0]}, Flask {version('flask')},"
        f" SQLAlchemy {version('sqlalchemy')}",
    )
