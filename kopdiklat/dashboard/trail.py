"""The audit trail as sentences: who did what to which thing, from what to what."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from kopdiklat import policy
from kopdiklat.accounts.models import Membership, PasswordReset, User, UserInvitation
from kopdiklat.attendance import rules as presence
from kopdiklat.cooperatives import rules as cooperatives
from kopdiklat.core import formats
from kopdiklat.core.audit import EVENTS, MASK, AuditEntry
from kopdiklat.core.db import db
from kopdiklat.core.text import N_
from kopdiklat.dashboard.history import History
from kopdiklat.health.rules import STATUS_LABELS
from kopdiklat.mentoring.rules import VISIT_LABELS
from kopdiklat.registration.rules import STATE_LABELS
from kopdiklat.training.rules import BATCH_LABELS

LIMIT = 100
BRIEF = 3  # facts beside an added thing
OBJECTS = {
    "offices": N_("kantor"),
    "users": N_("pengguna"),
    "user_invitations": N_("undangan pengguna"),
    "password_resets": N_("tautan kata sandi"),
    "memberships": N_("peran"),
    "cooperatives": N_("koperasi"),
    "activity_statuses": N_("catatan keaktifan"),
    "persons": N_("orang"),
    "officers": N_("pengurus"),
    "past_contacts": N_("riwayat kegiatan"),
    "health_assessments": N_("penilaian kesehatan"),
    "annual_meetings": N_("RAT"),
    "yearly_figures": N_("angka tahunan"),
    "programmes": N_("program"),
    "courses": N_("materi"),
    "batches": N_("angkatan"),
    "training_sessions": N_("sesi"),
    "door_duties": N_("tugas pintu"),
    "invitations": N_("undangan koperasi"),
    "registrations": N_("pendaftaran"),
    "registration_events": N_("langkah pendaftaran"),
    "attendances": N_("presensi"),
    "mentoring_assignments": N_("penugasan pendamping"),
    "mentoring_visits": N_("kunjungan"),
    "visit_notes": N_("catatan kunjungan"),
    "visit_photos": N_("foto kunjungan"),
    "follow_ups": N_("tindak lanjut"),
    "import_runs": N_("impor"),
    "stored_files": N_("berkas"),
}
ACTIONS = {
    "insert": N_("menambahkan"),
    "update": N_("mengubah"),
    "delete": N_("menghapus"),
    "sign_in": N_("masuk dengan kata sandi"),
    "sign_in_failed": N_("gagal masuk sebagai"),
    "second_factor": N_("memasukkan kode faktor kedua"),
    "second_factor_failed": N_("salah memasukkan kode faktor kedua"),
    "sign_out": N_("keluar"),
}
SIGNED_OUT_BY_OTHERS = N_("mengakhiri sesi masuk")
FIELDS = {
    "name": N_("nama"),
    "full_name": N_("nama"),
    "cooperative_number": N_("NIK koperasi"),
    "legal_number": N_("nomor badan hukum"),
    "legal_date": N_("tanggal badan hukum"),
    "amendment_number": N_("nomor perubahan anggaran dasar"),
    "amendment_date": N_("tanggal perubahan anggaran dasar"),
    "last_meeting_on": N_("RAT terakhir"),
    "address": N_("alamat"),
    "village": N_("desa/kelurahan"),
    "district": N_("kecamatan"),
    "regency": N_("kabupaten/kota"),
    "province": N_("provinsi"),
    "region_code": N_("kode wilayah"),
    "form": N_("bentuk"),
    "membership_scope": N_("wilayah keanggotaan"),
    "cooperative_type": N_("jenis"),
    "group_name": N_("kelompok"),
    "sector": N_("sektor usaha"),
    "is_sharia": N_("pola syariah"),
    "is_certified": N_("sertifikat NIK"),
    "certificate_valid_until": N_("berlaku sampai"),
    "grade": N_("peringkat"),
    "phone": N_("telepon"),
    "email": N_("email"),
    "citizen_number": N_("NIK"),
    "sex": N_("jenis kelamin"),
    "activity_status": N_("keaktifan"),
    "activity_status_on": N_("keaktifan per tanggal"),
    "activity_source": N_("sumber keaktifan"),
    "status": N_("keaktifan"),
    "source": N_("sumber"),
    "as_of": N_("per tanggal"),
    "position": N_("jabatan"),
    "starts_on": N_("mulai"),
    "ends_on": N_("sampai"),
    "fiscal_year": N_("tahun buku"),
    "position_on": N_("posisi"),
    "signed_on": N_("disahkan"),
    "score": N_("skor"),
    "health_status": N_("status"),
    "mismatch_reason": N_("alasan berbeda dari skor"),
    "assessor_name": N_("penilai"),
    "replacement_reason": N_("alasan koreksi"),
    "held_on": N_("dilaksanakan"),
    "reported_on": N_("dilaporkan"),
    "members_present": N_("anggota hadir"),
    "members": N_("anggota"),
    "male_members": N_("anggota pria"),
    "female_members": N_("anggota wanita"),
    "assets": N_("aset"),
    "own_capital": N_("modal sendiri"),
    "external_capital": N_("modal luar"),
    "business_volume": N_("volume usaha"),
    "surplus": N_("SHU"),
    "state": N_("keadaan"),
    "seats": N_("kuota"),
    "people_per_cooperative": N_("peserta per koperasi"),
    "venue": N_("tempat"),
    "venue_address": N_("alamat tempat"),
    "time_zone": N_("zona waktu"),
    "registration_opens_at": N_("pendaftaran dibuka"),
    "registration_closes_at": N_("pendaftaran ditutup"),
    "starts_at": N_("mulai"),
    "ends_at": N_("selesai"),
    "topic": N_("topik"),
    "trainer_name": N_("pemateri"),
    "contact_name": N_("narahubung"),
    "contact_phone": N_("telepon narahubung"),
    "people": N_("jumlah peserta"),
    "held_seats": N_("kursi ditahan"),
    "number": N_("nomor"),
    "year": N_("tahun"),
    "goal": N_("tujuan"),
    "budget_code": N_("kode anggaran"),
    "what": N_("yang disepakati"),
    "owner_name": N_("penanggung jawab"),
    "agreed_on": N_("disepakati"),
    "due_on": N_("batas"),
    "closed_on": N_("selesai"),
    "result": N_("hasil"),
    "purpose": N_("tujuan"),
    "mode": N_("cara"),
    "condition": N_("kondisi"),
    "problem": N_("masalah"),
    "advice": N_("saran"),
    "letter_number": N_("nomor surat tugas"),
    "cancelled_reason": N_("alasan pembatalan"),
    "declined_reason": N_("alasan menolak"),
    "reason": N_("alasan"),
    "role": N_("peran"),
    "locale": N_("bahasa"),
    "disabled_at": N_("dinonaktifkan"),
    "password_hash": N_("kata sandi"),
    "totp_confirmed_at": N_("faktor kedua dipasang"),
    "used_at": N_("dipakai"),
    "cancelled_at": N_("dibatalkan"),
    "expires_at": N_("berlaku sampai"),
    "activity": N_("kegiatan"),
    "lesson_hours": N_("JP"),
    "mentor_name": N_("pendamping"),
    "arrived_at": N_("tiba"),
    "method": N_("cara"),
    "action": N_("langkah"),
    "kind": N_("jenis"),
    "code": N_("kode"),
    "region_name": N_("wilayah"),
    "minutes_per_lesson_hour": N_("menit per JP"),
    "late_grace_minutes": N_("toleransi terlambat"),
}
IMPORTS = {
    "checking": N_("sedang diperiksa"),
    "checked": N_("sudah diperiksa"),
    "saving": N_("sedang disimpan"),
    "saved": N_("tersimpan"),
    "failed": N_("gagal"),
    "discarded": N_("tidak diimpor"),
}
WORDS = {
    "health_status": STATUS_LABELS,
    "cooperative_type": cooperatives.TYPE_LABELS,
    "form": cooperatives.FORM_LABELS,
    "membership_scope": cooperatives.SCOPE_LABELS,
    "activity_status": cooperatives.ACTIVITY_LABELS,
    "status": cooperatives.ACTIVITY_LABELS,
    "activity_source": cooperatives.SOURCE_LABELS,
    "source": cooperatives.SOURCE_LABELS | {"form": N_("formulir"), "import": N_("impor")},
    "position": cooperatives.POSITION_LABELS,
    "role": policy.ROLE_LABELS,
    "state": {**VISIT_LABELS, **STATE_LABELS, **BATCH_LABELS, **presence.STATE_LABELS, **IMPORTS},
    "purpose": {"visit photo": N_("foto kunjungan"), "import": N_("impor")},
}
WHOSE = {  # table -> (id, whose it is), for what tells no name in its own columns
    "users": sa.select(User.id, User.name),
    "user_invitations": sa.select(UserInvitation.id, UserInvitation.name),
    "memberships": sa.select(Membership.id, User.name).join(Membership.user),
    "password_resets": sa.select(PasswordReset.id, User.name).join(PasswordReset.user),
}
PLAIN_YEARS = {"fiscal_year", "year"}
NAMES = ("name", "full_name", "what", "topic", "activity", "number")  # what a thing is called by
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?([+-]\d{2}:\d{2}|Z)?")


@dataclass(frozen=True)
class Sentence:
    """One entry in words. `changes` are (field, before, after), each as text; before may be empty."""

    entry: AuditEntry
    who: str
    did: str
    what: str
    called: str
    when: str
    changes: tuple[tuple[str, str, str], ...]
    reason: str

    @property
    def brief(self) -> str:
        """The first facts of what was added or removed, so that two alike can be told apart."""
        shown = [
            f"{name} {after if self.entry.action == 'insert' else before}"
            for name, before, after in self.changes
            if self.called not in (before, after) and MASK not in (before, after)
        ]
        return ", ".join(shown[:BRIEF])


def sentences(entries: Iterable[AuditEntry], zone: str) -> list[Sentence]:
    entries = list(entries)
    people = _people(entries)
    return [_sentence(entry, zone, people) for entry in entries]


def _people(entries: Sequence[AuditEntry]) -> dict[tuple[str, int], str]:
    """Whose account, role or link each entry is about: (object type, id) -> name."""
    people: dict[tuple[str, int], str] = {}
    for kind, select in WHOSE.items():
        ids = {entry.object_id for entry in entries if entry.object_type == kind}
        if ids:
            found = db.session.execute(select.where(select.selected_columns[0].in_(ids)))
            people |= {(kind, ident): name for ident, name in found}
    return people


def _sentence(entry: AuditEntry, zone: str, people: dict[tuple[str, int], str]) -> Sentence:
    state = entry.after or entry.before or {}
    did, what = _did(entry)
    called = next((str(state[key]) for key in NAMES if state.get(key) not in (None, MASK)), "")
    return Sentence(
        entry,
        entry.actor,
        did,
        what,
        called or (people.get((entry.object_type, entry.object_id), "") if what else ""),
        formats.moment(entry.at, zone),
        tuple(_changes(entry, zone)),
        entry.reason or "",
    )


def _did(entry: AuditEntry) -> tuple[str, str]:
    """What was done, and to what kind of thing; what a person did as itself names nobody else."""
    thing = OBJECTS.get(entry.object_type)
    what = _(thing) if thing else entry.object_type
    if entry.action in EVENTS and entry.actor_id == entry.object_id:
        return _(ACTIONS[entry.action]), ""
    if entry.action == "sign_out":
        return _(SIGNED_OUT_BY_OTHERS), what
    return _(ACTIONS[entry.action]), what


def _changes(entry: AuditEntry, zone: str) -> Iterable[tuple[str, str, str]]:
    before, after = entry.before or {}, entry.after or {}
    for name in FIELDS:
        if name not in before and name not in after:
            continue
        old, new = (_value(name, side.get(name), zone) for side in (before, after))
        if entry.action == "update" or new != "–" or old != "–":
            yield _(FIELDS[name]), old if entry.action != "insert" else "", new


def _value(name: str, value: Any, zone: str) -> str:
    match value:
        case None | "":
            return "–"
        case True:
            return _("ya")
        case False:
            return _("tidak")
        case int() if name not in PLAIN_YEARS:
            return formats.number(value)
        case str() if value in WORDS.get(name, {}):
            return _(WORDS[name][value])
        case str() if DAY.fullmatch(value):
            return formats.day(date.fromisoformat(value))
        case str() if MOMENT.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return formats.moment(moment, zone) if moment.tzinfo else value
        case str() if name == "score":
            return formats.score(Decimal(value))
        case str() if name == "lesson_hours":
            return value.replace(".", ",")
        case _:
            return str(value)


def of_cooperative(history: History) -> Sequence[AuditEntry]:
    """What was done to the cooperative and to what hangs on it, the newest first."""
    things = {
        "cooperatives": [history.cooperative.id],
        "health_assessments": [a.id for a in history.results],
        "annual_meetings": [m.id for m in history.meetings],
        "yearly_figures": [f.id for f in history.figures],
        "officers": [o.id for o in history.officers],
        "mentoring_assignments": [a.id for a in history.assignments],
        "mentoring_visits": [v.id for v in history.visits],
        "follow_ups": [f.id for f in history.follow_ups],
    }
    ways = [
        sa.and_(AuditEntry.object_type == kind, AuditEntry.object_id.in_(ids))
        for kind, ids in things.items()
        if ids
    ]
    found = (
        sa.select(AuditEntry)
        .where(sa.or_(*ways))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(LIMIT)
    )
    return db.session.scalars(found).all()
