"""Every recurring job with its time, on one page.

What goes out at an hour of the day (reminders, digests) is asked for every few minutes: whose hour
has come, on the clock of the venue or the office? So WIB, WITA and WIT each get theirs, a process
that was away catches up, and asking twice tells nobody twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app

from kopdiklat.accounts import sessions
from kopdiklat.applications import kept as applications
from kopdiklat.attendance import reminders
from kopdiklat.core import files, tasks
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.text import N_
from kopdiklat.digest import service as digest
from kopdiklat.imports import kept
from kopdiklat.notifications.service import hand_all_over, send_due_messages
from kopdiklat.notifications.transport import SmtpTransport
from kopdiklat.notifications.whatsapp import WhatsAppTransport
from kopdiklat.registration.chase import remind_the_silent
from kopdiklat.registration.queue import move_queues


@dataclass(frozen=True)
class Job:
    """One recurring job. `run` is called inside an app context and is safe to run twice.

    :param label: what Kesehatan Sistem calls it
    :param every: seconds
    """

    name: str
    label: str
    every: float
    run: Callable[[], object]


def send_messages() -> None:
    transport = current_app.extensions.get("mail")
    if transport is None:
        settings = current_app.config
        transport = SmtpTransport(settings["MAIL_URL"], settings["MAIL_FROM"])
        current_app.extensions["mail"] = transport
    if transport.is_resting:
        return
    try:
        send_due_messages(transport, utc_now)
    finally:
        transport.close()


def send_by_gateway() -> None:
    """Over WhatsApp, where an office has a gateway; without one, officers open what waited for it."""
    settings = current_app.config
    if not settings["WHATSAPP_TEMPLATES"]:
        hand_all_over(utc_now())
        return
    transport = current_app.extensions.get("whatsapp")
    if transport is None:
        transport = WhatsAppTransport(
            settings["WHATSAPP_URL"],
            settings["WHATSAPP_TOKEN"],
            settings["WHATSAPP_TEMPLATES"],
            settings["WHATSAPP_LANGUAGE"],
        )
        current_app.extensions["whatsapp"] = transport
    if not transport.is_resting:
        send_due_messages(transport, utc_now, "gateway")


def do_waiting_tasks() -> None:
    while tasks.run_next_task(utc_now):
        pass


def sweep_sign_ins() -> None:
    with transaction():
        sessions.sweep(utc_now())


def sweep_imports() -> None:
    kept.sweep(utc_now(), timedelta(days=current_app.config["IMPORT_FILE_DAYS"]))


def sweep_applications() -> None:
    with transaction():
        applications.sweep(utc_now())


JOBS = (
    Job("do waiting tasks", N_("Mengerjakan pekerjaan panjang"), 1, do_waiting_tasks),
    Job("send due messages", N_("Mengirim email"), 5, send_messages),
    Job("send by gateway", N_("Mengirim lewat WhatsApp"), 5, send_by_gateway),
    Job("move queues", N_("Menggerakkan daftar tunggu"), 60, lambda: move_queues(utc_now)),
    Job(
        "remind participants",
        N_("Mengingatkan peserta"),
        5 * 60,
        lambda: reminders.remind_participants(now=utc_now()),
    ),
    Job(
        "remind the silent",
        N_("Mengingatkan koperasi yang belum menjawab"),
        5 * 60,
        lambda: remind_the_silent(utc_now),
    ),
    Job(
        "send digests",
        N_("Menyusun ringkasan harian"),
        5 * 60,
        lambda: digest.send_digests(now=utc_now()),
    ),
    Job("sweep sign-ins", N_("Membersihkan sesi masuk"), 3600, sweep_sign_ins),
    Job("sweep applications", N_("Membersihkan pengajuan"), 3600, sweep_applications),
    Job("sweep imports", N_("Membersihkan berkas impor"), 3600, sweep_imports),
    Job(
        "sweep files",
        N_("Membersihkan berkas"),
        24 * 3600,
        lambda: files.sweep_files(utc_now()),
    ),
)
HEARTBEAT_EVERY = 5  # seconds
