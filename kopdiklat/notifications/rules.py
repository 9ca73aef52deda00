"""What a message is called; when to try again, and when to stop."""

from datetime import timedelta

from kopdiklat.core.text import N_

KIND_LABELS = {  # kind of message: what a list calls it, in the reader's language
    "account_invitation": N_("Undangan akun"),
    "batch.cancelled": N_("Angkatan dibatalkan"),
    "batch.moved": N_("Jadwal berubah"),
    "batch.reminder": N_("Pengingat sehari sebelumnya"),
    "invitation.sent": N_("Undangan pelatihan"),
    "manager_joined": N_("Akun pengurus baru"),
    "password_reset": N_("Atur ulang kata sandi"),
    "registration.cancelled": N_("Pendaftaran dibatalkan"),
    "registration.confirmed": N_("Pendaftaran diterima"),
    "registration.promoted": N_("Mendapat kursi"),
    "registration.replaced": N_("Peserta diganti"),
    "registration.waitlisted": N_("Daftar tunggu"),
    "seat.offer_over": N_("Tawaran kursi berakhir"),
    "seat.offered": N_("Tawaran kursi"),
}
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(hours=48)
LEASE = timedelta(minutes=5)  # longer than one message can take, see transport.TIMEOUT


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after this many failures: 30 s, doubled each time, at most 30 minutes."""
    return min(FIRST_DELAY * 2 ** min(attempts - 1, 10), LONGEST_DELAY)


def is_hopeless(due_at, now) -> bool:
    """Two days after it was due nobody waits for a message any more."""
    return now - due_at >= GIVE_UP_AFTER
