"""The register as a workbook: the columns, and a line for each cooperative of the list."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from kopdiklat.cooperatives import rules
from kopdiklat.core import exports, formats
from kopdiklat.dashboard import filter_words
from kopdiklat.dashboard.register import Listed, Register
from kopdiklat.dashboard.register_filters import Filters
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS


def workbook(listing: Register, filters: Filters, rows: Sequence[Listed], now: datetime) -> bytes:
    return exports.workbook_bytes(
        _("Daftar koperasi"),
        _columns(listing.fiscal_year),
        (_row(row) for row in rows),
        subtitle=_subtitle(listing, filters, len(rows), now),
        sheet=_("Koperasi"),
    )


def _subtitle(listing: Register, filters: Filters, count: int, now: datetime) -> str:
    labels, options = filter_words.filter_labels(), filter_words.options(listing)
    chosen = [
        f"{labels[name]}: {dict(options.get(name, ())).get(value, value)}"
        for name, value in filters.given.items()
    ]
    when = formats.moment(now, listing.zone)
    counted = _("%(count)s koperasi, diunduh %(when)s", count=formats.number(count), when=when)
    return " · ".join([counted, *chosen])


def _columns(fiscal_year: int) -> list[exports.ExportColumn]:
    column = exports.ExportColumn
    return [
        column(_("Nama Koperasi"), width=40),
        column(_("NIK Koperasi")),
        column(_("Nomor Badan Hukum")),
        column(_("Tanggal Badan Hukum"), "date"),
        column(_("Jenis")),
        column(_("Bentuk")),
        column(_("Alamat"), width=32),
        column(_("Desa/Kelurahan")),
        column(_("Kecamatan")),
        column(_("Status Kesehatan")),
        column(_("Skor"), "decimal"),
        column(_("Posisi Penilaian"), "date"),
        column(_("RAT %(year)s", year=fiscal_year), "date"),
        column(_("Lapor RAT %(year)s", year=fiscal_year), "date"),
        column(_("Peringkat")),
        column(_("Keaktifan")),
        column(_("Keaktifan Per Tanggal"), "date"),
        column(_("Bimtek Terakhir"), "date"),
        column(_("Kunjungan Terakhir"), "date"),
        column(_("Tindak Lanjut Terbuka"), "whole"),
    ]


def _row(row: Listed) -> list:
    cooperative = row.cooperative
    return [
        cooperative.name,
        cooperative.cooperative_number,
        cooperative.legal_number,
        cooperative.legal_date,
        _(rules.TYPE_LABELS[cooperative.cooperative_type]),
        _(rules.FORM_LABELS[cooperative.form]),
        cooperative.address,
        cooperative.village,
        cooperative.district,
        _(STATUS_LABELS.get(row.health_status or "", NOT_ASSESSED)),
        row.score,
        row.position_on,
        row.meeting_held_on,
        row.meeting_reported_on,
        cooperative.grade,
        _(rules.ACTIVITY_LABELS[cooperative.activity_status]),
        cooperative.activity_status_on,
        row.last_training_on,
        row.last_visit_on,
        row.open_follow_ups,
    ]
