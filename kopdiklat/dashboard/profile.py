"""What is known of a cooperative, as lists of facts and rows of its activities."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives import rules
from kopdiklat.core import formats
from kopdiklat.dashboard import place
from kopdiklat.dashboard.events import joined
from kopdiklat.dashboard.history import Attended, History
from kopdiklat.offices.rules import dotted

MAIN_CONTACTS = ("manager", "chair", "secretary", "treasurer")


def groups(history: History) -> list[tuple[str, list[dict]]]:
    """Titled groups of facts; what is not known is left out."""
    c = history.cooperative
    return [
        (
            _("Identitas"),
            _facts(
                (_("NIK koperasi"), c.cooperative_number),
                (_("Nomor badan hukum"), c.legal_number, _on(c.legal_date)),
                (_("Perubahan anggaran dasar"), c.amendment_number, _on(c.amendment_date)),
                (_("Bentuk"), _(rules.FORM_LABELS[c.form])),
                (_("Jenis"), _(rules.TYPE_LABELS[c.cooperative_type])),
                (_("Kelompok"), c.group_name),
                (_("Sektor usaha"), c.sector),
                (_("Pola"), _("Syariah") if c.is_sharia else _("Konvensional")),
            ),
        ),
        (
            _("Wilayah dan alamat"),
            _facts(
                (_("Alamat"), c.address),
                (_("Desa/kelurahan"), c.village),
                (_("Kecamatan"), c.district),
                (_("Kabupaten/kota"), c.regency),
                (_("Provinsi"), c.province),
                (_("Kode wilayah"), dotted(c.region_code) if c.region_code else None),
                (_("Wilayah keanggotaan"), _(rules.SCOPE_LABELS[c.membership_scope])),
                (_("Telepon kantor"), formats.phone(c.phone) if c.phone else None),
            ),
        ),
        (
            _("Keaktifan dan sertifikat"),
            _facts(
                (_("Keaktifan"), _(rules.ACTIVITY_LABELS[c.activity_status]), _activity(c)),
                (_("Peringkat ODS"), c.grade),
                (_("Sertifikat NIK"), _("Ada") if c.is_certified else _("Belum ada")),
                (_("Berlaku sampai"), _day(c.certificate_valid_until)),
                (_("RAT terakhir"), _day(c.last_meeting_on)),
            ),
        ),
    ]


def contact(history: History, today: date) -> list[dict]:
    """Who stands behind the cooperative, and when somebody was there last."""
    mentor = history.mentor_on(today)
    person = next(
        (o for position in MAIN_CONTACTS for o in history.officers if o.position == position), None
    )
    past = [c.held_on for c in history.past_visits]
    visits = past + [v.day for v in history.held_visits]
    planned = [v.day for v in history.planned_visits if v.day >= today]
    days = [c.held_on for c in history.past_training]
    days += [a.last_day for a in history.attended if a.last_day]
    return _facts(
        (
            _("Pendamping"),
            mentor.mentor.name if mentor else _("Belum ada"),
            _("sejak %(day)s", day=formats.day(mentor.starts_on)) if mentor else None,
        ),
        (_("Kunjungan terakhir"), _day(max(visits, default=None)) or _("Belum pernah")),
        (_("Kunjungan berikut"), _day(min(planned, default=None))),
        (_("Bimtek terakhir"), _day(max(days, default=None)) or _("Belum pernah")),
        (
            _("Kontak"),
            person.person.full_name if person else None,
            person
            and joined(
                _(rules.POSITION_LABELS[person.position]),
                formats.masked_phone(person.person.phone)
                if person.person.phone
                else _("tanpa nomor HP"),
            ),
        ),
    )


def training_rows(history: History) -> list[dict]:
    """Batches first, then what the office's files tell of the time before."""
    may_open = policy.can(current_user, "batch.see", history.cooperative)
    rows = []
    for attended in history.training:
        present = len(attended.present)
        rows.append(
            {
                "title": attended.batch.title,
                "url": place.link("training.show_batch", batch_id=attended.batch.id)
                if may_open
                else "",
                "when": formats.day_range(*attended.days) if present and attended.days else "–",
                "people": ngettext("%(num)s hadir", "%(num)s hadir", present)
                if present
                else _registered(attended),
                "hours": formats.number(attended.lesson_hours, 1) if present else "–",
                "note": "",
            }
        )
    for contact_ in history.past_training:
        rows.append(
            {
                "title": contact_.activity,
                "when": formats.day(contact_.held_on),
                "people": "–",
                "hours": formats.number(contact_.lesson_hours, 1),
                "note": _("Riwayat sebelum Kopdiklat"),
            }
        )
    return rows


def _registered(attended: Attended) -> str:
    return ngettext("%(num)s terdaftar", "%(num)s terdaftar", len(attended.people))


def visit_rows(history: History) -> list[dict]:
    rows = [
        (
            visit.day,
            {
                "when": formats.day(visit.day),
                "title": visit.purpose or _("Pendampingan"),
                "url": place.link("mentoring.show_visit", visit_id=visit.id)
                if policy.can(current_user, "visit.see", visit)
                else "",
                "mentor": visit.mentor.name,
                "planned": visit.state == "planned",
                "note": formats.hours(visit.starts_at, visit.ends_at, visit.time_zone),
            },
        )
        for visit in history.visits
    ]
    rows += [
        (
            contact_.held_on,
            {
                "when": formats.day(contact_.held_on),
                "title": contact_.activity,
                "mentor": contact_.mentor_name or "–",
                "note": _("Riwayat sebelum Kopdiklat"),
            },
        )
        for contact_ in history.past_visits
    ]
    return [row for _day_, row in sorted(rows, key=lambda pair: pair[0], reverse=True)]


def _facts(*facts: tuple) -> list[dict]:
    return [
        {"label": label, "value": value, "detail": detail[0] if detail else None}
        for label, value, *detail in facts
        if value
    ]


def _day(day: date | None) -> str | None:
    return formats.day(day) if day else None


def _on(day: date | None) -> str | None:
    return _("tanggal %(day)s", day=formats.day(day)) if day else None


def _activity(cooperative) -> str:
    said = _("menurut %(source)s", source=_(rules.SOURCE_LABELS[cooperative.activity_source]))
    if cooperative.activity_status_on:
        return _(
            "%(said)s, per %(day)s", said=said, day=formats.day(cooperative.activity_status_on)
        )
    return said
