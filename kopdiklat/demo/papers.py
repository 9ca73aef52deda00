"""The demo's numbers and letters: how they are written, who signs, and what was sent this year."""

from datetime import datetime, timedelta

from kopdiklat.core import numbers
from kopdiklat.core.db import db
from kopdiklat.core.numbers import Use
from kopdiklat.documents import letters, numbering, queries
from kopdiklat.documents.models import LetterSettings
from kopdiklat.documents.rules import DEFAULT_PATTERN, LETTERS, NumberShape
from kopdiklat.offices.models import Office
from kopdiklat.training.models import Batch

BY = "Rina Wulandari"
SHAPES = {
    LETTERS: NumberShape(DEFAULT_PATTERN, "400.3.10", "DISKOP", 4),
    "assignment": NumberShape("{klasifikasi}/{nomor}/{unit}/{tahun}", "800.1.11.1", "DISKOP", 3),
}
SIGNATORY = {
    "signatory_name": "Ir. Ani Kusumawati, M.M.",
    "signatory_title": "Kepala Dinas",
    "signatory_rank": "Pembina Utama Muda",
    "signatory_number": "197001011995032001",
    "acting_for": None,
    "attachment": None,
    "copies_to": "Wali Kota Mojokerto (sebagai laporan)",
}
BEFORE = (  # series, purpose, subject
    (LETTERS, "Permohonan narasumber bimtek", "Dekopinda Kota Mojokerto"),
    ("assignment", "Pendampingan koperasi bulan ini", "Dedi Kurniawan"),
    (LETTERS, "Peminjaman aula", "Bagian Umum Sekretariat Daerah"),
)
AFTER = (
    ("assignment", "Petugas presensi bimtek", "Sari Handayani"),
    (LETTERS, "Permintaan data RAT", "Camat se-Kota Mojokerto"),
)


def make_papers(office: Office, batches: list[Batch], now: datetime) -> None:
    """Settings, a handful of numbers with a cancelled one, and the letters of two batches.

    The open batch has none yet: issuing it is there to be tried.
    """
    for series, shape in SHAPES.items():
        first = now - timedelta(days=60)
        numbering.save_format(
            office.id, series, shape, last_used=118 if series == LETTERS else 30, now=first
        )
    settings = letters.save_settings(
        office.id, letters.DEFAULTS | SIGNATORY | {"place": letters.usual_place(office)}
    )
    past, running = batches[0], batches[1]
    _letter(past, settings)
    at = running.registration_opens_at - timedelta(days=4)
    for n, (series, purpose, subject) in enumerate(BEFORE):
        issued = numbering.take(
            office.id, series, Use(purpose, subject, BY), now=at + timedelta(hours=n)
        )
    numbers.cancel(
        issued.id, "Aula dipakai acara lain, surat tidak jadi", by=BY, now=at + timedelta(hours=5)
    )
    _letter(running, settings)
    for n, (series, purpose, subject) in enumerate(AFTER):
        at = running.registration_opens_at + timedelta(days=3 + n)
        numbering.take(office.id, series, Use(purpose, subject, BY), now=at)


def _letter(batch: Batch, settings: LetterSettings) -> None:
    db.session.expire(batch)  # it was made without reading its sessions back
    invited = queries.count_standing(batch.id)
    letters.make(batch, settings, invited, by=BY, now=batch.registration_opens_at)
